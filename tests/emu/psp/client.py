# SPDX-License-Identifier: GPL-2.0-only
"""A vfio-user client and a PSP driver in miniature, to test psp-server without QEMU."""

import array
import contextlib
import os
import select
import socket
import struct
import time
from pathlib import Path

BUILD = Path(__file__).resolve().parents[3] / "build/emu"
SERVER = os.environ.get("PSP_SERVER", str(BUILD / "psp-server"))

VERSION, DMA_MAP, DMA_UNMAP, DEVICE_INFO, REGION_INFO = 1, 2, 3, 4, 5
IRQ_INFO, SET_IRQS, REGION_READ, REGION_WRITE, RESET = 7, 8, 9, 10, 13

NO_REPLY, ERROR = 0x10, 0x20
BAR2, BAR5, CONFIG = 2, 5, 7
INTX, MSI, MSIX = 0, 1, 2
DATA_NONE, DATA_EVENTFD, MASK, UNMASK, TRIGGER = 0x01, 0x04, 0x08, 0x10, 0x20

HEADER = struct.Struct("<HHIII")
RESPONSE = 0x80000000

# Register offsets by generation, written down a second time so that a slip shows.
REGS = {
    "pspv1": {"feature": 0x105fc, "inten": 0x10610, "intsts": 0x10614, "sev": 0x10580,
              "sev_lo": 0x105e0, "sev_hi": 0x105e4, "bootloader": 0x105ec},
    "pspv2": {"feature": 0x109fc, "inten": 0x10690, "intsts": 0x10694, "sev": 0x10980,
              "sev_lo": 0x109e0, "sev_hi": 0x109e4, "bootloader": 0x109ec,
              "pa": 0x10570, "pa_lo": 0x10574, "pa_hi": 0x10578,
              "button": 0x10a24, "doorbell": 0x10a40},
    "pspv3": {"feature": 0x109fc, "inten": 0x10690, "intsts": 0x10694, "bootloader": 0x109ec,
              "mbox": 0x10544, "mbox_lo": 0x10548, "mbox_hi": 0x1054c,
              "wptr": 0x10550, "rptr": 0x10554, "tee_info": 0x109e8,
              "pa": 0x10570, "pa_lo": 0x10574, "pa_hi": 0x10578,
              "button": 0x10a24, "doorbell": 0x10a40},
    "pspv4": {"feature": 0x109fc, "inten": 0x10690, "intsts": 0x10694, "sev": 0x10980,
              "sev_lo": 0x109e0, "sev_hi": 0x109e4, "bootloader": 0x109ec,
              "mbox": 0x10544, "mbox_lo": 0x10548, "mbox_hi": 0x1054c,
              "wptr": 0x10550, "rptr": 0x10554, "tee_info": 0x109e8},
    "pspv5": {"feature": 0x109fc, "inten": 0x10510, "intsts": 0x10514, "bootloader": 0x109ec,
              "mbox": 0x10944, "mbox_lo": 0x10948, "mbox_hi": 0x1094c,
              "wptr": 0x10950, "rptr": 0x10954, "tee_info": 0x109e8,
              "button": 0x10a24, "doorbell": 0x10a40},
    "pspv6": {"feature": 0x109fc, "inten": 0x10510, "intsts": 0x10514, "sev": 0x10980,
              "sev_lo": 0x109e0, "sev_hi": 0x109e4, "bootloader": 0x109ec,
              "mbox": 0x10944, "mbox_lo": 0x10948, "mbox_hi": 0x1094c,
              "wptr": 0x10950, "rptr": 0x10954, "tee_info": 0x109e8},
    "pspv7": {"feature": 0x109fc, "inten": 0x10510, "intsts": 0x10514, "bootloader": 0x109ec,
              "mbox": 0x10944, "mbox_lo": 0x10948, "mbox_hi": 0x1094c,
              "wptr": 0x10950, "rptr": 0x10954, "tee_info": 0x109e8},
}


class VfioError(Exception):
    """The server refused a request."""

    def __init__(self, errno):
        super().__init__(os.strerror(errno))
        self.errno = errno


class HungUp(Exception):
    """The server closed the connection."""


class Client:
    """One connection, after the version exchange."""

    def __init__(self, path, negotiate=True):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(path))
        self.next_id = 1
        if negotiate:
            self.request(VERSION, struct.pack("<HH", 0, 1) + b'{"capabilities":{}}\0')

    def close(self):
        """Hangs up."""
        self.sock.close()

    def send(self, command, payload=b"", *, flags=0, size=None, fds=()):
        """Sends a message and returns its id."""
        msg_id, self.next_id = self.next_id, self.next_id + 1
        size = HEADER.size + len(payload) if size is None else size
        data = HEADER.pack(msg_id, command, size, flags, 0) + payload
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sock.sendmsg([data], anc)
        return msg_id

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.sock.recv(count - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise HungUp
            data += more
        return data

    def receive(self):
        """The next reply: id, command, flags, errno, payload."""
        msg_id, command, size, flags, errno = HEADER.unpack(self._exactly(HEADER.size))
        return msg_id, command, flags, errno, self._exactly(size - HEADER.size)

    def request(self, command, payload=b"", **kwargs):
        """Sends a request and returns the payload of the reply."""
        msg_id = self.send(command, payload, **kwargs)
        reply_id, reply_command, flags, errno, data = self.receive()
        assert (reply_id, reply_command, flags & 0xf) == (msg_id, command, 1)
        if flags & ERROR:
            assert not data
            raise VfioError(errno)
        return data

    def read(self, region, offset, count):
        """REGION_READ."""
        data = self.request(REGION_READ, struct.pack("<QII", offset, region, count))
        assert struct.unpack_from("<QII", data) == (offset, region, count)
        return data[16:]

    def write(self, region, offset, data):
        """REGION_WRITE."""
        self.request(REGION_WRITE, struct.pack("<QII", offset, region, len(data)) + data)

    # pylint: disable-next=too-many-arguments
    def dma_map(self, addr, size, fd=None, *, offset=0, prot=3):
        """DMA_MAP."""
        self.request(DMA_MAP, struct.pack("<IIQQQ", 32, prot, offset, addr, size),
                     fds=() if fd is None else (fd,))

    def dma_unmap(self, addr, size, flags=0):
        """DMA_UNMAP."""
        self.request(DMA_UNMAP, struct.pack("<IIQQ", 24, flags, addr, size))

    # pylint: disable-next=too-many-arguments
    def set_irqs(self, index, flags, start, count, fds=()):
        """SET_IRQS."""
        self.request(SET_IRQS, struct.pack("<IIIII", 20, flags, index, start, count), fds=fds)


class Eventfd:
    """An event descriptor that interrupts arrive on."""

    def __init__(self):
        self.fd = os.eventfd(0, os.EFD_NONBLOCK)

    def wait(self, timeout=5.0):
        """How many interrupts came; 0 when none did in time."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return 0
        return os.eventfd_read(self.fd)


class Machine:
    """Guest memory, interrupts and registers: what a driver has."""

    MEMORY = 16 << 20

    def __init__(self, path, generation="pspv2", irq=MSIX):
        self.client = Client(path)
        self.regs = REGS[generation]
        self.memfd = os.memfd_create("ram")
        os.ftruncate(self.memfd, self.MEMORY)
        self.client.dma_map(0, self.MEMORY, self.memfd)
        self.irq = Eventfd()
        self.client.set_irqs(irq, DATA_EVENTFD | TRIGGER, 0, 1, (self.irq.fd,))

    def close(self):
        """Switches off."""
        self.client.close()
        os.close(self.memfd)
        os.close(self.irq.fd)

    def poke(self, addr, data):
        """Writes guest memory."""
        os.pwrite(self.memfd, data, addr)

    def peek(self, addr, count):
        """Reads guest memory."""
        return os.pread(self.memfd, count, addr)

    def get(self, reg):
        """Reads a register by name or offset."""
        return struct.unpack("<I", self.client.read(BAR2, self.regs.get(reg, reg), 4))[0]

    def put(self, reg, value):
        """Writes a register by name or offset."""
        self.client.write(BAR2, self.regs.get(reg, reg), struct.pack("<I", value))

    def start(self, box, command, addr):
        """Gives a command to a mailbox: the address, then the command word."""
        self.put(f"{box}_lo", addr & 0xffffffff)
        self.put(f"{box}_hi", addr >> 32)
        self.put(box, command)

    def poll(self, box, timeout=10.0):
        """Waits for a mailbox's answer; the status, or None when it does not come."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            value = self.get(box)
            if value & RESPONSE:
                return value & 0xffff
            time.sleep(0.002)
        return None

    def enable_irq(self):
        """What a driver does at the end of its set-up."""
        self.put("inten", 0xffffffff)

    def serve_irq(self, timeout=5.0):
        """What an interrupt handler does; the status bits, or None when no interrupt came."""
        if not self.irq.wait(timeout):
            return None
        bits = self.get("intsts")
        self.put("intsts", bits)
        return bits

    def sev(self, command, addr=0, *, irq=False, timeout=10.0):
        """A command on the SEV mailbox; its status, or None without an answer."""
        self.start("sev", command << 16 | int(irq), addr)
        return self.poll("sev", timeout)

    def platform_status(self, addr=0x1000):
        """SEV PLATFORM_STATUS: its status and the answer by name."""
        self.poke(addr, bytes(12))
        status = self.sev(0x004, addr)
        names = ("major", "minor", "state", "flags", "build", "guests")
        return status, dict(zip(names, struct.unpack("<BBBIBI", self.peek(addr, 12))))


@contextlib.contextmanager
def machine(path, generation="pspv2", irq=MSIX):
    """A machine for the length of a with block."""
    m = Machine(path, generation, irq)
    try:
        yield m
    finally:
        m.close()
