# SPDX-License-Identifier: GPL-2.0-only
"""Sequences that nobody has thought of, on twin machines."""

import pytest

from twin.hunt import Hunt
from twin.pair import Pair
from twin.table import Table

# Kernel, role, and how many of a hundred sequences. SNP takes its time to come up.
MACHINES = (("6.12", "sev-host", 64), ("6.12", "snp-host", 8),
            ("7.3", "sev-host", 16), ("7.3", "snp-host", 12))
# Their own driver has no SNP.
OLDER = (("5.10", "sev-host", 5), ("6.1", "sev-host", 5), ("7.2", "snp-host", 10))

USUAL, EVERYWHERE = 300, 5000
STEPS = 30


def pytest_generate_tests(metafunc):
    """Shares the sequences out."""
    if "share" not in metafunc.fixturenames:
        return
    everywhere = metafunc.config.getoption("--everywhere")
    total = metafunc.config.getoption("--sequences") or (EVERYWHERE if everywhere else USUAL)
    machines = MACHINES + (OLDER if everywhere else ())
    whole = sum(share for *_, share in machines)
    metafunc.parametrize("kernel, role, share", [
        pytest.param(kernel, role, -(-total * share // whole), id=f"{kernel}-{role}")
        for kernel, role, share in machines])


def test_both_drivers_do_the_same(kernel, role, share, seed):
    """Whatever a program does, it can't tell them apart, but by what the table has."""
    with Pair(kernel, role, Table()) as pair:
        result = Hunt(pair, STEPS, print).go(seed, share)
    print(f"{result.sequences} sequences, {result.steps} steps, {result.seconds:.0f} s, "
          f"{result.restarts} starts, known: {dict(result.known)}")
    for text in result.ended:
        print(f"the kernel's own driver has ended its machine: {text}")
    for steps, trouble in result.unsteady:
        print(f"once, but not again: {steps}\n{trouble}")
    assert not result.found, "\n".join(
        f"seed {found.seed}: {found.command(kernel, role)}\n{found.text}"
        for found in result.found)
    assert result.whole >= share
    # Where nothing is left to compare with, nothing is compared.
    assert len(result.ended) <= 1 + share // 10
