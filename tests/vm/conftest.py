# SPDX-License-Identifier: GPL-2.0-only
"""Machines for the tests of this directory.

A test with an argument `kernel` runs once for each kernel of the matrix. `vm` makes
machines that are turned off when the test ends. It takes the options of vm.Config by
name, and `psp` for a single PSP:

    def test_probe(vm, kernel):
        machine = vm(kernel, role="sev-host", psp="1486")
        machine.ok("modprobe ccp")
        assert machine.logged("sev enabled")
"""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from machine import emulator, place, vm as machines
from machine.guest import Guest


def pytest_addoption(parser):
    """Options of ours."""
    parser.getgroup("machines").addoption(
        "--kernels", metavar="LIST", help="only these kernels of the matrix, with commas between")


def pytest_generate_tests(metafunc):
    """One test per kernel."""
    if "kernel" in metafunc.fixturenames:
        asked = metafunc.config.getoption("kernels", default=None)
        metafunc.parametrize("kernel", asked.split(",") if asked else place.matrix())


@pytest.fixture(name="vm")
def _vm():
    """Makes machines that last until the end of the test."""
    with contextlib.ExitStack() as stack:
        def boot(kernel="", psp=None, psps=(), **options):
            wanted = [*([psp] if psp else []), *psps]
            config = machines.Config(
                kernel=kernel, psps=[emulator.Psp.parse(text) for text in wanted], **options)
            return stack.enter_context(Guest(config))
        yield boot
