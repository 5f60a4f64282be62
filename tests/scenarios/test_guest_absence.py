# SPDX-License-Identifier: GPL-2.0-only
"""Machines that are no SNP guests: modprobe fails, and the log says what they are."""

import pytest

# Kernels before 5.19 have no such driver.
pytestmark = pytest.mark.sample("6.1", "7.3")


def why(vm):
    """What the log says of a driver that is not to be loaded."""
    assert vm.run("modprobe sev-guest").status
    assert not vm.loaded("sev_guest")
    return vm.log().rpartition("sev-guest: not loaded: ")[2]


def test_host(vm):
    """A machine that is not virtual."""
    assert why(vm) == "this is no virtual machine; the driver is for SNP guests"


@pytest.mark.machine(role="plain", psps=())
def test_plain_guest(vm):
    """A virtual machine without SEV."""
    assert why(vm) == ("SEV is not active in this guest: have the hypervisor start it as an "
                       "SNP guest")
