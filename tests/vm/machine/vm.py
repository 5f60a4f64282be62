# SPDX-License-Identifier: GPL-2.0-only
"""Runs one command on one machine from power-on to power-off."""

import os
import secrets
import selectors
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import emulator, initramfs, klog, modules, place, qemu
from .cpio import Archive
from .place import Failure


@dataclass
class Config:
    """What machine to make and what to do with it; the options of the run program."""

    kernel: str
    command: list
    role: str = "plain"
    modules: str = "stock"
    psps: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    files: list = field(default_factory=list)
    extra_modules: list = field(default_factory=list)
    append: list = field(default_factory=list)
    snphost: bool = False
    smp: int = 2
    mem: str = "1G"
    timeout: float = 120
    shell: bool = False
    gdb: int = 0
    image: str = ""


@dataclass
class Result:
    """How a run went."""

    status: int | None = None
    timed_out: bool = False
    log: str = ""
    reports: list = field(default_factory=list)
    trouble: list = field(default_factory=list)
    boot_seconds: float | None = None
    seconds: float = 0

    @property
    def ok(self):
        """Whether the command succeeded and the kernel had nothing to complain about."""
        return self.status == 0 and not self.reports and not self.trouble


class Output:
    """Passes the command's output on up to the line in which init tells the status."""

    def __init__(self, token, sink):
        self._token = token
        self._sink = sink
        self._held = b""
        self.status = None

    def feed(self, data):
        """Takes what came over the line; holds back what may be the start of the token."""
        self._held += data
        place_of = self._held.find(self._token)
        if place_of >= 0:
            self._sink(self._held[:place_of])
            self._held = self._held[place_of:]
            tail = self._held[len(self._token):]
            if tail.endswith(b"\n"):
                self.status = int(tail)
            return
        keep = 0
        for length in range(min(len(self._held), len(self._token) - 1), 0, -1):
            if self._token.startswith(self._held[-length:]):
                keep = length
                break
        self._sink(self._held[:len(self._held) - keep])
        self._held = self._held[len(self._held) - keep:]

    def end(self):
        """The line is closed: what was held back was output after all."""
        if not self._held.startswith(self._token):
            self._sink(self._held)
        self._held = b""


def _command_file(command):
    """One word is a line for the shell, several are a program and its arguments."""
    line = command[0] if len(command) == 1 else shlex.join(command)
    return f"#!/bin/sh\n{line}\n".encode()


def _settings(config, token):
    size = shutil.get_terminal_size()
    values = {"VM_TOKEN": token, "VM_SHELL": "1" if config.shell else "",
              "VM_ROWS": str(size.lines), "VM_COLUMNS": str(size.columns),
              "VM_TERM": os.environ.get("TERM", "linux")}
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()).encode()


def _file_and_place(text):
    """SOURCE[:DESTINATION] of a file that the machine gets."""
    source, _, target = text.partition(":")
    source = Path(source)
    if not source.exists():
        raise Failure(f"--file {text}: {source} doesn't exist")
    target = target or f"/root/{source.resolve().name}"
    return source, f"{target}{source.name}" if target.endswith("/") else target


def add_files(archive, config):
    """Adds what the caller wants to have in the machine."""
    for text in config.files:
        source, target = _file_and_place(text)
        archive.tree(target, source)
    if config.snphost:
        snphost = place.cache() / "snphost"
        archive.tree("opt/snphost", snphost)
        archive.file("bin/snphost", b"#!/bin/sh\n"
                     b"exec /opt/snphost/lib/ld-linux-x86-64.so.2 --library-path "
                     b"/opt/snphost/lib /opt/snphost/snphost \"$@\"\n", 0o755)


def _initrd(config, kernel, token, directory):
    made = initramfs.base(kernel, config.extra_modules)
    path = directory / "initrd"
    shutil.copy(made / "base.cpio", path)
    with open(path, "ab") as out:
        archive = Archive(out)
        if config.modules == "ours":
            initramfs.with_ours(archive, kernel, made, modules.ours(kernel))
        add_files(archive, config)
        archive.file("vm/command", _command_file(config.command or ["true"]), 0o755)
        archive.file("vm/settings", _settings(config, token))
        archive.end()
    return path


class _Lines:
    """The two serial lines: the kernel log, and the command's output."""

    def __init__(self, log_sink, output):
        self._selector = selectors.DefaultSelector()
        self.log_write = self._pipe(log_sink)
        self.output_write = self._pipe(output)

    def _pipe(self, sink):
        read, write = os.pipe()
        self._selector.register(read, selectors.EVENT_READ, sink)
        return write

    def started(self):
        """QEMU has its copies of the writing ends."""
        os.close(self.log_write)
        os.close(self.output_write)

    def pump(self, deadline):
        """Passes everything on until both are closed. Returns whether it came to that."""
        while self._selector.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in self._selector.select(left):
                data = os.read(key.fd, 65536)
                if data:
                    key.data(data)
                else:
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
        return True

    def close(self):
        """Gives back what is still open."""
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()


class Machine:
    """A machine for one run; use it as a context, which ends all its processes."""

    def __init__(self, config, sink, log_sink=None):
        self.config = config
        self._sink = sink
        self._log_sink = log_sink
        self._log = bytearray()
        self._started = time.monotonic()
        self._result = Result()
        self._qemu = None
        self.servers = []
        self._token = f"vm-status-{secrets.token_hex(16)}"
        self._directory = None

    def __enter__(self):
        self._directory = Path(tempfile.mkdtemp(prefix="amd-sev-", dir=place.temporary()))
        return self

    def __exit__(self, *_):
        if self._qemu and self._qemu.poll() is None:
            self._qemu.kill()
            self._qemu.wait()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _take_log(self, data):
        self._log += data
        if self._log_sink:
            self._log_sink(data)
        if self._result.boot_seconds is None and b"vm: the command starts" in self._log:
            self._result.boot_seconds = time.monotonic() - self._started

    def _start_servers(self):
        config = self.config
        if config.role == "sev-host" or config.psps:
            emulator.build()
        if config.faults and not config.psps:
            raise Failure("--fault needs a --psp to inject the fault into")
        for number, psp in enumerate(config.psps):
            options = [word for fault in config.faults if number == 0
                       for word in ("--fault", fault)]
            psp = emulator.Psp(psp.pci_id, [*psp.options, *options])
            self.servers.append(emulator.Server(psp, number, self._directory))

    def _serial(self, lines):
        args = ["-chardev", f"file,id=log,path=/dev/fd/{lines.log_write}", "-serial", "chardev:log"]
        if self.config.shell:
            return [*args, "-chardev", "stdio,id=command,mux=on,signal=off",
                    "-serial", "chardev:command"]
        return [*args, "-chardev", f"file,id=command,path=/dev/fd/{lines.output_write}",
                "-serial", "chardev:command"]

    def run(self):
        """Boots, runs the command, and tells how it went."""
        config = self.config
        kernel = place.kernel(config.kernel)
        initrd = _initrd(config, kernel, self._token, self._directory)
        self._start_servers()
        output = Output(self._token.encode(), self._sink)
        lines = _Lines(self._take_log, output.feed)
        args = qemu.arguments(config, kernel, initrd, [s.socket for s in self.servers],
                              emulator.plugin(config.role))
        errors = self._directory / "qemu.log"
        self._started = time.monotonic()
        with open(errors, "wb") as stderr:
            self._qemu = subprocess.Popen(
                emulator.tied([*args, *self._serial(lines)]), stderr=stderr,
                stdin=None if config.shell else subprocess.DEVNULL,
                stdout=None if config.shell else subprocess.DEVNULL,
                pass_fds=(lines.log_write, lines.output_write),
                env=qemu.environment(os.environ))
        lines.started()
        unlimited = config.shell or config.gdb
        ended = lines.pump(None if unlimited else self._started + config.timeout)
        if not ended:
            self._qemu.kill()
        self._qemu.wait()
        lines.close()
        output.end()
        return self._judge(ended, 0 if config.shell else output.status,
                           qemu.complaints(errors.read_text(errors="replace")))

    def _judge(self, ended, status, complaints):
        result = self._result
        result.seconds = time.monotonic() - self._started
        result.timed_out = not ended
        result.status = status
        result.log = self._log.decode(errors="replace").replace("\r", "")
        result.reports = klog.reports(result.log)
        if result.timed_out:
            result.trouble.append(f"not finished after {self.config.timeout:g} s")
        elif status is None:
            result.trouble.append("the machine ended before the command did")
        if complaints and (status is None or self._qemu.returncode):
            result.trouble.append(f"QEMU says: {complaints}")
        for number, server in enumerate(self.servers):
            wrong = server.stop()
            if wrong:
                result.trouble.append(f"PSP server {number}: {wrong}:\n{server.log()}")
        self.servers = []
        return result


def run(config, sink, log_sink=None):
    """Runs CONFIG's command. SINK gets its output, LOG_SINK the kernel log as it comes."""
    with Machine(config, sink, log_sink) as machine:
        return machine.run()
