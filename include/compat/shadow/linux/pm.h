/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_PM_H
#define COMPAT_LINUX_PM_H

#include_next <linux/pm.h>

/* 5.17, and 5.10 from some point on */
#ifndef pm_sleep_ptr
#define pm_sleep_ptr(ptr) (IS_ENABLED(CONFIG_PM_SLEEP) ? (ptr) : NULL)
#endif

#endif /* COMPAT_LINUX_PM_H */
