# SPDX-License-Identifier: GPL-2.0-only
"""The random-number generator of the crypto engine."""

import pytest

from client import machine

PARTS = {"1456": "pspv1", "1486": "pspv2"}


@pytest.mark.parametrize("pci_id, reg", [("1537", 0x2000c), ("1456", 0xc), ("1486", 0xc),
                                         ("15df", 0xc)])
def test_gives_random_numbers(serve, pci_id, reg):
    with machine(serve("--pci-id", pci_id).path) as m:
        assert len({m.get(reg) for _ in range(8)}) == 8


def test_gives_nothing_until_it_is_switched_on(serve):
    server = serve("--pci-id", "1468")
    with machine(server.path) as m:
        assert m.get(0xc) == 0
        m.put(0x6008, 0x12d57)
        assert m.get(0xc) != m.get(0xc)
        server.ctl("reset")
        assert m.get(0xc) == 0


@pytest.mark.parametrize("pci_id", ["1456", "1486"])
def test_alone_can_be_out_of_reach(serve, pci_id):
    """The PSP behind it works."""
    server = serve("--pci-id", pci_id, "--ccp-blocked")
    with machine(server.path, PARTS[pci_id]) as m:
        assert {m.get(reg) for reg in (0x0, 0xc, 0x1000, 0xfffc)} == {0xffffffff}
        assert m.get("feature") & 1
        assert m.platform_status()[0] == 0


@pytest.mark.parametrize("pci_id", ["14ca", "1134", "115a"])
def test_not_there_without_an_engine(serve, pci_id):
    with machine(serve("--pci-id", pci_id).path) as m:
        assert m.get(0xc) == 0 and m.get(0x2000c) == 0
