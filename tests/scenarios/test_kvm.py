# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own modules on top of ours, and the order of unloading."""

import pytest

BDF = "0000:00:10.0"
OK = (0, "0", 0)

pytestmark = [pytest.mark.stock(), pytest.mark.column("kvm_amd")]

# Debian's older kernels have no amdtee.
needs_amdtee = pytest.mark.kernels("6.12", "7.2", "7.3")


def test_kvm_amd_has_sev(vm):
    """What KVM says about SEV, with the ASIDs of the CPU."""
    vm.fresh()
    old = vm.spec.kernel == "5.10"
    # KVM of 5.10 leaves SEV off unless told, and has no SEV-ES.
    vm.check(f"modprobe kvm_amd {'sev=1' if old else ''} && test -c /dev/kvm")
    log = vm.log()
    if old:
        assert "SEV supported" in log
    else:
        assert "SEV enabled (ASIDs 100 - 509)" in log
        assert "SEV-ES enabled (ASIDs 1 - 99)" in log
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev") in ("Y", "1")
    assert f"ccp {BDF}: SEV API:1.55 build:21" in log


def test_kvm_amd_loads_it(vm):
    """Loading KVM is enough: modprobe finds the driver."""
    vm.unload()
    vm.check("modprobe kvm_amd")
    vm.params = ()
    assert vm.loaded("ccp")
    assert vm.sev("status").outcome == OK
    if vm.ours:
        assert vm.check("cat /sys/module/ccp/taint") == "OE"


def test_kvm_amd_keeps_it(vm):
    """The driver can't be unloaded before KVM, and can be after it."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.check("ls /sys/module/ccp/holders") == "kvm_amd"
    assert vm.run("rmmod ccp").status
    vm.check("rmmod kvm_amd && rmmod ccp")
    vm.params = None


def test_kvm_amd_comes_and_goes(vm):
    """Several times, with the driver loaded all the time."""
    vm.fresh()
    vm.check("for i in 1 2 3; do modprobe kvm_amd && test -c /dev/kvm && rmmod kvm_amd || exit; "
             "done")
    assert vm.sev("status").outcome == OK


def test_kvm_amd_without_sev_support(vm):
    """KVM told not to use SEV."""
    vm.fresh()
    vm.check("modprobe kvm_amd sev=0 && test -c /dev/kvm && rmmod kvm_amd")
    assert vm.sev("status").outcome == OK


def test_kvm_amd_on_a_psp_that_hangs(vm):
    """KVM loads within the timeout and works without SEV guests."""
    vm.fresh("psp_init_on_probe=0", "psp_cmd_timeout=1", "psp_probe_timeout=1")
    vm.psp[0].fault("cmd=any,hang")
    assert vm.sev("status").outcome[:2] == (-1, "ETIMEDOUT")
    vm.check("modprobe kvm_amd && test -c /dev/kvm && rmmod kvm_amd")


def test_ccp_crypto_finds_its_symbols(vm):
    """It links, and finds no queues to use."""
    vm.fresh()
    output = vm.run("modprobe ccp-crypto 2>&1")
    assert output.status
    assert "No such device" in output.text
    assert "Unknown symbol" not in vm.log()
    assert "disagrees about version" not in vm.log()


@needs_amdtee
def test_amdtee_needs_a_tee(vm):
    """This PSP has none: it links, and says that there is no device."""
    vm.fresh()
    output = vm.run("modprobe amdtee 2>&1")
    assert output.status
    assert "No such device" in output.text
    assert "Unknown symbol" not in vm.log()
    assert "disagrees about version" not in vm.log()


@needs_amdtee
@pytest.mark.machine(psps=("14ca",))
def test_amdtee_on_a_tee(vm):
    """The TEE driver on a PSP that has a TEE, beside KVM."""
    vm.fresh()
    assert "tee enabled" in vm.log()
    vm.check("modprobe amdtee && modprobe kvm_amd")
    assert set(vm.check("ls /sys/module/ccp/holders").split()) == {"amdtee", "kvm_amd"}
    assert vm.sev("pek-csr").outcome == OK
    vm.check("test -c /dev/tee0 && rmmod amdtee && rmmod kvm_amd && rmmod ccp")
    vm.params = None
