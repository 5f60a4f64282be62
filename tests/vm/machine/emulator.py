# SPDX-License-Identifier: GPL-2.0-only
"""The emulated PSP: one server process per device, and the CPU plugin."""

import fcntl
import os
import secrets
import subprocess
import time
from dataclasses import dataclass, field

from . import place
from .place import Failure

_OUT = place.BUILD / "emu"


@dataclass
class Psp:
    """What was said about one PSP: its PCI device id and options of the server."""

    pci_id: str
    options: list = field(default_factory=list)

    @classmethod
    def parse(cls, text):
        """From ID[,NAME[=VALUE]]..., with the names of the server's long options."""
        pci_id, *rest = text.split(",")
        try:
            int(pci_id, 16)
        except ValueError:
            raise Failure(f"--psp {text}: {pci_id} isn't a PCI device id") from None
        options = []
        for option in rest:
            name, sign, value = option.partition("=")
            options.append(f"--{name}")
            if sign:
                options.append(value)
        return cls(pci_id, options)


SEED = "PSP_SEED"


def new_seed():
    """What decides when PSPs answer: another one for each machine, unless the environment
    has one."""
    text = os.environ.get(SEED, "")
    if not text:
        return 1 + secrets.randbelow(1 << 31)
    if not text.isdecimal() or not int(text):
        raise Failure(f"{SEED}={text}: not a number above 0")
    return int(text)


def how_to_repeat(seed):
    """For a person who wants answers at the same times again."""
    return f"the PSP's answers came at the times of {SEED}={seed}"


def _make(directory, what):
    """Brings something up to date; runs at the same time wait for each other."""
    place.BUILD.mkdir(exist_ok=True)
    with open(place.BUILD / ".emu.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "-s", "-C", place.PROJECT / directory],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
    if done.returncode:
        raise Failure(f"{what} don't build:\n{done.stdout}")


def build():
    """Brings the emulator up to date."""
    _make("tests/emu", "the parts of the emulator")


def build_clients():
    """Brings the programs for machines up to date."""
    _make("tests/clients", "the programs for machines")


def client(name):
    """Where such a program is."""
    return place.BUILD / "clients" / name


def plugin(mode, options):
    """QEMU's -plugin argument for CPUs of a host or a guest."""
    return ",".join([f"{_OUT / 'sevcpu.so'}", f"mode={mode}", *options])


def tied(command):
    """COMMAND, such that it ends when we do, however that happens."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)]


class Server:
    """A running PSP server."""

    def __init__(self, psp, number, directory):
        self.socket = directory / f"psp{number}"
        self.control = directory / f"psp{number}-control"
        self._log = directory / f"psp{number}.log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                tied([_OUT / "psp-server", "--socket", self.socket, "--control", self.control,
                      "--pci-id", psp.pci_id, *psp.options]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failure(f"the PSP server doesn't start:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        """What the server wrote."""
        return self._log.read_text(errors="replace")

    def stop(self):
        """Ends the server. Returns what is wrong with how it ended, or nothing."""
        status = self._process.poll()
        if status is None:
            self._process.terminate()
            try:
                status = self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                return "it did not stop when asked to"
            return None if status in (0, -15) else f"it ended with status {status}"
        return f"it ended early with status {status}"
