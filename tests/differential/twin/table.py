# SPDX-License-Identifier: GPL-2.0-only
"""The table of differences that are known: known-differences.toml beside this directory."""

import fnmatch
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / "known-differences.toml"


@dataclass
class Row:
    """One difference. STOCK and OURS have regular expressions by name of an answer, which must
    match in full; a name that an answer lacks counts as empty. A name with wildcards is about
    all that differ. BOTH has them for names that must not differ. What is in neither, but follows
    from it, is named by ALSO. AFTER is looked for in the steps before, with '; ' between them.
    If it ENDS a sequence the machines are in different states; what SPOILS a machine, a reset
    does not mend."""

    section: str
    entry: str
    step: str
    stock: dict = field(default_factory=dict)
    ours: dict = field(default_factory=dict)
    both: dict = field(default_factory=dict)
    also: list = field(default_factory=list)
    after: str = ""
    kernels: list = field(default_factory=list)
    roles: list = field(default_factory=list)
    ends: bool = False
    spoils: bool = False
    why: str = ""

    def is_for(self, kernel, role):
        """Whether it concerns these machines."""
        return (not self.kernels or kernel in self.kernels) and \
            (not self.roles or role in self.roles)

    def matches(self, steps, stock, ours, names):
        """Whether this is the difference that was seen in NAMES after the last of STEPS."""
        before = "; ".join(steps[:-1])
        return bool(re.search(self.step, steps[-1]) and re.search(self.after, before)) and \
            not names & self.both.keys() and _like(self.both, ours, names) and \
            _like(self.stock, stock, names) and _like(self.ours, ours, names) and \
            bool(self.explains(names))

    def explains(self, names):
        """Those of NAMES that it is about."""
        mine = [*self.stock, *self.ours, *self.also]
        return {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in mine)}


def _like(patterns, answer, names):
    for name, pattern in patterns.items():
        about = fnmatch.filter(names, name) if "*" in name else [name]
        if not all(re.fullmatch(pattern, answer.get(one, "")) for one in about):
            return False
    return True


class Table:
    """All rows, and the entries of the documentation that no program can notice here."""

    def __init__(self, path=PATH):
        with open(path, "rb") as file:
            content = tomllib.load(file)
        self.rows = [Row(**row) for row in content.get("difference", [])]
        self.unseen = content.get("unseen", [])

    def for_machine(self, kernel, role):
        """The rows for a machine."""
        return [row for row in self.rows if row.is_for(kernel, role)]
