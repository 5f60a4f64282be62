// SPDX-License-Identifier: GPL-2.0-only
/* 5.12: renamedata names directories by their inode (until 6.16) */
#include <linux/fs.h>

static inline struct inode *probe(struct renamedata *rd)
{
	return rd->old_dir;
}
