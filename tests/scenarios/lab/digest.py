# SPDX-License-Identifier: GPL-2.0-only
"""Launch digest of an SNP guest as its owner computes it."""

import hashlib
import struct

PAGE = 0x1000
NORMAL, VMSA, ZERO, UNMEASURED, SECRETS, CPUID = range(1, 7)


def source(gpa):
    """What our clients put into a page."""
    return bytes((i * 7 + i // PAGE) & 0xff for i in range(gpa, gpa + PAGE))


def _extend(digest, kind, gpa):
    """The digest after one more page, without rights for other privilege levels."""
    measured = kind in (NORMAL, VMSA)
    hashed = hashlib.sha384(source(gpa)).digest() if measured else bytes(48)
    info = struct.pack("<48s48sHBBBBBBQ", digest, hashed, 0x70, kind, 0, 0, 0, 0, 0, gpa)
    return hashlib.sha384(info).digest()


def launch(layout):
    """The digest of a guest; LAYOUT: kind and address of each page, in the order of launch."""
    digest = bytes(48)
    for kind, gpa in layout:
        digest = _extend(digest, kind, gpa)
    return digest
