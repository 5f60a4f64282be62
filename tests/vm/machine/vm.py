# SPDX-License-Identifier: GPL-2.0-only
"""A machine from power-on to power-off, and what is said about it afterwards."""

import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import bootimage, emulator, initramfs, klog, modules, place, qemu, snp, snpguest, symbols
from .channel import Channel, script_of
from .cpio import Archive
from .place import Failure

DEFAULT_KERNEL = "6.12"
BOOT_TIMEOUT = 600
TIMED_OUT = "not finished in time"
_HOSTS = ("sev-host", "snp-host")
ENDED = "the machine ended before the command did"


@dataclass
class Config:
    """What machine to make; the options of the run program. The command is only for a
    shell, which it precedes."""

    kernel: str = ""
    kernel_image: str = ""
    modules_dir: str = ""
    command: list = field(default_factory=list)
    role: str = "plain"
    family: str = ""
    without: list = field(default_factory=list)
    modules: str = "stock"
    probe_no: str = ""
    psps: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    files: list = field(default_factory=list)
    extra_modules: list = field(default_factory=list)
    append: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    snphost: bool = False
    smp: int = 2
    mem: str = "1G"
    timeout: float = 0
    shell: bool = False
    gdb: int = 0
    bzimage: bool = False
    image: str = ""
    second_kernel: bool = False
    seed: int = 0

    def __post_init__(self):
        snp.check(self)
        self.seed = self.seed or emulator.new_seed()
        if (self.role == "snp-host" or self.family) and not self.psps:
            self.psps = [emulator.Psp(snp.family(self).psp)]
        # A whole Debian takes half a minute to boot, and is asked to do longer things.
        self.timeout = self.timeout or (1200 if self.image else 300)


@dataclass
class Result:
    """How a run went."""

    status: int | None = None
    log: str = ""
    reports: list = field(default_factory=list)
    trouble: list = field(default_factory=list)
    boot_seconds: float | None = None
    seconds: float = 0
    seed: int = 0

    @property
    def timed_out(self):
        """Whether time ran out."""
        return TIMED_OUT in self.trouble

    @property
    def ok(self):
        """Whether the command succeeded and the kernel had nothing to complain about."""
        return self.status == 0 and not self.reports and not self.trouble


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


def _initrd(config, kernel, made, token, directory):
    path = directory / "initrd"
    with open(path, "wb") as out:
        if config.role == "snp-host":
            early = Archive(out)
            snp.add_tables(early, config)
            early.end()
        with open(made / "base.cpio", "rb") as base:
            shutil.copyfileobj(base, out)
        archive = Archive(out, initramfs.in_image if config.image else None)
        if config.modules == "ours":
            initramfs.with_ours(archive, kernel, made, modules.ours(kernel, config.probe_no))
        add_files(archive, config)
        archive.file("vm/command", script_of(config.command or ["true"]).encode())
        archive.file("vm/shellrc", b"PS1='amd-sev# '\n")
        archive.file("vm/settings", _settings(config, token))
        archive.end()
    if config.second_kernel:
        _add_second_kernel(path, kernel)
    return path


def _add_second_kernel(path, kernel):
    """Puts what the machine boots from into it once more, for kexec."""
    first = path.read_bytes()
    with open(path, "ab") as out:
        archive = Archive(out)
        archive.file("vm/second/initrd", first)
        archive.copy("vm/second/vmlinuz", kernel.vmlinuz)
        archive.copy("bin/start-kernel", emulator.client("start-kernel"), 0o755)
        archive.end()


def _kernel_and_image(config):
    """The kernel to boot, and the disk image if a whole Debian is wanted."""
    if config.kernel_image:
        return bootimage.foreign_kernel(config.kernel_image, config.modules_dir), None
    if not config.image:
        return place.kernel(config.kernel or DEFAULT_KERNEL), None
    if config.modules == "ours":
        raise Failure("a whole Debian has the modules that are installed on it: use dkms there")
    kernel, image = place.image(config.image)
    if config.kernel and place.kernel(config.kernel) != kernel:
        raise Failure(f"Debian {config.image} has kernel {kernel.name}, not {config.kernel}")
    return kernel, image


class Machine:
    """A machine that runs commands one after the other until it is turned off.

    A context: leaving it ends all processes. finish() turns the machine off in an orderly
    way and judges the run.
    """

    def __init__(self, config, log_sink=None):
        self.config = config
        self._log_sink = log_sink
        self._log = bytearray()
        self._started = time.monotonic()
        self._qemu = None
        self._channel = None
        self._directory = None
        self._kernel = None
        self._memory = None
        self._trouble = []
        self.servers = []
        self.boot_seconds = None
        self.announce = None

    def __enter__(self):
        self._directory = Path(tempfile.mkdtemp(prefix="amd-sev-", dir=place.temporary()))
        return self

    def __exit__(self, *_):
        self._end_qemu()
        for server in self.servers:
            server.stop()
        if self._channel:
            self._channel.close()
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def log(self):
        """The kernel log so far."""
        return self._log.decode(errors="replace").replace("\r", "")

    @property
    def last_words(self):
        """What QEMU and our plugin have said, with the names of what is in the kernel."""
        said = qemu.complaints((self._directory / "qemu.log").read_text(errors="replace"))
        if self.config.role not in _HOSTS or not symbols.wanted(said):
            return said
        ours = modules.ours(self._kernel) if self.config.modules == "ours" else []
        extra = [Path(text.partition(":")[0]) for text in self.config.files]
        made = initramfs.base(self._kernel)
        files = symbols.files_of(made, [*ours, *(path for path in extra if path.suffix == ".ko")])
        return symbols.named(said, _symbols(self._kernel, made), self._memory,
                             snp.layout(self.config).low, files)

    def start(self, timeout=BOOT_TIMEOUT):
        """Turns the machine on. Returns whether it came up."""
        config = self.config
        kernel, image = _kernel_and_image(config)
        self._kernel = kernel
        if config.second_kernel:
            emulator.build_clients()
        token = f"vm-status-{secrets.token_hex(16)}"
        extra = [*config.extra_modules, *(["ext4"] if image else [])]
        made = initramfs.base(kernel, extra)
        initrd = _initrd(config, kernel, made, token, self._directory)
        # An SNP guest is made where the kernel's own unpacker begins.
        packed = config.bzimage or config.role == "snp-guest"
        boot = kernel.vmlinuz if packed else made / "vmlinux"
        self._start_servers()
        if self.announce:
            self.announce(self)
        self._channel = Channel(self._directory, token.encode(), self._take_log)
        if config.shell:
            self._start_qemu(boot, initrd, image)
            return self._channel.drain(None)
        with place.turn_to_boot():
            self._start_qemu(boot, initrd, image)
            up = self._wait(lambda: self._channel.output.status is not None, timeout)
        if up:
            self.boot_seconds = time.monotonic() - self._started
        return up

    def execute(self, script, sink=None, timeout=None):
        """Runs a shell script. Returns its exit status, or None if none came in time."""
        output = self._channel.output
        self._channel.send(script, sink)
        self._wait(lambda: output.status is not None, timeout or self.config.timeout)
        return output.status

    def start_script(self, script, sink):
        """Starts a shell script that talk() talks to: its input is /dev/ttyS1."""
        self._channel.send(script, sink)

    def talk(self, data, answered, timeout):
        """Gives DATA to the script. Returns whether ANSWERED() became true in time; not if the
        script has ended before."""
        output = self._channel.output
        self._channel.feed(data)
        self._wait(lambda: answered() or output.status is not None, timeout)
        return answered()

    def finish(self):
        """Turns the machine off, and tells what was wrong: a Result without a status."""
        if not self._trouble and not self.config.shell:
            self._channel.send_end()
            if not self._channel.drain(self._deadline(self.config.timeout)):
                self._trouble.append("the machine didn't turn itself off")
        self._end_qemu()
        self._channel.close()
        complaints = self.last_words
        if complaints and (self._trouble or self._qemu.returncode > 0):
            self._trouble.append(f"QEMU says: {complaints}")
        for number, server in enumerate(self.servers):
            wrong = server.stop()
            if wrong:
                self._trouble.append(f"PSP server {number}: {wrong}:\n{server.log()}")
        had = bool(self.servers)
        if self._trouble and had:
            self._trouble.append(emulator.how_to_repeat(self.config.seed))
        self.servers = []
        return Result(log=self.log, reports=klog.reports(self.log), trouble=self._trouble,
                      boot_seconds=self.boot_seconds, seed=self.config.seed if had else 0,
                      seconds=time.monotonic() - self._started)

    @property
    def ended(self):
        """Whether the machine has ended by itself before a command did."""
        return self._trouble == [ENDED]

    def _take_log(self, data):
        self._log += data
        if self._log_sink:
            self._log_sink(data)

    def _deadline(self, timeout):
        return None if self.config.gdb else time.monotonic() + timeout

    def _wait(self, finished, timeout):
        if self._trouble:
            return False
        if self._channel.pump(finished, self._deadline(timeout)):
            return True
        self._trouble.append(TIMED_OUT if self._qemu.poll() is None and self._still_running()
                             else ENDED)
        return False

    def _still_running(self):
        """Whether QEMU goes on; it needs a moment to end after the last output."""
        try:
            self._qemu.wait(2)
        except subprocess.TimeoutExpired:
            return True
        return False

    def _start_servers(self):
        config = self.config
        if config.role != "plain" or config.psps:
            emulator.build()
        if config.role == "snp-guest" and config.psps:
            raise Failure("an SNP guest has no PSP, only its host has one: leave --psp out")
        if config.faults and not config.psps:
            raise Failure("--fault needs a --psp to inject the fault into")
        for number, psp in enumerate(config.psps):
            options = [word for fault in config.faults if number == 0
                       for word in ("--fault", fault)]
            options += ["--seed", str(config.seed + number)]
            if config.role in _HOSTS:
                options += snp.psp_options(config, self._state)
            options += snp.firmware_options(config)
            psp = emulator.Psp(psp.pci_id, [*options, *psp.options])
            self.servers.append(emulator.Server(psp, number, self._directory))

    @property
    def _state(self):
        """The file that the CPUs and the firmware of a host share."""
        return self._directory / "machine"

    def _plugin(self, memory):
        config = self.config
        if config.role == "plain":
            return None
        options = []
        if config.role in _HOSTS:
            options = snp.cpu_options(config, self._state, memory)
        if config.role == "snp-host" and snp.is_unknown_to(self._kernel.release):
            options.append("mixed-mappings=on")
        mode = "guest" if config.role == "snp-guest" else "host"
        return emulator.plugin(mode, [*options, *config.cpu])

    def _start_qemu(self, boot, initrd, image):
        config = self.config
        memory = None
        if config.role == "snp-guest":
            memory = snpguest.memory_file(config)
        if config.role in _HOSTS:
            memory = snp.memory_file(config)
        self._memory = memory
        args = qemu.arguments(config, boot, initrd, image, [s.socket for s in self.servers],
                              self._plugin(memory), memory)
        args += ["-chardev", f"file,id=log,path=/dev/fd/{self._channel.log_write}",
                 "-serial", "chardev:log"]
        if config.shell:
            args += ["-chardev", "stdio,id=commands,mux=on,signal=off"]
        else:
            args += ["-chardev", f"socket,id=commands,path={self._channel.path}"]
        args += ["-serial", "chardev:commands"]
        stdio = None if config.shell else subprocess.DEVNULL
        self._started = time.monotonic()
        with open(self._directory / "qemu.log", "wb") as stderr:
            self._qemu = subprocess.Popen(
                emulator.tied(args), stdin=stdio, stdout=stdio, stderr=stderr,
                pass_fds=[file for file in (self._channel.log_write, memory)
                          if file is not None], env=qemu.environment(os.environ))
        self._channel.started()

    def _end_qemu(self):
        if self._qemu and self._qemu.poll() is None:
            if self._channel and self._channel.drain(time.monotonic()):
                try:
                    self._qemu.wait(5)
                    return
                except subprocess.TimeoutExpired:
                    pass
            self._qemu.kill()
            self._qemu.wait()


def _symbols(kernel, made):
    """The kernel's symbols, kept in the directory MADE."""
    kept = made / "symbols"
    if not kept.exists():
        data = bytearray()
        with Machine(Config(kernel_image=str(kernel.vmlinuz),
                            modules_dir=str(kernel.modules))) as machine:
            if not machine.start() or machine.execute(symbols.SCRIPT, data.extend) != 0:
                return symbols.Table("")
            machine.finish()
        new = made / f".symbols-{os.getpid()}"
        new.write_text(symbols.decoded(bytes(data)), encoding="ascii")
        new.rename(kept)
    return symbols.Table(kept.read_text(encoding="ascii"))


def run(config, command, sink, log_sink=None, announce=None):
    """Runs one COMMAND, a list of words, on a machine of its own. SINK gets its output,
    LOG_SINK the kernel log as it comes. ANNOUNCE is called with the machine before it is
    turned on, when its PSPs are there."""
    with Machine(config, log_sink) as machine:
        machine.announce = announce
        status = 0
        if machine.start(config.timeout) and not config.shell:
            status = machine.execute(script_of(command), sink)
        elif not config.shell:
            status = None
        result = machine.finish()
        result.status = status
        return result
