# SPDX-License-Identifier: GPL-2.0-only
"""Machines on which SNP can't start, each for another reason. The firmware would answer with
the same number for nearly all of them; the module says the reason in one line, before the
firmware is asked."""

import re
from dataclasses import dataclass

import pytest

from lab.guest import Spec

KERNEL = "6.12"

ALL_CPUS = r".* the firmware wants the same on all CPUs; .*"
COVERAGE = r'.*"SNP Memory \(RMP Table\) Coverage" in the BIOS set-up'


@dataclass(frozen=True)
class Refusal:
    """What is wrong with a machine, and how that is said."""

    line: str
    cpu: tuple = ()
    without: tuple = ()
    append: str = ""


def differs(register, name, value="0"):
    """One CPU has another value in a register."""
    return Refusal(rf"{name} \(MSR 0x{register}\) is 0x[0-9a-f]+ on CPU 0, \S+ on CPU 1:{ALL_CPUS}",
                   cpu=(f"msr=1:{register}:{value}",))


REFUSALS = {
    "no-table": Refusal(rf"RMP_BASE.*{COVERAGE}", cpu=("rmp-base=0",)),
    "small-table": Refusal(rf"\d+ MiB are covered, 0x[0-9a-f]+-.* does not cover all "
                           rf"memory.*{COVERAGE}", cpu=("rmp-size=0x200000",)),
    "multi-key": Refusal(r"CPU 0: SYSCFG \(MSR 0xc0010010\).*multi-key.*BIOS.*",
                         cpu=("msr=all:c0010010:4800000",)),
    "debugger": Refusal(r"CPU 0: DEBUG_STATUS \(MSR 0xc0011006\) is 0x4: .*debugger.*BIOS.*",
                        cpu=("msr=all:c0011006:4",)),
    "top-mem": differs("c001001a", "TOP_MEM"),
    "top-mem2": differs("c001001d", "TOM2", "180000000"),
    "tseg": differs("c0010112", ".*", "1000000"),
    "iorr": differs("c0010016", ".*", "18"),
    "one-cpu-without-mfdm": Refusal(r".*SYSCFG \(MSR 0xc0010010\) is .*",
                                    cpu=("stuck=1:c0010010:80000",)),
    "one-cpu-without-snp": Refusal(r".*SYSCFG \(MSR 0xc0010010\) is .*",
                                   cpu=("stuck=1:c0010010:1000000",)),
    "cpu-offline": Refusal(r"1 of 2 CPUs are online: .*maxcpus.*", append="maxcpus=1"),
    "no-iommu": Refusal(r"there is no IOMMU; .*BIOS set-up", without=("iommu",)),
    "iommu-without-snp": Refusal(r"IOMMU at 0x[0-9a-f]+: EFR .*SNPSup.*BIOS set-up",
                                 without=("iommu-snp",)),
    "iommu-passthrough": Refusal(r"the IOMMU is in passthrough mode; remove iommu=pt .*",
                                 append="iommu=pt"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_one_line_says_why(rack, name):
    """The first line about it has the cause and what to do; SNP stays off, the driver works."""
    refusal = REFUSALS[name]
    vm = rack.get(Spec(KERNEL, role="snp-host", cpu=refusal.cpu, without=refusal.without,
                       append=refusal.append))
    vm.unload()
    vm.mark(name)
    vm.check("modprobe kvm_amd")
    log = vm.log()
    lines = re.findall(r"ccp \S+: SEV-SNP: (?:can't start: )?(.*)", log)
    assert lines, log
    assert re.match(refusal.line, lines[0]), log
    assert "SEV-SNP enabled" not in log
    assert "SNP_INIT_EX" not in vm.psp[0].commands()
    assert vm.sev("status")["ret"] == "0"
    assert not vm.complaints()
