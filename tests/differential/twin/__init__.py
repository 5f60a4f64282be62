# SPDX-License-Identifier: GPL-2.0-only
"""Twin machines, one with the kernel's own driver and one with ours, that do the same."""
