// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that guest and host can both see: those that could not be made private again, or not
 * be shared as a whole, are never given back.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <kunit/device.h>
#include <kunit/test.h>

/* What becomes of the pages of a case. */
static struct {
	int shared;		/* errno of making them shared, or 0 */
	int private;		/* errno of making them private again, or 0 */
	int changed;		/* how many the last change was for */
	unsigned long addr;	/* where they are */
	unsigned int freed;	/* how many have gone back to the kernel */
} pages;

static int fake_set_memory_decrypted(unsigned long addr, int numpages)
{
	pages.changed = numpages;
	pages.addr = addr;
	return pages.shared;
}

static int fake_set_memory_encrypted(unsigned long addr, int numpages)
{
	pages.changed = numpages;
	return pages.private;
}

static void fake_free_pages(unsigned long addr, unsigned int order)
{
	pages.freed += 1 << order;
}

#define set_memory_decrypted	fake_set_memory_decrypted
#define set_memory_encrypted	fake_set_memory_encrypted
#define free_pages		fake_free_pages

#include "../../drivers/virt/coco/sev-guest/shared.c"

#undef free_pages

#define COUNT	4u

static int pages_init(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "shared");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	test->priv = dev;
	memset(&pages, 0, sizeof(pages));
	return 0;
}

static void pages_exit(struct kunit *test)
{
	if (pages.addr)
		free_pages(pages.addr, get_order(COUNT * PAGE_SIZE));
}

static void pages_come_and_go(struct kunit *test)
{
	u8 *memory = snp_shared_alloc(test->priv, COUNT);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_EXPECT_EQ(test, pages.changed, COUNT);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, COUNT * PAGE_SIZE));
	pages.changed = 0;
	snp_shared_free(test->priv, memory, COUNT);
	KUNIT_EXPECT_EQ(test, pages.changed, COUNT);
	KUNIT_EXPECT_EQ(test, pages.freed, COUNT);
}

static void pages_that_stay_shared_are_given_up(struct kunit *test)
{
	void *memory = snp_shared_alloc(test->priv, COUNT);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	pages.private = -ENOMEM;
	snp_shared_free(test->priv, memory, COUNT);
	KUNIT_EXPECT_EQ(test, pages.freed, 0);
}

static void pages_that_are_shared_in_part_are_given_up(struct kunit *test)
{
	pages.shared = -ENOMEM;
	KUNIT_EXPECT_NULL(test, snp_shared_alloc(test->priv, COUNT));
	KUNIT_EXPECT_EQ(test, pages.freed, 0);
}

static void freeing_null_does_nothing(struct kunit *test)
{
	snp_shared_free(test->priv, NULL, COUNT);
	KUNIT_EXPECT_EQ(test, pages.changed, 0);
	KUNIT_EXPECT_EQ(test, pages.freed, 0);
}

static struct kunit_case shared_cases[] = {
	KUNIT_CASE(pages_come_and_go),
	KUNIT_CASE(pages_that_stay_shared_are_given_up),
	KUNIT_CASE(pages_that_are_shared_in_part_are_given_up),
	KUNIT_CASE(freeing_null_does_nothing),
	{}
};

static struct kunit_suite shared_suite = {
	.name = "shared",
	.init = pages_init,
	.exit = pages_exit,
	.test_cases = shared_cases,
};

kunit_test_suite(shared_suite);

MODULE_DESCRIPTION("KUnit suite: pages that guest and host can both see");
MODULE_LICENSE("GPL");
