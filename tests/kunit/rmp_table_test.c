// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reverse map table is found, measured and read right, whatever the BIOS wrote.
 */
#include "rmp/table.c"
#include "rmp/machine.c"

#include <kunit/test.h>

static struct rmp_table *make_table(struct kunit *test)
{
	struct rmp_table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	return table;
}

static u64 *make_descriptors(struct kunit *test)
{
	u64 *descriptors = kunit_kzalloc(test, RMP_SEGMENT_TABLE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, descriptors);
	return descriptors;
}

/* 64 GiB segments, of 4 GiB to 256 GiB that are possible, 4 of them at most. */
static const struct rmp_setup segmented = {
	.base = 0x80000000,
	.cfg = RMP_CFG_SEGMENTED | 36 << 8,
	.segment_sizes = 32 | 38 << 6,
	.segment_limits = 4 | BIT(10),
	.c_bit = BIT_ULL(51),
};

static void contiguous_table_is_located(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = 0x30000000, .end = 0x30ffffff };
	struct rmp_range range;

	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	KUNIT_EXPECT_FALSE(test, table->segmented);
	KUNIT_EXPECT_EQ(test, table->size, SZ_16M);
	KUNIT_EXPECT_EQ(test, table->segment[0].pa, 0x30004000);
	/* 16 MiB less 16 KiB, 16 bytes for each page. */
	KUNIT_EXPECT_EQ(test, rmp_table_covered(table), 0xffc000ull / 16 * 4096);

	KUNIT_ASSERT_TRUE(test, rmp_table_memory(table, 0, &range));
	KUNIT_EXPECT_EQ(test, range.start, 0x30000000);
	KUNIT_EXPECT_EQ(test, range.end, 0x31000000);
	KUNIT_EXPECT_FALSE(test, rmp_table_memory(table, 1, &range));
}

static void low_bits_of_the_registers_do_not_count(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = 0x30001fff, .end = 0x30ffe000 };

	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	KUNIT_EXPECT_EQ(test, table->base, 0x30000000);
	KUNIT_EXPECT_EQ(test, table->size, SZ_16M);
}

static void entries_are_found_up_to_the_last(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = 0x30000000, .end = 0x30ffffff };
	u64 covered;

	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	covered = rmp_table_covered(table);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 0), 0x30004000);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 0x1fff), 0x30004010);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, covered - 1), 0x31000000 - 16);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, covered), 0);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, ~0ull), 0);
}

static const struct {
	const char *name;
	struct rmp_setup setup;
	const char *words;
} faults[] = {
	/* What a BIOS leaves there that does not know SNP, and one that has it off. */
	{ "all zero", { }, "reserved no memory" },
	{ "reset value", { .base = 0, .end = 0x1fff }, "reserved no memory" },
	{ "only an end", { .end = 0x30ffffff }, "reserved no memory" },
	{ "backwards", { .base = 0x31000000, .end = 0x30ffffff }, "ends before" },
	{ "no end", { .base = 0x31000000 }, "ends before" },
	{ "base between", { .base = 0x30080000, .end = 0x30ffffff }, "1 MiB" },
	{ "end between", { .base = 0x30000000, .end = 0x30f7ffff }, "1 MiB" },
	{ "C-bit in base", { .base = BIT_ULL(47) | 0x30000000, .end = 0x30ffffff,
			     .c_bit = BIT_ULL(47) }, "C-bit" },
	{ "C-bit in end", { .base = 0x30000000, .end = BIT_ULL(51) | 0x30ffffff,
			    .c_bit = BIT_ULL(51) }, "C-bit" },
	{ "unasked segments", { .base = 0x30000000, .cfg = RMP_CFG_SEGMENTED | 36 << 8 },
	  "can't" },
	{ "segments without base", { .cfg = RMP_CFG_SEGMENTED | 36 << 8,
				     .segment_sizes = 32 | 38 << 6 }, "reserved no memory" },
	{ "segments between", { .base = 0x30080000, .cfg = RMP_CFG_SEGMENTED | 36 << 8,
				.segment_sizes = 32 | 38 << 6 }, "1 MiB" },
	{ "small segments", { .base = 0x30000000, .cfg = RMP_CFG_SEGMENTED | 31 << 8,
			      .segment_sizes = 32 | 38 << 6 }, "size" },
	{ "large segments", { .base = 0x30000000, .cfg = RMP_CFG_SEGMENTED | 39 << 8,
			      .segment_sizes = 32 | 38 << 6 }, "size" },
	{ "absurd segments", { .base = 0x30000000, .cfg = RMP_CFG_SEGMENTED | 63 << 8,
			       .segment_sizes = 0 | 63 << 6 }, "size" },
	{ "no size at all", { .base = 0x30000000, .cfg = RMP_CFG_SEGMENTED,
			      .segment_sizes = 0 | 63 << 6 }, "size" },
};

static void registers_that_make_no_sense_are_refused(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	const char *fault;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		fault = rmp_table_locate(table, &faults[i].setup);
		KUNIT_EXPECT_NOT_NULL_MSG(test, fault, "%s", faults[i].name);
		if (fault)
			KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(fault, faults[i].words),
						  "%s: %s", faults[i].name, fault);
	}
}

static void largest_table_does_not_overflow(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = SZ_1M, .end = ~0ull };
	struct rmp_range all = { .end = BIT_ULL(52) }, gap;

	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	KUNIT_EXPECT_EQ(test, table->size, BIT_ULL(52) - SZ_1M);
	/* It could describe more than there can be. */
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &all, &gap));
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, BIT_ULL(52)), 0);
}

static void needed_size_counts_started_pages_and_bookkeeping(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, rmp_table_needed(0), 0x4000);
	KUNIT_EXPECT_EQ(test, rmp_table_needed(1), 0x4010);
	KUNIT_EXPECT_EQ(test, rmp_table_needed(4096), 0x4010);
	KUNIT_EXPECT_EQ(test, rmp_table_needed(SZ_4G), 0x4000 + 0x1000000);
}

static void gap_of_a_contiguous_table_is_at_its_end(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = 0x30000000, .end = 0x30ffffff };
	struct rmp_range low = { .start = SZ_1M, .end = SZ_1G };
	struct rmp_range high = { .start = SZ_4G, .end = SZ_4G + 0x1000ull };
	struct rmp_range across = { .start = SZ_2G, .end = 0x180000000ull };
	struct rmp_range empty = { .start = 0x180000000ull, .end = 0x180000000ull };
	struct rmp_range exact, gap;
	u64 covered;

	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	covered = rmp_table_covered(table);
	exact = (struct rmp_range) { .end = covered };
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &low, &gap));
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &exact, &gap));
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &empty, &gap));

	KUNIT_ASSERT_TRUE(test, rmp_table_gap(table, &high, &gap));
	KUNIT_EXPECT_EQ(test, gap.start, high.start);
	KUNIT_EXPECT_EQ(test, gap.end, high.end);
	KUNIT_ASSERT_TRUE(test, rmp_table_gap(table, &across, &gap));
	KUNIT_EXPECT_EQ(test, gap.start, covered);
	KUNIT_EXPECT_EQ(test, gap.end, across.end);
}

static void segments_describe_what_they_say(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	u64 *descriptors = make_descriptors(test);
	struct rmp_range range;

	/* 64 GiB, a hole of as much, then 16 GiB. */
	descriptors[0] = 0x90000000 | 64;
	descriptors[2] = 0xa0000000 | 16;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &segmented));
	KUNIT_ASSERT_NULL(test, rmp_table_add_segments(table, &segmented, descriptors));
	KUNIT_EXPECT_TRUE(test, table->segmented);
	KUNIT_EXPECT_EQ(test, rmp_table_covered(table), 80ull * SZ_1G);

	/* Segments have no bookkeeping of their own. */
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 0), 0x90000000);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 0x5000), 0x90000050);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 64ull * SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 128ull * SZ_1G + 0x1000), 0xa0000010);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 144ull * SZ_1G - 1),
			0xa0000000 + SZ_1G / 256 * 16 - 16);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 144ull * SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, 512ull << 36), 0);

	KUNIT_ASSERT_TRUE(test, rmp_table_memory(table, 0, &range));
	KUNIT_EXPECT_EQ(test, range.end - range.start, 0x5000);
	KUNIT_ASSERT_TRUE(test, rmp_table_memory(table, 1, &range));
	KUNIT_EXPECT_EQ(test, range.end - range.start, SZ_256M);
	KUNIT_ASSERT_TRUE(test, rmp_table_memory(table, 2, &range));
	KUNIT_EXPECT_EQ(test, range.start, range.end);
	KUNIT_ASSERT_TRUE(test, rmp_table_memory(table, 3, &range));
	KUNIT_EXPECT_EQ(test, range.start, 0xa0000000);
	KUNIT_EXPECT_EQ(test, range.end, 0xa4000000);
	KUNIT_EXPECT_FALSE(test, rmp_table_memory(table, 4, &range));
}

static void highest_hole_between_segments_is_found(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	u64 *descriptors = make_descriptors(test);
	struct rmp_range all = { .end = 200ull * SZ_1G };
	struct rmp_range third = { .start = 128ull * SZ_1G, .end = 144ull * SZ_1G };
	struct rmp_range gap;

	descriptors[0] = 0x90000000 | 48;
	descriptors[2] = 0xa0000000 | 16;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &segmented));
	KUNIT_ASSERT_NULL(test, rmp_table_add_segments(table, &segmented, descriptors));
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &third, &gap));

	KUNIT_ASSERT_TRUE(test, rmp_table_gap(table, &all, &gap));
	KUNIT_EXPECT_EQ(test, gap.start, 192ull * SZ_1G);
	KUNIT_EXPECT_EQ(test, gap.end, 200ull * SZ_1G);
	all.end = 144ull * SZ_1G;
	KUNIT_ASSERT_TRUE(test, rmp_table_gap(table, &all, &gap));
	KUNIT_EXPECT_EQ(test, gap.start, 64ull * SZ_1G);
	KUNIT_EXPECT_EQ(test, gap.end, 128ull * SZ_1G);
	all.end = 64ull * SZ_1G;
	KUNIT_ASSERT_TRUE(test, rmp_table_gap(table, &all, &gap));
	KUNIT_EXPECT_EQ(test, gap.start, 48ull * SZ_1G);
	all.end = 48ull * SZ_1G;
	KUNIT_EXPECT_FALSE(test, rmp_table_gap(table, &all, &gap));
}

static void segment_never_covers_more_than_its_share(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	u64 *descriptors = make_descriptors(test);

	descriptors[0] = 0x90000000 | 0xfffff;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &segmented));
	KUNIT_ASSERT_NULL(test, rmp_table_add_segments(table, &segmented, descriptors));
	KUNIT_EXPECT_EQ(test, rmp_table_covered(table), 64ull * SZ_1G);
}

static const struct {
	const char *name;
	u64 descriptor[5];
	const char *words;
} segment_faults[] = {
	{ "none", { }, "no segments" },
	{ "nowhere", { 64 }, "no memory" },
	{ "reserved bits", { BIT_ULL(55) | 0x90000000 | 64 }, "reserved" },
	{ "C-bit", { BIT_ULL(51) | 0x90000000 | 64 }, "C-bit" },
	{ "more than allowed", { 0x90000001, 0xa0000001, 0xb0000001, 0xc0000001, 0xd0000001 },
	  "more segments" },
};

static void segments_that_make_no_sense_are_refused(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	u64 *descriptors = make_descriptors(test);
	struct rmp_setup setup = segmented;
	const char *fault;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(segment_faults); i++) {
		memcpy(descriptors, segment_faults[i].descriptor,
		       sizeof(segment_faults[i].descriptor));
		KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &segmented));
		fault = rmp_table_add_segments(table, &segmented, descriptors);
		KUNIT_EXPECT_NOT_NULL_MSG(test, fault, "%s", segment_faults[i].name);
		if (fault)
			KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(fault, segment_faults[i].words),
						  "%s: %s", segment_faults[i].name, fault);
	}

	/* Where memory ends, and where the number of segments is only advice. */
	memset(descriptors, 0, RMP_SEGMENT_TABLE_SIZE);
	setup.c_bit = 0;
	descriptors[7] = (RMP_SEGMENT_ADDRESS) | 64;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	fault = rmp_table_add_segments(table, &setup, descriptors);
	KUNIT_ASSERT_NOT_NULL(test, fault);
	KUNIT_EXPECT_NOT_NULL(test, strstr(fault, "beyond the end"));

	setup.segment_limits = 1;
	descriptors[7] = 0x90000000 | 64;
	descriptors[511] = 0xa0000000 | 64;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	KUNIT_EXPECT_NULL(test, rmp_table_add_segments(table, &setup, descriptors));
	KUNIT_EXPECT_EQ(test, table->count, 512);
	KUNIT_EXPECT_EQ(test, rmp_table_entry(table, (511ull << 36) + 0x1000), 0xa0000010);
}

static void raw_entry_is_understood(struct kunit *test)
{
	struct rmp_entry entry;

	rmp_entry_from_table(&entry, 0);
	KUNIT_EXPECT_FALSE(test, entry.assigned || entry.huge || entry.immutable);
	KUNIT_EXPECT_FALSE(test, entry.vmsa || entry.validated);
	KUNIT_EXPECT_EQ(test, entry.gpa | entry.asid, 0);

	/* Firmware page. */
	rmp_entry_from_table(&entry, 0x5);
	KUNIT_EXPECT_TRUE(test, entry.assigned);
	KUNIT_EXPECT_FALSE(test, entry.huge);
	KUNIT_EXPECT_TRUE(test, entry.immutable);

	/* Page of the guest with ASID 0x3ff; counts and locks are nobody's business. */
	rmp_entry_from_table(&entry, 0xdff8007ffffffffbull);
	KUNIT_EXPECT_TRUE(test, entry.assigned && entry.huge && entry.validated);
	KUNIT_EXPECT_FALSE(test, entry.immutable || entry.vmsa);
	KUNIT_EXPECT_EQ(test, entry.asid, 0x3ff);
	KUNIT_EXPECT_EQ(test, entry.gpa, 0x7ffffff000ull);

	rmp_entry_from_table(&entry, BIT_ULL(61) | 0x5);
	KUNIT_EXPECT_TRUE(test, entry.vmsa);
	KUNIT_EXPECT_EQ(test, entry.asid, 0);
}

static void answer_of_rmpread_is_understood(struct kunit *test)
{
	u8 answer[RMP_ENTRY_SIZE] = { 0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0,
				      0x01, 0x03, 0x00, 0xff, 0x07, 0x01, 0x00, 0x00 };
	struct rmp_entry entry;

	rmp_entry_from_rmpread(&entry, answer);
	KUNIT_EXPECT_TRUE(test, entry.assigned && entry.huge);
	KUNIT_EXPECT_FALSE(test, entry.immutable || entry.vmsa || entry.validated);
	KUNIT_EXPECT_EQ(test, entry.gpa, 0x12345000);
	KUNIT_EXPECT_EQ(test, entry.asid, 0x107);

	memset(answer, 0, sizeof(answer));
	answer[9] = 0x02;
	answer[10] = 0x01;
	rmp_entry_from_rmpread(&entry, answer);
	KUNIT_EXPECT_FALSE(test, entry.assigned || entry.huge);
	KUNIT_EXPECT_TRUE(test, entry.immutable);
}

static void memory_is_told_from_registers(struct kunit *test)
{
	struct rmp_range below = { .start = 0x70000000, .end = 0x80000000 };
	struct rmp_range hole = { .start = 0xe0000000, .end = 0xe1000000 };
	struct rmp_range above = { .start = SZ_4G, .end = SZ_4G + SZ_16M };

	KUNIT_EXPECT_TRUE(test, rmp_range_in_dram(&below, 0x80000000, 0));
	KUNIT_EXPECT_FALSE(test, rmp_range_in_dram(&below, 0x7fff0000, 0));
	KUNIT_EXPECT_FALSE(test, rmp_range_in_dram(&hole, 0x80000000, 2ull * SZ_4G));
	KUNIT_EXPECT_TRUE(test, rmp_range_in_dram(&above, 0x80000000, 2ull * SZ_4G));
	KUNIT_EXPECT_FALSE(test, rmp_range_in_dram(&above, 0x80000000, SZ_4G + SZ_8M));
	KUNIT_EXPECT_FALSE(test, rmp_range_in_dram(&above, 0x80000000, 0));
	/* A machine that does not tell is given the benefit of the doubt. */
	KUNIT_EXPECT_TRUE(test, rmp_range_in_dram(&hole, 0, 0));
}

/* An IVRS with room for three blocks. */
struct ivrs {
	u8 header[48];
	u8 block[3][40];
};

static_assert(sizeof(struct ivrs) == 168);

static void set_block(u8 *block, u8 type, u8 length, u32 base, u8 efr_high)
{
	block[0] = type;
	block[2] = length;
	memcpy(block + 8, &base, sizeof(base));
	block[31] = efr_high;
}

static void iommus_are_found_once_each(struct kunit *test)
{
	struct ivrs ivrs = { };
	struct rmp_iommus *iommus = kunit_kzalloc(test, sizeof(*iommus), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, iommus);
	/* The same one for older and newer kernels, and another for old ones only. */
	set_block(ivrs.block[0], 0x10, 40, 0xfed80000, 0xff);
	set_block(ivrs.block[1], 0x11, 40, 0xfed80000, 0x80);
	set_block(ivrs.block[2], 0x10, 40, 0xfed90000, 0);
	rmp_iommus_parse(iommus, ivrs.header, sizeof(ivrs));

	KUNIT_ASSERT_EQ(test, iommus->count, 2);
	KUNIT_EXPECT_EQ(test, iommus->iommu[0].base, 0xfed80000);
	KUNIT_EXPECT_TRUE(test, iommus->iommu[0].efr_known);
	KUNIT_EXPECT_EQ(test, iommus->iommu[0].efr, RMP_IOMMU_EFR_SNP);
	KUNIT_EXPECT_EQ(test, iommus->iommu[1].base, 0xfed90000);
	KUNIT_EXPECT_FALSE(test, iommus->iommu[1].efr_known);
}

static void broken_ivrs_is_read_as_far_as_it_makes_sense(struct kunit *test)
{
	struct ivrs ivrs = { };
	struct rmp_iommus *iommus = kunit_kzalloc(test, sizeof(*iommus), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, iommus);
	set_block(ivrs.block[0], 0x11, 40, 0xfed80000, 0);
	set_block(ivrs.block[1], 0x20, 40, 0xfed90000, 0);
	set_block(ivrs.block[2], 0x40, 41, 0xfeda0000, 0);
	rmp_iommus_parse(iommus, ivrs.header, sizeof(ivrs));
	KUNIT_EXPECT_EQ(test, iommus->count, 1);

	/* Lengths that lead nowhere must not be followed for ever, nor too far. */
	ivrs.block[0][2] = 0;
	rmp_iommus_parse(iommus, ivrs.header, sizeof(ivrs));
	KUNIT_EXPECT_EQ(test, iommus->count, 0);
	rmp_iommus_parse(iommus, ivrs.header, 20);
	KUNIT_EXPECT_EQ(test, iommus->count, 0);
	set_block(ivrs.block[0], 0x11, 24, 0xfed80000, 0);
	rmp_iommus_parse(iommus, ivrs.header, 48 + 24);
	KUNIT_EXPECT_EQ(test, iommus->count, 1);
	KUNIT_EXPECT_FALSE(test, iommus->iommu[0].efr_known);
}

static void memory_of_this_machine_is_measured(struct kunit *test)
{
	struct rmp_table *table = make_table(test);
	struct rmp_setup setup = { .base = BIT_ULL(45), .end = BIT_ULL(46) - 1 };
	struct rmp_surroundings around;
	u64 pa = virt_to_phys(table);

	/* A table far away that covers all of the machine, and itself. */
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	rmp_machine_surroundings(table, &around);
	KUNIT_EXPECT_EQ(test, around.ram_end, BIT_ULL(46));
	KUNIT_EXPECT_EQ(test, around.gap.end, 0);
	KUNIT_EXPECT_EQ(test, around.neighbour.end, 0);

	/* One of 1 MiB covers 252 MiB, and lies where this module's data is. */
	setup.base = ALIGN_DOWN(pa, SZ_1M);
	setup.end = setup.base + SZ_1M - 1;
	KUNIT_ASSERT_NULL(test, rmp_table_locate(table, &setup));
	rmp_machine_surroundings(table, &around);
	KUNIT_EXPECT_GT(test, around.ram_end, pa);
	KUNIT_EXPECT_EQ(test, around.gap.end, around.ram_end);
	KUNIT_EXPECT_EQ(test, around.neighbour.start, ALIGN_DOWN(pa, SZ_2M));
	KUNIT_EXPECT_EQ(test, around.neighbour.end, ALIGN_DOWN(pa, SZ_2M) + SZ_2M);
}

static struct kunit_case rmp_table_cases[] = {
	KUNIT_CASE(contiguous_table_is_located),
	KUNIT_CASE(low_bits_of_the_registers_do_not_count),
	KUNIT_CASE(entries_are_found_up_to_the_last),
	KUNIT_CASE(registers_that_make_no_sense_are_refused),
	KUNIT_CASE(largest_table_does_not_overflow),
	KUNIT_CASE(needed_size_counts_started_pages_and_bookkeeping),
	KUNIT_CASE(gap_of_a_contiguous_table_is_at_its_end),
	KUNIT_CASE(segments_describe_what_they_say),
	KUNIT_CASE(highest_hole_between_segments_is_found),
	KUNIT_CASE(segment_never_covers_more_than_its_share),
	KUNIT_CASE(segments_that_make_no_sense_are_refused),
	KUNIT_CASE(raw_entry_is_understood),
	KUNIT_CASE(answer_of_rmpread_is_understood),
	KUNIT_CASE(memory_is_told_from_registers),
	KUNIT_CASE(iommus_are_found_once_each),
	KUNIT_CASE(broken_ivrs_is_read_as_far_as_it_makes_sense),
	KUNIT_CASE(memory_of_this_machine_is_measured),
	{ }
};

static struct kunit_suite rmp_table_suite = {
	.name = "rmp_table",
	.test_cases = rmp_table_cases,
};

kunit_test_suite(rmp_table_suite);

MODULE_DESCRIPTION("KUnit suite: arithmetic of the reverse map table");
MODULE_LICENSE("GPL");
