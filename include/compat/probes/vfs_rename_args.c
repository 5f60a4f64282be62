// SPDX-License-Identifier: GPL-2.0-only
/* until 5.11: vfs_rename() has arguments instead of a struct renamedata */
/* Exported: vfs_rename */
#include <linux/fs.h>

static inline int probe(struct inode *dir, struct dentry *from, struct dentry *to)
{
	return vfs_rename(dir, from, dir, to, NULL, 0);
}
