// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: renamedata has an id map for each side (until 6.17) */
#include <linux/fs.h>

static inline struct mnt_idmap *probe(struct renamedata *rd)
{
	return rd->old_mnt_idmap;
}
