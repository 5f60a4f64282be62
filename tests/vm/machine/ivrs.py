# SPDX-License-Identifier: GPL-2.0-only
"""The ACPI table that says what the IOMMU can do, with SNP.

QEMU's own table describes its IOMMU, which has no SNP. The kernel takes a newer table of
the same name from the initramfs; this one is written from what the machine has.
"""

import struct

# Where the IOMMU is: the PCI function that qemu.py gives it, and what QEMU fixes.
DEVICE = 0x10               # 00:02.0
PCI_SLOT = DEVICE >> 3
_CAPABILITY = 0x40          # of the PCI function, the first and only one of its kind
REGISTERS = 0xfed80000
_IOAPIC = 0xa0              # how the interrupt controller appears to the IOMMU: 00:14.0

# Of the extended features those that QEMU's IOMMU has, and SNP. Page requests (bit 1) are left
# out: kernels allocate a log for them, but as this IOMMU has no enhanced handling of page
# requests (bit 50) they never tell it where. So the firmware doesn't learn of the log either,
# and if it happens to start at 2 MiB they complain at the end that it was not protected.
_FEATURES = {
    "prefetch": 1 << 0, "guest translation": 1 << 4,
    "invalidate all": 1 << 6, "guest interrupts": 1 << 7, "hardware errors": 1 << 8,
    "host levels 6": 2 << 10, "guest levels 6": 2 << 12, "SNP": 1 << 63,
}

_ALL_DEVICES = struct.pack("<BHB", 1, 0, 0)
_IOAPIC_ENTRY = struct.pack("<BHBBHB", 72, 0, 0, 0, _IOAPIC, 1)
_INFO = 1 | 40 << 8         # extended features are told; 40 bits of physical address


def _block(features):
    """The description of one IOMMU, in the form that has the features."""
    entries = _ALL_DEVICES + _IOAPIC_ENTRY
    head = struct.pack("<BBHHHQHHIQQ", 0x11, 0x11, 40 + len(entries), DEVICE, _CAPABILITY,
                       REGISTERS, 0, 0, 0, features, 0)
    return head + entries


def table(without=()):
    """The table; WITHOUT names features that are left out."""
    features = sum(bit for name, bit in _FEATURES.items() if name not in without)
    body = struct.pack("<IQ", _INFO, 0) + _block(features)
    # The ids are those of the table that it replaces, the revision is higher.
    head = struct.pack("<4sIBB6s8sI4sI", b"IVRS", 36 + len(body), 1, 0, b"BOCHS ", b"BXPC    ",
                       2, b"TEST", 1)
    whole = bytearray(head + body)
    whole[9] = -sum(whole) & 0xff
    return bytes(whole)
