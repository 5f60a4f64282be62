// SPDX-License-Identifier: GPL-2.0-only
/* 6.19: start_renaming_dentry() locks and looks up; lock_rename() is private */
/* Exported: start_renaming_dentry */
#include <linux/fs.h>
#include <linux/namei.h>

static inline int probe(struct renamedata *rd, struct dentry *from, struct qstr *to)
{
	return start_renaming_dentry(rd, 0, from, to);
}
