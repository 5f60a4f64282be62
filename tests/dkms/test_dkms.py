# SPDX-License-Identifier: GPL-2.0-only
"""The package on a machine with dkms: each kernel of the matrix, in the build root.

The log of each run is build/dkms/<name>.log.
"""

import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
OUT = TOP / "build/dkms"
PACKAGE = "/src/amd-sev/build/dkms/package"


def output_of(*command):
    """What COMMAND prints."""
    return subprocess.run(command, cwd=TOP, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


KERNELS = output_of("tests/vm/kernels", "list").split()
ALIKE = output_of("tests/vm/kernels", "alike").split()


@pytest.fixture(scope="session", name="package")
def make_package():
    """What a package has in /usr/src."""
    OUT.mkdir(parents=True, exist_ok=True)
    subprocess.run(["scripts/shipped-files", OUT / "package"], cwd=TOP, check=True)
    return PACKAGE


def in_root(name, *command, bind=()):
    """Runs COMMAND in the build root. Returns its exit status and output, which is kept."""
    binds = [argument for pair in bind for argument in ("--bind", pair)]
    done = subprocess.run(["tests/vm/chroot-exec", *binds, "--", *command], cwd=TOP, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    (OUT / f"{name}.log").write_text(done.stdout, encoding="utf-8")
    return done.returncode, done.stdout


def release_of(kernel):
    """The full release, after making sure that the kernel is there."""
    subprocess.run(["tests/vm/setup", "--kernel", kernel], cwd=TOP, check=True)
    return output_of("tests/vm/kernels", "release", kernel)


def live(name, dkms, package, release, bind=()):
    """Runs the life cycle. Returns what it found out, and all its output."""
    _, output = in_root(name, "tests/dkms/life-cycle", dkms, package, release, bind=bind)
    return dict(re.findall(r"^--- (.*?): (.*)$", output, re.MULTILINE)), output


def check_guest_modules(kernel, found, release):
    """A kernel that can be an SNP guest gets our driver for it, and configfs reports."""
    directory = rf"/lib/modules/{re.escape(release)}"
    guest = rf"{directory}/updates/dkms/sev-guest\.ko(\.xz)?"
    in_tree = rf"{directory}/kernel/drivers/virt/coco/(guest/)?tsm_report\.ko(\.xz)?"
    expected = {
        "5.10": "",
        "6.1": rf"{guest} {directory}/updates/dkms/tsm_report\.ko ?",
        "6.12": guest + " ?",
    }.get(kernel, rf"{guest} {in_tree} ?")
    assert re.fullmatch(expected, found["guest modules installed"]), found
    assert found["guest modules after"] == found["guest modules before"]


def check_life(kernel, found, release, output):
    """What has to be true of the life of the package, whatever the kernel and the dkms."""
    in_tree = rf"/lib/modules/{re.escape(release)}/kernel/drivers/crypto/ccp/ccp\.ko(\.xz)?"
    ours = rf"/lib/modules/{re.escape(release)}/updates/dkms/ccp\.ko(\.xz)?"
    assert re.fullmatch(in_tree, found["module before"]), output
    assert (found["add"], found["build"], found["install"]) == ("0", "0", "0"), output
    assert re.fullmatch(ours, found["module installed"])
    assert found["module of kvm_amd installed"] == "dkms/ccp.ko"
    assert found["version of the module"] == "amd-sev-0.1.0"
    assert found["release of the module"] == release
    assert f"{release}, x86_64: installed" in found["status"]
    assert found["remove"] == "0"
    assert found["module after"] == found["module before"]
    assert found["module of kvm_amd after"] == "ccp/ccp.ko"
    assert found["left over"] == ""
    # dkms goes on after warnings of the compiler, and keeps them to itself.
    assert "warning:" not in output
    check_guest_modules(kernel, found, release)
    # What says that the kernel's own modules can use ours has to have run.
    assert re.search(r"amd-sev: \d+ symbols that modules of kernel .* import: all exported", output)


@pytest.mark.parametrize("kernel", KERNELS)
def test_module_takes_the_place_of_the_in_tree_one_until_removed(kernel, package, pytestconfig):
    # The dkms of Debian 12 has 6.1, below.
    if kernel in (*ALIKE, "6.1") and not pytestconfig.getoption("everywhere"):
        pytest.skip("like another one: only with --everywhere")
    release = release_of(kernel)
    found, output = live(kernel, "dkms", package, release)
    check_life(kernel, found, release, output)


def test_dkms_of_debian_12_can_do_it_too(package):
    """The one of this machine, on the kernel that it came with."""
    version = output_of("/usr/sbin/dkms", "--version")
    if version == output_of("tests/vm/chroot-exec", "--", "dkms", "--version"):
        pytest.skip(f"this machine has the same {version} as the build root")
    release = release_of("6.1")
    bind = ["/usr/sbin/dkms:/usr/sbin/dkms"]
    if os.path.isdir("/usr/lib/dkms"):
        bind.append("/usr/lib/dkms:/usr/lib/dkms")
    found, output = live("6.1-older-dkms", "dkms", package, release, bind)
    check_life("6.1", found, release, output)


# What the headers in $H are changed to, and what is said about it.
FATES = {
    "built-in": (
        "sed -i s/CONFIG_CRYPTO_DEV_CCP_DD=m/CONFIG_CRYPTO_DEV_CCP_DD=y/ "
        "$H/include/config/auto.conf && "
        "sed -i 's,\tdrivers/crypto/ccp/ccp\t,\tvmlinux\t,' $H/Module.symvers",
        r"kernel {} has its ccp driver built in \(CONFIG_CRYPTO_DEV_CCP_DD=y\), so no module can "
        r"replace it\."),
    "versions": (
        "sed -i 's/^0x[0-9a-f]*\tsev_guest_df_flush\t/0x12345678\tsev_guest_df_flush\t/' "
        "$H/Module.symvers",
        r"sev_guest_df_flush has version 0x[0-9a-f]{{8}}, but kernel {} expects 0x12345678; "
        r"importers: kvm-amd\n(.*\n)*?amd-sev: so there will be no ccp for kernel {}\."),
}


@pytest.mark.parametrize("fate", FATES)
def test_kernel_that_can_not_have_our_ccp_gets_the_guest_driver(fate, package):
    release = release_of("6.12")
    change, says = FATES[fate]
    _, output = in_root(fate, "sh", "-c", f"""
        H=/usr/src/linux-headers-{release}
        {change} && exec tests/dkms/life-cycle dkms {package} {release}""")
    found = dict(re.findall(r"^--- (.*?): (.*)$", output, re.MULTILINE))
    assert (found["build"], found["install"], found["remove"]) == ("0", "0", "0"), output
    assert re.search("^amd-sev: " + says.format(*[re.escape(release)] * 2), output,
                     re.MULTILINE), output
    assert found["module installed"] == found["module before"]
    check_guest_modules("6.12", found, release)


def test_answers_are_not_those_of_other_sources(package):
    """What was found out is kept, but not longer than the sources."""
    release = release_of("6.12")
    status, output = in_root("other-sources", "sh", "-c", f"""
        cp -a {package} /tmp/sources && cd /tmp/sources
        H=/usr/src/linux-headers-{release}
        scripts/what-builds $H && echo then &&
        sed -i '/^EXPORT_SYMBOL_GPL(sev_guest_df_flush)/d' drivers/crypto/ccp/sev/kvm.c &&
        scripts/what-builds $H""")
    assert status == 0, output
    before, after = output.split("then\n")
    assert "ccp" in before.splitlines()
    assert "ccp" not in after.splitlines()
    assert f"sev_guest_df_flush is not exported, but kernel {release} has importers of it" in after


def test_kernel_with_the_guest_driver_built_in_gets_our_ccp(package):
    """What dkms asks before it builds; that there is no other module then is a shape of
    tests/matrix."""
    release = release_of("6.12")
    status, output = in_root("guest-built-in", "sh", "-c", f"""
        H=/usr/src/linux-headers-{release}
        sed -i s/CONFIG_SEV_GUEST=m/CONFIG_SEV_GUEST=y/ $H/include/config/auto.conf
        {package}/scripts/what-builds $H""")
    assert status == 0, output
    assert output.splitlines() == [
        f"amd-sev: kernel {release} has its sev-guest driver built in (CONFIG_SEV_GUEST=y), "
        "so no module can replace it.", "ccp"]
