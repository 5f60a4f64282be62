# SPDX-License-Identifier: GPL-2.0-only
"""The modules build for each kernel of the matrix, and what can't work is refused.

The log of each run is build/matrix/<name>.log.
"""

import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
OUT = TOP / "build/matrix"


def output_of(*command):
    """What COMMAND prints."""
    return subprocess.run(command, cwd=TOP, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


KERNELS = output_of("tests/vm/kernels", "list").split()


def run(name, *command):
    """Runs COMMAND. Returns its exit status and output, which is kept."""
    done = subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.log").write_text(done.stdout, encoding="utf-8")
    return done.returncode, done.stdout


@pytest.mark.parametrize("kernel", KERNELS)
def test_modules_build_and_serve_those_of_the_kernel(kernel):
    """That there are no warnings is for tests/static/run to see, which builds with more of them."""
    status, output = run(f"build-{kernel}", "tests/matrix/build", kernel, "modules")
    assert status == 0, output
    assert not re.search(r"warning:|^WARNING", output, re.MULTILINE), output
    assert (TOP / f"build/{kernel}/drivers/crypto/ccp/ccp.ko").exists()
    # Who imports is read from the modules of the kernel, which setup has put there.
    assert re.search(r"^amd-sev: \d+ symbols that modules of kernel .* import: all exported",
                     output, re.MULTILINE), output


def exports_of_ccp(symvers):
    """{symbol: CRC} of what a Module.symvers says of a module called ccp."""
    rows = (line.split("\t") for line in symvers.read_text().splitlines())
    return {row[1]: row[0] for row in rows if row[2].rsplit("/", 1)[-1] == "ccp"}


@pytest.mark.parametrize("kernel", KERNELS)
def test_everything_that_the_in_tree_module_exports_is_exported(kernel):
    """Also what no module of this kernel imports: modules of others may."""
    status, output = run(f"exports-{kernel}", "tests/matrix/build", kernel)
    assert status == 0, output
    release = output_of("tests/vm/kernels", "release", kernel)
    headers = pathlib.Path(output_of("tests/vm/kernels", "root") + f"/usr/src/linux-headers-{release}")
    theirs = exports_of_ccp(headers / "Module.symvers")
    ours = exports_of_ccp(TOP / f"build/{kernel}/Module.symvers")
    assert len(theirs) > 10
    if "CONFIG_MODVERSIONS=y" in (headers / "include/config/auto.conf").read_text().splitlines():
        assert theirs.items() <= ours.items()
    else:
        assert theirs.keys() <= ours.keys()


def build_in_changed_root(name, kernel, change, make="", after=""):
    """Builds after the shell commands CHANGE, which have $H, the headers, and $C, their part
    that kernel flavours share, and does AFTER in the end."""
    subprocess.run(["tests/vm/setup", "--kernel", kernel], cwd=TOP, check=True)
    subprocess.run(["scripts/shipped-files", OUT / "package"], cwd=TOP, check=True)
    release = output_of("tests/vm/kernels", "release", kernel)
    compiler = output_of("tests/vm/kernels", "cc", kernel)
    script = f"""
        set -e
        H=/usr/src/linux-headers-{release} C=/usr/src/linux-headers-{release.replace('-amd64', '')}-common
        cp -a /src/amd-sev/build/matrix/package /tmp/package
        {change}
        make -j$(nproc) -C /tmp/package KDIR=/lib/modules/{release}/build \
            {f'CC={compiler}' if compiler else ''} {make}
        {after}
    """
    status, output = run(name, "tests/vm/chroot-exec", "--", "sh", "-c", script)
    return status, output, release


def test_modules_install_puts_ours_before_the_in_tree_one():
    status, output, release = build_in_changed_root(
        "install", "6.12", "", "modules modules_install && "
        "modinfo -k $(basename $H | sed s/linux-headers-//) -n ccp")
    assert status == 0, output
    assert re.fullmatch(rf"/lib/modules/{re.escape(release)}/updates/(drivers/crypto/ccp/)?ccp\.ko(\.xz)?",
                        output.splitlines()[-1]), output


def test_kernel_older_than_5_10_is_refused():
    status, output, _ = build_in_changed_root(
        "old", "5.10", "sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 9/' $C/Makefile")
    assert status != 0
    assert re.search(r"^amd-sev: kernel .* is too old; 5\.10 is the oldest that works\.$",
                     output, re.MULTILINE), output


def test_kernel_for_other_processors_is_refused():
    status, output, release = build_in_changed_root(
        "other", "6.12", "sed -i /^CONFIG_X86_64=y/d $H/include/config/auto.conf")
    assert status != 0
    assert f"amd-sev: kernel {release} is not an x86-64 kernel; " in output


def test_missing_headers_are_named():
    status, output, release = build_in_changed_root(
        "headers", "6.12", "rm -f /lib/modules/$(basename $H | sed s/linux-headers-//)/build",
        "KERNELRELEASE=$(basename $H | sed s/linux-headers-//)")
    assert status != 0
    assert f"amd-sev: no kernel headers in /lib/modules/{release}/build: install the package " \
        f"linux-headers-{release} (Debian, Ubuntu) or kernel-devel" in output


def test_compiler_that_fails_everything_is_not_taken_for_a_kernel_without_features():
    status, output, release = build_in_changed_root("compiler", "6.12", "", "KCFLAGS=-fno-such-flag")
    assert status != 0
    assert f"amd-sev: not even an empty module compiles for kernel {release}" in output
