/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_RWSEM_H
#define COMPAT_LINUX_RWSEM_H

#include_next <linux/rwsem.h>

/* 6.5: guard(rwsem_read) and guard(rwsem_write) */
#ifndef HAVE_CLEANUP_RWSEM
#include <linux/cleanup.h>

DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))
#endif

#endif /* COMPAT_LINUX_RWSEM_H */
