// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the files in /sys/kernel/config/tsm/report. The files are read and
 * written by their functions; nothing is put into the configfs of the kernel.
 */
#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/tsm.h>

/* Kernels from 6.7 on have functions of these names. */
#undef tsm_report_register
#undef tsm_report_unregister
#define tsm_report_register	core_register
#define tsm_report_unregister	core_unregister

#ifndef TSM_REPORT_PRIVLEVEL_MAX
#define TSM_REPORT_PRIVLEVEL_MAX	TSM_PRIVLEVEL_MAX
#endif
#ifndef TSM_REPORT_INBLOB_MAX
#define TSM_REPORT_INBLOB_MAX		TSM_INBLOB_MAX
#endif

int core_register(const struct tsm_report_ops *ops, void *priv);
int core_unregister(const struct tsm_report_ops *ops);

#include "../../drivers/virt/coco/tsm-report/core.c"

#include <kunit/test.h>

#include "fail-nth.h"

/**
 * struct provider - one that makes reports
 * @made: how many it has made
 * @ret: what it returns
 * @aux: reports come with something
 */
struct provider {
	unsigned int made;
	int ret;
	bool aux;
};

static struct provider provider;

static int provider_report(struct tsm_report *report, void *data)
{
	struct provider *p = data;

	report->outblob = kvmalloc(64, GFP_KERNEL);
	if (!report->outblob)
		return -ENOMEM;
	memcpy(report->outblob, report->desc.inblob, 64);
	report->outblob[63] = ++p->made;
	report->outblob_len = 64;
	if (p->aux) {
		report->auxblob = kvzalloc(100, GFP_KERNEL);
		if (!report->auxblob)
			return -ENOMEM;
		report->auxblob_len = 100;
	}
	return p->ret;
}

static bool provider_attr_visible(int n)
{
	return n != TSM_REPORT_SERVICE_GUID;
}

static bool provider_bin_attr_visible(int n)
{
	return n != TSM_REPORT_MANIFESTBLOB;
}

static const struct tsm_report_ops provider_ops = {
	.name = "made_up",
	.privlevel_floor = 1,
	.report_new = provider_report,
	.report_attr_visible = provider_attr_visible,
	.report_bin_attr_visible = provider_bin_attr_visible,
};

static int core_init(struct kunit *test)
{
	memset(&provider, 0, sizeof(provider));
	return core_register(&provider_ops, &provider);
}

static void core_exit(struct kunit *test)
{
	core_unregister(&provider_ops);
	KUNIT_EXPECT_EQ(test, core.items, 0u);
}

/* What mkdir and rmdir do. */
static struct config_item *make(struct kunit *test)
{
	struct config_item *item = tsm_make_item(NULL, "made");

	KUNIT_ASSERT_FALSE(test, IS_ERR(item));
	return item;
}

static u64 generation(struct kunit *test, struct config_item *item)
{
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	u64 value = 0;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_GT(test, tsm_generation_show(item, page), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, kstrtou64(page, 10, &value), 0);
	free_page((unsigned long)page);
	return value;
}

static void report_is_made_once_for_what_was_written(struct kunit *test)
{
	struct config_item *item = make(test);
	u8 in[64], out[64];

	memset(in, 5, sizeof(in));
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, sizeof(in)), (ssize_t)64);
	/* First the size, then the contents. */
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, NULL, 0), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, out, sizeof(out)), (ssize_t)64);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 5, 63));
	KUNIT_EXPECT_EQ(test, provider.made, 1u);

	in[0] = 6;
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, sizeof(in)), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, out, sizeof(out)), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, out[0], (u8)6);
	KUNIT_EXPECT_EQ(test, provider.made, 2u);
	tsm_drop_item(NULL, item);
}

static void there_is_no_report_without_inblob(struct kunit *test)
{
	struct config_item *item = make(test);

	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, NULL, 0), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, tsm_auxblob_read(item, NULL, 0), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, provider.made, 0u);
	tsm_drop_item(NULL, item);
}

static void inblob_that_is_too_long_is_refused(struct kunit *test)
{
	struct config_item *item = make(test);
	u8 in[65] = {};

	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 65), (ssize_t)-EFBIG);
	KUNIT_EXPECT_EQ(test, generation(test, item), 0ull);
	tsm_drop_item(NULL, item);
}

static void every_write_that_works_is_a_generation(struct kunit *test)
{
	static const char guid[] = "c476f1eb-0123-45a5-9641-b4e7dde5bfe3";
	struct config_item *item = make(test);
	u8 in[64] = {};

	KUNIT_EXPECT_EQ(test, generation(test, item), 0ull);
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "2\n", 2), (ssize_t)2);
	KUNIT_EXPECT_EQ(test, tsm_service_provider_store(item, "svsm\n", 5), (ssize_t)5);
	KUNIT_EXPECT_STREQ(test, to_item(item)->report.desc.service_provider, "svsm");
	KUNIT_EXPECT_EQ(test, tsm_service_manifest_version_store(item, "7", 1), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, generation(test, item), 4ull);

	KUNIT_EXPECT_LT(test, tsm_privlevel_store(item, "x", 1), (ssize_t)0);
	KUNIT_EXPECT_LT(test, tsm_service_guid_store(item, "no guid", 7), (ssize_t)0);
	KUNIT_EXPECT_LT(test, tsm_service_manifest_version_store(item, "-1", 2), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, generation(test, item), 4ull);
	KUNIT_EXPECT_EQ(test, tsm_service_guid_store(item, guid, 36), (ssize_t)36);
	KUNIT_EXPECT_EQ(test, generation(test, item), 5ull);
	tsm_drop_item(NULL, item);
}

static void privilege_level_is_between_floor_and_three(struct kunit *test)
{
	struct config_item *item = make(test);

	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "0", 1), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "1", 1), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "3", 1), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "4", 1), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, to_item(item)->report.desc.privlevel, 3u);
	tsm_drop_item(NULL, item);
}

static void failed_report_leaves_nothing_and_is_tried_again(struct kunit *test)
{
	struct config_item *item = make(test);
	u8 in[64] = {};

	provider.aux = true;
	provider.ret = -EIO;
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_auxblob_read(item, NULL, 0), (ssize_t)-EIO);
	KUNIT_EXPECT_NULL(test, to_item(item)->report.outblob);
	KUNIT_EXPECT_NULL(test, to_item(item)->report.auxblob);
	provider.ret = 0;
	KUNIT_EXPECT_EQ(test, tsm_auxblob_read(item, NULL, 0), (ssize_t)100);
	KUNIT_EXPECT_EQ(test, tsm_manifestblob_read(item, NULL, 0), (ssize_t)0);
	KUNIT_EXPECT_EQ(test, provider.made, 2u);
	tsm_drop_item(NULL, item);
}

static void provider_decides_which_files_there_are(struct kunit *test)
{
	unsigned int i;
	bool provider_file = false;

	for (i = 0; core.attrs[i]; i++) {
		KUNIT_EXPECT_STRNEQ(test, core.attrs[i]->ca_name, "service_guid");
		if (!strcmp(core.attrs[i]->ca_name, "provider"))
			provider_file = true;
	}
	KUNIT_EXPECT_EQ(test, i, 6u);
	KUNIT_EXPECT_TRUE(test, provider_file);
	for (i = 0; core.bin_attrs[i]; i++)
		KUNIT_EXPECT_STRNEQ(test, core.bin_attrs[i]->cb_attr.ca_name, "manifestblob");
	KUNIT_EXPECT_EQ(test, i, 3u);
}

static void there_is_one_provider_at_a_time(struct kunit *test)
{
	static const struct tsm_report_ops other = {
		.name = "other",
		.report_new = provider_report,
	};
	struct config_item *item;
	u8 in[64] = {};

	KUNIT_EXPECT_EQ(test, core_register(&other, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, core_unregister(&other), -EBUSY);
	item = make(test);
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, core_unregister(&provider_ops), 0);
	/* What is left answers, but makes nothing. */
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, NULL, 0), (ssize_t)-ENXIO);
	KUNIT_EXPECT_EQ(test, tsm_privlevel_store(item, "1", 1), (ssize_t)-ENXIO);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(tsm_make_item(NULL, "late")), -ENXIO);
	KUNIT_EXPECT_EQ(test, core_register(&provider_ops, &provider), -EBUSY);
	tsm_drop_item(NULL, item);
	KUNIT_EXPECT_EQ(test, core_register(&provider_ops, &provider), 0);
}

static int one_report(struct kunit *test, void *data)
{
	struct config_item *item = tsm_make_item(NULL, "made");
	u8 in[64] = {};
	ssize_t ret;

	if (IS_ERR(item))
		return PTR_ERR(item);
	ret = tsm_service_provider_store(item, "svsm", 4);
	if (ret > 0)
		ret = tsm_inblob_write(item, in, sizeof(in));
	if (ret > 0)
		ret = tsm_outblob_read(item, NULL, 0);
	tsm_drop_item(NULL, item);
	return ret < 0 ? ret : 0;
}

static void directory_survives_every_failing_allocation(struct kunit *test)
{
	provider.aux = true;
	fail_each_allocation(test, one_report, NULL);
}

static struct kunit_case core_cases[] = {
	KUNIT_CASE(report_is_made_once_for_what_was_written),
	KUNIT_CASE(there_is_no_report_without_inblob),
	KUNIT_CASE(inblob_that_is_too_long_is_refused),
	KUNIT_CASE(every_write_that_works_is_a_generation),
	KUNIT_CASE(privilege_level_is_between_floor_and_three),
	KUNIT_CASE(failed_report_leaves_nothing_and_is_tried_again),
	KUNIT_CASE(provider_decides_which_files_there_are),
	KUNIT_CASE(there_is_one_provider_at_a_time),
	KUNIT_CASE(directory_survives_every_failing_allocation),
	{}
};

static struct kunit_suite core_suite = {
	.name = "tsm_report",
	.init = core_init,
	.exit = core_exit,
	.test_cases = core_cases,
};

kunit_test_suite(core_suite);

MODULE_DESCRIPTION("KUnit suite: rules of reports in configfs");
MODULE_LICENSE("GPL");
