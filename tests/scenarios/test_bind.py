# SPDX-License-Identifier: GPL-2.0-only
"""Binding and unbinding at any time, with users who hold /dev/sev open."""

import pytest

from lab.guest import NO_FW_CALL

pytestmark = pytest.mark.sample("5.10", "6.12", "7.3")

BDF = "0000:00:10.0"
DEVICE = f"/sys/bus/pci/devices/{BDF}"
UNBIND = f"echo {BDF} >/sys/bus/pci/drivers/ccp/unbind"
BIND = f"echo {BDF} >/sys/bus/pci/drivers/ccp/bind"
OK = (0, "0", 0)


def _answers(text):
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("errno=")]


def test_unbind_removes_the_node(sev, vm):
    """No PSP, no /dev/sev; the interrupt and the registers are free."""
    vm.check(UNBIND)
    assert "open=ENOENT" in vm.run("sev status").text
    assert vm.run("grep -e psp /proc/interrupts || grep ccp /proc/iomem || "
                  f"test -e {DEVICE}/fused_part").status
    vm.check(BIND)
    assert sev("status").outcome == OK


def test_open_descriptors_survive(sev, vm):
    """A descriptor that was open answers that there is no device, and works again later."""
    assert sev("status").outcome == OK
    text = vm.check(f"exec 5<>/dev/sev\nsev --fd 5 status\n{UNBIND}\nsev --fd 5 status\n"
                    f"sev --fd 5 pek-gen\n{BIND}\nsev --fd 5 status\nsev --fd 5 pek-gen")
    assert _answers(text) == ["0", "ENODEV", "ENODEV", "0", "0"]
    errors = [line for line in text.splitlines() if line.startswith("error=")]
    assert errors[1:3] == [f"error={NO_FW_CALL:#x}"] * 2


def test_many_times(sev, vm):
    """Thirty times in a row."""
    vm.check(f"for i in $(seq 30); do {UNBIND}; {BIND}; done")
    assert sev("pek-csr").outcome == OK
    assert len(vm.check("ls -d /sys/class/misc/sev").split()) == 1


def test_unbind_waits_for_the_command_in_flight(sev, vm):
    """The command ends well, then the device goes."""
    assert sev("status").outcome == OK
    vm.psp[0].fault("cmd=GET_ID,delay=1500,count=1")
    text = vm.check(f"sev get-id2 >/tmp/one & sleep 0.5; {UNBIND}; wait; cat /tmp/one")
    assert _answers(text) == ["0"]
    vm.check(BIND)
    assert sev("status").outcome == OK


def test_unbind_under_load(sev, vm):
    """Users get an answer, or that there is no device; never anything else."""
    assert sev("status").outcome == OK
    # The first time it is gone for long enough to be noticed by all of them.
    output = vm.check("sev --threads 6 --seconds 4 --fd 5 stress 5<>/dev/sev >/tmp/results &\n"
                      f"sleep 0.3; {UNBIND}; sleep 0.3; {BIND}\n"
                      f"for i in $(seq 15); do {UNBIND}; {BIND}; done\nwait; cat /tmp/results")
    results = {line.partition("/")[2].partition("=")[0] for line in output.splitlines()
               if "/" in line}
    assert results == {"0/0", f"ENODEV/{NO_FW_CALL:#x}"}
    assert sev("pek-gen").outcome == OK


def test_unbind_shuts_the_platform_down(sev, vm):
    """Whoever comes after finds the platform as it was at boot."""
    vm.unload()
    vm.check("modprobe kvm_amd")
    assert sev("status")["state"] == "1"
    vm.psp[0].mark()
    vm.check(UNBIND)
    assert vm.psp[0].commands()[-1] == "SHUTDOWN"
    vm.unload()
    vm.load("psp_init_on_probe=0")
    assert sev("status")["state"] == "0"


def test_kvm_without_a_psp(sev, vm):
    """KVM stays usable when the PSP goes, and can be unloaded."""
    assert sev("status").outcome == OK
    vm.check(f"modprobe kvm_amd && {UNBIND} && test -c /dev/kvm && rmmod kvm_amd && {BIND}")
    assert sev("status").outcome == OK


def test_the_device_goes_away(sev, vm):
    """Removed from the bus and found again."""
    assert sev("status").outcome == OK
    text = vm.check(f"exec 5<>/dev/sev\necho 1 >{DEVICE}/remove\nsev --fd 5 status\n"
                    "echo 1 >/sys/bus/pci/rescan\nsev --fd 5 status")
    assert _answers(text) == ["ENODEV", "0"]


def test_module_goes_after_unbind(sev, vm):
    """Unbinding doesn't let the module go under an open descriptor."""
    assert sev("status").outcome == OK
    vm.params = None
    vm.check(f"exec 5</dev/sev\n{UNBIND}\n! rmmod ccp 2>/dev/null\nexec 5<&-\nrmmod ccp")
    vm.load()
    assert sev("status").outcome == OK


@pytest.mark.parametrize("state", ["fused_part", "bootloader_version"])
def test_attributes_come_and_go(sev, vm, state):
    """The device's attributes exist while it is bound."""
    assert sev("status").outcome == OK
    vm.check(f"test -e {DEVICE}/{state} && {UNBIND} && ! test -e {DEVICE}/{state} && {BIND} "
             f"&& cat {DEVICE}/{state}")
