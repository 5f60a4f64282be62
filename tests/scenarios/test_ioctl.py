# SPDX-License-Identifier: GPL-2.0-only
"""The thirteen commands of /dev/sev, used as they are meant."""

import pytest

from lab import cert
from lab.guest import NO_FW_CALL

pytestmark = [pytest.mark.column("ioctls"), pytest.mark.stock()]

INVALID_LEN = 4
OK = (0, "0", 0)
UNINIT = "0"


def _done(answer):
    assert answer.outcome == OK, answer
    return answer


@pytest.fixture(name="call", params=["64-bit", "32-bit"])
def fixture_call(sev, vm, request):
    """The client, through both system call entries."""
    if request.param == "64-bit":
        return sev
    if not vm.ours:
        pytest.skip("the in-tree driver has no entry for 32-bit programs")
    return lambda *args: sev("--ia32", *args)


def test_platform_status(call):
    """Version and state as the firmware says them."""
    answer = _done(call("status"))
    assert answer == {
        "ret": "0", "errno": "0", "error": "0", "api_major": "1", "api_minor": "55",
        "build": "21", "state": UNINIT, "flags": "0", "guest_count": "0"}


def test_get_id2(call):
    """The id of the chip, and the room that it needs."""
    answer = _done(call("get-id2"))
    assert answer["id_len"] == "64"
    assert len(set(answer["id"])) > 2
    assert _done(call("--len", 4096, "get-id2"))["id"] == answer["id"]


def test_get_id(call):
    """The older form has room for two sockets."""
    answer = _done(call("get-id"))
    assert answer["socket1"] == call("get-id2")["id"]
    assert answer["socket2"] == "00" * 64


@pytest.mark.parametrize("args, key, needed", [
    (("--len", 0, "get-id2"), "id_len", 64),
    (("--len", 10, "get-id2"), "id_len", 64),
    (("--len", 0, "pek-csr"), "csr_len", cert.SIZE),
    (("--len", 100, "pek-csr"), "csr_len", cert.SIZE),
    (("--addr", 0, "pek-csr"), "csr_len", cert.SIZE),
    (("--len", 0, "--len2", 0, "pdh-export"), "chain_len", 3 * cert.SIZE),
    (("--len", 100, "--len2", 100, "pdh-export"), "pdh_len", cert.SIZE),
])
def test_length_query(sev, args, key, needed):
    """Too little room: the firmware says so, and how much it takes."""
    answer = sev(*args)
    assert answer.outcome == (-1, "EIO", INVALID_LEN)
    assert answer.number(key) == needed
    assert not [word for word in answer if word.endswith("overrun")]


def test_pek_csr(call, vm):
    """A request for signing the platform's key."""
    answer = _done(call("--out", "/tmp/csr", "pek-csr"))
    assert answer.number("csr_len") == cert.SIZE
    csr = vm.get("/tmp/csr")
    assert len(csr) == cert.SIZE
    assert cert.usage(csr) == cert.USAGE_PEK


def _export(vm, call):
    """PDH, and the chain PEK, OCA, CEK."""
    answer = _done(call("--out", "/tmp/pdh", "--out2", "/tmp/chain", "pdh-export"))
    assert (answer["pdh_len"], answer["chain_len"]) == (str(cert.SIZE), str(3 * cert.SIZE))
    data = vm.get("/tmp/pdh") + vm.get("/tmp/chain")
    return [data[i:i + cert.SIZE] for i in range(0, 4 * cert.SIZE, cert.SIZE)]


def test_pdh_export(call, vm, tmp_path):
    """A chain of certificates in which each signature is good."""
    pdh, pek, oca, cek = _export(vm, call)
    assert [cert.usage(c) for c in (pdh, pek, oca, cek)] == [
        cert.USAGE_PDH, cert.USAGE_PEK, cert.USAGE_OCA, cert.USAGE_CEK]
    assert cert.is_signed_by(pdh, 0, pek, tmp_path)
    assert cert.is_signed_by(pek, 0, oca, tmp_path)
    assert cert.is_signed_by(pek, 1, cek, tmp_path)
    assert cert.is_signed_by(oca, 0, oca, tmp_path)
    assert not cert.is_signed_by(pdh[:30] + b"x" + pdh[31:], 0, pek, tmp_path)


def test_new_keys(call, vm):
    """PDH_GEN makes a new PDH; PEK_GEN makes a new PEK as well."""
    pdh, pek, *_ = _export(vm, call)
    _done(call("pdh-gen"))
    pdh2, pek2, *_ = _export(vm, call)
    assert cert.public_key(pdh2) != cert.public_key(pdh)
    assert cert.public_key(pek2) == cert.public_key(pek)
    _done(call("pek-gen"))
    _, pek3, *_ = _export(vm, call)
    assert cert.public_key(pek3) != cert.public_key(pek)


def test_change_of_owner(call, vm, tmp_path):
    """An owner signs the platform's key and is its owner until a factory reset."""
    owner = cert.Owner(tmp_path)
    _done(call("--out", "/tmp/csr", "pek-csr"))
    csr = vm.get("/tmp/csr")
    vm.put("/tmp/pek", owner.sign(csr))
    vm.put("/tmp/oca", owner.certificate)
    _done(call("--in", "/tmp/pek", "--in2", "/tmp/oca", "pek-import"))
    _, pek, oca, _ = _export(vm, call)
    assert oca == owner.certificate
    assert cert.public_key(pek) == cert.public_key(csr)
    assert cert.is_signed_by(pek, 0, oca, tmp_path)
    _done(call("factory-reset"))
    _, pek, oca, _ = _export(vm, call)
    assert oca != owner.certificate
    assert cert.public_key(pek) != cert.public_key(csr)


def test_import_of_a_bad_certificate(sev, vm, tmp_path):
    """A certificate that somebody else has signed is refused, and nothing changes."""
    before = _export(vm, sev)
    owner = cert.Owner(tmp_path)
    sev("--out", "/tmp/csr", "pek-csr")
    signed = bytearray(owner.sign(vm.get("/tmp/csr")))
    signed[100] ^= 1
    vm.put("/tmp/pek", bytes(signed))
    vm.put("/tmp/oca", owner.certificate)
    answer = sev("--in", "/tmp/pek", "--in2", "/tmp/oca", "pek-import")
    assert answer.outcome[:2] == (-1, "EIO")
    assert answer.error in (0x06, 0x0a)
    assert _export(vm, sev) == before


def test_leaves_the_platform_as_it_was(sev, vm):
    """Commands that need an initialised platform shut it down again."""
    vm.psp[0].clear_counts()
    _done(sev("pek-gen"))
    assert sev("status")["state"] == UNINIT
    counts = vm.psp[0].counts()
    assert counts["INIT"] == 1
    assert counts["SHUTDOWN"] == 1
    names = vm.psp[0].commands()
    assert names.index("INIT") < names.index("DF_FLUSH") < names.index("PEK_GEN") < \
        names.index("SHUTDOWN")


def test_snp_platform_status(call):
    """Works whether SNP is on or not; here it is not."""
    answer = _done(call("snp-status"))
    assert (answer["api_major"], answer["api_minor"], answer["build"]) == ("1", "55", "21")
    assert (answer["state"], answer["rmp_init"], answer["guest_count"]) == ("0", "0", "0")
    assert answer.number("current_tcb") == answer.number("reported_tcb") != 0


def test_snp_commit(call):
    """Commits the running firmware."""
    _done(call("snp-commit"))


@pytest.mark.parametrize("command", ["snp-config", "snp-vlek-load"])
def test_snp_commands_that_need_snp(sev, vm, command):
    """SNP is not initialised: no such device."""
    answer = sev(command)
    assert answer.outcome[:2] == (-1, "ENODEV")
    if vm.ours:
        assert answer.error == NO_FW_CALL
