// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that holds the platform's non-volatile data for INIT_EX.
 *
 * With init_ex_path the firmware keeps its keys in a file instead of SPI flash.
 * The file is the only copy, so it is replaced as a whole: written beside the old
 * one, flushed, renamed.  A crash at any point leaves the old file or the new.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/path.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include <compat/vfs.h>

#include "sev.h"

static char *init_ex_path;
module_param(init_ex_path, charp, 0444);
MODULE_PARM_DESC(init_ex_path,
		 " Path for INIT_EX data; if set try INIT_EX. The directory must be writable");

/* Data that the firmware has never seen is all ones, like erased flash. */
#define NV_ERASED	0xff
#define NV_TEMP_SUFFIX	".new"

/**
 * sev_nv_wanted() - is the platform to be initialised with INIT_EX?
 *
 * Return: true if the init_ex_path parameter is set
 */
bool sev_nv_wanted(void)
{
	return init_ex_path && *init_ex_path;
}

/**
 * struct nv_root - files are opened as root of the initial namespaces, whoever calls
 * @cred: root's credentials
 * @caller: those to go back to
 * @path: init's root directory
 */
struct nv_root {
	const struct cred *cred;
	const struct cred *caller;
	struct path path;
};

static int nv_become_root(struct nv_root *root)
{
	root->cred = prepare_kernel_cred(&init_task);
	if (!root->cred)
		return -ENOMEM;
	root->caller = override_creds(root->cred);
	compat_get_init_root(&root->path);
	return 0;
}

static void nv_return_from_root(struct nv_root *root)
{
	path_put(&root->path);
	revert_creds(root->caller);
	put_cred(root->cred);
}

/* A file that is longer than the buffer shows in @size. */
static int nv_read_as_root(const struct path *fs_root, const char *path, void *data, loff_t *size)
{
	struct file *file = file_open_root(fs_root, path, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);

	*size = i_size_read(file_inode(file));
	do {
		n = kernel_read(file, data + pos, SEV_NV_LEN - pos, &pos);
	} while (n > 0 && pos < SEV_NV_LEN);
	if (n >= 0 && *size == SEV_NV_LEN)
		*size = pos;
	filp_close(file, NULL);
	return min_t(ssize_t, n, 0);
}

static int nv_write_whole(struct file *file, const void *data, size_t size)
{
	loff_t pos = 0;

	while (size) {
		ssize_t n = kernel_write(file, data, size, &pos);

		if (n <= 0)
			return n ? n : -EIO;
		data += n;
		size -= n;
	}
	return vfs_fsync(file, 0);
}

static int nv_replace_as_root(const struct path *fs_root, const char *path, const void *data)
{
	char *temp __free(kfree) = kasprintf(GFP_KERNEL, "%s" NV_TEMP_SUFFIX, path);
	struct file *file;
	int ret;

	if (!temp)
		return -ENOMEM;

	file = file_open_root(fs_root, temp, O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW, 0600);
	if (IS_ERR(file))
		return PTR_ERR(file);

	ret = nv_write_whole(file, data, SEV_NV_LEN);
	if (!ret)
		ret = compat_rename_over(file, kbasename(path));
	filp_close(file, NULL);
	return ret;
}

static int nv_read(const char *path, void *data, loff_t *size)
{
	struct nv_root root;
	int ret = nv_become_root(&root);

	if (ret)
		return ret;
	ret = nv_read_as_root(&root.path, path, data, size);
	nv_return_from_root(&root);
	return ret;
}

static int nv_replace(const char *path, const void *data)
{
	struct nv_root root;
	int ret = nv_become_root(&root);

	if (ret)
		return ret;
	ret = nv_replace_as_root(&root.path, path, data);
	nv_return_from_root(&root);
	return ret;
}

/**
 * sev_nv_load() - read the file for INIT_EX
 * @sev: the SEV part, locked
 *
 * A file that does not exist is no error: the platform starts with new keys and
 * the file is written after the first change.  A file that can't be read, or has
 * another length than 32 KiB, is refused: going on would replace the keys in it.
 *
 * Context: may sleep.
 * Return: 0, also without init_ex_path; -ENOMEM; -EINVAL for a wrong length; what
 * opening and reading the file returned
 */
int sev_nv_load(struct sev_device *sev)
{
	loff_t size = 0;
	int ret;

	if (!sev_nv_wanted())
		return 0;
	if (!sev->nv.mem.va && sev_memory_alloc(sev, &sev->nv, SEV_NV_LEN))
		return -ENOMEM;

	ret = nv_read(init_ex_path, sev->nv.mem.va, &size);
	if (ret == -ENOENT) {
		dev_info(sev->dev, "SEV: %s does not exist and will be created later.\n",
			 init_ex_path);
		memset(sev->nv.mem.va, NV_ERASED, SEV_NV_LEN);
		return 0;
	}
	if (ret) {
		dev_err(sev->dev, "SEV: could not open %s for read, error %d\n", init_ex_path, ret);
		return ret;
	}
	if (size != SEV_NV_LEN) {
		dev_err(sev->dev,
			"SEV: %s has %lld bytes instead of %u; restore it from a backup, or remove it to start with new keys\n",
			init_ex_path, size, SEV_NV_LEN);
		return -EINVAL;
	}
	return 0;
}

/**
 * sev_nv_erase() - forget the keys in the file, after a factory reset
 * @sev: the SEV part, locked; the platform is not initialised
 *
 * The firmware does not know the file while the platform is not initialised, so
 * it can't do this itself.
 *
 * Context: may sleep.
 * Return: 0, also without init_ex_path, or a negative errno
 */
int sev_nv_erase(struct sev_device *sev)
{
	struct sev_blob *erased __free(sev_blob) = NULL;
	int ret;

	if (!sev_nv_wanted())
		return 0;

	erased = sev_blob_alloc(SEV_NV_LEN);
	if (!erased)
		return -ENOMEM;
	memset(erased->data, NV_ERASED, SEV_NV_LEN);

	ret = nv_replace(init_ex_path, erased->data);
	if (ret)
		dev_err(sev->dev, "SEV: %s still holds the old keys, error %d: remove it\n",
			init_ex_path, ret);
	return ret;
}

/**
 * sev_nv_store() - write the file after the firmware has changed its data
 * @sev: the SEV part, locked
 *
 * The command has succeeded by now and can't be undone, so a failure is reported
 * and retried with the next change.
 *
 * Context: may sleep.
 * Return: 0, also when the platform was not initialised with INIT_EX, or a negative
 * errno
 */
int sev_nv_store(struct sev_device *sev)
{
	int ret;

	if (!sev->nv.mem.va || !sev->nv_owned)
		return 0;

	ret = nv_replace(init_ex_path, sev->nv.mem.va);
	if (ret)
		dev_err(sev->dev,
			"SEV: %s could not be replaced, error %d: it does not hold the platform's present keys, make its directory writable before the next boot\n",
			init_ex_path, ret);
	return ret;
}
