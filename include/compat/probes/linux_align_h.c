// SPDX-License-Identifier: GPL-2.0-only
/* 5.11: <linux/align.h>; before, it was part of <linux/kernel.h> */
#include <linux/align.h>
