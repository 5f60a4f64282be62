# SPDX-License-Identifier: GPL-2.0-only
"""Writes archives in the "newc" format, which is what the kernel unpacks as initramfs."""

import stat

_TRAILER = "TRAILER!!!"


class Archive:
    """An archive that is being written to the binary file OUT.

    Parent directories are added as they are needed. Everything belongs to root and
    carries no time stamps: the same content gives the same bytes.
    """

    def __init__(self, out, rename=None):
        """RENAME, if given, turns every path into the one that is written."""
        self._out = out
        self._rename = rename or (lambda path: path)
        self._directories = set()
        self._inode = 0

    def file(self, path, data, mode=0o644):
        """Adds a regular file."""
        self._add(path, stat.S_IFREG | mode, data)

    def copy(self, path, source, mode=None):
        """Adds the content of the file SOURCE."""
        self.file(path, source.read_bytes(), mode or stat.S_IMODE(source.stat().st_mode))

    def link(self, path, target):
        """Adds a symbolic link."""
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def directory(self, path, mode=0o755):
        """Adds a directory, if this archive has none of that name yet."""
        self._directory(self._rename(path.strip("/")), mode)

    def device(self, path, major, minor, mode=0o600):
        """Adds a character device."""
        self._add(path, stat.S_IFCHR | mode, b"", major, minor)

    def tree(self, path, source):
        """Adds SOURCE, a file or a directory with all that is below it."""
        if source.is_symlink():
            self.link(path, str(source.readlink()))
        elif source.is_dir():
            self.directory(path)
            for child in sorted(source.iterdir()):
                self.tree(f"{path}/{child.name}", child)
        else:
            self.copy(path, source)

    def end(self):
        """Writes the trailer. Archives can follow each other in one file."""
        self._entry(_TRAILER, 0, b"")

    def _add(self, path, mode, data, major=0, minor=0):
        path = self._rename(path.strip("/"))
        self._directory(path.rpartition("/")[0], 0o755)
        self._entry(path, mode, data, major, minor)

    def _directory(self, path, mode):
        if path in ("", ".") or path in self._directories:
            return
        self._directory(path.rpartition("/")[0], 0o755)
        self._directories.add(path)
        self._entry(path, stat.S_IFDIR | mode, b"")

    def _entry(self, path, mode, data, major=0, minor=0):
        name = path.encode() + b"\0"
        self._inode += 1
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        for part in (head, data):
            self._out.write(part + bytes(-len(part) % 4))
