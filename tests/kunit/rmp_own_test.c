// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the firmware is apart from all other memory, and the table is gone over
 * once and completely, on kernels that don't know it.
 */
#include <linux/types.h>

/* Stand in for the instructions on a table, which this machine does not have. */
#define CCP_RMP_INSN_H

#define RMPUPDATE_OVERLAP	4

struct rmp_state {
	u64 gpa;
	u8 assigned;
	u8 pagesize;
	u8 immutable;
	u8 reserved;
	u32 asid;
};

static u64 fake_first;
static u8 fake_page[512];	/* what was made of the pages from fake_first on */
static unsigned int fake_fail_at;
static unsigned int fake_overlaps;

static int rmpupdate(u64 pa, const struct rmp_state *state)
{
	u64 n = (pa - fake_first) >> 12;

	if (fake_overlaps) {
		fake_overlaps--;
		return RMPUPDATE_OVERLAP;
	}
	if (n >= sizeof(fake_page) || n == fake_fail_at)
		return 2;
	fake_page[n] = state->assigned | state->immutable << 1;
	return 0;
}

static int rmpread(u64 pa, u8 *answer)
{
	return 1;
}

#include "rmp/table.c"
#include "rmp/machine.c"
#include "rmp/iommu.c"
#include "rmp/pool.c"
#include "rmp/clear.c"
#include "rmp/validate.c"
#include "rmp/snp-cpus.c"
#include "rmp/entries.c"
#include "rmp/own.c"

#include <linux/set_memory.h>
#include <kunit/device.h>
#include <kunit/test.h>

#include "fail-nth.h"

bool rmp_enabled_here(void)
{
	return false;
}

int rmp_release_save_areas(struct device *dev)
{
	return 0;
}

static struct rmp_pool *make_pool(struct kunit *test)
{
	struct rmp_pool *pool = kunit_kzalloc(test, sizeof(*pool), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	mutex_init(&pool->lock);
	INIT_LIST_HEAD(&pool->chunks);
	return pool;
}

static void pages_are_zeroed_and_aligned_to_their_number(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory one, three, all;

	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &one, 1), 0);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &three, 3), 0);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &all, 512), 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(one.pa, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(three.pa, 4 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(all.pa, SZ_2M));
	KUNIT_EXPECT_NULL(test, memchr_inv(three.va, 0, 3 * PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(all.va, 0, SZ_2M));

	/* Zeroed once more for the next owner. */
	memset(one.va, 0x5a, PAGE_SIZE);
	rmp_pool_free(pool, &one);
	KUNIT_EXPECT_NULL(test, one.va);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &one, 1), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(one.va, 0, PAGE_SIZE));

	rmp_pool_free(pool, &one);
	rmp_pool_free(pool, &three);
	rmp_pool_free(pool, &all);
	KUNIT_EXPECT_TRUE(test, list_empty(&pool->chunks));
}

static void memory_is_reached_apart_from_the_direct_map(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory mem;

	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem, 2), 0);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(mem.va));
	KUNIT_EXPECT_EQ(test, page_to_phys(vmalloc_to_page(mem.va)), mem.pa);
	KUNIT_EXPECT_EQ(test, page_to_phys(vmalloc_to_page(mem.va + PAGE_SIZE)),
			mem.pa + PAGE_SIZE);
	rmp_pool_free(pool, &mem);
}

static void absurd_numbers_of_pages_are_refused(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory mem;

	KUNIT_EXPECT_EQ(test, rmp_pool_alloc(pool, &mem, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, rmp_pool_alloc(pool, &mem, 513), -EINVAL);
	KUNIT_EXPECT_EQ(test, rmp_pool_alloc(pool, &mem, ~0u), -EINVAL);
}

static void pool_knows_what_it_has_given_out(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory mem;

	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem, 4), 0);
	KUNIT_EXPECT_TRUE(test, rmp_pool_owns(pool, mem.pa, 4));
	KUNIT_EXPECT_TRUE(test, rmp_pool_owns(pool, mem.pa + PAGE_SIZE, 1));
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, mem.pa, 5));
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, mem.pa, 513));
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, mem.pa + SZ_2M, 1));
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, mem.pa - PAGE_SIZE, 1));
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, virt_to_phys(pool), 1));
	rmp_pool_free(pool, &mem);
}

static void leaked_pages_are_never_given_out_again(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory mem, other;
	struct rmp_chunk *chunk;
	u64 pa;

	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem, 2), 0);
	pa = mem.pa;
	rmp_pool_leak(pool, pa, 1);
	rmp_pool_leak(pool, pa, 1);
	KUNIT_EXPECT_EQ(test, pool->leaked, 1);
	KUNIT_EXPECT_FALSE(test, rmp_pool_owns(pool, pa, 1));
	rmp_pool_free(pool, &mem);
	KUNIT_EXPECT_FALSE(test, list_empty(&pool->chunks));

	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &other, 1), 0);
	KUNIT_EXPECT_NE(test, other.pa, pa);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem, 512), 0);
	KUNIT_EXPECT_NE(test, mem.pa, ALIGN_DOWN(pa, SZ_2M));
	rmp_pool_free(pool, &mem);
	rmp_pool_free(pool, &other);

	/* Only this test knows that no firmware has it. */
	chunk = list_first_entry(&pool->chunks, struct rmp_chunk, node);
	list_del(&chunk->node);
	KUNIT_EXPECT_TRUE(test, list_empty(&pool->chunks));
	chunk_free(chunk);
}

static void one_empty_chunk_waits_for_the_next_user(struct kunit *test)
{
	struct rmp_pool *pool = make_pool(test);
	struct rmp_memory mem[2];

	rmp_pool_keep(pool, true);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem[0], 512), 0);
	KUNIT_ASSERT_EQ(test, rmp_pool_alloc(pool, &mem[1], 512), 0);
	rmp_pool_free(pool, &mem[0]);
	rmp_pool_free(pool, &mem[1]);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&pool->chunks));
	rmp_pool_keep(pool, false);
	KUNIT_EXPECT_TRUE(test, list_empty(&pool->chunks));
}

static int alloc_and_free(struct kunit *test, void *ctx)
{
	struct rmp_memory mem;
	int ret = rmp_pool_alloc(ctx, &mem, 8);

	if (!ret)
		rmp_pool_free(ctx, &mem);
	return ret;
}

static void pool_survives_a_lack_of_memory(struct kunit *test)
{
	fail_each_allocation(test, alloc_and_free, make_pool(test));
}

static void only_pages_of_the_pool_go_to_the_firmware(struct kunit *test)
{
	struct rmp_memory mem;
	unsigned int done;
	void *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, own_make_firmware(virt_to_phys(page), 1, &done), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, done, 0);

	KUNIT_ASSERT_EQ(test, own_alloc(&mem, 4, GFP_KERNEL), 0);
	fake_first = mem.pa;
	fake_fail_at = ~0u;
	memset(fake_page, 0, sizeof(fake_page));
	KUNIT_EXPECT_EQ(test, own_make_firmware(mem.pa, 4, &done), 0);
	KUNIT_EXPECT_EQ(test, done, 4);
	/* Assigned and immutable, these four and no other. */
	KUNIT_EXPECT_NULL(test, memchr_inv(fake_page, 3, 4));
	KUNIT_EXPECT_EQ(test, fake_page[4], 0);
	KUNIT_EXPECT_EQ(test, own_make_shared(mem.pa, 4), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(fake_page, 0, sizeof(fake_page)));
	own_free(&mem);
}

static void what_was_changed_before_a_failure_is_counted(struct kunit *test)
{
	struct rmp_memory mem;
	unsigned int done;

	KUNIT_ASSERT_EQ(test, own_alloc(&mem, 4, GFP_KERNEL), 0);
	fake_first = mem.pa;
	fake_fail_at = 2;
	memset(fake_page, 0, sizeof(fake_page));
	KUNIT_EXPECT_EQ(test, own_make_firmware(mem.pa, 4, &done), -EFAULT);
	KUNIT_EXPECT_EQ(test, done, 2);
	KUNIT_EXPECT_EQ(test, fake_page[1], 3);
	KUNIT_EXPECT_EQ(test, fake_page[3], 0);
	fake_fail_at = ~0u;
	own_free(&mem);
}

static void busy_entries_are_tried_again_but_not_for_ever(struct kunit *test)
{
	struct rmp_memory mem;
	unsigned int done;

	KUNIT_ASSERT_EQ(test, own_alloc(&mem, 1, GFP_KERNEL), 0);
	fake_first = mem.pa;
	fake_fail_at = ~0u;
	fake_overlaps = 5;
	KUNIT_EXPECT_EQ(test, own_make_firmware(mem.pa, 1, &done), 0);
	KUNIT_EXPECT_EQ(test, done, 1);
	fake_overlaps = ~0u;
	KUNIT_EXPECT_EQ(test, own_make_firmware(mem.pa, 1, &done), -EBUSY);
	KUNIT_EXPECT_EQ(test, done, 0);
	fake_overlaps = 0;
	own_free(&mem);
}

struct iommu_register {
	const char *name;
	bool ring;
	u64 value;
	struct rmp_range range;
};

static const struct iommu_register iommu_registers[] = {
	{ "ring of 8 KiB", true, 0x09000000047ba000, { 0x47ba000, 0x47bc000 } },
	{ "ring of 512 KiB", true, 0x0f00000104000000, { 0x104000000, 0x104080000 } },
	{ "flags below and above", true, 0xf800000012345fff, { 0x12345000, 0x12346000 } },
	{ "ring that was not set up", true, 0, { 0, 0 } },
	{ "ring of a size that there isn't", true, 0x0700000012345000,
	  { 0x12345000, 0x12345000 } },
	{ "page", false, 0x12345001, { 0x12345000, 0x12346000 } },
	{ "page that was not set up", false, 0, { 0, 0 } },
};

static void iommu_register_desc(const struct iommu_register *reg, char *desc)
{
	strscpy(desc, reg->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(iommu_register, iommu_registers, iommu_register_desc);

static void memory_of_iommus_is_found(struct kunit *test)
{
	const struct iommu_register *reg = test->param_value;
	const struct iommu_buffer buffer = { .ring = reg->ring };
	struct rmp_range range;

	buffer_range(&buffer, reg->value, &range);
	KUNIT_EXPECT_EQ(test, range.start, reg->range.start);
	KUNIT_EXPECT_EQ(test, range.end, reg->range.end);
}

static void large_mapping_is_seen(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL, CHUNK_ORDER);
	unsigned long va = (unsigned long)page_address(pages);
	struct rmp_range range;
	unsigned int level = 0;
	bool large, split;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	range.start = page_to_phys(pages) + SZ_1M;
	range.end = range.start + 2 * PAGE_SIZE;
	lookup_address(va, &level);
	large = !mapped_alone(&range);
	/* This splits the mapping, for good. */
	set_memory_uc(va, 1);
	set_memory_wb(va, 1);
	split = mapped_alone(&range);
	__free_pages(pages, CHUNK_ORDER);

	KUNIT_EXPECT_TRUE(test, split);
	if (level == PG_LEVEL_4K)
		kunit_skip(test, "the kernel has no large mapping here");
	KUNIT_EXPECT_TRUE(test, large);
}

static void add_one(void *va, size_t size)
{
	u8 *byte;

	for (byte = va; byte < (u8 *)va + size; byte++)
		(*byte)++;
}

static void clearing_reaches_every_byte_once(struct kunit *test)
{
	struct rmp_table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, CHUNK_ORDER);
	u8 *va;

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	va = page_address(pages);

	/* In one piece, then bookkeeping and two segments with a hole between. */
	table->base = page_to_phys(pages);
	table->size = SZ_1M;
	cpus_read_lock();
	KUNIT_EXPECT_EQ(test, rmp_clear_table(table, add_one), 0);
	cpus_read_unlock();
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 1, SZ_1M));
	KUNIT_EXPECT_NULL(test, memchr_inv(va + SZ_1M, 0, SZ_1M));

	memset(va, 0, SZ_2M);
	table->segmented = true;
	table->size = RMP_BOOKKEEPING + RMP_SEGMENT_TABLE_SIZE;
	table->count = 3;
	table->segment[0].pa = table->base + SZ_512K;
	table->segment[0].covered = SZ_256K / RMP_ENTRY_SIZE * SZ_4K;
	table->segment[2].pa = table->base + SZ_1M;
	table->segment[2].covered = SZ_512K / RMP_ENTRY_SIZE * SZ_4K;
	cpus_read_lock();
	KUNIT_EXPECT_EQ(test, rmp_clear_table(table, add_one), 0);
	cpus_read_unlock();
	KUNIT_EXPECT_NULL(test, memchr_inv(va, 1, RMP_BOOKKEEPING));
	/* The list of the segments is the BIOS's and must stay. */
	KUNIT_EXPECT_NULL(test, memchr_inv(va + RMP_BOOKKEEPING, 0, SZ_512K - RMP_BOOKKEEPING));
	KUNIT_EXPECT_NULL(test, memchr_inv(va + SZ_512K, 1, SZ_256K));
	KUNIT_EXPECT_NULL(test, memchr_inv(va + SZ_512K + SZ_256K, 0, SZ_256K));
	KUNIT_EXPECT_NULL(test, memchr_inv(va + SZ_1M, 1, SZ_512K));
	KUNIT_EXPECT_NULL(test, memchr_inv(va + SZ_1M + SZ_512K, 0, SZ_512K));
	__free_pages(pages, CHUNK_ORDER);
}

static struct kunit_case rmp_own_cases[] = {
	KUNIT_CASE(pages_are_zeroed_and_aligned_to_their_number),
	KUNIT_CASE(memory_is_reached_apart_from_the_direct_map),
	KUNIT_CASE(absurd_numbers_of_pages_are_refused),
	KUNIT_CASE(pool_knows_what_it_has_given_out),
	KUNIT_CASE(leaked_pages_are_never_given_out_again),
	KUNIT_CASE(one_empty_chunk_waits_for_the_next_user),
	KUNIT_CASE(pool_survives_a_lack_of_memory),
	KUNIT_CASE(only_pages_of_the_pool_go_to_the_firmware),
	KUNIT_CASE(what_was_changed_before_a_failure_is_counted),
	KUNIT_CASE(busy_entries_are_tried_again_but_not_for_ever),
	KUNIT_CASE_PARAM(memory_of_iommus_is_found, iommu_register_gen_params),
	KUNIT_CASE(large_mapping_is_seen),
	KUNIT_CASE(clearing_reaches_every_byte_once),
	{ }
};

static struct kunit_suite rmp_own_suite = {
	.name = "rmp_own",
	.test_cases = rmp_own_cases,
};

kunit_test_suite(rmp_own_suite);

MODULE_DESCRIPTION("KUnit suite: reverse map table on kernels that don't know it");
MODULE_LICENSE("GPL");
