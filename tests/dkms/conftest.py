# SPDX-License-Identifier: GPL-2.0-only
"""Options of the tests of this directory."""

import contextlib


def pytest_addoption(parser):
    """Options of ours."""
    with contextlib.suppress(ValueError):   # other tests have it as well
        parser.addoption("--everywhere", action="store_true",
                         help="also on a Debian that runs, and on kernels that are like another")
