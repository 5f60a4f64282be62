// SPDX-License-Identifier: GPL-2.0-only
/* 6.18: renamedata has one id map for both sides */
#include <linux/fs.h>

static inline struct mnt_idmap *probe(struct renamedata *rd)
{
	return rd->mnt_idmap;
}
