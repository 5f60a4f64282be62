// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files in /sys/bus/platform/devices/sev-guest: what they say, and which of them
 * there are.
 */
#include "sysfs.c"

#include <kunit/device.h>
#include <kunit/test.h>

MODULE_LICENSE("GPL");

/**
 * struct sysfs_fixture - what every case has
 * @guest: the device
 * @page: what a file says
 * @alive: the key is there
 * @keys: those that are
 */
struct sysfs_fixture {
	struct snp_guest guest;
	char *page;
	bool alive;
	unsigned int keys;
};

static bool fixture_alive(void *ctx)
{
	return ((struct sysfs_fixture *)ctx)->alive;
}

static unsigned int fixture_keys_alive(void *ctx)
{
	return ((struct sysfs_fixture *)ctx)->keys;
}

static unsigned int fixture_unanswered(void *ctx)
{
	return 3;
}

static void fixture_stats(void *ctx, struct snp_channel_stats *stats)
{
	*stats = (struct snp_channel_stats) {
		.requests = 1ull << 40, .failures = 2, .exchanges = 3, .busy = 4,
		.refused = 5, .forged = 6, .recovered = 7,
	};
}

static const struct snp_transport_ops own_ops = {
	.alive = fixture_alive,
	.keys_alive = fixture_keys_alive,
	.unanswered = fixture_unanswered,
	.stats = fixture_stats,
};

static const struct snp_transport_ops kernel_ops = {
	.alive = fixture_alive,
	.keys_alive = fixture_keys_alive,
	.stats = fixture_stats,
};

static int sysfs_fixture_init(struct kunit *test)
{
	struct sysfs_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->page = (char *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->page);
	fixture->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->guest.dev);
	fixture->guest.transport.ops = &own_ops;
	fixture->guest.transport.ctx = fixture;
	fixture->guest.vmpl = 2;
	fixture->guest.vmpck = 3;
	fixture->alive = true;
	dev_set_drvdata(fixture->guest.dev, &fixture->guest);
	test->priv = fixture;
	return 0;
}

static void sysfs_fixture_exit(struct kunit *test)
{
	struct sysfs_fixture *fixture = test->priv;

	if (fixture)
		free_page((unsigned long)fixture->page);
}

static struct attribute *find(const char *name)
{
	struct attribute **attr;

	for (attr = snp_guest_attrs; *attr; attr++) {
		if (!strcmp((*attr)->name, name))
			return *attr;
	}
	return NULL;
}

static void expect_file(struct kunit *test, const char *name, const char *text)
{
	struct sysfs_fixture *fixture = test->priv;
	struct attribute *attr = find(name);
	struct device_attribute *file;
	ssize_t len;

	KUNIT_ASSERT_NOT_NULL_MSG(test, attr, "%s", name);
	file = container_of(attr, struct device_attribute, attr);
	len = file->show(fixture->guest.dev, file, fixture->page);
	KUNIT_EXPECT_EQ(test, len, (ssize_t)strlen(text));
	KUNIT_EXPECT_STREQ_MSG(test, fixture->page, text, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, attr->mode, (umode_t)0444, "%s", name);
}

static void every_file_says_what_it_is_called(struct kunit *test)
{
	expect_file(test, "vmpl", "2\n");
	expect_file(test, "vmpck", "3\n");
	expect_file(test, "vmpck_alive", "1\n");
	expect_file(test, "unanswered", "3\n");
	expect_file(test, "requests", "1099511627776\n");
	expect_file(test, "failures", "2\n");
	expect_file(test, "exchanges", "3\n");
	expect_file(test, "busy", "4\n");
	expect_file(test, "refused", "5\n");
	expect_file(test, "forged", "6\n");
	expect_file(test, "recovered", "7\n");
}

static void keys_are_listed_by_number(struct kunit *test)
{
	struct sysfs_fixture *fixture = test->priv;

	expect_file(test, "keys_alive", "\n");
	fixture->keys = 0xb;
	expect_file(test, "keys_alive", "0 1 3\n");
	fixture->keys = 0xff;
	expect_file(test, "keys_alive", "0 1 2 3\n");
	fixture->alive = false;
	expect_file(test, "vmpck_alive", "0\n");
}

/* Files there are, by name. */
static unsigned int visible(struct sysfs_fixture *fixture, const char *const *names, size_t count)
{
	unsigned int mask = 0, number = 0;
	struct attribute **attr;
	size_t i;

	for (attr = snp_guest_attrs; *attr; attr++, number++) {
		if (!snp_guest_attr_visible(&fixture->guest.dev->kobj, *attr, number))
			continue;
		for (i = 0; i < count; i++) {
			if (!strcmp((*attr)->name, names[i]))
				mask |= BIT(i);
		}
	}
	return mask;
}

static void what_nobody_can_know_has_no_file(struct kunit *test)
{
	static const char *const names[] = {
		"vmpl", "vmpck", "vmpck_alive", "keys_alive", "requests", "failures",
		"unanswered", "exchanges", "busy", "refused", "forged", "recovered",
	};
	struct sysfs_fixture *fixture = test->priv;

	KUNIT_EXPECT_EQ(test, visible(fixture, names, ARRAY_SIZE(names)), 0xfffu);
	fixture->guest.transport.ops = &kernel_ops;
	KUNIT_EXPECT_EQ(test, visible(fixture, names, ARRAY_SIZE(names)), 0x3fu);
}

static struct kunit_case sysfs_cases[] = {
	KUNIT_CASE(every_file_says_what_it_is_called),
	KUNIT_CASE(keys_are_listed_by_number),
	KUNIT_CASE(what_nobody_can_know_has_no_file),
	{}
};

static struct kunit_suite sysfs_suite = {
	.name = "guest_sysfs",
	.init = sysfs_fixture_init,
	.exit = sysfs_fixture_exit,
	.test_cases = sysfs_cases,
};

kunit_test_suite(sysfs_suite);
