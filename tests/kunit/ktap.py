#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turn the console of a KUnit run into clean KTAP and a verdict.

The console of a kernel that runs suites from modules is not KTAP: lines carry
timestamps, other messages stand in between, the top-level header is missing or
belongs to nothing, and loading the module succeeds whatever the tests say. So
this reader takes what belongs to the suites, and looks at everything else for
text by which a kernel says that something is wrong.

Exit status: 0 all expected suites are there, complete and good, and nothing
bad was printed; 1 anything else.
"""

import argparse
import re
import sys

PRINTK = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ?(.*)$")
SUBTEST = re.compile(r"# Subtest: (\S.*)$")
PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(not ok|ok) (\d+)(?: -)? ([^#\s][^#]*?)(?:\s+# ?(SKIP|TODO)\b\s*(.*))?$")

# What the guest's init prints when everything has been loaded and unloaded:
# without it the run was cut short.
END_MARKER = "kunit-run: end"

# How kernels, sanitizers and module loading complain.
BAD_TEXT = [
    re.compile(pattern)
    for pattern in (
        r"\bBUG: ",
        r"\bBUG [a-z]\S* ?\(.*\): ",  # SLUB: BUG kmalloc-64 (...): Redzone overwritten
        r"^WARNING: ",
        r"\bINFO: (?:task|rcu|trying to register|possible|suspicious|inconsistent|lockdep)",
        r"\bKASAN: ",
        r"\bKCSAN: ",
        r"\bKFENCE: (?!initialized)",
        r"\bUBSAN: ",
        r"\bOops\b",
        r"\bKernel panic\b",
        r"\bgeneral protection fault\b",
        r"\bdouble fault\b",
        r"\bstack segment\b",
        r"\bunable to handle\b",
        r"\bCall Trace:",
        r"\bcut here\b",
        r"\brefcount_t: ",
        r"\blist_(?:add|del) corruption",
        r"\bODEBUG: ",
        r"\bDMA-API: (?!preallocated|debugging enabled)",
        r"\bunreferenced object\b",
        # Its own allocation may be the one that is to fail: it then scans the whole object.
        r"\bkmemleak: (?!Kernel memory leak detector initialized|Automatic memory scanning|"
        r"Cannot allocate a scan area)",
        r"\bscheduling while atomic\b",
        r"\bdetected stall",
        r"\bsoft lockup\b|\bhard LOCKUP\b",
        r"\bUnknown symbol\b",
        r"disagrees about version of symbol",
        r"exports duplicate symbol",
        r"version magic .* should be",
        r"^(?:insmod|modprobe|rmmod): ",
        r"\bkunit-run: fail",
    )
]


class Suite:
    """One suite as the console shows it."""

    def __init__(self, name):
        self.name = name
        self.plan = None
        self.cases = []  # (ok, name, skip reason or None)
        self.lines = []  # KTAP lines inside the suite, indented as printed
        self.ok = None  # None: the suite never ended
        self.details = {}  # name of a bad case: what was printed while it ran

    @property
    def passed(self):
        """Number of cases that ran and are good."""
        return sum(1 for ok, _, skip in self.cases if ok and skip is None)

    @property
    def skipped(self):
        """Number of cases that did not run."""
        return sum(1 for _, _, skip in self.cases if skip is not None)

    @property
    def failed(self):
        """Number of cases that are not good."""
        return sum(1 for ok, _, skip in self.cases if not ok and skip is None)

    def problems(self):
        """Sentences about everything wrong with this suite."""
        found = []
        for ok, name, _ in self.cases:
            if not ok:
                text = "".join(f"\n  | {line.strip()}" for line in self.details[name])
                found.append(f"{self.name}: {name}: not ok{text}")
        if self.ok is None:
            last = self.cases[-1][1] if self.cases else "the start"
            found.append(f"{self.name}: did not end, nothing after {last}")
            return found
        if not self.ok and not found:
            found.append(f"{self.name}: not ok")
        if self.plan is None:
            found.append(f"{self.name}: announced no plan")
        elif len(self.cases) != self.plan:
            found.append(f"{self.name}: {len(self.cases)} results, {self.plan} planned")
        if self.ok and not self.passed:
            found.append(f"{self.name}: no case ran")
        return found


class Report:
    """Everything that a console log says about a run."""

    def __init__(self):
        self.suites = []
        self.bad_lines = []
        self.ended = False

    def problems(self, expected=()):
        """Sentences about everything wrong with this run; empty means good."""
        found = []
        names = [suite.name for suite in self.suites]
        for name in expected:
            if names.count(name) != 1:
                found.append(f"suite {name}: seen {names.count(name)} times instead of once")
        if not names:
            found.append("no suite ran")
        for suite in self.suites:
            found += suite.problems()
        found += [f"console: {line}" for line in self.bad_lines]
        if not self.ended:
            found.append(f"the run was cut short: no '{END_MARKER}' on the console")
        return found

    def ktap(self):
        """The run as one KTAP document."""
        lines = ["KTAP version 1", f"1..{len(self.suites)}"]
        for number, suite in enumerate(self.suites, 1):
            lines += suite.lines
            lines.append(f"{'ok' if suite.ok else 'not ok'} {number} {suite.name}")
        return "\n".join(lines) + "\n"

    def summary(self):
        """One line of figures."""
        total = [sum(getattr(s, key) for s in self.suites) for key in ("passed", "failed", "skipped")]
        return "%d suites, cases: %d passed, %d failed, %d skipped" % (len(self.suites), *total)


def kernel_text(line):
    """The text of a kernel message, or None for a line from user space."""
    match = PRINTK.search(line)
    return match.group(1).rstrip() if match else None


def is_ktap(text):
    """Whether a kernel message inside a suite belongs to its KTAP."""
    text = text.lstrip()
    return bool(text.startswith(("# ", "KTAP version")) or PLAN.match(text) or RESULT.match(text))


class Parser:
    """Feeds on console lines, one after the other."""

    def __init__(self):
        self.report = Report()
        self.suite = None
        self.recent = []  # what was printed since the last result

    def feed(self, line):
        """Take one line as the console printed it."""
        line = line.replace("\r", "").rstrip("\n")
        if END_MARKER in line:
            self.report.ended = True
        text = kernel_text(line)
        in_suite = text is not None and self.take_ktap(text)
        if text is not None and self.suite:
            self.recent.append(text)
        # A failed expectation may quote anything; it is reported as "not ok".
        if not in_suite and any(bad.search(line if text is None else text) for bad in BAD_TEXT):
            self.report.bad_lines.append(line if text is None else text)

    def take_ktap(self, text):
        """Whether this kernel message is part of a suite's KTAP."""
        indent = len(text) - len(text.lstrip())
        body = text.strip()
        start = SUBTEST.match(body)
        if start and indent == 4:
            self.open_suite(start.group(1))
            return True
        if self.suite is None or not is_ktap(text):
            return False
        if indent == 0:
            result = RESULT.match(body)
            if result and result.group(3) == self.suite.name:
                self.suite.ok = result.group(1) == "ok"
                self.suite = None
                return True
            return body.startswith("# ")
        self.suite.lines.append(text)
        plan = PLAN.match(body)
        result = RESULT.match(body)
        if indent == 4 and plan:
            self.suite.plan = int(plan.group(1))
        elif indent == 4 and result:
            state, _, name, directive, reason = result.groups()
            skip = (reason or "") if directive == "SKIP" else None
            self.suite.cases.append((state == "ok", name, skip))
            if state != "ok":
                self.suite.details[name] = self.recent[-30:]
            self.recent = []
        return True

    def open_suite(self, name):
        """A suite begins, whether or not the one before has ended."""
        self.suite = Suite(name)
        self.recent = []
        self.suite.lines += ["    KTAP version 1", f"    # Subtest: {name}"]
        self.report.suites.append(self.suite)


def parse(lines):
    """Read console lines into a Report."""
    parser = Parser()
    for line in lines:
        parser.feed(line)
    return parser.report


def main(argv=None):
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("log", help="console log, - for standard input")
    options.add_argument("--name", default="kunit", help="what to call the run in messages")
    options.add_argument("--expect", action="append", default=[], metavar="SUITE",
                         help="a suite that must have run exactly once")
    options.add_argument("--ktap", metavar="FILE", help="write the KTAP here")
    args = options.parse_args(argv)

    if args.log == "-":
        report = parse(sys.stdin)
    else:
        with open(args.log, encoding="utf-8", errors="replace") as log:
            report = parse(log)
    if args.ktap:
        with open(args.ktap, "w", encoding="utf-8") as out:
            out.write(report.ktap())
    problems = report.problems(args.expect)
    for problem in problems:
        print(f"{args.name}: {problem}")
    print(f"{args.name}: {report.summary()}" + (f", {len(problems)} problems" if problems else ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
