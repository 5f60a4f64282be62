# SPDX-License-Identifier: GPL-2.0-only
"""The test suites that are programs of their own, one test for each run of one."""

import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent


def lines_of(*command):
    """The lines that COMMAND prints."""
    return subprocess.run(command, cwd=TOP, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def run(*command):
    """Run COMMAND, show what it prints if it fails."""
    done = subprocess.run(command, cwd=TOP, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


KERNELS = lines_of("tests/vm/kernels", "list")
ALIKE = lines_of("tests/vm/kernels", "alike")


def test_firmware_model_passes_its_unit_tests_with_sanitizers():
    run("make", "-C", "tests/emu", "check")


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k != "dev"])
def test_unit_tests_pass_on_stock_kernel(kernel, pytestconfig):
    # That with sanitizers is a 6.1.
    if kernel in (*ALIKE, "6.1") and not pytestconfig.getoption("everywhere"):
        pytest.skip("like another kernel: only with --everywhere")
    run("tests/kunit/run", "--kernel", kernel)


def test_unit_tests_pass_on_kernel_with_sanitizers_and_failing_allocations():
    run("tests/kunit/run", "--kernel", "dev")


def test_static_checks_find_nothing():
    run("tests/static/run")
