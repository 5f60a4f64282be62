# SPDX-License-Identifier: GPL-2.0-only
"""Debian's snphost, unmodified, on a machine with SNP."""

import re
from dataclasses import dataclass

# Where the version of the SNP firmware is in the TCB version of a Milan.
SNP_SHIFT = 48
PARTS = {"Boot Loader": 0, "TEE": 8, "SNP": SNP_SHIFT, "Microcode": 56}


@dataclass
class Verdict:
    """What "snphost ok" says: whether all is well, and the checks that passed or failed."""

    ok: bool
    passed: list
    failed: list


def ok(vm):
    """Runs its check of the machine."""
    vm.check("modprobe msr")
    output = vm.run("snphost ok 2>&1")
    text = re.sub(r"\x1b\[[0-9;]*m", "", output.text)
    checks = {verdict: re.findall(rf"\[ {verdict} \][ -]*(.*?) *$", text, re.M)
              for verdict in ("PASS", "FAIL")}
    assert checks["PASS"], text
    return Verdict(output.status == 0, checks["PASS"], checks["FAIL"])


def _tcb(text, title):
    """A TCB version that it prints, as a number."""
    part = text.partition(title)[2]
    return sum(int(re.search(rf"{name}:\s+(\d+)", part)[1]) << shift
               for name, shift in PARTS.items())


def shows(vm):
    """Version, number of guests, TCB versions, id."""
    assert vm.check("snphost show version") == "1.55"
    assert vm.check("snphost show guests") == "0"
    text, status = vm.check("snphost show tcb"), vm.sev("snp-status")
    assert _tcb(text, "Reported TCB") == status.number("reported_tcb")
    assert _tcb(text, "Platform TCB") == status.number("current_tcb")
    assert vm.check("snphost show identifier").lower() == vm.sev("get-id2")["id"]


def configures(vm):
    """A lower version is reported, and after a reset the committed one again."""
    tcb = vm.sev("snp-status").number("current_tcb")
    lower = tcb - (1 << SNP_SHIFT)
    parts = [str(lower >> shift & 0xff) for shift in PARTS.values()]
    vm.check(f"snphost config set {' '.join(parts)} 0")
    assert vm.sev("snp-status").number("reported_tcb") == lower
    assert vm.sev("snp-status").number("current_tcb") == tcb
    assert _tcb(vm.check("snphost show tcb"), "Reported TCB") == lower
    vm.check("snphost config reset")
    assert vm.sev("snp-status").number("reported_tcb") == tcb


def commits(vm):
    """What runs becomes what is committed."""
    vm.check("snphost commit")
    status = vm.sev("snp-status")
    assert status["reported_tcb"] == status["current_tcb"]
