# SPDX-License-Identifier: GPL-2.0-only
"""Holds what two machines answered against each other."""

import re

_RANDOM = re.compile(r"~[0-9a-f]{16}")


class Canon:
    """Gives random values names. One that comes on both machines at the same place for the first
    time gets the same name on both: then they agree if the same values come back at the same
    places. What only one of them has seen stays as it is until the other one sees it, too."""

    def __init__(self):
        self._names = ({}, {})

    def apply(self, stock, ours):
        """Both answers to a step, with names for what is random."""
        for name in stock.keys() & ours.keys():
            found = [_RANDOM.findall(answer[name]) for answer in (stock, ours)]
            if len(found[0]) == len(found[1]):
                for pair in zip(*found):
                    self._meet(pair)
        return [self._named(answer, names) for answer, names in zip((stock, ours), self._names)]

    def _meet(self, pair):
        if all(value not in names for value, names in zip(pair, self._names)):
            for value, names in zip(pair, self._names):
                names[value] = f"random-{len(names) + 1}"

    @staticmethod
    def _named(answer, names):
        return {name: _RANDOM.sub(lambda match: names.get(match[0], match[0]), value)
                for name, value in answer.items()}


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
