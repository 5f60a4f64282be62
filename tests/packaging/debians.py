# SPDX-License-Identifier: GPL-2.0-only
"""Debians that packages are built and installed in.

What each program says is kept in build/packaging.
"""

import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OUT = TOP / "build/packaging"


def output_of(*command):
    """What COMMAND prints."""
    return subprocess.run(command, cwd=TOP, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


class Debian:
    """The Debian that tests/packaging/root makes; what a command changes there is forgotten."""

    def __init__(self, suite="trixie"):
        self.root = output_of("tests/packaging/root", suite)
        self.busybox = f"{output_of('tests/vm/kernels', 'root')}/bin/busybox:/usr/bin/busybox"

    def run(self, log, *command):
        """Runs COMMAND. Returns its exit status and output, which is kept as LOG."""
        OUT.mkdir(parents=True, exist_ok=True)
        return into_log(log, "tests/vm/chroot-exec", "--root", self.root, "--bind", self.busybox,
                        "--", *command)


def into_log(log, *command):
    """Runs COMMAND. Returns its exit status and output, which is kept as LOG."""
    done = subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    (OUT / f"{log}.log").write_text(done.stdout, encoding="utf-8")
    return done.returncode, done.stdout


def findings(output):
    """{what: value} of the lines "--- <what>: <value>", in their order."""
    return dict(re.findall(r"^--- (.*?): ?(.*?)\r?$", output, re.MULTILINE))
