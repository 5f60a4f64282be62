# SPDX-License-Identifier: GPL-2.0-only
"""What Documentation/differences.rst lists: the first column of each of its tables."""

import re
from pathlib import Path

PATH = Path(__file__).resolve().parents[3] / "Documentation/differences.rst"


def _plain(text):
    return " ".join(text.replace("``", "").split())


def entries(text):
    """Pairs of section and entry, in their order."""
    found, section, row = [], "", []
    lines = text.splitlines()

    def end():
        if row and row != ["What"]:
            found.append((section, _plain(" ".join(row))))
        row.clear()

    for line, below in zip(lines, [*lines[1:], ""]):
        if line and re.fullmatch(r"=+", below) and len(line) == len(below):
            end()
            section = _plain(line)
        elif line.startswith("   * - "):
            end()
            row.append(line[7:])
        elif line.startswith("     - "):
            end()
        elif row and line.startswith("       "):
            row.append(line)
    end()
    return found


def documented():
    """Those of the file."""
    return entries(PATH.read_text(encoding="utf-8"))
