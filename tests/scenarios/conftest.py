# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios run on machines of the test matrix, each with our driver, and where the in-tree
driver has the feature with that one too: what it does right on the emulated PSP shows that
the emulation is right.

Tests that ask for the same machine share it. Which one that is, is said by marks:
  machine(psps=..., role=..., append=...)  other than one Milan PSP in an SEV host
  stock(since="5.10", why="...")  the in-tree driver passes too, from that kernel on; with
                         also=("6.1",) on kernels too that the emulation isn't calibrated with
  kernels("6.12", ...)   only on these kernels
  sample("6.12", ...)    what doesn't depend much on the kernel: these will do, unless
                         --everywhere is given
  column("load")         in which column of the matrix table the result counts
"""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from lab.guest import GUEST, PROJECT, Guest, Spec
from lab.table import Table

sys.path.insert(0, str(PROJECT / "tests/vm"))
from machine import emulator, place

OUT = PROJECT / "build/scenarios"


def pytest_addoption(parser):
    """Our options."""
    group = parser.getgroup("scenarios")
    group.addoption("--kernel", action="append", default=[], metavar="K",
                    help="only this kernel of the matrix; may be repeated")
    group.addoption("--modules", choices=("ours", "stock"), help="only this driver")


def pytest_configure(config):
    """Registers the marks."""
    for mark in ("machine(psps, role, family, cpu, without, mem, append, modules_extra, "
                 "snphost, probe_no): another machine, or modules",
                 "stock(since, why, only, also): run with the in-tree driver too, or only with it",
                 "kernels(names): only on these kernels",
                 "sample(names): enough to run on these kernels",
                 "column(name): column of the matrix table"):
        config.addinivalue_line("markers", mark)
    config.stash[TABLE] = Table(OUT)


TABLE = pytest.StashKey[Table]()


def _version(kernel):
    return tuple(int(part) for part in kernel.split("."))


# The in-tree drivers that have SNP, and that the emulation is calibrated with.
STOCK_KERNELS = ("6.12", "7.3", "7.2")


def _stock_kernels(config, mark):
    """On which kernels a test runs with the in-tree driver: the first that it is for, or on all of
    them with --everywhere. Twin machines have that of 7.3 each time."""
    since = _version(mark("stock").kwargs.get("since", "5.10"))
    limits = [mark("kernels")]
    if not config.getoption("everywhere"):
        limits.append(mark("sample"))
    fit = [kernel for kernel in STOCK_KERNELS if _version(kernel) >= since and
           all(kernel in limit.args for limit in limits if limit)]
    return (*(fit if config.getoption("everywhere") else fit[:1]),
            *mark("stock").kwargs.get("also", ()))


def _drivers(config, kernel, mark):
    """Which drivers a test runs with on a kernel."""
    if not mark("stock"):
        return ["ours"]
    ours = [] if mark("stock").kwargs.get("only") else ["ours"]
    return ours + (["stock"] if kernel in _stock_kernels(config, mark) else [])


# The test kernel with sanitizers and fault injection. Only tests that name it run on it.
DEV = "dev"


def _kernels(config, mark):
    """On which kernels a test runs."""
    limits = [mark("kernels")]
    if limits[0] and limits[0].args == (DEV,):
        return [DEV] if config.getoption("kernel", []) in ([], [DEV]) else []
    if not config.getoption("everywhere"):
        limits.append(mark("sample"))
    chosen = [set(limit.args) for limit in limits if limit]
    # What the table shows is tested on all of them.
    if not config.getoption("everywhere") and not mark("column"):
        chosen.append(set(place.matrix()) - set(place.alike()))
    if config.getoption("kernel", []):
        chosen.append(set(config.getoption("kernel")))
    return [kernel for kernel in place.matrix() if all(kernel in names for names in chosen)]


def pytest_generate_tests(metafunc):
    """Multiplies each test by kernels and drivers."""
    if "vm" not in metafunc.fixturenames and "spec" not in metafunc.fixturenames:
        return
    config, mark = metafunc.config, metafunc.definition.get_closest_marker
    machine = mark("machine")
    driver = config.getoption("modules", None)
    specs = []
    for kernel in _kernels(config, mark):
        for modules in _drivers(config, kernel, mark):
            if driver not in (None, modules):
                continue
            specs.append(Spec(kernel, modules, **(machine.kwargs if machine else {})))
    metafunc.parametrize("spec", specs, ids=[f"{s.kernel}-{s.modules}" for s in specs])


def _spec_of(item):
    callspec = getattr(item, "callspec", None)
    spec = callspec.params.get("spec") if callspec else None
    # A test that is for none of the kernels asked for has something else there.
    return spec if isinstance(spec, Spec) else None


def pytest_collection_modifyitems(items):
    """Tests that share a machine come one after the other."""
    order = {}
    for item in items:
        order.setdefault(_spec_of(item), len(order))
    items.sort(key=lambda item: order[_spec_of(item)])


class Rack:
    """The machine that is on at present."""

    def __init__(self):
        self._guest = None

    def get(self, spec):
        """The machine for SPEC."""
        if self._guest and (self._guest.spec != spec or self._guest.broken):
            self.off()
        if not self._guest:
            self._guest = Guest(spec)
        return self._guest

    def off(self):
        """Turns it off. Returns what was wrong with it."""
        guest, self._guest = self._guest, None
        if not guest:
            return []
        trouble = guest.stop()
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{guest.spec.name}.log").write_text(guest.console, encoding="utf-8")
        return [] if guest.broken else trouble

    def off_before(self, item):
        """Turns the machine off if the next test needs another."""
        if self._guest and (not item or _spec_of(item) != self._guest.spec):
            return self.off()
        return []


@pytest.fixture(scope="session")
def rack():
    """All machines."""
    subprocess.run(["make", "-s", "-C", PROJECT / "tests/clients"], check=True)
    emulator.build()
    rack = Rack()
    yield rack
    trouble = rack.off()
    assert not trouble, "\n".join(trouble)


@pytest.fixture(name="vm")
def fixture_vm(rack, spec, request):
    """A machine that is on. The kernel's complaints during a test make it fail."""
    guest = rack.get(spec)
    request.node.stash[GUEST] = guest
    guest.complaints()
    guest.mark(request.node.name)
    yield guest
    complaints = guest.complaints()
    assert not complaints, "the kernel complains:\n" + "\n".join(complaints)
    for number, psp in enumerate([] if guest.broken else guest.psp):
        assert not psp.trouble(), f"PSP {number} complains: {psp.trouble()}"


@pytest.fixture(name="sev")
def fixture_sev(vm):
    """A machine with the driver loaded and ready; the result is the client."""
    vm.ready()
    return vm.sev


@pytest.fixture(name="snp_kvm")
def fixture_snp_kvm(vm):
    """A machine with KVM that has SNP, whose pages all come back."""
    vm.fresh()
    vm.check("modprobe kvm_amd")
    assert vm.check("cat /sys/module/kvm_amd/parameters/sev_snp") == "Y"
    yield vm
    vm.check("rmmod kvm_amd")
    assert "Leaking" not in vm.log()




@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Adds the kernel log of a failed test to its report, and counts it in the table."""
    outcome = yield
    report = outcome.get_result()
    guest = item.stash.get(GUEST, None)
    if report.failed and guest:
        try:
            report.sections.append(("kernel log", guest.log()[-6000:]))
        except Exception:  # pylint: disable=broad-exception-caught
            report.sections.append(("kernel log", guest.console[-6000:]))
        if guest.psp:
            report.sections.append(("PSP", emulator.how_to_repeat(guest.seed)))
    column = item.get_closest_marker("column")
    spec = _spec_of(item)
    if column and spec:
        item.config.stash[TABLE].add(spec, column.args[0], report)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Turns machines off early, so that what goes wrong then is told with the last test."""
    rack = item.funcargs.get("rack") if hasattr(item, "funcargs") else None
    if rack:
        trouble = rack.off_before(nextitem)
        assert not trouble, "\n".join(trouble)


def pytest_terminal_summary(terminalreporter, config):
    """Prints the table."""
    for line in config.stash[TABLE].lines():
        terminalreporter.write_line(line)


def pytest_sessionfinish(session):
    """Keeps the table for the program that prints the whole matrix."""
    session.config.stash[TABLE].save()
