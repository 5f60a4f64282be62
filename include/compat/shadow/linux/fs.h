/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_FS_H
#define COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#if !defined(HAVE_FILE_OPEN_ROOT_PATH) && !defined(__GENKSYMS__)
#include <linux/path.h>

static inline struct file *compat_file_open_root(const struct path *root, const char *name,
						 int flags, umode_t mode)
{
	return file_open_root(root->dentry, root->mnt, name, flags, mode);
}

#define file_open_root compat_file_open_root
#endif

#endif /* COMPAT_LINUX_FS_H */
