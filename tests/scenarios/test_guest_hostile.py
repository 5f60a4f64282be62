# SPDX-License-Identifier: GPL-2.0-only
"""A host that answers an SNP guest with everything but the firmware's answer, thousands of times.

The emulated host counts what it does, so that nothing has to be believed of the driver: how often
it said that all went well and had something else than the firmware's answer in the page. A
sequence number that carries two messages ends the machine, and with it the test.
"""

import pytest

from lab.attest import MACHINE

pytestmark = [pytest.mark.machine(**MACHINE),
              # From 6.14 on the kernel itself exchanges messages, by rules of its own.
              pytest.mark.kernels("6.1", "6.12")]

DEVICE = "/sys/bus/platform/devices/sev-guest"
COUNTERS = ("requests", "failures", "exchanges", "busy", "refused", "forged", "recovered")

# Kinds of answers: any, and any but those that say BUSY, after which a driver waits.
ANY, PROMPT = 255, 254
HONEST = 0

# What the client asks the host for at a time, and for how many requests in a row.
PORTION = 5000
IN_A_ROW = (1, 3, 40)


def values(text):
    """name=number lines."""
    return {name: int(value, 0) for name, value in
            (line.split("=") for line in text.splitlines() if "=" in line)}


class Channel:
    """The driver, freshly loaded, and what it and the host have counted since."""

    def __init__(self, machine):
        self._machine = machine
        machine.check("[ ! -d /sys/module/sev_guest ] || rmmod sev-guest; modprobe sev-guest")
        self._tally = self._host()
        self.good = 0

    def _host(self):
        return values(self._machine.check("snp-request tally"))

    def ask(self, words):
        """Runs the client. Nothing but what the firmware said may have got through."""
        done = values(self._machine.run(f"snp-request {words} report").text)
        assert done["wrong"] == 0
        self.good += done["good"]
        return done

    def host(self, what):
        """Kinds with how often the host has CHOSEN or CLAIMED them."""
        return {int(name[len(what):]): number - self._tally[name]
                for name, number in self._host().items() if name.startswith(what)}

    def driver(self):
        """The driver's counters."""
        lines = self._machine.check(f"cd {DEVICE}; grep . {' '.join(COUNTERS)}")
        return {name: int(value) for name, value in
                (line.split(":") for line in lines.splitlines())}

    def file(self, name):
        """A file of the driver in sysfs."""
        return self._machine.check(f"cat {DEVICE}/{name}")

    def settle(self):
        """With an honest host the channel finds its way back; one request tries twelve times."""
        waiting = int(self.file("unanswered"))
        self.ask(f"--answer {HONEST}:1 --repeat {waiting // 10 + 2}")
        assert self.file("unanswered") == "0"
        assert self.ask("--repeat 20")["good"] == 20

    def judge(self):
        """Every exchange is accounted for on both sides, and no key is lost."""
        chosen, claimed, driver = self.host("chosen"), self.host("claimed"), self.driver()
        bad = sum(number for kind, number in claimed.items() if kind != HONEST)
        assert driver["exchanges"] == sum(chosen.values())
        assert driver["forged"] == bad
        assert self.good + driver["recovered"] == claimed[HONEST]
        assert driver["requests"] - driver["failures"] == self.good
        assert driver["exchanges"] == (claimed[HONEST] + driver["forged"] + driver["busy"] +
                                       driver["refused"])
        assert (self.file("vmpck_alive"), self.file("keys_alive")) == ("1", "0 1 2 3")
        return chosen, driver


@pytest.fixture(name="channel")
def _channel(vm):
    return Channel(vm)


def test_hostile_answers(channel, request):
    """None is accepted, and no key is given up. With --everywhere there are 100,000."""
    wanted = 100_000 if request.config.getoption("everywhere") else 10_000
    done = 0
    while done < wanted:
        for row in IN_A_ROW:
            channel.ask(f"--answer {PROMPT}:{row} --dishonest {PORTION // len(IN_A_ROW)}")
            channel.settle()
        chosen, driver = channel.judge()
        done = sum(number for kind, number in chosen.items() if kind != HONEST)
    print(f"answers of each kind: {chosen}\ndriver: {driver}\ngood: {channel.good}")
    # Each kind but those that say BUSY has had its turn.
    assert [kind for kind, number in chosen.items() if not number] == [1, 7]


def test_hostile_answers_with_busy(channel):
    """BUSY among them only costs time."""
    channel.ask(f"--answer {ANY}:2 --dishonest 300")
    channel.settle()
    _, driver = channel.judge()
    assert driver["busy"] > 0
