# SPDX-License-Identifier: GPL-2.0-only
"""Every processor whose PSP the driver knows, several PSPs at once, and which one is used."""

import pytest

OK = (0, "0", 0)

# PCI id: whether there is a PSP, SEV, and a TEE in it. The slots are in this order, the kinds
# of interrupts in turn.
PARTS = {
    "1537": (False, False, False),
    "1468": (False, False, False),
    "15df": (True, False, True),
    "15c7": (True, False, True),
    "1649": (True, False, True),
    "1134": (True, False, True),
    "17e0": (True, False, True),
    "115a": (True, False, True),
    "1486": (True, True, False),
    "1456": (True, True, False),
    "14ca": (True, True, True),
    "156e": (True, True, True),
    "17d8": (True, True, True),
}
KINDS = ("msix", "msi", "intx")
IDS = tuple(PARTS)
SEV_IDS = tuple(pci_id for pci_id, (_, sev, _) in PARTS.items() if sev)

# The in-tree drivers know fewer and can't do without message signalled interrupts.
ALL = pytest.mark.machine(psps=tuple(f"{pci_id},irq={KINDS[number % 3]}"
                                     for number, pci_id in enumerate(IDS)))
TWO = pytest.mark.machine(psps=("156e", "1486"))
kernels = pytest.mark.sample("5.10", "7.3")


def _bdf(pci_id):
    return f"0000:00:{0x10 + IDS.index(pci_id):02x}.0"


def _only(vm, *pci_ids, params=()):
    """Loads the driver for these devices, as if there were no others."""
    vm.unload()
    vm.check("for d in /sys/bus/pci/devices/*; do\n"
             "read v <$d/vendor; read i <$d/device\n"
             f"case $v:${{i#0x}} in {'|'.join(f'0x1022:{i}' for i in pci_ids)}) echo;; "
             "*) echo none;; esac >$d/driver_override; done")
    for psp in vm.psp:
        psp.reset()
    vm.mark(f"only {pci_ids}")
    vm.load(*params)


@ALL
@kernels
@pytest.mark.parametrize("pci_id", IDS)
def test_alone(vm, pci_id):
    """It is bound, says what it has, works if it has SEV, and goes without a trace."""
    psp, sev, tee = PARTS[pci_id]
    bdf = _bdf(pci_id)
    kind = KINDS[IDS.index(pci_id) % 3]
    _only(vm, pci_id)
    assert vm.check("ls /sys/bus/pci/drivers/ccp | grep :").split() == [bdf]
    log = vm.log()
    assert (f"ccp {bdf}: psp enabled" in log) == psp
    assert (f"ccp {bdf}: sev enabled" in log) == sev
    assert (f"ccp {bdf}: tee enabled" in log) == tee
    assert (f"ccp {bdf}: psp: does not support SEV" in log) == (psp and not sev)
    assert ("the PSP is polled" in log) == (psp and kind == "intx")
    if sev:
        assert vm.sev("--repeat", 5, "status").outcome == OK
        assert vm.sev("pek-csr").outcome == OK
        assert "timed out" not in vm.log()
    else:
        assert vm.run("test -e /dev/sev").status
    vm.unload()
    assert vm.run("grep -e psp -e ccp /proc/interrupts /proc/iomem").status


@ALL
@kernels
def test_all_at_once(vm):
    """Each is bound; the SEV commands of all go to the one with the lowest address."""
    _only(vm, *IDS)
    bound = vm.check("ls /sys/bus/pci/drivers/ccp | grep :").split()
    assert sorted(bound) == sorted(_bdf(pci_id) for pci_id in IDS)
    for psp in vm.psp:
        psp.clear_counts()
    assert vm.sev("--repeat", 3, "status").outcome == OK
    asked = [pci_id for pci_id, psp in zip(IDS, vm.psp) if psp.counts()]
    assert asked == [SEV_IDS[0]]
    assert vm.log().count("SEV API:") == 1


@ALL
@kernels
def test_probed_in_any_order(vm):
    """With async_probe none is spoken to before it is known which has the lowest address."""
    for _ in range(5):
        _only(vm, *SEV_IDS, params=("async_probe=1",))
        asked = [pci_id for pci_id, psp in zip(IDS, vm.psp) if psp.counts()]
        assert asked == [SEV_IDS[0]]
        assert vm.log().count("SEV API:") == 1
        assert vm.sev("status").outcome == OK


@ALL
@kernels
def test_master_is_unbound(vm):
    """The commands don't go to another socket's PSP, where they would hang; they are back
    with the first one."""
    _only(vm, *IDS)
    first, second = SEV_IDS[:2]
    driver = "/sys/bus/pci/drivers/ccp"
    other = vm.psp[IDS.index(second)]
    other.clear_counts()
    text = vm.check(f"exec 5<>/dev/sev\necho {_bdf(first)} >{driver}/unbind\nsev --fd 5 status\n"
                    f"echo {_bdf(second)} >{driver}/unbind\nsev --fd 5 status\n"
                    f"echo {_bdf(first)} >{driver}/bind\nsev --fd 5 status\n"
                    f"echo {_bdf(second)} >{driver}/bind\nsev --fd 5 status")
    errors = [line.partition("=")[2] for line in text.splitlines() if line.startswith("errno=")]
    assert errors == ["ENODEV", "ENODEV", "0", "0"]
    assert other.counts() == {}


@ALL
@kernels
def test_others_may_go(vm):
    """Unbinding any PSP but the master's disturbs nobody."""
    _only(vm, *IDS)
    others = " ".join(_bdf(pci_id) for pci_id in IDS if pci_id != SEV_IDS[0])
    vm.check(f"cd /sys/bus/pci/drivers/ccp && for d in {others}; do echo $d >unbind; "
             "sev status | grep -q ret=0 || exit; done")
    vm.check(f"cd /sys/bus/pci/drivers/ccp && for d in {others}; do echo $d >bind; "
             "sev status | grep -q ret=0 || exit; done")


@TWO
@pytest.mark.stock()
@pytest.mark.kernels("6.12", "7.3")
def test_two_sockets(vm):
    """The lowest address is the master's, also for the in-tree driver."""
    vm.fresh()
    for psp in vm.psp:
        psp.clear_counts()
    assert vm.sev("status").outcome == OK
    assert vm.psp[0].counts() == {"PLATFORM_STATUS": 1}
    assert vm.psp[1].counts() == {}


@TWO
@pytest.mark.kernels("6.12", "7.3")
def test_a_lower_one_comes_later(vm):
    """Found while the module is loaded: it becomes the master."""
    vm.unload()
    vm.check("echo none >/sys/bus/pci/devices/0000:00:10.0/driver_override")
    vm.load()
    vm.psp[1].clear_counts()
    assert vm.sev("status").outcome == OK
    assert vm.psp[1].counts() == {"PLATFORM_STATUS": 1}
    vm.check("echo >/sys/bus/pci/devices/0000:00:10.0/driver_override\n"
             "echo 0000:00:10.0 >/sys/bus/pci/drivers/ccp/bind")
    for psp in vm.psp:
        psp.clear_counts()
    assert vm.sev("status").outcome == OK
    assert vm.psp[0].counts() == {"PLATFORM_STATUS": 1}
    assert vm.psp[1].counts() == {}
    vm.unload()
