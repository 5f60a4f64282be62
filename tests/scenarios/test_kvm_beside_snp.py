# SPDX-License-Identifier: GPL-2.0-only
"""Guests with SEV and SEV-ES on an SNP host: their memory goes to the firmware and back."""

import subprocess

import pytest

from lab.guest import PROJECT
from lab.kvm import BAD_MEASUREMENT, EIO, launch_owned, run, steps_of

UNSUPPORTED = 0x15
RUNNING = "3"
SECRET = b"for the guest's eyes only".ljust(64, b".")

pytestmark = [pytest.mark.machine(role="snp-host"), pytest.mark.kernels("6.12", "7.2", "7.3"),
              pytest.mark.sample("6.12", "7.3")]


def run_any(vm, command):
    """Runs a client that may fail. Returns what it printed."""
    return steps_of("\n".join(line for line in vm.run(f"{command} 2>/dev/null").text.splitlines()
                              if "=" in line))


@pytest.mark.stock()
@pytest.mark.parametrize("kind", ("launch", "launch-es"))
def test_launch(snp_kvm, kind):
    """A guest is launched, measured and debugged."""
    steps = run(snp_kvm, f"kvm-guest {kind} 0")
    steps.fine("init", "start", "update", "measure", "report", "finish", "decrypt", "encrypt")
    assert steps["decrypted"] == steps["encrypted"] == "1"
    assert steps["state"] == RUNNING


@pytest.mark.machine(role="snp-host", psps=("1486,svn=27",))
def test_firmware_that_has_given_sev_es_up(vm):
    """AMD-SB-3023: that is said when SNP comes up, and is the reason of a refusal."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.log().count("this firmware (SNP SVN 0x1b) does not allow SEV-ES guests beside SNP "
                          "guests (AMD-SB-3023)") == 1
    run(vm, "kvm-guest launch 0").fine("init", "start", "finish")
    vm.mark("sev-es")
    steps = run_any(vm, "kvm-guest launch-es 0")
    assert steps.get("start") != "0,0"
    if "start" in steps:
        assert steps.step("start") == (EIO, UNSUPPORTED)
        assert "SEV-ES guests are not allowed while SNP is initialised" in vm.log()
        assert "BIOS update" not in vm.log()
    vm.unload()


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
