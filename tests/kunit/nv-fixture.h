/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of INIT_EX, and each step of its replacement.
 *
 * The files are real ones, in the root file system of the test machine.  A crash
 * is what the file system shows after each single step of the replacement.
 */
#ifndef KUNIT_NV_FIXTURE_H
#define KUNIT_NV_FIXTURE_H

#include <linux/fs.h>
#include <linux/workqueue.h>

/* Allocations can be made to fail in the task of the test only: then the work is done there. */
static bool work_here;

static inline void do_or_schedule_work(struct work_struct *work)
{
	if (work_here)
		work->func(work);
	else
		schedule_work(work);
}

#define schedule_work	do_or_schedule_work

/* The steps of a replacement, each of which can be the last one. */
static ssize_t watched_write(struct file *file, const void *buf, size_t count, loff_t *pos);
static int watched_fsync(struct file *file, int datasync);

#define kernel_write	watched_write
#define vfs_fsync	watched_fsync
#include "sev-fixture.h"
#undef schedule_work
#undef kernel_write
#undef vfs_fsync

#include "fail-nth.h"
#include "nv-file.h"

#define NV_TEMP		NV_FILE NV_TEMP_SUFFIX
#define NV_NOWHERE	"/no-such-directory/nvdata"

static unsigned int steps, fail_step;
/* After which of them all that was written is on the disk. */
static unsigned int file_flushed;
static size_t largest_write = SIZE_MAX;

/* What the file looked like at each step. */
static int seen[64];

static int step(void)
{
	if (steps < ARRAY_SIZE(seen))
		seen[steps] = nv_file_look();
	return ++steps == fail_step ? -ENOSPC : 0;
}

static ssize_t watched_write(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	int ret = step();

	return ret ?: kernel_write(file, buf, min(count, largest_write), pos);
}

static int watched_fsync(struct file *file, int datasync)
{
	int ret = step();

	if (!ret && S_ISREG(file_inode(file)->i_mode))
		file_flushed = steps;
	return ret ?: vfs_fsync(file, datasync);
}

static void restore(void *ctx)
{
	init_ex_path = NULL;
	fail_step = 0;
	largest_write = SIZE_MAX;
}

static struct sev_fixture *fixture_with_file(struct kunit *test, char *path)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	init_ex_path = path;
	steps = 0;
	file_flushed = 0;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore, NULL), 0);
	return fixture;
}

/* As after an INIT_EX: the firmware works on the buffer, filled with @byte. */
static inline struct sev_fixture *fixture_in_use(struct kunit *test, char *path, u8 byte)
{
	struct sev_fixture *fixture = fixture_with_file(test, path);

	KUNIT_ASSERT_EQ(test, sev_memory_alloc(&fixture->sev, &fixture->sev.nv, SEV_NV_LEN), 0);
	fixture->sev.nv_owned = true;
	memset(fixture->sev.nv.mem.va, byte, SEV_NV_LEN);
	return fixture;
}

#endif /* KUNIT_NV_FIXTURE_H */
