/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_MUTEX_H
#define COMPAT_LINUX_MUTEX_H

#include_next <linux/mutex.h>

/* 6.5: guard(mutex) */
#ifndef HAVE_CLEANUP_MUTEX
#include <linux/cleanup.h>

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
#endif

#endif /* COMPAT_LINUX_MUTEX_H */
