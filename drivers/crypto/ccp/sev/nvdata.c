// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that holds the platform's non-volatile data for INIT_EX.
 *
 * With init_ex_path the firmware keeps its keys in a file instead of SPI flash.
 * The file is the only copy, so it is replaced as a whole: written beside the old
 * one, flushed, renamed, and the directory flushed.  A crash at any point leaves the
 * old file or the new.
 *
 * Until the file holds them, keys are in the platform only, and that is not shut down.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

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
 * struct nv_job - one access to the file
 * @work: the job for a kernel thread
 * @run: what is to be done
 * @root: init's root directory
 * @data: the contents, SEV_NV_LEN bytes
 * @size: how long the file is
 * @ret: 0 or a negative errno
 *
 * A kernel thread does it: the caller's rights, limits, root directory and signals (one
 * that kills it ends a write in the middle) have nothing to do with the platform's keys.
 */
struct nv_job {
	struct work_struct work;
	int (*run)(struct nv_job *job);
	struct path root;
	void *data;
	loff_t size;
	int ret;
};

static void nv_work(struct work_struct *work)
{
	struct nv_job *job = container_of(work, struct nv_job, work);

	compat_get_init_root(&job->root);
	job->ret = job->run(job);
	path_put(&job->root);
	/* What a thread closes stays open a little, and would be in the way of umount. */
	flush_delayed_fput();
}

static int nv_do(struct nv_job *job)
{
	INIT_WORK_ONSTACK(&job->work, nv_work);
	schedule_work(&job->work);
	flush_work(&job->work);
	destroy_work_on_stack(&job->work);
	return job->ret;
}

/* A file that is longer than the buffer shows in the size. */
static int nv_read(struct nv_job *job)
{
	struct file *file = file_open_root(&job->root, init_ex_path, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);

	job->size = i_size_read(file_inode(file));
	do {
		n = kernel_read(file, job->data + pos, SEV_NV_LEN - pos, &pos);
	} while (n > 0 && pos < SEV_NV_LEN);
	if (n >= 0 && job->size == SEV_NV_LEN)
		job->size = pos;
	filp_close(file, NULL);
	return min_t(ssize_t, n, 0);
}

/* Does the file hold @data already?  Then a read-only file system is no harm. */
static bool nv_holds(struct nv_job *job)
{
	void *data __free(kfree) = kmalloc(SEV_NV_LEN, GFP_KERNEL);
	struct nv_job look = { .root = job->root, .data = data };

	return data && !nv_read(&look) && look.size == SEV_NV_LEN &&
	       !memcmp(data, job->data, SEV_NV_LEN);
}

/* Where a symbolic link leads, for kfree(); NULL if @name is none, or nothing. */
static char *nv_read_link(const struct path *root, const char *name)
{
	struct file *file = file_open_root(root, name, O_PATH | O_NOFOLLOW, 0);
	DEFINE_DELAYED_CALL(done);
	const char *link;
	char *to = NULL;

	if (IS_ERR(file))
		return NULL;
	if (d_is_symlink(file->f_path.dentry)) {
		int dir = kbasename(name) - name;

		link = vfs_get_link(file->f_path.dentry, &done);
		if (IS_ERR(link))
			to = ERR_CAST(link);
		else if (*link == '/')
			to = kstrdup(link, GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
		else
			to = kasprintf(GFP_KERNEL, "%.*s%s", dir, name, link) ?: ERR_PTR(-ENOMEM);
		do_delayed_call(&done);
	}
	filp_close(file, NULL);
	return to;
}

/*
 * The name of the file itself, for kfree().  Where init_ex_path is a symbolic link it is
 * what the link leads to, there or not, that is replaced, not the link.
 */
static char *nv_file_name(const struct path *root)
{
	char *name = kstrdup(init_ex_path, GFP_KERNEL);
	int links;

	if (!name)
		return ERR_PTR(-ENOMEM);
	for (links = 0; links <= MAXSYMLINKS; links++) {
		char *to = nv_read_link(root, name);

		if (!to)
			return name;
		kfree(name);
		if (IS_ERR(to))
			return to;
		name = to;
	}
	kfree(name);
	return ERR_PTR(-ELOOP);
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

/* Without it the rename is not on the disk. */
static int nv_flush_directory(struct file *file)
{
	struct path path = {
		.mnt = file->f_path.mnt,
		.dentry = dget_parent(file->f_path.dentry),
	};
	struct file *dir = dentry_open(&path, O_RDONLY | O_DIRECTORY, current_cred());
	int ret;

	dput(path.dentry);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	ret = vfs_fsync(dir, 0);
	filp_close(dir, NULL);
	/* What a file system says that has nothing to flush. */
	return ret == -EINVAL ? 0 : ret;
}

static int nv_replace(struct nv_job *job)
{
	char *name __free(kfree) = nv_file_name(&job->root);
	char *temp __free(kfree) = NULL;
	struct file *file;
	int ret;

	if (IS_ERR(name))
		return PTR_ERR(no_free_ptr(name));
	temp = kasprintf(GFP_KERNEL, "%s" NV_TEMP_SUFFIX, name);
	if (!temp)
		return -ENOMEM;

	file = file_open_root(&job->root, temp, O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW, 0600);
	if (IS_ERR(file))
		return PTR_ERR(file);

	ret = nv_write_whole(file, job->data, SEV_NV_LEN);
	if (!ret)
		ret = compat_rename_over(file, kbasename(name));
	if (!ret)
		ret = nv_flush_directory(file);
	filp_close(file, NULL);
	return ret;
}

/* When the machine goes down or to sleep there may be no disk, and this would wait for it. */
static int nv_write(struct sev_device *sev, void *data, int (*run)(struct nv_job *job))
{
	struct nv_job job = { .run = run, .data = data };

	return sev->nv_offline || system_state > SYSTEM_RUNNING ? -ESHUTDOWN : nv_do(&job);
}

static int nv_update(struct nv_job *job)
{
	return nv_holds(job) ? 0 : nv_replace(job);
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
	struct nv_job job = { .run = nv_read };
	int ret;

	if (!sev_nv_wanted())
		return 0;
	/* Not to be written to while the firmware has it. */
	if (sev->nv.given)
		sev_memory_free(sev, &sev->nv);
	if (!sev->nv.mem.va && sev_memory_alloc(sev, &sev->nv, SEV_NV_LEN))
		return -ENOMEM;

	job.data = sev->nv.mem.va;
	ret = nv_do(&job);
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
	if (job.size != SEV_NV_LEN) {
		dev_err(sev->dev,
			"SEV: %s has %lld bytes instead of %u; restore it from a backup, or remove it to start with new keys\n",
			init_ex_path, job.size, SEV_NV_LEN);
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
	if (erased)
		memset(erased->data, NV_ERASED, SEV_NV_LEN);
	ret = erased ? nv_write(sev, erased->data, nv_replace) : -ENOMEM;
	if (ret)
		dev_err(sev->dev, "SEV: %s still holds the old keys, error %d: remove it\n",
			init_ex_path, ret);
	return ret;
}

/**
 * sev_nv_store() - write the file after the firmware has changed its data
 * @sev: the SEV part, locked
 *
 * The command has succeeded by now and can't be undone.  After a failure its caller gets
 * the error, the platform is not shut down, and sev_nv_retry() tries again.
 *
 * Context: may sleep.
 * Return: 0, also when the platform was not initialised with INIT_EX; or what writing the
 * file returned, with &sev_device.nv_unsaved set
 */
int sev_nv_store(struct sev_device *sev)
{
	bool again = sev->nv_unsaved;
	int ret;

	if (!sev->nv.mem.va || !sev->nv_owned)
		return 0;

	/* A file that was renamed and not flushed looks right, and may be gone tomorrow. */
	ret = nv_write(sev, sev->nv.mem.va, again ? nv_replace : nv_update);
	sev->nv_unsaved = ret;
	if (ret && !again)
		dev_err(sev->dev,
			"SEV: %s could not be replaced, error %d: the platform's keys are in no file, and it stays initialised until they are; make the directory writable, and the next command of /dev/sev tries again\n",
			init_ex_path, ret);
	if (!ret && again)
		dev_notice(sev->dev, "SEV: %s holds the platform's keys now\n", init_ex_path);
	return ret;
}

/**
 * sev_nv_retry() - store keys that could not be stored when they changed
 * @sev: the SEV part, locked
 *
 * Context: may sleep.
 */
void sev_nv_retry(struct sev_device *sev)
{
	if (sev->nv_unsaved)
		sev_nv_store(sev);
}

/**
 * sev_nv_give_up() - last try to store keys before our copy of them goes
 * @sev: the SEV part, locked
 *
 * Context: may sleep.
 */
void sev_nv_give_up(struct sev_device *sev)
{
	sev_nv_retry(sev);
	if (!sev->nv_unsaved)
		return;
	dev_err(sev->dev,
		"SEV: the platform's keys could not be written to %s and are lost; those in the file are used from now on\n",
		init_ex_path);
	sev->nv_unsaved = false;
}
