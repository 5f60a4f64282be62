// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who keeps the reverse map table, and how the running kernel's support for it is used.
 */
#include <linux/bug.h>
#include <linux/cpufeature.h>
#include <linux/mm.h>
#include <linux/types.h>

/* Stands in for the kernel's support for SNP hosts. */
#define COMPAT_RMP_H

/**
 * struct fake_kernel - that support
 * @knows: it is there
 * @taken: a kernel with patches of its own has set the table up
 * @usable: the machine was found fit
 * @restart: SNP can be turned on again
 * @prepare_ret: what becomes of turning it on
 * @iommu_ret: what becomes of taking the memory of the IOMMUs back
 * @fail_at: this page, counted from 1, does not change hands
 * @assigned: this page is not the kernel's
 * @prepared: calls that turn SNP on
 * @shut_down: calls that tidy up
 * @optimised: calls that have memory without guests not checked
 * @iommus: calls that take the memory of the IOMMUs back
 * @changed: pages that have changed hands
 * @next: the page that has to come next
 * @leaked: pages that leaked
 * @undefined: entries that were read with SNP off, which the processor can't
 */
static struct fake_kernel {
	bool knows;
	bool taken;
	bool usable;
	bool restart;
	int prepare_ret;
	int iommu_ret;
	unsigned int fail_at;
	u64 assigned;
	unsigned int prepared;
	unsigned int shut_down;
	unsigned int optimised;
	unsigned int iommus;
	unsigned int changed;
	u64 next;
	unsigned int leaked;
	unsigned int undefined;
} fake;

static void fake_read_entry(void);

static bool compat_rmp_in_kernel(void)
{
	return fake.knows;
}

static bool compat_rmp_is_taken(void)
{
	return fake.taken;
}

static bool compat_rmp_usable(void)
{
	return fake.usable;
}

static int fake_change(u64 pfn)
{
	if (pfn != fake.next || fake.changed + 1 == fake.fail_at)
		return -EFAULT;
	fake.next++;
	fake.changed++;
	return 0;
}

static int compat_rmp_make_firmware(u64 pfn)
{
	return fake_change(pfn);
}

static int compat_rmp_make_shared(u64 pfn)
{
	return fake_change(pfn);
}

static bool compat_rmp_assigned(u64 pfn)
{
	fake_read_entry();
	return pfn == fake.assigned;
}

static void compat_rmp_leak(u64 pfn, unsigned int npages)
{
	fake_read_entry();
	fake.leaked += npages;
}

static bool compat_snp_can_restart(void)
{
	return fake.restart;
}

static int compat_snp_prepare(void)
{
	fake.prepared++;
	return fake.prepare_ret;
}

static void compat_snp_shutdown(void)
{
	fake.shut_down++;
}

static void compat_snp_optimise(void)
{
	fake.optimised++;
}

static int compat_iommu_snp_disable(void)
{
	fake.iommus++;
	return fake.iommu_ret;
}

#include "fake-msr.h"

static void fake_read_entry(void)
{
	u64 syscfg;

	rmp_msr_read(RMP_MSR_SYSCFG, &syscfg);
	fake.undefined += !(syscfg & RMP_SYSCFG_SNP_EN);
}

/* All virtual machines say that they are one. */
static bool fake_hypervisor;

static bool fake_cpu_has(unsigned int feature)
{
	return feature == X86_FEATURE_HYPERVISOR && fake_hypervisor;
}

#undef boot_cpu_has
#define boot_cpu_has(feature)	fake_cpu_has(feature)

/* A warning is what is wanted here, and the kernel log may have none. */
static unsigned int fake_warnings;

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(condition) ({ bool warn = (condition); fake_warnings += warn; warn; })

#include "rmp/core.c"

#include <kunit/device.h>
#include <kunit/test.h>

static int fake_own_probe_ret;

static int fake_own_probe(struct device *dev)
{
	return fake_own_probe_ret;
}

const struct rmp_ops rmp_own_ops = { .name = "bringup", .probe = fake_own_probe };

static struct device *dev_new(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	if (num_possible_cpus() > FAKE_CPUS)
		kunit_skip(test, "more than %d CPUs", FAKE_CPUS);
	fake = (struct fake_kernel) { .knows = true, .usable = true, .restart = true };
	fake_hypervisor = false;
	fake_warnings = 0;
	fake_own_probe_ret = 0;
	fake_msrs_reset(0);
	snp_mode = SNP_AUTO;
	return dev;
}

struct choice {
	const char *name;
	enum snp_mode mode;
	bool guest;
	bool without_snp;
	bool knows;
	bool taken;
	bool usable;
	int own_probe_ret;
	const struct rmp_ops *ops;
	const char *refused;
};

static const struct choice choices[] = {
	{ "kernel that knows SNP", .knows = true, .usable = true, .ops = &rmp_kernel_ops },
	{ "and does not need bringup", SNP_BRINGUP, .knows = true, .usable = true,
	  .ops = &rmp_kernel_ops },
	{ "machine that is not fit", .knows = true },
	{ "bringup does not help there", SNP_BRINGUP, .knows = true },
	{ "whatever the machine looks like", SNP_FORCE, .knows = true, .usable = true,
	  .ops = &rmp_kernel_ops },
	{ "older kernel is not forced", SNP_FORCE, .refused = "see snp=bringup" },
	{ "turned off", SNP_OFF, .knows = true, .usable = true, .refused = "snp=off" },
	{ "older kernel", .refused = "see snp=bringup" },
	{ "older kernel with bringup", SNP_BRINGUP, .ops = &rmp_own_ops },
	{ "older kernel, turned off", SNP_OFF, .refused = "snp=off" },
	{ "bringup where it can't be", SNP_BRINGUP, .own_probe_ret = -ENODEV },
	{ "processor without SNP", .without_snp = true, .knows = true, .usable = true },
	{ "bringup without SNP", SNP_BRINGUP, .without_snp = true },
	{ "kernel with patches from before", .taken = true, .refused = "of a kind" },
	{ "and bringup would fight it", SNP_BRINGUP, .taken = true, .refused = "of a kind" },
	{ "virtual machine", .guest = true, .knows = true, .usable = true },
	{ "bringup in a virtual machine", SNP_BRINGUP, .guest = true },
};

static void choice_desc(const struct choice *choice, char *desc)
{
	strscpy(desc, choice->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(choice, choices, choice_desc);

static void right_one_is_chosen(struct kunit *test)
{
	const struct choice *choice = test->param_value;
	struct device *dev = dev_new(test);

	snp_mode = choice->mode;
	fake.knows = choice->knows;
	fake.taken = choice->taken;
	fake.usable = choice->usable;
	fake_hypervisor = choice->guest;
	fake_sev_leaf = choice->without_snp ? 0 : RMP_CPUID_SEV_SNP;
	fake_own_probe_ret = choice->own_probe_ret;
	KUNIT_EXPECT_PTR_EQ(test, rmp_select(dev), choice->ops);
	if (choice->refused)
		KUNIT_EXPECT_NOT_NULL(test, strstr(rmp_refused(), choice->refused));
	else
		KUNIT_EXPECT_NULL(test, rmp_refused());
	KUNIT_EXPECT_EQ(test, fake.prepared, 0u);
}

static void parameter_has_four_values(struct kunit *test)
{
	int mode = SNP_OFF;
	const struct kernel_param kp = { .name = "snp", .arg = &mode };
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, snp_mode_set("auto", &kp), 0);
	KUNIT_EXPECT_EQ(test, mode, (int)SNP_AUTO);
	KUNIT_EXPECT_EQ(test, snp_mode_set("bringup\n", &kp), 0);
	KUNIT_EXPECT_EQ(test, mode, (int)SNP_BRINGUP);
	KUNIT_EXPECT_EQ(test, snp_mode_set("force", &kp), 0);
	KUNIT_EXPECT_EQ(test, mode, (int)SNP_FORCE);
	KUNIT_EXPECT_EQ(test, snp_mode_set("bringup", &kp), 0);
	KUNIT_EXPECT_EQ(test, snp_mode_set("yes", &kp), -EINVAL);
	KUNIT_EXPECT_EQ(test, snp_mode_set("", &kp), -EINVAL);
	KUNIT_EXPECT_EQ(test, mode, (int)SNP_BRINGUP);
	KUNIT_EXPECT_EQ(test, snp_mode_get(text, &kp), 8);
	KUNIT_EXPECT_STREQ(test, text, "bringup\n");
}

static void save_areas_of_nobody_are_taken_off_all_cpus(struct kunit *test)
{
	struct device *dev = dev_new(test);
	unsigned int cpu;

	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_cpu[cpu].hsave = 0x7000;
	KUNIT_EXPECT_EQ(test, kernel_prepare(dev), 0);
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, fake_cpu[cpu].hsave, 0ull);
	KUNIT_EXPECT_EQ(test, fake.prepared, 1u);
}

static void save_area_in_use_stays_and_stops_snp(struct kunit *test)
{
	struct device *dev = dev_new(test);
	unsigned int cpu = num_online_cpus() - 1;

	fake_cpu[cpu].hsave = 0x7000;
	fake_cpu[cpu].efer = RMP_EFER_SVME;
	KUNIT_EXPECT_EQ(test, kernel_prepare(dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_cpu[cpu].hsave, 0x7000ull);
	KUNIT_EXPECT_EQ(test, fake.prepared, 0u);
}

static void what_the_kernel_offers_is_turned_on(struct kunit *test)
{
	dev_new(test);
	rmp_kernel_ops.ready();
	KUNIT_EXPECT_EQ(test, fake.optimised, 1u);
}

static void failure_of_the_kernel_is_passed_on(struct kunit *test)
{
	struct device *dev = dev_new(test);

	fake.prepare_ret = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, kernel_prepare(dev), -EOPNOTSUPP);
}

struct leaving {
	const char *name;
	bool on;
	bool panic;
	int iommu_ret;
	unsigned int shut_down;
	unsigned int iommus;
};

static const struct leaving leavings[] = {
	{ "SNP stays on", .on = true, .iommus = 1 },
	{ "and the kernel can't take memory back", .on = true, .iommu_ret = -EINVAL, .iommus = 1 },
	{ "firmware has turned it off", .shut_down = 1 },
	{ "panic, SNP stays on", .on = true, .panic = true, .iommus = 1 },
	{ "panic, firmware has turned it off", .panic = true },
};

static void leaving_desc(const struct leaving *leaving, char *desc)
{
	strscpy(desc, leaving->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(leaving, leavings, leaving_desc);

static void leaves_as_the_firmware_has_left_the_processors(struct kunit *test)
{
	const struct leaving *leaving = test->param_value;
	struct device *dev = dev_new(test);

	fake_msrs_reset(leaving->on ? RMP_SYSCFG_SNP_EN : 0);
	fake.iommu_ret = leaving->iommu_ret;
	kernel_shutdown(dev, leaving->panic);
	KUNIT_EXPECT_EQ(test, fake.shut_down, leaving->shut_down);
	KUNIT_EXPECT_EQ(test, fake.iommus, leaving->iommus);
}

static void nothing_is_touched_when_snp_stays_initialised(struct kunit *test)
{
	struct device *dev = dev_new(test);

	fake_msrs_reset(RMP_SYSCFG_SNP_EN);
	kernel_abandon(dev);
	KUNIT_EXPECT_EQ(test, fake.shut_down, 0u);
	KUNIT_EXPECT_EQ(test, fake.iommus, 0u);
}

static void pages_that_have_become_firmware_are_counted(struct kunit *test)
{
	unsigned int done = 77;

	dev_new(test);
	fake.next = 0x100;
	KUNIT_EXPECT_EQ(test, kernel_make_firmware(0x100000, 4, &done), 0);
	KUNIT_EXPECT_EQ(test, done, 4u);

	fake.changed = 0;
	fake.fail_at = 3;
	KUNIT_EXPECT_EQ(test, kernel_make_firmware(0x104000, 4, &done), -EFAULT);
	KUNIT_EXPECT_EQ(test, done, 2u);
	KUNIT_EXPECT_EQ(test, fake.next, 0x106ull);
}

static void first_page_that_stays_ends_it(struct kunit *test)
{
	dev_new(test);
	fake.next = 0x100;
	KUNIT_EXPECT_EQ(test, kernel_make_shared(0x100000, 3), 0);
	fake.changed = 0;
	fake.fail_at = 2;
	KUNIT_EXPECT_EQ(test, kernel_make_shared(0x103000, 3), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake.next, 0x104ull);
}

static void memory_is_zeroed_and_aligned_to_its_size(struct kunit *test)
{
	struct rmp_memory mem = { };

	dev_new(test);
	KUNIT_EXPECT_EQ(test, kernel_alloc(&mem, 0, GFP_KERNEL), -EINVAL);
	kernel_free(&mem);

	KUNIT_ASSERT_EQ(test, kernel_alloc(&mem, 3, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(mem.pa, 4 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, mem.npages, 3u);
	KUNIT_EXPECT_PTR_EQ(test, mem.va, phys_to_virt(mem.pa));
	KUNIT_EXPECT_NULL(test, memchr_inv(mem.va, 0, 3 * PAGE_SIZE));
	kernel_free(&mem);
	KUNIT_EXPECT_NULL(test, mem.va);
	KUNIT_EXPECT_EQ(test, fake.leaked, 0u);
	KUNIT_EXPECT_EQ(test, fake_warnings, 0u);
}

static void memory_that_is_not_the_kernels_is_never_freed(struct kunit *test)
{
	struct rmp_memory mem = { };
	struct page *page;
	int users;

	dev_new(test);
	fake_msrs_reset(RMP_SYSCFG_SNP_EN);
	KUNIT_ASSERT_EQ(test, kernel_alloc(&mem, 4, GFP_KERNEL), 0);
	page = pfn_to_page(PHYS_PFN(mem.pa));
	get_page(page);
	/* One of them is enough. */
	fake.assigned = PHYS_PFN(mem.pa) + 3;
	kernel_free(&mem);
	users = page_count(page);
	put_page(page);
	KUNIT_EXPECT_NULL(test, mem.va);
	KUNIT_EXPECT_EQ(test, fake.leaked, 4u);
	KUNIT_EXPECT_EQ(test, fake_warnings, 1u);
	KUNIT_EXPECT_EQ(test, users, 2);
	/* Only this test knows whose it is. */
	if (users == 2)
		__free_pages(page, 2);
}

static void nobody_asks_the_table_with_snp_off(struct kunit *test)
{
	struct rmp_memory mem = { };
	struct page *page;

	dev_new(test);
	KUNIT_ASSERT_EQ(test, kernel_alloc(&mem, 2, GFP_KERNEL), 0);
	page = pfn_to_page(PHYS_PFN(mem.pa));
	/* What an entry says that nobody looks at does not matter. */
	fake.assigned = PHYS_PFN(mem.pa);
	get_page(page);
	kernel_free(&mem);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
	kernel_leak(0x100000, 3);
	KUNIT_EXPECT_EQ(test, fake.undefined, 0u);
	KUNIT_EXPECT_EQ(test, fake.leaked, 0u);
	KUNIT_EXPECT_EQ(test, fake_warnings, 0u);

	/* And the kernel keeps its records where it can. */
	fake_msrs_reset(RMP_SYSCFG_SNP_EN);
	kernel_leak(0x100000, 3);
	KUNIT_EXPECT_EQ(test, fake.leaked, 3u);
}

static void parked_save_areas_come_back(struct kunit *test)
{
	unsigned int cpu;
	u64 *areas;

	dev_new(test);
	for (cpu = 0; cpu < FAKE_CPUS; cpu++) {
		/* One of them has none. */
		fake_cpu[cpu].hsave = cpu ? cpu << PAGE_SHIFT : 0;
		fake_cpu[cpu].efer = RMP_EFER_SVME;
	}
	areas = rmp_park_save_areas();
	KUNIT_ASSERT_NOT_NULL(test, areas);
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, fake_cpu[cpu].hsave, 0ull);
	rmp_unpark_save_areas(areas);
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, fake_cpu[cpu].hsave, (u64)cpu << PAGE_SHIFT);
}

static void own_support_can_always_restart(struct kunit *test)
{
	dev_new(test);
	fake.restart = false;
	KUNIT_EXPECT_TRUE(test, rmp_can_restart(&rmp_own_ops));
	KUNIT_EXPECT_FALSE(test, rmp_can_restart(&rmp_kernel_ops));
	fake.restart = true;
	KUNIT_EXPECT_TRUE(test, rmp_can_restart(&rmp_kernel_ops));
}

static struct kunit_case rmp_core_cases[] = {
	KUNIT_CASE_PARAM(right_one_is_chosen, choice_gen_params),
	KUNIT_CASE(parameter_has_four_values),
	KUNIT_CASE(save_areas_of_nobody_are_taken_off_all_cpus),
	KUNIT_CASE(save_area_in_use_stays_and_stops_snp),
	KUNIT_CASE(what_the_kernel_offers_is_turned_on),
	KUNIT_CASE(failure_of_the_kernel_is_passed_on),
	KUNIT_CASE_PARAM(leaves_as_the_firmware_has_left_the_processors, leaving_gen_params),
	KUNIT_CASE(nothing_is_touched_when_snp_stays_initialised),
	KUNIT_CASE(pages_that_have_become_firmware_are_counted),
	KUNIT_CASE(first_page_that_stays_ends_it),
	KUNIT_CASE(memory_is_zeroed_and_aligned_to_its_size),
	KUNIT_CASE(memory_that_is_not_the_kernels_is_never_freed),
	KUNIT_CASE(nobody_asks_the_table_with_snp_off),
	KUNIT_CASE(parked_save_areas_come_back),
	KUNIT_CASE(own_support_can_always_restart),
	{ }
};

static struct kunit_suite rmp_core_suite = {
	.name = "rmp_core",
	.test_cases = rmp_core_cases,
};

kunit_test_suite(rmp_core_suite);

MODULE_DESCRIPTION("KUnit suite: who keeps the reverse map table");
MODULE_LICENSE("GPL");
