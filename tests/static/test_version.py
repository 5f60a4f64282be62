# SPDX-License-Identifier: GPL-2.0-only
"""There is one version number, PACKAGE_VERSION in dkms.conf.

Manual pages, packages, tarballs and the HTML pages take it from there. Here is what has to say it
in words of its own.
"""
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
NUMBER = r"(\d+\.\d+\.\d+)(?![.\d])"

# What stands first in a file is the newest of it.
FIRST = {
    "CHANGELOG.md": rf"^## {NUMBER}",
    "packaging/debian/changelog": rf"^amd-sev \({NUMBER}-\d+\)",
    "packaging/rpm/amd-sev-dkms.spec": rf"^\* .* - {NUMBER}-\d+$",
    "packaging/rpm/amd-sev-kmod.spec": rf"^\* .* - {NUMBER}-\d+$",
    # After it comes the one that replaces it.
    "tests/dkms/hooks": rf"amd-sev[-/]{NUMBER}",
}
ALL = {
    "drivers/crypto/ccp/main.c": rf'MODULE_VERSION\("amd-sev-{NUMBER}"\)',
    "drivers/virt/coco/sev-guest/main.c": rf'MODULE_VERSION\("amd-sev-{NUMBER}"\)',
    "drivers/virt/coco/tsm-report/main.c": rf'MODULE_VERSION\("amd-sev-{NUMBER}"\)',
    "packaging/rpm/amd-sev-dkms.spec": rf"!\?version_of_source:{NUMBER}",
    "packaging/rpm/amd-sev-kmod.spec": rf"!\?version_of_source:{NUMBER}",
    "README.md": rf"amd-sev[-/]{NUMBER}",
    "tests/dkms/life-cycle": rf"amd-sev[-/]{NUMBER}",
    "tests/dkms/on-debian": rf"amd-sev[-/]{NUMBER}",
    "tests/dkms/test_dkms.py": rf"amd-sev[-/]{NUMBER}",
    "tests/dkms/test_hooks.py": rf"amd-sev[-/]{NUMBER}",
    "tests/dkms/test_on_debian.py": rf"amd-sev[-/]{NUMBER}",
    "tests/packaging/test_rpm.py": rf"-v {NUMBER}",
}
# What an administrator is told about one version stays as it is; the program has its own.
OTHERS = ("packaging/debian/amd-sev-ccp-dkms.NEWS", "packaging/debian/amd-sev-guest-dkms.NEWS",
          "tests/clients/attest/Cargo.toml")
PLACES = [(path, pattern, 1) for path, pattern in FIRST.items()] + \
         [(path, pattern, None) for path, pattern in ALL.items()]


@pytest.fixture(name="version", scope="module")
def version_of_the_project():
    conf = (TOP / "dkms.conf").read_text(encoding="utf-8")
    return re.search(rf'^PACKAGE_VERSION="{NUMBER}"$', conf, flags=re.M)[1]


def numbers(text, pattern, count):
    return re.findall(pattern, text, flags=re.M)[:count]


@pytest.mark.parametrize("path, pattern, count", PLACES)
def test_it_says_the_same(version, path, pattern, count):
    found = numbers((TOP / path).read_text(encoding="utf-8"), pattern, count)
    assert found, f"{path}: the version is not where it was"
    assert set(found) == {version}


@pytest.mark.parametrize("path, pattern, count", PLACES)
def test_another_one_is_seen(version, path, pattern, count):
    text = (TOP / path).read_text(encoding="utf-8").replace(version, "9.8.7")
    assert "9.8.7" in numbers(text, pattern, count)


def test_no_other_file_says_it(version):
    """A new place belongs into the table, or takes the version from dkms.conf."""
    files = subprocess.run(["git", "-C", TOP, "grep", "-lIE",
                            rf"(^|[^.0-9]){re.escape(version)}([^.0-9]|$)"],
                           capture_output=True, text=True, check=True).stdout.split()
    known = {*FIRST, *ALL, *OTHERS, "dkms.conf"}
    assert [name for name in files if name not in known] == []
