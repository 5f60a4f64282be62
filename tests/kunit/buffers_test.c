// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the firmware reads and writes is given out once and comes back.
 */
#include "sev/pages.c"
#include "sev/cmd-map.c"
#include "sev/buffers.c"

#include <kunit/test.h>

#include "fail-nth.h"

/* The firmware has no part in this suite, so nothing is ever taken back from it. */
int sev_call_locked(struct sev_device *sev, struct sev_call *call)
{
	return -ENODEV;
}

void sev_put(struct sev_device *sev)
{
}

const struct sev_status_text *sev_status_find(u32 code)
{
	static const struct sev_status_text none = { .name = "none" };

	return &none;
}

struct psp_device *psp_get(struct psp_device *psp)
{
	return psp;
}

/* There is no SNP. */
bool rmp_enabled_here(void)
{
	return false;
}

static struct sev_device *make_sev(struct kunit *test)
{
	struct sev_device *sev = kunit_kzalloc(test, sizeof(*sev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sev);
	KUNIT_ASSERT_EQ(test, sev_buffers_init(sev), 0);
	return sev;
}

static void command_buffers_are_whole_pages(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS; i++) {
		KUNIT_EXPECT_NOT_NULL(test, sev->command_buffer[i].mem.va);
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(sev->command_buffer[i].mem.va));
	}
	sev_buffers_free(sev);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0);
}

static void command_buffers_are_used_by_one_at_a_time(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	struct sev_memory *first = sev_command_buffer_get(sev);
	struct sev_memory *second = sev_command_buffer_get(sev);

	KUNIT_EXPECT_NOT_NULL(test, first);
	KUNIT_EXPECT_NOT_NULL(test, second);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	KUNIT_EXPECT_NULL(test, sev_command_buffer_get(sev));

	sev_command_buffer_put(sev, NULL);
	KUNIT_EXPECT_NULL(test, sev_command_buffer_get(sev));
	sev_command_buffer_put(sev, first);
	KUNIT_EXPECT_PTR_EQ(test, sev_command_buffer_get(sev), first);

	sev_command_buffer_put(sev, first);
	sev_command_buffer_put(sev, second);
	sev_buffers_free(sev);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0);
	KUNIT_EXPECT_NULL(test, sev_command_buffer_get(sev));
}

static void busy_command_buffer_stays_with_the_firmware(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	struct sev_memory *buffer = sev_command_buffer_get(sev);
	void *used;

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	used = buffer->mem.va;
	sev_buffers_free(sev);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 1);
	/* Still ours to write to: KASAN complains otherwise. */
	memset(used, 0x5a, PAGE_SIZE);
	free_page((unsigned long)used);
}

static const size_t sizes[] = { 1, 12, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 0x4000, 0x8000 };

static void size_desc(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_desc);

static void blob_is_zeroed_and_aligned(struct kunit *test)
{
	const size_t *size = test->param_value;
	struct sev_blob *blob = sev_blob_alloc(*size);

	KUNIT_ASSERT_NOT_NULL(test, blob);
	KUNIT_EXPECT_EQ(test, blob->size, *size);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(blob->data));
	KUNIT_EXPECT_NULL(test, memchr_inv(blob->data, 0, PAGE_ALIGN(*size)));
	KUNIT_EXPECT_EQ(test, sev_phys(blob->data), __sme_pa(blob->data));
	sev_blob_put(blob);
}

static void held_blob_outlives_its_owner(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	struct sev_blob *blob = sev_blob_alloc(100);

	KUNIT_ASSERT_NOT_NULL(test, blob);
	sev_blob_hold(sev, NULL);
	KUNIT_EXPECT_TRUE(test, list_empty(&sev->held));
	sev_blob_hold(sev, blob);
	/* Once is enough, however often a command names it. */
	sev_blob_hold(sev, blob);
	sev_blob_put(blob);

	/* The firmware writes late. */
	memset(blob->data, 0xff, 100);
	KUNIT_EXPECT_EQ(test, refcount_read(&blob->users), 1);
	sev_blob_release_held(sev);
	KUNIT_EXPECT_TRUE(test, list_empty(&sev->held));
	sev_buffers_free(sev);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0);
}

static void owner_may_outlive_the_hold(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	struct sev_blob *blob = sev_blob_alloc(100);

	KUNIT_ASSERT_NOT_NULL(test, blob);
	sev_blob_hold(sev, blob);
	sev_blob_release_held(sev);
	KUNIT_EXPECT_EQ(test, refcount_read(&blob->users), 1);
	/* It can be used again. */
	sev_blob_hold(sev, blob);
	KUNIT_EXPECT_EQ(test, refcount_read(&blob->users), 2);
	sev_blob_release_held(sev);
	sev_blob_put(blob);
	sev_buffers_free(sev);
}

static void blob_that_never_comes_back_is_counted(struct kunit *test)
{
	struct sev_device *sev = make_sev(test);
	struct sev_blob *blob = sev_blob_alloc(PAGE_SIZE + 1);

	KUNIT_ASSERT_NOT_NULL(test, blob);
	sev_blob_hold(sev, blob);
	sev_blob_put(blob);
	sev_buffers_free(sev);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 2);
	KUNIT_EXPECT_TRUE(test, list_empty(&sev->held));
	memset(blob->data, 0xff, PAGE_SIZE + 1);
	/* The firmware's reference, which only a test gives back. */
	sev_blob_put(blob);
}

static void bad_user_buffers_are_refused(struct kunit *test)
{
	void *kernel = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, kernel);
	KUNIT_EXPECT_EQ(test, PTR_ERR(sev_blob_from_user(0, 100)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(sev_blob_from_user(0x1000, 0)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(sev_blob_from_user(0x1000, SEV_USER_BLOB_MAX + 1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(sev_blob_from_user(0x1000, 0xffffffff)), -EINVAL);
	/* An address of the kernel is not the user's to give. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(sev_blob_from_user((uintptr_t)kernel, 100)), -EFAULT);
	free_page((unsigned long)kernel);
}

static int allocate_everything(struct kunit *test, void *ctx)
{
	struct sev_device *sev = ctx;
	struct sev_blob *blob;
	int ret;

	memset(sev, 0, sizeof(*sev));
	ret = sev_buffers_init(sev);
	if (ret)
		return ret;
	blob = sev_blob_alloc(PAGE_SIZE);
	if (blob)
		sev_blob_put(blob);
	sev_buffers_free(sev);
	return blob ? 0 : -ENOMEM;
}

static void failed_allocations_leave_nothing_behind(struct kunit *test)
{
	struct sev_device *sev = kunit_kzalloc(test, sizeof(*sev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sev);
	fail_each_allocation(test, allocate_everything, sev);
}

static struct kunit_case buffers_cases[] = {
	KUNIT_CASE(command_buffers_are_whole_pages),
	KUNIT_CASE(command_buffers_are_used_by_one_at_a_time),
	KUNIT_CASE(busy_command_buffer_stays_with_the_firmware),
	KUNIT_CASE_PARAM(blob_is_zeroed_and_aligned, size_gen_params),
	KUNIT_CASE(held_blob_outlives_its_owner),
	KUNIT_CASE(owner_may_outlive_the_hold),
	KUNIT_CASE(blob_that_never_comes_back_is_counted),
	KUNIT_CASE(bad_user_buffers_are_refused),
	KUNIT_CASE(failed_allocations_leave_nothing_behind),
	{}
};

static struct kunit_suite buffers_suite = {
	.name = "buffers",
	.test_cases = buffers_cases,
};

kunit_test_suite(buffers_suite);

MODULE_DESCRIPTION("KUnit suite: memory for the firmware");
MODULE_LICENSE("GPL");
