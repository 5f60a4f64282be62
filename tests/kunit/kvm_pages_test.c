// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that KVM has for the firmware, and those that it wants back from it.
 */
#include "kvm-fixture.h"

static void page_is_ordinary_while_snp_is_down(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u8 *page = snp_alloc_firmware_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, memchr_inv(page, 0, PAGE_SIZE));
	memset(page, 1, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.pages_out, 0ul);
	snp_free_firmware_page(page);
	snp_free_firmware_page(NULL);
	KUNIT_EXPECT_EQ(test, snp->count + snp->pages + snp->allocs, 0u);
}

static void page_belongs_to_the_firmware_while_snp_is_up(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	unsigned int kept = fake_rmp_count(snp);
	void *page[3];
	int i;

	for (i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = snp_alloc_firmware_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page[i]);
		KUNIT_EXPECT_EQ(test, fake_rmp_get(snp, __pa(page[i])), FAKE_RMP_FIRMWARE);
	}
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.pages_out, 3ul);
	KUNIT_EXPECT_EQ(test, snp->gfp & __GFP_ACCOUNT, 0u);
	/* It is charged to whom KVM wants. */
	snp_free_firmware_page(page[0]);
	page[0] = snp_alloc_firmware_page(GFP_KERNEL_ACCOUNT);
	KUNIT_ASSERT_NOT_NULL(test, page[0]);
	KUNIT_EXPECT_EQ(test, snp->gfp & __GFP_ACCOUNT, __GFP_ACCOUNT);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		snp_free_firmware_page(page[i]);
	KUNIT_EXPECT_EQ(test, snp->pages, 4u);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), kept);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.pages_out, 0ul);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
}

static void page_is_ordinary_again_with_snp_off_on_the_processors(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	void *page = snp_alloc_firmware_page(GFP_KERNEL);
	u64 pa;

	KUNIT_ASSERT_NOT_NULL(test, page);
	pa = __pa(page);
	snp->fixture->sev.snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	sev_fixture_can_restart = true;
	sev_platform_shutdown();
	sev_fixture_can_restart = false;
	KUNIT_EXPECT_FALSE(test, sev_fixture_snp_on);
	snp->pages = 0;
	snp_free_firmware_page(page);
	KUNIT_EXPECT_EQ(test, snp->pages, 0u);
	KUNIT_EXPECT_EQ(test, snp->leaked, 0u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	KUNIT_EXPECT_NULL(test, xa_load(&snp->allocated, PHYS_PFN(pa)));
}

static void page_that_can_not_be_had_is_null(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	unsigned int kept = fake_rmp_count(snp);

	snp->alloc_fails_at = 1;
	KUNIT_EXPECT_NULL(test, snp_alloc_firmware_page(GFP_KERNEL));
	snp->give_fails_at = 1;
	KUNIT_EXPECT_NULL(test, snp_alloc_firmware_page(GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), kept);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.pages_out, 0ul);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
}

static void page_that_the_firmware_keeps_is_lost_and_counted(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	void *page = snp_alloc_firmware_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->keep = __pa(page);
	snp_free_firmware_page(page);
	KUNIT_EXPECT_EQ(test, snp->leaked, 1u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.pages_out, 0ul);
	/* It was not freed. */
	KUNIT_EXPECT_NOT_NULL(test, xa_load(&snp->allocated, PHYS_PFN(snp->keep)));
}

static void page_outlives_a_dead_processor(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	void *page = snp_alloc_firmware_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->fixture->sev.mbox.dead = true;
	snp_free_firmware_page(page);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->leaked, 1u);
}

/* As KVM does after it has had a guest's state decrypted, with the kernel's own functions. */
static void guests_page_that_kvm_takes_back_itself_is_kvms(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	void *page = snp_firmware_page_alloc(sev, GFP_KERNEL);
	struct snp_cmd_page reclaim = { .page_paddr = page ? __pa(page) : 0 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SNP_OP_PAGE_RECLAIM, &reclaim, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_rmp_make_shared(__pa(page), 1), 0);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 0ul);
	KUNIT_EXPECT_NULL(test, xa_load(&snp_firmware_pages, PHYS_PFN(__pa(page))));
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	/* free_page() of KVM: the fake frees it when the test ends. */
}

static void guests_page_that_could_not_be_taken_is_still_out(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	void *page = snp_firmware_page_alloc(sev, GFP_KERNEL);
	struct snp_cmd_page reclaim = { .page_paddr = page ? __pa(page) : 0 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->keep = __pa(page);
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SNP_OP_PAGE_RECLAIM, &reclaim, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 1ul);
	snp->keep = 0;
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 0ul);
}

static void reclaim_takes_pages_back(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct rmp_memory mem;
	unsigned int done;

	KUNIT_ASSERT_EQ(test, fake_rmp_ops.alloc(&mem, 4, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, fake_rmp_ops.make_firmware(mem.pa, 4, &done), 0);
	/* With the C-bit and from the middle of a page, as KVM has it. */
	KUNIT_EXPECT_EQ(test, snp_reclaim_pages((mem.pa | sme_me_mask) + 0x123, 2, false), 0);
	KUNIT_EXPECT_EQ(test, snp->pages, 2u);
	KUNIT_EXPECT_EQ(test, fake_rmp_get(snp, mem.pa + PAGE_SIZE), FAKE_RMP_HYPERVISOR);
	KUNIT_EXPECT_EQ(test, fake_rmp_get(snp, mem.pa + 2 * PAGE_SIZE), FAKE_RMP_FIRMWARE);

	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_reclaim_pages(mem.pa + 2 * PAGE_SIZE, 2, true), 0);
	KUNIT_EXPECT_TRUE(test, mutex_is_locked(&snp->fixture->sev.lock));
	mutex_unlock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	fake_rmp_ops.free(&mem);
}

static void reclaim_stops_at_the_first_page_that_is_kept(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct rmp_memory mem;
	unsigned int done;

	KUNIT_ASSERT_EQ(test, fake_rmp_ops.alloc(&mem, 4, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, fake_rmp_ops.make_firmware(mem.pa, 4, &done), 0);
	snp->keep = mem.pa + PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, snp_reclaim_pages(mem.pa, 4, false), -EFAULT);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 3ul);
	KUNIT_EXPECT_EQ(test, snp->leaked, 3u);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&snp->fixture->sev.lock));
}

static void reclaim_has_nothing_to_do_while_snp_is_down(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	KUNIT_EXPECT_EQ(test, snp_reclaim_pages(0x1000, 4, false), 0);
	KUNIT_EXPECT_EQ(test, snp->pages + snp->count, 0u);
}

static struct kunit_case kvm_pages_cases[] = {
	KUNIT_CASE(page_is_ordinary_while_snp_is_down),
	KUNIT_CASE(page_belongs_to_the_firmware_while_snp_is_up),
	KUNIT_CASE(page_is_ordinary_again_with_snp_off_on_the_processors),
	KUNIT_CASE(page_that_can_not_be_had_is_null),
	KUNIT_CASE(page_that_the_firmware_keeps_is_lost_and_counted),
	KUNIT_CASE(page_outlives_a_dead_processor),
	KUNIT_CASE(guests_page_that_kvm_takes_back_itself_is_kvms),
	KUNIT_CASE(guests_page_that_could_not_be_taken_is_still_out),
	KUNIT_CASE(reclaim_takes_pages_back),
	KUNIT_CASE(reclaim_stops_at_the_first_page_that_is_kept),
	KUNIT_CASE(reclaim_has_nothing_to_do_while_snp_is_down),
	{}
};

static struct kunit_suite kvm_pages_suite = {
	.name = "kvm_pages",
	.test_cases = kvm_pages_cases,
};

kunit_test_suite(kvm_pages_suite);

MODULE_DESCRIPTION("KUnit suite: pages for kvm_amd");
MODULE_LICENSE("GPL");
