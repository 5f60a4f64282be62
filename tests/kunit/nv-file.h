/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of INIT_EX in the root file system of the test machine.  Include after sev-fixture.h.
 */
#ifndef KUNIT_NV_FILE_H
#define KUNIT_NV_FILE_H

#define NV_FILE		"/nvdata-test"

/* Kernel threads of newer kernels don't see the files of init by themselves. */
static inline struct file *nv_file_open(const char *path, int flags, umode_t mode)
{
	struct path root;
	struct file *file;

	compat_get_init_root(&root);
	file = file_open_root(&root, path, flags, mode);
	path_put(&root);
	return file;
}

/**
 * nv_file_put() - make a file of one byte again and again
 * @path: its name
 * @byte: the byte
 * @size: how often
 *
 * Return: @size or a negative errno
 */
static inline ssize_t nv_file_put(const char *path, u8 byte, size_t size)
{
	struct file *file = nv_file_open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	void *data = kmalloc(size, GFP_KERNEL);
	loff_t pos = 0;
	ssize_t ret = -ENOMEM;

	if (IS_ERR(file)) {
		kfree(data);
		return PTR_ERR(file);
	}
	if (data) {
		memset(data, byte, size);
		ret = (kernel_write)(file, data, size, &pos);
	}
	kfree(data);
	filp_close(file, NULL);
	return ret;
}

/**
 * nv_file_look() - what is in the file?
 *
 * Return: the byte that it has 32 KiB of, -1 if it is anything else, -ENOENT if it is not
 * there
 */
static inline int nv_file_look(void)
{
	struct file *file = nv_file_open(NV_FILE, O_RDONLY, 0);
	u8 *data = kmalloc(SEV_NV_LEN + 1, GFP_KERNEL);
	loff_t pos = 0;
	int ret = -ENOENT;

	if (!IS_ERR(file)) {
		ssize_t n = data ? (kernel_read)(file, data, SEV_NV_LEN + 1, &pos) : -ENOMEM;

		ret = n == SEV_NV_LEN && !memchr_inv(data, data[0], SEV_NV_LEN) ? data[0] : -1;
		filp_close(file, NULL);
	}
	kfree(data);
	return ret;
}

#endif /* KUNIT_NV_FILE_H */
