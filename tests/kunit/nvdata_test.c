// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of INIT_EX: read, refused, and replaced so that a crash at any moment
 * leaves the old one or the new one.
 *
 * The files are real ones, in the root file system of the test machine.  A crash
 * is what the file system shows after each single step of the replacement.
 */
#include <linux/fs.h>

/* The steps of a replacement, each of which can be the last one. */
static ssize_t watched_write(struct file *file, const void *buf, size_t count, loff_t *pos);
static int watched_fsync(struct file *file, int datasync);

#define kernel_write	watched_write
#define vfs_fsync	watched_fsync
#include "sev-bed.h"
#undef kernel_write
#undef vfs_fsync

#include "fail-nth.h"

#define NV_FILE		"/nvdata-test"
#define NV_TEMP		NV_FILE NV_TEMP_SUFFIX
#define NV_NOWHERE	"/no-such-directory/nvdata"

static unsigned int steps, fail_step;
static size_t largest_write = SIZE_MAX;

/* What the file looked like at each step: 0 old, 1 new, -1 neither. */
static int seen[64];

static int look(u8 *first_byte);

static int step(void)
{
	if (steps < ARRAY_SIZE(seen))
		seen[steps] = look(NULL);
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

/* Kernel threads of newer kernels don't see the files of init by themselves. */
static struct file *open_file(const char *path, int flags, umode_t mode)
{
	struct path root;
	struct file *file;

	compat_get_init_root(&root);
	file = file_open_root(&root, path, flags, mode);
	path_put(&root);
	return file;
}

static ssize_t put_file(const char *path, u8 byte, size_t size)
{
	struct file *file = open_file(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	void *data = kmalloc(size, GFP_KERNEL);
	loff_t pos = 0;
	ssize_t ret = -ENOMEM;

	if (IS_ERR(file)) {
		kfree(data);
		return PTR_ERR(file);
	}
	if (data) {
		memset(data, byte, size);
		ret = kernel_write(file, data, size, &pos);
	}
	kfree(data);
	filp_close(file, NULL);
	return ret;
}

/* 0: 32 KiB of the same byte, which goes to @first_byte. */
static int look(u8 *first_byte)
{
	struct file *file = open_file(NV_FILE, O_RDONLY, 0);
	u8 *data = kmalloc(SEV_NV_LEN + 1, GFP_KERNEL);
	loff_t pos = 0;
	int ret = -ENOENT;

	if (!IS_ERR(file)) {
		ssize_t n = data ? kernel_read(file, data, SEV_NV_LEN + 1, &pos) : -ENOMEM;

		ret = n == SEV_NV_LEN && !memchr_inv(data, data[0], SEV_NV_LEN) ? data[0] : -1;
		if (ret >= 0 && first_byte)
			*first_byte = data[0];
		filp_close(file, NULL);
	}
	kfree(data);
	return ret;
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

	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x5a, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
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

	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x5a, *size), (ssize_t)*size);
	KUNIT_EXPECT_EQ(test, sev_nv_load(&bed->sev), -EINVAL);
}

static void empty_file_is_refused(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	put_file(NV_FILE, 0, 0);
	KUNIT_EXPECT_LT(test, sev_nv_load(&bed->sev), 0);
}

static void refused_file_stops_the_init(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);
	u32 error = 0x77;
	int ret;

	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x5a, 100), (ssize_t)100);
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
	file = open_file(NV_FILE ".created", O_RDONLY, 0);
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
	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x22);
	all = steps;
	KUNIT_EXPECT_GT(test, all, 32u);
	for (i = 0; i < min_t(unsigned int, all, ARRAY_SIZE(seen)); i++)
		KUNIT_EXPECT_EQ_MSG(test, seen[i], 0x11, "before step %u", i + 1);
}

static void failure_at_each_step_leaves_the_old_file(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x22);
	unsigned int all;

	largest_write = 8000;
	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	for (fail_step = 1;; fail_step++) {
		steps = 0;
		if (!sev_nv_store(&bed->sev))
			break;
		KUNIT_EXPECT_EQ_MSG(test, look(NULL), 0x11, "step %u failed", fail_step);
		KUNIT_ASSERT_LT(test, fail_step, 50u);
	}
	all = fail_step;
	KUNIT_EXPECT_GT(test, all, 5u);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x22);
}

static void rest_of_a_crash_is_no_obstacle(struct kunit *test)
{
	struct sev_bed *bed = bed_in_use(test, NV_FILE, 0x33);

	KUNIT_ASSERT_EQ(test, put_file(NV_TEMP, 0x99, 3 * SEV_NV_LEN), 3 * (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x33);
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
	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x11);
}

static void factory_reset_erases_the_file(struct kunit *test)
{
	struct sev_bed *bed = bed_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_erase(&bed->sev), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0xff);
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

	KUNIT_ASSERT_EQ(test, put_file(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	bed->sev.state = SEV_PSTATE_UNINIT;
	bed->sev.state_known = true;
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&bed->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_init_locked(&bed->sev, &error), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x77);

	fake_mailbox_expect(bed->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, sev_execute_locked(&bed->sev, SEV_OP_PEK_GEN, NULL, &error), 0);
	KUNIT_EXPECT_EQ(test, look(NULL), 0x78);
	mutex_unlock(&bed->sev.lock);
	fake_mailbox_check(bed->fake);
}

static int store(struct kunit *test, void *ctx)
{
	struct sev_bed *bed = ctx;
	int ret = sev_nv_store(&bed->sev);

	/* What a file system in memory says when it gets no page. */
	return ret == -ENOSPC ? -ENOMEM : ret;
}

static void survives_each_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, store, bed_in_use(test, NV_FILE, 0x66));
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
	KUNIT_CASE(failure_at_each_step_leaves_the_old_file),
	KUNIT_CASE(rest_of_a_crash_is_no_obstacle),
	KUNIT_CASE(directory_that_is_not_there_is_reported),
	KUNIT_CASE(memory_that_firmware_does_not_own_is_not_stored),
	KUNIT_CASE(factory_reset_erases_the_file),
	KUNIT_CASE(commands_that_change_keys_write_the_file),
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
