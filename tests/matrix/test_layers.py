# SPDX-License-Identifier: GPL-2.0-only
"""Calls between the source files of a module go one way: no file needs one that needs it.

Read from the object files of a build: who defines a symbol, and who refers to it.
"""

import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
KERNEL = "6.12"

MODULES = ("drivers/crypto/ccp", "drivers/virt/coco/sev-guest")


@pytest.fixture(name="built", scope="module")
def fixture_built():
    """Where the modules were built for the kernel that has most of them."""
    subprocess.run(["tests/matrix/build", KERNEL], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    return TOP / "build" / KERNEL


def symbols(path):
    """What an object file defines for others, and what it refers to."""
    text = subprocess.run(["nm", path], check=True, text=True, stdout=subprocess.PIPE).stdout
    rows = [line.split()[-2:] for line in text.splitlines()]
    return ({name for kind, name in rows if kind.isupper() and kind != "U"},
            {name for kind, name in rows if kind == "U"})


def calls(directory):
    """{file: files that it refers to}, of one module."""
    paths = [path for path in directory.rglob("*.o") if path.with_suffix(".c").exists()
             and not path.name.endswith(".mod.o")]
    known = {str(path.relative_to(directory).with_suffix("")): symbols(path) for path in paths}
    return {name: {other for other, (defined, _) in known.items()
                   if other != name and wanted & defined}
            for name, (_, wanted) in known.items()}


def reach(graph, start):
    """All that can be reached from START, itself only if there is a way back."""
    found, left = set(), [start]
    while left:
        for other in graph[left.pop()] - found:
            found.add(other)
            left.append(other)
    return found


def knots(graph):
    """Groups of files that need each other."""
    reached = {name: reach(graph, name) for name in graph}
    groups = {frozenset({other for other in reached[name] if name in reached[other]})
              for name in graph if name in reached[name]}
    return sorted((set(group) for group in groups), key=sorted)


def test_knots_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"f"}, "f": {"e", "a"}}
    assert knots(graph) == [{"b", "c"}, {"e", "f"}]


@pytest.mark.parametrize("module", MODULES)
def test_calls_go_one_way(built, module):
    """A group of files would have to be read together."""
    graph = calls(built / module)
    assert len(graph) > 10
    assert not knots(graph), {name: sorted(others) for name, others in graph.items()}
