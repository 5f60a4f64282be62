# SPDX-License-Identifier: GPL-2.0-only
"""What machines differ in, which combinations there are, and the plan that crosses them: in its
table each value of a dimension meets each value of every other one that it can meet."""

import itertools
from pathlib import Path

from machine import snp

TABLE = Path(__file__).resolve().parents[1] / "whole-life.plan"

DIMENSIONS = {
    "kernel": ("5.10", "6.1", "6.12", "7.2", "7.3"),
    "family": ("naples", "rome", "milan", "genoa", "turin", "zen6"),
    # Version of the firmware; which PSP it runs on follows from the family.
    "api": ("0.24.20", "1.49.3", "1.51.3", "1.53.5", "1.55.21", "1.55.40", "1.58.1"),
    # all: what firmware of this API has; none: no feature bit at all; no-x86: it can't turn SNP off
    # on the CPUs; hiding: KVM asks for hidden ciphertext; svn: of AMD-SB-3023, without SEV-ES
    # beside SNP
    "features": ("all", "none", "no-x86", "hiding", "svn"),
    # full: the directory of the file has no room
    "init_ex": ("no", "yes", "full"),
    "snp": ("auto", "off", "bringup", "force"),
    "ending": ("rmmod", "unbind", "kexec", "panic"),
}


def version(text):
    """A version as numbers."""
    return tuple(int(part) for part in text.split("."))


def _old_family(family):
    return not snp.FAMILIES[family].snp


# What can't be, as (dimensions, what has to hold of their values).
_RULES = (
    # Firmware before 1.0 is that of processors without SNP.
    (("family", "api"), lambda family, api: _old_family(family) == (version(api) < (1, 0))),
    # Firmware is not older than its processor.
    (("family", "api"),
     lambda family, api: family not in ("turin", "zen6") or version(api) >= (1, 55)),
    # The bits are told from 1.55 on, the one about the CPUs from 1.58 on.
    (("features", "api"), lambda features, api: {
        "all": True, "svn": version(api) >= (1, 51), "no-x86": version(api) >= (1, 58),
    }.get(features, version(api) >= (1, 55))),
    (("features", "family"), lambda features, family: {
        "all": True, "hiding": family in ("turin", "zen6"),
        "svn": family in ("milan", "genoa", "turin"),
    }.get(features, not _old_family(family))),
    # Whether KVM knows of it.
    (("features", "kernel"), lambda features, kernel: features != "hiding" or
     version(kernel) >= (7,)),
)


def possible(row):
    """Whether there can be a machine with these values; ROW need not have all dimensions."""
    return all(holds(*(row[name] for name in names)) for names, holds in _RULES
               if all(name in row for name in names))


def pairs(row):
    """The pairs of values in ROW."""
    return set(itertools.combinations(((name, row[name]) for name in DIMENSIONS), 2))


def all_rows():
    """Every combination that there can be."""
    for values in itertools.product(*DIMENSIONS.values()):
        row = dict(zip(DIMENSIONS, values))
        if possible(row):
            yield row


def wanted_pairs():
    """Every pair of values that some machine can have."""
    return set().union(*map(pairs, all_rows()))


def read(path=TABLE):
    """The rows of the table."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()
             if line and not line.startswith("#")]
    names = lines[0]
    rows = [dict(zip(names, line)) for line in lines[1:]]
    for row, line in zip(rows, lines[1:]):
        assert len(line) == len(names), line
        assert row.pop("psp") == snp.FAMILIES[row["family"]].psp, line
    return rows


NAMES = ["kernel", "family", "psp", *list(DIMENSIONS)[2:]]


def line_of(row):
    """The words of a row in the table."""
    return [{**row, "psp": snp.FAMILIES[row["family"]].psp}[name] for name in NAMES]


def columns(lines):
    """Lines of words as a table."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() + "\n"
                   for line in lines)


def text_of(rows):
    """The table for ROWS."""
    return columns([NAMES, *map(line_of, rows)])
