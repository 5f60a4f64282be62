// SPDX-License-Identifier: GPL-2.0-only
/* 6.5: <linux/cleanup.h> */
#include <linux/cleanup.h>
