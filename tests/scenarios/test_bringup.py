# SPDX-License-Identifier: GPL-2.0-only
"""snp=bringup: SNP on kernels that don't know it; and the words where it can't start."""

import re

import pytest

from lab import snphost

PREFLIGHT = "/sys/kernel/debug/ccp/snp_preflight"
OK = (0, "0", 0)

old = pytest.mark.kernels("5.10", "6.1")
new = pytest.mark.kernels("6.12", "7.2", "7.3")
a_new_one = pytest.mark.kernels("6.12")


def milan(**options):
    """A Zen 3 host; the mark for it."""
    return pytest.mark.machine(role="snp-host", snphost=True, **options)


def load(vm, *parameters):
    """Loads ccp, and what shows its files. Returns the kernel log since."""
    vm.unload()
    vm.check("grep -q debugfs /proc/mounts || mount -t debugfs none /sys/kernel/debug")
    before = len(vm.log())
    vm.check(" ".join(("modprobe ccp",) + parameters))
    return vm.log()[before:]


def verdict(vm):
    """First line of the file with all checks."""
    return vm.check(f"head -n 1 {PREFLIGHT}")


def refusal(log):
    """The one line that says why SNP can't start."""
    lines = re.findall(r"SEV-SNP: can't start: (.*)", log)
    assert len(lines) == 1, log
    assert "SNP_INIT" not in log
    return lines[0]


@old
@milan()
def test_brings_snp_up_and_down(vm):
    """As often as one likes, and every page comes back."""
    for _ in range(2):
        log = load(vm, "snp=bringup")
        assert re.search(r"SEV-SNP: RMP table physical range \[0x[0-9a-f]{16} - 0x[0-9a-f]{16}\]",
                         log)
        assert "SEV-SNP API:1.55 build:21" in log
        assert verdict(vm) == "SNP is up"
        assert vm.sev("snp-status")["state"] == "1"
        assert vm.sev("get-id2").outcome == OK
        assert vm.sev("pdh-export", "--len", 0x1000, "--len2", 0x3000).outcome == OK
    vm.unload()
    log = vm.log()
    assert "Leaking" not in log
    assert "left to the firmware" not in log


# Firmware of this build doesn't look for memory that is there twice, and what such a KVM lacks the
# driver can't add: snphost finds it by parameters of kvm_amd.
ABSENT = "Error - /sys/module/kvm_amd/parameters/{} does not exist"
NO_SNP = f"SEV-SNP enabled in KVM: {ABSENT.format('sev_snp')}"
FAILED = {
    "5.10": ["Alias check", f"SEV-ES enabled in KVM: {ABSENT.format('sev_es')}", NO_SNP],
    "6.1": ["Alias check", NO_SNP],
}


@old
@milan()
def test_snphost(vm):
    """Debian's snphost finds SNP up on a kernel that has never heard of it, and works."""
    load(vm, "snp=bringup")
    vm.check("modprobe kvm_amd sev=1")
    verdict = snphost.ok(vm)
    assert verdict.failed == FAILED[vm.spec.kernel]
    for check in ("SEV initialized: Initialized, no guests running", "SEV-ES initialized",
                  "SNP: Enabled in MSR", "SNP initialized", "RMP table initialized",
                  "/dev/sev writable", "Comparing TCB values: TCB versions match"):
        assert check in verdict.passed
    snphost.shows(vm)
    snphost.configures(vm)
    snphost.commits(vm)
    assert vm.sev("pek-csr", "--len", 0x1000).outcome == OK
    # Such a KVM leaves SNP alone when it goes.
    vm.check("rmmod kvm_amd")
    assert vm.sev("snp-status")["state"] == "1"
    vm.load()
    assert vm.sev("snp-status")["state"] == "0"
    assert "Leaking" not in vm.log()


@old
@milan()
def test_cpu_comes_back_with_snp(vm):
    """A CPU that was offline has SNP again, and no other has lost anything."""
    load(vm, "snp=bringup")
    vm.check("echo 0 >/sys/devices/system/cpu/cpu1/online")
    vm.check("echo 1 >/sys/devices/system/cpu/cpu1/online")
    values = re.findall(r"SYSCFG +CPU \d+ +(0x[0-9a-f]+)", vm.check(f"cat {PREFLIGHT}"))
    assert len(values) == 1, values
    assert int(values[0], 16) & 0x3880000 == 0x3880000


@old
@milan()
def test_offline_cpu(vm):
    """Is said, and nothing is touched."""
    vm.unload()
    vm.check("echo 0 >/sys/devices/system/cpu/cpu1/online")
    try:
        log = load(vm, "snp=bringup")
        assert "1 of 2 CPUs are online" in refusal(log)
        assert "1 of 2 CPUs are online" in verdict(vm)
    finally:
        vm.check("echo 1 >/sys/devices/system/cpu/cpu1/online")


@old
@milan()
def test_goes_though_the_firmware_stays(vm):
    """Nothing of the driver is called any more, and the next one ends what it has left."""
    load(vm, "snp=bringup")
    vm.psp[0].fault("cmd=SNP_SHUTDOWN_EX,status=0x1,count=1")
    vm.unload()
    line = re.findall(r"SEV-SNP: left initialised, .*", vm.log())
    assert len(line) == 1
    assert "load the module again for another try, or restart the machine" in line[0]
    vm.check("echo 0 >/sys/devices/system/cpu/cpu1/online")
    vm.check("echo 1 >/sys/devices/system/cpu/cpu1/online")
    assert "an earlier kernel or driver has left it initialised" in load(vm, "snp=bringup")
    assert verdict(vm) == "SNP is up"
    vm.unload()
    assert len(re.findall("left initialised, because", vm.log())) == 1


@old
@milan()
def test_not_without_being_asked(vm):
    """An old kernel gets SNP by the parameter only; a wrong one is told."""
    assert "no SNP host support (see snp=bringup)" in refusal(load(vm))
    assert "snp=off" in refusal(load(vm, "snp=off"))
    vm.unload()
    assert vm.run("modprobe ccp snp=yes").status
    assert "snp=yes is not known; use snp=auto, snp=off, snp=bringup or snp=force" in vm.log()


@old
@milan(family="turin", mem="3G", psps=("156e",))
def test_segmented_table(vm):
    """One with RMPREAD and a table in pieces."""
    for _ in range(2):
        log = load(vm, "snp=bringup")
        assert "SEV-SNP: Segmented RMP using 1GB segments" in log
        assert "SEV-SNP: RMP segment 0 physical address" in log
        assert verdict(vm) == "SNP is up"
        # Firmware servicing, with a buffer that no guest may have: versions.
        assert "errno=0" in vm.check("node /dev/sfs 0xd0085301").split()
    vm.unload()


@old
@milan(without=("iommu-snp",))
def test_iommu_without_snp(vm):
    """The BIOS has to turn it on there, too."""
    log = load(vm, "snp=bringup")
    assert re.search(r"the IOMMU at 0xfed80000 does not support SNP \(EFR 0x[0-9a-f]+, bit 63",
                     log)
    assert "SEV-SNP API" not in log


@a_new_one
@milan(cpu=("msr=1:c0010016:1000",))
def test_cpus_that_differ(vm):
    """The firmware is asked, and the second CPU is to blame."""
    vm.unload()
    vm.check("modprobe kvm_amd")
    lines = re.findall("SEV-SNP: a likely reason: (.*)", vm.log())
    assert len(lines) == 1, vm.log()
    assert "IORR_BASE0 (MSR 0xc0010016) is 0x0 on CPU 0, 0x1000 on CPU 1" in lines[0]
