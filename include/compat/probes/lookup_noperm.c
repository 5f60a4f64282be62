// SPDX-License-Identifier: GPL-2.0-only
/* 6.16: lookup_noperm() instead of lookup_one_len() */
/* Exported: lookup_noperm */
#include <linux/namei.h>

static inline struct dentry *probe(struct qstr *name, struct dentry *dir)
{
	return lookup_noperm(name, dir);
}
