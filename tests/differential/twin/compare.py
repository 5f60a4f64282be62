# SPDX-License-Identifier: GPL-2.0-only
"""Holds what two machines answered against each other."""

import re

_RANDOM = re.compile(r"~[0-9a-f]{16}")


class Canon:
    """Gives random values of one machine names by the order in which they come: then two
    machines agree if the same values come back at the same places."""

    def __init__(self):
        self._names = {}

    def apply(self, answer):
        """ANSWER with names for what is random."""
        return {name: _RANDOM.sub(self._name, value) for name, value in answer.items()}

    def _name(self, match):
        return self._names.setdefault(match[0], f"random-{len(self._names) + 1}")


def differences(steps, stock, ours, table):
    """Lines about what differs after the last of STEPS and isn't known, and the rows of the
    table that explain the rest."""
    names = {name for name in stock.keys() | ours.keys() if stock.get(name) != ours.get(name)}
    if not names:
        return [], []
    rows = [row for row in table if row.matches(steps, stock, ours, names)]
    known = set().union(*(row.explains(names) for row in rows))
    left = [f"  {name}: stock {stock.get(name, '-')}, ours {ours.get(name, '-')}"
            for name in sorted(names - known)]
    return left, rows
