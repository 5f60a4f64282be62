# SPDX-License-Identifier: GPL-2.0-only
"""The programs that the module build runs, on input made for them."""

import pathlib
import subprocess
import zlib

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


@pytest.mark.parametrize("version", [0, 1, 0x79838547, 0xb6e5a44f, 0xd0179f96, 0xffffffff])
def test_tag_gives_the_function_the_version(version):
    tag = subprocess.run([SCRIPTS / "version-tag", "ccp_enqueue_cmd", f"0x{version:08x}"],
                         check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    assert tag.isidentifier()
    words = f"int ccp_enqueue_cmd ( struct {tag} {{ UNKNOWN }} * ) "
    assert zlib.crc32(words.encode()) == version


@pytest.fixture(name="headers")
def make_headers(tmp_path):
    """Headers of a kernel that has versions and whose ccp exports two functions."""
    headers = tmp_path / "headers"
    for name, text in {
            "Module.symvers": "0x00000001\tone\tdrivers/crypto/ccp/ccp\tEXPORT_SYMBOL_GPL\t\n"
                              "0x00000002\ttwo\tdrivers/crypto/ccp/ccp\tEXPORT_SYMBOL_GPL\t\n"
                              "0x00000003\tother\tvmlinux\tEXPORT_SYMBOL_GPL\t\n",
            "include/config/auto.conf": "CONFIG_MODVERSIONS=y\n",
            "include/generated/utsrelease.h": '#define UTS_RELEASE "9.9-test"\n'}.items():
        path = headers / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return headers


@pytest.fixture(name="modules")
def make_modules(tmp_path):
    """A module directory in which module "user" depends on ccp and has the word "one" in it."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "modules.dep").write_text(
        "kernel/ccp.ko:\nkernel/user.ko: kernel/drivers/crypto/ccp/ccp.ko\nkernel/alien.ko:\n")
    (modules / "kernel").mkdir()
    (modules / "kernel/user.ko").write_bytes(b"\x7fELF\0one\0twofold\0")
    (modules / "kernel/alien.ko").write_bytes(b"\x7fELF\0two\0")
    return modules


def check(tmp_path, ours, headers, modules):
    """Runs crc-check on a list of what ours exports."""
    symvers = tmp_path / "Module.symvers"
    symvers.write_text("".join(f"0x{crc:08x}\t{name}\tdrivers/crypto/ccp/ccp\tEXPORT_SYMBOL_GPL\t\n"
                               for name, crc in ours.items()))
    done = subprocess.run([SCRIPTS / "crc-check", symvers, headers, modules], check=False,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def test_equal_versions_pass(tmp_path, headers, modules):
    assert check(tmp_path, {"one": 1}, headers, modules) == (
        0, "amd-sev: 1 symbols that modules of kernel 9.9-test import: "
           "all exported, all versions equal.\n")


def test_other_version_fails_and_says_for_whom(tmp_path, headers, modules):
    assert check(tmp_path, {"one": 9}, headers, modules) == (
        1, "amd-sev: one has version 0x00000009, but kernel 9.9-test expects 0x00000001; "
           "importers: user\n")


def test_other_version_passes_where_nobody_looks_at_it(tmp_path, headers, modules):
    (headers / "include/config/auto.conf").write_text("# CONFIG_MODVERSIONS is not set\n")
    status, output = check(tmp_path, {"one": 9}, headers, modules)
    assert status == 0 and "no versions" in output


def test_module_without_work_stops_nothing(tmp_path, headers, modules):
    """ccp-crypto is for queues that our driver leaves alone."""
    (modules / "kernel/user.ko").rename(modules / "kernel/ccp-crypto.ko")
    dep = modules / "modules.dep"
    dep.write_text(dep.read_text().replace("user.ko:", "ccp-crypto.ko:"))
    assert check(tmp_path, {"one": 9}, headers, modules) == (
        0, "amd-sev: one has version 0x00000009, but kernel 9.9-test expects 0x00000001; "
           "importers: ccp-crypto, which can not be loaded then and has nothing to do with this "
           "driver\n"
           "amd-sev: 0 symbols that modules of kernel 9.9-test import: "
           "all exported, all versions equal.\n")
    (modules / "kernel/second.ko").write_bytes(b"\x7fELF\0one\0")
    dep.write_text(dep.read_text() + "kernel/second.ko: kernel/drivers/crypto/ccp/ccp.ko\n")
    status, output = check(tmp_path, {"one": 9}, headers, modules)
    assert status == 1 and "importers: ccp-crypto second\n" in output


def test_unknown_imports_are_no_imports_that_are_served(tmp_path, headers, modules):
    (headers / "Module.symvers").unlink()
    status, output = check(tmp_path, {"one": 1}, headers, modules)
    assert status == 1 and "Module.symvers is missing" in output


def test_missing_symbol_fails_with_versions_and_without(tmp_path, headers, modules):
    sentence = "amd-sev: one is not exported, but kernel 9.9-test has importers of it: user\n"
    assert check(tmp_path, {"two": 2}, headers, modules) == (1, sentence)
    (headers / "include/config/auto.conf").write_text("")
    assert check(tmp_path, {"two": 2}, headers, modules) == (1, sentence)


def test_without_the_modules_everything_counts_as_imported(tmp_path, headers):
    status, output = check(tmp_path, {"one": 1}, headers, tmp_path / "nowhere")
    assert status == 1 and "two is not exported" in output
    assert check(tmp_path, {"one": 1, "two": 2}, headers, tmp_path / "nowhere")[0] == 0


def test_module_that_cannot_be_unpacked_is_not_taken_for_one_without_imports(
        tmp_path, headers, modules):
    (modules / "kernel/user.ko").rename(modules / "kernel/user.ko.xz")
    dep = modules / "modules.dep"
    dep.write_text(dep.read_text().replace("user.ko:", "user.ko.xz:"))
    status, output = check(tmp_path, {"one": 1}, headers, modules)
    assert status == 1 and "two is not exported" in output


def test_kernel_without_ccp_asks_for_nothing(tmp_path, headers, modules):
    (headers / "Module.symvers").write_text("0x00000003\tother\tvmlinux\tEXPORT_SYMBOL\t\n")
    status, output = check(tmp_path, {}, headers, modules)
    assert status == 0 and "has no ccp module of its own" in output


def test_build_that_did_not_take_place_is_no_success(tmp_path, headers, modules):
    done = subprocess.run([SCRIPTS / "crc-check", tmp_path / "none", headers, modules],
                          check=False, text=True, stderr=subprocess.PIPE)
    assert done.returncode == 1 and "build the modules first" in done.stderr
