# SPDX-License-Identifier: GPL-2.0-only
"""Both machines side by side."""

import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .compare import Canon, differences
from .side import PROJECT, Side, emulator


def build():
    """Brings up to date what the machines need."""
    emulator.build()
    subprocess.run(["make", "-s", "-C", PROJECT / "tests/differential/client"], check=True)


# The kernel's own driver leaves memory in caches after it, which ends the machine sooner or later.
_SPOILS = re.compile(r"^fault cmd=SHUTDOWN,status=")


class Unusable(Exception):
    """The machines can't be compared."""


# Has the firmware make its keys
BEGIN = ("load kvm_amd", "sev pek-csr show=2084", "unload kvm_amd", "unload ccp")


class Outcome:
    """How a sequence went."""

    def __init__(self):
        self.steps = 0
        self.known = []
        self.troubles = []
        self.ended = ""

    @property
    def trouble(self):
        """Where the machines went apart first, or None."""
        return self.troubles[0] if self.troubles else None

    def fail(self, step, lines):
        """Here the machines went apart."""
        self.troubles.append(Trouble(step, lines))


@dataclass(frozen=True)
class Trouble:
    """A difference that isn't known: after which step, and what."""

    step: str
    lines: list

    @property
    def kind(self):
        """What two of the same kind have in common: the kind of step, the names of answers."""
        words = self.step.rpartition(": ")[2].split()
        return (words[0], words[2] if words[0] == "kvm" else words[1] if len(words) > 1 else "",
                tuple(line.split(":")[0].strip() for line in self.lines if line[:2] == "  "))

    def __str__(self):
        return "\n".join([self.step, *self.lines])


class Pair:
    """A machine with the kernel's own driver and one with ours. A context."""

    def __init__(self, kernel, role, table):
        self.kernel, self.role = kernel, role
        self._table = table.for_machine(kernel, role)
        self._directory = tempfile.TemporaryDirectory(prefix="amd-sev-twins-")
        self.sides = [Side(modules, kernel, role, self._directory.name)
                      for modules in ("stock", "ours")]
        self._pool = ThreadPoolExecutor(2)
        self.restarts = 0

    def __enter__(self):
        build()
        return self

    def __exit__(self, *_):
        self.off()
        self._pool.shutdown()
        self._directory.cleanup()

    def both(self, what):
        """Calls WHAT for both at the same time."""
        return list(self._pool.map(what, self.sides))

    def on(self):
        """Turns both on. At first one alone makes the keys that both begin with."""
        first = self.sides[0]
        if not first.golden():
            first.on()
            answers = [first.step(step) for step in BEGIN]
            if not first.keep_flash(answers[1].get("shown")):
                raise Unusable(f"the firmware has no keys: {answers}\n{first.console[-3000:]}")
            first.off()
        self.both(lambda side: side.on())
        self.restarts += 1

    def off(self):
        """Turns both off."""
        self.both(lambda side: side.off())

    def ready(self):
        """Both are as at first."""
        if all(side.is_on for side in self.sides) and all(self.both(lambda side: side.reset())):
            self.both(lambda side: side.complaints())
            return
        self.off()
        self.on()
        if not all(self.both(lambda side: side.reset())):
            raise Unusable("a machine that was just turned on can't be reset:\n" +
                          "\n".join(side.console[-2000:] for side in self.sides))
        self.both(lambda side: side.complaints())

    def run(self, steps, watch=None, on=False):
        """Does a sequence, up to the first difference that isn't known; with ON to its end. How
        much the firmware has done when somebody is killed is a matter of chance: that ends it."""
        self.ready()
        outcome, canon, leaked = Outcome(), Canon(), False
        for number, step in enumerate(steps):
            answers = self.both(lambda side, step=step: side.step(step))
            answers = canon.apply(*answers)
            if watch:
                watch(number, step, answers)
            outcome.steps += 1
            leaked |= any("Leaking" in answer.get("log", "") for answer in answers)
            if any("machine" in answer for answer in answers):
                self._died(outcome, steps[:number + 1], answers)
                return outcome
            left, rows = differences(steps[:number + 1], *answers, self._table)
            outcome.known += rows
            if left:
                outcome.fail(step, left)
                if not on:
                    return outcome
            if any(row.ends for row in rows) or step.startswith("kill "):
                break
        self._complaints(outcome, steps)
        # The kernel's list of leaked pages does not stand more of them.
        if leaked or any(row.spoils for row in outcome.known) or any(map(_SPOILS.search, steps)):
            self.off()
        return outcome

    def _died(self, outcome, steps, answers):
        """A machine that is gone takes the other one with it. What ends only the one with the
        kernel's own driver is none of ours, but is told."""
        text = [f"{side.modules}: {answer.get('machine', 'alive')} {answer.get('said', '')}\n"
                f"{side.console[-3000:]}" for side, answer in zip(self.sides, answers)
                if "machine" in answer]
        ends = [{"machine": answer.get("machine", "")} for answer in answers]
        left, rows = differences(steps, *ends, self._table)
        outcome.known += rows
        if answers[1].get("machine") or ends[0]["machine"] == "silent":
            outcome.fail(steps[-1], [*left, *text])
        elif left:
            outcome.ended = f"{'; '.join(steps)}\n{text[0]}"
        self.off()

    def _complaints(self, outcome, steps):
        """A kernel that has complained is no good for the next sequence."""
        found = self.both(lambda side: side.complaints())
        if not any(found):
            return
        if found[1]:
            outcome.fail(steps[-1], ["ours complains:", *found[1]])
        self.off()
