# SPDX-License-Identifier: GPL-2.0-only
"""What /dev/sev says to bad arguments: the documented errno, and the firmware isn't asked."""

import time

import pytest

from lab.guest import NO_FW_CALL

pytestmark = [pytest.mark.column("ioctls"), pytest.mark.sample("5.10", "6.12")]

KERNEL_ADDRESS = "0xffff888000001000"
NOT_CANONICAL = "0x8000000000000000"
UNMAPPED = "0x1000"
BLOB_MAX = 16 * 1024

STOCK = pytest.mark.stock()

# Each command that takes a struct, and whether the firmware is asked before it is copied back.
WITH_DATA = ("status", "pek-csr", "pdh-export", "pek-import", "get-id", "get-id2", "snp-status")
ANSWERS_ONLY = ("status", "get-id", "snp-status")
WRITERS = ("factory-reset", "pek-gen", "pek-csr", "pdh-gen", "pek-import", "snp-config",
           "snp-vlek-load")


class Untouched:
    """The firmware must not be asked for anything inside this context."""

    def __init__(self, vm, *but):
        self._vm = vm
        self._but = set(but)

    def __enter__(self):
        self._vm.psp[0].clear_counts()

    def __exit__(self, kind, *_):
        if not kind:
            asked = set(self._vm.psp[0].counts()) - self._but
            assert not asked, f"the firmware was asked for {asked}"


def _refused(answer, errno):
    assert answer.outcome == (-1, errno, NO_FW_CALL), answer


@pytest.mark.parametrize("entry", [(), ("--ia32",)], ids=["64-bit", "32-bit"])
@pytest.mark.parametrize("number", ["0", "0x5300", "0xc0105301", "0xc0145300", "0x80105300",
                                    "0xc0105400"])
def test_other_ioctl(sev, vm, number, entry):
    """Any other ioctl is none of ours."""
    with Untouched(vm):
        answer = sev(*entry, "--ioctl", number, "status")
    assert answer.outcome == (-1, "ENOTTY", None)


@STOCK
@pytest.mark.parametrize("number", [13, 14, 255, 0x7fffffff, 0xffffffff])
def test_unknown_command(sev, vm, number):
    """A command that isn't there."""
    with Untouched(vm):
        answer = sev("raw", number)
    if vm.ours:
        _refused(answer, "EINVAL")
    assert answer.outcome[:2] == (-1, "EINVAL")


@STOCK
@pytest.mark.parametrize("address", [0, UNMAPPED, KERNEL_ADDRESS, NOT_CANONICAL])
def test_argument_not_there(sev, vm, address):
    """The ioctl's own argument can't be read."""
    with Untouched(vm):
        answer = sev("--arg", address, "status")
    assert answer.outcome == (-1, "EFAULT", None)


@pytest.mark.parametrize("entry", [(), ("--ia32",)], ids=["64-bit", "32-bit"])
@pytest.mark.parametrize("command", WITH_DATA)
def test_without_data(sev, vm, command, entry):
    """NULL for the command's struct."""
    with Untouched(vm):
        answer = sev(*entry, "--data", 0, command)
    _refused(answer, "EINVAL" if command == "snp-status" else "EFAULT")


@pytest.mark.parametrize("address", [UNMAPPED, KERNEL_ADDRESS, NOT_CANONICAL])
@pytest.mark.parametrize("command", WITH_DATA)
def test_data_not_there(sev, vm, command, address):
    """A bad address for the command's struct. It is seen late where the struct is only
    written: then the status tells that the firmware was asked."""
    answer = sev("--data", address, command)
    assert answer.outcome[:2] == (-1, "EFAULT")
    assert answer.error in ((NO_FW_CALL, 0) if command in ANSWERS_ONLY else (NO_FW_CALL,))
    assert vm.sev("status")["state"] == "0"


@STOCK
@pytest.mark.parametrize("command", WITH_DATA)
def test_data_not_there_like_in_tree(sev, command):
    """The errno for it."""
    assert sev("--data", UNMAPPED, command).outcome[:2] == (-1, "EFAULT")


@STOCK
@pytest.mark.parametrize("command", ["pek-csr", "pek-import"])
def test_without_data_and_read_only(sev, command):
    """The descriptor is looked at first."""
    assert sev("--ro", "--data", 0, command).outcome[:2] == (-1, "EPERM")


@pytest.mark.parametrize("command", [*WRITERS, "snp-commit"])
def test_read_only_descriptor(sev, vm, command):
    """What changes the platform needs a descriptor that is open for writing."""
    with Untouched(vm):
        answer = sev("--ro", command)
    _refused(answer, "EPERM")


@STOCK
@pytest.mark.parametrize("command", WRITERS[:5])
def test_read_only_descriptor_like_in_tree(sev, vm, command):
    """The same, as far as the in-tree driver does it."""
    with Untouched(vm):
        assert sev("--ro", command).outcome[:2] == (-1, "EPERM")


@STOCK
def test_export_doesn_t_initialise_for_a_reader(sev, vm):
    """Exporting certificates needs an initialised platform: only a writer gets it so."""
    with Untouched(vm, "PLATFORM_STATUS"):
        answer = sev("--ro", "pdh-export")
    assert answer.outcome[:2] == (-1, "EPERM")
    if vm.ours:
        assert answer.error == NO_FW_CALL


@STOCK
@pytest.mark.parametrize("command", ["status", "get-id", "get-id2", "snp-status"])
def test_readers_may_look(sev, command):
    """What changes nothing works with any descriptor."""
    assert sev("--ro", command)["ret"] == "0"


@STOCK
@pytest.mark.parametrize("args, errno", [
    (("--len", BLOB_MAX + 1, "pek-csr"), "EFAULT"),
    (("--len", 0xffffffff, "--addr", UNMAPPED, "pek-csr"), "EFAULT"),
    (("--len", BLOB_MAX + 1, "pdh-export"), "EFAULT"),
    (("--len2", BLOB_MAX + 1, "pdh-export"), "EFAULT"),
    (("--len", BLOB_MAX + 1, "pek-import"), "EINVAL"),
    (("--len2", BLOB_MAX + 1, "pek-import"), "EINVAL"),
    (("--len", 0, "pek-import"), "EINVAL"),
    (("--len2", 0, "pek-import"), "EINVAL"),
    (("--addr", 0, "pek-import"), "EINVAL"),
    (("--addr2", 0, "pek-import"), "EINVAL"),
    (("--addr", KERNEL_ADDRESS, "pek-csr"), "EFAULT"),
    (("--addr", KERNEL_ADDRESS, "pdh-export"), "EFAULT"),
    (("--addr2", KERNEL_ADDRESS, "pdh-export"), "EFAULT"),
    (("--addr", KERNEL_ADDRESS, "pek-import"), "EFAULT"),
    (("--addr2", UNMAPPED, "pek-import"), "EFAULT"),
    (("--addr", KERNEL_ADDRESS, "get-id2"), "EFAULT"),
])
def test_buffers(sev, vm, args, errno):
    """Lengths and addresses of the buffers that the struct points to."""
    if not vm.ours:
        assert sev(*args).outcome[:2] == (-1, errno)
        return
    with Untouched(vm):
        answer = sev(*args)
    _refused(answer, errno)


@pytest.mark.parametrize("command", ["get-id2", "pek-csr"])
def test_buffer_that_can_t_be_written(sev, vm, command):
    """The answer can't be delivered: the status tells that the firmware had given it."""
    assert sev("--addr", UNMAPPED, command).outcome == (-1, "EFAULT", 0)
    assert vm.sev("status")["state"] == "0"


def test_huge_room_for_the_id(sev):
    """A larger buffer than any id needs is no error."""
    answer = sev("--len", 0xffffff, "get-id2")
    assert (answer["ret"], answer["id_len"]) == ("0", "64")


def test_says_what_is_wrong(sev, vm):
    """The log names the command, and what to do."""
    for args, line in ((("--ro", "pek-gen"),
                        "SEV: SEV_PEK_GEN changes the platform: open /dev/sev for writing"),
                       (("raw", 77), "SEV: /dev/sev has no command 77")):
        # Of each kind only ten lines come in five seconds, and other tests have caused some.
        deadline = time.monotonic() + 15
        sev(*args)
        while line not in vm.log():
            assert time.monotonic() < deadline, vm.log()
            time.sleep(1)
            sev(*args)


@STOCK
def test_unprivileged(sev, vm):
    """Who may not open the node gets nowhere; an inherited descriptor works."""
    assert sev("status")["ret"] == "0"
    assert "open=EACCES" in vm.run("su nobody -s /bin/sh -c 'sev status'").text
    text = vm.check("su nobody -s /bin/sh -c 'sev --fd 5 status' 5</dev/sev")
    assert "ret=0" in text


@STOCK
def test_other_operations(sev, vm):
    """The node is for ioctls only."""
    sev("status")
    assert vm.run("dd if=/dev/sev of=/dev/null bs=1 count=1").status
    assert vm.run("echo x >/dev/sev").status
