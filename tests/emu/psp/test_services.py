# SPDX-License-Identifier: GPL-2.0-only
"""Registers by generation, and what is behind the mailboxes other than the SEV one."""

import hashlib
import hmac
import re
import struct
import subprocess

import pytest

import client as vu
from client import REGS, SERVER, machine

BUF, RING, SHARED = 0x10000, 0x20000, 0x40000
RING_INIT, RING_DESTROY, EXTENDED = 1, 2, 14
BAD_PARAMETERS, NOT_FOUND, SHORT = 0xffff0006, 0xffff0008, 0xffff0010

PARTS = {
    "1537": None, "1456": "pspv1", "1468": None, "1486": "pspv2", "15df": "pspv3",
    "14ca": "pspv4", "15c7": "pspv3", "1649": "pspv3", "1134": "pspv5", "17e0": "pspv5",
    "156e": "pspv6", "17d8": "pspv6", "115a": "pspv7",
}


# Parts

def test_list_has_every_part():
    lines = subprocess.run([SERVER, "--list"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert {line[:4]: line.split()[1] for line in lines} == {
        pci_id: generation or "none" for pci_id, generation in PARTS.items()}


@pytest.mark.parametrize("pci_id", PARTS)
def test_registers_are_where_the_generation_has_them(serve, pci_id):
    server = serve("--pci-id", pci_id, "--bootloader", "1.2.3.4", "--tee-version", "5.6.7.8")
    with machine(server.path, PARTS[pci_id] or "pspv1") as m:
        assert struct.unpack("<HH", m.client.read(vu.CONFIG, 0, 4)) == (0x1022, int(pci_id, 16))
        if not PARTS[pci_id]:
            assert {m.get(r) for r in m.regs} == {0}
            return
        regs = m.regs
        capability = m.get("feature")
        assert bool(capability & 1) == ("sev" in regs)
        assert bool(capability & 2) == ("wptr" in regs)
        assert m.get("bootloader") == 0x01020304
        if "tee_info" in regs:
            assert m.get("tee_info") == 0x05060708
        m.put("inten", 0x1234)
        assert m.get("inten") == 0x1234
        server.ctl("irq")
        assert m.get("intsts") == 2
        m.put("intsts", 2)
        assert m.get("intsts") == 0
        for box in {"sev", "mbox", "pa"} & set(regs):
            m.put(f"{box}_lo", 0x1000)
            assert m.get(f"{box}_lo") == 0x1000
            assert bool(m.get(box) & vu.RESPONSE) == (box != "sev")
        if "sev" in regs:
            assert m.platform_status()[0] == 0
        # Where other generations have a register and this one has none, nothing is.
        others = {off for other in REGS.values() for off in other.values()}
        for off in others - set(regs.values()):
            m.put(off, 0xffffffff)
            assert m.get(off) == 0


@pytest.mark.parametrize("options, want", [
    (("--api", "1.40.9"), (1, 40, 9)), (("--family", "17h"), None),
    (("--family", "0x1a", "--api", "1.58.1"), (1, 58, 1)), (("--family", "25"), (1, 55, 21))])
def test_firmware_can_be_chosen(serve, options, want):
    with machine(serve(*options).path) as m:
        status, answer = m.platform_status()
        assert status == 0
        if want:
            assert (answer["major"], answer["minor"], answer["build"]) == want
        else:
            assert answer["major"] == 0, "family 17h has the old firmware"


@pytest.mark.parametrize("options, tcb", [
    ((), "d316000000000004"), (("--svn", "0x1b"), "d31b000000000004"),
    (("--pci-id", "156e", "--svn", "4"), "4400000004010201"),
    (("--pci-id", "17d8", "--svn", "9"), "0000000000090201"),
    (("--family", "1ah", "--model", "50h"), "0000000000030201")])
def test_security_version_and_layout(serve, options, tcb):
    """SNP_PLATFORM_STATUS has the TCB in the processor's layout."""
    with machine(serve(*options).path) as m:
        m.poke(BUF, struct.pack("<Q", SHARED))
        assert m.sev(0x083, BUF) == 0
        assert m.peek(SHARED + 16, 8)[::-1].hex() == tcb


def test_committed_security_version(serve):
    """It is what is reported, too."""
    with machine(serve("--svn", "22", "--committed-svn", "20").path) as m:
        m.poke(BUF, struct.pack("<Q", SHARED))
        assert m.sev(0x083, BUF) == 0
        assert m.peek(SHARED + 16, 16)[6::8] == bytes([22, 20])


@pytest.mark.parametrize("options", [
    ("--pci-id", "beef"), ("--svn", "300"), ("--seed", "x"), ("--platform-info", "8"),
    ("--svn", "1", "--committed-svn", "2"), ("--api", "1.2"), ("--family", "xyz"),
    ("--irq", "carrier-pigeon"),
    ("--cbit", "5"), ("--nonsense",), ("--bootloader", "1.2.3"), ("argument",),
    ("--capability", "12345678900"), ("--state", "/does/not/exist")])
def test_bad_options_are_refused(tmp_path, options):
    done = subprocess.run([SERVER, "--socket", tmp_path / "psp", *options], capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode in (1, 2) and done.stderr
    assert "Sanitizer" not in done.stderr


def test_help_names_every_option():
    text = subprocess.run([SERVER, "--help"], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"--[a-z-]+", text)) >= {
        "--socket", "--pci-id", "--capability", "--api", "--family", "--model", "--state",
        "--fault", "--control", "--log", "--irq"}


def test_fuses_and_keys_are_kept_in_the_state_directory(serve, tmp_path):
    state = tmp_path / "state"
    state.mkdir()

    def identity():
        with machine(serve("--state", state).path) as m:
            m.poke(BUF, struct.pack("<QI", SHARED, 128))
            assert m.sev(0x00c, BUF) == 0
            return m.peek(SHARED, 64)

    first = identity()
    assert first.strip(b"\0") and identity() == first


def test_address_with_the_encryption_bit_reaches_memory(serve):
    with machine(serve().path) as m:
        assert m.sev(0x004, 1 << 51 | 0x1000) == 0
    with machine(serve("--cbit", "47").path) as m:
        m.poke(BUF, struct.pack("<II", 12, 0xff))
        m.start("pa", 0x14 << 16, 1 << 47 | BUF)
        assert m.poll("pa") == 0


# TEE

class Tee:
    """A driver of the TEE ring."""

    def __init__(self, m, entries=4):
        self.m, self.size, self.wptr = m, entries * 1024, 0
        m.poke(RING, bytes(self.size))
        m.poke(BUF, struct.pack("<III", RING, 0, self.size))
        m.start("mbox", RING_INIT << 16, BUF)
        assert m.poll("mbox") == 0

    def submit(self, command, payload):
        """Puts a command into the ring; where it is."""
        at = RING + self.wptr
        self.m.poke(at, struct.pack("<IIIIQII", command, 0, 0, 0, 0, 0, 0)
                    + payload.ljust(988, b"\0") + struct.pack("<I", 1))
        self.wptr = (self.wptr + 1024) % self.size
        self.m.put("wptr", self.wptr)
        return at

    def state(self, at):
        """State of an entry: 0 new, 1 in work, 2 done."""
        return struct.unpack("<I", self.m.peek(at + 4, 4))[0]

    def run(self, command, payload, length=None):
        """Runs a command: status and the first LENGTH bytes of the changed payload."""
        at = self.submit(command, payload)
        self.m.get("rptr")      # the next request is handled after the last
        assert self.state(at) == 2
        return struct.unpack("<I", self.m.peek(at + 8, 4))[0], self.m.peek(
            at + 32, length or len(payload))

    def session(self):
        """Loads an application and opens a session: both handles."""
        status, data = self.run(1, struct.pack("<IIIII", SHARED, 0, 4096, 0, 0))
        assert status == 0
        ta = struct.unpack_from("<I", data, 12)[0]
        status, data = self.run(3, struct.pack("<II", ta, 0) + bytes(56))
        assert status == 0
        return ta, struct.unpack_from("<I", data, 4)[0]

    def invoke(self, ta, session, types, params):
        """Invokes: status and parameters."""
        words = [word for param in params for word in param] + [0] * (12 - 3 * len(params))
        status, data = self.run(5, struct.pack("<IIII12II", ta, 0, session, types, *words, 0))
        out = struct.unpack_from("<12I", data, 16)
        return status, [out[3 * i:3 * i + 3] for i in range(4)]


@pytest.fixture(name="tee")
def fixture_tee(serve):
    """A TEE with its ring up, and its server."""
    server = serve("--pci-id", "14ca")
    with machine(server.path, "pspv4") as m:
        tee = Tee(m)
        tee.server = server
        yield tee


def test_ring_life(serve):
    with machine(serve("--pci-id", "14ca").path, "pspv4") as m:
        Tee(m)
        m.start("mbox", RING_INIT << 16, BUF)
        assert m.poll("mbox") == 0x0d
        m.put("mbox", RING_DESTROY << 16)
        assert m.poll("mbox") == 0
        m.put("mbox", RING_DESTROY << 16)
        assert m.poll("mbox") != 0
        for lo, size in ((RING, 0), (RING, 1000), (RING, 1 << 20), (RING + 8, 4096)):
            m.poke(BUF, struct.pack("<III", lo, 0, size))
            m.start("mbox", RING_INIT << 16, BUF)
            assert m.poll("mbox") != 0, (lo, size)
        m.start("mbox", RING_INIT << 16, 1 << 40)
        assert m.poll("mbox") != 0
        m.put("mbox", 9 << 16)
        assert m.poll("mbox") != 0


def test_values_are_echoed(tee):
    ta, session = tee.session()
    status, params = tee.invoke(ta, session, 0x3, [(11, 22, 0)])
    assert status == 0 and params[0][:2] == (22, 11)
    for _ in range(9):      # around the ring and back
        assert tee.invoke(ta, session, 0, [])[0] == 0
    assert tee.run(4, struct.pack("<II", ta, session))[0] == 0
    assert tee.invoke(ta, session, 0, [])[0] == NOT_FOUND
    assert tee.run(2, struct.pack("<I", ta))[0] == 0
    assert tee.run(2, struct.pack("<I", ta))[0] == NOT_FOUND


def test_memory_is_echoed_across_pieces(tee):
    ta, session = tee.session()
    pieces = [(SHARED, 0, 4096), (SHARED + 0x4000, 0, 4096), (SHARED + 0x2000, 0, 4096)]
    status, data = tee.run(6, struct.pack("<III9I", 0, 3, 3 * 4096,
                                          *[w for p in pieces for w in p]))
    assert status == 0
    buffer = struct.unpack_from("<I", data)[0]
    tee.m.poke(SHARED + 4000, b"A" * 96)
    tee.m.poke(SHARED + 0x4000, b"B" * 104)
    status, params = tee.invoke(ta, session, 0x65, [(buffer, 4000, 200), (buffer, 8192, 300)])
    assert status == 0 and params[1][2] == 200
    assert tee.m.peek(SHARED + 0x2000, 200) == b"A" * 96 + b"B" * 104
    status, params = tee.invoke(ta, session, 0x65, [(buffer, 0, 200), (buffer, 8192, 100)])
    assert status == SHORT and params[1][2] == 200
    assert tee.invoke(ta, session, 0x65, [(buffer, 12200, 200), (buffer, 0, 200)])[0] == \
        BAD_PARAMETERS
    assert tee.invoke(ta, session, 0x65, [(99, 0, 8), (buffer, 0, 8)])[0] == BAD_PARAMETERS
    assert tee.run(7, struct.pack("<I", buffer))[0] == 0
    assert tee.run(7, struct.pack("<I", buffer))[0] == NOT_FOUND


@pytest.mark.parametrize("command, payload", [
    (1, struct.pack("<III", 0, 1 << 20, 64)), (1, struct.pack("<III", SHARED, 0, 0)),
    (2, bytes(4)), (3, struct.pack("<I", 999)), (4, struct.pack("<II", 0, 1)), (5, bytes(64)),
    (6, struct.pack("<III", 0, 65, 4096)), (6, struct.pack("<IIIIII", 0, 1, 8192, SHARED, 0, 4096)),
    (6, struct.pack("<IIIIII", 0, 1, 4096, SHARED + 1, 0, 4096)), (7, struct.pack("<I", 33)),
    (0, b""), (8, b""), (0xffffffff, b"")])
def test_bad_tee_commands_are_refused(tee, command, payload):
    assert tee.run(command, payload, 4)[0] >= 0xffff0000


def test_bad_write_pointers_are_ignored(tee):
    for wptr in (1, 4096, 0xfffffc00):
        tee.m.put("wptr", wptr)
        assert (tee.m.get("wptr"), tee.m.get("rptr")) == (0, 0)


def test_ring_whose_memory_goes_away(tee):
    tee.m.client.dma_unmap(0, tee.m.MEMORY)
    tee.m.put("wptr", 1024)
    assert tee.m.get("rptr") == 1024
    assert "not in memory" in tee.server.log()


def test_faults_in_the_ring(tee):
    tee.server.ctl("fault", "unit=tee,cmd=LOAD_TA,status=0x55,count=1")
    payload = struct.pack("<IIIII", SHARED, 0, 4096, 0, 0)
    assert tee.run(1, payload)[0] == 0x55
    tee.server.ctl("fault", "unit=tee,cmd=LOAD_TA,hang,count=1")
    at = tee.submit(1, payload)
    after = tee.submit(2, bytes(4))
    tee.m.get("rptr")
    assert (tee.state(at), tee.state(after)) == (1, 0)
    tee.server.ctl("release")
    assert (tee.state(at), tee.state(after)) == (2, 2)
    tee.server.ctl("fault", "unit=tee,delay=100,count=1")
    at = tee.submit(2, bytes(4))
    tee.m.get("rptr")
    assert tee.state(at) == 1
    tee.m.irq.wait(0.5)
    assert tee.state(at) == 2


# Platform access

def pa_command(m, command, payload, size=None):
    """A platform access command: mailbox status, header status, payload."""
    m.poke(BUF, struct.pack("<II", 8 + len(payload) if size is None else size, 0xff) + payload)
    m.start("pa", command << 16, BUF)
    status = m.poll("pa")
    return status, struct.unpack("<I", m.peek(BUF + 4, 4))[0], m.peek(BUF + 8, len(payload))


@pytest.fixture(name="client_part")
def fixture_client_part(serve):
    """A client processor."""
    with machine(serve("--pci-id", "15c7", "--hsti", "a5").path, "pspv3") as m:
        yield m


def test_hsti_query(client_part):
    assert pa_command(client_part, 0x14, bytes(4)) == (0, 0, struct.pack("<I", 0xa5))
    # the in-tree driver's payload size leaves no room for the answer
    assert pa_command(client_part, 0x14, bytes(4), size=8)[0] == 0
    assert client_part.get("pa") == vu.RESPONSE, "nothing but the ready bit is left"


def test_i2c_arbitration(client_part):
    acquire, release, bad = (struct.pack("<I", i) for i in range(3))
    answers = [pa_command(client_part, 0x64, p)[:2]
               for p in (acquire, acquire, release, acquire, bad)]
    assert answers == [(0, 0), (0, 1), (0, 0), (0, 0), (0, 3)]


def test_doorbell(client_part):
    m = client_part

    def ring(message):
        m.put("doorbell", message)
        assert m.get("doorbell") == message
        m.put("button", 1)
        assert m.poll("doorbell") is not None
        return m.get("doorbell") & 0xff

    assert [ring(message) for message in (1, 1, 2, 7)] == [0, 1, 0, 3]


def test_bad_platform_access_is_refused(client_part):
    assert pa_command(client_part, 0x14, bytes(4), size=4)[0] != 0
    assert pa_command(client_part, 0x33, bytes(4))[:2] == (0, 9)
    client_part.start("pa", 0x14 << 16, 1 << 40)
    assert client_part.poll("pa") != 0


# Dynamic boost control

def sign(nonce, data):
    """A signature that is accepted."""
    return hmac.digest(b"emulated dynamic boost control", nonce + data, "sha256")


def ext_command(m, command, payload):
    """An extended command: status of the mailbox, which is that of the header, and payload."""
    m.poke(BUF, struct.pack("<III", 12 + len(payload), command, 0xff) + payload)
    m.start("mbox", EXTENDED << 16, BUF)
    status = m.poll("mbox")
    if status is not None:
        assert struct.unpack("<I", m.peek(BUF + 8, 4))[0] == status
    return status, m.peek(BUF + 12, len(payload))


def by_platform_access(m):
    """Sends boost commands through the platform access mailbox."""
    return lambda command, payload: pa_command(m, command, payload)[1:]


def by_extended_command(m):
    """Sends boost commands through the PSP mailbox."""
    return lambda command, payload: ext_command(m, command, payload)


@pytest.mark.parametrize("pci_id, generation, way", [
    ("15c7", "pspv3", by_platform_access), ("115a", "pspv7", by_extended_command)])
def test_boost_control(serve, pci_id, generation, way):
    with machine(serve("--pci-id", pci_id).path, generation) as m:
        send = way(m)
        assert send(0x66, bytes(48))[0] == 7, "no nonce yet"
        status, data = send(0x65, bytes(52))
        nonce = data[4:20]
        assert status == 0 and data[20:] == sign(nonce, bytes(4))
        uid = b"0123456789abcdef"
        read = struct.pack("<II", 3, 0)
        assert send(0x67, read + sign(nonce, read))[0] == 7, "not authenticated yet"
        assert send(0x66, uid + bytes(32))[0] == 0x3072
        assert send(0x66, uid + sign(nonce, uid))[0] == 0
        assert send(0x65, bytes(52))[0] == 1
        write = struct.pack("<II", 4, 3000)
        assert send(0x68, write + bytes(32))[0] == 0x3072
        assert send(0x68, write + sign(nonce, write))[0] == 0
        status, data = send(0x67, read + sign(nonce, read))
        assert status == 0 and data == struct.pack("<II", 3, 3000) + sign(nonce, data[:8])
        for index, value, want in ((4, 99999, 6), (9, 1, 9), (0xf, 0, 9)):
            write = struct.pack("<II", index, value)
            assert send(0x68, write + sign(nonce, write))[0] == want
        assert send(0x67, bytes(41))[0] == 4
        assert send(0x67, bytes(39))[0] == 6


# Firmware servicing

def sfs_package(level, body, magic=b"SFSP"):
    """A package."""
    return magic + struct.pack("<I", level) + hashlib.sha256(body).digest() + struct.pack(
        "<I", len(body)) + body


def sfs(m, command, size, page):
    """A servicing command: status, extended status, and the page behind the header's page."""
    m.poke(SHARED, struct.pack("<IIII", size, command, 0xff, 0xff))
    m.poke(SHARED + 4096, page)
    m.start("mbox", EXTENDED << 16, SHARED)
    return m.poll("mbox"), struct.unpack("<I", m.peek(SHARED + 12, 4))[0], \
        m.peek(SHARED + 4096, 4096)


def test_firmware_servicing(serve):
    with machine(serve("--pci-id", "156e").path, "pspv6") as m:
        fill = b"\xc7" * 4096
        status, extended, page = sfs(m, 1, 8192, fill)
        assert (status, extended) == (0, 0)
        assert page[:8] == b"SFSV\x01\0\0\0" and page[12:] == fill[12:]
        assert sfs(m, 1, 4096, fill)[0] == 2
        assert sfs(m, 1, 8192, bytes(4096))[:2] == (0xe, 0x1000e)
        good = sfs_package(2, b"patch")
        assert sfs(m, 2, 8192, good)[0] == 2
        assert sfs(m, 2, 4 << 20, good)[0] == 2
        assert sfs(m, 2, 65536, sfs_package(2, b"patch", b"XXXX"))[0] == 7
        assert sfs(m, 2, 65536, good[:-1] + b"!")[0] == 7
        assert sfs(m, 2, 65536, good[:40] + struct.pack("<I", 1 << 20))[0] == 4
        assert sfs(m, 2, 65536, good)[:2] == (0, 0)
        assert sfs(m, 2, 65536, good)[0] == 0xc, "the same level again"
        assert sfs(m, 1, 8192, fill)[2][4] == 2


def test_extended_commands_are_checked(serve):
    server = serve("--pci-id", "156e")
    with machine(server.path, "pspv6") as m:
        assert ext_command(m, 0x99, b"")[0] == 9
        m.poke(BUF, struct.pack("<III", 4, 0x65, 0))
        m.start("mbox", EXTENDED << 16, BUF)
        assert m.poll("mbox") == 6
        m.start("mbox", EXTENDED << 16, 1 << 40)
        assert m.poll("mbox") == 6
        server.ctl("fault", "unit=ext,cmd=DBC_GET_NONCE,status=0xd,count=1")
        m.start("mbox", EXTENDED << 16, BUF)
        assert m.poll("mbox") == 0xd
    assert server.stats()["ext 0x065"]["faults"] == 1
