# SPDX-License-Identifier: GPL-2.0-only
"""What QEMU needs for its machine to look like an SNP guest.

A page table entry with the C-bit leads to memory that is not there: so the machine's memory is
there a second time, at the address that has nothing but this bit.
"""

import os
import re

from .place import Failure

# As on real hardware: the last bit of the address that Milan and Genoa have.
C_BIT = 51

_UNITS = {"M": 1 << 20, "G": 1 << 30}
_MOST = 2 << 30


def memory_size(text):
    """Bytes of a --mem option. All memory has to lie below the hole for devices."""
    match = re.fullmatch(r"([0-9]+)([MG]?)", text)
    size = int(match[1]) * _UNITS[match[2] or "M"] if match else 0
    if not 0 < size <= _MOST:
        raise Failure(f"--mem {text}: an SNP guest can have 2G at most, say for example 1G")
    return size


def memory_file(config):
    """A file for the machine's memory that is gone with the last process that has it open."""
    file = os.memfd_create("snp-guest")
    os.ftruncate(file, memory_size(config.mem))
    return file


def memory(config, file):
    """QEMU's arguments for the memory in FILE."""
    backend = f"memory-backend-file,size={config.mem},mem-path=/dev/fd/{file},share=on"
    return ["-object", f"{backend},id=ram", "-object", f"{backend},id=encrypted",
            "-m", f"{config.mem},slots=1,maxmem={(1 << C_BIT - 30) + 1024}G",
            "-device", f"pc-dimm,memdev=encrypted,addr={1 << C_BIT:#x}"]


# CPUs are started by a plugin that writes to the APIC where xAPIC has it.
CPU = "EPYC-Milan,phys-bits=52,-x2apic"

# Linux is not to use the second view of its memory as more of it.
KERNEL_WORDS = ("acpi_no_memhotplug",)

# The host can only reach what Linux shares with it on purpose.
DEVICE = "iommu_platform=on,disable-legacy=on"
