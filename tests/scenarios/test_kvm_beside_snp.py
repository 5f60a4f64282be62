# SPDX-License-Identifier: GPL-2.0-only
"""Guests with SEV and SEV-ES on an SNP host: their memory goes to the firmware and back."""

import subprocess

import pytest

from lab.guest import PROJECT

OK = "0,0"
BAD_MEASUREMENT = "5,0xb"
RUNNING = "3"

pytestmark = [pytest.mark.machine(role="snp-host"), pytest.mark.kernels("6.12", "7.2", "7.3"),
              pytest.mark.sample("6.12", "7.2")]


def run(vm, command):
    """Runs the client. Returns what it printed, by name."""
    return dict(line.split("=", 1) for line in vm.check(f"kvm-guest {command}").splitlines())


def fine(steps, *names):
    """All these steps worked."""
    assert {name: steps[name] for name in names} == {name: OK for name in names}


@pytest.fixture(name="kvm")
def _kvm(vm):
    """A machine with KVM, whose pages all come back."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev_snp") == "Y"
    yield vm
    vm.check("rmmod kvm_amd")
    assert "Leaking" not in vm.log()


@pytest.mark.stock()
@pytest.mark.parametrize("kind", ("launch", "launch-es"))
def test_launch(kvm, kind):
    """A guest is launched, measured and debugged."""
    steps = run(kvm, f"{kind} 0")
    fine(steps, "init", "start", "update", "measure", "report", "finish", "decrypt", "encrypt")
    assert steps["decrypted"] == steps["encrypted"] == "1"
    assert steps["state"] == RUNNING


def test_move(kvm, tmp_path):
    """A guest moves. KVM marks the target's memory as encrypted, whether the kernel's is or not;
    the in-tree driver stumbles over that."""
    roots = tmp_path / "roots"
    subprocess.run([PROJECT / "build/emu/make-firmware", "--root-chain", roots], check=True)
    kvm.put("/tmp/roots", roots.read_bytes())
    steps = run(kvm, "move /tmp/roots")
    fine(steps, "export", "start", "finish", "send-start", "send", "receive-start", "receive",
         "send-finish", "receive-finish")
    assert steps["receive-forged"] == BAD_MEASUREMENT
    assert steps["moved"] == "1"
    assert steps["state"] == RUNNING
