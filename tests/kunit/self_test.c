// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test fixture tests itself: what suites rely on works on every kernel.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>

static int real_answer(int question)
{
	KUNIT_STATIC_STUB_REDIRECT(real_answer, question);
	return question;
}

static int stub_answer(int question)
{
	return question + 42;
}

static void static_stub_replaces_function(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, real_answer(1), 1);
	kunit_activate_static_stub(test, real_answer, stub_answer);
	KUNIT_EXPECT_EQ(test, real_answer(1), 43);
	kunit_deactivate_static_stub(test, real_answer);
	KUNIT_EXPECT_EQ(test, real_answer(1), 1);
}

static void stub_does_not_outlive_its_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, real_answer(1), 1);
	/* Left active on purpose; the first case is run again as the last one. */
	kunit_activate_static_stub(test, real_answer, stub_answer);
}

static void device_has_dma(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "self");
	dma_addr_t dma;
	void *buf;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(48)), 0);
	buf = dmam_alloc_coherent(dev, PAGE_SIZE, &dma, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, buf);
}

static void current_test_is_known(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kunit_get_current_test(), test);
}

static const int powers[] = { 1, 2, 4, 1024 };

KUNIT_ARRAY_PARAM(power, powers, NULL);

static void parameters_are_passed(struct kunit *test)
{
	const int *power = test->param_value;

	KUNIT_EXPECT_EQ(test, *power & (*power - 1), 0);
}

static void skipped_case_is_not_a_failure(struct kunit *test)
{
	kunit_skip(test, "on purpose");
	KUNIT_FAIL(test, "a skipped case went on");
}

static struct kunit_case self_cases[] = {
	KUNIT_CASE(static_stub_replaces_function),
	KUNIT_CASE(stub_does_not_outlive_its_test),
	KUNIT_CASE(device_has_dma),
	KUNIT_CASE(current_test_is_known),
	KUNIT_CASE_PARAM(parameters_are_passed, power_gen_params),
	KUNIT_CASE(skipped_case_is_not_a_failure),
	KUNIT_CASE(static_stub_replaces_function),
	{}
};

static struct kunit_suite self_suite = {
	.name = "self",
	.test_cases = self_cases,
};

kunit_test_suite(self_suite);

MODULE_DESCRIPTION("KUnit suite: the test fixture itself");
MODULE_LICENSE("GPL");
