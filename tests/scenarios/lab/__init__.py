# SPDX-License-Identifier: GPL-2.0-only
"""What the scenarios need: machines that stay on for many tests, and their PSPs."""
