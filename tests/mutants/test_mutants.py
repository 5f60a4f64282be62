# SPDX-License-Identifier: GPL-2.0-only
"""The table of mutants fits the sources. That tests kill them is shown by the program run."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent


def _load():
    loader = SourceFileLoader("mutants_run", str(HERE / "run"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("mutants_run", loader))
    loader.exec_module(module)
    return module


RUN = _load()


@pytest.mark.parametrize("mutant", RUN.mutants(), ids=lambda mutant: mutant.name)
def test_mutant_fits_the_sources(mutant, tmp_path):
    """Its old text stands once in the file, and its tests exist."""
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    copy.write_bytes((PROJECT / mutant.file).read_bytes())
    before = copy.read_bytes()
    mutant.apply(tmp_path)
    assert copy.read_bytes() != before
    assert mutant.tests
    for test in mutant.tests:
        kind, _, name = test.split()[:3]
        where = {"kunit": f"tests/kunit/{name}_test.c", "scenario": f"tests/scenarios/{name}",
                 "vm": f"tests/vm/{name}", "twins": "tests/differential/run"}
        assert (PROJECT / where[kind]).exists(), test
        assert RUN.command_of(test)


def test_names_are_unique():
    """A name picks one mutant."""
    names = [mutant.name for mutant in RUN.mutants()]
    assert len(names) == len(set(names))
