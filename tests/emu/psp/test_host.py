# SPDX-License-Identifier: GPL-2.0-only
"""The firmware and the CPUs of its machine, which are a file that the test writes."""

import os
import struct
import subprocess

import pytest

from client import SERVER, machine

SNP_DF_FLUSH, SNP_INIT_EX, SNP_SHUTDOWN_EX = 0x084, 0x085, 0x086
WBINVD_REQUIRED = 0x0e
COMMAND, RMP, EVENT_LOG = 0x2000, 0x800000, 0x40000
MIB = 1 << 20

# Places in the file: see struct state_file in tests/emu/machine/file.h and msr_blocks[] in state.c.
MAGIC, CPU_SIZE, FIRST_CPU = 0x4d564553, 8 + 32 * 8 + 16, 16 + 32 * 16
PAGES = FIRST_CPU + 64 * CPU_SIZE + 32 + 4 + 4 * 1024
SIZE = -(-(PAGES + 2 * 4 * (1 << 24)) // 8) * 8
SLOT = {"SYSCFG": 11, "HWCR": 12, "VM_HSAVE_PA": 21, "RMP_BASE": 22, "RMP_END": 23}
READY = {"SYSCFG": 1 << 19 | 7 << 23, "HWCR": 1, "RMP_BASE": RMP, "RMP_END": RMP + MIB - 1}
SNP_EN, VMPL_EN = 1 << 24, 1 << 25


class State:
    """The file as the CPU plugin writes it."""

    def __init__(self, path, cpus=2):
        self.path = path
        path.write_bytes(b"")
        os.truncate(path, SIZE)
        for cpu in range(cpus):
            self._put(FIRST_CPU + cpu * CPU_SIZE, "<I", 1)
            for name, value in READY.items():
                self.set(cpu, name, value)
        self._put(16, "<QQ", EVENT_LOG, 0x2000)
        self._put(0, "<IIII", MAGIC, 0, 0, 1)

    def _put(self, offset, form, *values):
        with open(self.path, "r+b") as file:
            file.seek(offset)
            file.write(struct.pack(form, *values))

    def set(self, cpu, name, value):
        """Sets a register."""
        self._put(FIRST_CPU + cpu * CPU_SIZE + 8 + SLOT[name] * 8, "<Q", value)

    def wbinvd(self, cpu):
        """Executes WBINVD."""
        self._put(FIRST_CPU + cpu * CPU_SIZE + 4, "<I", 1)

    def get(self, cpu, name):
        """Reads a register."""
        offset = FIRST_CPU + cpu * CPU_SIZE + 8 + SLOT[name] * 8
        with open(self.path, "rb") as file:
            file.seek(offset)
            return struct.unpack("<Q", file.read(8))[0]


def init(m):
    """SNP_INIT_EX that sets the RMP up; its status."""
    m.poke(COMMAND, struct.pack("<I", 1) + bytes(60))
    return m.sev(SNP_INIT_EX, COMMAND)


def shutdown(m, flags):
    """SNP_SHUTDOWN_EX; its status."""
    m.poke(COMMAND, struct.pack("<II", 8, flags))
    return m.sev(SNP_SHUTDOWN_EX, COMMAND)


def entry(m, pa):
    """First half of the RMP entry of a page."""
    return struct.unpack("<Q", m.peek(RMP + 0x4000 + pa // 4096 * 16, 8))[0]


def test_firmware_keeps_page_states_in_the_table_of_the_cpus(serve, tmp_path):
    state = State(tmp_path / "machine")
    with machine(serve("--machine", state.path).path) as m:
        assert init(m) == 0
        assert entry(m, RMP) == 5 and entry(m, RMP + MIB - 1) == 5
        assert entry(m, EVENT_LOG) == 5 and entry(m, EVENT_LOG + 0x1000) == 5
        assert entry(m, EVENT_LOG + 0x2000) == 0 and entry(m, RMP - 1) == 0
        assert m.sev(SNP_DF_FLUSH) == 0
        assert shutdown(m, 1) == 0
        assert entry(m, EVENT_LOG) == 1


def test_firmware_takes_snp_off_the_cpus(serve, tmp_path):
    state = State(tmp_path / "machine")
    with machine(serve("--machine", state.path, "--api", "1.58.1").path) as m:
        assert init(m) == 0
        assert m.sev(SNP_DF_FLUSH) == 0
        assert shutdown(m, 3) == 0
        for cpu in range(2):
            assert state.get(cpu, "SYSCFG") == READY["SYSCFG"] & ~(SNP_EN | VMPL_EN)


def test_every_core_has_to_write_back_its_caches(serve, tmp_path):
    state = State(tmp_path / "machine")
    with machine(serve("--machine", state.path, "--cores", "2").path) as m:
        assert init(m) == 0
        assert m.sev(SNP_DF_FLUSH) == WBINVD_REQUIRED
        state.wbinvd(0)
        assert m.sev(SNP_DF_FLUSH) == WBINVD_REQUIRED
        state.wbinvd(1)
        assert m.sev(SNP_DF_FLUSH) == 0


@pytest.mark.parametrize("name, value", [("SYSCFG", 7 << 23), ("HWCR", 0), ("RMP_END", 0),
                                         ("VM_HSAVE_PA", 0x1000)])
def test_a_cpu_that_is_different_is_named(serve, tmp_path, name, value):
    state = State(tmp_path / "machine")
    state.set(1, name, value)
    server = serve("--machine", state.path)
    with machine(server.path) as m:
        assert init(m) == 3
    assert "CPU 1" in server.log()


def test_cpus_that_are_off_have_no_snp(serve, tmp_path):
    path = tmp_path / "machine"
    server = serve("--machine", path)
    with machine(server.path) as m:
        assert init(m) == 3
        State(path)
        assert init(m) == 0


@pytest.mark.parametrize("options", [("--cores", "2"), ("--machine", "/no/such/file"),
                                     ("--machine", "M", "--cores", "0"),
                                     ("--machine", "M", "--cores", "65")])
def test_options_without_sense(tmp_path, options):
    options = [str(tmp_path / "machine") if word == "M" else word for word in options]
    done = subprocess.run([SERVER, "--socket", tmp_path / "psp", *options], capture_output=True,
                          timeout=20, check=False)
    assert done.returncode in (1, 2) and done.stderr
