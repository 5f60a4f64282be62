# SPDX-License-Identifier: GPL-2.0-only
"""The table of known differences and the documentation say the same."""

import fnmatch
import re

import pytest

from twin.compare import Canon, differences
from twin.documented import documented, entries
from twin.table import Row, Table


def test_reads_sections_and_entries():
    """Of the documentation's form."""
    text = "A\n=\n\n.. list-table::\n\n   * - What\n     - Ours\n   * - ``one`` of\n" \
           "       two lines\n     - x\nB\n=\n   * - three\n     - y\n"
    assert entries(text) == [("A", "one of two lines"), ("B", "three")]


def test_each_row_is_documented():
    """What we know to differ, everybody can read."""
    known = documented()
    assert len(known) > 20
    missing = [(row.section, row.entry) for row in Table().rows
               if (row.section, row.entry) not in known]
    assert not missing


def test_each_documented_difference_is_in_the_table():
    """Or it is said why nobody can see it here."""
    table = Table()
    rows = {(row.section, row.entry) for row in table.rows}
    unseen = [(item["section"], item["entry"]) for item in table.unseen]
    missing = [entry for entry in documented() if entry not in rows and not any(
        entry[0] == section and fnmatch.fnmatchcase(entry[1], pattern)
        for section, pattern in unseen)]
    assert not missing


def test_unseen_differences_are_documented_and_explained():
    """No entry outlives what it is about, and none is both seen and unseen."""
    table = Table()
    rows = {(row.section, row.entry) for row in table.rows}
    for item in table.unseen:
        assert item["why"]
        about = [entry for entry in documented() if entry[0] == item["section"]
                 and fnmatch.fnmatchcase(entry[1], item["entry"])]
        assert about, item
        assert not rows & set(about), item


@pytest.mark.parametrize("row", Table().rows, ids=lambda row: row.entry)
def test_row_is_narrow(row):
    """It says for which steps it is, and what both sides answer."""
    re.compile(row.step)
    assert row.step and row.step != ".*"
    assert row.stock or row.ours or row.both
    assert not row.both.keys() & (row.stock.keys() | row.ours.keys())
    assert "*" not in row.also


ROW = Row("s", "e", "^sev x", {"errno": "0"}, {"errno": "E.*", "error": "0xffffffff"})


def test_known_difference():
    """Is explained, and nothing else is."""
    stock, ours = {"errno": "0", "error": "0"}, {"errno": "EIO", "error": "0xffffffff"}
    assert differences(["sev x"], stock, ours, [ROW]) == ([], [ROW])
    assert differences(["sev y"], stock, ours, [ROW])[1] == []
    left, _ = differences(["sev x"], {**stock, "data": "1"}, ours, [ROW])
    assert left == ["  data: stock 1, ours -"]


def test_difference_that_needs_a_past():
    """Is known only after what brings it about."""
    row = Row("s", "e", "^sev x", {"errno": "0"}, {"errno": "E.*"}, after="nv short")
    stock, ours = {"errno": "0"}, {"errno": "EIO"}
    assert differences(["nv short", "sev y", "sev x"], stock, ours, [row])[1] == [row]
    assert differences(["sev x"], stock, ours, [row])[1] == []


def test_another_value_is_not_explained():
    """A row is about certain answers."""
    stock, ours = {"errno": "0", "error": "0"}, {"errno": "EIO", "error": "0x3"}
    assert differences(["sev x"], stock, ours, [ROW])[1] == []


def test_condition_for_both_explains_nothing():
    """What must be the same on both sides is no part of the difference."""
    row = Row("s", "e", "^sev x", {"error": "0"}, {"error": "1"}, both={"errno": "E.*"})
    stock, ours = {"errno": "EIO", "error": "0"}, {"errno": "EIO", "error": "1"}
    assert differences(["sev x"], stock, ours, [row]) == ([], [row])
    assert differences(["sev x"], {**stock, "errno": "EPERM"}, ours, [row])[1] == []
    assert differences(["sev x"], {**stock, "errno": "0"}, {**ours, "errno": "0"}, [row])[1] == []


def test_random_values_are_compared_by_where_they_come_back():
    """Two machines that keep a key agree; one that loses it does not."""
    canon = Canon()
    a, b, c, d = (f"~{digit * 16}" for digit in "abcd")

    def agree(stock, ours):
        answers = canon.apply(stock, ours)
        return answers[0] == answers[1]

    assert agree({"key": a}, {"key": b})
    assert agree({"key": a}, {"key": b})
    assert not agree({"key": a}, {"key": c})
    assert not agree({"key": c}, {"key": d, "x": a})
    assert agree({"key": c}, {"key": d})
    assert not agree({"key": a}, {"key": d})
