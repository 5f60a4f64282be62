# SPDX-License-Identifier: GPL-2.0-only
"""An SNP host: the platform comes up with KVM and goes with it, in any order."""

import re

import pytest

from lab import snphost
from lab.kvm import run
from lab.snphost import SNP_SHIFT

BDF = "0000:00:10.0"
OK = (0, "0", 0)
INVALID_PARAM = 0x16

pytestmark = [pytest.mark.machine(role="snp-host", snphost=True),
              pytest.mark.kernels("6.12", "7.2", "7.3")]

both = pytest.mark.stock()


@pytest.fixture(name="host")
def fixture_host(vm):
    """A machine with kvm_amd, and so with SNP."""
    vm.check("modprobe msr")
    if not vm.loaded("kvm_amd") or snp(vm).get("state") != "1":
        vm.unload()
        vm.check("modprobe kvm_amd")
    assert snp(vm)["state"] == "1"
    return vm


def snp(vm):
    """Status of the SNP platform."""
    return vm.sev("snp-status")


def no_page_is_lost(vm):
    """Neither driver nor kernel has given a page up."""
    log = vm.log()
    assert "Leaking" not in log
    assert "left to the firmware" not in log
    assert "can't be reclaimed" not in log


@both
def test_kvm_amd_has_snp(vm):
    """What KVM and driver say."""
    vm.unload()
    vm.check("modprobe kvm_amd")
    log = vm.log()
    assert "SEV enabled (ASIDs 100 - 509)" in log
    assert re.search(r"SEV-SNP enabled \(ASIDs 1 - 99\)", log)
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev_snp") == "Y"
    if vm.ours:
        assert f"ccp {BDF}: SEV-SNP API:1.55 build:21" in log
        assert f"ccp {BDF}: SEV API:1.55 build:21" in log
    assert snp(vm)["state"] == "1"
    assert vm.sev("status").outcome == OK


@both
def test_snphost_ok(host):
    """Debian's snphost, unmodified, is content with all that the driver brings about."""
    verdict = snphost.ok(host)
    # Firmware of this build doesn't look for memory that is there twice.
    assert verdict.failed == ["Alias check"]
    assert not verdict.ok


@both
@pytest.mark.machine(role="snp-host", snphost=True, psps=("1486,api=1.55.22",))
@pytest.mark.sample("6.12")
def test_snphost_ok_with_newer_firmware(host):
    """With firmware that looks for it there is nothing left to complain about."""
    verdict = snphost.ok(host)
    assert verdict.failed == []
    assert verdict.ok


@both
def test_snphost_shows(host):
    """Version, number of guests, TCB versions, id."""
    snphost.shows(host)


@both
def test_snphost_config(host):
    """A lower version is reported, and after a reset the committed one again."""
    snphost.configures(host)


@both
def test_config_above_what_runs(host):
    """Is refused as the firmware does, and we say which part of it is too high."""
    tcb = snp(host).number("current_tcb")
    answer = host.sev("snp-config", "--tcb", tcb + (1 << SNP_SHIFT))
    assert answer.outcome == (-1, "EIO", INVALID_PARAM)
    if host.ours:
        assert re.search(r"snp \d+ of the TCB version is above the running one", host.log())
    assert snp(host).number("reported_tcb") == tcb


@both
def test_snphost_commit(host):
    """Commits the firmware, and each time we say who has done it: there is no way back."""
    for _ in range(2):
        host.mark("commit")
        snphost.commits(host)
        if host.ours:
            lines = re.findall(r"SEV-SNP: \S+\[\d+\] has committed firmware 1\.55\.21, TCB "
                               r"version 0x[0-9a-f]{16}; this can't be undone", host.log())
            assert len(lines) == 1


def test_commit_of_which_the_versions_are_not_told(host):
    """It is committed all the same, and no version is made up."""
    host.psp[0].fault("cmd=SNP_PLATFORM_STATUS,status=0x11,count=1")
    assert host.sev("snp-commit").outcome == OK
    assert re.search(r"SEV-SNP: \S+\[\d+\] has committed firmware 1\.55\.21, TCB version unknown; "
                     r"this can't be undone", host.log())
    assert host.run("cat /sys/firmware/sev/snp/tcb_committed/raw").status
    assert snp(host)["state"] == "1"


def test_commit_of_a_killed_process(host):
    """Said when its end is seen: nobody else tells that it was done."""
    host.psp[0].fault("cmd=SNP_COMMIT,delay=1500,count=1")
    host.check("sev snp-commit & sleep 0.5; kill -9 $!; wait; true")
    assert host.sev("status").outcome == OK
    assert host.log().count("SEV-SNP: a process that was killed has committed firmware 1.55.21; "
                            "this can't be undone") == 1


@both
@pytest.mark.kernels("6.12")
def test_cpu_that_is_off_has_snp(vm):
    """It has had it since the kernel booted, so the firmware is content."""
    vm.unload()
    off = "/sys/devices/system/cpu/cpu1/online"
    vm.check(f"echo 0 >{off}")
    try:
        vm.check("modprobe kvm_amd")
        assert snp(vm)["state"] == "1"
    finally:
        vm.check(f"echo 1 >{off}")
    vm.unload()


@pytest.mark.parametrize("param", ("snp=auto", "snp=force"))
def test_asked_for_by_the_user(vm, param):
    """On a machine that is fit it makes no difference."""
    vm.load(param)
    vm.check("modprobe kvm_amd")
    assert snp(vm)["state"] == "1"
    assert "a likely reason" not in vm.log()
    vm.unload()


@pytest.mark.machine(role="snp-host", psps=("1486,api=1.49.3",))
@pytest.mark.sample("6.12", "7.3")
def test_firmware_without_snp(vm):
    """SEV is there all the same, for KVM too, which knows that SNP is not. Nobody asks such a
    firmware for its SNP status but KVM itself."""
    vm.unload()
    vm.check("modprobe ccp")
    assert "SNP_PLATFORM_STATUS" not in vm.psp[0].commands()
    vm.check("modprobe kvm_amd")
    log = vm.log()
    assert "SEV-SNP support requires firmware version >= 1:51" in log
    assert "SEV-SNP enabled" not in log
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev_snp") == "N"
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev") == "Y"
    run(vm, "kvm-guest launch 0").fine("init", "start", "update", "measure", "finish")
    assert "start=0,0" not in vm.run("kvm-snp launch 0x30000").text
    vm.unload()


@both
def test_legacy_commands_beside_snp(host):
    """What the firmware writes for them arrives, and every page comes back."""
    for _ in range(3):
        assert host.sev("status").outcome == OK
        assert host.sev("snp-status").outcome == OK
        assert host.sev("get-id2").outcome == OK
        assert host.sev("pek-csr", "--len", 0x1000).outcome == OK
        assert host.sev("pdh-export", "--len", 0x1000, "--len2", 0x3000).outcome == OK
        assert host.sev("pdh-gen").outcome == OK
    no_page_is_lost(host)


@both
def test_kvm_amd_comes_and_goes(host):
    """SNP goes and comes with it, and no page is lost."""
    for _ in range(3):
        host.check("rmmod kvm_amd")
        assert snp(host)["state"] == "0"
        host.check("modprobe kvm_amd")
        assert snp(host)["state"] == "1"
    no_page_is_lost(host)


@both
def test_driver_comes_and_goes(host):
    """With the platform up until the driver goes."""
    host.check("rmmod kvm_amd && rmmod ccp")
    host.check("modprobe ccp && modprobe kvm_amd")
    assert snp(host)["state"] == "1"
    no_page_is_lost(host)


def test_unbound_under_kvm(host):
    """The driver shuts SNP down, KVM can go, and all of it comes up again."""
    host.check(f"echo {BDF} >/sys/bus/pci/drivers/ccp/unbind")
    host.check("rmmod kvm_amd")
    host.check(f"echo {BDF} >/sys/bus/pci/drivers/ccp/bind")
    host.check("modprobe kvm_amd")
    assert snp(host)["state"] == "1"
    no_page_is_lost(host)


def test_driver_goes_though_the_firmware_stays(host):
    """Says what stays behind; the next one ends that and brings SNP up again."""
    # For kvm_amd and for the driver.
    host.psp[0].fault("cmd=SNP_SHUTDOWN_EX,status=0x1,count=2")
    host.unload()
    assert len(re.findall("SEV-SNP: left initialised, because", host.log())) == 1
    host.check("modprobe kvm_amd")
    assert "an earlier kernel or driver has left it initialised" in host.log()
    assert snp(host)["state"] == "1"
    no_page_is_lost(host)


@both
def test_commands_of_snp_before_it_is_up(vm):
    """They fail, and we say why."""
    vm.unload()
    vm.check("modprobe ccp")
    assert snp(vm)["state"] == "0"
    assert vm.sev("snp-config").outcome[:2] == (-1, "ENODEV")
    if vm.ours:
        assert "nobody has asked for it yet; loading kvm_amd does" in vm.log()
    vm.check("modprobe kvm_amd && rmmod kvm_amd")
    assert vm.sev("snp-config").outcome[:2] == (-1, "ENODEV")
    if vm.ours:
        assert "when kvm_amd was unloaded" in vm.log()


@both
def test_without_the_legacy_platform(vm):
    """Told not to initialise on probe, SNP is up all the same."""
    vm.load("psp_init_on_probe=0")
    vm.check("modprobe kvm_amd")
    assert snp(vm)["state"] == "1"
    assert vm.sev("status")["state"] == "0"
    if vm.ours:
        # One that needs the legacy platform leaves SNP as it was.
        assert vm.sev("pek-csr", "--len", 0x1000).outcome == OK
        assert snp(vm)["state"] == "1"
        assert vm.sev("status")["state"] == "0"
    no_page_is_lost(vm)


def test_turned_off_by_the_user(vm):
    """snp=off: SEV only, where the firmware allows it without SNP."""
    vm.load("snp=off")
    vm.check("modprobe kvm_amd")
    assert snp(vm)["state"] == "0"
    assert "SEV-SNP enabled" not in vm.log()


def test_status_for_people(host):
    """debugfs says how it stands, also why SNP is off."""
    text = host.check("cat /sys/kernel/debug/ccp/sev")
    assert "snp: up" in text
    assert "leaked pages: 0" in text
    host.check("rmmod kvm_amd")
    text = host.check("cat /sys/kernel/debug/ccp/sev")
    assert "snp off because: it was shut down when kvm_amd was unloaded" in text


# Not with stock: firmware before 1.53 makes the IOMMUs' pages the hypervisor's itself. If one of
# their buffers happens to begin at a multiple of 2 MiB the kernel calls that an error, and its
# driver goes on as if SNP were up.
@pytest.mark.kernels("6.12")
@pytest.mark.machine(role="snp-host", psps=("1486,api=1.51.3",))
def test_firmware_without_snp_init_ex(vm):
    """1.51 knows SNP_INIT only, without a list and without choices."""
    vm.unload()
    vm.check("modprobe kvm_amd")
    assert "SEV-SNP API:1.51 build:3" in vm.log()
    assert snp(vm)["state"] == "1"
    commands = vm.psp[0].commands()
    assert "SNP_INIT" in commands and "SNP_INIT_EX" not in commands
    vm.check("rmmod kvm_amd")
    assert snp(vm)["state"] == "0"
    no_page_is_lost(vm)


turin = pytest.mark.machine(role="snp-host", family="turin", psps=("156e",), snphost=True)


@both
@turin
@pytest.mark.kernels("7.2", "7.3")
def test_snphost_on_turin(host):
    """All is well there, but snphost doesn't know tables in segments."""
    assert snphost.ok(host).failed == ["Reading RMP table: RMP table was not read successfully"]
    assert host.check("snphost show version") == "1.55"
    host.check("snphost commit")


@both
@turin
@pytest.mark.kernels("7.2", "7.3")
def test_ciphertext_is_hidden(vm):
    """KVM asks for it, and the ASIDs are divided as it wants."""
    vm.load(*(["rapl_disable=1"] if vm.ours else []))
    vm.check("modprobe kvm_amd ciphertext_hiding_asids=20")
    assert "SEV-SNP ciphertext hiding enabled" in vm.log()
    assert "SEV-SNP enabled (ASIDs 1 - 20)" in vm.log()
    if vm.ours:
        assert "rapl_disable has no effect" not in vm.log()
        assert "asids 1 to 20" in vm.check("cat /sys/kernel/debug/ccp/sev")

    # Without KVM's wish it is off again.
    vm.check("rmmod kvm_amd && modprobe kvm_amd")
    assert "SEV-SNP enabled (ASIDs 1 - 99)" in vm.log()
    if vm.ours:
        assert "ciphertext hidden" not in vm.check("cat /sys/kernel/debug/ccp/sev")
        no_page_is_lost(vm)
    else:
        # The buffer of the SFS, which this processor has, is given up.
        assert "Leaking" in vm.log()
