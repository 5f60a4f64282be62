// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of memory that no SNP guest can be given: complete, in order, in one page.
 */
#include "hv-fixed.c"
#include "sev/snp-ranges.c"

#include <kunit/device.h>
#include <kunit/test.h>

#define GIB		BIT_ULL(30)
/* Below the top of what the processor can address, which may be reserved: nothing. */
#define NOWHERE		(iomem_resource.end + 1 - 64 * GIB)

static struct snp_spans *make_spans(struct kunit *test)
{
	struct snp_spans *spans = kunit_kzalloc(test, sizeof(*spans), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, spans);
	return spans;
}

static struct snp_range_list *make_list(struct kunit *test)
{
	struct snp_range_list *list = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	return list;
}

static void list_is_one_page(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (size_t)RANGES_MAX, (size_t)255);
	KUNIT_EXPECT_LE(test, sizeof(struct snp_range_list) + RANGES_MAX * sizeof(struct snp_range),
			PAGE_SIZE);
}

struct merge {
	const char *name;
	struct snp_span in[4];
	struct snp_span out[4];
};

static const struct merge merges[] = {
	{ "one", { { 0x1000, 0x3000 } }, { { 0x1000, 0x3000 } } },
	{ "rounded to pages", { { 0x1fff, 0x2001 } }, { { 0x1000, 0x3000 } } },
	{ "first and last byte", { { 0, 1 }, { 0x5fff, 0x6000 } },
	  { { 0, 0x1000 }, { 0x5000, 0x6000 } } },
	{ "sorted", { { 0x5000, 0x6000 }, { 0x1000, 0x2000 }, { 0x3000, 0x4000 } },
	  { { 0x1000, 0x2000 }, { 0x3000, 0x4000 }, { 0x5000, 0x6000 } } },
	{ "neighbours become one", { { 0x1000, 0x2000 }, { 0x2000, 0x3000 } },
	  { { 0x1000, 0x3000 } } },
	{ "overlap becomes one", { { 0x1000, 0x4000 }, { 0x3000, 0x6000 } },
	  { { 0x1000, 0x6000 } } },
	{ "one inside another", { { 0x1000, 0x9000 }, { 0x3000, 0x4000 } },
	  { { 0x1000, 0x9000 } } },
	{ "one around others", { { 0x3000, 0x4000 }, { 0x6000, 0x7000 }, { 0x1000, 0x9000 } },
	  { { 0x1000, 0x9000 } } },
	{ "gap closed", { { 0x1000, 0x2000 }, { 0x3000, 0x4000 }, { 0x2000, 0x3000 } },
	  { { 0x1000, 0x4000 } } },
	{ "pages that touch after rounding", { { 0x1000, 0x1800 }, { 0x1c00, 0x2400 } },
	  { { 0x1000, 0x3000 } } },
};

static void merge_desc(const struct merge *merge, char *desc)
{
	strscpy(desc, merge->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(merge, merges, merge_desc);

static void pieces_are_sorted_and_joined(struct kunit *test)
{
	const struct merge *merge = test->param_value;
	struct snp_spans *spans = make_spans(test);
	int i;

	for (i = 0; i < 4 && merge->in[i].end; i++)
		KUNIT_EXPECT_EQ(test, spans_add(spans, merge->in[i].start, merge->in[i].end), 0);
	for (i = 0; i < 4 && merge->out[i].end; i++) {
		KUNIT_EXPECT_EQ(test, spans->span[i].start, merge->out[i].start);
		KUNIT_EXPECT_EQ(test, spans->span[i].end, merge->out[i].end);
	}
	KUNIT_EXPECT_EQ(test, spans->count, (unsigned int)i);
}

static const struct merge removals[] = {
	{ "nothing there", { { 0x1000, 0x2000 } }, { { 0x1000, 0x2000 } } },
	{ "all of it", { { 0x5000, 0x9000 } }, { } },
	{ "more than all", { { 0x6000, 0x7000 }, { 0x8000, 0x8800 } }, { } },
	{ "the front", { { 0x6000, 0xb000 } }, { { 0x9000, 0xb000 } } },
	{ "the back", { { 0x1000, 0x6000 } }, { { 0x1000, 0x5000 } } },
	{ "the middle", { { 0x1000, 0xb000 } }, { { 0x1000, 0x5000 }, { 0x9000, 0xb000 } } },
	{ "of several", { { 0x1000, 0x2000 }, { 0x4000, 0x6000 }, { 0x7000, 0x8000 },
			  { 0x8800, 0xa000 } },
	  { { 0x1000, 0x2000 }, { 0x4000, 0x5000 }, { 0x9000, 0xa000 } } },
};

KUNIT_ARRAY_PARAM(removal, removals, merge_desc);

static void ordinary_memory_is_taken_out(struct kunit *test)
{
	const struct merge *merge = test->param_value;
	struct snp_spans *spans = make_spans(test);
	int i;

	for (i = 0; i < 4 && merge->in[i].end; i++)
		KUNIT_EXPECT_EQ(test, spans_add(spans, merge->in[i].start, merge->in[i].end), 0);
	/* A page of which only a part is ordinary memory stays in. */
	KUNIT_EXPECT_EQ(test, spans_remove(spans, 0x4001, 0x9fff), 0);
	for (i = 0; i < 4 && merge->out[i].end; i++) {
		KUNIT_EXPECT_EQ(test, spans->span[i].start, merge->out[i].start);
		KUNIT_EXPECT_EQ(test, spans->span[i].end, merge->out[i].end);
	}
	KUNIT_EXPECT_EQ(test, spans->count, (unsigned int)i);
}

static void too_many_pieces_are_refused(struct kunit *test)
{
	struct snp_spans *spans = make_spans(test);
	unsigned int i;

	for (i = 0; i < RANGES_MAX; i++)
		KUNIT_ASSERT_EQ(test, spans_add(spans, i * 0x2000, i * 0x2000 + 0x1000), 0);
	KUNIT_EXPECT_EQ(test, spans_add(spans, i * 0x2000, i * 0x2000 + 0x1000), -E2BIG);
	KUNIT_EXPECT_EQ(test, spans->count, (unsigned int)RANGES_MAX);

	/* One that joins others needs no room. */
	KUNIT_EXPECT_EQ(test, spans_add(spans, 0x1000, 0x2000), 0);
	KUNIT_EXPECT_EQ(test, spans->count, (unsigned int)RANGES_MAX - 1);
	KUNIT_EXPECT_EQ(test, spans->span[0].end, 0x3000ull);
}

static void end_of_a_resource_is_its_last_byte(struct kunit *test)
{
	struct snp_spans *spans = make_spans(test);
	struct resource res = { .start = 0x7000, .end = 0x7fff };
	struct resource all = { .start = 0x9000, .end = U64_MAX };

	KUNIT_EXPECT_EQ(test, spans_add_resource(&res, spans), 0);
	KUNIT_EXPECT_EQ(test, spans->span[0].start, 0x7000ull);
	KUNIT_EXPECT_EQ(test, spans->span[0].end, 0x8000ull);
	/* No address has more than 52 bits. */
	KUNIT_EXPECT_EQ(test, spans_add_resource(&all, spans), 0);
	KUNIT_EXPECT_EQ(test, spans->span[1].end, BIT_ULL(52));
}

static void large_pieces_are_cut(struct kunit *test)
{
	struct snp_spans *spans = make_spans(test);
	struct snp_range_list *list = make_list(test);
	u64 pages = 0;
	unsigned int i;

	/* 40 TiB: the count of pages has 32 bits. */
	KUNIT_ASSERT_EQ(test, spans_add(spans, GIB, GIB + 40 * 1024 * GIB), 0);
	KUNIT_EXPECT_EQ(test, spans_write(spans, list), 0);
	KUNIT_EXPECT_EQ(test, list->count, 3u);
	for (i = 0; i < list->count; i++) {
		KUNIT_EXPECT_EQ(test, list->ranges[i].base, GIB + pages * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, list->ranges[i].rsvd, 0u);
		pages += list->ranges[i].page_count;
	}
	KUNIT_EXPECT_EQ(test, pages * PAGE_SIZE, 40 * 1024 * GIB);
}

static void pieces_of_a_cut_may_not_overflow(struct kunit *test)
{
	struct snp_spans *spans = make_spans(test);
	struct snp_range_list *list = make_list(test);
	unsigned int i;

	for (i = 0; i < RANGES_MAX; i++)
		KUNIT_ASSERT_EQ(test, spans_add(spans, i * 0x2000, i * 0x2000 + 0x1000), 0);
	KUNIT_EXPECT_EQ(test, spans_write(spans, list), 0);
	spans->span[RANGES_MAX - 1].end += 20 * 1024 * GIB;
	KUNIT_EXPECT_EQ(test, spans_write(spans, list), -E2BIG);
}

static bool list_covers(const struct snp_range_list *list, u64 base, u64 pages)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (list->ranges[i].base <= base &&
		    base + pages * PAGE_SIZE <= list->ranges[i].base +
		    (u64)list->ranges[i].page_count * PAGE_SIZE)
			return true;
	return false;
}

struct kind {
	const char *name;
	unsigned long desc;
	bool fixed;
};

static const struct kind kinds[] = {
	{ "Reserved", IORES_DESC_RESERVED, true },
	{ "ACPI Tables", IORES_DESC_ACPI_TABLES, true },
	{ "ACPI Non-volatile Storage", IORES_DESC_ACPI_NV_STORAGE, true },
	{ "Persistent Memory", IORES_DESC_PERSISTENT_MEMORY, true },
	{ "Persistent Memory (legacy)", IORES_DESC_PERSISTENT_MEMORY_LEGACY, true },
	{ "Device memory", IORES_DESC_NONE, false },
	{ "Crash kernel", IORES_DESC_CRASH_KERNEL, false },
};

static void kind_desc(const struct kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

static void every_kind_that_is_no_ordinary_memory_is_listed(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct device *dev = kunit_device_register(test, "psp");
	struct snp_range_list *list = make_list(test);
	struct resource res = {
		.name = kind->name,
		.start = NOWHERE + 0x1800,
		.end = NOWHERE + 0x37ff,
		.flags = IORESOURCE_MEM,
		.desc = kind->desc,
	};
	int ret;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, insert_resource(&iomem_resource, &res), 0);
	ret = snp_ranges_fill(dev, list);
	release_resource(&res);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, list_covers(list, NOWHERE + 0x1000, 3), kind->fixed);
}

/* What the firmware would be told now. */
static bool driver_memory_is_listed(struct kunit *test, struct device *dev,
				    const struct hv_fixed *mem)
{
	struct snp_range_list *list = make_list(test);

	KUNIT_EXPECT_EQ(test, snp_ranges_fill(dev, list), 0);
	return list_covers(list, virt_to_phys(mem->va), SZ_2M / PAGE_SIZE);
}

static struct hv_fixed *make_fixed(struct kunit *test)
{
	struct hv_fixed *mem = hv_fixed_alloc(SZ_2M);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(virt_to_phys(mem->va), SZ_2M));
	KUNIT_EXPECT_NULL(test, memchr_inv(mem->va, 0, SZ_2M));
	memset(mem->va, 0x5a, SZ_2M);
	return mem;
}

static void memory_of_the_driver_is_listed_while_it_is_used(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct hv_fixed *mem = make_fixed(test);
	struct hv_fixed *other = make_fixed(test);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(other));
	KUNIT_EXPECT_TRUE(test, driver_memory_is_listed(test, dev, mem));
	hv_fixed_table_is_new();
	KUNIT_EXPECT_TRUE(test, driver_memory_is_listed(test, dev, mem));

	/* It can't be freed, but serves again. */
	KUNIT_EXPECT_FALSE(test, hv_fixed_free(mem));
	KUNIT_EXPECT_PTR_EQ(test, make_fixed(test), mem);
	KUNIT_EXPECT_FALSE(test, hv_fixed_free(mem));
	KUNIT_EXPECT_FALSE(test, driver_memory_is_listed(test, dev, mem));
	KUNIT_EXPECT_FALSE(test, list_empty(&hv_fixed_all));
	/* Not before the firmware has made the table without it. */
	hv_fixed_table_is_new();
	KUNIT_EXPECT_TRUE(test, list_empty(&hv_fixed_all));
}

static void memory_that_is_freed_while_snp_comes_up_is_kept(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct hv_fixed *mem = make_fixed(test);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, driver_memory_is_listed(test, dev, mem));
	KUNIT_EXPECT_FALSE(test, hv_fixed_free(mem));
	hv_fixed_table_is_new();
	KUNIT_EXPECT_FALSE(test, list_empty(&hv_fixed_all));

	hv_fixed_table_is_off();
	KUNIT_EXPECT_TRUE(test, list_empty(&hv_fixed_all));
}

static void memory_is_ordinary_where_nobody_looks_at_the_table(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct hv_fixed *mem = make_fixed(test);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, driver_memory_is_listed(test, dev, mem));
	hv_fixed_table_is_new();
	hv_fixed_table_is_off();
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(mem));
	KUNIT_EXPECT_TRUE(test, list_empty(&hv_fixed_all));
}

static void persistent_memory_that_is_ordinary_is_not_listed(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct snp_range_list *list = make_list(test);
	struct resource whole = {
		.name = "test", .start = NOWHERE, .end = NOWHERE + 0x9fff,
		.flags = IORESOURCE_MEM, .desc = IORES_DESC_PERSISTENT_MEMORY,
	};
	/* As dax/kmem makes it: a piece inside. */
	struct resource part = {
		.name = "test", .start = NOWHERE + 0x2000, .end = NOWHERE + 0x7fff,
		.flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
	};
	int ret;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, request_resource(&iomem_resource, &whole), 0);
	ret = request_resource(&whole, &part);
	if (!ret) {
		ret = snp_ranges_fill(dev, list);
		release_resource(&part);
	}
	release_resource(&whole);
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_EXPECT_TRUE(test, list_covers(list, NOWHERE, 2));
	KUNIT_EXPECT_FALSE(test, list_covers(list, NOWHERE + 0x2000, 1));
	KUNIT_EXPECT_FALSE(test, list_covers(list, NOWHERE + 0x7000, 1));
	KUNIT_EXPECT_TRUE(test, list_covers(list, NOWHERE + 0x8000, 2));
}

static void nothing_new_becomes_fixed_while_snp_is_up(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct hv_fixed *mem = make_fixed(test);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_TRUE(test, driver_memory_is_listed(test, dev, mem));
	hv_fixed_close(true);
	hv_fixed_table_is_new();
	KUNIT_EXPECT_NULL(test, hv_fixed_alloc(SZ_2M));
	/* What is fixed already serves again. */
	KUNIT_EXPECT_FALSE(test, hv_fixed_free(mem));
	KUNIT_EXPECT_PTR_EQ(test, make_fixed(test), mem);
	hv_fixed_close(false);
	hv_fixed_table_is_off();
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(mem));
	mem = make_fixed(test);
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(mem));
}

static void list_of_this_machine_is_in_order(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "psp");
	struct snp_range_list *list = make_list(test);
	unsigned int i;
	u64 end = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, snp_ranges_fill(dev, list), 0);
	/* Every PC has the BIOS below 1 MiB. */
	KUNIT_EXPECT_GT(test, list->count, 0u);
	for (i = 0; i < list->count; i++) {
		KUNIT_EXPECT_GE(test, list->ranges[i].base, end);
		KUNIT_EXPECT_GT(test, list->ranges[i].page_count, 0u);
		end = list->ranges[i].base + (u64)list->ranges[i].page_count * PAGE_SIZE;
	}
	KUNIT_EXPECT_TRUE(test, list_covers(list, 0xff000, 1));
}

static struct kunit_case ranges_cases[] = {
	KUNIT_CASE(list_is_one_page),
	KUNIT_CASE_PARAM(pieces_are_sorted_and_joined, merge_gen_params),
	KUNIT_CASE_PARAM(ordinary_memory_is_taken_out, removal_gen_params),
	KUNIT_CASE(persistent_memory_that_is_ordinary_is_not_listed),
	KUNIT_CASE(nothing_new_becomes_fixed_while_snp_is_up),
	KUNIT_CASE(too_many_pieces_are_refused),
	KUNIT_CASE(end_of_a_resource_is_its_last_byte),
	KUNIT_CASE(large_pieces_are_cut),
	KUNIT_CASE(pieces_of_a_cut_may_not_overflow),
	KUNIT_CASE_PARAM(every_kind_that_is_no_ordinary_memory_is_listed, kind_gen_params),
	KUNIT_CASE(memory_of_the_driver_is_listed_while_it_is_used),
	KUNIT_CASE(memory_that_is_freed_while_snp_comes_up_is_kept),
	KUNIT_CASE(memory_is_ordinary_where_nobody_looks_at_the_table),
	KUNIT_CASE(list_of_this_machine_is_in_order),
	{}
};

static struct kunit_suite ranges_suite = {
	.name = "ranges",
	.test_cases = ranges_cases,
};

kunit_test_suite(ranges_suite);

MODULE_DESCRIPTION("KUnit suite: memory that becomes HV-fixed");
MODULE_LICENSE("GPL");
