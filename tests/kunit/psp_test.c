// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the base walks the parts of a PSP: in which order, who is left out, who is told of
 * interrupts and sleep, and who is the master.
 */
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "psp.c"

/* No part of these tests sends anything. */
void psp_mailbox_init(struct psp_mailbox *mbox, struct device *dev,
		      const struct psp_mailbox_layout *layout,
		      const struct psp_mailbox_ops *ops, void *ctx)
{
}

int psp_mailbox_send(struct psp_mailbox *mbox, const struct psp_mailbox_request *req,
		     u32 *status)
{
	return -ENODEV;
}

#define REG_CAPABILITY	0x00
#define REG_INT_ENABLE	0x04
#define REG_INT_STATUS	0x08

#define IRQ_A		BIT(1)
#define IRQ_C		BIT(7)

static const struct psp_hw hw = {
	.name = "test",
	.capability = REG_CAPABILITY,
	.int_enable = REG_INT_ENABLE,
	.int_status = REG_INT_STATUS,
};

static const struct ccp_hw engine = { .name = "test" };

/* What happened: a letter for what was called, and one for the part. */
static char story[64];

/* What the part b does. */
static struct {
	int create, suspend, resume;
	bool nothing, not_offered;
} quirks;

static void tell(char what, char who)
{
	size_t len = strlen(story);

	if (len + 3 < sizeof(story))
		snprintf(story + len, sizeof(story) - len, "%c%c ", what, who);
}

static int keep(struct psp_device *psp, enum psp_role role)
{
	psp->part[role] = kzalloc(1, GFP_KERNEL);
	return psp->part[role] ? 0 : -ENOMEM;
}

#define PART(letter, ...)						\
	static const struct psp_part_ops letter##_part;				\
	static bool letter##_offered(const struct psp_device *psp)		\
	{									\
		return *#letter != 'b' || !quirks.not_offered;			\
	}									\
	static int letter##_create(struct psp_device *psp)			\
	{									\
		tell('c', *#letter);						\
		if (*#letter == 'b' && (quirks.create || quirks.nothing))	\
			return quirks.create;					\
		return keep(psp, letter##_part.role);				\
	}									\
	static void letter##_publish(struct psp_device *psp)			\
	{									\
		tell('p', *#letter);						\
	}									\
	static int letter##_start(struct psp_device *psp)			\
	{									\
		tell('m', *#letter);						\
		return 0;							\
	}									\
	static int letter##_suspend(struct psp_device *psp)			\
	{									\
		tell('s', *#letter);						\
		return *#letter == 'b' ? quirks.suspend : 0;			\
	}									\
	static int letter##_resume(struct psp_device *psp, bool memory_lost)	\
	{									\
		tell(memory_lost ? 'R' : 'r', *#letter);			\
		return *#letter == 'b' ? quirks.resume : 0;			\
	}									\
	static void letter##_interrupt(struct psp_device *psp)			\
	{									\
		tell('i', *#letter);						\
	}									\
	static void letter##_destroy(struct psp_device *psp)			\
	{									\
		tell('d', *#letter);						\
	}									\
	static const struct psp_part_ops letter##_part = {			\
		.name = #letter,						\
		.offered = letter##_offered,					\
		.create = letter##_create,					\
		.publish = letter##_publish,					\
		.start = letter##_start,					\
		.suspend = letter##_suspend,					\
		.resume = letter##_resume,					\
		.interrupt = letter##_interrupt,				\
		.destroy = letter##_destroy,					\
		__VA_ARGS__							\
	}

PART(a, .role = PSP_ROLE_SEV, .irq = IRQ_A);
PART(b, .role = PSP_ROLE_TEE);
PART(c, .role = PSP_ROLE_SFS, .irq = IRQ_C);
PART(e, .role = PSP_ROLE_HWRNG, .engine = true);

static const struct psp_part_ops *const letters[] = { &a_part, &b_part, &c_part, &e_part };
static const struct psp_parts parts = { .ops = letters, .count = ARRAY_SIZE(letters) };

/**
 * struct function - a PCI function with a PSP
 * @sysdata: its bus, for the address
 * @bus: its bus
 * @pdev: the function
 * @regs: its registers
 * @psp: what is under test
 */
struct function {
	struct pci_sysdata sysdata;
	struct pci_bus bus;
	struct pci_dev pdev;
	u32 regs[4];
	struct psp_device *psp;
};

static struct function *function_new(struct kunit *test, unsigned int devfn)
{
	struct function *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->bus.sysdata = &f->sysdata;
	f->pdev.bus = &f->bus;
	f->pdev.devfn = devfn;
	/* Never let go of: it goes with the test. */
	device_initialize(&f->pdev.dev);
	f->pdev.dev.init_name = "function";
	f->psp = psp_create(&f->pdev, (void __iomem *)f->regs, &hw, &engine, &parts);
	KUNIT_ASSERT_NOT_NULL(test, f->psp);
	dev_set_drvdata(&f->pdev.dev, f->psp);
	return f;
}

static void function_up(struct function *f)
{
	psp_start(f->psp);
	psp_registry_add(f->psp);
}

static void function_down(struct function *f)
{
	psp_registry_remove(f->psp);
	psp_stop(f->psp);
	psp_put(f->psp);
}

static void expect_story(struct kunit *test, const char *words)
{
	KUNIT_EXPECT_STREQ(test, (const char *)story, words);
	story[0] = 0;
}

static void parts_stop_the_other_way_round(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	function_up(f);
	expect_story(test, "ca cb cc ce pa pb pc pe ");
	function_down(f);
	expect_story(test, "de dc db da ");
}

static void part_that_fails_is_left_out(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	quirks.create = -EIO;
	function_up(f);
	expect_story(test, "ca cb cc ce pa pc pe ");
	KUNIT_EXPECT_NULL(test, psp_get_master(PSP_ROLE_TEE));
	KUNIT_EXPECT_EQ(test, psp_suspend(f->psp), 0);
	expect_story(test, "se sc sa ");
	function_down(f);
	expect_story(test, "de dc da ");
}

static void part_that_has_nothing_to_keep_is_not_asked_again(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	quirks.nothing = true;
	function_up(f);
	function_down(f);
	expect_story(test, "ca cb cc ce pa pc pe de dc da ");
}

static void what_is_not_offered_is_not_made(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	quirks.not_offered = true;
	function_up(f);
	function_down(f);
	expect_story(test, "ca cc ce pa pc pe de dc da ");
}

static void registers_that_the_bios_blocks_leave_the_engine(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	f->regs[REG_CAPABILITY / 4] = PSP_CAP_BLOCKED;
	function_up(f);
	function_down(f);
	expect_story(test, "ce pe de ");
}

static void interrupts_go_to_the_part_that_they_are_for(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	function_up(f);
	story[0] = 0;
	f->regs[REG_INT_STATUS / 4] = IRQ_C;
	KUNIT_EXPECT_EQ(test, psp_irq(0, f->psp), IRQ_HANDLED);
	expect_story(test, "ic ");
	f->regs[REG_INT_STATUS / 4] = IRQ_A | IRQ_C | BIT(9);
	KUNIT_EXPECT_EQ(test, psp_irq(0, f->psp), IRQ_HANDLED);
	expect_story(test, "ia ic ");
	function_down(f);
}

static void part_that_refuses_to_sleep_wakes_the_others(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	function_up(f);
	story[0] = 0;
	quirks.suspend = -EBUSY;
	KUNIT_EXPECT_EQ(test, psp_suspend(f->psp), -EBUSY);
	expect_story(test, "se sc sb rc re ");
	function_down(f);
}

static void part_that_does_not_wake_does_not_stop_the_others(struct kunit *test)
{
	struct function *f = function_new(test, 8);

	function_up(f);
	story[0] = 0;
	quirks.resume = -EIO;
	KUNIT_EXPECT_EQ(test, psp_resume(f->psp, true), -EIO);
	expect_story(test, "Ra Rb Rc Re ");
	quirks.resume = 0;
	KUNIT_EXPECT_EQ(test, psp_resume(f->psp, false), 0);
	expect_story(test, "ra rb rc re ");
	function_down(f);
}

static void only_the_master_is_started(struct kunit *test)
{
	struct function *second = function_new(test, 16), *first = function_new(test, 8);

	function_up(second);
	function_up(first);
	story[0] = 0;
	psp_registry_go_live();
	expect_story(test, "ma mb mc me ");
	KUNIT_EXPECT_PTR_EQ(test, psp_get_master(PSP_ROLE_SEV), first->psp);
	psp_put(first->psp);
	function_down(first);
	/* The role does not wander to one that takes no commands. */
	KUNIT_EXPECT_NULL(test, psp_get_master(PSP_ROLE_SEV));
	function_down(second);
}

static int psp_test_init(struct kunit *test)
{
	enum psp_role role;

	memset(&quirks, 0, sizeof(quirks));
	story[0] = 0;
	registry_live = false;
	for (role = 0; role < PSP_ROLE_COUNT; role++)
		registry_lowest[role] = U64_MAX;
	return 0;
}

static struct kunit_case psp_cases[] = {
	KUNIT_CASE(parts_stop_the_other_way_round),
	KUNIT_CASE(part_that_fails_is_left_out),
	KUNIT_CASE(part_that_has_nothing_to_keep_is_not_asked_again),
	KUNIT_CASE(what_is_not_offered_is_not_made),
	KUNIT_CASE(registers_that_the_bios_blocks_leave_the_engine),
	KUNIT_CASE(interrupts_go_to_the_part_that_they_are_for),
	KUNIT_CASE(part_that_refuses_to_sleep_wakes_the_others),
	KUNIT_CASE(part_that_does_not_wake_does_not_stop_the_others),
	KUNIT_CASE(only_the_master_is_started),
	{}
};

static struct kunit_suite psp_suite = {
	.name = "psp",
	.init = psp_test_init,
	.test_cases = psp_cases,
};

kunit_test_suite(psp_suite);

MODULE_DESCRIPTION("KUnit suite: the base and the parts of a PSP");
MODULE_LICENSE("GPL");
