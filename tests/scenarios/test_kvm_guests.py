# SPDX-License-Identifier: GPL-2.0-only
"""KVM takes guests through their lives with the driver's help, short of running them."""

import hashlib
import struct
import subprocess

import pytest

from lab.guest import PROJECT
from lab.kvm import BAD_MEASUREMENT, EIO, contents, launch_owned
from lab.kvm import run as run_client

# State of a guest that was launched.
RUNNING = "3"
NODBG, NOSEND = 1, 8
SECRET = b"for the guest's eyes only".ljust(64, b".")

# KVM of 5.10 knows neither SEV-ES nor reports nor migration.
SINCE_6_1 = ("6.1", "6.12", "7.2", "7.3")

both = pytest.mark.stock(also=("6.1",))


def run(vm, command):
    """Runs the client."""
    return run_client(vm, f"kvm-guest {command}")


@pytest.fixture(name="kvm")
def _kvm(vm):
    """A machine with KVM."""
    vm.fresh()
    # KVM of 5.10 leaves SEV off unless told
    vm.check("modprobe kvm_amd sev=1")
    yield vm
    vm.check("rmmod kvm_amd")


@both
def test_launch(kvm):
    """A SEV guest is launched, measured and debugged."""
    steps = run(kvm, "launch 0")
    steps.fine("init", "register", "start", "update", "measure", "finish", "decrypt", "encrypt")
    assert steps.step("measure-length") == (EIO, 4)
    assert steps["measure-needs"] == "48"
    assert steps["decrypted"] == steps["encrypted"] == "1"
    assert steps["state"] == RUNNING


@both
@pytest.mark.kernels(*SINCE_6_1)
def test_report_has_the_digest(kvm):
    """The report is about the memory that was launched, with our nonce."""
    steps = run(kvm, f"launch {NOSEND}")
    steps.fine("report")
    assert steps.step("report-length") == (EIO, 4)
    assert steps["report-needs"] == "208"
    nonce, launched, policy = struct.unpack_from("<16s32sI", bytes.fromhex(steps["attestation"]))
    assert nonce == b"sixteen bytes..\0"
    assert launched == hashlib.sha256(contents(0x1000, 0x10010)).digest()
    assert policy == NOSEND


@both
def test_owner(kvm, tmp_path):
    """The measurement is the one that the owner computes, and the secret arrives."""
    steps = launch_owned(kvm, tmp_path, "owned", 0, SECRET)
    steps.fine("init", "start", "update", "measure", "secret", "finish", "secret-read")
    assert steps.step("secret-forged") == (EIO, BAD_MEASUREMENT)
    assert bytes.fromhex(steps["received"]) == SECRET


@both
def test_policy_forbids_debugging(kvm):
    """The firmware's refusal reaches the user of KVM, and memory stays as it is."""
    steps = run(kvm, f"launch {NODBG}")
    steps.fine("start", "finish")
    assert steps.step("decrypt") == steps.step("encrypt") == (EIO, 7)
    assert steps["decrypted"] == steps["encrypted"] == "0"


@both
@pytest.mark.kernels(*SINCE_6_1)
def test_launch_with_encrypted_state(kvm):
    """A SEV-ES guest has its CPU's state measured too."""
    steps = run(kvm, "launch-es 0")
    steps.fine("init", "start", "update", "vmsa", "measure", "report", "finish")
    assert steps["policy"] == "0x4"
    assert steps["state"] == RUNNING


@both
@pytest.mark.kernels(*SINCE_6_1)
def test_move(kvm, tmp_path):
    """A guest is sent, with the certificates that /dev/sev exports, and received."""
    roots = tmp_path / "roots"
    subprocess.run([PROJECT / "build/emu/make-firmware", "--root-chain", roots], check=True)
    kvm.put("/tmp/roots", roots.read_bytes())
    steps = run(kvm, "move /tmp/roots")
    steps.fine("export", "init", "init-target", "start", "finish", "send-start", "send-cancel",
               "send-again", "receive-start", "send", "receive", "send-finish", "receive-finish")
    assert steps.step("send-start-length") == steps.step("send-length") == (EIO, 4)
    assert steps["session-needs"] == "128"
    assert steps["send-needs"] == "52,16384"
    assert steps.step("receive-forged") == (EIO, BAD_MEASUREMENT)
    assert steps["moved"] == "1"
    assert steps["state"] == RUNNING


@both
@pytest.mark.sample("6.1", "7.3")
def test_more_guests_than_asids(kvm):
    """ASIDs are flushed and used again."""
    kvm.psp[0].mark()
    assert run(kvm, "recycle 500")["guests"] == "500"
    commands = kvm.psp[0].commands()
    assert commands.count("ACTIVATE") == commands.count("DECOMMISSION") == 500
    assert "DF_FLUSH" in commands
