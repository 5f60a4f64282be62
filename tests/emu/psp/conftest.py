# SPDX-License-Identifier: GPL-2.0-only
"""Starts psp-server for a test and looks at how it ended."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from client import BUILD, SERVER

CONTROL = os.environ.get("PSP_CONTROL", str(BUILD / "psp-control"))


class Server:
    """A running server."""

    def __init__(self, directory, *options):
        self.path = directory / "psp"
        self.control = directory / "control"
        self.log_path = directory / "log"
        self.process = subprocess.Popen(
            [SERVER, "--socket", self.path, "--control", self.control, "--log", self.log_path,
             *options], stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while not self.path.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no server: {self.process.communicate()[1]}")
            time.sleep(0.01)

    def ctl(self, *words, ok=True):
        """Runs psp-control; what it printed, or what it complained about."""
        done = subprocess.run([CONTROL, self.control, *words], capture_output=True, text=True,
                              timeout=10, check=False)
        assert done.returncode == (0 if ok else 1), (words, done)
        return done.stdout if ok else done.stderr

    def stats(self):
        """Counters: {'sev 0x004': {'started': 1, ...}, 'device': {...}, 'irqs': {...}}."""
        result = {}
        for line in self.ctl("stats").splitlines():
            words = line.split()
            named = [word.split("=") for word in words if "=" in word]
            key = " ".join(words[:2]) if words[0] not in ("device", "irqs") else words[0]
            result[key] = {name: int(value, 0) for name, value in named}
        return result

    def log(self):
        """What the server wrote."""
        return self.log_path.read_text(encoding="ascii")

    def stop(self):
        """Ends the server; nothing may be wrong with it, least of all for a sanitizer."""
        self.process.terminate()
        stderr = self.process.communicate(timeout=20)[1]
        assert (self.process.returncode, stderr) == (0, "")


@pytest.fixture(name="serve")
def fixture_serve(tmp_path):
    """A function that starts a server with options."""
    servers = []

    def start(*options):
        directory = tmp_path / str(len(servers))
        directory.mkdir()
        servers.append(Server(directory, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(name="server")
def fixture_server(serve):
    """A server with nothing said: PCI id 1486."""
    return serve()
