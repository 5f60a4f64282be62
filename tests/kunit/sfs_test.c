// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seamless firmware servicing: what the firmware gets to see, and which packages
 * reach it.
 */
#include <linux/firmware.h>

/* The package that a request for a file finds, and the last file asked for. */
static const struct firmware *fake_package;
static char fake_path[128];

static int fake_firmware_request(const struct firmware **package, const char *path,
				 struct device *dev)
{
	strscpy(fake_path, path, sizeof(fake_path));
	*package = fake_package;
	return fake_package ? 0 : -ENOENT;
}

#define firmware_request_nowarn	fake_firmware_request

#include <linux/vmalloc.h>

#include "hv-fixed.c"
#include "sfs.c"

#include "fail-nth.h"
#include "fake-psp.h"

static struct sfs_device *sfs_of(const struct psp_device *psp)
{
	return psp->part[PSP_ROLE_SFS];
}

/**
 * struct servicing - the firmware
 * @ret: what becomes of requests
 * @status: their status
 * @extended_status: their extended status
 * @requests: how many came
 * @service: what the last one asked for
 * @size: its size
 * @buffer: where it was
 * @filled: the answer's memory was filled as it has to be
 * @tail: from where on the payload was 0 up to its size
 */
struct servicing {
	int ret;
	u32 status;
	u32 extended_status;
	unsigned int requests;
	u32 service;
	u32 size;
	u8 *buffer;
	bool filled;
	size_t tail;
};

static int servicing_ext(struct fake_psp *fake, u32 cmd, void *buf, u32 *status)
{
	struct servicing *fw = fake->priv;
	struct sfs_buffer *buffer = buf;

	KUNIT_EXPECT_EQ(fake->test, cmd, 14);
	KUNIT_EXPECT_EQ(fake->test, (unsigned long)buf % SZ_2M, 0);
	fw->requests++;
	fw->service = buffer->header.service;
	fw->size = buffer->header.size;
	fw->buffer = buf;
	fw->filled = !memchr_inv(buf + 4096, 0xc7, 4096);
	for (fw->tail = fw->size; fw->tail > 4096 && !fw->buffer[fw->tail - 1]; fw->tail--)
		;
	/* What was left in there by an earlier request is not seen. */
	KUNIT_EXPECT_EQ(fake->test, buffer->header.status, 0);
	KUNIT_EXPECT_EQ(fake->test, buffer->extended_status, 0);
	if (!fw->ret && fw->service == 1)
		memset(buf + 4096, 0x3c, 4096);
	buffer->extended_status = fw->extended_status;
	*status = fw->status;
	return fw->ret;
}

static struct fake_psp *servicing_new(struct kunit *test)
{
	struct fake_psp *fake = fake_psp_new(test);
	struct servicing *fw = kunit_kzalloc(test, sizeof(*fw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fw);
	fake->ext = servicing_ext;
	fake->priv = fw;
	fake_package = NULL;
	fake_path[0] = 0;
	return fake;
}

static void servicing_down(void *ctx)
{
	struct psp_device *psp = ctx;

	if (sfs_of(psp) && !sfs_of(psp)->gone)
		part_destroy(psp, &sfs_part);
}

static struct fake_psp *servicing_up(struct kunit *test)
{
	struct fake_psp *fake = servicing_new(test);

	KUNIT_ASSERT_EQ(test, sfs_create(&fake->psp), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, servicing_down, &fake->psp), 0);
	return fake;
}

static void versions_are_asked_for(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	u8 *blob = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct sfs_status status = { 0x77, 0x77 };

	KUNIT_ASSERT_NOT_NULL(test, blob);
	fw->extended_status = 0x1234;
	KUNIT_EXPECT_EQ(test, sfs_versions(sfs_of(&fake->psp), blob, &status), 0);
	KUNIT_EXPECT_EQ(test, fw->service, 1);
	KUNIT_EXPECT_EQ(test, fw->size, 8192);
	KUNIT_EXPECT_TRUE(test, fw->filled);
	KUNIT_EXPECT_NULL(test, memchr_inv(blob, 0x3c, 4096));
	KUNIT_EXPECT_EQ(test, status.status, 0);
	KUNIT_EXPECT_EQ(test, status.extended_status, 0x1234);

	/* The next one does not see the last one's answer. */
	KUNIT_EXPECT_EQ(test, sfs_versions(sfs_of(&fake->psp), blob, &status), 0);
	KUNIT_EXPECT_TRUE(test, fw->filled);
}

static void refusal_comes_with_both_statuses(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	u8 *blob = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct sfs_status status;

	KUNIT_ASSERT_NOT_NULL(test, blob);
	fw->status = 0x42;
	fw->extended_status = 0x4711;
	KUNIT_EXPECT_EQ(test, sfs_versions(sfs_of(&fake->psp), blob, &status), -EIO);
	KUNIT_EXPECT_EQ(test, status.status, 0x42);
	KUNIT_EXPECT_EQ(test, status.extended_status, 0x4711);
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), blob, 16, &status), -EIO);
	KUNIT_EXPECT_EQ(test, status.status, 0x42);
	KUNIT_EXPECT_EQ(test, status.extended_status, 0x4711);
}

/**
 * struct package_size - how large a request becomes
 * @len: bytes in the package
 * @size: bytes in the request, 0 if it is refused
 */
struct package_size {
	size_t len;
	u32 size;
};

static const struct package_size package_sizes[] = {
	{ 1, SZ_64K },
	{ SZ_64K - SZ_4K, SZ_64K },
	{ SZ_64K - SZ_4K + 1, SZ_128K },
	{ SZ_1M, SZ_1M + SZ_64K },
	{ SZ_2M - SZ_64K - SZ_4K + 1, SZ_2M },
	{ SZ_2M - SZ_4K, SZ_2M },
	{ SZ_2M - SZ_4K + 1, 0 },
	{ SIZE_MAX, 0 },
};

static void package_size_desc(const struct package_size *package, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu", package->len);
}

KUNIT_ARRAY_PARAM(package_size, package_sizes, package_size_desc);

static void package_is_padded(struct kunit *test)
{
	const struct package_size *expected = test->param_value;
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	struct sfs_status status;
	u8 *package = vmalloc(SZ_2M);
	u8 last;

	KUNIT_ASSERT_NOT_NULL(test, package);
	memset(package, 0x6b, SZ_2M);

	/* An earlier, larger one must not shine through. */
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), package, SZ_2M - SZ_4K, &status), 0);
	fw->requests = 0;
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), package, expected->len, &status),
			expected->size ? 0 : -E2BIG);
	KUNIT_EXPECT_EQ(test, fw->requests, expected->size ? 1u : 0u);
	if (expected->size) {
		last = fw->buffer[4096 + expected->len - 1];
		KUNIT_EXPECT_EQ(test, fw->service, 2);
		KUNIT_EXPECT_EQ(test, fw->size, expected->size);
		KUNIT_EXPECT_EQ(test, fw->tail, 4096 + expected->len);
		KUNIT_EXPECT_EQ(test, last, 0x6b);
	}
	vfree(package);
}

/**
 * struct package_name - which file a name asks for
 * @name: the name
 * @path: the file, NULL if none is asked for
 */
struct package_name {
	const char *name;
	const char *path;
};

static const struct package_name package_names[] = {
	{ "update.bin", "amd/update.bin" },
	{ "a..b", "amd/a..b" },
	{ "..b", "amd/..b" },
	{ "b..", "amd/b.." },
	{ "...", "amd/..." },
	{ "sub/update.bin", "amd/sub/update.bin" },
	{ "..", NULL },
	{ "../x", NULL },
	{ "sub/..", NULL },
	{ "sub/../../x", NULL },
	{ "..b/../x", NULL },
	{ "/..", NULL },
};

static void package_name_desc(const struct package_name *package, char *desc)
{
	strscpy(desc, package->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(package_name, package_names, package_name_desc);

static void package_stays_in_its_directory(struct kunit *test)
{
	const struct package_name *expected = test->param_value;
	struct fake_psp *fake = servicing_up(test);
	const struct firmware *package;

	KUNIT_EXPECT_EQ(test, sfs_load_package(sfs_of(&fake->psp), expected->name, &package),
			-ENOENT);
	KUNIT_EXPECT_STREQ(test, fake_path, expected->path ?: "");
}

static void longest_name_fits(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	const struct firmware found = { .size = 1 };
	const struct firmware *package;
	char name[PAYLOAD_NAME_SIZE];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = 0;
	fake_package = &found;
	KUNIT_EXPECT_EQ(test, sfs_load_package(sfs_of(&fake->psp), name, &package), 0);
	KUNIT_EXPECT_PTR_EQ(test, package, &found);
	KUNIT_EXPECT_STREQ(test, fake_path + 4, name);
}

static void unbound_while_in_use(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	struct page *page = fake_page_watch(sfs_of(&fake->psp)->buffer);
	struct sfs_status status;
	u8 blob[4];

	part_destroy(&fake->psp, &sfs_part);
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
	KUNIT_EXPECT_EQ(test, sfs_versions(sfs_of(&fake->psp), blob, &status), -ENODEV);
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), blob, 4, &status), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->requests, 0);
}

static const int troubles[] = { -ETIMEDOUT, -ENODEV };

KUNIT_ARRAY_PARAM(trouble, troubles, NULL);

static void buffer_stays_with_a_firmware_that_is_at_it(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	struct page *page = fake_page_watch(sfs_of(&fake->psp)->buffer);
	const int *trouble = test->param_value;
	struct sfs_status status;
	u8 package[4] = { };

	fw->ret = *trouble;
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), package, 4, &status), *trouble);
	part_destroy(&fake->psp, &sfs_part);
	set_memory_wb((unsigned long)page_address(page), SZ_2M / PAGE_SIZE);
	fake_page_expect_kept(test, page, get_order(SZ_2M));
	hv_fixed_exit();
	KUNIT_EXPECT_TRUE(test, list_empty(&hv_fixed_all));
}

static int listed(void *ctx, u64 start, u64 end)
{
	struct sfs_device *sfs = ctx;

	return start == virt_to_phys(sfs->buffer) && end == start + SFS_BUFFER_SIZE ? 0 : -EINVAL;
}

static void buffer_that_is_hv_fixed_serves_the_next_binding(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct sfs_buffer *buffer = sfs_of(&fake->psp)->buffer;
	struct page *page = fake_page_watch(buffer);

	KUNIT_EXPECT_EQ(test, hv_fixed_tell(listed, sfs_of(&fake->psp)), 0);
	hv_fixed_table_is_new();
	part_destroy(&fake->psp, &sfs_part);
	KUNIT_EXPECT_GT(test, page_count(page), 1);
	kfree(fake->psp.part[PSP_ROLE_SFS]);
	fake->psp.part[PSP_ROLE_SFS] = NULL;

	KUNIT_ASSERT_EQ(test, sfs_create(&fake->psp), 0);
	KUNIT_EXPECT_PTR_EQ(test, sfs_of(&fake->psp)->buffer, buffer);
	part_destroy(&fake->psp, &sfs_part);
	hv_fixed_table_is_off();
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
}

static void mailbox_in_use_loses_nothing(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);
	struct servicing *fw = fake->priv;
	struct page *page = fake_page_watch(sfs_of(&fake->psp)->buffer);
	struct sfs_status status;
	u8 package[4] = { };

	fw->ret = -EBUSY;
	KUNIT_EXPECT_EQ(test, sfs_update(sfs_of(&fake->psp), package, 4, &status), -EBUSY);
	part_destroy(&fake->psp, &sfs_part);
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
}

static void ioctl_numbers(struct kunit *test)
{
	struct fake_psp *fake = servicing_up(test);

	KUNIT_EXPECT_EQ(test, SFSIOCFWVERS, 0xd0085301);
	KUNIT_EXPECT_EQ(test, SFSIOCUPDATEPKG, 0xc0485302);
	KUNIT_EXPECT_EQ(test, sfs_ioctl(NULL, 0, 0), -ENOTTY);
	fake->bound = false;
	KUNIT_EXPECT_EQ(test, sfs_ioctl(NULL, SFSIOCFWVERS, 0), -ENODEV);
}

static int create_and_destroy(struct kunit *test, void *ctx)
{
	struct psp_device *psp = ctx;
	int ret = sfs_create(psp);

	part_publish(psp, &sfs_part);
	if (sfs_of(psp) && !sfs_of(psp)->published)
		ret = -ENOMEM;
	part_destroy(psp, &sfs_part);
	kfree(psp->part[PSP_ROLE_SFS]);
	psp->part[PSP_ROLE_SFS] = NULL;
	return ret;
}

static void allocations_may_fail(struct kunit *test)
{
	fail_each_allocation(test, create_and_destroy, &servicing_new(test)->psp);
}

static struct kunit_case sfs_cases[] = {
	KUNIT_CASE(versions_are_asked_for),
	KUNIT_CASE(refusal_comes_with_both_statuses),
	KUNIT_CASE_PARAM(package_is_padded, package_size_gen_params),
	KUNIT_CASE_PARAM(package_stays_in_its_directory, package_name_gen_params),
	KUNIT_CASE(longest_name_fits),
	KUNIT_CASE(unbound_while_in_use),
	KUNIT_CASE_PARAM(buffer_stays_with_a_firmware_that_is_at_it, trouble_gen_params),
	KUNIT_CASE(buffer_that_is_hv_fixed_serves_the_next_binding),
	KUNIT_CASE(mailbox_in_use_loses_nothing),
	KUNIT_CASE(ioctl_numbers),
	KUNIT_CASE(allocations_may_fail),
	{}
};

static struct kunit_suite sfs_suite = {
	.name = "sfs",
	.test_cases = sfs_cases,
};

kunit_test_suite(sfs_suite);

MODULE_DESCRIPTION("KUnit suite: seamless firmware servicing");
MODULE_LICENSE("GPL");
