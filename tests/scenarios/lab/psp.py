# SPDX-License-Identifier: GPL-2.0-only
"""The control socket of an emulated PSP."""

import re
import socket

_COUNTS = re.compile(r"^(\w+) (0x[0-9a-f]+) (.+) started=(\d+) done=(\d+) failed=(\d+) ")


class Psp:
    """One emulated PSP of a running machine. Its log lines are read from its server."""

    def __init__(self, server, seed):
        self._path = str(server.control)
        self._server = server
        self._seed = seed
        self._mark = 0

    def control(self, line):
        """Sends one command. Returns the lines of the answer."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(self._path)
            sock.sendall(line.encode() + b"\n")
            answer = b""
            while not re.search(rb"^(ok|error: .*)\n\Z", answer, re.M):
                data = sock.recv(65536)
                if not data:
                    break
                answer += data
        lines = answer.decode().splitlines()
        if not lines or lines[-1] != "ok":
            raise AssertionError(f"the PSP refuses '{line}': {' '.join(lines)}")
        return lines[:-1]

    def fault(self, spec):
        """Injects a fault."""
        self.control(f"fault {spec}")

    def heal(self):
        """Removes all faults and answers what hangs."""
        self.control("clear")
        try:
            self.control("release")
        except AssertionError:
            pass

    def reset(self):
        """What a reset of the machine does to it: volatile state is lost, flash stays."""
        self.control("clear")
        self.control("reset")

    def counts(self, unit="sev"):
        """How often each command was started since clear_counts(), by name."""
        found = {}
        for line in self.control("stats"):
            match = _COUNTS.match(line)
            if match and match[1] == unit and int(match[4]):
                found[match[3]] = int(match[4])
        return found

    def firmware(self):
        """How the firmware sees itself: numbers by name."""
        words = next(line for line in self.control("status") if line.startswith("firmware "))
        return {name: int(value) for name, value in
                (word.split("=") for word in words.split()[2:])}

    def pages(self):
        """How many pages are in which state, by the reverse map table of the machine; none while
        SNP is off on the CPUs."""
        return {state: int(count) for state, count in
                (line.split("=") for line in self.control("pages"))}

    def clear_counts(self):
        """All counts start from zero."""
        self.control("stats clear")

    def mark(self):
        """trouble() and commands() look at what comes after this, and times are those of its
        beginning, so that a test can be repeated without those before it."""
        self.control(f"seed {self._seed}")
        self._mark = len(self._server.log())

    def commands(self):
        """Names of the SEV commands that were answered since mark(), in their order."""
        return re.findall(r" sev +0x[0-9a-f]+ (\S+) buffer ", self._server.log()[self._mark:])

    def trouble(self):
        """What the driver did since mark() that no driver may do."""
        return [line for line in self._server.log()[self._mark:].splitlines()
                if " error " in line or " error: " in line]
