# SPDX-License-Identifier: GPL-2.0-only
"""Packages that are built once, and what becomes of them on a Debian."""

import pytest

from debians import Debian, findings


@pytest.fixture(scope="session", name="trixie")
def _trixie():
    """Debian 13."""
    return Debian()


@pytest.fixture(scope="session", name="packages")
def _packages(trixie):
    """The directory of all packages, as a path in the roots; what building them said."""
    status, output = trixie.run("build", "tests/packaging/build", "build/packaging")
    assert status == 0, output
    return "build/packaging", output


@pytest.fixture(scope="session", name="life")
def _life(trixie, packages):
    """What was found out in the life of the packages on Debian 13, and all output."""
    directory, _ = packages
    _, output = trixie.run("life-trixie", "tests/packaging/life-cycle", f"{directory}/deb",
                           f"{directory}/newer/deb", f"{directory}/secure-boot")
    return findings(output), output
