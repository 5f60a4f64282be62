# SPDX-License-Identifier: GPL-2.0-only
"""Twin machines for the tests of this directory."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

USUAL_SEED = 9


def pytest_addoption(parser):
    """Our options."""
    group = parser.getgroup("differential")
    group.addoption("--seed", type=int, help="tries something else, or what an earlier run has")
    group.addoption("--sequences", type=int, help="how many on all machines together")


@pytest.fixture(name="seed", scope="session")
def fixture_seed(request):
    """Where the sequences come from: the same ones each time, but new ones with --everywhere. A
    failure names it."""
    seed = request.config.getoption("--seed")
    if seed is None and request.config.getoption("--everywhere"):
        return random.randrange(1 << 32)
    return USUAL_SEED if seed is None else seed
