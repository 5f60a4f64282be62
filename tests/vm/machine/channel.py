# SPDX-License-Identifier: GPL-2.0-only
"""What goes between us and a machine: the kernel log, commands and their output."""

import base64
import os
import selectors
import shlex
import socket
import time


class Output:
    """Passes a command's output on up to the line in which the agent tells its status."""

    def __init__(self, token):
        self._token = token
        self._held = b""
        self.sink = None
        self.status = None

    def expect(self, sink):
        """A new command begins; SINK gets its output."""
        self.sink = sink
        self.status = None

    def feed(self, data):
        """Takes what came over the line; holds back what may be the start of the token."""
        self._held += data
        where = self._held.find(self._token)
        if where < 0:
            where = self._maybe_token()
            self._pass(where)
            return
        self._pass(where)
        number, newline, rest = self._held[len(self._token):].partition(b"\n")
        if newline:
            self.status = int(number)
            self._held = rest

    def end(self):
        """The line is closed: what was held back was output after all."""
        if not self._held.startswith(self._token):
            self._pass(len(self._held))

    def _maybe_token(self):
        for length in range(min(len(self._held), len(self._token) - 1), 0, -1):
            if self._token.startswith(self._held[-length:]):
                return len(self._held) - length
        return len(self._held)

    def _pass(self, length):
        if length and self.sink:
            self.sink(self._held[:length])
        self._held = self._held[length:]


def script_of(command):
    """COMMAND as a script: one word is a line for the shell, several are a program."""
    return (command[0] if len(command) == 1 else shlex.join(command)) + "\n"


class Channel:
    """Both serial lines of a machine. QEMU writes the kernel log into a pipe and connects
    to a socket for the commands."""

    def __init__(self, directory, token, take_log):
        self.output = Output(token)
        self._selector = selectors.DefaultSelector()
        log_read, self.log_write = os.pipe()
        self._selector.register(log_read, selectors.EVENT_READ, take_log)
        self._commands = None
        self._listener = socket.socket(socket.AF_UNIX)
        self.path = directory / "commands"
        self._listener.bind(str(self.path))
        self._listener.listen(1)
        self._selector.register(self._listener, selectors.EVENT_READ, None)

    def started(self):
        """QEMU has its own copy of the pipe's writing end."""
        os.close(self.log_write)
        self.log_write = -1

    def pump(self, finished, deadline):
        """Passes everything on until FINISHED() or the deadline; False if that came first,
        or when the machine is gone."""
        while not finished():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            if not self._log_is_open():
                return finished()
            for key, _ in self._selector.select(left):
                self._serve(key)
        return True

    def drain(self, deadline):
        """Passes everything on until the machine is gone; False if the deadline came first."""
        self.pump(lambda: not self._log_is_open(), deadline)
        return not self._log_is_open()

    def send(self, script, sink):
        """Gives the machine something to do."""
        self.output.expect(sink)
        self._write(base64.b64encode(script.encode()) + b"\n")

    def feed(self, data):
        """Gives bytes to a script that reads them from the agent's own line."""
        self._write(data)

    def send_end(self):
        """Asks the agent to end, which turns the machine off."""
        self._write(b"\n")

    def close(self):
        """Gives back everything; more than once does no harm."""
        if self._selector.get_map() is None:
            return
        self.output.end()
        for key in list(self._selector.get_map().values()):
            self._drop(key)
        self._selector.close()
        if self.log_write >= 0:
            self.started()

    def _write(self, data):
        if self._commands:
            try:
                self._commands.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass

    def _log_is_open(self):
        return any(isinstance(key.fileobj, int) for key in self._selector.get_map().values())

    def _serve(self, key):
        if key.fileobj is self._listener:
            self._commands, _ = self._listener.accept()
            self._selector.register(self._commands, selectors.EVENT_READ, self.output.feed)
            self._drop(key)
            return
        try:
            data = os.read(key.fd, 65536)
        except ConnectionResetError:
            data = b""
        if data:
            key.data(data)
        else:
            self._drop(key)

    def _drop(self, key):
        self._selector.unregister(key.fileobj)
        if isinstance(key.fileobj, int):
            os.close(key.fileobj)
        else:
            key.fileobj.close()
