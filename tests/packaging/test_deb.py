# SPDX-License-Identifier: GPL-2.0-only
"""The Debian packages: what lintian says, and their life on a machine, by apt."""

import re
import xml.etree.ElementTree as xml

import pytest

from debians import TOP, Debian, findings, into_log, output_of

SERVED, NOT_SERVED = "6.90.1-amd64", "6.90.2-amd64"
OURS = {"ccp": r"updates/dkms/ccp\.ko(\.xz)?", "sev-guest": r"updates/dkms/sev-guest\.ko(\.xz)?"}
IN_TREE = {"ccp": r"kernel/drivers/crypto/ccp/ccp\.ko(\.xz)?",
           "sev-guest": r"kernel/drivers/virt/coco/sev-guest/sev-guest\.ko(\.xz)?"}
FIRMWARE = ["amd/amd_sev_fam19h_model01h.sbin", "amd/amd_sev_fam19h_model0xh.sbin"]


def test_lintian_finds_nothing(trixie, packages):
    directory, _ = packages
    status, output = trixie.run(
        "lintian", "sh", "-c", "lintian --allow-root --fail-on error,warning,info "
        f"--display-info {directory}/deb/*.changes")
    assert status == 0, output
    assert not re.search(r"^[EWI]: ", output, re.MULTILINE), output


@pytest.mark.parametrize("package", ["amd-sev-ccp-dkms", "amd-sev-guest-dkms"])
def test_metadata_is_valid(trixie, package):
    """It has no homepage, because there is none."""
    status, output = trixie.run(
        f"appstream-{package}", "appstreamcli", "validate", "--no-net",
        "--override=url-homepage-missing=info", f"packaging/{package}.metainfo.xml")
    assert status == 0, output


def test_apt_succeeds_whatever_the_kernel(life):
    found, output = life
    for what in ("install", "kernel served", "kernel not served", "purge of a kernel", "upgrade",
                 "remove", "purge"):
        assert found[what] == "0", output
        assert found[f"unconfigured after {what}"] == "", output


def module(found, name, kernel, what):
    """Where the module comes from."""
    return found[f"{name} for {kernel} after {what}"]


def initramfs(found, kernel, what):
    """What of interest is in the initramfs."""
    return found[f"initramfs of {kernel} after {what}"].split()


def release_of(found):
    """The kernel that runs: state was asked for it first."""
    return re.fullmatch("ccp for (.*) after nothing",
                        next(key for key in found if key.endswith("after nothing")))[1]


def test_modules_and_firmware_are_installed_and_in_the_initramfs(life):
    found, output = life
    release = release_of(found)
    for name, ours in OURS.items():
        assert re.fullmatch(IN_TREE[name], module(found, name, release, "nothing"))
        assert re.fullmatch(ours, module(found, name, release, "install")), output
    before, after = (initramfs(found, release, what) for what in ("nothing", "install"))
    assert [re.fullmatch(IN_TREE["ccp"], path) is not None for path in before
            if "ko" in path] == [True]
    assert [path for path in after if "ko" not in path] == FIRMWARE
    assert sorted(re.sub(r"\.xz$", "", path) for path in after if "ko" in path) == [
        "updates/dkms/ccp.ko", "updates/dkms/sev-guest.ko"]
    assert found["dracut"] == "0", output
    assert found["dracut image"].split() == after
    assert "amd-sev: the ccp that is loaded stays until the next boot." in output
    assert found["version of the module"].startswith("amd-sev-")


def test_aliases_are_those_of_the_modules(life):
    found, _ = life

    def aliases(package):
        tree = xml.parse(TOP / f"packaging/{package}.metainfo.xml")
        return sorted(element.text for element in tree.iter("modalias"))
    assert aliases("amd-sev-ccp-dkms") == found["aliases of the module"].split()
    assert aliases("amd-sev-guest-dkms") == [found["alias of the guest driver"]]


def test_kernel_whose_ccp_is_built_in_gets_the_guest_driver(life):
    found, output = life
    assert re.fullmatch(OURS["sev-guest"], module(found, "sev-guest", SERVED, "kernel served"))
    assert not re.match("updates", module(found, "ccp", SERVED, "kernel served"))
    assert f"amd-sev: kernel {SERVED} has its ccp driver built in" in output


def test_kernel_that_cannot_be_served_is_passed_over(life):
    found, output = life
    for name in OURS:
        assert not re.match("updates", module(found, name, NOT_SERVED, "kernel not served"))
    for driver in ("ccp", "sev-guest"):
        assert output.count(f"amd-sev: kernel {NOT_SERVED} has its {driver} driver built in") == 1


def test_newer_version_takes_the_place_of_the_older(life):
    found, _ = life
    status = found["dkms after upgrade"]
    assert re.search(r"amd-sev-guest/0\.1\.0\.1, .*: installed", status)
    assert not re.search(r"amd-sev-guest/0\.1\.0,", status)
    assert re.search(r"amd-sev-ccp/0\.1\.0, .*: installed", status)
    for kernel in (release_of(found), SERVED):
        assert re.fullmatch(OURS["sev-guest"], module(found, "sev-guest", kernel, "upgrade"))
        assert any("sev-guest" in path for path in initramfs(found, kernel, "upgrade"))


def test_removal_brings_the_in_tree_modules_back(life):
    found, output = life
    release = release_of(found)
    for what in ("remove", "purge"):
        for name, in_tree in IN_TREE.items():
            assert re.fullmatch(in_tree, module(found, name, release, what)), output
        assert initramfs(found, release, what) == initramfs(found, release, "nothing"), output
        assert found[f"dkms after {what}"] == ""
    assert not any("updates" in path for path in initramfs(found, SERVED, "remove"))


def test_who_has_little_need_for_it_is_told_once(life):
    """The kernel's own ccp of 7.3 can more than ours. Nobody is told so on 6.12."""
    release = output_of("tests/vm/kernels", "release", "7.3")
    ask = f"ONLY=ccp scripts/what-builds /lib/modules/{release}/build"
    _, output = into_log("newer-kernel", "tests/vm/chroot-exec", "--", "sh", "-c",
                         f"{ask} && {ask}")
    sentence = "has a ccp driver of its own that can be an SNP host"
    assert output.count(f"amd-sev: kernel {release} {sentence}") == 1, output
    assert output.count("ccp\n") == 2
    assert sentence not in life[1]


def test_purge_leaves_nothing(life):
    found, output = life
    assert found["left over"] == "", output


def test_debian_12(request, packages):
    """Its dkms knows no way to pass a kernel over."""
    if not request.config.getoption("--everywhere"):
        pytest.skip("only with --everywhere")
    directory, _ = packages
    _, output = Debian("bookworm").run("life-bookworm", "tests/packaging/life-cycle",
                                       f"{directory}/deb", f"{directory}/newer/deb",
                                       f"{directory}/bookworm")
    life = findings(output), output
    test_apt_succeeds_whatever_the_kernel(life)
    test_modules_and_firmware_are_installed_and_in_the_initramfs(life)
    test_newer_version_takes_the_place_of_the_older(life)
    test_removal_brings_the_in_tree_modules_back(life)
    test_purge_leaves_nothing(life)


def test_autopkgtest(request, trixie, packages):
    if not request.config.getoption("--everywhere"):
        pytest.skip("only with --everywhere")
    directory, _ = packages
    status, output = trixie.run(
        "autopkgtest", "sh", "-c",
        f"autopkgtest {directory}/deb/*.deb {directory}/deb/*.dsc -- null")
    assert status == 0, output
    for name in ("amd-sev-ccp", "amd-sev-guest"):
        assert re.search(rf"I: PASS {name}/0\.1\.0 ", output), output
