# SPDX-License-Identifier: GPL-2.0-only
"""Guests with SEV and SEV-ES on an SNP host: their memory goes to the firmware and back."""

import subprocess

import pytest

from lab.guest import PROJECT
from lab.kvm import BAD_MEASUREMENT, EIO, launch_owned, run

RUNNING = "3"
SECRET = b"for the guest's eyes only".ljust(64, b".")

pytestmark = [pytest.mark.machine(role="snp-host"), pytest.mark.kernels("6.12", "7.2", "7.3"),
              pytest.mark.sample("6.12", "7.2")]


@pytest.mark.stock()
@pytest.mark.parametrize("kind", ("launch", "launch-es"))
def test_launch(snp_kvm, kind):
    """A guest is launched, measured and debugged."""
    steps = run(snp_kvm, f"kvm-guest {kind} 0")
    steps.fine("init", "start", "update", "measure", "report", "finish", "decrypt", "encrypt")
    assert steps["decrypted"] == steps["encrypted"] == "1"
    assert steps["state"] == RUNNING


@pytest.mark.stock()
@pytest.mark.parametrize("kind", ("owned", "owned-es"))
def test_owner(snp_kvm, tmp_path, kind):
    """The measurement is the one that the owner computes, and the secret arrives."""
    steps = launch_owned(snp_kvm, tmp_path, kind, 0, SECRET)
    steps.fine("init", "start", "update", "measure", "report", "secret", "finish", "secret-read")
    assert steps.step("secret-forged") == (EIO, BAD_MEASUREMENT)
    assert bytes.fromhex(steps["received"]) == SECRET


def test_move(snp_kvm, tmp_path):
    """A guest moves. KVM marks the target's memory as encrypted, whether the kernel's is or not;
    the in-tree driver stumbles over that."""
    roots = tmp_path / "roots"
    subprocess.run([PROJECT / "build/emu/make-firmware", "--root-chain", roots], check=True)
    snp_kvm.put("/tmp/roots", roots.read_bytes())
    steps = run(snp_kvm, "kvm-guest move /tmp/roots")
    steps.fine("export", "start", "finish", "send-start", "send", "receive-start", "receive",
               "send-finish", "receive-finish")
    assert steps.step("receive-forged") == (EIO, BAD_MEASUREMENT)
    assert steps["moved"] == "1"
    assert steps["state"] == RUNNING


@pytest.mark.stock()
@pytest.mark.sample("6.12")
def test_more_guests_than_asids(snp_kvm):
    """ASIDs are flushed and used again, with SNP's rules for the flush."""
    snp_kvm.psp[0].mark()
    assert run(snp_kvm, "kvm-guest recycle 450")["guests"] == "450"
    assert snp_kvm.psp[0].commands().count("DECOMMISSION") == 450
