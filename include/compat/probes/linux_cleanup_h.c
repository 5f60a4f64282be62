// SPDX-License-Identifier: GPL-2.0-only
/* 6.5, and some series from a certain release on: <linux/cleanup.h> */
#include <linux/cleanup.h>
