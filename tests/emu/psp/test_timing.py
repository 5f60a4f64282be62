# SPDX-License-Identifier: GPL-2.0-only
"""Time: what a seed decides, what is late by a fault, and what a loss of power ends."""

import re
import struct
import time

from client import RESPONSE, machine

STATUS, INIT, SHUTDOWN, EXPORT = 0x004, 0x001, 0x002, 0x008
BUF, CERTS = 0x1000, 0x20000
COMMANDS = 700


def times(log):
    """The lines about time, by what they say."""
    found = re.findall(r"starts after (\d+) us, answers after (\d+) us, interrupts after (\d+) us"
                       r"( and at once)?", log)
    return [(int(start), int(answer), int(irq), bool(early)) for start, answer, irq, early in found]


def driven(server):
    """Sends commands as a driver does that waits for interrupts: the seconds it took."""
    begin = time.monotonic()
    with machine(server.path) as m:
        m.enable_irq()
        for _ in range(COMMANDS):
            m.start("sev", STATUS << 16 | 1, BUF)
            assert m.serve_irq() == 2
            while not m.get("sev") & RESPONSE:
                assert m.serve_irq() == 2, "the interrupt before the answer was the last one"
            assert m.get("sev") == RESPONSE
    return time.monotonic() - begin


def test_a_seed_decides(serve):
    """The same one does the same, another one something else, and none nothing."""
    servers = [serve("--seed", "7"), serve("--seed", "7"), serve("--seed", "8"), serve()]
    quick = driven(servers[3])
    assert not times(servers[3].log())
    runs = [driven(server) for server in servers[:3]]
    said = [times(server.log()) for server in servers]
    assert said[0] == said[1] != said[2]
    for seconds, lines in zip(runs, said):
        # All of it happens, and costs a fraction of a millisecond per command.
        assert any(line[3] for line in lines)
        assert all(any(line[column] for line in lines) for column in range(3))
        assert max(line[0] for line in lines) <= 32000 and max(line[2] for line in lines) <= 14000
        assert sum(sum(line[:3]) for line in lines) / COMMANDS < 400
        assert seconds < quick + COMMANDS * 0.002


def test_a_sequence_can_be_begun_anew(serve):
    """At run time, too."""
    one, other = serve("--seed", "7"), serve()
    driven(one)
    other.ctl("seed", "7")
    driven(other)
    assert times(one.log()) == times(other.log())
    other.ctl("seed", "7")
    driven(other)
    assert times(other.log()) == 2 * times(one.log())
    other.ctl("seed", "0")
    driven(other)
    assert times(other.log()) == 2 * times(one.log())
    assert "NUMBER" in other.ctl("seed", "x", ok=False)


def test_an_interrupt_long_after_the_answer(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,late-irq=300,count=1").path) as m:
        m.enable_irq()
        assert m.sev(STATUS, BUF, irq=True) == 0
        assert not m.irq.wait(0.15)
        assert m.get("intsts") == 0
        # Whoever polled and went on gets it in the middle of something else.
        m.poke(BUF, bytes(20))
        assert m.sev(INIT, BUF) == 0
        assert m.serve_irq() == 2
        assert m.sev(STATUS, BUF, irq=True) == 0
        assert m.serve_irq() == 2


def test_a_late_answer_still_writes(server):
    """Nothing takes the memory from the firmware but an answer or a reset: a driver that gives
    up and gives the page to somebody else finds that out."""
    with machine(server.path) as m:
        server.ctl("fault", "cmd=PLATFORM_STATUS,delay=300,count=1")
        m.poke(BUF, b"\xaa" * 12)
        assert m.sev(STATUS, BUF, timeout=0.1) is None
        assert m.peek(BUF, 12) == b"\xaa" * 12
        m.poke(BUF, b"somebody els")
        assert m.poll("sev") == 0
        assert m.peek(BUF, 2) == bytes([1, 55])
        # After a reset it doesn't.
        server.ctl("fault", "cmd=PLATFORM_STATUS,delay=300,count=1")
        m.poke(BUF, b"\xaa" * 12)
        assert m.sev(STATUS, BUF, timeout=0.1) is None
        server.ctl("reset")
        time.sleep(0.4)
        assert m.peek(BUF, 12) == b"\xaa" * 12


def test_a_register_that_is_busy_before_the_first_command(server):
    """A driver that does not look takes the earlier command's answer for its own."""
    with machine(server.path) as m:
        server.ctl("busy", "300")
        assert "sev=busy" in server.ctl("status")
        assert "already" in server.ctl("busy", "300", ok=False)
        assert "MILLISECONDS" in server.ctl("busy", "soon", ok=False)
        assert m.get("sev") == 0
        m.poke(BUF, b"\xaa" * 12)
        assert m.sev(STATUS, BUF) == 0
        assert m.peek(BUF, 12) == b"\xaa" * 12
        assert server.stats()["device"]["overruns"] == 1
        assert m.sev(STATUS, BUF) == 0
        assert m.peek(BUF, 2) == bytes([1, 55])


def platform_key(m):
    """The PDH of an initialised platform."""
    m.poke(BUF, struct.pack("<QIIQI", CERTS, 0x824, 0, CERTS + 0x2000, 3 * 0x824))
    assert m.sev(EXPORT, BUF) == 0
    return m.peek(CERTS, 0x824)


def test_a_loss_of_power_leaves_what_is_in_flash(server):
    """In the middle of anything: a command, an answer, an interrupt that is on its way."""
    with machine(server.path) as m:
        m.enable_irq()
        m.poke(BUF, bytes(20))
        assert m.sev(INIT, BUF) == 0
        key = platform_key(m)
        for spec in ("delay=200", "late-irq=200", "hang"):
            server.ctl("fault", f"cmd=PLATFORM_STATUS,{spec},count=1")
            m.start("sev", STATUS << 16 | 1, BUF)
            time.sleep(0.05)
            server.ctl("reset")
            assert m.get("sev") == 0 and m.get("inten") == 0 and m.get("intsts") == 0
            assert not m.irq.wait(0.3) and m.get("intsts") == 0
            m.enable_irq()
            assert m.platform_status()[1]["state"] == 0
            m.poke(BUF, bytes(20))
            assert m.sev(INIT, BUF, irq=True) == 0
            assert m.serve_irq() == 2
            assert platform_key(m) == key
