# SPDX-License-Identifier: GPL-2.0-only
"""A host that treats a request badly: what the caller sees, and what becomes of the key."""

import re

import pytest

from lab.attest import MACHINE, Attest, body

pytestmark = pytest.mark.machine(**MACHINE)

# The driver exchanges messages itself; from 6.14 on the kernel does it.
own = pytest.mark.kernels("6.1", "6.12")
kernels_own = pytest.mark.kernels("7.2", "7.3")

EIO, ENOKEY, ENOTTY = 5, 126, 25


@pytest.fixture(name="guest")
def _guest(vm):
    """Our driver, freshly loaded."""
    guest = Attest(vm)
    guest.load()
    return guest


# What happens to the request that is answered like this. After a lost answer the firmware is
# two numbers ahead, which takes a message to find out.
GOT_OVER = {"busy": "busy", "kept": "forged", "lost": "forged", "lost-busy": "busy",
            "truncated": "forged", "shortened": "forged", "lengthened": "forged",
            "replayed": "forged", "flipped": "forged", "wrong-type": "forged",
            "wrong-number": "forged"}
LOST = ("lost", "lost-busy", "truncated", "shortened", "lengthened", "flipped", "wrong-type",
        "wrong-number", "replayed")


@own
@pytest.mark.parametrize("kind", GOT_OVER)
def test_bad_answer_is_got_over(guest, kind):
    """The very request that met it gets its answer, and nothing is left open."""
    expected = body(guest.good("report").report)
    for words in ("report", "--certs 4096 ext"):
        asked = guest.bad_host(kind, words)
        assert asked.outcome == (0, 0, 0), words
        assert body(asked.report) == expected
    counters = guest.counters("requests", "failures", "unanswered", "recovered", GOT_OVER[kind])
    assert counters == {"requests": 3, "failures": 0, "unanswered": 0,
                        "recovered": 2 if kind in LOST else 0, GOT_OVER[kind]: 2}
    assert guest.file("vmpck_alive") == "1"


@own
@pytest.mark.parametrize("kind", ["error", "lost-error"])
def test_error_of_the_host(guest, vm, kind):
    """The request ends with what the host says; the next one is good."""
    for words in ("report", "key", "--certs 4096 ext"):
        asked = guest.bad_host(kind, words)
        assert (asked.numbers["errno"], asked.numbers["vmm"] != 0) == (EIO, True)
        assert guest.file("unanswered") == "1"
        assert guest.good("report")
        assert guest.file("unanswered") == "0"
    assert "host error: the host does not carry requests to the firmware" in vm.log()
    assert guest.file("keys_alive").startswith("0")


@own
def test_room_that_cannot_be_wanted(guest):
    """A page more than there is, is passed on; 2^40 pages are not."""
    asked = guest.bad_host("invalid-len", "--certs 4096 ext")
    assert asked.numbers["errno"] == EIO
    assert asked.numbers["certs"] == 4096
    asked = guest.bad_host("many-pages", "--certs 4096 ext")
    assert asked.numbers["errno"] == EIO
    assert asked.numbers["certs"] == 4096
    assert guest.good("--certs 4096 ext")


@own
def test_mischief_in_a_row(guest):
    """More than one request tries to get over: some fail, none gets a wrong answer."""
    for kind in ("lost", "flipped", "kept", "lost-error"):
        guest.bad_host(kind, "report", 40)
        for _ in range(50):
            if guest.ask("report").outcome == (0, 0, 0):
                break
        else:
            pytest.fail(f"no way back after {kind}")
        assert guest.good("--repeat 20 report")
        assert guest.file("unanswered") == "0"
    assert guest.file("vmpck_alive") == "1"


@own
def test_killed_while_the_host_is_busy(guest, vm):
    """The task is gone at once, and the next one finishes what it began."""
    # Answers BUSY for 3 s. Uptime has hundredths of a second.
    vm.check("now() { cut -d' ' -f1 /proc/uptime | tr -d .; }\n"
             "snp-request --answer 1:6 report >/dev/null & usleep 300000; kill -9 $!\n"
             "s=$(now); wait $!; [ $(($(now) - s)) -lt 100 ]")
    assert guest.counters("requests", "failures", "unanswered") == {
        "requests": 1, "failures": 1, "unanswered": 1}
    assert guest.good("report")
    assert guest.counters("unanswered", "recovered") == {"unanswered": 0, "recovered": 1}


@own
def test_host_that_stays_busy(guest, vm):
    """It limits the rate of requests, says the log; the driver does not wait for it for long
    when it goes, and names what that costs. The key is one that nobody else needs."""
    guest.load("ours", "vmpck_id=2")
    vm.check("snp-request --vmpl 2 --answer 1:1000 report >/dev/null & usleep 200000; kill -9 $!")
    guest.unload()
    said = re.search(r"message (\d+) to the firmware stays without an answer; if VMPCK2 does not "
                     "work", vm.log())
    assert said
    guest.host_answers("busy", 0)
    guest.load("ours", "vmpck_id=2")
    # The firmware waits for a message whose bytes are gone.
    assert guest.ask("--vmpl 2 report").numbers["errno"] == EIO
    assert (f"does not expect message {int(said[1]) + 2}: something else uses VMPCK2"
            in vm.log())


@own
def test_numbers_survive_a_reload_in_the_middle(guest):
    """An answer was lost, and the driver that knows is gone: none of its numbers is used."""
    guest.bad_host("lost-error", "report")
    guest.load()
    assert guest.good("report")
    assert guest.counters("failures") == {"failures": 0}


@kernels_own
def test_bad_answer_where_the_kernel_exchanges_messages(guest, vm):
    """The kernel gives the key up. Then ours says so by an errno of its own, in sysfs, and what
    to do; another key works."""
    for key, kind in ((1, "flipped"), (2, "wrong-number"), (3, "error")):
        guest.load("ours", f"vmpck_id={key}")
        report = f"--vmpl {key} report"
        assert guest.good(report)
        assert guest.bad_host(kind, report).numbers["errno"] not in (0, ENOTTY)
        assert guest.ask(report).numbers["errno"] == ENOKEY
        assert f"VMPCK is disabled (VMPCK{key}); load the module with vmpck_id=" in vm.log()
        assert guest.file("vmpck_alive") == "0"
        assert str(key) not in guest.file("keys_alive").split()
    guest.load()
    assert guest.good("report")


@kernels_own
def test_busy_where_the_kernel_exchanges_messages(guest):
    """The kernel asks again."""
    assert guest.bad_host("busy", "report").outcome == (0, 0, 0)


@kernels_own
def test_killed_where_the_kernel_exchanges_messages(guest, vm):
    """The task is gone at once, and the next one has its turn when the kernel is done; the pages
    for certificates, where the host may still write, are given back."""
    shared = vm.check("snp-request shared")
    # Answers BUSY once, and the kernel waits for 2 s. Uptime has hundredths of a second.
    vm.check("now() { cut -d' ' -f1 /proc/uptime | tr -d .; }\n"
             "snp-request --answer 1:1 --certs 16384 ext >/dev/null & usleep 300000; kill -9 $!\n"
             "s=$(now); wait $!; [ $(($(now) - s)) -lt 100 ]")
    assert guest.counters("requests", "failures") == {"requests": 1, "failures": 1}
    assert guest.good("report")
    assert vm.check("snp-request shared") == shared
    assert guest.file("vmpck_alive") == "1"
