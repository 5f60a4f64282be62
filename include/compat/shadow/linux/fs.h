/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_FS_H
#define COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#if !defined(HAVE_FILE_OPEN_ROOT_PATH) && !defined(__GENKSYMS__)
#define file_open_root(root, name, flags, mode) \
	file_open_root((root)->dentry, (root)->mnt, name, flags, mode)
#endif

#endif /* COMPAT_LINUX_FS_H */
