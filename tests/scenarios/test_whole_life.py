# SPDX-License-Identifier: GPL-2.0-only
"""The whole life of a driver, on machines that cross kernel, processor, firmware, its features,
and how the driver was told to behave. Which machines is said by whole-life.plan, what is right on
each by lab/expect.py, the steps are in lab/life.py."""

import subprocess

import pytest

from lab import plan
from lab.expect import Expected
from lab.guest import GUEST, PROJECT, Guest, Spec
from lab.life import Life

OUT = PROJECT / "build/scenarios/whole-life"
DRIVERS = ("ours", "stock")


def name_of(row):
    """A row for people."""
    return "-".join(row.values())


def stock_can(row):
    """Whether the in-tree driver of the row's kernel can do what the row wants. It has no snp=, but
    on these machines snp=force does nothing, nor does snp=bringup from 6.12 on."""
    kernel = plan.version(row["kernel"])
    if row["snp"] == "off" or (row["snp"] == "bringup" and kernel < (6, 12)):
        return False
    # Which PSPs it knows, and INIT_EX
    if kernel < (6, 12):
        return row["family"] in ("rome", "milan") and (row["init_ex"] == "no" or kernel >= (6, 1))
    return row["family"] != "zen6" or kernel >= (7,)


def has_sfs_and_snp(row):
    """Whether there is firmware servicing beside SNP."""
    return Expected(row).snp and row["family"] in ("turin", "zen6")


def has_no_room_for_keys(row):
    """Whether the first keys can't be stored."""
    return row["init_ex"] == "full" and Expected(row).works


def is_asked_too_early(row):
    """Whether firmware that doesn't know SNP is asked about it when the PSP is bound."""
    expected = Expected(row)
    return expected.family.snp and expected.api < (1, 51) and expected.kernel >= (7,)


def has_firmware_from_before_snp(row):
    """Whether the kernel has turned SNP on on the CPUs and the firmware doesn't know it."""
    expected = Expected(row)
    return (expected.family.snp and not expected.family.segmented and expected.api < (1, 51) and
            (6, 12) <= expected.kernel < (7,))


# What the in-tree driver gets wrong: on which rows, and how. A row that goes well all the same
# fails.
STOCK_BUGS = (
    (has_sfs_and_snp, "gives up the buffer of the SFS, which it has taken before SNP was up"),
    (is_asked_too_early, "has no /dev/sev where the firmware refuses SNP_PLATFORM_STATUS"),
    (has_no_room_for_keys, "leaves a piece of a file, and never has the platform again that INIT_EX "
     "has initialised"),
    (has_firmware_from_before_snp, "gives SEV up with SNP, which the firmware doesn't know"),
)


def stock_bug(row):
    """Why the in-tree driver can't pass a row, or None."""
    return next((reason for applies, reason in STOCK_BUGS if applies(row)), None)


def cases(config):
    """Rows and drivers to run."""
    kernels, driver = config.getoption("kernel"), config.getoption("modules")
    for row in plan.read():
        if kernels and row["kernel"] not in kernels:
            continue
        if driver != "stock":
            yield pytest.param((row, "ours"), id=f"{name_of(row)}-ours")
        if (driver == "stock" or config.getoption("everywhere")) and stock_can(row):
            bug = stock_bug(row)
            marks = [pytest.mark.xfail(reason=bug, strict=True)] if bug else []
            yield pytest.param((row, "stock"), id=f"{name_of(row)}-stock", marks=marks)


def pytest_generate_tests(metafunc):
    """A test for each row and driver."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", list(cases(metafunc.config)))


def record(row, driver, result):
    """Notes the result of a row, and writes the table anew: kernels may have processes of their
    own."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name_of(row)}-{driver}").write_text(result, encoding="utf-8")
    lines = [[*plan.NAMES, *DRIVERS]]
    for other in plan.read():
        files = [OUT / f"{name_of(other)}-{driver}" for driver in DRIVERS]
        lines.append(plan.line_of(other) + [file.read_text(encoding="utf-8") if file.exists()
                                            else "-" for file in files])
    OUT.with_suffix(".txt").write_text(plan.columns(lines), encoding="utf-8")


@pytest.fixture(name="life")
def fixture_life(case, rack, tmp_path, request):
    """The machine of a row, with its files in place."""
    row, modules = case
    rack.off()
    expected = Expected(row)
    image = tmp_path / "image"
    subprocess.run([PROJECT / "build/emu/make-firmware", "--size", "512", *expected.image, image],
                   check=True)
    record(row, modules, "known" if modules == "stock" and stock_bug(row) else "NO")
    guest = Guest(Spec(row["kernel"], modules, role=expected.role, family=row["family"],
                       psps=(expected.psp,), second_kernel=row["ending"] == "kexec",
                       title=f"life-{name_of(row)}-{modules}"))
    request.node.stash[GUEST] = guest
    life = Life(guest, expected)
    try:
        guest.complaints()
        life.prepare(image.read_bytes())
        yield life
    finally:
        trouble = guest.stop()
        (OUT.parent / f"{guest.spec.name}.log").write_text(guest.console, encoding="utf-8")
    if life.good and (not trouble or life.perished):
        record(row, modules, "yes")
    assert not trouble or life.perished, trouble


def test_whole_life(life):
    """From the first load to the end of the row."""
    ending = life.expected.row["ending"]
    life.load()
    life.kvm()
    life.guests()
    life.held()
    life.configure()
    key = life.keys()
    life.sleep()
    life.processors()
    life.orders(key)
    life.unbind()
    getattr(life, f"end_by_{ending}")()
    if not life.perished:
        life.gone()
        life.no_errors()
    assert not life.vm.complaints()
    assert not life.vm.psp[0].trouble()
    life.good = True


def test_the_plan_has_every_pair():
    """Each pair of values that can be is in some row, and no row can't be."""
    rows = plan.read()
    assert all(map(plan.possible, rows))
    assert len(set(map(name_of, rows))) == len(rows)
    assert not plan.wanted_pairs().difference(*map(plan.pairs, rows))
