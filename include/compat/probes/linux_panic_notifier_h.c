// SPDX-License-Identifier: GPL-2.0-only
/* 5.14: <linux/panic_notifier.h>; before, the list was in <linux/kernel.h> */
#include <linux/panic_notifier.h>
