// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of INIT_EX: read, refused, and replaced so that a crash at any moment
 * leaves the old one or the new one.
 */
#include "nv-fixture.h"

static void without_a_path_nothing_is_read(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NULL);

	KUNIT_EXPECT_FALSE(test, sev_nv_wanted());
	KUNIT_EXPECT_EQ(test, sev_nv_load(&fixture->sev), 0);
	KUNIT_EXPECT_NULL(test, fixture->sev.nv.mem.va);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	init_ex_path = (char[]){ "" };
	KUNIT_EXPECT_FALSE(test, sev_nv_wanted());
}

static void file_is_read(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_load(&fixture->sev), 0);
	KUNIT_ASSERT_NOT_NULL(test, fixture->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->sev.nv.mem.va, 0x5a, SEV_NV_LEN));
}

static void file_that_is_not_there_is_like_erased_flash(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_NOWHERE);

	KUNIT_EXPECT_EQ(test, sev_nv_load(&fixture->sev), 0);
	KUNIT_ASSERT_NOT_NULL(test, fixture->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->sev.nv.mem.va, 0xff, SEV_NV_LEN));
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
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, *size), (ssize_t)*size);
	KUNIT_EXPECT_EQ(test, sev_nv_load(&fixture->sev), -EINVAL);
}

static void empty_file_is_refused(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);

	nv_file_put(NV_FILE, 0, 0);
	KUNIT_EXPECT_LT(test, sev_nv_load(&fixture->sev), 0);
}

static void refused_file_stops_the_init(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	u32 error = 0x77;
	int ret;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x5a, 100), (ssize_t)100);
	fixture->sev.state = SEV_PSTATE_UNINIT;
	fixture->sev.state_known = true;
	/* The fake firmware fails the test if it gets a command. */
	mutex_lock(&fixture->sev.lock);
	ret = sev_platform_init_locked(&fixture->sev, &error);
	mutex_unlock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_NULL(test, fixture->sev.nv.mem.va);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);
}

static void file_is_created(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE ".created", 0x11);
	struct file *file;

	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	file = nv_file_open(NV_FILE ".created", O_RDONLY, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(file)), (loff_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, file_inode(file)->i_mode & 0777, 0600);
	filp_close(file, NULL);
}

static void each_step_shows_the_old_file_or_the_new_one(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x22);
	unsigned int i, all;

	/* Many small steps. */
	largest_write = 1000;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x22);
	all = steps;
	KUNIT_EXPECT_GT(test, all, 32u);
	KUNIT_ASSERT_LE(test, all, (unsigned int)ARRAY_SIZE(seen));
	/* Nothing is renamed that is not on the disk. */
	KUNIT_EXPECT_EQ(test, file_flushed, all - 1);
	/* The last one flushes the directory. */
	for (i = 0; i < all; i++)
		KUNIT_EXPECT_EQ_MSG(test, seen[i], i < all - 1 ? 0x11 : 0x22, "before step %u",
				    i + 1);
}

static void failure_at_each_step_is_an_error_and_leaves_one_file(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x22);
	unsigned int all, old = 0;

	largest_write = 8000;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	for (fail_step = 1;; fail_step++) {
		steps = 0;
		if (!sev_nv_store(&fixture->sev))
			break;
		KUNIT_EXPECT_TRUE(test, fixture->sev.nv_unsaved);
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
	KUNIT_EXPECT_FALSE(test, fixture->sev.nv_unsaved);
}

static void file_that_holds_the_keys_already_is_left_alone(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x22);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x22, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	KUNIT_EXPECT_EQ(test, steps, 0u);

	/* Unless it is not known whether it is on the disk. */
	fixture->sev.nv_unsaved = true;
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	KUNIT_EXPECT_GT(test, steps, 0u);
	KUNIT_EXPECT_FALSE(test, fixture->sev.nv_unsaved);
}

static void killed_caller_does_not_stop_the_write(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x23);
	int ret;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	sev_fixture_kill(fixture->fake, NULL);
	ret = sev_nv_store(&fixture->sev);
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x23);
}

static void rest_of_a_crash_is_no_obstacle(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x33);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_TEMP, 0x99, 3 * SEV_NV_LEN), 3 * (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x33);
}

static void directory_that_is_not_there_is_reported(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_NOWHERE, 0x44);

	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), -ENOENT);
}

static void memory_that_firmware_does_not_own_is_not_stored(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x55);

	fixture->sev.nv_owned = false;
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_store(&fixture->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x11);
}

static void factory_reset_erases_the_file(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	KUNIT_EXPECT_EQ(test, sev_nv_erase(&fixture->sev), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0xff);
}

static int store(struct kunit *test, void *ctx)
{
	struct sev_fixture *fixture = ctx;
	u8 *data = fixture->sev.nv.mem.va;
	int ret;

	/* A file that holds the keys already would be left alone. */
	(*data)++;
	ret = sev_nv_store(&fixture->sev);
	/* What a file system in memory says when it gets no page. */
	return ret == -ENOSPC ? -ENOMEM : ret;
}

static void survives_each_failing_allocation(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_in_use(test, NV_FILE, 0x66);

	work_here = true;
	fail_each_allocation(test, store, fixture);
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
