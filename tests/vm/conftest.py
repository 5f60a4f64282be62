# SPDX-License-Identifier: GPL-2.0-only
"""What tests that need a machine have in common.

A test with an argument `kernel` runs once for each kernel of the matrix. `vm` makes
machines that are turned off when the test ends, `module_vm` such that the tests of a
file share. Both take the options of vm.Config by name, and `psp` for a single PSP:

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
    group = parser.getgroup("machines")
    group.addoption("--kernels", metavar="LIST", default=",".join(place.matrix()),
                    help="kernels of the matrix to test on; all if not said")
    group.addoption("--modules", choices=("ours", "stock"), default="ours",
                    help="whose modules tests load that don't say it; stock: to see whether "
                         "the emulated machine is right")


def pytest_generate_tests(metafunc):
    """One test per kernel."""
    if "kernel" in metafunc.fixturenames:
        metafunc.parametrize("kernel", metafunc.config.getoption("kernels").split(","),
                             scope="module")


@pytest.fixture(name="modules", scope="session")
def _modules(request):
    """Whose modules are loaded: "ours" or "stock"."""
    return request.config.getoption("modules")


def _factory(stack, modules):
    def boot(kernel, psp=None, psps=(), **options):
        options.setdefault("modules", modules)
        wanted = [*([psp] if psp else []), *psps]
        config = machines.Config(
            kernel=kernel, psps=[emulator.Psp.parse(text) for text in wanted], **options)
        return stack.enter_context(Guest(config))
    return boot


@pytest.fixture(name="vm")
def _vm(modules):
    """Makes machines that last until the end of the test."""
    with contextlib.ExitStack() as stack:
        yield _factory(stack, modules)


@pytest.fixture(name="module_vm", scope="module")
def _module_vm(modules):
    """Makes machines that last until the end of the test file."""
    with contextlib.ExitStack() as stack:
        yield _factory(stack, modules)
