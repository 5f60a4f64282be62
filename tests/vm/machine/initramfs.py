# SPDX-License-Identifier: GPL-2.0-only
"""Makes the file system that a machine boots from.

It consists of two archives: one with busybox and the distribution's modules, which is
kept per kernel, and one per run with our modules, the caller's files and the command.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import bootimage, modules, place
from .cpio import Archive

_DIRECTORIES = ("dev", "etc", "proc", "root", "run", "sys", "tmp", "var/lib", "lib/firmware/amd")


def _key(kernel, extra):
    """Names the content of the first archive: whatever goes in changes the name."""
    stat = kernel.vmlinuz.stat()
    digest = hashlib.sha256(f"{kernel.release} {stat.st_size} {stat.st_mtime}".encode())
    sources = [place.VM_DIR / "guest.modules", kernel.modules / "modules.dep"]
    sources += sorted((place.VM_DIR / "guest").iterdir())
    sources += sorted(Path(__file__).parent.glob("*.py"))
    for source in sources:
        digest.update(source.read_bytes())
    digest.update("\0".join(sorted(extra)).encode())
    return f"{kernel.release}-{digest.hexdigest()[:16]}"


def base(kernel, extra=()):
    """A directory with base.cpio, the module tree that it was made from, and the unpacked
    kernel."""
    parent = place.cache() / "initramfs"
    parent.mkdir(exist_ok=True)
    ready = parent / _key(kernel, extra)
    if not ready.is_dir():
        # Runs at the same time may build the same: the first one to finish wins.
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
        _build(kernel, extra, building)
        try:
            building.rename(ready)
        except OSError:
            shutil.rmtree(building)
        _forget_old(parent, kernel, ready)
    return ready


def _forget_old(parent, kernel, ready):
    """Keeps a few earlier archives of the kernel; running machines may still read them."""
    others = [path for path in parent.glob(f"{kernel.release}-*") if path != ready]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[2:]:
        shutil.rmtree(path, ignore_errors=True)


def _build(kernel, extra, building):
    tree = building / "lib/modules" / kernel.release
    for path in modules.select(kernel, extra):
        target = tree / modules.plain_name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(modules.unpacked(kernel.modules / path))
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        if (kernel.modules / name).exists():
            shutil.copy(kernel.modules / name, tree / name)
    modules.index(building, kernel.release)
    (building / "vmlinux").write_bytes(bootimage.unpack(kernel.vmlinuz.read_bytes()))
    busybox = place.root() / "usr/bin/busybox"
    applets = subprocess.run([busybox, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    with open(building / "base.cpio", "wb") as out:
        archive = Archive(out)
        for path in _DIRECTORIES:
            archive.directory(path)
        archive.device("dev/console", 5, 1)
        archive.copy("bin/busybox", busybox, 0o755)
        for applet in applets.stdout.split():
            if applet != "busybox":
                archive.link(f"bin/{applet}", "busybox")
        for path in ("sbin", "usr/bin", "usr/sbin"):
            archive.link(path, "/bin")
        for source in sorted((place.VM_DIR / "guest").iterdir()):
            archive.copy("init" if source.name == "init" else f"bin/{source.name}", source, 0o755)
        archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        archive.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
        archive.tree("lib", building / "lib")
        archive.end()


def in_image(path):
    """Where a file for the whole Debian waits in the initramfs; the Debian has its
    programs and libraries below /usr."""
    if path.partition("/")[0] in ("bin", "lib", "lib64", "sbin"):
        path = f"usr/{path}"
    return f"image/{path}"


def with_ours(archive, kernel, made, files):
    """Adds our module FILES so that they win over the distribution's of the same name."""
    with tempfile.TemporaryDirectory(dir=place.temporary()) as stage:
        target = Path(stage) / "lib/modules"
        shutil.copytree(made / "lib/modules", target, copy_function=os.link
                        if os.stat(made).st_dev == os.stat(stage).st_dev else shutil.copy)
        tree = target / kernel.release
        for path in tree.glob("modules.*"):
            # depmod writes into what it finds: links to the kept tree must not stay.
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        updates = tree / "updates/dkms"
        updates.mkdir(parents=True)
        for path in files:
            shutil.copy(path, updates / path.name)
            archive.copy(f"lib/modules/{kernel.release}/updates/dkms/{path.name}", path, 0o644)
        modules.index(Path(stage), kernel.release)
        for path in sorted(tree.glob("modules.*")):
            archive.copy(f"lib/modules/{kernel.release}/{path.name}", path, 0o644)
