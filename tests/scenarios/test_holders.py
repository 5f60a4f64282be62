# SPDX-License-Identifier: GPL-2.0-only
"""Somebody holds a guest: nothing that the guest needs goes away under it, and when its holder is
killed all of its pages come back."""

import pytest

from lab import holder

pytestmark = [pytest.mark.stock(), pytest.mark.machine(role="snp-host"),
              pytest.mark.kernels("6.12", "7.2", "7.3"), pytest.mark.sample("6.12", "7.3")]

KINDS = ("kvm-snp hold 0x30000", "kvm-snp hold-launch 0x30000", "kvm-guest hold 0",
         "kvm-guest hold-es 0")
# States that only a guest's pages have
GUESTS = ("Pre-Guest", "Guest-Invalid", "Guest-Valid", "Context")
# How many of them the clients' SNP guests have, at least: 518 of memory and one for the context.
MEMORY = 519


@pytest.mark.parametrize("client", KINDS)
def test_holder_is_killed(snp_kvm, client):
    """The module stays while there is a guest, and the kernel takes its pages back afterwards."""
    psp, is_snp = snp_kvm.psp[0], client.startswith("kvm-snp")
    before = psp.pages()
    with holder.held(snp_kvm, client) as steps:
        steps.fine(*[name for name in steps if "," in steps[name] and name != "twice"])
        firmware, pages = psp.firmware(), psp.pages()
        assert (firmware["guests"], firmware["snp-guests"]) == ((0, 1) if is_snp else (1, 0))
        assert (sum(pages.get(state, 0) for state in GUESTS) >= MEMORY) == is_snp
        assert snp_kvm.sev("snp-status").number("guest_count") == is_snp
        assert snp_kvm.run("rmmod kvm_amd 2>&1").status
        assert snp_kvm.run("rmmod ccp 2>&1").status
        assert snp_kvm.sev("status").number("state") == (1 if is_snp else 2)

    firmware = psp.firmware()
    assert (firmware["guests"], firmware["snp-guests"], firmware["snp"]) == (0, 0, 1)
    assert psp.pages() == before
