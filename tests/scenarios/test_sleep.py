# SPDX-License-Identifier: GPL-2.0-only
"""Sleep and awakening of the machine, as far as its devices notice: the kernel's own test
mode suspends them, waits and resumes them."""

import pytest

from test_kvm_guests import run

# On 5.10 KVM leaves SEV off unless told, and has SEV guests all the same.
pytestmark = pytest.mark.sample("5.10", "6.12", "7.3")

OK = (0, "0", 0)
UNINIT = "0"
SLEEP = ("echo 1 >/sys/module/suspend/parameters/pm_test_delay; "
         "echo devices >/sys/power/pm_test; echo mem >/sys/power/state")


def test_platform_is_shut_down_before_sleep(sev, vm):
    """The PSP loses its state meanwhile, and the driver does not go by what it was."""
    vm.fresh()
    vm.check("modprobe kvm_amd sev=1")
    sev("pdh-gen")
    vm.psp[0].mark()
    vm.check(SLEEP)
    assert "SHUTDOWN" in vm.psp[0].commands()
    vm.psp[0].reset()
    assert sev("status")["state"] == UNINIT
    assert sev("pdh-gen").outcome == OK
    vm.unload()


def test_guests_can_be_launched_after_sleep(vm):
    """KVM does not know that the platform was down meanwhile."""
    vm.fresh()
    vm.check("modprobe kvm_amd sev=1")
    vm.check(SLEEP)
    run(vm, "launch 0").fine("init", "start", "update", "measure", "finish")
    vm.unload()


def test_mailbox_works_after_sleep(sev, vm):
    """Commands end by interrupt as before."""
    assert sev("status").outcome == OK
    vm.check(SLEEP)
    vm.mark("awake")
    assert sev("pek-csr").outcome == OK
    assert sev("get-id2").outcome == OK
    assert "interrupt" not in vm.log()


def test_machine_stays_awake_for_a_guest(vm):
    """A guest's keys are lost with the PSP's power, so sleep is refused with a sentence."""
    vm.fresh()
    vm.check("modprobe kvm_amd sev=1")
    vm.mark("sleep")
    output = vm.run(f"kvm-guest hold 0 >/tmp/hold & while ! grep -q holding /tmp/hold; do "
                    f"sleep 0.2; done; {SLEEP}; echo status=$?; kill %1; wait")
    assert "status=0" not in output.text
    assert "encrypted guests (1) would not survive sleep" in vm.log()
    run(vm, "launch 0").fine("init", "start", "finish")
    vm.unload()
