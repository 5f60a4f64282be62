# SPDX-License-Identifier: GPL-2.0-only
"""A module that lets things go wrong for a driver: tests/scenarios/mishap."""

import shutil
import subprocess

from .guest import PROJECT

SOURCE = PROJECT / "tests/scenarios/mishap"
VM = PROJECT / "tests/vm"


def _ask(what, kernel):
    return subprocess.run([VM / "kernels", what, kernel], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def _build(kernel):
    """The module for a kernel, without what is only for debuggers."""
    place = PROJECT / "build/mishap" / kernel
    place.mkdir(parents=True, exist_ok=True)
    for file in SOURCE.iterdir():
        shutil.copy2(file, place)
    compiler = _ask("cc", kernel)
    subprocess.run([VM / "chroot-exec", "--", "make", "-s", "-C",
                    f"/lib/modules/{_ask('release', kernel)}/build",
                    f"M=/src/amd-sev/build/mishap/{kernel}",
                    *([f"CC={compiler}"] if compiler else []), "modules"],
                   check=True, cwd=PROJECT)
    subprocess.run(["strip", "--strip-debug", "-o", place / "mishap.small",
                    place / "mishap.ko"], check=True)
    return (place / "mishap.small").read_bytes()


class Mishap:
    """The module on a machine. A context: it is loaded with these parameters."""

    def __init__(self, machine, params):
        self._machine = machine
        self._params = params

    def __enter__(self):
        if self._machine.run("test -e /tmp/mishap.ko").status:
            self._machine.put("/tmp/mishap.ko", _build(self._machine.spec.kernel))
        self._machine.check(f"insmod /tmp/mishap.ko {self._params}")
        return self

    def __exit__(self, *_):
        self._machine.check("rmmod mishap")

    def number(self, name):
        """What it has counted."""
        return int(self._machine.check(f"cat /sys/module/mishap/parameters/{name}"))
