// SPDX-License-Identifier: GPL-2.0-only
/*
 * sev-guest.ko as it comes and goes: the order in which what users see appears and
 * vanishes, and what is taken back when a step fails.
 *
 * Kernels: 6.1 6.12 7.2 7.3 dev
 */
#include <linux/cc_platform.h>
#include <linux/device.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <kunit/test.h>

/* The driver's own coming and going is not that of the suite. */
#pragma push_macro("module_init")
#pragma push_macro("module_exit")
#undef module_init
#undef module_exit
#define module_init(fn)	static int (*const used_##fn)(void) __maybe_unused = (fn)
#define module_exit(fn)	static void (*const used_##fn)(void) __maybe_unused = (fn)

static bool fake_platform_has(enum cc_attr attr);
static int fake_misc_register(struct miscdevice *misc);
static void fake_misc_deregister(struct miscdevice *misc);
static int fake_add_action(struct device *dev, void (*action)(void *), void *data);

#define cc_platform_has(attr)	fake_platform_has(attr)
#define misc_register		fake_misc_register
#define misc_deregister		fake_misc_deregister
#undef devm_add_action_or_reset
#define devm_add_action_or_reset(dev, action, data) fake_add_action(dev, action, data)
#define snp_guest_fops		fake_fops
#define snp_guest_groups	fake_groups

#include "../../drivers/virt/coco/sev-guest/guest.c"
#include "../../drivers/virt/coco/sev-guest/main.c"

#pragma pop_macro("module_init")
#pragma pop_macro("module_exit")

/* What happens, in the order in which it does. */
enum step {
	TRANSPORT_OPENED,
	FILES_THERE,
	NODE_THERE,
	STOP_PLANNED,
	NODE_GONE,
	FILES_GONE,
	TRANSPORT_CLOSED,
	TRANSPORT_SETTLED,
	TRANSPORT_GIVEN_BACK,
	DEVICE_FREED,
	EXPLAINED,
	NUM_STEPS,
};

/**
 * struct main_fixture - what every case has
 * @test: the running test
 * @pdev: the platform device
 * @guest: what was made of it
 * @steps: what has happened
 * @count: how many of those there are
 * @fails: the step that does not succeed, or NUM_STEPS
 * @snp: the machine is an SNP guest
 * @stop: what the device core does before the device goes
 * @gone_when_given_back: requests were refused when the transport went
 */
struct main_fixture {
	struct kunit *test;
	struct platform_device *pdev;
	struct snp_guest *guest;
	enum step steps[16];
	unsigned int count;
	enum step fails;
	bool snp;
	void (*stop)(void *data);
	bool gone_when_given_back;
};

static struct main_fixture *fixture_now;

static int step(enum step step)
{
	if (fixture_now->fails == step)
		return -EBUSY;
	if (fixture_now->count < ARRAY_SIZE(fixture_now->steps))
		fixture_now->steps[fixture_now->count++] = step;
	return 0;
}

const struct file_operations fake_fops;
const struct attribute_group *fake_groups[] = { NULL };

static bool fake_platform_has(enum cc_attr attr)
{
	return fixture_now->snp;
}

static int fake_misc_register(struct miscdevice *misc)
{
	KUNIT_EXPECT_STREQ(fixture_now->test, misc->name, "sev-guest");
	KUNIT_EXPECT_PTR_EQ(fixture_now->test, misc->fops, &fake_fops);
	return step(NODE_THERE);
}

static void fake_misc_deregister(struct miscdevice *misc)
{
	step(NODE_GONE);
}

static int fake_add_action(struct device *dev, void (*action)(void *), void *data)
{
	int ret = step(STOP_PLANNED);

	fixture_now->stop = action;
	if (ret)
		action(data);
	return ret;
}

static void transport_close(void *ctx)
{
	step(TRANSPORT_CLOSED);
}

static void transport_settle(void *ctx)
{
	step(TRANSPORT_SETTLED);
}

static void transport_destroy(void *ctx)
{
	fixture_now->gone_when_given_back = fixture_now->guest->gone;
	step(TRANSPORT_GIVEN_BACK);
}

static const struct snp_transport_ops transport_ops = {
	.close = transport_close,
	.settle = transport_settle,
	.destroy = transport_destroy,
};

int snp_transport_open(struct snp_guest *guest, int vmpck)
{
	fixture_now->guest = guest;
	guest->transport.ops = &transport_ops;
	return step(TRANSPORT_OPENED);
}

void snp_guest_tsm_register(struct snp_guest *guest)
{
	step(FILES_THERE);
}

void snp_guest_tsm_unregister(struct snp_guest *guest)
{
	step(FILES_GONE);
}

void snp_shared_free(struct device *dev, void *memory, unsigned int pages)
{
	step(DEVICE_FREED);
}

void snp_guest_explain_absence(void)
{
	step(EXPLAINED);
}

static int main_fixture_init(struct kunit *test)
{
	struct main_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->test = test;
	fixture->fails = NUM_STEPS;
	fixture->snp = true;
	fixture->pdev = platform_device_alloc("sev-guest-of-a-test", PLATFORM_DEVID_NONE);
	KUNIT_ASSERT_NOT_NULL(test, fixture->pdev);
	fixture_now = fixture;
	test->priv = fixture;
	return 0;
}

static void main_fixture_exit(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	if (fixture && fixture->pdev)
		platform_device_put(fixture->pdev);
	fixture_now = NULL;
}

static void check_steps(struct main_fixture *fixture, const enum step *expected, unsigned int count)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(fixture->test, fixture->count, count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ_MSG(fixture->test, fixture->steps[i], expected[i], "step %u", i);
	fixture->count = 0;
}

#define expect_steps(fixture, ...) do {						\
	static const enum step expected[] = { __VA_ARGS__ };			\
										\
	check_steps(fixture, expected, ARRAY_SIZE(expected));			\
} while (0)

static void node_appears_last_and_vanishes_first(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, sev_guest_probe(fixture->pdev), 0);
	expect_steps(fixture, TRANSPORT_OPENED, FILES_THERE, NODE_THERE, STOP_PLANNED);
	KUNIT_EXPECT_PTR_EQ(test, platform_get_drvdata(fixture->pdev), (void *)fixture->guest);

	fixture->stop(fixture->guest);
	/* Reading a file can take as long as the transport lets it. */
	expect_steps(fixture, NODE_GONE, TRANSPORT_CLOSED, FILES_GONE, TRANSPORT_GIVEN_BACK,
		     DEVICE_FREED);
	KUNIT_EXPECT_TRUE(test, fixture->gone_when_given_back);
}

static void kernel_that_ends_leaves_nothing_open_and_all_in_place(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, sev_guest_probe(fixture->pdev), 0);
	fixture->count = 0;
	KUNIT_ASSERT_NOT_NULL(test, sev_guest_driver.shutdown);
	sev_guest_driver.shutdown(fixture->pdev);
	expect_steps(fixture, TRANSPORT_SETTLED);
	KUNIT_EXPECT_FALSE(test, fixture->guest->gone);
	fixture->stop(fixture->guest);
}

static void open_file_keeps_the_device_but_not_the_transport(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, sev_guest_probe(fixture->pdev), 0);
	kref_get(&fixture->guest->ref);
	fixture->count = 0;
	fixture->stop(fixture->guest);
	expect_steps(fixture, NODE_GONE, TRANSPORT_CLOSED, FILES_GONE, TRANSPORT_GIVEN_BACK);
	KUNIT_EXPECT_TRUE(test, fixture->guest->gone);
	snp_guest_put(fixture->guest);
	expect_steps(fixture, DEVICE_FREED);
}

static void without_a_transport_nothing_appears(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	fixture->fails = TRANSPORT_OPENED;
	KUNIT_EXPECT_EQ(test, sev_guest_probe(fixture->pdev), -EBUSY);
	expect_steps(fixture, DEVICE_FREED);
}

static void without_a_node_all_is_taken_back(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	fixture->fails = NODE_THERE;
	KUNIT_EXPECT_EQ(test, sev_guest_probe(fixture->pdev), -EBUSY);
	expect_steps(fixture, TRANSPORT_OPENED, FILES_THERE, TRANSPORT_CLOSED, FILES_GONE,
		     TRANSPORT_GIVEN_BACK, DEVICE_FREED);
}

static void device_that_nobody_would_stop_is_stopped_at_once(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	fixture->fails = STOP_PLANNED;
	KUNIT_EXPECT_EQ(test, sev_guest_probe(fixture->pdev), -EBUSY);
	expect_steps(fixture, TRANSPORT_OPENED, FILES_THERE, NODE_THERE, NODE_GONE,
		     TRANSPORT_CLOSED, FILES_GONE, TRANSPORT_GIVEN_BACK, DEVICE_FREED);
}

static void machine_that_is_no_guest_is_left_alone(struct kunit *test)
{
	struct main_fixture *fixture = test->priv;

	fixture->snp = false;
	KUNIT_EXPECT_EQ(test, sev_guest_probe(fixture->pdev), -ENODEV);
	KUNIT_EXPECT_EQ(test, fixture->count, 0u);
	KUNIT_EXPECT_EQ(test, sev_guest_init(), -ENODEV);
	expect_steps(fixture, EXPLAINED);
}

static struct kunit_case main_cases[] = {
	KUNIT_CASE(node_appears_last_and_vanishes_first),
	KUNIT_CASE(kernel_that_ends_leaves_nothing_open_and_all_in_place),
	KUNIT_CASE(open_file_keeps_the_device_but_not_the_transport),
	KUNIT_CASE(without_a_transport_nothing_appears),
	KUNIT_CASE(without_a_node_all_is_taken_back),
	KUNIT_CASE(device_that_nobody_would_stop_is_stopped_at_once),
	KUNIT_CASE(machine_that_is_no_guest_is_left_alone),
	{}
};

static struct kunit_suite main_suite = {
	.name = "guest_main",
	.init = main_fixture_init,
	.exit = main_fixture_exit,
	.test_cases = main_cases,
};

kunit_test_suite(main_suite);
