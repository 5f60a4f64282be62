# SPDX-License-Identifier: GPL-2.0-only
"""SNP guests below privilege level 0, with a service module (SVSM) above them: the kernel boots by
its help, and it makes reports about itself."""

import hashlib
import subprocess

import pytest

from attestation import REPORT_LEN, REPORT_OFFSET, chain_verifies, extract, fetch, number, verifies
from machine import place, vm as machines

CLIENT = place.BUILD / "clients/snp-request"
REPORTS = "/sys/kernel/config/tsm/report"
NONCE = bytes(range(64))

REPORT_VMPL, REPORT_DATA = 0x30, slice(0x50, 0x90)
INVALID_PARAM = "0x16"
EACCES = 13

# The service that the emulated module has, in a manifest of all services behind its entry
SERVICE = "6c6c756e-6573-4672-8000-656d756c0001"
MANIFEST = bytes.fromhex("bb9e8463923d7046a1ff58f9c94b87bb")


@pytest.fixture(scope="module", autouse=True)
def _client():
    subprocess.run(["make", "-s", "-C", place.PROJECT / "tests/clients"], check=True)


def report_by_module(machine, directory, *settings):
    """A report by the module: what it is about, and what it says."""
    machine.ok(f"rm -f /tmp/*.bin; mkdir {REPORTS}/{directory}; cd {REPORTS}/{directory} &&\n"
               "cat /nonce >inblob && echo svsm >service_provider &&\n"
               + "".join(f"echo {value} >{name} &&\n" for name, value in settings) +
               "for blob in outblob manifestblob auxblob; do\n"
               "cat $blob >/tmp/$blob.bin || exit; done")
    return [fetch(machine, f"/tmp/{blob}.bin") for blob in ("outblob", "manifestblob", "auxblob")]


@pytest.mark.parametrize("release, modules, vmpl", [
    ("6.12", "ours", 2), ("7.3", "stock", 3), ("7.3", "ours", 1)])
def test_guest_below_a_service_module(vm, tmp_path, release, modules, vmpl):
    """Two CPUs come up, keys are only there for the guest's own level and those below, and OpenSSL
    follows the module's reports to the root."""
    (tmp_path / "nonce").write_bytes(NONCE)
    machine = vm(release, role="snp-guest", modules=modules, cpu=[f"vmpl={vmpl}"],
                 files=[f"{CLIENT}:/bin/snp-request", f"{tmp_path}/nonce:/nonce"])
    assert machine.ok("cat /sys/devices/system/cpu/sev/vmpl; nproc").split() == [str(vmpl), "2"]

    # Its own messages
    machine.sh(f"modprobe sev-guest vmpck_id={vmpl - 1}; [ ! -d /sys/module/sev_guest ] || "
               "rmmod sev-guest")
    assert machine.logged(f"Empty VMPCK{vmpl - 1} communication key")
    machine.ok("modprobe sev-guest")
    machine.ok(f"snp-request --vmpl {vmpl} --out /tmp/report report")
    report = fetch(machine, "/tmp/report")[REPORT_OFFSET:REPORT_OFFSET + REPORT_LEN]
    assert number(report, REPORT_VMPL) == vmpl
    said = machine.sh(f"snp-request --vmpl {vmpl - 1} report").output.splitlines()
    if modules == "ours":
        assert f"errno={EACCES}" in said
    else:
        assert f"status={INVALID_PARAM}" in said

    # What the module says
    machine.ok("modprobe tsm 2>/dev/null || modprobe tsm_report; "
               "mount -t configfs none /sys/kernel/config")
    report, manifest, certs = report_by_module(machine, "all")
    assert extract(certs, tmp_path) == ["ark", "ask", "vcek"]
    chain_verifies("vcek", tmp_path)
    assert verifies(report, tmp_path)
    assert number(report, REPORT_VMPL) == 0
    assert report[REPORT_DATA] == hashlib.sha512(NONCE + manifest).digest()
    assert manifest.startswith(MANIFEST)
    report, service, _ = report_by_module(machine, "one", ("service_guid", SERVICE))
    assert report[REPORT_DATA] == hashlib.sha512(NONCE + service).digest()
    assert manifest.endswith(service) and len(service) == number(manifest, 44)
    assert machine.sh(f"cd {REPORTS}/one; echo {SERVICE[:-1]}2 >service_guid; "
                      "cat manifestblob").status


def test_kernel_that_knows_no_service_module():
    """6.1 says so and ends."""
    result = machines.run(machines.Config(kernel="6.1", role="snp-guest", cpu=["vmpl=1"]),
                          ["true"], lambda _: None)
    assert "wants to end, reason 1, code 3" in "".join(result.trouble)
