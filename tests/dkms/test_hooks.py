# SPDX-License-Identifier: GPL-2.0-only
"""Kernels come and go on a Debian 13 with our package: none of its own packages may be left
unconfigured because of ours. The dkms of Debian 12 (3.0.10) knows no way to pass a kernel over.

The log of the run is build/dkms/hooks.log.
"""

import re

from test_dkms import in_root, make_package, release_of

__all__ = ["make_package"]


def test_no_kernel_is_left_unconfigured(package):
    release = release_of("6.12")
    _, output = in_root("hooks", "tests/dkms/hooks", package, release)
    found = dict(re.findall(r"^--- (.*?): (.*)$", output, re.MULTILINE))

    guest = r"sev-guest\.ko(\.xz)? ?"
    for what in ("new kernel", "the same kernel, mended", "newer version"):
        assert found[what] == "0", output
        assert re.fullmatch(guest, found[f"modules after {what}"]), output
        assert f"{release}, x86_64: installed" in found[f"status after {what}"]
    assert "0.1.1" in found["status after newer version"]

    for what in ("removed kernel", "kernel that can not be served", "purge"):
        assert found[what] == "0", output
        assert found[f"modules after {what}"] == ""
        assert "installed" not in found[f"status after {what}"]
    assert re.search(rf"^amd-sev: kernel {re.escape(release)} has its (ccp|sev-guest) driver built in",
                     output, re.MULTILINE), output
    assert found["remove"] == "0"
    assert found["left over"] == ""
