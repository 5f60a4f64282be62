# SPDX-License-Identifier: GPL-2.0-only
"""A kernel that is not of the matrix: its headers are somewhere, and so are its image and its
modules. Here they are copies of what Debian has.

The log of each run is build/matrix/<name>.log.
"""

import re
import shutil

import pytest

from test_build import output_of, run


@pytest.fixture(scope="module", name="release")
def make_release():
    """The kernel whose copies are looked at."""
    output_of("tests/vm/setup", "--kernel", "6.12")
    return output_of("tests/vm/kernels", "release", "6.12")


def rows(output):
    """The table that make printed: a dictionary for each line, by the words of the first."""
    head, *lines = re.findall(r"^\S.* (?:verdict|yes|NO)$", output, re.MULTILINE)
    starts = [match.start() for match in re.finditer(r"\S+", head)]
    ends = [*starts[1:], None]
    return [{head[start:end].strip(): line[start:end].strip() for start, end in zip(starts, ends)}
            for line in lines]


def test_headers_from_anywhere_get_their_line_and_what_they_make_boots(release, tmp_path):
    """The second kernel has a KVM that asks for another version of a symbol than ours has, and
    the third one has no headers."""
    status, output = run("headers", "tests/vm/chroot-exec", "--", "sh", "-c", f"""
        set -e
        # Their links lead two directories up, as below /usr/src.
        mkdir /opt/one /opt/two
        cp -a /usr/src/linux-headers-{release}/. /opt/one
        cp -a /opt/one/. /opt/two
        sed -i 's/"[^"]*-amd64"/"9.9.9-other"/' /opt/two/include/generated/utsrelease.h
        sed -i 's/^0x[0-9a-f]*\\tsev_guest_df_flush\\t/0x12345678\\tsev_guest_df_flush\\t/' \\
            /opt/two/Module.symvers
        ln -s {release} /lib/modules/9.9.9-other
        make matrix KDIR="/opt/one /opt/two /opt/three"
        """)
    assert status != 0
    one, two, three = rows(output)
    assert one == {"kernel": release, "modules": "ccp sev-guest", "probes": one["probes"],
                   "warnings": "0", "missing": "0", "symbols": one["symbols"], "verdict": "yes"}
    assert re.fullmatch(r"[1-9]\d+/[1-9]\d+", one["probes"])
    assert re.fullmatch(r"1\d equal", one["symbols"])
    assert two == {**one, "kernel": "9.9.9-other", "symbols": "1 wrong", "verdict": "NO"}
    assert re.search("^    sev_guest_df_flush has version 0x[0-9a-f]{8}, but kernel 9.9.9-other "
                     "expects 0x12345678; importers: kvm-amd$", output, re.MULTILINE), output
    assert (three["kernel"], three["modules"], three["verdict"]) == ("three", "-", "NO")
    assert re.search("^    no kernel headers in /opt/three: ", output, re.MULTILINE), output

    image, modules = tmp_path / "image", tmp_path / "modules"
    shutil.copy(output_of("tests/vm/kernels", "vmlinuz", "6.12"), image)
    shutil.copytree(output_of("tests/vm/kernels", "modules", "6.12"), modules, symlinks=True)
    status, output = run(
        "headers-boot", "tests/vm/run", "--kernel-image", image, "--modules-dir", modules,
        "--modules", "ours", "--role", "sev-host", "--psp", "1486", "--",
        "uname -r; modprobe kvm_amd; modinfo -n ccp; dmesg | grep 'SEV enabled'")
    assert status == 0, output
    assert output.splitlines()[0] == release
    assert f"/lib/modules/{release}/updates/dkms/ccp.ko" in output
    assert "SEV enabled (ASIDs " in output
