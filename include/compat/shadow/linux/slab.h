/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>

/* 6.5: __free(kfree) */
#ifndef HAVE_CLEANUP_KFREE
#include <linux/cleanup.h>
#include <linux/err.h>

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
#endif

#endif /* COMPAT_LINUX_SLAB_H */
