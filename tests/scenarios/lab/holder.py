# SPDX-License-Identifier: GPL-2.0-only
"""Processes on a machine that hold guests until they are killed."""

import contextlib

from .kvm import steps_of

# Whether a process is there and has not ended; its files are closed by then.
_LIVES = "lives() { ! grep -q '^State:.Z' /proc/$1/status 2>/dev/null && [ -d /proc/$1 ]; }"


def _out(number):
    return f"out=/tmp/holder.{number}"


def starting(command, number=0):
    """Script that starts a holder, waits until it has its guest or has failed, and prints its
    steps. NUMBER tells several apart."""
    return "\n".join((_LIVES, _out(number), "rm -f $out", f"{command} >$out 2>&1 &",
                      "echo $! >$out.pid",
                      "while ! grep -qs holding=1 $out && lives $(cat $out.pid)",
                      "do sleep 0.1; done",
                      "cat $out"))


def killing(number=0):
    """Script that kills a holder and waits until the kernel has cleaned up after it."""
    return "\n".join((_LIVES, _out(number), "kill -9 $(cat $out.pid) || exit",
                      "while lives $(cat $out.pid); do sleep 0.1; done"))


@contextlib.contextmanager
def held(vm, command):
    """A context in which somebody holds a guest; its value are the steps of the launch."""
    steps = steps_of(vm.check(starting(command)))
    assert steps.get("holding") == "1", steps
    try:
        yield steps
    finally:
        vm.check(killing())
