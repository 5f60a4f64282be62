# SPDX-License-Identifier: GPL-2.0-only
"""Kernels come and go on a Debian with our package: none of its own packages may be left
unconfigured because of ours, whichever dkms it has.

The log of each run is build/dkms/hooks-<debian>.log.
"""

import re

import pytest

from test_dkms import in_root, make_package, output_of, release_of

__all__ = ["make_package"]

# Their dkms, as it names itself; trixie's is the one of the build root.
DEBIANS = {"bullseye": "2.8", "bookworm": "3.0.10", "trixie": "3.2.2"}


def with_dkms_of(debian):
    """Makes the dkms of an older Debian visible in the root. Returns the binds, and where it is
    there."""
    if debian == "trixie":
        return (), ()
    return (output_of("tests/dkms/older", debian) + ":/opt/dkms",), ("/opt/dkms",)


@pytest.mark.parametrize("debian", DEBIANS)
def test_no_kernel_is_left_unconfigured(debian, package):
    release = release_of("6.12")
    bind, dkms = with_dkms_of(debian)
    _, output = in_root(f"hooks-{debian}", "tests/dkms/hooks", package, release, *dkms, bind=bind)
    found = dict(re.findall(r"^--- (.*?): (.*)$", output, re.MULTILINE))
    assert DEBIANS[debian] in found["version of dkms"]

    for what in ("new kernel", "newer version"):
        assert found[what] == "0", output
        assert found[f"ours after {what}"] == "amd-sev-0.1.0", output
        assert f"{release}, x86_64: installed" in found[f"status after {what}"]
    assert "0.1.1" in found["status after newer version"]
    # What there is for another kernel stays.
    assert found["ours after the other one"] == "amd-sev-0.1.0", output

    for what in ("kernel that can not be served, first", "kernel that can not be served",
                 "removed kernel that can not be served", "removed kernel",
                 "kernel that can not be served by it", "purge"):
        assert found[what] == "0", output
        assert found[f"ours after {what}"] == "", output
        assert "installed" not in found[f"status after {what}"]
    assert re.search("^amd-sev: kernel .* has its sev-guest driver built in .*\n"
                     "amd-sev: so there is no module for kernel ", output, re.MULTILINE), output
    assert found["abort"] == "137"
    assert found["remove"] == "0"
    assert found["left over"] == ""
