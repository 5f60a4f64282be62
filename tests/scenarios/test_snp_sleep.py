# SPDX-License-Identifier: GPL-2.0-only
"""An SNP host sleeps, or its driver goes: never is SNP taken away under a guest, and a KVM that
was there all the time has it afterwards as before."""

import pytest

from lab import holder
from lab.kvm import run

pytestmark = [pytest.mark.machine(role="snp-host"), pytest.mark.kernels("6.12", "7.2", "7.3"),
              pytest.mark.sample("6.12", "7.3")]

turin = pytest.mark.machine(role="snp-host", family="turin", psps=("156e,api=1.58.1",))
BDF = "0000:00:10.0"
POLICY = "0x30000"
PM_TEST = ("echo 1 >/sys/module/suspend/parameters/pm_test_delay; "
           "echo 1 >/sys/module/hibernate/parameters/pm_test_delay 2>/dev/null; "
           "echo devices >/sys/power/pm_test; ")


def sleep(vm, state):
    """Sleeps as far as the devices notice. Returns whether it could."""
    return vm.run(f"{PM_TEST}echo {state} >/sys/power/state").status == 0


def launches(vm):
    """Somebody can have an SNP guest."""
    run(vm, f"kvm-snp launch {POLICY}").fine("init", "start", "normal", "finish")


def up_again(vm):
    """SNP is there for the KVM that was there all the time, and so are its guests."""
    assert vm.sev("snp-status")["state"] == "1"
    assert vm.check("cat /sys/firmware/sev/snp/state") == "init"
    launches(vm)


@pytest.mark.parametrize("state", ("freeze", "mem", "disk"))
@pytest.mark.parametrize("client", (f"kvm-snp hold {POLICY}", f"kvm-snp hold-launch {POLICY}"))
def test_guest_keeps_the_machine_awake(snp_kvm, client, state):
    """However deep the sleep is to be, and nothing happens to the guest or to SNP."""
    psp = snp_kvm.psp[0]
    with holder.held(snp_kvm, client):
        psp.mark()
        assert not sleep(snp_kvm, state)
        assert "SEV: encrypted guests (1) would not survive sleep" in snp_kvm.log()
        assert not {"SHUTDOWN", "SNP_SHUTDOWN_EX"} & set(psp.commands())
        assert psp.firmware()["snp-guests"] == 1
    launches(snp_kvm)


@pytest.mark.parametrize("state", ("freeze", "disk"))
def test_snp_is_there_after_sleep(snp_kvm, state):
    """KVM has taken the processors again before its devices wake up. What a guest has left in the
    caches is flushed before."""
    launches(snp_kvm)
    snp_kvm.psp[0].mark()
    assert sleep(snp_kvm, state)
    assert "SNP_SHUTDOWN_EX" in snp_kvm.psp[0].commands()
    up_again(snp_kvm)


def test_snp_is_there_after_suspend_to_ram(snp_kvm):
    """Where the kernel can turn SNP on again; elsewhere the machine stays awake, and says why."""
    can = snp_kvm.spec.kernel != "6.12"
    assert sleep(snp_kvm, "mem") == can
    if not can:
        assert "this kernel can't turn SNP on again after such a sleep" in snp_kvm.log()
    up_again(snp_kvm)
    if not can:
        snp_kvm.check("rmmod kvm_amd")
        assert sleep(snp_kvm, "mem")
        snp_kvm.check("modprobe kvm_amd")
        up_again(snp_kvm)


@turin
@pytest.mark.kernels("7.2", "7.3")
@pytest.mark.parametrize("state", ("freeze", "mem", "disk"))
def test_snp_is_there_after_it_was_off_on_the_processors(snp_kvm, state):
    """Firmware that takes SNP off them: nothing is asked of the table meanwhile."""
    assert sleep(snp_kvm, state)
    up_again(snp_kvm)


@turin
@pytest.mark.kernels("7.2", "7.3")
def test_kvm_comes_and_goes_with_snp_off_on_the_processors(vm):
    """Every page is ordinary once they don't look at the table any more."""
    vm.fresh()
    for _ in range(3):
        vm.check("modprobe kvm_amd")
        launches(vm)
        vm.check("rmmod kvm_amd")
        assert "Leaking" not in vm.log()
    assert vm.check("cat /sys/firmware/sev/leaked_pages") == "0"


def only_guests_without_snp(vm):
    """SNP is not there for a KVM that was there all the time: its other guests are."""
    run(vm, "kvm-guest launch 0").fine("init", "start", "finish")
    assert "start=0,0" not in vm.run(f"kvm-snp launch {POLICY}").text
    assert vm.sev("snp-status")["state"] == "0"
    if vm.spec.kernel != "6.12":
        assert "so only guests without SNP can be started" in vm.log()
    vm.check("rmmod kvm_amd && modprobe kvm_amd")
    up_again(vm)


def test_snp_that_does_not_come_back(vm):
    """Is said at once, no SNP guest starts as if nothing were, and loading KVM again mends it."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    vm.psp[0].fault("cmd=SNP_INIT_EX,status=0x3,count=1")
    assert sleep(vm, "freeze")
    assert "SEV-SNP: not up again after sleep" in vm.log()
    assert vm.check("cat /sys/firmware/sev/snp/off_reason")
    only_guests_without_snp(vm)
    vm.unload()


def test_bound_again_under_kvm(vm):
    """It can't come back while KVM has the processors; nobody else has to wait for that."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    vm.check("; ".join(f"echo {BDF} >/sys/bus/pci/drivers/ccp/{what}" for what in
                       ("unbind", "bind")))
    only_guests_without_snp(vm)
    vm.unload()


def test_unbound_under_a_guest(vm):
    """The driver goes, and SNP stays on the processors and in the firmware."""
    psp = vm.psp[0]
    vm.fresh()
    vm.check("modprobe kvm_amd")
    with holder.held(vm, f"kvm-snp hold {POLICY}"):
        psp.mark()
        vm.check(f"echo {BDF} >/sys/bus/pci/drivers/ccp/unbind")
        assert "SNP_SHUTDOWN_EX" not in psp.commands()
        assert psp.firmware()["snp-guests"] == 1
        assert "left initialised, because there still are guests (1)" in vm.log()
        psp.mark()
        vm.check(f"echo {BDF} >/sys/bus/pci/drivers/ccp/bind")
        assert not {"SHUTDOWN", "SNP_SHUTDOWN_EX"} & set(psp.commands())
        assert "it is still up, with guests that KVM had before" in vm.log()
