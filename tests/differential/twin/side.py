# SPDX-License-Identifier: GPL-2.0-only
"""One of two machines: it does steps, and tells what came of them."""

import re
import shutil
import socket
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/scenarios"))
sys.path.insert(0, str(PROJECT / "tests/vm"))
# pylint: disable=wrong-import-position
from lab import cert
from machine import emulator, klog, snp, vm

STEPS = PROJECT / "build/differential/steps"
STEP_TIMEOUT = 60
API = "1.55.21"

_FIRMWARE = re.compile(r"^firmware (\S+) state=(\d+) guests=(\d+) es=(\d) owned=(\d) snp=(\d) "
                       r"snp-guests=(\d+)$")
_SETTLE = 15
# Milliseconds that an answer takes while somebody is killed, and how many answers do
SLOW, SLOW_COUNT = 150, 4


class Gone(Exception):
    """The machine is of no use any more."""


class Nonsense(Exception):
    """A step that can't be done."""


class Control:
    """Control socket of the emulated PSP."""

    def __init__(self, server):
        self._path = str(server.control)
        self._server = server
        self._socket = None
        self._seen = 0

    def ask(self, line):
        """The lines of the answer to LINE."""
        if not self._socket:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(20)
            self._socket.connect(self._path)
        self._socket.sendall(line.encode() + b"\n")
        answer = b""
        while not re.search(rb"^(ok|error: .*)\n\Z", answer, re.M):
            data = self._socket.recv(65536)
            if not data:
                raise Gone("the PSP hung up")
            answer += data
        return answer.decode().splitlines()

    def close(self):
        """The end."""
        if self._socket:
            self._socket.close()

    def state(self):
        """The platform as the firmware sees it, once it has nothing to do."""
        deadline = time.monotonic() + _SETTLE
        while True:
            for line in self.ask("status"):
                match = _FIRMWARE.match(line)
                if match:
                    names = ("version", "state", "guests", "es", "owned", "snp", "snp-guests")
                    return {f"fw.{name}": value for name, value in zip(names, match.groups())}
            if time.monotonic() > deadline:
                return {"fw.state": "busy"}
            time.sleep(0.01)

    def fresh(self):
        """A PSP that was just turned on, whose flash is as it was at first."""
        self.ask("clear")
        self.ask("release")
        self.ask(f"api {API}")

    def errors(self):
        """What the driver did since the last time that no driver may do."""
        log = self._server.log()
        new, self._seen = log[self._seen:], len(log)
        return [line for line in new.splitlines() if " error " in line or " error: " in line]


class Side:
    """A machine with one of the drivers."""

    def __init__(self, modules, kernel, role, state):
        self.modules = modules
        self._state = Path(state) / modules
        self._golden = Path(state) / "golden"
        self._kernel, self._role = kernel, role
        self._machine = None
        self.control = None
        self._answer = bytearray()
        self._judged = 0

    def _config(self):
        family = snp.FAMILIES["milan"]
        return vm.Config(
            kernel=self._kernel, role=self._role, modules=self.modules,
            psps=[emulator.Psp.parse(f"{family.psp},state={self._state},api={API}")],
            files=[f"{STEPS}:/bin/"] + [f"{self._golden / name}:/root/{name}" for name in
                                       ("pek", "oca") if (self._golden / name).exists()],
            append=["log_buf_len=4M"], timeout=STEP_TIMEOUT)

    def on(self):
        """Turns it on."""
        self._restore()
        self._machine = vm.Machine(self._config())
        self._machine.__enter__()  # pylint: disable=unnecessary-dunder-call
        self._judged = 0
        if not self._machine.start():
            log = self._machine.log[-3000:]
            self.off()
            raise Gone(f"the machine with {self.modules} doesn't boot:\n{log}")
        self.control = Control(self._machine.servers[0])
        self._answer.clear()
        self._machine.start_script("exec /bin/steps </dev/ttyS1 2>&1\n", self._answer.extend)
        self._wait(b"")

    def off(self):
        """Turns it off, if it is on."""
        if self.control:
            self.control.close()
            self.control = None
        if self._machine:
            self._machine.__exit__(None, None, None)
            self._machine = None

    @property
    def is_on(self):
        """Whether it is on."""
        return self._machine is not None

    @property
    def console(self):
        """The kernel log so far."""
        return self._machine.log if self._machine else ""

    def _restore(self):
        """The PSP's fuses and flash are those that both have had at first."""
        self._state.mkdir(exist_ok=True)
        for name in ("fuses", "flash"):
            kept, mine = self._golden / name, self._state / name
            if kept.exists():
                shutil.copy(kept, mine)
            else:
                mine.unlink(missing_ok=True)

    def golden(self):
        """Whether it is said what they have had at first."""
        return (self._golden / "flash").exists()

    def keep_flash(self, csr):
        """What the PSP has in its flash now is what both have at first from now on, and an owner
        has signed its key. Returns whether it has anything."""
        if not csr or not (self._state / "flash").exists():
            return False
        self._golden.mkdir(exist_ok=True)
        owner = cert.Owner(self._golden)
        (self._golden / "pek").write_bytes(owner.sign(bytes.fromhex(csr)))
        (self._golden / "oca").write_bytes(owner.certificate)
        for name in ("fuses", "flash"):
            shutil.copy(self._state / name, self._golden / name)
        return True

    def _wait(self, data, timeout=STEP_TIMEOUT):
        answered = self._machine.talk(data, lambda: self._answer.endswith(b"\n.\n")
                                      or self._answer == b".\n", timeout)
        text = self._answer.decode(errors="replace")
        self._answer.clear()
        if not answered:
            raise Gone(text)
        return text.splitlines()[:-1]

    def _step(self, step):
        """A fault of the firmware lasts as long as the step that it is said with."""
        fault, colon, rest = step.partition(": ")
        if colon and fault.startswith("fault "):
            self._fault(fault)
            step = rest
        elif step.startswith("kill "):
            self._fault(f"fault cmd=any,delay={SLOW},count={SLOW_COUNT}")
        answer = {}
        for line in self._wait(step.encode() + b"\n"):
            name, _, value = line.partition("=")
            answer.setdefault(name, []).append(value)
        self.control.ask("clear")
        answer = {name: " | ".join(values) for name, values in answer.items()}
        answer.update(self.control.state())
        return answer

    def _fault(self, line):
        answer = self.control.ask(line)
        if answer[-1] != "ok":
            raise Nonsense(f"{line}: {answer[-1]}")

    def step(self, step):
        """Does a step. Returns what came of it, by name."""
        try:
            return self._step(step)
        except (Gone, OSError) as gone:
            return {"machine": self._why_gone(), "said": str(gone)[-500:]}

    def _why_gone(self):
        """What has ended the machine: its first complaint, or that nothing came in time."""
        if not self._machine.ended:
            return "silent"
        return self._machine.last_words.strip().partition("\n")[0] or "ended"

    def reset(self):
        """Back to the beginning. Returns whether that went well."""
        try:
            self.control.ask("clear")
            self.control.ask("release")
            unloaded = self._step("reset").get("unloaded") == "0"
            self._restore()
            self.control.fresh()
            return unloaded
        except (Gone, OSError):
            return False

    def complaints(self):
        """What the kernel or the PSP has complained about since the last time."""
        text = self.console
        # Up to the last whole line; the rest may still grow.
        end = text.rfind("\n") + 1
        new, self._judged = text[self._judged:end], end
        found = ["\n".join(report.excerpt) for report in klog.reports(new)]
        return found + (self.control.errors() if self.control else [])
