# SPDX-License-Identifier: GPL-2.0-only
"""An SNP guest that asks for reports, with our driver or with the kernel's own: both are on the
machine, and either can be loaded."""

import re
from dataclasses import dataclass

# Kernels turn 32-bit programs off in such guests unless asked to.
MACHINE = {"role": "snp-guest", "psps": (), "append": "ia32_emulation=1"}

SYSFS = "/sys/bus/platform/devices/sev-guest"
REPORTS = "/sys/kernel/config/tsm/report"

# Kinds of answers of the emulated host, as in tests/emu/plugin/README.md.
KINDS = {"busy": 1, "invalid-len": 2, "many-pages": 3, "error": 4, "kept": 5, "lost": 6,
         "lost-busy": 7, "lost-error": 8, "truncated": 9, "shortened": 10, "lengthened": 11,
         "replayed": 12, "flipped": 13, "wrong-type": 14, "wrong-number": 15}

REPORT_OFFSET = 32
REPORT_LEN = 0x4a0
USER_DATA = slice(0x50, 0x90)
REPORT_VMPL = slice(0x30, 0x34)
SIGNED_LEN = 0x2a0

# These leave the exchange of messages to the driver.
OWN_CHANNEL = ("6.1", "6.12")


def values(text):
    """name=number lines."""
    return {name: int(value, 0) for name, value in
            (line.split("=") for line in text.splitlines() if "=" in line)}


def body(report):
    """What in a report follows from the guest and the chip alone."""
    assert len(report) == REPORT_LEN
    return report[:USER_DATA.start] + report[USER_DATA.stop:SIGNED_LEN]


@dataclass
class Asked:
    """How a request went: the client's numbers, and what it got."""

    numbers: dict
    answer: bytes = b""
    certs: bytes = b""

    @property
    def report(self):
        """The report in the answer."""
        return self.answer[REPORT_OFFSET:REPORT_OFFSET + REPORT_LEN]

    @property
    def outcome(self):
        """errno, status of the firmware, error of the host."""
        return tuple(self.numbers[name] for name in ("errno", "fw", "vmm"))

    @property
    def status(self):
        """What the firmware says in its answer: 0 with what was asked for."""
        return self.numbers["status"]


class Attest:
    """The driver on a machine, and its client."""

    # Loads the kernel's own driver, with what it needs.
    STOCK = ("for m in gcm ctr ghash-generic tsm tsm_report; do modprobe $m; done 2>/dev/null; "
             "insmod /lib/modules/$(uname -r)/kernel/drivers/virt/coco/sev-guest/sev-guest.ko")

    # A kernel that waits for a busy host itself looks every two seconds whether it still is.
    GONE = ("n=0; while [ -d /sys/module/sev_guest ] && ! rmmod sev-guest 2>/tmp/why; do "
            "[ $((n += 1)) -lt 50 ] || { cat /tmp/why; exit 1; }; usleep 100000; done")

    def __init__(self, machine):
        self.machine = machine
        self.modules = None
        self._params = None

    def unload(self):
        """No driver."""
        self.modules = None
        self.machine.check(self.GONE)

    def load(self, modules="ours", *params):
        """Loads one of the two drivers, again if it is loaded."""
        self.unload()
        words = " ".join(params)
        if modules == "ours":
            self.machine.check(f"modprobe sev-guest {words}")
        else:
            self.machine.check(f"{self.STOCK} {words}")
        self.modules, self._params = modules, params

    def ready(self):
        """Our driver is loaded, with the key that it takes by itself."""
        loaded = self.machine.run("test -c /dev/sev-guest").status == 0
        if (self.modules, self._params) != ("ours", ()) or not loaded:
            self.load()

    def ask(self, words):
        """Makes a request with the client."""
        certs = "--certs-out /tmp/certs" if re.search("--certs [1-9]", words) else ""
        done = self.machine.run(f"snp-request --out /tmp/answer {certs} {words}")
        assert done.status in (0, 1), done.text
        asked = Asked(values(done.text))
        assert asked.numbers["wrong"] == 0, words
        if done.status == 0:
            asked.answer = self.machine.get("/tmp/answer")
            if certs:
                asked.certs = self.machine.get("/tmp/certs")
        return asked

    def good(self, words):
        """Makes a request that gets what it asks for."""
        asked = self.ask(words)
        assert (asked.outcome, asked.status) == ((0, 0, 0), 0), (words, asked.numbers)
        assert not asked.numbers["refused"], (words, asked.numbers)
        return asked

    def bad_host(self, kind, words, count=1):
        """Makes a request that a host answers in a certain way."""
        return self.ask(f"--answer {KINDS[kind]}:{count} {words}")

    @staticmethod
    def order(kind, count):
        """A command after which the host answers requests in a certain way, so many of them."""
        # The order is given, and then there is no device.
        return (f"snp-request --answer {KINDS[kind]}:{count} --fd 0 report "
                "</dev/null >/dev/null 2>&1")

    def host_answers(self, kind, count):
        """From now on the host answers requests in a certain way, so many of them."""
        self.machine.run(self.order(kind, count))

    def host(self):
        """What the host has done so far."""
        return values(self.machine.check("snp-request answers"))

    def file(self, name):
        """What a file of the driver says."""
        return self.machine.check(f"cat {SYSFS}/{name}")

    def counters(self, *names):
        """Some of the driver's counters."""
        return {name: int(self.file(name)) for name in names}
