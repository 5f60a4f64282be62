# SPDX-License-Identifier: GPL-2.0-only
"""Each fault, on the command line and at run time, and the control socket."""

import socket
import time

import pytest

import client as vu
from client import RESPONSE, machine

STATUS, PEK_GEN, SHUTDOWN = 0x004, 0x005, 0x002
BUF = 0x1000


def test_status_is_answered_and_nothing_is_done(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,status=0x18").path) as m:
        m.poke(BUF, b"\xaa" * 12)
        assert m.sev(STATUS, BUF) == 0x18
        assert m.peek(BUF, 12) == b"\xaa" * 12


def test_status_with_exec_is_answered_after_doing_it(serve):
    with machine(serve("--fault", "cmd=4,status=0x18,exec").path) as m:
        m.poke(BUF, b"\xaa" * 12)
        assert m.sev(STATUS, BUF) == 0x18
        assert m.peek(BUF, 2) == bytes([1, 55])


def test_other_commands_are_not_hit(serve):
    with machine(serve("--fault", "cmd=PEK_GEN,hang").path) as m:
        assert m.sev(STATUS, BUF) == 0


def test_any_hits_every_command(serve):
    with machine(serve("--fault", "status=7").path) as m:
        assert [m.sev(c, BUF) for c in (STATUS, SHUTDOWN, 0x7ff)] == [7, 7, 7]


def test_count_and_after(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,status=3,after=1,count=2").path) as m:
        assert [m.sev(STATUS, BUF) for _ in range(5)] == [0, 3, 3, 0, 0]


def test_oldest_fault_wins_until_it_is_spent(serve):
    server = serve("--fault", "status=1,count=1", "--fault", "status=2,count=1")
    with machine(server.path) as m:
        assert [m.sev(STATUS, BUF) for _ in range(3)] == [1, 2, 0]
    assert server.ctl("faults").splitlines() == ["1 status=1,count=1 hits=1 spent",
                                                 "2 status=2,count=1 hits=1 spent"]


def test_hang_is_never_answered_until_reset(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,hang,count=1").path) as m:
        m.enable_irq()
        assert m.sev(STATUS, BUF, irq=True, timeout=0.3) is None
        assert not m.irq.wait(0)
        assert m.get("sev") & RESPONSE == 0
        m.client.request(vu.RESET)
        assert m.sev(STATUS, BUF) == 0


def test_command_during_a_hang_is_ignored_and_counted(serve):
    server = serve("--fault", "cmd=PLATFORM_STATUS,hang,count=1")
    with machine(server.path) as m:
        assert m.sev(STATUS, BUF, timeout=0.1) is None
        assert m.sev(SHUTDOWN, timeout=0.1) is None
    stats = server.stats()
    assert stats["device"]["overruns"] == 1 and "sev 0x002" not in stats


def test_hang_can_be_released(serve):
    server = serve("--fault", "cmd=PLATFORM_STATUS,hang,count=1")
    with machine(server.path) as m:
        m.enable_irq()
        assert m.sev(STATUS, BUF, irq=True, timeout=0.1) is None
        assert "sev=hung" in server.ctl("status")
        server.ctl("release")
        assert m.serve_irq() == 2
        assert m.poll("sev") == 0
        assert m.peek(BUF, 2) == bytes([1, 55])
        assert "no command hangs" in server.ctl("release", ok=False)


def test_delay_is_kept_and_registers_answer_meanwhile(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,delay=300").path) as m:
        m.enable_irq()
        start = time.monotonic()
        m.start("sev", STATUS << 16 | 1, BUF)
        assert m.get("sev") & RESPONSE == 0
        assert m.get("feature") & 1
        assert time.monotonic() - start < 0.25
        assert m.serve_irq() == 2
        assert 0.29 < time.monotonic() - start < 3
        assert m.poll("sev") == 0


def test_reset_ends_a_delay(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,delay=200").path) as m:
        m.start("sev", STATUS << 16, BUF)
        m.client.request(vu.RESET)
        assert m.poll("sev", 0.4) is None


def test_reset_ends_a_command_that_runs(server):
    with machine(server.path) as m:
        m.poke(BUF, bytes(20))
        for _ in range(5):
            m.start("sev", 0x001 << 16, BUF)
            m.client.request(vu.RESET)
            time.sleep(0.2)
            assert m.get("sev") == 0, "INIT was answered after the reset"
            assert m.platform_status()[1]["state"] == 0


def test_lost_interrupt(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,lost-irq,count=1").path) as m:
        m.enable_irq()
        assert m.sev(STATUS, BUF, irq=True) == 0
        assert m.serve_irq(0.2) is None
        assert m.get("intsts") == 0
        assert m.sev(STATUS, BUF, irq=True) == 0
        assert m.serve_irq() == 2


def test_spurious_interrupt_comes_before_the_answer(serve):
    with machine(serve("--fault", "cmd=PLATFORM_STATUS,spurious-irq,delay=200").path) as m:
        m.enable_irq()
        m.start("sev", STATUS << 16 | 1, BUF)
        assert m.serve_irq() == 2
        assert m.get("sev") & RESPONSE == 0
        assert m.serve_irq() == 2
        assert m.poll("sev") == 0


@pytest.mark.parametrize("spec, value", [("garbage", 0xffffffff), ("garbage=0x12345678",
                                                                   0x12345678)])
def test_garbage_registers(serve, spec, value):
    with machine(serve("--fault", f"cmd=PLATFORM_STATUS,{spec},count=1").path) as m:
        m.start("sev", STATUS << 16, BUF)
        assert {m.get(r) for r in ("sev", "feature", "intsts", 0x4)} == {value}
        m.client.request(vu.RESET)
        assert m.get("feature") != value


def test_blocked_access(serve):
    with machine(serve("--capability", "ffffffff").path) as m:
        assert m.get("feature") == 0xffffffff


@pytest.mark.parametrize("spec, what", [
    ("", "does nothing"), ("cmd=PLATFORM_STATUS", "does nothing"), ("cmd=NONSENSE,hang", "no command"),
    ("status", "status"), ("status=0x10000", "status"), ("status=x", "status"), ("hang=1", "hang"),
    ("unit=moon,hang", "moon"), ("count=0,hang", "count"), ("delay=-1", "delay"),
    ("late-irq", "late-irq"), ("late-irq=0", "late-irq"), ("delay=9999999", "delay"),
    ("frobnicate", "frobnicate"), ("unit=tee,cmd=INIT,hang", "no command"), ("hang," * 60, "long")])
def test_bad_descriptions_are_refused(server, spec, what):
    assert what in server.ctl("fault", spec, ok=False)
    assert server.ctl("faults") == ""


def test_bad_description_on_the_command_line_is_fatal(serve):
    with pytest.raises(RuntimeError, match="does nothing"):
        serve("--fault", "cmd=INIT")


def test_faults_come_and_go_at_run_time(server):
    with machine(server.path) as m:
        assert server.ctl("fault", "cmd=PLATFORM_STATUS,status=9") == "1\n"
        assert server.ctl("fault", "status=5") == "2\n"
        assert m.sev(STATUS, BUF) == 9
        server.ctl("clear", "1")
        assert m.sev(STATUS, BUF) == 5
        server.ctl("clear")
        assert m.sev(STATUS, BUF) == 0
    assert "no fault" in server.ctl("clear", "1", ok=False)


def test_faults_survive_reset_and_the_next_machine(server):
    server.ctl("fault", "cmd=PLATFORM_STATUS,status=9,count=2")
    with machine(server.path) as m:
        assert m.sev(STATUS, BUF) == 9
    with machine(server.path) as m:
        assert m.sev(STATUS, BUF) == 9
        assert m.sev(STATUS, BUF) == 0


def test_many_faults(server):
    for _ in range(32):
        server.ctl("fault", "status=1,count=1")
    assert "32" in server.ctl("fault", "status=1", ok=False)
    with machine(server.path) as m:
        assert {m.sev(STATUS, BUF) for _ in range(32)} == {1}
        assert m.sev(STATUS, BUF) == 0


# Control socket

def test_stats(server):
    with machine(server.path) as m:
        server.ctl("fault", "cmd=PEK_GEN,status=2")
        for command in (STATUS, STATUS, PEK_GEN, 0x7ff):
            m.sev(command, BUF)
    stats = server.stats()
    assert stats["sev 0x004"] == {"started": 2, "done": 2, "failed": 0, "faults": 0, "last": 0}
    assert stats["sev 0x005"] == {"started": 1, "done": 1, "failed": 1, "faults": 1, "last": 2}
    assert stats["sev 0x7ff"]["failed"] == 1
    assert stats["device"]["clients"] == 1
    server.ctl("stats", "clear")
    assert "sev 0x004" not in server.stats()


def test_version_can_be_changed_at_run_time(server):
    with machine(server.path) as m:
        server.ctl("api", "1.49.3")
        answer = m.platform_status()[1]
        assert (answer["major"], answer["minor"], answer["build"]) == (1, 49, 3)
        server.ctl("api", "nonsense", ok=False)


def test_capability_and_garbage_at_run_time(server):
    with machine(server.path) as m:
        server.ctl("capability", "0x3")
        assert m.get("feature") == 3
        server.ctl("garbage")
        assert m.get("feature") == 0xffffffff
        server.ctl("garbage", "off")
        assert m.get("feature") == 3


def test_interrupt_that_nobody_asked_for(server):
    with machine(server.path) as m:
        m.enable_irq()
        server.ctl("irq")
        assert m.serve_irq() == 2
        assert m.get("sev") & RESPONSE == 0


def test_registers_from_outside(server):
    with machine(server.path) as m:
        server.ctl("reg", "0x109e0", "0x4711")
        assert m.get("sev_lo") == 0x4711
        m.put("sev_hi", 0x55)
        assert server.ctl("reg", "0x109e4") == "0x55\n"
        for words in (("2",), ("0x100000",), ("x",), ()):
            server.ctl("reg", *words, ok=False)


def test_log_and_trace(server):
    with machine(server.path) as m:
        m.get("feature")
        assert "feature" not in server.ctl("log", "500")
        server.ctl("trace", "on")
        m.get("feature")
        assert "feature" in server.ctl("log", "5")
        server.ctl("trace", "off")
        assert m.sev(STATUS, BUF) == 0
        assert "PLATFORM_STATUS" in server.ctl("log", "3")


def test_unknown_and_overlong_lines(server):
    assert "unknown command" in server.ctl("dance", ok=False)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(server.control))
        s.send(b"\n\r\nx" + b"y" * 2000 + b"\nfaults\n")
        answer = s.makefile()
        assert answer.readline() == "error: line is too long\n"
        assert answer.readline() == "ok\n"


def test_several_control_clients(server):
    clients = []
    for _ in range(8):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(10)
        s.connect(str(server.control))
        clients.append(s)
    for s in clients:
        s.send(b"faults\n")
        assert s.recv(10) == b"ok\n"
    with socket.socket(socket.AF_UNIX) as ninth:
        ninth.settimeout(10)
        ninth.connect(str(server.control))
        assert ninth.recv(10) == b""
    for s in clients:
        s.close()
    assert server.ctl("faults") == ""
