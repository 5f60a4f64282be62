# SPDX-License-Identifier: GPL-2.0-only
"""Names of what is at an address of a kernel that runs no more.

What the kernel itself consists of is asked of another machine with it, once: Debian has the list in
packages of their own. Modules are found in what is left of the machine's memory.
"""

import bisect
import gzip
import os
import re
import struct
import subprocess

from . import modules

_PLACE = re.compile(r"\b0x([0-9a-f]{16})\b")
_TABLES = "init_top_pgt"
_KERNEL = 0xffffffff80000000

# Prints the list in a form that is quickly over the line.
SCRIPT = "awk 'NF == 3 { print $1, $3 }' /proc/kallsyms | gzip | base64"

_PRESENT, _LARGE = 1 << 0, 1 << 7
_ADDRESS = 0x0007fffffffff000
_HIGH = 1 << 32

# Looks like a call on the stack, but never is one.
_NO_CALLER = "_return_thunk+0x0"

# Members of struct module, from the list that it is on.
_NAME = 16
_MOST_MODULES = 300
_PLACES = range(0x40, 0x500, 8)
_MODULE_AREA = 0xffffffff90000000


class Memory:
    """Memory of a machine in FILE, LOW bytes of it below 4 GiB, by the page tables at CR3."""

    def __init__(self, file, low, cr3):
        self._file, self._low, self._cr3 = file, low, cr3

    def _physical(self, address, length):
        offset = address if address < self._low else address - _HIGH + self._low
        return os.pread(self._file, length, offset) if offset >= 0 else b""

    def _translate(self, address):
        table = self._cr3 & _ADDRESS
        for shift in (39, 30, 21, 12):
            data = self._physical(table + (address >> shift & 0x1ff) * 8, 8)
            entry = int.from_bytes(data, "little")
            if not entry & _PRESENT:
                return None
            table = entry & _ADDRESS
            if shift == 12 or (shift < 39 and entry & _LARGE):
                size = 1 << shift
                return (table & -size) | (address & (size - 1))
        return None

    def read(self, address, length):
        """Bytes at a virtual address, none where nothing is; not across the end of a page."""
        physical = self._translate(address)
        return b"" if physical is None else self._physical(physical, length)

    def word(self, address):
        """A number of 8 bytes, or 0."""
        data = self.read(address, 8)
        return struct.unpack("<Q", data)[0] if len(data) == 8 else 0


class Table:
    """Symbols by their addresses. TEXT has an address and a name in each line."""

    def __init__(self, text):
        pairs = sorted((int(address, 16), name) for address, name in
                       (line.split() for line in text.splitlines()))
        self._addresses = [address for address, _ in pairs]
        self._names = [name for _, name in pairs]

    def address(self, name):
        """Where that symbol is, or 0."""
        return self._addresses[self._names.index(name)] if name in self._names else 0

    def name(self, address):
        """NAME+OFFSET, or None in front of the first symbol."""
        index = bisect.bisect_right(self._addresses, address) - 1
        if index < 0:
            return None
        return f"{self._names[index]}+{address - self._addresses[index]:#x}"


def _modules(memory, head):
    """Names and starts of all pieces of memory that modules have."""
    at = head
    for _ in range(_MOST_MODULES):
        at = memory.word(at)
        if at in (0, head):
            return
        name = memory.read(at + _NAME, 56).partition(b"\0")[0].decode(errors="replace")
        for place in _PLACES:
            word = memory.word(at + place)
            if word >= _MODULE_AREA and not word & 0xfff:
                yield word, name


def _module_symbols(path):
    """The functions of a module, which is laid out in memory as in its file."""
    listed = subprocess.run(["nm", "-C", "--defined-only", path], stdout=subprocess.PIPE,
                            text=True, check=False).stdout
    return Table("\n".join(f"{words[0]} {words[2]}" for words in map(str.split, listed.splitlines())
                           if len(words) == 3 and words[1] in "tT"))


def _in_module(memory, table, address, files):
    found = max((piece for piece in _modules(memory, table.address("modules"))
                 if piece[0] <= address), default=None)
    if not found:
        return None
    start, module = found
    name = files.get(module) and _module_symbols(files[module]).name(address - start)
    return f"{name or hex(address - start)} [{module}]"


def files_of(tree, others):
    """The files of modules by name: those below the directory TREE, but rather those of OTHERS."""
    return {modules.module_name(str(path)): path for path in [*tree.rglob("*.ko"), *others]}


def decoded(printed):
    """What SCRIPT has printed, as it was."""
    packed = subprocess.run(["base64", "-d"], input=printed, stdout=subprocess.PIPE, check=True)
    return gzip.decompress(packed.stdout).decode()


def wanted(said):
    """Whether there is any address to be named."""
    return bool(_PLACE.search(said))


def named(said, table, file, low, files):
    """SAID, with names instead of addresses. TABLE is the kernel's, FILE the memory of the machine
    with LOW bytes below 4 GiB, FILES are those of modules."""
    tables = table.address(_TABLES)
    memory = Memory(file, low, tables - _KERNEL) if tables else None

    def name(match):
        address = int(match[1], 16)
        if address >= _MODULE_AREA and memory:
            return _in_module(memory, table, address, files) or match[0]
        return table.name(address) or match[0]
    lines = _PLACE.sub(name, said).splitlines()
    return "\n".join(line for line in lines if not line.endswith(_NO_CALLER))
