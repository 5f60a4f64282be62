# SPDX-License-Identifier: GPL-2.0-only
"""Finds kernel modules with what they depend on, and unpacks them."""

import lzma
import subprocess

from .place import VM_DIR, Failure


def wanted():
    """Names in the list of modules that every machine has."""
    lines = (VM_DIR / "guest.modules").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def module_name(path):
    """The name by which the kernel knows the module in a file."""
    return path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")


def dependencies(kernel):
    """Paths in the distribution's module directory, by name: a module and its needs."""
    table = {}
    for line in (kernel.modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        table[module_name(path)] = [path, *needs.split()]
    return table


def select(kernel, required):
    """Relative paths of the usual modules and those REQUIRED, with their dependencies."""
    table = dependencies(kernel)
    builtin = (kernel.modules / "modules.builtin").read_text().splitlines()
    builtin = {module_name(path) for path in builtin}
    chosen = {}
    for name in [*wanted(), *required]:
        name = name.replace("-", "_")
        if name in table:
            chosen.update(dict.fromkeys(table[name]))
        elif name in required and name not in builtin:
            raise Failure(f"kernel {kernel.release} has no module {name}")
    return sorted(chosen)


def unpacked(path):
    """The content of a module file, without the compression that newer kernels use."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    return data


def plain_name(path):
    """The path of a module file once it is unpacked."""
    return path.partition(".ko")[0] + ".ko"


def ours(kernel, probe_no=""):
    """Our modules for the kernel, as built by `make modules KVER=...`, or by
    `tests/matrix/build --probe-no` for a kernel that lacks something."""
    found = sorted((kernel.ours(probe_no) / "drivers").rglob("*.ko"))
    if not found:
        raise Failure(f"our modules aren't built for {kernel.name}: run "
                      f"{kernel.how_to_build_ours(probe_no)}")
    return found


def index(stage, release):
    """Makes modules.dep and its like for the tree at STAGE."""
    subprocess.run(["/sbin/depmod", "-b", stage, release], check=True)
