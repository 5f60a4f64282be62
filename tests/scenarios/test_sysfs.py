# SPDX-License-Identifier: GPL-2.0-only
"""/sys/firmware/sev: how SEV and SNP stand, without asking the firmware."""

import re

import pytest

BDF = "0000:00:10.0"
DIR = "/sys/firmware/sev"
DRIVER = "/sys/bus/pci/drivers/ccp"
OK = (0, "0", 0)
TCB_PARTS = ("boot_loader", "tee", "snp", "microcode")


def milan(**options):
    """An SNP host; the mark for it."""
    return pytest.mark.machine(role="snp-host", snphost=True, **options)


def with_mitigations(test):
    """On firmware that verifies mitigations."""
    test = pytest.mark.machine(role="snp-host", psps=("1486,api=1.58.1",))(test)
    return pytest.mark.kernels("6.12", "7.3")(pytest.mark.sample("6.12")(test))


a_host = milan()
new = pytest.mark.kernels("6.12", "7.2", "7.3")
sample = pytest.mark.sample("6.12")


def files(vm):
    """Everything in the directory by name; None for what can't be read."""
    out = vm.check(f"cd {DIR} && for f in $(find . -type f | sort); do "
                   "v=$(cat $f 2>/dev/null) && echo \"$f=$v\" || echo \"$f\"; done")
    found = {}
    for line in out.splitlines():
        name, sign, value = line.removeprefix("./").partition("=")
        found[name] = value if sign else None
    return found


def error_of(vm, script):
    """What the shell says about a script that has to fail."""
    output = vm.run(f"({script}) 2>&1")
    assert output.status, output.text
    return output.text.strip()


@pytest.mark.machine()
@pytest.mark.sample("5.10")
def test_platform(vm):
    """State and version as the firmware last said, on every kernel."""
    vm.fresh("psp_init_on_probe=0")
    found = files(vm)
    assert found["psp"] == BDF
    assert found["version"] == "1.55.21"
    assert (found["state"], found["last_failure"], found["leaked_pages"]) == ("uninit", "none", "0")
    assert found["snp/state"] == "uninit"
    assert "this processor has no SEV-SNP" in found["snp/preflight"]
    assert not [name for name in found if name.startswith(("tcb", "vulnerabilities"))]
    modes = vm.check(f"cd {DIR} && stat -c '%a %n' psp state version leaked_pages last_failure "
                     "snp/state snp/off_reason snp/preflight snp/features snp/policy")
    assert modes.split() == """444 psp 444 state 444 version 444 leaked_pages 400 last_failure
        444 snp/state 400 snp/off_reason 400 snp/preflight 444 snp/features
        444 snp/policy""".split()


@a_host
@new
@sample
def test_snp_comes_and_goes(vm):
    """With KVM; the TCB versions are told by part, as snphost does."""
    vm.fresh()
    assert "nobody has asked for it yet" in files(vm)["snp/off_reason"]
    assert files(vm)["snp/preflight"] == "SNP can start"
    vm.check("modprobe kvm_amd")
    found = files(vm)
    assert (found["state"], found["snp/state"]) == ("init", "init")
    assert (found["snp/off_reason"], found["snp/preflight"]) == ("", "SNP is up")
    assert (found["snp/rmp"], found["snp/ciphertext_hiding_asids"]) == ("kernel", "0")
    assert found["snp/features"] == "vlek rapl_disable"
    assert int(found["snp/policy"], 0) & 0x1fffff == 0x1fffff

    status = vm.sev("snp-status")
    for which in ("current", "reported"):
        assert int(found[f"tcb_{which}/raw"], 0) == status.number(f"{which}_tcb")
    shown = vm.check("snphost show tcb").lower().replace(" ", "")
    for part in TCB_PARTS:
        number = found[f"tcb_current/{part}"]
        assert re.search(rf"{part.replace('_', '')}:{number}\b", shown), (part, number, shown)
        assert found[f"tcb_committed/{part}"] == number
    assert "tcb_current/fmc" not in found

    vm.check("rmmod kvm_amd")
    found = files(vm)
    assert (found["state"], found["snp/state"]) == ("uninit", "uninit")
    assert "when kvm_amd was unloaded" in found["snp/off_reason"]


@a_host
@new
@sample
def test_reported_version_follows(vm):
    """What is reported is what was set, and the committed version stays known."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    before = files(vm)
    snp = int(before["tcb_current/snp"])
    tcb = int(before["tcb_current/raw"], 0)
    assert vm.sev("snp-config", "--tcb", tcb - (1 << 48)).outcome == OK
    found = files(vm)
    assert (found["tcb_reported/snp"], found["tcb_committed/snp"]) == (str(snp - 1), str(snp))
    assert vm.sev("snp-config", "--tcb", 0).outcome == OK
    assert files(vm) == before


@milan(family="turin", psps=("156e",))
@pytest.mark.kernels("7.2", "7.3")
@pytest.mark.sample("7.3")
def test_turin_has_other_parts(vm):
    """Its TCB versions have one part more, and are laid out in another way."""
    vm.fresh()
    vm.check("modprobe kvm_amd ciphertext_hiding_asids=20")
    found = files(vm)
    raw = int(found["tcb_current/raw"], 0)
    parts = [int(found[f"tcb_current/{part}"]) for part in ("fmc", *TCB_PARTS)]
    assert parts == [raw & 0xff, raw >> 8 & 0xff, raw >> 16 & 0xff, raw >> 24 & 0xff, raw >> 56]
    assert found["snp/ciphertext_hiding_asids"] == "20"
    assert "ciphertext_hiding" in found["snp/features"].split()
    vm.unload()


@a_host
@pytest.mark.kernels("5.10", "6.1")
@pytest.mark.sample("6.1")
def test_old_kernel(vm):
    """Says why there is no SNP; with snp=bringup, that there is."""
    vm.fresh()
    found = files(vm)
    assert found["snp/rmp"] == "none"
    assert "no SNP host support (see snp=bringup)" in found["snp/off_reason"]
    assert found["snp/off_reason"] in found["snp/preflight"]
    vm.fresh("snp=bringup")
    found = files(vm)
    assert (found["snp/state"], found["snp/rmp"]) == ("init", "bringup")
    assert found["tcb_current/raw"] == found["tcb_committed/raw"]


@a_host
@new
@sample
def test_unbound_while_open(vm):
    """Descriptors answer ENODEV; the directory goes, and comes with the next bind."""
    vm.fresh()
    names = vm.check(f"find {DIR} | sort")
    said = error_of(vm, f"exec 3<{DIR}/version 4<{DIR}/tcb_current/snp; cd {DIR}/snp\n"
                    f"echo {BDF} >{DRIVER}/unbind || exit 9; ls {DIR}\n"
                    "cat <&3; cat <&4; cat state")
    assert said.count("No such device") == 2, said
    assert said.count("No such file") == 2, said
    for _ in range(3):
        vm.check(f"echo {BDF} >{DRIVER}/bind")
        assert vm.check(f"find {DIR} | sort") == names
        assert vm.check(f"cat {DIR}/version") == "1.55.21"
        vm.check(f"echo {BDF} >{DRIVER}/unbind && test ! -e {DIR}")
    vm.check(f"echo {BDF} >{DRIVER}/bind")
    vm.check(f"exec 3<{DIR}/version; rmmod ccp; ! cat <&3; modprobe ccp; cat {DIR}/version")


@a_host
@new
@sample
def test_hung_firmware(vm):
    """A firmware that works on a command forever doesn't hold up readers; then it is dead."""
    vm.fresh("psp_cmd_timeout=10")
    vm.psp[0].fault("cmd=GET_ID,hang")
    vm.check("sev get-id2 >/dev/null & sleep 1; jobs -p >/tmp/asker")
    found = vm.check(f"cd {DIR}; timeout 5 cat version state snp/state snp/off_reason "
                     "tcb_current/raw leaked_pages")
    assert found.splitlines()[:2] == ["1.55.21", "uninit"]
    assert vm.check("kill -0 $(cat /tmp/asker) && echo busy") == "busy"
    vm.check("while kill -0 $(cat /tmp/asker) 2>/dev/null; do sleep 1; done")
    found = files(vm)
    assert (found["state"], found["last_failure"]) == ("dead", "GET_ID no answer")
    assert found["tcb_current/raw"]
    vm.psp[0].heal()
    vm.fresh()
    assert files(vm)["state"] == "uninit"


@a_host
@new
@sample
def test_last_failure(vm):
    """The last command that the firmware refused; a query of a length is none."""
    vm.fresh("psp_init_on_probe=0")
    assert vm.sev("get-id2", "--len", 0).error
    assert files(vm)["last_failure"] == "none"
    vm.psp[0].fault("cmd=PDH_GEN,status=0x13,count=1")
    assert vm.sev("pdh-gen").error == 0x13
    assert files(vm)["last_failure"] == "PDH_GEN HWSEV_RET_PLATFORM 0x13"


MITIGATIONS = f"{DIR}/vulnerabilities"


@with_mitigations
def test_mitigations(vm):
    """As in 7.3: one bit is written at a time, and it is verified by the firmware."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.check(f"cd {MITIGATIONS}; stat -c '%a %n' *").split() == \
        ["400", "supported_mitigations", "600", "verified_mitigations"]
    assert vm.check(f"cat {MITIGATIONS}/*") == "0x3\n0x0"
    for value, message in (("0", "Invalid argument"), ("3", "Invalid argument"),
                           ("junk", "Invalid argument"), ("4", "Input/output error"),
                           ("0x10000000000000000", "Numerical result out of range"),
                           ("2", "Invalid argument")):
        said = error_of(vm, f"echo {value} >{MITIGATIONS}/verified_mitigations")
        assert message in said, (value, said)
    log = vm.log()
    assert "mitigation 0x3 refused: write one bit" in log
    assert "mitigation 0x2 is not in place, the firmware says 0x1" in log
    assert vm.check(f"cat {MITIGATIONS}/*") == "0x3\n0x0"
    vm.check(f"echo 1 >{MITIGATIONS}/verified_mitigations")
    assert vm.check(f"cat {MITIGATIONS}/*") == "0x3\n0x1"


@with_mitigations
def test_mitigations_are_not_asked_for_twice(vm):
    """What is known is told without the firmware; when SNP goes it is asked again."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    vm.psp[0].clear_counts()
    for _ in range(3):
        vm.check(f"cat {MITIGATIONS}/*")
    assert vm.psp[0].counts().get("SNP_VERIFY_MITIGATION") == 1
    vm.check(f"rmmod kvm_amd && cat {MITIGATIONS}/*")
    assert vm.psp[0].counts().get("SNP_VERIFY_MITIGATION") == 2


@with_mitigations
def test_unbound_while_a_mitigation_is_verified(vm):
    """The driver waits for the one who verifies, and all others hear ENODEV."""
    vm.fresh()
    vm.psp[0].fault("cmd=SNP_VERIFY_MITIGATION,delay=3000,count=1")
    said = vm.check(
        f"exec 3<{MITIGATIONS}/supported_mitigations\n"
        f"(echo 1 >{MITIGATIONS}/verified_mitigations && echo verified) & sleep 1\n"
        f"cat {MITIGATIONS}/verified_mitigations 2>&1\n"
        f"echo {BDF} >{DRIVER}/unbind; wait; cat <&3 2>&1; echo {BDF} >{DRIVER}/bind")
    assert re.search("busy.*verified.*No such device", said, re.S), said
    assert vm.check(f"cat {MITIGATIONS}/*").startswith("0x3\n")
