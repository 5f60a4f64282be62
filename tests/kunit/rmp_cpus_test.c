// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP comes up on every CPU, also those that come later, with an empty table, and goes as
 * far as it can.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/types.h>

#include "fake-msr.h"

#include "rmp/table.c"
#include "rmp/clear.c"
#include "rmp/snp-cpus.c"

#include <kunit/device.h>
#include <kunit/test.h>

#define TABLE_ORDER	9
#define FILL		0x5a

/* Bits that are none of our business. */
#define OTHER_BITS	(RMP_SYSCFG_MEM_ENC | BIT_ULL(20))

bool rmp_enabled_here(void)
{
	u64 syscfg;

	return !rmp_msr_read(RMP_MSR_SYSCFG, &syscfg) && syscfg & RMP_SYSCFG_SNP_EN;
}

static int fake_save_areas;

int rmp_release_save_areas(struct device *dev)
{
	return fake_save_areas;
}

/**
 * struct fixture - a machine with SNP off and a table in which something is left
 * @dev: for log lines
 * @table: the table, in one piece
 * @pages: its memory
 */
struct fixture {
	struct device *dev;
	struct rmp_table table;
	struct page *pages;
};

static void fixture_drop(void *ctx)
{
	struct fixture *fixture = ctx;

	__free_pages(fixture->pages, TABLE_ORDER);
}

static struct fixture *fixture_new(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	if (num_possible_cpus() > FAKE_CPUS)
		kunit_skip(test, "more than %d CPUs", FAKE_CPUS);
	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->dev = kunit_device_register(test, "psp");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->dev);
	fixture->pages = alloc_pages(GFP_KERNEL, TABLE_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, fixture->pages);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fixture_drop, fixture), 0);
	memset(page_address(fixture->pages), FILL, SZ_2M);
	fixture->table = (struct rmp_table){
		.base = page_to_phys(fixture->pages), .size = SZ_1M, .shift = 52, .count = 1,
	};
	fake_msrs_reset(OTHER_BITS);
	fake_save_areas = 0;
	return fixture;
}

static bool table_is(struct fixture *fixture, u8 value)
{
	return !memchr_inv(page_address(fixture->pages), value, SZ_1M) &&
	       !memchr_inv(page_address(fixture->pages) + SZ_1M, FILL, SZ_1M);
}

static void expect_everywhere(struct kunit *test, u64 bits)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ_MSG(test, fake_cpu[cpu].syscfg, OTHER_BITS | bits, "CPU %u", cpu);
}

static void comes_up_everywhere_with_an_empty_table(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	int hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);

	KUNIT_ASSERT_GT(test, hotplug, 0);
	expect_everywhere(test, SYSCFG_OF_SNP);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, 0));
	rmp_cpus_abandon(hotplug);
}

static void table_of_an_earlier_kernel_is_left_alone(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	unsigned int cpu;
	int hotplug;

	/* A kernel that started there has cleared one bit. */
	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_cpu[cpu].syscfg |= RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN;
	hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);
	KUNIT_ASSERT_GT(test, hotplug, 0);
	expect_everywhere(test, SYSCFG_OF_SNP);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, FILL));
	rmp_cpus_abandon(hotplug);
}

static void cpu_that_does_not_accept_it_is_an_error(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);

	fake_cpu[num_online_cpus() - 1].stuck = RMP_SYSCFG_SNP_EN;
	KUNIT_EXPECT_EQ(test, rmp_cpus_enable_snp(fixture->dev, &fixture->table), -EIO);
	KUNIT_EXPECT_FALSE(test, fake_cpu[0].syscfg & RMP_SYSCFG_MFDM);
}

static void save_areas_in_use_stop_it_before_anything_is_changed(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);

	fake_save_areas = -EBUSY;
	KUNIT_EXPECT_EQ(test, rmp_cpus_enable_snp(fixture->dev, &fixture->table), -EBUSY);
	expect_everywhere(test, 0);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, FILL));
}

static void goes_with_the_table_where_firmware_has_turned_it_off(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	int hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);
	unsigned int cpu;

	KUNIT_ASSERT_GT(test, hotplug, 0);
	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_cpu[cpu].syscfg &= ~(RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN);
	memset(page_address(fixture->pages), FILL, SZ_1M);
	rmp_cpus_disable_snp(fixture->dev, &fixture->table, hotplug);
	expect_everywhere(test, 0);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, 0));
}

static void stays_with_the_table_where_firmware_can_not(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	int hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);

	KUNIT_ASSERT_GT(test, hotplug, 0);
	memset(page_address(fixture->pages), FILL, SZ_1M);
	rmp_cpus_disable_snp(fixture->dev, &fixture->table, hotplug);
	expect_everywhere(test, SYSCFG_OF_SNP);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, FILL));
}

/* What a CPU says after it was off, and had forgotten everything. */
static u64 syscfg_after_a_rest(struct kunit *test, unsigned int cpu)
{
	if (remove_cpu(cpu))
		kunit_skip(test, "CPU %u can't be turned off", cpu);
	fake_cpu[cpu].syscfg = OTHER_BITS;
	KUNIT_ASSERT_EQ(test, add_cpu(cpu), 0);
	return fake_cpu[cpu].syscfg;
}

static void cpu_that_comes_later_has_it_too(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	unsigned int cpu = num_online_cpus() - 1;
	int hotplug;

	if (!cpu)
		kunit_skip(test, "one CPU only");
	hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);
	KUNIT_ASSERT_GT(test, hotplug, 0);
	KUNIT_EXPECT_EQ(test, syscfg_after_a_rest(test, cpu), OTHER_BITS | SYSCFG_OF_SNP);
	expect_everywhere(test, SYSCFG_OF_SNP);

	/* But nobody looks after it once the driver has gone. */
	rmp_cpus_abandon(hotplug);
	KUNIT_EXPECT_EQ(test, syscfg_after_a_rest(test, cpu), OTHER_BITS);
	KUNIT_EXPECT_TRUE(test, table_is(fixture, 0));
}

static void crash_kernel_gets_a_cpu_that_it_has_nothing_against(struct kunit *test)
{
	struct fixture *fixture = fixture_new(test);
	int hotplug = rmp_cpus_enable_snp(fixture->dev, &fixture->table);
	unsigned int cpu, here;

	KUNIT_ASSERT_GT(test, hotplug, 0);
	memset(page_address(fixture->pages), FILL, SZ_1M);
	here = get_cpu();
	rmp_cpus_prepare_kdump();
	put_cpu();
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, fake_cpu[cpu].syscfg,
				OTHER_BITS | (SYSCFG_OF_SNP &
					      ~(cpu == here ? RMP_SYSCFG_MFDM : 0)));
	KUNIT_EXPECT_TRUE(test, table_is(fixture, FILL));
	rmp_cpus_abandon(hotplug);
}

static struct kunit_case rmp_cpus_cases[] = {
	KUNIT_CASE(comes_up_everywhere_with_an_empty_table),
	KUNIT_CASE(table_of_an_earlier_kernel_is_left_alone),
	KUNIT_CASE(cpu_that_does_not_accept_it_is_an_error),
	KUNIT_CASE(save_areas_in_use_stop_it_before_anything_is_changed),
	KUNIT_CASE(goes_with_the_table_where_firmware_has_turned_it_off),
	KUNIT_CASE(stays_with_the_table_where_firmware_can_not),
	KUNIT_CASE(cpu_that_comes_later_has_it_too),
	KUNIT_CASE(crash_kernel_gets_a_cpu_that_it_has_nothing_against),
	{ }
};

static struct kunit_suite rmp_cpus_suite = {
	.name = "rmp_cpus",
	.test_cases = rmp_cpus_cases,
};

kunit_test_suite(rmp_cpus_suite);

MODULE_DESCRIPTION("KUnit suite: SNP is turned on and off on all CPUs");
MODULE_LICENSE("GPL");
