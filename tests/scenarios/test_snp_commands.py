# SPDX-License-Identifier: GPL-2.0-only
"""The life of an SNP guest by what the driver exports, also where KVM knows nothing of SNP. A
module of ours does what KVM does elsewhere."""

import re

import pytest

from lab import digest
from lab.module import Module

OK = (0, 0)
EIO = 5
POLICY_FAILURE, ACTIVE, INVALID_PAGE_STATE, INVALID_ASID = 0x7, 0x12, 0x1a, 0xd
POLICY, POLICY_DEBUG = 0x30000, 0xb0000
ASID = 5
RUNNING = 2
ALLOW_BRINGUP = ("5.10", "6.1")

# What the module launches.
LAYOUT = ((digest.NORMAL, 0x1000), (digest.NORMAL, 0x2000), (digest.ZERO, 0x5000),
          (digest.UNMEASURED, 0x6000), (digest.SECRETS, 0x7000), (digest.CPUID, 0x8000),
          (digest.VMSA, 0x9000))
PAGES = ("normal", "second", "zero", "unmeasured", "secrets", "cpuid", "vmsa")
LAUNCH = ("memory", "create", "start", "activate", "give", *PAGES, "finish", "status")
REFUSED = {"twice": (EIO, INVALID_PAGE_STATE), "activate-again": (EIO, ACTIVE)}
END = {"decommission": OK, "flush": OK}

# The kernel's own modules export what it takes from 6.11 on.
pytestmark = [pytest.mark.machine(role="snp-host", snphost=True), pytest.mark.stock(since="6.12"),
              pytest.mark.kernels("5.10", "6.1", "6.12")]


class Life(dict):
    """What the module said, by name."""

    def steps(self):
        """Errno and firmware status of all that was done."""
        return {name: tuple(int(part, 0) for part in value.split(","))
                for name, value in self.items() if re.fullmatch(r"\d+,0x[0-9a-f]+", value)}


@pytest.fixture(name="host")
def _host(vm):
    """A machine with SNP, whose pages all come back."""
    vm.unload()
    for psp in vm.psp:
        psp.reset()
    if vm.spec.kernel in ALLOW_BRINGUP:
        vm.load("snp=bringup")
    else:
        vm.check("modprobe kvm_amd")
    assert vm.sev("snp-status")["state"] == "1"
    yield vm
    assert vm.sev("snp-status")["guest_count"] == "0"
    if vm.ours:
        vm.check("grep -q debugfs /proc/mounts || mount -t debugfs none /sys/kernel/debug")
        assert "leaked pages: 0" in vm.check("cat /sys/kernel/debug/ccp/sev")
    vm.unload()
    log = vm.log()
    for words in ("Leaking", "left to the firmware", "can't be reclaimed"):
        assert words not in log


def life(vm, **parameters):
    """Loads the module and takes it out again. Returns what it said."""
    before = len(vm.log())
    text = " ".join(f"{name}={value}" for name, value in parameters.items())
    with Module(vm, "snp-life", text):
        pass
    said = Life(re.findall(r"snp-life: ([\w-]+)=(.*)", vm.log()[before:]))
    assert said.pop("kept") == "0", said
    return said


def test_whole_life(host):
    """From the context page to the report and back; nobody but the guest counts on the host."""
    said = life(host, policy=POLICY_DEBUG)
    done = LAUNCH + ("decrypt", "secrets-page", "request")
    assert said.steps() == {**{name: OK for name in done}, **REFUSED, **END}
    assert said["report"] == "0,1184"
    assert said["policy"] == f"{POLICY_DEBUG:#x} asid={ASID} state={RUNNING}"
    assert said["same"] == "1"
    assert said["measurement"] == digest.launch(LAYOUT).hex()
    assert said["host-data"] == "thirty-two bytes from the host.."
    assert said["user-data"].startswith("sixty-four bytes that the guest wants")


def test_no_debugging(host):
    """A guest whose policy forbids it is not looked into, and ends like any other."""
    said = life(host, policy=POLICY)
    assert said.steps() == {**{name: OK for name in LAUNCH}, **REFUSED, **END,
                            "decrypt": (EIO, POLICY_FAILURE)}


def test_abandoned(host):
    """After any step the guest can be given up, and the next has the ASID."""
    for at, name in enumerate(LAUNCH):
        said = life(host, stop=name)
        done = set(LAUNCH[:at + 1]) | set(END)
        if name == "memory":
            done.remove("decommission")
        assert {step: OK for step in done} == {step: said.steps().get(step) for step in done}
        assert not set(LAUNCH[at + 1:]) & set(said.steps())
    assert life(host).steps()["request"] == OK


def test_refused(host):
    """An ASID that is not for SNP guests: the firmware's word comes through."""
    said = life(host, asid=4000)
    assert said.steps() == {"memory": OK, "create": OK, "start": OK,
                            "activate": (EIO, INVALID_ASID), **END}
