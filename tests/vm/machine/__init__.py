# SPDX-License-Identifier: GPL-2.0-only
"""A machine without AMD hardware: boots Debian kernels on QEMU with an emulated PSP."""
