# SPDX-License-Identifier: GPL-2.0-only
"""The rpm packages: what rpmlint says, what their scriptlets do, and modules that are built."""

import re

import pytest

from debians import findings


def test_rpmlint_finds_nothing(trixie, packages):
    directory, _ = packages
    status, output = trixie.run(
        "rpmlint", "sh", "-c", "rpmlint --config packaging/rpm/rpmlint.toml "
        f"{directory}/rpm/*.rpm packaging/rpm/*.spec")
    assert status == 0, output
    assert re.search(r"4 packages and 2 specfiles checked; 0 errors, 0 warnings", output), output


@pytest.fixture(scope="module", name="life")
def _life(trixie, packages):
    directory, _ = packages
    _, output = trixie.run("life-rpm", "tests/packaging/rpm-life-cycle", f"{directory}/rpm",
                           f"{directory}/newer/rpm")
    return findings(output)


def asked(life, what):
    """What dkms and dracut were asked for, less what says that it is rpm."""
    return [line.replace(" --rpm_safe_upgrade", "")
            for line in life[f"asked by {what}"].split(";") if line]


def test_install_adds_and_installs_and_makes_the_initramfs(life):
    assert life["install"] == "0"
    calls = asked(life, "install")
    for name in ("amd-sev-ccp", "amd-sev-guest"):
        add = calls.index(f"dkms add -m {name} -v 0.1.0")
        assert calls[add + 1] == f"dkms install -m {name} -v 0.1.0"
    assert calls[-1] == "dracut --regenerate-all --force"


def test_update_removes_the_old_version_only(life):
    assert life["update"] == "0"
    calls = asked(life, "update")
    for name in ("amd-sev-ccp", "amd-sev-guest"):
        assert calls.index(f"dkms install -m {name} -v 0.1.0.1") < \
            calls.index(f"dkms remove -m {name} -v 0.1.0 --all")
    assert not [call for call in calls if call.startswith("dkms remove") and "0.1.0.1" in call]
    assert calls[-1] == "dracut --regenerate-all --force"


def test_erase_leaves_nothing(life):
    assert life["erase"] == "0"
    calls = asked(life, "erase")
    assert "dkms remove -m amd-sev-ccp -v 0.1.0.1 --all" in calls
    assert "dkms remove -m amd-sev-guest -v 0.1.0.1 --all" in calls
    assert calls[-1] == "dracut --regenerate-all --force"
    assert life["left over"] == ""


def test_machine_that_wants_supported_modules_is_told(life):
    assert life["install on SUSE"] == "0"
    assert "this machine loads only modules that SUSE supports" in life["said by install on SUSE"]
    assert "SUSE" not in life["said by install"]


def test_modules_for_one_kernel(trixie):
    """Only the guest driver, which takes less time."""
    status, output = trixie.run(
        "kmod", "sh", "-c", "release=$(basename /lib/modules/*) && "
        "packaging/build-rpm /tmp/rpm $release sev-guest,tsm_report && "
        "rpm -qpl /tmp/rpm/kmod-amd-sev-*.rpm && echo release: $release")
    assert status == 0, output
    release = re.search("^release: (.*)$", output, re.MULTILINE)[1]
    files = re.findall(r"^/lib/modules/.*\.ko$", output, re.MULTILINE)
    assert files == [f"/lib/modules/{release}/updates/amd-sev/sev-guest.ko"], output
