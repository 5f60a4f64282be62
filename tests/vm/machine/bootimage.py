# SPDX-License-Identifier: GPL-2.0-only
"""Reads boot images of kernels, and unpacks them.

The kernel's own unpacker takes up to half of the time to boot when the CPU is emulated.
QEMU can start the unpacked kernel by the entry that it has for light-weight machines.
"""

import lzma
import subprocess
from pathlib import Path

from .place import Failure, Kernel

# Fields of the boot protocol's header.
_SETUP_SECTORS = 0x1f1
_SIGNATURE = 0x202
_VERSION = 0x20e
_VERSION_BASE = 0x200
_PAYLOAD_OFFSET = 0x248
_PAYLOAD_LENGTH = 0x24c
_SECTOR = 512

_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"


def _check(data):
    if data[_SIGNATURE:_SIGNATURE + 4] != b"HdrS":
        raise Failure("this is no boot image of a kernel")


def release(data):
    """The release of the kernel in the boot image DATA, as uname -r prints it."""
    _check(data)
    start = int.from_bytes(data[_VERSION:_VERSION + 2], "little") + _VERSION_BASE
    return data[start:data.index(b"\0", start)].split()[0].decode()


def foreign_kernel(image, directory):
    """A kernel that is not of the matrix, by its boot image and its directory of modules."""
    image, directory = Path(image), Path(directory)
    for path in (image, directory / "modules.dep"):
        if not path.exists():
            raise Failure(f"{path} doesn't exist")
    name = release(image.read_bytes())
    return Kernel(name=name, release=name, vmlinuz=image, modules=directory,
                  built=f"matrix/headers/{name}", make="make matrix KDIR=<its headers>")


def unpack(data):
    """The kernel in the boot image DATA, as an ELF file.

    An image that is packed in another way than those of Debian is returned as it is:
    QEMU starts it too.
    """
    _check(data)

    def number(offset):
        return int.from_bytes(data[offset:offset + 4], "little")

    start = ((data[_SETUP_SECTORS] or 4) + 1) * _SECTOR + number(_PAYLOAD_OFFSET)
    payload = data[start:start + number(_PAYLOAD_LENGTH)]
    if payload.startswith(_XZ):
        kernel = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(_ZSTD):
        # The length follows, which zstd would take for a second frame.
        kernel = subprocess.run(["zstd", "-dcq"], input=payload[:-4], stdout=subprocess.PIPE,
                                check=True).stdout
    else:
        return data
    if not kernel.startswith(b"\x7fELF"):
        raise Failure("what the boot image has inside is no ELF file")
    return kernel
