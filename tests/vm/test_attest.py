# SPDX-License-Identifier: GPL-2.0-only
"""Reports in the eyes of a real client: virtee's `sev` crate from Debian, unmodified, reads
them by both ways, and is as strict with the firmware model as it is with firmware."""

import base64
import itertools
import subprocess
import textwrap

import pytest

from machine import emulator, place

ATTEST = place.PROJECT / "tests/clients/attest/build"

# Of the vendor's root in the chain that make-firmware writes: after the certificate of the
# other key, its header and its exponent.
ROOT_MODULUS = slice(1600 + 64 + 512, 1600 + 64 + 2 * 512)


@pytest.fixture(name="attest", scope="module")
def _attest():
    """The client; building it takes minutes the first time."""
    done = subprocess.run([ATTEST], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(name="root")
def _root(tmp_path):
    """The root key, from where it is made and not from the machine."""
    emulator.build()
    chain = tmp_path / "chain"
    subprocess.run([place.BUILD / "emu/make-firmware", "--root-chain", chain], check=True)
    path = tmp_path / "root"
    path.write_bytes(chain.read_bytes()[ROOT_MODULUS][::-1])
    return path


VCEK, VLEK = 0, 1


def values(text):
    """The client's output."""
    return {name: int(value) for name, value in (line.split("=") for line in text.splitlines())}


# Kernel, driver, chip and firmware. All ways to a report on all kernels that matter, and
# all forms of a report, in as few machines as possible.
@pytest.mark.parametrize("on, modules, cpu, want", [
    ("6.1", "ours", [],
     {"version": 2, "family": 0, "fmc": 0, "mitigations": 0}),
    # Current, committed and reported TCB are three, as a cloud has them.
    ("6.12", "ours", ["api=1.55.29", "svn=26", "committed-svn=25", "reported-svn=24"],
     {"version": 3, "family": 0x19, "fmc": 0, "mitigations": 0}),
    ("6.12", "stock", ["family=0x1a"],
     {"version": 2, "family": 0, "fmc": 1, "mitigations": 0}),
    ("7.3", "ours", ["family=0x1a", "api=1.58.1", "vlek=on"],
     {"version": 5, "family": 0x1a, "fmc": 1, "mitigations": 1, "signer": VLEK}),
])
def test_sev_crate_believes_the_report(vm, attest, root, on, modules, cpu, want):
    """It parses, its signature leads to the root, and with a changed bit it does not."""
    machine = vm(on, role="snp-guest", modules=modules, cpu=cpu,
                 files=[f"{attest}:/bin/attest", f"{root}:/root/root"])
    machine.ok("modprobe sev-guest; mount -t configfs configfs /sys/kernel/config || true")
    want = {"signer": VCEK, **want}
    for way in ("ioctl", "configfs"):
        answer = values(machine.ok(f"attest {way} /root/root"))
        assert {name: answer[name] for name in want} == want, way
        assert answer["vmpl"] == 0
        assert answer["refused"] > 90
    # What leads to another root is refused, however well it is signed.
    done = machine.sh("printf %512s x >/root/other; attest ioctl /root/other")
    assert (done.status, done.output.strip()) == (
        1, "attest: ioctl: the chain leads to another root")


def commands_of(chapter):
    """The commands of a chapter of the documentation: what is indented after ::."""
    text = (place.PROJECT / "Documentation/attestation.rst").read_text(encoding="utf-8")
    lines = text.split(f"{chapter}\n===", 1)[1].split("::\n\n", 1)[1].splitlines()
    block = itertools.takewhile(lambda line: not line or line.startswith("    "), lines)
    return textwrap.dedent("\n".join(block))


@pytest.mark.parametrize("on, cpu, signer", [("6.1", [], "vcek"), ("6.12", ["vlek=on"], "vlek")])
def test_commands_of_the_documentation(vm, tmp_path, on, cpu, signer):
    """A report got and checked as the documentation says; a changed one does not pass. A cloud's
    key signs where the host has no other certificate."""
    machine = vm(on, role="snp-guest", modules="ours", cpu=cpu)
    machine.ok("modprobe sev-guest")
    assert machine.ok(commands_of("Through files")).split() == ["sev_guest", "1"]
    for name in ("nonce", "report.bin", "certs.bin"):
        (tmp_path / name).write_bytes(base64.b64decode(machine.ok(f"base64 {name}")))

    def check():
        return subprocess.run(["bash", "-e"], input=commands_of("Checking a report"), text=True,
                              cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)

    done = check()
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{signer}.pem: OK", "Verified OK"])
    report = bytearray((tmp_path / "report.bin").read_bytes())
    report[0x90] ^= 1
    (tmp_path / "report.bin").write_bytes(report)
    done = check()
    assert done.returncode and "Verification failure" in done.stdout, done.stdout
