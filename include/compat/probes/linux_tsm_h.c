// SPDX-License-Identifier: GPL-2.0-only
/* 6.7: <linux/tsm.h> */
#include <linux/tsm.h>
