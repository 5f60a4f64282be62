# SPDX-License-Identifier: GPL-2.0-only
"""Kernels whose kvm_amd asks for the platform only when a guest is created, as from 6.9 to 6.15:
SNP has to be there before KVM takes the processors, so it is the module that has it initialised.

The matrix has no such kernel with SNP. The modules are built as if 6.12 were one; that its KVM
asks at load all the same changes nothing any more.
"""

import pytest

from test_kvm_snp import LAUNCHED, POLICY, run

OK = (0, "0", 0)
UNINIT, INIT = "0", "1"

pytestmark = [pytest.mark.machine(role="snp-host", probe_no="sev_platform_shutdown"),
              pytest.mark.kernels("6.12")]


def states(vm):
    """Of SNP and of the legacy platform."""
    return vm.sev("snp-status")["state"], vm.sev("status")["state"]


def test_module_has_both_initialised(vm):
    """Before there is a KVM, and once."""
    vm.fresh()
    assert states(vm) == (INIT, INIT)
    assert not vm.loaded("kvm_amd")
    commands = vm.psp[0].commands()
    assert commands.index("SNP_INIT_EX") < commands.index("INIT")

    vm.psp[0].mark()
    vm.check("modprobe kvm_amd")
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev_snp") == "Y"
    assert not {"SNP_INIT_EX", "INIT"} & set(vm.psp[0].commands())
    assert run(vm, f"launch {POLICY}") == LAUNCHED


def test_snp_does_not_wait_for_first_use(vm):
    """psp_init_on_probe=0 is about the legacy platform: SNP can't come later."""
    vm.fresh("psp_init_on_probe=0")
    assert states(vm) == (INIT, UNINIT)
    vm.check("modprobe kvm_amd")
    assert run(vm, f"launch {POLICY}") == LAUNCHED


def test_snp_does_not_wait_for_a_file(vm):
    """Nor does the file for INIT_EX, which may be missing so early, hold it up."""
    vm.fresh("init_ex_path=/root/nowhere/file")
    assert states(vm) == (INIT, UNINIT)


def test_goes_with_the_module(vm):
    """What the module has had initialised it has shut down."""
    vm.fresh()
    vm.psp[0].mark()
    vm.unload()
    commands = vm.psp[0].commands()
    assert commands.index("SHUTDOWN") < commands.index("SNP_SHUTDOWN_EX") == len(commands) - 1
    vm.load()
    assert states(vm) == (INIT, INIT)
