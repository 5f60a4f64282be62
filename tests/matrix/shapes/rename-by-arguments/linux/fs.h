/* SPDX-License-Identifier: GPL-2.0-only */
/* vfs_rename() until 5.11, also openEuler's 5.10. */
#define vfs_rename vfs_rename_by_struct
#include_next <linux/fs.h>
#undef vfs_rename

int vfs_rename(struct inode *from_dir, struct dentry *from, struct inode *to_dir,
	       struct dentry *to, struct inode **delegated, unsigned int flags);
