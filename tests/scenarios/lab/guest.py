# SPDX-License-Identifier: GPL-2.0-only
"""A running machine as a test sees it."""

import base64
import itertools
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .psp import Psp

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/vm"))
# pylint: disable=wrong-import-position
from machine import emulator, klog, snp, vm

CLIENTS = PROJECT / "build/clients"
COMMAND_TIMEOUT = 90

NO_FW_CALL = 0xffffffff

# With these parameters a command finds the platform not initialised, on every kernel.
IDLE = ("psp_init_on_probe=0",)


@dataclass(frozen=True)
class Spec:
    """What machine a test wants. Tests with the same one share it."""

    kernel: str
    modules: str = "ours"
    probe_no: str = ""
    role: str = "sev-host"
    family: str = ""
    psps: tuple = ("1486",)
    cpu: tuple = ()
    without: tuple = ()
    mem: str = "1G"
    append: str = ""
    modules_extra: tuple = ()
    snphost: bool = False
    second_kernel: bool = False
    title: str = ""

    @property
    def name(self):
        """For file names and people."""
        text = self.title or "-".join([self.kernel, self.modules, self.probe_no, self.role,
                                       self.family, *self.psps, *self.cpu, *self.without,
                                       self.append])
        return re.sub(r"[^\w.=-]+", "_", text)[:100]


@dataclass
class Output:
    """What a script on the machine did."""

    status: int
    text: str


class Answer(dict):
    """What the client printed about a call."""

    def number(self, key):
        """The number that belongs to KEY."""
        return int(self[key], 0)

    @property
    def error(self):
        """The firmware's status; None if the driver left it as it was."""
        return None if self["error"] == "untouched" else self.number("error")

    @property
    def outcome(self):
        """Return value, errno and status."""
        return int(self["ret"]), self["errno"], self.error


class Broken(Exception):
    """The machine is of no use any more."""


class Guest:
    """A machine that is on until stop()."""

    _marks = itertools.count()

    def __init__(self, spec):
        self.spec = spec
        self.broken = False
        self.params = None
        self._mark = ""
        self._judged = 0
        if spec.probe_no:
            subprocess.run([PROJECT / "tests/matrix/build", "--probe-no", spec.probe_no, spec.kernel],
                           check=True)
        config = vm.Config(
            kernel=spec.kernel, role=spec.role, family=spec.family, modules=spec.modules,
            probe_no=spec.probe_no,
            cpu=list(spec.cpu), without=list(spec.without), mem=spec.mem,
            psps=[emulator.Psp.parse(text) for text in spec.psps],
            files=[f"{path}:/bin/" for path in sorted(CLIENTS.iterdir())
                   if path.is_file() and not path.suffix],
            extra_modules=list(spec.modules_extra),
            append=["log_buf_len=4M", *([spec.append] if spec.append else [])],
            snphost=spec.snphost, second_kernel=spec.second_kernel, timeout=COMMAND_TIMEOUT)
        self._machine = vm.Machine(config)
        self._machine.__enter__()  # pylint: disable=unnecessary-dunder-call
        try:
            if not self._machine.start():
                result = self._machine.finish()
                raise Broken(f"{spec.name} doesn't boot: {result.trouble}\n{result.log[-3000:]}")
        except BaseException:
            self._machine.__exit__(None, None, None)
            raise
        self.psp = [Psp(server, config.seed + number)
                    for number, server in enumerate(self._machine.servers)]
        self.seed = config.seed

    @property
    def ours(self):
        """Whether it is our driver."""
        return self.spec.modules == "ours"

    @property
    def rmp_size(self):
        """Bytes that the BIOS of an SNP host reserves for the RMP."""
        return snp.layout(self._machine.config).size

    @property
    def console(self):
        """The whole kernel log as it came over the line."""
        return self._machine.log

    def stop(self):
        """Turns the machine off. Returns what was wrong with it."""
        result = self._machine.finish()
        self._machine.__exit__(None, None, None)
        return result.trouble

    def run(self, script, timeout=COMMAND_TIMEOUT):
        """Runs a shell script, whatever its exit status."""
        if self.broken:
            raise Broken("an earlier test has broken the machine")
        data = bytearray()
        status = self._machine.execute(script + "\n", data.extend, timeout)
        text = data.decode(errors="replace")
        if status is None:
            self.broken = True
            raise Broken(f"no end of: {script}\n{self._machine.last_words}\nso far: {text}\n"
                         f"{self.console[-3000:]}")
        return Output(status, text)

    def perishes(self, script, timeout=COMMAND_TIMEOUT):
        """Runs a shell script that has to be the end of the machine."""
        status = self._machine.execute(script + "\n", None, timeout)
        self.broken = True
        assert status is None and self._machine.ended, f"the machine goes on after: {script}"
        assert not self._machine.last_words, self._machine.last_words

    def check(self, script, timeout=COMMAND_TIMEOUT):
        """Runs a shell script that has to succeed. Returns its output."""
        output = self.run(script, timeout)
        assert output.status == 0, f"status {output.status} of: {script}\n{output.text}"
        return output.text.rstrip("\n")

    def sev(self, *args, prefix=""):
        """Runs the client. Returns its answer."""
        command = " ".join(["sev", *(shlex.quote(str(arg)) for arg in args)])
        output = self.run(prefix + command)
        assert output.status in (0, 1), f"{command}: {output.text}"
        return Answer(line.split("=", 1) for line in output.text.splitlines())

    def put(self, path, data):
        """Writes a file on the machine."""
        text = base64.encodebytes(data).decode()
        self.check(f"mkdir -p $(dirname {path}) && base64 -d >{path} <<END\n{text}END")

    def get(self, path):
        """Reads a file on the machine."""
        return base64.b64decode(self.check(f"base64 {path}"))

    def mark(self, name):
        """log() starts here."""
        self._mark = f"scenario {next(self._marks)}: {name}"
        # Without the old lines: the way out of the machine is slow.
        self.check(f"dmesg -c >/dev/null; echo {shlex.quote('<6>' + self._mark)} >/dev/kmsg")
        for psp in self.psp:
            psp.mark()

    def log(self):
        """The kernel log since mark()."""
        return self.check("dmesg").partition(self._mark)[2].partition("\n")[2]

    def complaints(self):
        """What the kernel complains about since the last time."""
        text = self.console
        # Up to the last whole line; the rest may still grow.
        end = text.rfind("\n") + 1
        new, self._judged = text[self._judged:end], end
        return ["\n".join(report.excerpt) for report in klog.reports(new)]

    def loaded(self, module="ccp"):
        """Whether a module is loaded."""
        return self.run(f"test -d /sys/module/{module}/holders").status == 0

    def unload(self):
        """Unloads the driver and what is on top of it."""
        self.params = None
        self.check("for m in kvm_amd amdtee ccp_crypto ccp; do\n"
                   "[ ! -d /sys/module/$m/holders ] || rmmod $m || exit; done")

    def load(self, *params):
        """Loads the driver, again if it is loaded."""
        self.unload()
        self.check("modprobe ccp " + " ".join(shlex.quote(param) for param in params))
        self.params = params

    def fresh(self, *params):
        """The driver is loaded with these parameters on PSPs that nobody has used."""
        self.unload()
        for psp in self.psp:
            psp.reset()
        self.load(*params)

    def ready(self):
        """The driver is loaded and works, and nothing has initialised the platform."""
        for psp in self.psp:
            psp.heal()
        if self.params != IDLE or self.sev("status").get("ret") != "0":
            self.fresh(*IDLE)


# Where a test keeps its machine, whose log is shown if it fails
GUEST = pytest.StashKey[Guest]()
