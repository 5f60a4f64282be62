// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state directory: one file for the fuses, one for the part of the boot flash that belongs to
 * the firmware. A file is replaced as a whole, so that a kill at any moment leaves the old one or
 * the new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define PATH_SIZE	4096

static bool storage_path(const struct fw *fw, char *path, const char *name, const char *suffix)
{
	int len = snprintf(path, PATH_SIZE, "%s/%s%s", fw->state_dir, name, suffix);

	return len > 0 && len < PATH_SIZE;
}

/* 1 if read, 0 if there is no such file, -1 if it is unusable. */
static int storage_read(const struct fw *fw, const char *name, void *buf, size_t len)
{
	char path[PATH_SIZE];
	struct stat st;
	ssize_t got = -1;
	int fd;

	if (!storage_path(fw, path, name, ""))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd >= 0 && !fstat(fd, &st) && st.st_size == (off_t)len)
		got = read(fd, buf, len);
	if (got != (ssize_t)len)
		fw_log(fw, FW_LOG_ERROR, "%s is not a readable file of %zu bytes", path, len);
	if (fd >= 0)
		close(fd);
	return got == (ssize_t)len ? 1 : -1;
}

static bool storage_sync_dir(const struct fw *fw)
{
	int fd = open(fw->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool storage_write(const struct fw *fw, const char *name, const void *buf, size_t len)
{
	char path[PATH_SIZE], temp[PATH_SIZE];
	bool ok = false;
	int fd;

	if (!storage_path(fw, path, name, "") || !storage_path(fw, temp, name, ".new"))
		return false;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		ok = write(fd, buf, len) == (ssize_t)len && !fsync(fd);
		ok = !close(fd) && ok;
	}
	ok = ok && !rename(temp, path) && storage_sync_dir(fw);
	if (!ok)
		fw_log(fw, FW_LOG_ERROR, "cannot write %s: %s", path, strerror(errno));
	return ok;
}

/**
 * fw_storage_open() - Read what the chip remembers, or make a new chip
 * @fw: instance
 *
 * Return: false if the state directory is unusable or libcrypto fails (said in the log).
 */
bool fw_storage_open(struct fw *fw)
{
	int found = 0;

	memset(fw->flash, 0xff, sizeof(fw->flash));
	if (fw->state_dir)
		found = storage_read(fw, "fuses", &fw->fuses, sizeof(fw->fuses));
	if (found < 0)
		return false;
	if (!found) {
		if (!key_random(&fw->fuses, sizeof(fw->fuses)))
			return false;
		return !fw->state_dir ||
		       storage_write(fw, "fuses", &fw->fuses, sizeof(fw->fuses));
	}
	return storage_read(fw, "flash", fw->flash, sizeof(fw->flash)) >= 0;
}

/**
 * fw_storage_save_flash() - Make the flash last
 * @fw: instance
 *
 * Return: false if it could not be written (said in the log).
 */
bool fw_storage_save_flash(struct fw *fw)
{
	return !fw->state_dir || storage_write(fw, "flash", fw->flash, sizeof(fw->flash));
}
