# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with the drivers of 6.1 and 6.12 themselves, shown on them, and then that it is
not so with ours. Each test says the same of both, but for one word."""

import re

import pytest

from lab.attest import MACHINE, Attest
from lab.module import Mishap

pytestmark = [pytest.mark.machine(**MACHINE), pytest.mark.kernels("6.1", "6.12")]


@pytest.fixture(name="guest")
def _guest(vm):
    guest = Attest(vm)
    guest.unload()
    return guest


@pytest.fixture(params=["stock", "ours"])
def modules(request):
    """Whose driver."""
    return request.param


@pytest.mark.parametrize("memory", ["arg", "req", "resp", "certs"])
def test_user_memory_that_does_not_come_stops_others(guest, vm, modules, memory):
    """One program's page is missing (userfaultfd, FUSE, a slow disk): meanwhile another one gets
    no report. The argument is read before the lock is taken."""
    guest.load(modules)
    done = vm.run(f"snp-slow {memory}")
    said = dict(line.split("=") for line in done.text.splitlines())
    stopped = modules == "stock" and memory != "arg"
    assert (done.status, said["others"]) == ((1, "0") if stopped else (0, "5"))
    # When the page is there all is well.
    assert (said["others_status"], said["ret"], said["errno"]) == ("0", "0", "0")


# Of struct aead_request: where the text goes, and the second piece of it, behind the header.
PROBE = "p:cipher crypto_aead_decrypt head=+0(+72(%di)):x64 text=+32(+72(%di)):x64"
TRACING = "/sys/kernel/tracing"

# 1 GiB has page structures of 16 MiB.
PAGES_SIZE = 16 << 20


def test_key_is_decrypted_into_the_stack(guest, vm, modules):
    """The cipher is given a page for a derived key that is none, because it was computed from an
    address on the stack, which is mapped elsewhere (VMAP_STACK). That works by luck."""
    vm.check(f"[ -e {TRACING}/trace ] || mount -t tracefs none {TRACING}; "
             f"echo '{PROBE}' >{TRACING}/kprobe_events")
    try:
        guest.load(modules)
        vm.check(f"echo >{TRACING}/trace; echo 1 >{TRACING}/events/kprobes/cipher/enable")
        assert guest.good("key")
        trace = vm.check(f"grep crypto_aead {TRACING}/trace; true")
    finally:
        vm.check(f"echo 0 >{TRACING}/events/kprobes/cipher/enable; echo >{TRACING}/kprobe_events")
    where = [(int(head, 16) & ~3, int(text, 16) & ~3)
             for head, text in re.findall(r"head=(0x\w+) text=(0x\w+)", trace)]
    assert where, trace
    is_page = {abs(head - text) < PAGES_SIZE for head, text in where}
    assert is_page == {modules == "ours"}


def test_shared_page_goes_back_to_the_allocator(guest, vm, modules):
    """Making pages shared fails when some of them are already. Whoever gets them next writes
    private data where the host reads it."""
    with Mishap(vm, "share=1") as mishap:
        vm.run("modprobe sev-guest" if modules == "ours" else guest.STOCK)
        assert vm.run("test -e /dev/sev-guest").status
        shared, freed = mishap.number("shared"), mishap.number("freed")
        guest.unload()
    assert shared
    assert freed == (shared if modules == "stock" else 0)
    if modules == "ours":
        assert "they are given up, as the host may see them" in vm.log()
    guest.load()
    assert guest.good("report")


def ciphers(vm):
    """Users of each driver of the cipher, and whether it works asynchronously."""
    found = {}
    for block in vm.check("cat /proc/crypto").split("\n\n"):
        values = dict(re.findall(r"^(\w+) *: (.*)$", block, re.M))
        if values.get("name") == "gcm(aes)":
            found[values["driver"]] = int(values["refcnt"]), values.get("async") == "yes"
    return found


def test_cipher_is_not_given_back(guest, vm, modules):
    """The device node can't be made; each time that is tried a cipher is left over."""
    guest.load(modules)
    guest.unload()
    before = ciphers(vm)
    with Mishap(vm, "name=sev-guest"):
        for _ in range(3):
            vm.run("modprobe sev-guest" if modules == "ours" else guest.STOCK)
            guest.unload()
        after = ciphers(vm)
    # Two nodes of one name: the kernel complains at length, and of nothing else.
    assert all("cannot create duplicate filename" in text for text in vm.complaints())
    left = sum(after[driver][0] - before[driver][0] for driver in before)
    # insmod tries in two ways.
    assert left >= 3 if modules == "stock" else left == 0


def test_secrets_stay_mapped(guest, vm, modules):
    """One more mapping of the page with the keys each time that the driver is loaded."""
    def mappings():
        return int(vm.check("grep -c ioremap /proc/vmallocinfo"))

    guest.load(modules)
    guest.unload()
    before = mappings()
    for _ in range(3):
        guest.load(modules)
        guest.unload()
    assert mappings() - before == (3 if modules == "stock" else 0)


@pytest.mark.parametrize("aesni", [False, True], ids=["plain", "aesni"])
def test_cipher_may_be_that_of_a_device(guest, vm, modules, aesni):
    """A device that offers AES-GCM, asynchronously, is told the key, and then all messages: its
    driver has the highest priority."""
    # Kernels load it by themselves if the processor has the instructions.
    if aesni:
        vm.check("modprobe aesni-intel")
    with Mishap(vm, "cipher=1") as mishap:
        guest.load(modules)
        assert guest.good("report")
        keys = mishap.number("keys")
        guest.unload()
    assert keys == (1 if modules == "stock" else 0)
