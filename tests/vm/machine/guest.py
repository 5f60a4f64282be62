# SPDX-License-Identifier: GPL-2.0-only
"""A machine as tests see it: short calls, and failures that tell the whole story."""

import re
import socket
from dataclasses import dataclass

from . import emulator, klog
from .vm import ENDED, Machine


class Broken(AssertionError):
    """A machine did not do what it has to; carries its kernel log."""


@dataclass(frozen=True)
class Done:
    """A command that ran on the machine."""

    script: str
    status: int
    output: str


class Guest(Machine):
    """A running machine.

    sh() runs a script and returns how it ended, ok() insists on success, perishes() on the end
    of the machine, punished() on an end that the hardware makes; psp() talks to the emulated PSP.
    expect() announces a complaint of the kernel that the test provokes.
    Leaving the context turns the machine off and fails if the kernel has complained of
    anything else.
    """

    def __init__(self, config):
        super().__init__(config)
        self._expected = []
        self._ending = ""

    def __enter__(self):
        super().__enter__()
        try:
            if not self.start():
                raise Broken(self._story("the machine doesn't come up"))
        except BaseException:
            super().__exit__()
            raise
        return self

    def __exit__(self, kind, *rest):
        try:
            if kind is not None and self.servers:
                print(emulator.how_to_repeat(self.config.seed))
            result = self.finish()
            unexpected = [report for report in result.reports if not self._is_expected(report)]
            if kind is None and unexpected:
                text = "\n".join("\n".join(report.excerpt) for report in unexpected)
                raise Broken(f"the kernel complains:\n{text}")
            if kind is None and not self._is_right_end(result.trouble):
                raise Broken(self._story("\n".join(result.trouble)))
        finally:
            super().__exit__(kind, *rest)

    def sh(self, script, timeout=None):
        """Runs a shell script on the machine and waits for it."""
        chunks = []
        status = self.execute(script, chunks.append, timeout)
        output = b"".join(chunks).decode(errors="replace")
        if status is None:
            raise Broken(self._story(f"{self._trouble[-1]}: {script}\n{output}"))
        return Done(script, status, output)

    def ok(self, script, timeout=None):
        """Runs a script that has to succeed, and returns what it printed."""
        done = self.sh(script, timeout)
        if done.status:
            raise Broken(self._story(
                f"status {done.status} instead of 0: {script}\n{done.output}"))
        return done.output

    def perishes(self, script, timeout=None):
        """Runs a script that has to be the end of the machine, which must be gone by itself."""
        status = self.execute(script, timeout=timeout)
        if status is not None or not self.ended:
            raise Broken(self._story(f"the machine goes on after: {script}"))
        self._ending = "by itself"

    def punished(self, script, timeout=None):
        """Runs a script for which the emulated hardware has to end the machine, and returns what
        it says about that."""
        status = self.execute(script, timeout=timeout)
        words = self.last_words
        if status is not None or not self.ended or not words:
            raise Broken(self._story(f"nothing is wrong with: {script}"))
        self._ending = "punished"
        return words

    def psp(self, command, number=0):
        """Gives a command to the control socket of a PSP and returns the answer's lines."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.servers[number].control))
            connection.sendall(command.encode() + b"\n")
            with connection.makefile() as lines:
                answer = []
                for line in lines:
                    line = line.rstrip("\n")
                    if line == "ok":
                        return answer
                    if line.startswith("error: "):
                        raise AssertionError(f"psp {command}: {line}")
                    answer.append(line)
        raise Broken(f"psp {command}: the server hung up:\n{self.servers[number].log()}")

    def expect(self, pattern):
        """A complaint of the kernel with this pattern in its line is what the test wants."""
        self._expected.append(re.compile(pattern))

    def logged(self, pattern):
        """The first line of the kernel log that matches, without its time, or None."""
        for line in self.log.splitlines():
            if re.search(pattern, line):
                return klog.text_of(line)
        return None

    def _is_right_end(self, trouble):
        if not self._ending:
            return not trouble
        punished = self._qemu.returncode != 0
        repeat = emulator.how_to_repeat(self.config.seed)
        return trouble[:1] == [ENDED] and punished == (self._ending == "punished") and \
            all(text == repeat or text.startswith("QEMU says: ") for text in trouble[1:])

    def _is_expected(self, report):
        return any(pattern.search(report.line) for pattern in self._expected)

    def _story(self, headline):
        servers = "".join(f"\n--- PSP server {number}\n{server.log()[-4000:]}"
                          for number, server in enumerate(self.servers))
        log = "\n".join(klog.since_command(self.log).splitlines()[-80:])
        repeat = f"\n{emulator.how_to_repeat(self.config.seed)}" if servers else ""
        return (f"{headline}{repeat}\n--- QEMU\n{self.last_words}\n--- kernel log\n{log}"
                f"{servers}")
