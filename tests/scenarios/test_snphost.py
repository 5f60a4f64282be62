# SPDX-License-Identifier: GPL-2.0-only
"""Debian's snphost, unmodified: those of its commands that need no SNP."""

import re

import pytest

pytestmark = [
    pytest.mark.machine(snphost=True), pytest.mark.kernels("6.12", "7.2", "7.3"),
    pytest.mark.sample("6.12", "7.3"), pytest.mark.stock(),
]


@pytest.fixture(name="snphost")
def fixture_snphost(vm):
    """Runs it; returns what it prints."""
    vm.check("modprobe msr")
    vm.ready()
    return lambda *args: vm.check(f"snphost {' '.join(args)} 2>&1")


def test_show_version(snphost):
    """Firmware version."""
    assert snphost("show", "version") == "1.55"


def test_show_identifier(snphost, vm):
    """Id of the chip, as the firmware gives it."""
    assert vm.sev("get-id2")["id"] in snphost("show", "identifier").lower()


def test_show_tcb(snphost):
    """Security versions of what runs."""
    assert re.search(r"TCB", snphost("show", "tcb"), re.I)


def test_show_guests(snphost):
    """None."""
    assert re.search(r"\b0\b", snphost("show", "guests"))


def test_commit(snphost):
    """Commits the firmware."""
    snphost("commit")


def test_ok(snphost, vm):
    """Its check of the machine gets through and finds /dev/sev usable."""
    assert snphost
    output = vm.run("snphost ok 2>&1")
    assert re.search(r"PASS.*(/dev/sev|SEV firmware|Firmware)", output.text, re.I), output.text
