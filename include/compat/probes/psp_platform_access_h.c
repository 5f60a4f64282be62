// SPDX-License-Identifier: GPL-2.0-only
/* 6.4: <linux/psp-platform-access.h> */
#include <linux/psp-platform-access.h>
