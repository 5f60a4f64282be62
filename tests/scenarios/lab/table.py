# SPDX-License-Identifier: GPL-2.0-only
"""The part of the matrix table that scenarios fill: kernels, and what works on them."""

import fcntl
import json

COLUMNS = ("load", "kvm_amd", "ioctls", "unload")


class Table:
    """Counts results by driver, kernel and column."""

    def __init__(self, directory):
        self._directory = directory
        self._cells = {}

    def add(self, spec, column, report):
        """Takes in one phase of one test."""
        cell = self._cells.setdefault((spec.modules, spec.kernel, column), [0, 0])
        if report.when == "call":
            cell[0] += report.passed
        cell[1] += report.failed

    def lines(self):
        """The table for people."""
        rows = sorted({key[:2] for key in self._cells},
                      key=lambda row: (row[0], [int(part) for part in row[1].split(".")]))
        if not rows:
            return
        yield ""
        yield "  ".join(["driver  kernel", *(f"{column:8}" for column in COLUMNS)])
        for row in rows:
            cells = (self._word(row, column) for column in COLUMNS)
            yield "  ".join([f"{row[0]:6}  {row[1]:6}", *(f"{cell:8}" for cell in cells)])

    def save(self):
        """Adds it to the table for programs, which runs for other kernels add to as well."""
        if not self._cells:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        with open(self._directory / "table.json", "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            result = json.loads(file.read() or "{}")
            for driver, kernel, column in self._cells:
                words = result.setdefault(driver, {}).setdefault(kernel, {})
                words[column] = self._word((driver, kernel), column)
            file.truncate(0)
            file.write(json.dumps(result, indent=1) + "\n")

    def _word(self, row, column):
        passed, failed = self._cells.get((*row, column), (0, 0))
        if failed:
            return "NO"
        return "yes" if passed else "-"
