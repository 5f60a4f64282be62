# SPDX-License-Identifier: GPL-2.0-only
"""KVM launches SNP guests with the driver's help, short of running them."""

import subprocess

import pytest

from lab import digest
from lab.guest import PROJECT
from lab.kvm import BAD_MEASUREMENT, EIO, OK
from lab.kvm import run as run_client

POLICY_FAILURE = 0x7
POLICY = 0x30000
POLICY_DEBUG = 0xb0000
PAGE = 0x1000
# More than there are ASIDs for SNP guests.
MANY = 150

pytestmark = [pytest.mark.stock(), pytest.mark.machine(role="snp-host"),
              pytest.mark.kernels("6.12", "7.2", "7.3"), pytest.mark.sample("6.12", "7.3")]


def run(vm, command):
    """Runs the client. Returns errno and firmware status by step."""
    return {name: tuple(int(part, 0) for part in value.split(","))
            for name, value in run_client(vm, f"kvm-snp {command}").items()}


# What the client launches.
LAYOUT = [*((digest.NORMAL, gpa) for gpa in range(0x1000, 0x4000, PAGE)),
          *((digest.NORMAL, gpa) for gpa in range(0x200000, 0x400000, PAGE)),
          (digest.ZERO, 0x5000), (digest.UNMEASURED, 0x6000), (digest.SECRETS, 0x7000),
          (digest.CPUID, 0x8000)]


def put_identity(vm, tmp_path, launched):
    """Files on the machine by which the owner recognises the guest."""
    files = tmp_path / "block", tmp_path / "auth"
    subprocess.run([PROJECT / "build/emu/make-identity", "--digest", launched.hex(),
                    "--policy", hex(POLICY), *files], check=True)
    for path in files:
        vm.put(f"/root/{path.name}", path.read_bytes())
    return "/root/block /root/auth"


PAGES = {name: OK for name in ("normal", "large", "zero", "unmeasured", "secrets", "cpuid")}
# A page that is the guest's already is refused by KVM itself.
LAUNCHED = {"init": OK, "start": OK, "private": OK, **PAGES, "twice": (EIO, 0),
            "twice-left": (PAGE,), "finish": OK}


def test_launch(snp_kvm):
    """All kinds of pages."""
    assert run(snp_kvm, f"launch {POLICY}") == LAUNCHED


def test_cpu(snp_kvm):
    """The state of a CPU is part of it."""
    assert run(snp_kvm, f"cpu {POLICY}") == LAUNCHED


def test_measurement(snp_kvm, tmp_path):
    """The launch has the digest that its owner computes, and no other will do."""
    launched = digest.launch(LAYOUT)
    identity = put_identity(snp_kvm, tmp_path, launched)
    assert run(snp_kvm, f"identity {POLICY} {identity}") == LAUNCHED
    assert run(snp_kvm, f"identity {POLICY_DEBUG} {identity}")["finish"] == (EIO, POLICY_FAILURE)
    wrong = bytes([launched[0] ^ 1]) + launched[1:]
    identity = put_identity(snp_kvm, tmp_path, wrong)
    assert run(snp_kvm, f"identity {POLICY} {identity}")["finish"] == (EIO, BAD_MEASUREMENT)


def test_abandoned(snp_kvm):
    """A guest that is given up in the middle leaves nothing behind."""
    assert run(snp_kvm, f"abandon {POLICY}") == {"init": OK, "start": OK, "private": OK,
                                             "normal": OK}
    assert run(snp_kvm, f"launch {POLICY}") == LAUNCHED


def test_asids_are_used_again(snp_kvm):
    """One guest after the other, more than there are ASIDs."""
    assert run(snp_kvm, f"recycle {MANY}") == {"guests": (MANY,)}
