# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the project, the build root that setup makes, the kernels in it."""

import contextlib
import fcntl
import functools
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

VM_DIR = Path(__file__).resolve().parent.parent
PROJECT = VM_DIR.parent.parent
BUILD = PROJECT / "build"


class Failure(Exception):
    """Something that the caller has to be told in one sentence."""


@dataclass(frozen=True)
class Kernel:
    """A kernel of the matrix, as setup put it into the build root, or another one."""

    name: str
    release: str
    vmlinuz: Path
    modules: Path
    # Of another one: where ours for it are below build, and what makes them.
    built: str = ""
    make: str = ""

    def ours(self, probe_no=""):
        """Where `make modules KVER=...` leaves our modules for this kernel, or, with
        PROBE_NO, `tests/matrix/build --probe-no` does."""
        return (BUILD / f"no-{probe_no}" if probe_no else BUILD) / (self.built or self.name)

    def how_to_build_ours(self, probe_no=""):
        """The command that does."""
        if probe_no:
            return f"tests/matrix/build --probe-no {probe_no} {self.name}"
        return self.make or f"make modules KVER={self.name}"


@functools.cache    # each machine asks several times, and an answer takes 40 ms
def _ask_kernels(*args):
    """The answer of the shell program, which alone knows how the cache is keyed."""
    done = subprocess.run([VM_DIR / "kernels", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(done.stderr.strip().removeprefix("kernels: "))
    return done.stdout.strip()


def cache():
    """The directory that setup fills."""
    return Path(_ask_kernels("cache"))


def root():
    """The Debian 13 root with QEMU in it."""
    path = Path(_ask_kernels("root"))
    if not path.is_dir():
        raise Failure("nothing is set up yet: run tests/vm/setup")
    return path


def matrix():
    """Names of all kernels of the matrix."""
    return _ask_kernels("list").split()


def alike():
    """Names of those that are like another one in all that the driver has to do with."""
    return _ask_kernels("alike").split()


def kernel(name):
    """The kernel with that name of the matrix, or that release."""
    note = {}
    answers = _ask_kernels("describe", name).splitlines()
    for line in answers:
        key, _, value = line.partition("=")
        note[key] = value
    base = root()
    release = note["release"]
    return Kernel(
        name=note["name"],
        release=release,
        vmlinuz=base / note["vmlinuz"].lstrip("/"),
        modules=base / "usr/lib/modules" / release,
    )


# Kernel of the matrix that each release of Debian has.
_SUITES = {"bookworm": "6.1", "trixie": "6.12"}


def image(name):
    """The kernel of a whole Debian and the path of its disk image, which is made if it
    isn't there yet. NAME is the Debian, or Debian:FILE for an image made from it."""
    suite, _, file = name.partition(":")
    if suite not in _SUITES:
        raise Failure(f"no whole Debian {suite}, only {', '.join(_SUITES)}")
    if file:
        return kernel(_SUITES[suite]), Path(file)
    done = subprocess.run([VM_DIR / "image", suite], stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode:
        raise Failure(f"no image of Debian {suite}")
    return kernel(_SUITES[suite]), Path(done.stdout.strip())


@contextlib.contextmanager
def turn_to_boot(patience=300):
    """Lets no more machines boot at the same time than there are CPUs: booting is what
    keeps a CPU busy, and what has to be over in time."""
    parent = cache() / "turns"
    parent.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        turns = [stack.enter_context(open(parent / str(number), "wb"))
                 for number in range(max(2, os.cpu_count() or 1))]
        deadline = time.monotonic() + patience
        while not any(_lock(turn) for turn in turns) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield


def _lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def temporary():
    """Parent of the directories of running machines; short, as socket paths have to be."""
    return os.environ.get("TMPDIR", "/tmp")
