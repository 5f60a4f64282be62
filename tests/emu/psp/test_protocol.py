# SPDX-License-Identifier: GPL-2.0-only
"""vfio-user: framing, requests that are refused, guest memory, interrupts, one VM after another."""

import errno
import os
import struct
import time

import pytest

import client as vu
from client import Client, HungUp, VfioError, machine


def refused(number):
    """Expects the errno NUMBER from the server."""
    return pytest.raises(VfioError, match=os.strerror(number))


def still_serves(server):
    """After whatever a client did, the next one is served."""
    with machine(server.path) as m:
        assert m.platform_status()[0] == 0
    return True


def hangs_up(client):
    """True when the server closes the connection instead of answering."""
    with pytest.raises(HungUp):
        client.receive()
    return True


def test_version_is_negotiated(server):
    client = Client(server.path, negotiate=False)
    data = client.request(vu.VERSION, struct.pack("<HH", 0, 7) + b"{}\0")
    major, minor = struct.unpack_from("<HH", data)
    assert major == 0 and minor <= 7
    assert data.endswith(b"}\0")


def test_unknown_major_version_ends_the_connection(server):
    client = Client(server.path, negotiate=False)
    with pytest.raises(VfioError):
        client.request(vu.VERSION, struct.pack("<HH", 1, 0))
    assert hangs_up(client) and still_serves(server)


def test_first_message_must_be_version(server):
    client = Client(server.path, negotiate=False)
    client.send(vu.DEVICE_INFO, struct.pack("<IIII", 16, 0, 0, 0))
    assert hangs_up(client) and still_serves(server)


@pytest.mark.parametrize("size", [0, 15, 0x7fffffff, 0xffffffff])
def test_impossible_message_size_ends_the_connection(server, size):
    client = Client(server.path)
    client.send(vu.RESET, size=size)
    assert hangs_up(client) and still_serves(server)


def test_reply_from_client_ends_the_connection(server):
    client = Client(server.path)
    client.send(vu.RESET, flags=1)
    assert hangs_up(client) and still_serves(server)


def test_message_may_come_in_pieces(server):
    client = Client(server.path)
    message = vu.HEADER.pack(77, vu.REGION_READ, 32, 0, 0) + struct.pack("<QII", 0, vu.CONFIG, 4)
    for i, byte in enumerate(message):
        client.sock.send(bytes([byte]))
        if i % 8 == 0:
            time.sleep(0.005)
    msg_id, _, flags, _, data = client.receive()
    assert (msg_id, flags) == (77, 1)
    assert data[16:] == bytes.fromhex("22108614")


def test_end_within_a_message(server):
    client = Client(server.path)
    client.sock.send(vu.HEADER.pack(1, vu.REGION_READ, 32, 0, 0) + b"abc")
    client.close()
    assert still_serves(server)
    assert "end in the middle of a message" in server.log()


def test_no_reply_is_honoured(server):
    client = Client(server.path)
    client.send(vu.RESET, flags=vu.NO_REPLY)
    assert len(client.request(vu.DEVICE_INFO, struct.pack("<IIII", 16, 0, 0, 0))) == 16
    assert server.stats()["device"]["resets"] == 1


@pytest.mark.parametrize("command", [0, 6, 11, 12, 14, 15, 99, 65535])
def test_unknown_command_is_refused(server, command):
    client = Client(server.path)
    with refused(errno.ENOTSUP):
        client.request(command, bytes(64))
    assert client.read(vu.CONFIG, 0, 2) == b"\x22\x10"


@pytest.mark.parametrize("command", [vu.DMA_MAP, vu.DMA_UNMAP, vu.DEVICE_INFO, vu.REGION_INFO,
                                     vu.IRQ_INFO, vu.SET_IRQS, vu.REGION_READ,
                                     vu.REGION_WRITE])
def test_short_payload_is_refused(server, command):
    client = Client(server.path)
    with refused(errno.EINVAL):
        client.request(command, bytes(3))
    assert client.read(vu.CONFIG, 0, 2) == b"\x22\x10"


def test_device_regions_and_interrupts_are_described(server):
    client = Client(server.path)
    assert struct.unpack("<IIII", client.request(
        vu.DEVICE_INFO, struct.pack("<IIII", 16, 0, 0, 0))) == (16, 3, 9, 5)
    sizes = {}
    for i in range(9):
        data = client.request(vu.REGION_INFO, struct.pack("<IIIIQQ", 32, 0, i, 0, 0, 0))
        _, flags, index, _, sizes[i], _ = struct.unpack("<IIIIQQ", data)
        assert index == i and flags == (3 if sizes[i] else 0)
    assert {i: size for i, size in sizes.items() if size} == {
        vu.BAR2: 0x100000, vu.BAR5: 0x2000, vu.CONFIG: 256}
    with refused(errno.EINVAL):
        client.request(vu.REGION_INFO, struct.pack("<IIIIQQ", 32, 0, 9, 0, 0, 0))
    for index, count in ((vu.INTX, 0), (vu.MSI, 2), (vu.MSIX, 2)):
        data = client.request(vu.IRQ_INFO, struct.pack("<IIII", 16, 0, index, 0))
        assert struct.unpack("<IIII", data)[3] == count
    with refused(errno.EINVAL):
        client.request(vu.IRQ_INFO, struct.pack("<IIII", 16, 0, 3, 0))


@pytest.mark.parametrize("region, offset, count", [
    (vu.CONFIG, 256, 1), (vu.CONFIG, 253, 4), (vu.CONFIG, 1 << 63, 4), (vu.BAR2, 0x100000, 4),
    (vu.BAR2, 0xfffffffffffffffc, 8), (vu.BAR5, 0x1ffd, 4), (0, 0, 4), (8, 0, 1), (9, 0, 4),
    (0xffffffff, 0, 4), (vu.BAR2, 0, 0x100000)])
def test_access_outside_a_region_is_refused(server, region, offset, count):
    client = Client(server.path)
    with refused(errno.EINVAL):
        client.request(vu.REGION_READ, struct.pack("<QII", offset, region, count))
    with refused(errno.EINVAL):
        client.request(vu.REGION_WRITE,
                       struct.pack("<QII", offset, region, count) + bytes(min(count, 8)))


def test_write_with_the_wrong_amount_of_data_is_refused(server):
    client = Client(server.path)
    with refused(errno.EINVAL):
        client.request(vu.REGION_WRITE, struct.pack("<QII", 4, vu.CONFIG, 4) + bytes(3))
    with refused(errno.EINVAL):
        client.request(vu.REGION_WRITE, struct.pack("<QII", 4, vu.CONFIG, 2) + bytes(3))


def test_config_space_is_that_of_a_psp(server):
    client = Client(server.path)
    config = client.read(vu.CONFIG, 0, 256)
    assert struct.unpack_from("<HH", config) == (0x1022, 0x1486)
    assert config[9:12] == bytes([0, 0x80, 0x10])
    caps, at = {}, config[0x34]
    while at:
        caps[config[at]] = at
        at = config[at + 1]
    assert set(caps) == {0x01, 0x05, 0x11}
    client.write(vu.CONFIG, 0, b"\xff" * 4)
    assert client.read(vu.CONFIG, 0, 4) == config[:4]
    client.write(vu.CONFIG, 0x18, b"\xff" * 4)
    assert client.read(vu.CONFIG, 0x18, 4) == struct.pack("<I", 0xfff00000)


@pytest.mark.parametrize("kind, caps, irqs", [
    ("msix+msi", {1, 5, 0x11}, (0, 2, 2)), ("msix", {1, 0x11}, (0, 0, 2)),
    ("msi", {1, 5}, (0, 2, 0)), ("intx", {1}, (1, 0, 0))])
def test_kinds_of_interrupts_can_be_chosen(serve, kind, caps, irqs):
    client = Client(serve("--irq", kind).path)
    config = client.read(vu.CONFIG, 0, 256)
    found, at = set(), config[0x34]
    while at:
        found.add(config[at])
        at = config[at + 1]
    assert found == caps
    assert config[0x3d] == irqs[0]
    assert irqs == tuple(struct.unpack("<IIII", client.request(
        vu.IRQ_INFO, struct.pack("<IIII", 16, 0, i, 0)))[3] for i in range(3))


def test_register_accesses_of_other_widths_are_refused(server):
    with machine(server.path) as m:
        feature = m.regs["feature"]
        want = m.get("feature")
        assert want != 0xffffffff
        for offset, count in ((feature, 1), (feature, 2), (feature + 1, 4), (feature + 2, 2)):
            assert m.client.read(vu.BAR2, offset, count) == b"\xff" * count
        assert m.client.read(vu.BAR2, feature - 4, 8)[4:] == struct.pack("<I", want)
        m.client.write(vu.BAR2, m.regs["sev"], b"\0\0")
    assert server.stats()["device"]["bad-access"] == 5


# Guest memory

def status_at(m, addr):
    """Mailbox status of PLATFORM_STATUS with its buffer at ADDR."""
    return m.sev(0x004, addr)


def test_memory_outside_what_is_mapped_is_refused(server):
    with machine(server.path) as m:
        good, end = status_at(m, 0x1000), m.MEMORY
        for addr in (end, end - 4, end + 0x1000, 1 << 40, 0x7fffffffffffe):
            assert status_at(m, addr) not in (None, good), hex(addr)
        assert good == 0


def test_memory_is_gone_after_unmap(server):
    with machine(server.path) as m:
        assert status_at(m, 0x1000) == 0
        m.client.dma_unmap(0, m.MEMORY)
        assert status_at(m, 0x1000) not in (0, None)
        m.client.dma_map(0, m.MEMORY, m.memfd)
        assert status_at(m, 0x1000) == 0
        m.client.dma_unmap(0, 0, flags=2)
        assert status_at(m, 0x1000) not in (0, None)
        assert "memory regions=0" in server.ctl("status")


def test_access_may_cross_two_regions(server):
    with machine(server.path) as m:
        m.client.dma_unmap(0, m.MEMORY)
        m.client.dma_map(0, 0x2000, m.memfd)
        m.client.dma_map(0x2000, 0x2000, m.memfd, offset=0x8000)
        assert status_at(m, 0x1ffa) == 0
        data = m.peek(0x1ffa, 6) + m.peek(0x8000, 6)
        assert struct.unpack("<BBBIBI", data)[:2] == (1, 55)


def test_region_without_a_file_is_refused_for_dma(server):
    with machine(server.path) as m:
        m.client.dma_map(0x40000000, 0x10000)
        assert status_at(m, 0x40000000) not in (0, None)


def test_read_only_memory_is_not_written(server):
    with machine(server.path) as m:
        m.client.dma_map(0x40000000, 0x10000, m.memfd, offset=0x100000, prot=1)
        m.poke(0x100000, b"\xaa" * 12)
        assert status_at(m, 0x40000000) not in (0, None)
        assert m.peek(0x100000, 12) == b"\xaa" * 12


@pytest.mark.parametrize("addr, size, offset, number", [
    (0x1000, 0x1000, 0, errno.EEXIST),           # in the middle of another
    (0x4000000, 0, 0, errno.EINVAL),             # empty
    (0xfffffffffffff000, 0x2000, 0, errno.EINVAL),   # beyond the end of the address space
    (0x4000000, 0x2000000, 0, errno.EINVAL),     # longer than the file
    (0x4000000, 0x1000, 0xfffffffffffff800, errno.EINVAL)])  # beyond its end
def test_bad_maps_are_refused(server, addr, size, offset, number):
    with machine(server.path) as m:
        with refused(number):
            m.client.dma_map(addr, size, m.memfd, offset=offset)
        assert status_at(m, 0x1000) == 0


def test_unmap_must_fit(server):
    with machine(server.path) as m:
        with refused(errno.EINVAL):
            m.client.dma_unmap(0x1000, 0x1000)
        with refused(errno.ENOENT):
            m.client.dma_unmap(0x80000000, 0x1000)
        with refused(errno.EINVAL):
            m.client.dma_unmap(0, m.MEMORY, flags=8)
        assert status_at(m, 0x1000) == 0


def test_map_with_two_files_is_refused(server):
    with machine(server.path) as m:
        with refused(errno.EINVAL):
            m.client.request(vu.DMA_MAP, struct.pack("<IIQQQ", 32, 3, 0, 1 << 32, 0x1000),
                             fds=(m.memfd, m.memfd))


def test_too_many_descriptors_do_not_leak(server):
    with machine(server.path) as m:
        for _ in range(50):
            with refused(errno.EINVAL):
                m.client.request(vu.SET_IRQS,
                                 struct.pack("<IIIII", 20, vu.DATA_EVENTFD | vu.TRIGGER,
                                             vu.MSI, 0, 2), fds=(m.memfd,) * 20)
        assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 24


# Interrupts

@pytest.mark.parametrize("index, start, count", [(vu.MSIX, 0, 3), (vu.MSIX, 2, 1), (vu.INTX, 0, 1),
                                                 (vu.MSI, 0xffffffff, 2), (3, 0, 1), (9, 0, 1)])
def test_vectors_that_do_not_exist_are_refused(server, index, start, count):
    client = Client(server.path)
    with refused(errno.EINVAL):
        client.set_irqs(index, vu.DATA_NONE | vu.TRIGGER, start, count)


def test_descriptors_must_match_the_vectors(server):
    with machine(server.path) as m:
        with refused(errno.EINVAL):
            m.client.set_irqs(vu.MSI, vu.DATA_EVENTFD | vu.TRIGGER, 0, 2, (m.irq.fd,))
        with refused(errno.EINVAL):
            m.client.set_irqs(vu.MSI, vu.DATA_NONE | vu.TRIGGER, 0, 1, (m.irq.fd,))
        with refused(errno.EINVAL):
            m.client.set_irqs(vu.MSIX, vu.DATA_NONE, 0, 1)


@pytest.mark.parametrize("irq", [vu.MSI, vu.MSIX])
def test_interrupt_comes_when_asked_for_and_enabled(server, irq):
    with machine(server.path, irq=irq) as m:
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert not m.irq.wait(0.1), "nothing was enabled"
        m.put("intsts", 0xffffffff)
        m.enable_irq()
        assert m.sev(0x004, 0x1000, irq=False) == 0
        assert not m.irq.wait(0.1), "no interrupt was asked for"
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert m.serve_irq() == 2
        assert m.get("intsts") == 0
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert m.serve_irq() == 2
    assert server.stats()["irqs"]["signalled"] == 2


def test_no_second_message_while_the_status_is_not_cleared(server):
    with machine(server.path) as m:
        m.enable_irq()
        for _ in range(2):
            assert m.sev(0x004, 0x1000, irq=True) == 0
        assert m.irq.wait() == 1
        assert not m.irq.wait(0.1)


def test_vector_can_be_taken_away(server):
    with machine(server.path) as m:
        m.enable_irq()
        m.client.set_irqs(vu.MSIX, vu.DATA_NONE | vu.TRIGGER, 0, 0)
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert not m.irq.wait(0.1)
    assert server.stats()["irqs"] == {"signalled": 0, "unconnected": 1}


def test_pin_masks_itself_until_it_is_unmasked(serve):
    with machine(serve("--irq", "intx").path, irq=vu.INTX) as m:
        m.enable_irq()
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert m.serve_irq() == 2
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert not m.irq.wait(0.1), "the pin is masked"
        m.client.set_irqs(vu.INTX, vu.DATA_NONE | vu.UNMASK, 0, 1)
        assert m.serve_irq() == 2


def test_client_can_trigger_a_vector(server):
    with machine(server.path) as m:
        m.client.set_irqs(vu.MSIX, vu.DATA_NONE | vu.TRIGGER, 0, 1)
        assert m.irq.wait() == 1


# Life of a connection

def test_one_machine_after_another(server):
    for _ in range(3):
        with machine(server.path) as m:
            m.put("sev_lo", 0x1234)
            m.enable_irq()
            assert m.sev(0x004, 0x1000) == 0
        with machine(server.path) as m:
            assert (m.get("sev_lo"), m.get("inten"), m.get("sev")) == (0, 0, 0)
            assert "memory regions=1" in server.ctl("status")
    assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 24


def test_second_machine_at_the_same_time_is_turned_away(server):
    with machine(server.path) as m:
        other = Client(server.path, negotiate=False)
        assert hangs_up(other)
        assert m.platform_status()[0] == 0


def test_reset_clears_the_device_but_not_the_connection(server):
    with machine(server.path) as m:
        m.put("sev_lo", 0x1234)
        m.enable_irq()
        assert m.sev(0x004, 0x1000, irq=True) == 0
        m.irq.wait()
        m.client.request(vu.RESET)
        assert [m.get(r) for r in ("sev_lo", "inten", "intsts", "sev")] == [0, 0, 0, 0]
        m.enable_irq()
        assert m.sev(0x004, 0x1000, irq=True) == 0
        assert m.serve_irq() == 2, "memory and vectors have to survive"
