# SPDX-License-Identifier: GPL-2.0-only
"""Machines on which SNP can't start, each for another reason. The firmware answers with the same
number for nearly all of them; the module says the reason in one line. Where that is certain the
firmware is not asked. Beside it: what the kernel and its own module say on the same machine."""

import re
from dataclasses import dataclass

from lab.guest import Spec

KERNEL = "6.12"
STOCK_KERNELS = ("6.12", "7.2")

ALL_CPUS = r".* the firmware wants the same on all CPUs; .*"
COVERAGE = r'.*"SNP Memory \(RMP Table\) Coverage" in the BIOS set-up'


@dataclass(frozen=True)
class Refusal:
    """What is wrong with a machine, how that is said, and what the kernel says without us;
    STOCK_NEWER: 7.1 and later, where that is something else. ASKED: the firmware might accept
    it, so it is asked."""

    line: str
    stock: str
    stock_newer: str = ""
    cpu: tuple = ()
    without: tuple = ()
    append: str = ""
    asked: bool = False


# What the kernel's own module says for nine of fourteen reasons.
A_NUMBER = "SEV-SNP: SNP_INIT_EX failed rc -5, error 0x3"
NOTHING = ""


def differs(register, name, value="0"):
    """One CPU has another value in a register."""
    return Refusal(rf"{name} \(MSR 0x{register}\) is 0x[0-9a-f]+ on CPU 0, \S+ on CPU 1:{ALL_CPUS}",
                   A_NUMBER, cpu=(f"msr=1:{register}:{value}",), asked=True)


REFUSALS = {
    "no-table": Refusal(rf"RMP_BASE.*{COVERAGE}",
                        "Memory for the RMP table has not been reserved by BIOS",
                        cpu=("rmp-base=0",)),
    "small-table": Refusal(rf"\d+ MiB are covered, 0x[0-9a-f]+-.* does not cover all "
                           rf"memory.*{COVERAGE}",
                           "Memory reserved for the RMP table does not cover full system RAM",
                           cpu=("rmp-size=0x200000",)),
    "multi-key": Refusal(r"CPU 0: SYSCFG \(MSR 0xc0010010\).*multi-key.*BIOS.*",
                         A_NUMBER, cpu=("msr=all:c0010010:4800000",)),
    "guest-mode": Refusal(r"CPU 0: DEBUG_STATUS \(MSR 0xc0011006\) is 0x4: a thread is in "
                          r"guest mode or in SMM.*; end all guests.*",
                          A_NUMBER, cpu=("msr=all:c0011006:4",), asked=True),
    "top-mem": differs("c001001a", "TOP_MEM"),
    "top-mem2": differs("c001001d", "TOM2", "180000000"),
    "tseg": differs("c0010112", ".*", "1000000"),
    "iorr": differs("c0010016", ".*", "18"),
    "one-cpu-without-mfdm": Refusal(r"CPU 1: SYSCFG \(MSR 0xc0010010\) is .*: MtrrFixDramModEn "
                                    r"\(bit 19\) is off.*", A_NUMBER,
                                    cpu=("stuck=1:c0010010:80000",)),
    "one-cpu-without-snp": Refusal(r"CPU 1: SYSCFG \(MSR 0xc0010010\) is .*: SNP \(bit 24\) .* "
                                   r"are off.*", A_NUMBER,
                                   cpu=("stuck=1:c0010010:1000000",)),
    "cpu-offline": Refusal(r"1 of 2 CPUs are online: .*maxcpus.*", A_NUMBER,
                           "SEV-SNP: SNP init failed: not all CPUs online", append="maxcpus=1",
                           asked=True),
    "no-iommu": Refusal(r"there is no IOMMU; .*BIOS set-up", NOTHING, without=("iommu",)),
    "iommu-without-snp": Refusal(r"IOMMU at 0x[0-9a-f]+: EFR .*SNPSup.*BIOS set-up",
                                 "SNP: IOMMU SNP feature not enabled, SNP cannot be supported",
                                 without=("iommu-snp",)),
    "iommu-passthrough": Refusal(r"the IOMMU is in passthrough mode; remove iommu=pt .*",
                                 "SNP: IOMMU disabled or configured in passthrough mode",
                                 append="iommu=pt"),
}


# The others take --everywhere: each is a machine of its own.
STOCK_SAMPLE = ("small-table", "iorr", "no-iommu")


def pytest_generate_tests(metafunc):
    """Ours has to know all of them; what the kernel says otherwise doesn't change often."""
    option = metafunc.config.getoption
    if "stock" in metafunc.function.__name__:
        everywhere = option("everywhere", False)
        driver, kernels = "stock", STOCK_KERNELS if everywhere else (KERNEL,)
        names = REFUSALS if everywhere else STOCK_SAMPLE
    else:
        driver, kernels, names = "ours", (KERNEL,), REFUSALS
        if "insist" in metafunc.function.__name__:
            names = ("multi-key",)
    chosen = [(kernel, name) for kernel in kernels for name in names
              if kernel in (option("kernel", []) or kernels)
              and option("modules", None) in (None, driver)]
    metafunc.parametrize("kernel, name", chosen)


def start(rack, kernel, driver, name):
    """Loads KVM on such a machine, and with it the driver. Returns the machine."""
    refusal = REFUSALS[name]
    vm = rack.get(Spec(kernel, driver, role="snp-host", cpu=refusal.cpu, without=refusal.without,
                       append=refusal.append))
    vm.unload()
    vm.mark(name)
    vm.check("modprobe kvm_amd")
    log = vm.log()
    assert "SEV-SNP enabled" not in log
    # On processors that were made ready for SNP the firmware refuses SEV without it.
    ready = refusal.stock is A_NUMBER
    assert f"kvm_amd: SEV {'disabled' if ready else 'enabled'}" in log
    assert vm.sev("status")["ret"] == "0"
    assert not vm.complaints()
    return vm


def test_one_line_says_why(rack, kernel, name):
    """It has the cause and what to do; SNP stays off, the driver works."""
    vm = start(rack, kernel, "ours", name)
    refusal, log = REFUSALS[name], vm.log()
    begin = "a likely reason" if refusal.asked else "can't start"
    lines = re.findall(rf"ccp \S+: SEV-SNP: {begin}: (.*)", log)
    assert len(lines) == 1, log
    assert re.match(refusal.line, lines[0]), log
    assert ("SNP_INIT_EX" in vm.psp[0].commands()) == refusal.asked
    said = lines[0].partition(" (more in ")[0]
    assert said in vm.check("cat /sys/firmware/sev/snp/off_reason")


def test_user_may_insist(rack, kernel, name):
    """With snp=force the firmware is asked all the same, and what stood against it explains that
    it refuses."""
    refusal = REFUSALS[name]
    vm = rack.get(Spec(kernel, "ours", role="snp-host", cpu=refusal.cpu))
    vm.mark("force")
    vm.load("snp=force")
    vm.psp[0].mark()
    vm.check("modprobe kvm_amd")
    assert "SNP_INIT_EX" in vm.psp[0].commands()
    assert re.search(rf"SEV-SNP: a likely reason: {refusal.line}", vm.log())
    vm.unload()


def test_what_stock_says(rack, kernel, name):
    """It is as the table in the documentation says: a number, the kernel's line, or nothing."""
    vm = start(rack, kernel, "stock", name)
    refusal = REFUSALS[name]
    said = kernel != KERNEL and refusal.stock_newer or refusal.stock
    if said is not NOTHING:
        assert said in vm.console
    else:
        assert not re.search(r"SNP.*(fail|cannot|not been|not cover)", vm.console)
    assert ("SNP_INIT_EX" in vm.psp[0].commands()) == (said is A_NUMBER)
