# SPDX-License-Identifier: GPL-2.0-only
"""--role snp-guest: unmodified kernels take the machine for an SNP guest, and the firmware
answers them. All with the kernels' own modules: what is tested is the machine."""

import hashlib
import re
import subprocess

import pytest

from attestation import (REPORT_LEN, REPORT_OFFSET, chain_verifies, extract, fetch, number,
                         verifies)
from machine import emulator, place, vm as machines
from machine.guest import Guest

CLIENT = place.BUILD / "clients/snp-request"
KINDS = {"busy": 1, "invalid-len": 2, "many-pages": 3, "error": 4, "kept": 5, "lost": 6,
         "truncated": 9, "shortened": 10, "lengthened": 11, "replayed": 12, "flipped": 13,
         "wrong-type": 14, "wrong-number": 15}

# Keys that can sign reports, as a request asks for them and as a report tells
ANY, VCEK, VLEK = 0, 1, 2
BY_VCEK, BY_VLEK = 0 << 2, 1 << 2
INVALID_KEY = 0x27


@pytest.fixture(scope="module", autouse=True)
def _client():
    subprocess.run(["make", "-s", "-C", place.PROJECT / "tests/clients"], check=True)


@pytest.fixture(name="guest")
def _guest(vm):
    """Makes an SNP guest that has the client and the driver."""
    def boot(kernel="6.12", **options):
        machine = vm(kernel, role="snp-guest", files=[f"{CLIENT}:/bin/snp-request"], **options)
        machine.ok("modprobe sev-guest")
        return machine
    return boot


def values(text):
    """The client's output."""
    return {name: int(value, 0) for name, value in
            (line.split("=") for line in text.splitlines() if "=" in line)}


def request(machine, words, status=0):
    """Makes a request that has to end like this."""
    done = machine.sh(f"snp-request {words}")
    assert done.status == status, done.output
    return values(done.output)


def test_kernel_takes_it_for_real(guest, kernel):
    """The kernel names all three features and starts its second CPU; every request is
    answered."""
    if kernel == "5.10":
        pytest.skip("5.10 can't be an SNP guest")
    machine = guest(kernel)
    assert machine.logged("Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP$")
    assert machine.logged("SNP guest platform devices? initialized")
    assert machine.ok("nproc").strip() == "2"
    assert request(machine, "--repeat 20 report")["good"] == 20
    assert request(machine, "key")["good"] == 1
    assert request(machine, "--certs 16384 ext")["good"] == 1
    assert values(machine.ok("snp-request answers")) == {
        "requests": 22, "dishonest": 0, "left": 0}


@pytest.mark.parametrize("options, version", [
    ([], 2), (["api=1.55.29", "platform-info=7"], 3), (["model=0x11", "api=1.55.40"], 3),
    (["api=1.58.1"], 5), (["family=0x1a", "api=1.55.65"], 5),
    (["family=0x1a", "model=0x50", "api=1.58.1"], 5)])
def test_report_verifies(guest, tmp_path, options, version):
    """OpenSSL follows the signature to the root, and says no to a changed report."""
    machine = guest(cpu=options)
    request(machine, "--certs 16384 --out /tmp/report --certs-out /tmp/certs ext")
    report = fetch(machine, "/tmp/report")[REPORT_OFFSET:REPORT_OFFSET + REPORT_LEN]
    assert number(report, 0) == version
    assert report[0x50:].startswith(b"request 0 of process ")
    assert extract(fetch(machine, "/tmp/certs"), tmp_path) == ["ark", "ask", "vcek"]
    chain_verifies("vcek", tmp_path)
    assert verifies(report, tmp_path)
    assert not verifies(report[:0x50] + b"R" + report[0x51:], tmp_path)
    assert request(machine, f"--signer {VLEK} report")["status"] == INVALID_KEY


@pytest.mark.parametrize("modules", ["stock", "ours"])
def test_report_by_vlek(guest, tmp_path, modules):
    """A cloud's key signs instead of the chip's, unless the request asks for the chip's. The
    driver passes that on, in bytes that its interface calls reserved."""
    def report(signer, words):
        answer = request(machine, f"--signer {signer} --out /tmp/report {words}")
        assert answer["status"] == 0
        return fetch(machine, "/tmp/report")[REPORT_OFFSET:REPORT_OFFSET + REPORT_LEN]

    machine = guest(cpu=["vlek=on"], modules=modules)
    by_any = report(ANY, "--certs 16384 --certs-out /tmp/certs ext")
    assert extract(fetch(machine, "/tmp/certs"), tmp_path) == ["ark", "ask", "vlek"]
    chain_verifies("vlek", tmp_path)
    by_vlek, by_vcek = report(VLEK, "report"), report(VCEK, "report")
    for made, signer in ((by_any, BY_VLEK), (by_vlek, BY_VLEK), (by_vcek, BY_VCEK)):
        assert number(made, 0x48) == signer
        assert verifies(made, tmp_path) == (signer == BY_VLEK)


POLICY = 0xb0000    # of a guest that may be debugged
SVN = 7


@pytest.fixture(name="identity")
def _identity(tmp_path):
    """Options of a guest whose owner knows it: digest, host data, and who has signed that."""
    digest, host_data = hashlib.sha384(b"guest").digest(), hashlib.sha256(b"host").digest()
    emulator.build()
    subprocess.run([place.BUILD / "emu/make-identity", "--digest", digest.hex(), "--policy",
                    hex(POLICY), "--svn", str(SVN), tmp_path / "block", tmp_path / "auth"],
                   check=True)
    return digest, host_data, [
        f"policy={POLICY:#x}", f"measurement={digest.hex()}", f"host-data={host_data.hex()}",
        f"id-block={tmp_path}/block", f"id-auth={tmp_path}/auth", "author-key=on"]


def test_report_tells_the_launch(guest, identity, tmp_path):
    """A verifier can know what to expect: all that a launch leaves in a report."""
    digest, host_data, options = identity
    auth = (tmp_path / "auth").read_bytes()
    machine = guest(cpu=options)
    request(machine, "--out /tmp/report report")
    report = fetch(machine, "/tmp/report")[REPORT_OFFSET:REPORT_OFFSET + REPORT_LEN]
    assert (number(report, 4), number(report, 8)) == (SVN, POLICY)
    assert report[0x90:0xc0] == digest
    assert report[0xc0:0xe0] == host_data
    assert report[0xe0:0x110] == hashlib.sha384(auth[0x240:0x644]).digest()
    assert report[0x110:0x140] == hashlib.sha384(auth[0x880:0xc84]).digest()
    assert number(report, 0x48) & 1


def test_identity_of_another_launch(identity):
    """A guest that is not what its owner has signed doesn't start."""
    options = [option for option in identity[2] if not option.startswith("measurement=")]
    result = machines.run(machines.Config(kernel="6.12", role="snp-guest", cpu=options),
                          ["true"], lambda _: None)
    assert "the launch digest is not that of the identity block" in "".join(result.trouble)


def test_chip_that_is_kept(guest, tmp_path):
    """Keys that are derived from the chip differ between chips, and not between runs."""
    def key(options):
        machine = guest(cpu=options)
        request(machine, "--out /tmp/key key")
        return fetch(machine, "/tmp/key")[REPORT_OFFSET:]

    kept = [f"state-dir={tmp_path}"]
    first = key(kept)
    assert any(first)
    assert key(kept) == first
    assert key([]) != first


def test_too_little_room_for_certificates(guest):
    """The host says how much it takes, and the next request is a good one."""
    machine = guest()
    answer = request(machine, "ext", 1)
    assert (answer["errno"], answer["vmm"], answer["certs"]) == (5, 1, 4096)
    assert request(machine, f"--certs {answer['certs']} ext")["good"] == 1


def test_busy_host(guest):
    """The very same message goes through later."""
    machine = guest()
    assert request(machine, f"--answer {KINDS['busy']}:2 report")["good"] == 1
    assert values(machine.ok("snp-request answers"))["dishonest"] == 2
    assert request(machine, "report")["good"] == 1


@pytest.mark.parametrize("kinds", [
    ("error", "kept", "lost", "truncated"), ("shortened", "lengthened", "replayed", "flipped"),
    ("wrong-type", "wrong-number")])
def test_bad_answers_are_noticed(guest, kinds):
    """The kernel's own driver takes none of these answers for good, and gives the key up. It
    has four."""
    machine = guest()
    for key, kind in enumerate(kinds):
        machine.ok(f"rmmod sev-guest; modprobe sev-guest vmpck_id={key}")
        report = f"--vmpl {key} report"
        assert request(machine, report)["good"] == 1, kind
        answer = request(machine, f"--answer {KINDS[kind]} {report}", 1)
        assert (answer["failed"], answer["wrong"]) == (1, 0), kind
        assert values(machine.ok("snp-request answers"))["dishonest"] == key + 1
        assert machine.logged(f"Disabling VMPCK{key} communication key"), kind


def test_host_that_always_wants_more_room(guest):
    """The request fails, the driver uses its number up, and the key stays."""
    machine = guest()
    for kind in ("invalid-len", "many-pages"):
        answer = request(machine, f"--certs 4096 --answer {KINDS[kind]} ext", 1)
        assert (answer["vmm"], answer["wrong"]) == (1, 0), kind
        assert request(machine, "report")["good"] == 1, kind
    assert not machine.logged("Disabling VMPCK")


@pytest.mark.parametrize("release", ["6.12", "7.3"])
def test_kernel_that_ends_while_the_host_is_busy(guest, release):
    """Our driver waits a little, and says what is left: what a kexec would do, which takes the same
    way as a reboot, the emulated guest can't."""
    machine = guest(release, modules="ours")
    machine.ok("rmmod sev-guest; modprobe sev-guest vmpck_id=1;\n"
               f"snp-request --vmpl 1 --answer {KINDS['busy']}:1000 report >/dev/null & "
               "usleep 500000")
    start = float(machine.ok("cut -d' ' -f1 /proc/uptime"))
    machine.perishes("reboot -f")
    said = re.search(r"^\[ *([\d.]+)\] .*: message 1 to the firmware stays without an answer; if "
                     "VMPCK1 does not work", machine.log, re.M)
    assert said and 1 < float(said[1]) - start < 10
    assert machine.logged("reboot: Restarting system")


def test_shared_pages(guest):
    """What the driver shares it takes back."""
    def shared():
        return values(machine.ok("snp-request shared"))["shared"]

    machine = guest()
    machine.ok("rmmod sev-guest")
    before = shared()
    machine.ok("modprobe sev-guest")
    assert shared() > before
    machine.ok("rmmod sev-guest")
    assert shared() == before


def test_host_that_shares_no_more_pages():
    """Linux itself gives up on it: no driver has to."""
    config = machines.Config(kernel="6.12", role="snp-guest",
                             files=[f"{CLIENT}:/bin/snp-request"])
    said = bytearray()
    result = machines.run(
        config, ["snp-request --refuse 2:1 shared; modprobe sev-guest; echo ALIVE"], said.extend)
    assert b"left=1" in said and b"ALIVE" not in said
    assert "wants to end, reason 1, code 1" in "".join(result.trouble)
    assert "SNP: PSC failed" in result.log


def test_answer_from_the_command_line(guest):
    """A host can be bad from the start, here for the second request."""
    machine = guest(cpu=["answer=flipped:1:1"])
    assert request(machine, "report")["good"] == 1
    assert request(machine, "report", 1)["failed"] == 1


@pytest.mark.parametrize("options, text", [
    ({"mem": "4G"}, "an SNP guest can have 2G at most"),
    ({"mem": "much"}, "--mem much"),
    ({"psps": [emulator.Psp("1486")]}, "leave --psp out")])
def test_what_a_guest_can_not_have(options, text):
    """Refused with a sentence, before anything starts."""
    config = machines.Config(role="snp-guest", **options)
    with pytest.raises(place.Failure, match=text):
        with Guest(config):
            pass
