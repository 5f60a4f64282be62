// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the files in /sys/kernel/config/tsm/report. The files are read and
 * written by their functions; nothing is put into the configfs of the kernel.
 */
#include <linux/completion.h>
#include <linux/configfs.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
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
 * @slow: each waits until the test says so
 */
struct provider {
	unsigned int made;
	int ret;
	bool aux;
	bool slow;
};

static struct provider provider;

/* A report that takes as long as the test wants. */
static struct completion making, make_on;

static int provider_report(struct tsm_report *report, void *data)
{
	struct provider *p = data;

	if (p->slow) {
		complete(&making);
		wait_for_completion(&make_on);
	}
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
	init_completion(&making);
	init_completion(&make_on);
	return core_register(&provider_ops, &provider);
}

static void core_exit(struct kunit *test)
{
	core_unregister(&provider_ops);
	KUNIT_EXPECT_EQ(test, atomic_read(&core.items), 0);
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

static void report_that_was_made_stays_when_the_provider_goes(struct kunit *test)
{
	struct config_item *item = make(test), *other = make(test);
	u8 in[64], out[64];

	memset(in, 7, sizeof(in));
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, NULL, 0), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, core_unregister(&provider_ops), 0);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, out, 64), (ssize_t)64);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 7, 63));
	KUNIT_EXPECT_EQ(test, tsm_auxblob_read(item, NULL, 0), (ssize_t)0);
	/* Nobody makes another one, and what was not asked for is wrong first. */
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(item, NULL, 0), (ssize_t)-ENXIO);
	KUNIT_EXPECT_EQ(test, tsm_outblob_read(other, NULL, 0), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, provider.made, 1u);
	tsm_drop_item(NULL, item);
	tsm_drop_item(NULL, other);
}

/**
 * struct reader - a task that reads a report
 * @item: of this directory
 * @started: it is about to
 * @done: it has
 * @ret: result
 */
struct reader {
	struct config_item *item;
	struct completion started;
	struct completion done;
	ssize_t ret;
};

static int reader_run(void *data)
{
	struct reader *reader = data;

	allow_signal(SIGKILL);
	complete(&reader->started);
	reader->ret = tsm_outblob_read(reader->item, NULL, 0);
	complete(&reader->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static struct task_struct *reader_start(struct kunit *test, struct reader *reader,
					struct config_item *item)
{
	struct task_struct *task;

	reader->item = item;
	init_completion(&reader->started);
	init_completion(&reader->done);
	task = kthread_run(reader_run, reader, "reader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&reader->started);
	return task;
}

static void report_in_the_making_holds_up_no_more_than_it_must(struct kunit *test)
{
	static struct reader first, second;
	struct config_item *item = make(test), *other = make(test);
	struct task_struct *task1, *task2;
	u8 in[64] = {};

	KUNIT_EXPECT_EQ(test, tsm_inblob_write(item, in, 64), (ssize_t)64);
	provider.slow = true;
	task1 = reader_start(test, &first, item);
	wait_for_completion(&making);

	/* Whoever waits for the same report can be killed. */
	task2 = reader_start(test, &second, item);
	msleep(50);
	KUNIT_EXPECT_FALSE(test, completion_done(&second.done));
	send_sig(SIGKILL, task2, 1);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&second.done, 10 * HZ));
	KUNIT_EXPECT_EQ(test, second.ret, (ssize_t)-EINTR);
	KUNIT_EXPECT_FALSE(test, completion_done(&first.done));

	/* Others do not wait at all. */
	KUNIT_EXPECT_EQ(test, tsm_inblob_write(other, in, 64), (ssize_t)64);
	KUNIT_EXPECT_EQ(test, generation(test, item), 1ull);
	tsm_drop_item(NULL, other);
	tsm_drop_item(NULL, make(test));

	complete(&make_on);
	wait_for_completion(&first.done);
	KUNIT_EXPECT_EQ(test, first.ret, (ssize_t)64);
	kthread_stop(task1);
	kthread_stop(task2);
	tsm_drop_item(NULL, item);
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
	KUNIT_CASE(report_that_was_made_stays_when_the_provider_goes),
	KUNIT_CASE(report_in_the_making_holds_up_no_more_than_it_must),
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
