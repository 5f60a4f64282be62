# SPDX-License-Identifier: GPL-2.0-only
"""What is found is shrunk, what isn't steady is set aside, and a seed repeats a run: on machines
that are made up."""

import shlex

from twin.generate import scope_of
from twin.hunt import Hunt
from twin.pair import Outcome


class FakePair:
    """Two machines that go apart at a step that FAILS() says."""

    kernel, role, restarts = "6.12", "snp-host", 0

    def __init__(self, fails):
        self._fails = fails
        self.tried = []

    def run(self, steps):
        """As Pair.run()."""
        self.tried.append(tuple(steps))
        outcome = Outcome()
        for number, step in enumerate(steps):
            outcome.steps += 1
            if self._fails(steps[:number + 1]):
                outcome.fail(step, ["  errno: stock 0, ours EIO"])
                break
        return outcome


def _after(first, then):
    return lambda steps: first in steps[-1] and any(then in step for step in steps[:-1])


def test_shrinks_to_what_it_takes():
    """Two steps of thirty, with no more words than are needed."""
    pair = FakePair(_after("sev get-id2", "unload ccp"))
    result = Hunt(pair, 20).go(1, 30)
    assert result.found
    for found in result.found:
        assert found.steps[-2:] == ["unload ccp", "sev get-id2"]
        assert len(found.steps) <= 3
        assert found.command("6.12", "snp-host") == (
            "tests/differential/run --kernel 6.12 --role snp-host --replay " +
            shlex.quote("; ".join(found.steps)))


def test_brief_hunt_ends_with_the_first():
    """It is tried twice, and nothing else after it."""
    pair = FakePair(_after("sev get-id2", "unload ccp"))
    result = Hunt(pair, 20, brief=True).go(1, 30)
    assert len(result.found) == 1
    assert result.shrinking <= 1
    assert pair.tried[-1][-1].endswith(pair.tried[-2][len(pair.tried[-1]) - 1])


def test_seed_repeats():
    """The same sequences in the same order."""
    runs = []
    for _ in range(2):
        pair = FakePair(lambda steps: False)
        Hunt(pair, 10).go(7, 25)
        runs.append(pair.tried)
    assert runs[0] == runs[1]
    other = FakePair(lambda steps: False)
    Hunt(other, 10).go(8, 25)
    assert other.tried != runs[0]


def test_counts_whole_sequences():
    """No run passes because it was short."""
    pair = FakePair(lambda steps: False)
    result = Hunt(pair, 10).go(3, 20)
    assert result.whole >= 20
    assert sum(len(steps) >= 10 for steps in pair.tried) == result.whole
    assert not result.found


def test_what_happens_once_is_set_aside():
    """A loaded host may make a difference; it is told, and is no failure."""
    seen = set()

    def fails(steps):
        key = tuple(steps)
        if len(steps) == 10 and key not in seen:
            seen.add(key)
            return True
        return False

    result = Hunt(FakePair(fails), 12).go(3, 5)
    assert result.unsteady
    assert not result.found


def test_all_kinds_of_steps_are_made_up():
    """In some hundred sequences."""
    pair = FakePair(lambda steps: False)
    Hunt(pair, 30).go(5, 100)
    steps = [step for sequence_ in pair.tried for step in sequence_]
    kinds = {step.split()[0] for step in steps}
    assert kinds == {"sev", "kvm", "load", "unload", "hold", "sleep", "cpu", "nv", "fault", "kill"}
    for word in ("snp-commit", "launch snp", "launch es2", "addr=kernel", "len=16385", "fd=ro",
                 "init_ex_path", "nv tiny", "count=1,exec"):
        assert any(word in step for step in steps), word


def test_older_kernels_are_not_asked_for_what_they_lack():
    """SNP, SEV-ES, INIT_EX."""
    scope = scope_of("5.10", "sev-host")
    assert not (scope.snp or scope.init_ex or scope.es or scope.init2)
    assert scope_of("6.12", "snp-host").snp
