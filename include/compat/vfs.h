/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the machine as init sees them, whoever is running: the root directory of
 * init, and a rename.
 */
#ifndef COMPAT_VFS_H
#define COMPAT_VFS_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched/task.h>

/**
 * compat_get_init_root() - the root directory of init
 * @root: out: the directory; give it back with path_put()
 */
static inline void compat_get_init_root(struct path *root)
{
#ifdef HAVE_USERSPACE_INIT_FS
	get_fs_root(userspace_init_fs, root);
#else
	task_lock(&init_task);
	get_fs_root(init_task.fs, root);
	task_unlock(&init_task);
#endif
}

#ifdef HAVE_START_RENAMING_DENTRY

static inline int compat_rename_locked(struct file *file, struct dentry *dir, struct qstr *name)
{
	struct renamedata rd = {
		.mnt_idmap = file_mnt_idmap(file),
		.new_parent = dir,
	};
	int ret = start_renaming_dentry(&rd, 0, file->f_path.dentry, name);

	if (ret)
		return ret;
	ret = vfs_rename(&rd);
	end_renaming(&rd);
	return ret;
}

#else

#ifdef HAVE_VFS_RENAME_ARGS

static inline int compat_rename_to(struct file *file, struct dentry *dir, struct dentry *to)
{
	return vfs_rename(d_inode(dir), file->f_path.dentry, d_inode(dir), to, NULL, 0);
}

#else

static inline int compat_rename_to(struct file *file, struct dentry *dir, struct dentry *to)
{
	struct renamedata rd = {
#ifdef HAVE_RENAMEDATA_OLD_DIR
		.old_dir = d_inode(dir),
		.new_dir = d_inode(dir),
#else
		.old_parent = dir,
		.new_parent = dir,
#endif
#ifdef HAVE_RENAMEDATA_OLD_MNT_USERNS
		.old_mnt_userns = file_mnt_user_ns(file),
		.new_mnt_userns = file_mnt_user_ns(file),
#endif
#ifdef HAVE_RENAMEDATA_OLD_MNT_IDMAP
		.old_mnt_idmap = file_mnt_idmap(file),
		.new_mnt_idmap = file_mnt_idmap(file),
#endif
#ifdef HAVE_RENAMEDATA_MNT_IDMAP
		.mnt_idmap = file_mnt_idmap(file),
#endif
		.old_dentry = file->f_path.dentry,
		.new_dentry = to,
	};

	return vfs_rename(&rd);
}

#endif

static inline int compat_rename_locked(struct file *file, struct dentry *dir, struct qstr *name)
{
	struct dentry *to;
	int ret = -ENOENT;

	/* One directory: there is no other to be in the way of. */
	lock_rename(dir, dir);
	if (file->f_path.dentry->d_parent != dir || d_unhashed(file->f_path.dentry))
		goto unlock;

#ifdef HAVE_LOOKUP_NOPERM
	to = lookup_noperm(name, dir);
#else
	to = lookup_one_len(name->name, dir, name->len);
#endif
	ret = PTR_ERR_OR_ZERO(to);
	if (ret)
		goto unlock;
	ret = compat_rename_to(file, dir, to);
	dput(to);
unlock:
	unlock_rename(dir, dir);
	return ret;
}

#endif

/**
 * compat_rename_over() - give an open file another name in its directory
 * @file: the file, open for writing
 * @name: its new name, without a directory; what had it before is replaced
 *
 * Context: may sleep. Permissions are those of the current credentials.
 * Return: 0 or a negative errno
 */
static inline int compat_rename_over(struct file *file, const char *name)
{
	struct qstr new_name = QSTR_INIT(name, strlen(name));
	struct dentry *dir;
	int ret;

	ret = mnt_want_write_file(file);
	if (ret)
		return ret;
	dir = dget_parent(file->f_path.dentry);
	ret = compat_rename_locked(file, dir, &new_name);
	dput(dir);
	mnt_drop_write_file(file);
	return ret;
}

#endif /* COMPAT_VFS_H */
