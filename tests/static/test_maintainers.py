# SPDX-License-Identifier: GPL-2.0-only
"""Whoever looks into MAINTAINERS for a file finds somebody, and no section is about nothing."""
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def sections(text):
    """Fields by the name of their section."""
    found = {}
    for part in re.split(r"\n\n+", text):
        lines = [line for line in part.splitlines() if line and not line.startswith("#")]
        if lines:
            found[lines[0]] = [tuple(re.fullmatch(r"([A-Z]):\t(.+)", line).groups())
                               for line in lines[1:]]
    return found


SECTIONS = sections((TOP / "MAINTAINERS").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SECTIONS)
def test_section_is_complete(name):
    fields = SECTIONS[name]
    assert {letter for letter, _ in fields} == {"M", "S", "F"}
    assert all(re.fullmatch(r".+ <\S+@\S+>", value) for letter, value in fields if letter == "M")


@pytest.mark.parametrize("pattern", sorted({value for fields in SECTIONS.values()
                                            for letter, value in fields if letter == "F"}))
def test_pattern_is_about_something(pattern):
    assert list(TOP.glob(pattern.rstrip("/")))


def test_each_driver_has_its_section():
    files = subprocess.run(["git", "-C", TOP, "ls-files", "drivers"], capture_output=True,
                           text=True, check=True).stdout.split()
    patterns = [value for name, fields in SECTIONS.items() if name != "THE REST"
                for letter, value in fields if letter == "F"]
    assert [file for file in files if not any(file.startswith(p) for p in patterns)] == []
