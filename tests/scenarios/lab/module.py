# SPDX-License-Identifier: GPL-2.0-only
"""Modules of tests/clients/modules on a machine."""

import functools
import subprocess

from .guest import PROJECT

SOURCE = PROJECT / "tests/clients/modules"


@functools.cache
def _build(kernel, name):
    """A module for a kernel, without what is only for debuggers: the way to a machine is slow."""
    subprocess.run([SOURCE / "build", kernel], check=True, stdout=subprocess.DEVNULL)
    made = PROJECT / "build/client-modules" / kernel / "modules" / f"{name}.ko"
    small = made.with_suffix(".small")
    subprocess.run(["strip", "--strip-debug", "-o", small, made], check=True)
    return small.read_bytes()


class Module:
    """A module on a machine. A context: it is loaded with these parameters."""

    def __init__(self, machine, name, params=""):
        self._machine = machine
        self._name = name
        self._params = params

    def put(self):
        """Puts it on the machine. Returns where it is."""
        path = f"/tmp/{self._name}.ko"
        if self._machine.run(f"test -e {path}").status:
            self._machine.put(path, _build(self._machine.spec.kernel, self._name))
        return path

    def __enter__(self):
        self._machine.check(f"insmod {self.put()} {self._params}")
        return self

    def __exit__(self, *_):
        self._machine.check(f"rmmod {self._name.replace('-', '_')}")


class Mishap(Module):
    """The module that lets things go wrong for a driver."""

    def __init__(self, machine, params):
        super().__init__(machine, "mishap", params)

    def number(self, name):
        """What it has counted."""
        return int(self._machine.check(f"cat /sys/module/mishap/parameters/{name}"))
