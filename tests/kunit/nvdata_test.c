// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of INIT_EX: read, refused, and replaced so that a crash at any moment
 * leaves the old one or the new one.
 *
 * The files are real ones, in the root file system of the test machine.  A crash
 * is what the file system shows after each single step of the replacement.
 */
#include <linux/fs.h>
#include <linux/workqueue.h>

/* Allocations can be made to fail in the task of the test only: then the work is done there. */
static bool work_here;

#define schedule_work(work)						\
	(work_here ? (void)(work)->func(work) : (void)(schedule_work)(work))

/* The steps of a replacement, each of which can be the last one. */
static ssize_t watched_write(struct file *file, const void *buf, size_t count, loff_t *pos);
static int watched_fsync(struct file *file, int datasync);

#define kernel_write	watched_write
#define vfs_fsync	watched_fsync
#include "sev-bed.h"
#undef schedule_work
#undef kernel_write
#undef vfs_fsync

#include "fail-nth.h"
#include "nv-file.h"

#define NV_TEMP		NV_FILE NV_TEMP_SUFFIX
#define NV_NOWHERE	"/no-such-directory/nvdata"

static unsigned int steps, fail_step;
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

	return ret ?: vfs_fsync(file, datasync);
}

static void restore(void *ctx)
{
	init_ex_path = NULL;
	fail_step = 0;
	largest_write = SIZE_MAX;
}

static struct sev_bed *bed_with_file(struct kunit *test, char *path)
{
	struct sev_bed *bed = sev_bed_new(test);

	init_ex_path = path;
	steps = 0;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore, NULL), 0);
	return bed;
}

/* As after an INIT_EX: the firmware works on the buffer, filled with @byte. */
static struct sev_bed *bed_in_use(struct kunit *test, char *path, u8 byte)
{
	struct sev_bed *bed = bed_with_file(test, path);

	KUNIT_ASSERT_EQ(test, sev_memory_alloc(&bed->sev, &bed->sev.nv, SEV_NV_LEN), 0);
	bed->sev.nv_owned = true;
	memset(bed->sev.nv.mem.va, byte, SEV_NV_LEN);
	return bed;
}

static void without_a_path_nothing_is_read(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NULL);

	KUNIT_EXPECT_FALSE(test, sev_nv_wanted());
	KUNIT_EXPECT_EQ(test, sev_nv_load(&bed->sev), 0);
	KUNIT_EXPECT_NULL(test, bed->sev.nv.mem.va);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	init_ex_path = (char[]){ "" };
	KUNIT_EXPECT_FALSE(test, sev_nv_wanted());
}

static void file_is_read(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_load(&bed->sev), 0);
	KUNIT_ASSERT_NOT_NULL(test, bed->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, memchr_inv(bed->sev.nv.mem.va, 0x5a, SEV_NV_LEN));
}

static void file_that_is_not_there_is_like_erased_flash(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_NOWHERE);

	KUNIT_EXPECT_EQ(test, sev_nv_load(&bed->sev), 0);
	KUNIT_ASSERT_NOT_NULL(test, bed->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, memchr_inv(bed->sev.nv.mem.va, 0xff, SEV_NV_LEN));
}

static const size_t wrong_sizes[] = { 1, SEV_NV_LEN - 1, SEV_NV_LEN + 1, 2 * SEV_NV_LEN };

static void size_desc(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, wrong_sizes, size_desc);

static void file_of_another_length_is_refused(struct kunit *test)
{
	const size_t *size = test->param_value;
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, *size), (ssize_t)*size);
	KUNIT_EXPECT_EQ(test, sev_nv_load(&bed->sev), -EINVAL);
}

static void empty_file_is_refused(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	nv_file_put(NV_FILE, 0, 0);
	KUNIT_EXPECT_LT(test, sev_nv_load(&bed->sev), 0);
}

static void refused_file_stops_the_init(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	u32 error = 0x77;
	int ret;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, 100), (ssize_t)100);
	bed->sev.state = SEV_PSTATE_UNINIT;
	bed->sev.state_known = true;
	/* The fake firmware fails the test if it gets a command. */
	mutex_lock(&bed->sev.lock);
	ret = sev_platform_init_locked(&bed->sev, &error);
	mutex_unlock(&bed->sev.lock);
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_NULL(test, bed->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, bed->sev.tmr.mem.va);
}

static void file_is_created(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE ".created", 0x11);
	struct file *file;

	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	file = nv_file_open(NV_FILE ".created", O_RDONLY, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(file)), (loff_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, file_inode(file)->i_mode & 0777, 0600);
	filp_close(file, NULL);
}

static void each_step_shows_the_old_file_or_the_new_one(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x22);
	unsigned int i, all;

	/* Many small steps. */
	largest_write = 1000;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x22);
	all = steps;
	KUNIT_EXPECT_GT(test, all, 32u);
	KUNIT_ASSERT_LE(test, all, (unsigned int)ARRAY_SIZE(seen));
	/* The last one flushes the directory. */
	for (i = 0; i < all; i++)
		KUNIT_EXPECT_EQ_MSG(test, seen[i], i < all - 1 ? 0x11 : 0x22, "before step %u",
				    i + 1);
}

static void failure_at_each_step_is_an_error_and_leaves_one_file(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x22);
	unsigned int all, old = 0;

	largest_write = 8000;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	for (fail_step = 1;; fail_step++) {
		steps = 0;
		if (!sev_nv_store(&bed->sev))
			break;
		KUNIT_EXPECT_TRUE(test, bed->sev.nv_unsaved);
		if (nv_file_look() == 0x11)
			old = fail_step;
		else
			KUNIT_EXPECT_EQ_MSG(test, nv_file_look(), 0x22, "step %u failed",
					    fail_step);
		KUNIT_ASSERT_LT(test, fail_step, 50u);
	}
	all = fail_step - 1;
	KUNIT_EXPECT_GT(test, all, 5u);
	/* Only the last step, the flush of the directory, is after the rename. */
	KUNIT_EXPECT_EQ(test, old, all - 1);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x22);
	KUNIT_EXPECT_FALSE(test, bed->sev.nv_unsaved);
}

static void file_that_holds_the_keys_already_is_left_alone(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x22);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x22, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, steps, 0u);

	/* Unless it is not known whether it is on the disk. */
	bed->sev.nv_unsaved = true;
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_GT(test, steps, 0u);
	KUNIT_EXPECT_FALSE(test, bed->sev.nv_unsaved);
}

static void killed_caller_does_not_stop_the_write(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x23);
	int ret;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	sev_bed_kill(bed->fake, NULL);
	ret = sev_nv_store(&bed->sev);
	sev_bed_revive();
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x23);
}

static void rest_of_a_crash_is_no_obstacle(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x33);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_TEMP, 0x99, 3 * SEV_NV_LEN), 3 * (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x33);
}

static void directory_that_is_not_there_is_reported(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_NOWHERE, 0x44);

	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), -ENOENT);
}

static void memory_that_firmware_does_not_own_is_not_stored(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x55);

	bed->sev.nv_owned = false;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x11);
}

static void factory_reset_erases_the_file(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_erase(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0xff);
}

static void check_init_ex(struct fake_mailbox *fake, void *buffer)
{
	struct sev_bed *bed = fake->priv;
	struct sev_cmd_init_ex *data = buffer;

	KUNIT_EXPECT_EQ(fake->test, data->length, (u32)sizeof(*data));
	KUNIT_EXPECT_EQ(fake->test, data->nv_len, 0x8000u);
	KUNIT_EXPECT_EQ(fake->test, data->nv_paddr, sev_memory_phys(&bed->sev.nv));
	memset(bed->sev.nv.mem.va, 0x77, SEV_NV_LEN);
}

static void write_new_key(struct fake_mailbox *fake, void *buffer)
{
	struct sev_bed *bed = fake->priv;

	memset(bed->sev.nv.mem.va, 0x78, SEV_NV_LEN);
}

static void commands_that_change_keys_write_the_file(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	u32 error;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	bed->sev.state = SEV_PSTATE_UNINIT;
	bed->sev.state_known = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&bed->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_init_locked(&bed->sev, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, sev_execute_locked(&bed->sev, SEV_OP_PEK_GEN, NULL, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	mutex_unlock(&bed->sev.lock);
	fake_mailbox_check(bed->fake);
}

/* A platform that INIT_EX has initialised, with the keys of the file. */
static struct sev_bed *bed_initialised(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	u32 error;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x77, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	bed->sev.state = SEV_PSTATE_UNINIT;
	bed->sev.state_known = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&bed->sev.lock);
	KUNIT_ASSERT_EQ(test, sev_platform_init_locked(&bed->sev, &error), 0);
	mutex_unlock(&bed->sev.lock);
	return bed;
}

static void change_that_can_not_be_stored_keeps_the_platform_up(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);
	struct sev_device *sev = &bed->sev;
	u32 error = 0x77;

	steps = 0;
	fail_step = 1;
	mutex_lock(&sev->lock);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, sev_execute_locked(sev, SEV_OP_PEK_GEN, NULL, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	/* The fake firmware fails the test if it gets a SHUTDOWN. */
	steps = 0;
	KUNIT_EXPECT_EQ(test, sev_platform_shutdown_locked(sev, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);

	fail_step = 0;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, sev_platform_shutdown_locked(sev, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	KUNIT_EXPECT_FALSE(test, sev->nv_unsaved);
	mutex_unlock(&sev->lock);
	fake_mailbox_check(bed->fake);
}

static void next_command_stores_what_could_not_be_stored(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);
	struct sev_ioctl io = { .sev = &bed->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PEK_GEN };

	steps = 0;
	fail_step = 1;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), -ENOSPC);
	KUNIT_EXPECT_EQ(test, io.error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	KUNIT_EXPECT_EQ(test, ioctl_lock(&io), 0);
	ioctl_unlock(&io);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
}

static void new_keys_that_can_not_be_stored_are_an_error_of_the_init(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	struct sev_device *sev = &bed->sev;
	u32 error = 0x77;
	bool borrowed;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	sev->state = SEV_PSTATE_UNINIT;
	sev->state_known = true;
	fail_step = 1;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_borrow_locked(sev, &borrowed, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_FALSE(test, borrowed);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, sev->nv_owned);
	KUNIT_EXPECT_TRUE(test, sev->tmr_owned);
	mutex_unlock(&sev->lock);
	fake_mailbox_check(bed->fake);
}

static void last_try_is_made_when_the_driver_goes(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);
	struct sev_device *sev = &bed->sev;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_SHUTDOWN);
	sev_destroy(&bed->psp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x79);
	fake_mailbox_check(bed->fake);
}

static void keys_that_are_lost_do_not_keep_the_driver(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);
	struct sev_device *sev = &bed->sev;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	steps = 0;
	fail_step = 1;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_SHUTDOWN);
	sev_destroy(&bed->psp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	fake_mailbox_check(bed->fake);
}

static void keys_of_a_platform_that_lost_its_state_are_stored(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);
	struct sev_cmd_platform_status status;
	struct sev_device *sev = &bed->sev;
	u32 error;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PLATFORM_STATUS, .act = sev_bed_say_uninit);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_query_locked(sev, &status, &error), 0);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x79);
	KUNIT_EXPECT_NULL(test, sev->nv.mem.va);
	KUNIT_EXPECT_FALSE(test, sev->nv_unsaved);
}

static void sleep_does_not_lose_keys(struct kunit *test)
{
	struct sev_bed *bed = bed_initialised(test);

	bed->sev.nv_unsaved = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PLATFORM_STATUS, .act = sev_bed_say_init);
	/* The fake firmware fails the test if it gets a SHUTDOWN. */
	KUNIT_EXPECT_EQ(test, sev_suspend(&bed->psp), -EBUSY);
	fake_mailbox_check(bed->fake);
}

static void platform_of_an_earlier_driver_is_initialised_with_the_file(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	struct sev_ioctl io = { .sev = &bed->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PEK_GEN };

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PLATFORM_STATUS, .act = sev_bed_say_init);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_SHUTDOWN);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	/* It was initialised before, and is so afterwards. */
	KUNIT_EXPECT_EQ(test, bed->sev.state, (u8)SEV_PSTATE_INIT);
	fake_mailbox_check(bed->fake);
}

static void keys_are_not_changed_where_a_guest_keeps_the_file_out(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	struct sev_ioctl io = { .sev = &bed->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PDH_GEN };

	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PLATFORM_STATUS, .act = sev_bed_say_working);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), -EBUSY);
	KUNIT_EXPECT_EQ(test, io.error, (u32)SEV_RET_NO_FW_CALL);
	fake_mailbox_check(bed->fake);
}

static int store(struct kunit *test, void *ctx)
{
	struct sev_bed *bed = ctx;
	u8 *data = bed->sev.nv.mem.va;
	int ret;

	/* A file that holds the keys already would be left alone. */
	(*data)++;
	ret = sev_nv_store(&bed->sev);
	/* What a file system in memory says when it gets no page. */
	return ret == -ENOSPC ? -ENOMEM : ret;
}

static void survives_each_failing_allocation(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x66);

	work_here = true;
	fail_each_allocation(test, store, bed);
	work_here = false;
}

static struct kunit_case nvdata_cases[] = {
	KUNIT_CASE(without_a_path_nothing_is_read),
	KUNIT_CASE(file_is_read),
	KUNIT_CASE(file_that_is_not_there_is_like_erased_flash),
	KUNIT_CASE_PARAM(file_of_another_length_is_refused, size_gen_params),
	KUNIT_CASE(empty_file_is_refused),
	KUNIT_CASE(refused_file_stops_the_init),
	KUNIT_CASE(file_is_created),
	KUNIT_CASE(each_step_shows_the_old_file_or_the_new_one),
	KUNIT_CASE(failure_at_each_step_is_an_error_and_leaves_one_file),
	KUNIT_CASE(file_that_holds_the_keys_already_is_left_alone),
	KUNIT_CASE(killed_caller_does_not_stop_the_write),
	KUNIT_CASE(rest_of_a_crash_is_no_obstacle),
	KUNIT_CASE(directory_that_is_not_there_is_reported),
	KUNIT_CASE(memory_that_firmware_does_not_own_is_not_stored),
	KUNIT_CASE(factory_reset_erases_the_file),
	KUNIT_CASE(commands_that_change_keys_write_the_file),
	KUNIT_CASE(change_that_can_not_be_stored_keeps_the_platform_up),
	KUNIT_CASE(next_command_stores_what_could_not_be_stored),
	KUNIT_CASE(new_keys_that_can_not_be_stored_are_an_error_of_the_init),
	KUNIT_CASE(last_try_is_made_when_the_driver_goes),
	KUNIT_CASE(keys_that_are_lost_do_not_keep_the_driver),
	KUNIT_CASE(keys_of_a_platform_that_lost_its_state_are_stored),
	KUNIT_CASE(sleep_does_not_lose_keys),
	KUNIT_CASE(platform_of_an_earlier_driver_is_initialised_with_the_file),
	KUNIT_CASE(keys_are_not_changed_where_a_guest_keeps_the_file_out),
	KUNIT_CASE(survives_each_failing_allocation),
	{}
};

static struct kunit_suite nvdata_suite = {
	.name = "nvdata",
	.test_cases = nvdata_cases,
};

kunit_test_suite(nvdata_suite);

MODULE_DESCRIPTION("KUnit suite: the file of INIT_EX");
MODULE_LICENSE("GPL");
