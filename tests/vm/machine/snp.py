# SPDX-License-Identifier: GPL-2.0-only
"""Processors of servers, and what a machine needs on top to be an SNP host: CPUs, IOMMU and a
place for the RMP."""

import os
import re
from dataclasses import dataclass

from . import ivrs
from .place import Failure

_MIB, _GIB = 1 << 20, 1 << 30
_CHUNK = 2 * _MIB
_BOOKKEEPING = 16 * 1024
_SEGMENT_SHIFT = 30


@dataclass(frozen=True)
class Family:
    """Server processors of one generation. NUMBER and MODEL are what CPUID says; the firmware
    is for the same ones."""

    cpu: str
    number: int
    model: int
    psp: str
    snp: bool = True
    segmented: bool = False

    @property
    def cbit(self):
        """Which address bit encrypts."""
        return 47 if self.number == 0x17 else 51

    @property
    def qemu(self):
        """QEMU's name of the CPU, with these numbers."""
        return f"{self.cpu},family={self.number},model={self.model}"


FAMILIES = {
    "naples": Family("EPYC", 0x17, 0x01, "1456", snp=False),
    "rome": Family("EPYC-Rome", 0x17, 0x31, "1486", snp=False),
    "milan": Family("EPYC-Milan", 0x19, 0x01, "1486"),
    "genoa": Family("EPYC-Genoa", 0x19, 0x11, "14ca"),
    "turin": Family("EPYC-Turin", 0x1a, 0x02, "156e", segmented=True),
    # QEMU has no model of it.
    "zen6": Family("EPYC-Turin", 0x1a, 0x50, "17d8", segmented=True),
}


# What can be left out
PARTS = ("iommu", "iommu-snp")


def family(config):
    """The family that was asked for, or Milan."""
    if config.family and config.role not in ("sev-host", "snp-host"):
        raise Failure("--family is for --role sev-host and snp-host")
    if config.family and config.family not in FAMILIES:
        raise Failure(f"no family {config.family}, only {', '.join(FAMILIES)}")
    found = FAMILIES[config.family or "milan"]
    if config.role == "snp-host" and not found.snp:
        raise Failure(f"{config.family} has no SNP: use --role sev-host")
    return found


def firmware_options(config):
    """Options of the PSP server: the firmware is for the processor that was asked for."""
    if not config.family:
        return []
    return ["--family", hex(family(config).number), "--model", hex(family(config).model),
            "--cbit", str(family(config).cbit)]


def _bytes(size):
    """1G, 512M, ... as QEMU understands it."""
    unit = {"K": 10, "M": 20, "G": 30, "T": 40}.get(size[-1:].upper())
    try:
        return int(size[:-1]) << unit if unit else int(size) << 20
    except ValueError:
        raise Failure(f"--mem {size}: not a size") from None


@dataclass(frozen=True)
class Layout:
    """Where memory and RMP are."""

    low: int
    high: int
    base: int
    size: int


def layout(config):
    """The memory map of q35 with the RMP amidst of low memory, where nothing is loaded,
    unless the options of the CPU put it elsewhere."""
    total = _bytes(config.mem)
    low = total if total < 0xb0000000 else 2 * _GIB
    high = 4 * _GIB + total - low if total > low else 0
    if family(config).segmented:
        segments = -(-max(low, high) >> _SEGMENT_SHIFT)
        size = _CHUNK + (segments << _SEGMENT_SHIFT) // 256
    else:
        size = _BOOKKEEPING + max(low, high) // 256
    said = dict(option.partition("=")[::2] for option in config.cpu)
    return Layout(low, high, int(said.get("rmp-base", str(low // 2 // _CHUNK * _CHUNK)), 0),
                  int(said.get("rmp-size", str(-(-size // _CHUNK) * _CHUNK)), 0))


def memory_file(config):
    """A file for the machine's memory that is gone with the last process that has it open."""
    file = os.memfd_create("sev-host")
    os.ftruncate(file, _bytes(config.mem))
    return file


def memory(config, file):
    """QEMU's arguments for the memory in FILE: the plugin maps it, too."""
    return ["-object", f"memory-backend-file,id=ram,size={config.mem},"
            f"mem-path=/dev/fd/{file},share=on", "-m", config.mem]


def cpu_options(config, state, file):
    """Options of the CPU plugin of any host. STATE is the file that it shares with the firmware,
    FILE the machine's memory."""
    where = layout(config)
    options = [f"machine={state}", f"ram=/dev/fd/{file}", f"top-mem={where.low:#x}",
               f"top-mem2={where.high:#x}"]
    if config.role != "snp-host":
        return [*options, f"cbit={family(config).cbit}"]
    options += ["snp=on", f"rmp-base={where.base:#x}", f"rmp-size={where.size:#x}",
                f"iommu={ivrs.REGISTERS:#x}"]
    if family(config).segmented:
        options += ["rmpread=on", f"rmp-shift={_SEGMENT_SHIFT}"]
    return options


def is_unknown_to(release):
    """Whether that kernel knows nothing of SNP hosts."""
    return tuple(int(number) for number in re.findall("[0-9]+", release)[:2]) < (6, 11)


def psp_options(config, state):
    """Options of the PSP server of any host."""
    options = ["--machine", state, "--cores", str(config.smp)]
    return options if config.role == "snp-host" else [*options, "--caches-only"]


def kernel_words(config):
    """For the kernel: the BIOS of a real machine marks the RMP as reserved. QEMU's devices
    go past the IOMMU, which would have to remap their interrupts."""
    where = layout(config)
    reserved = [f"memmap={where.size >> 10}K${where.base:#x}"] if where.base else []
    return [*reserved, "intremap=off"]


def check(config):
    """Fails if what is to be left out of the machine isn't known."""
    unknown = set(config.without) - set(PARTS)
    if unknown or (config.without and config.role != "snp-host"):
        raise Failure(f"--without {', '.join(config.without)}: an snp-host can do without "
                      f"{' or '.join(PARTS)}")


def devices(config):
    """QEMU's arguments for the IOMMU."""
    if "iommu" in config.without:
        return []
    return ["-device", f"AMDVI-PCI,id=iommu-pci,addr={ivrs.PCI_SLOT:#x}",
            "-device", "amd-iommu,pci-id=iommu-pci"]


def add_tables(archive, config):
    """Adds what the kernel looks for in front of the initramfs."""
    left_out = ["SNP"] if "iommu-snp" in config.without else []
    if "iommu" not in config.without:
        archive.file("kernel/firmware/acpi/ivrs.aml", ivrs.table(left_out))
