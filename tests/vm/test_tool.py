# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the VM tool itself: on plain machines with the kernel's own modules."""

import io
import os
import pty
import select
import socket
import subprocess
import time

import pytest

from machine import bootimage, emulator, klog, modules, place
from machine.channel import Output, script_of
from machine.cpio import Archive
from machine.emulator import Psp
from machine.guest import Broken, Guest
from machine.vm import Config

RUN = place.VM_DIR / "run"
KERNEL = "6.12"


def run(*args, timeout=600):
    """Runs the tool as a person does."""
    return subprocess.run([RUN, "--kernel", KERNEL, *args], capture_output=True,
                          timeout=timeout, check=False)


# The parts, without a machine


def fed(token, *chunks):
    """What an Output passes on of CHUNKS, and the status that it found."""
    got = bytearray()
    output = Output(token)
    output.expect(got.extend)
    for chunk in chunks:
        output.feed(chunk)
    output.end()
    return bytes(got), output.status


def test_output_without_token_is_passed_on_unchanged():
    assert fed(b"TOKEN", b"some ", b"TOK", b"TO", b"text\n") == (b"some TOKTOtext\n", None)


def test_token_is_found_wherever_the_line_is_cut():
    whole = b"text without newlineTOKEN 42\n"
    for cut in range(len(whole)):
        assert fed(b"TOKEN", whole[:cut], whole[cut:]) == (b"text without newline", 42)


def test_half_a_token_at_the_end_is_output():
    assert fed(b"TOKEN", b"text TOKE") == (b"text TOKE", None)


def test_one_word_is_a_line_for_the_shell_and_several_are_a_program():
    assert script_of(["ls | wc"]) == "ls | wc\n"
    assert script_of(["echo", "a b", "$HOME"]) == "echo 'a b' '$HOME'\n"


def test_archive_is_what_cpio_reads(tmp_path):
    out = io.BytesIO()
    archive = Archive(out)
    archive.file("a/b/file", b"content", 0o750)
    archive.link("a/link", "b/file")
    archive.end()
    subprocess.run(["cpio", "--quiet", "-id"], input=out.getvalue(), cwd=tmp_path, check=True)
    assert (tmp_path / "a/link").read_bytes() == b"content"
    assert (tmp_path / "a/b/file").stat().st_mode & 0o777 == 0o750


def test_psp_options_become_those_of_the_server():
    psp = Psp.parse("1486,api=1.51.3,trace")
    assert psp.pci_id == "1486"
    assert psp.options == ["--api", "1.51.3", "--trace"]
    with pytest.raises(place.Failure, match="isn't a PCI device id"):
        Psp.parse("milan")


def test_each_machine_has_a_seed_that_can_be_given_again(monkeypatch):
    monkeypatch.delenv(emulator.SEED, raising=False)
    assert Config().seed != Config().seed
    assert Config(seed=5).seed == 5
    monkeypatch.setenv(emulator.SEED, "77")
    assert Config().seed == 77
    for wrong in ("0", "x", "-1"):
        monkeypatch.setenv(emulator.SEED, wrong)
        with pytest.raises(place.Failure, match="PSP_SEED"):
            Config()


@pytest.mark.parametrize("line", (
    "BUG: kernel NULL pointer dereference, address: 0000000000000000",
    "BUG: KASAN: slab-out-of-bounds in f+0x12/0x30 [ccp]",
    "BUG: sleeping function called from invalid context at mm/slab.h:1",
    "Oops: 0000 [#1] PREEMPT SMP NOPTI",
    "WARNING: CPU: 0 PID: 1 at drivers/crypto/ccp/x.c:1 f+0x1/0x2 [ccp]",
    "WARNING: possible circular locking dependency detected",
    "WARNING: suspicious RCU usage",
    "INFO: task modprobe:77 blocked for more than 120 seconds.",
    "UBSAN: array-index-out-of-bounds in x.c:1:2",
    "Kernel panic - not syncing: Fatal exception",
    "general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP",
    "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "DMA-API: ccp 0000:00:10.0: device driver frees DMA memory with wrong function",
    "refcount_t: underflow; use-after-free.",
    "list_add corruption. prev->next should be next",
    "kvm_amd: Unknown symbol sev_do_cmd (err -2)",
    "kvm_amd: disagrees about version of symbol sev_do_cmd",
))
def test_complaints_are_recognised(line):
    for stamp in ("[    1.234567] ", "[   12.345678][  T123] ", "<4>[    1.234567] "):
        assert klog.is_bad(stamp + line)


@pytest.mark.parametrize("line", (
    "[    0.100000] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
    "[    1.000000] ccp: loading out-of-tree module taints kernel.",
    "[    1.000000] ccp: module verification failed: signature and/or required key missing",
    "[    1.000000] ccp 0000:00:10.0: SEV: failed to INIT error 0x1, rc -5",
    "[    1.000000] debug: BUG_ON is enabled",
))
def test_other_lines_are_no_complaints(line):
    assert not klog.is_bad(line)


@pytest.mark.parametrize("data", (b"", bytes(4096), b"\x7fELF" + bytes(4096)))
def test_what_is_no_boot_image_is_refused(data):
    with pytest.raises(place.Failure, match="no boot image"):
        bootimage.unpack(data)


def test_a_complaint_is_reported_once_with_its_surroundings():
    lines = [f"[    1.{number:06}] line {number}" for number in range(100)]
    lines[50] = "[    1.000050] WARNING: CPU: 0 PID: 1 at x.c:1 f"
    lines[52] = "[    1.000052] BUG: unable to handle page fault"
    lines[60] = "[    1.000060] ---[ end trace 0000000000000000 ]---"
    found = klog.reports("\n".join(lines))
    assert [report.line for report in found] == [lines[50]]
    assert found[0].excerpt == tuple(lines[48:61])


def test_modules_come_with_what_they_depend_on(kernel):
    chosen = {modules.module_name(path) for path in modules.select(place.kernel(kernel), [])}
    assert {"ccp", "kvm", "kvm_amd", "irqbypass"} <= chosen
    with pytest.raises(place.Failure, match="has no module nosuch"):
        modules.select(place.kernel(kernel), ["nosuch"])


# The tool, with machines


def test_a_whole_debian_boots_with_the_modules_that_it_has(vm):
    machine = vm(image="bookworm", role="sev-host", psp="1486", snphost=True)
    assert machine.ok("systemctl is-system-running").strip() == "running"
    assert machine.ok("cat /sys/module/ccp/parameters/psp_init_on_probe") == "Y\n"
    assert machine.ok("modinfo -F filename ccp").startswith("/lib/modules/6.1.0-")
    assert machine.ok("dkms --version && test -e /lib/modules/$(uname -r)/build/Makefile")
    assert machine.ok("snphost --version") == "snphost 0.7.0\n"
    machine.ok("test -c /dev/sev")


def test_every_kernel_drives_the_emulated_psp_by_its_own_modules(vm, kernel):
    machine = vm(kernel, role="sev-host", psp="1486")
    assert machine.ok("uname -r").strip() == place.kernel(kernel).release
    machine.ok("modprobe kvm_amd sev=1 && modprobe msr")
    assert machine.logged("ccp .* sev enabled")
    assert machine.logged("ccp .* SEV API:1.55 build:21$")
    if kernel == "5.10":
        assert machine.logged("SEV supported")
    else:
        assert machine.logged(r"SEV enabled \(ASIDs 100 - 509\)")
    machine.ok("test -c /dev/sev && test $(cat /sys/module/kvm_amd/parameters/sev) != N")
    assert machine.logged("Command line: .*oops=panic")
    assert any("PLATFORM_STATUS" in line for line in machine.psp("stats"))
    machine.ok("rmmod kvm_amd ccp && test ! -e /dev/sev && modprobe ccp && test -c /dev/sev")


def test_a_kernel_that_unpacks_itself_finds_the_same_machine(vm):
    machine = vm(KERNEL, role="sev-host", psp="1486", bzimage=True)
    machine.ok("modprobe kvm_amd")
    assert machine.logged(r"SEV enabled \(ASIDs 100 - 509\)")


def test_a_run_that_fails_tells_its_seed():
    host = ("--role", "sev-host", "--psp", "1486", "--quiet")
    done = run(*host, "--seed", "99", "--", "modprobe ccp; exit 3")
    assert done.returncode == 3 and b"PSP_SEED=99" in done.stderr
    assert b"PSP_SEED" not in run(*host, "--", "modprobe ccp").stderr


def test_two_psps_and_a_fault_in_the_first(vm):
    machine = vm(KERNEL, role="sev-host", psps=["1486", "1486,api=1.51.3"],
                 faults=["cmd=PLATFORM_STATUS,status=0x18"])
    machine.ok("modprobe ccp; modprobe kvm_amd")
    assert machine.ok("grep -l 0x1486 /sys/bus/pci/devices/*/device").count("\n") == 2
    assert machine.psp("faults", 0) and not machine.psp("faults", 1)
    assert not machine.logged("SEV API")


def test_a_plain_machine_has_no_sev_and_a_session_keeps_its_state(vm):
    machine = vm(KERNEL)
    machine.ok("modprobe kvm_amd; test ! -e /dev/sev; ! grep -q '^flags.* sev' /proc/cpuinfo")
    assert not machine.logged("SEV enabled")
    machine.ok("echo kept >/tmp/file")
    assert machine.ok("cat /tmp/file") == "kept\n"
    assert machine.sh("exit 9").status == 9
    assert machine.ok(f"echo {'x' * 20000} | wc -c") == "20001\n"
    assert machine.logged("Linux version").startswith("Linux version")


def test_output_and_status_are_those_of_the_command_which_finds_its_files(tmp_path):
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/tool").write_text("#!/bin/sh\necho I run\n")
    (tmp_path / "dir/tool").chmod(0o755)
    (tmp_path / "data").write_bytes(bytes(range(256)) * 100)
    done = run("--file", f"{tmp_path}/dir", "--file", f"{tmp_path}/data:/lib/firmware/amd/fw",
               "--", "dir/tool; cat /lib/firmware/amd/fw; echo error >&2; exit 42")
    assert done.stdout == b"I run\n" + bytes(range(256)) * 100 + b"error\n"
    assert done.returncode == 42
    assert b"vm: the command starts" in done.stderr


def test_a_machine_is_as_it_was_ordered_and_success_says_nothing_else():
    done = run("--append", "amd.sev=1 other", "--smp", "1", "--mem", "768M", "--",
               "cat /proc/cmdline; nproc; free -m | awk '/Mem/ { print ($2 < 768 && $2 > 600) }'")
    words, cpus, right_size = done.stdout.decode().splitlines()
    assert words.endswith("amd.sev=1 other")
    assert (cpus, right_size) == ("1", "1")
    assert (done.stderr, done.returncode) == (b"", 0)


def test_a_missing_file_is_said_before_anything_starts(tmp_path):
    done = run("--file", f"{tmp_path}/none", "--", "true")
    assert done.returncode == 125
    assert b"none doesn't exist" in done.stderr


def test_a_crash_is_told_with_its_log():
    done = run("--", "echo before; echo c >/proc/sysrq-trigger; sleep 60")
    assert done.stdout == b"before\n"
    assert done.returncode == 123
    assert b"Kernel panic - not syncing: sysrq triggered crash" in done.stderr
    assert b"sysrq_handle_crash" in done.stderr


def test_a_complaint_fails_a_run_whose_command_succeeds(tmp_path):
    log = tmp_path / "log"
    done = run("--keep-log", str(log), "--",
               "echo '<4>WARNING: CPU: 0 PID: 1 at nowhere' >/dev/kmsg; true")
    assert done.returncode == 123
    assert b"the kernel complains" in done.stderr
    assert "WARNING: CPU: 0 PID: 1 at nowhere" in log.read_text()


def test_time_runs_out():
    done = run("--timeout", "5", "--", "sleep 1000")
    assert done.returncode == 124
    assert b"not finished in time" in done.stderr


def test_a_machine_that_goes_away_is_told():
    done = run("--", "echo 1 >/proc/sys/kernel/sysrq; echo b >/proc/sysrq-trigger; sleep 60")
    assert done.returncode == 125
    assert b"the machine ended before the command did" in done.stderr


def test_a_shell_is_a_terminal():
    pid, line = pty.fork()
    if pid == 0:
        os.execv(RUN, [RUN, "--kernel", KERNEL, "--shell", "--", "echo the command"])
    seen = b""

    def see(text):
        nonlocal seen
        deadline = time.monotonic() + 300
        while text not in seen and time.monotonic() < deadline:
            if select.select([line], [], [], 1)[0]:
                seen += os.read(line, 4096)
        assert text in seen
        seen = seen.partition(text)[2]

    see(b"the command")
    see(b"amd-sev# ")
    os.write(line, b"stty size; sleep 1000\n")
    see(b"24 80")
    time.sleep(1)
    os.write(line, b"\x03")
    os.write(line, b"echo $((6 * 7))\n")
    see(b"42")
    os.write(line, b"exit\n")
    assert os.waitpid(pid, 0)[1] == 0


def connected_to(port, tool):
    """A connection to a port that TOOL opens soon."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and tool.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_gdb_has_the_machine_before_it_starts():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([RUN, "--kernel", KERNEL, "--gdb", str(port), "--", "cat /proc/cmdline"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
        try:
            with connected_to(port, tool) as gdb:
                gdb.sendall(b"+$?#3f")
                answer = b""
                while b"#" not in answer:
                    answer += gdb.recv(100)
                gdb.sendall(b"+$c#63")
                output, errors = tool.communicate(timeout=300)
        finally:
            tool.terminate()
    assert b"$T05" in answer
    assert tool.returncode == 0
    assert output.split().count(b"nokaslr") == 1
    assert f"target remote :{port}".encode() in errors


def test_a_session_fails_by_a_complaint_that_it_did_not_expect():
    with pytest.raises(Broken, match="PID: 3 at there"):
        with Guest(Config(KERNEL)) as machine:
            machine.expect("PID: 2 at here")
            machine.ok("echo '<4>WARNING: CPU: 1 PID: 2 at here' >/dev/kmsg")
            machine.ok("for i in $(seq 40); do echo line $i >/dev/kmsg; done")
            machine.ok("echo '<4>WARNING: CPU: 1 PID: 3 at there' >/dev/kmsg")
