# SPDX-License-Identifier: GPL-2.0-only
"""The option that all tests have in common."""


def pytest_addoption(parser):
    """Makes it known."""
    parser.addoption("--everywhere", action="store_true",
                     help="also what takes long: all kernels, 5000 sequences, whole Debians")
