// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reverse map table as numbers.
 *
 * What comes in here was written by a BIOS and is trusted for nothing.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "msr.h"
#include "table.h"

/* Addresses have at most so many bits. */
#define PHYSICAL_BITS		52
/* Descriptors count in GiB. */
#define SEGMENT_SHIFT_MIN	30
#define SEGMENT_SHIFT_MAX	(PHYSICAL_BITS - 1)

#define SIZES_SHIFT_MIN		GENMASK(5, 0)
#define SIZES_SHIFT_MAX		GENMASK(11, 6)
#define LIMITS_CACHED		GENMASK(9, 0)
#define LIMITS_HARD		BIT(10)

static u64 bytes_of_entries(u64 covered)
{
	return covered / RMP_PAGE_SIZE * RMP_ENTRY_SIZE;
}

static const char *locate_contiguous(struct rmp_table *table, u64 base, u64 end)
{
	/* The bits that the register doesn't have count as ones: the end is inclusive. */
	end |= ~RMP_MSR_ADDRESS & GENMASK_ULL(PHYSICAL_BITS - 1, 0);

	if (!base)
		return "the BIOS has reserved no memory for the RMP table";
	if (end < base)
		return "the RMP table ends before it begins";
	if (!IS_ALIGNED(base, SZ_1M) || !IS_ALIGNED(end + 1, SZ_1M))
		return "the RMP table does not begin and end on a 1 MiB boundary";

	table->size = end + 1 - base;
	table->shift = PHYSICAL_BITS;
	table->count = 1;
	table->segment[0].pa = base + RMP_BOOKKEEPING;
	table->segment[0].covered = (table->size - RMP_BOOKKEEPING) / RMP_ENTRY_SIZE *
				    RMP_PAGE_SIZE;
	return NULL;
}

static const char *locate_segmented(struct rmp_table *table, const struct rmp_setup *setup)
{
	unsigned int shift = FIELD_GET(RMP_CFG_SHIFT, setup->cfg);

	if (!setup->segment_sizes)
		return "the RMP table is segmented, which these processors can't";
	if (!table->base)
		return "the BIOS has reserved no memory for the RMP table";
	if (!IS_ALIGNED(table->base, SZ_1M))
		return "the RMP table does not begin on a 1 MiB boundary";
	if (shift < max_t(u32, FIELD_GET(SIZES_SHIFT_MIN, setup->segment_sizes),
			  SEGMENT_SHIFT_MIN) ||
	    shift > min_t(u32, FIELD_GET(SIZES_SHIFT_MAX, setup->segment_sizes),
			  SEGMENT_SHIFT_MAX))
		return "the RMP table has segments of a size that these processors can't";

	table->segmented = true;
	table->size = RMP_BOOKKEEPING + RMP_SEGMENT_TABLE_SIZE;
	table->shift = shift;
	return NULL;
}

/**
 * rmp_table_locate() - find out from the registers where the table is
 * @table: filled in; of a segmented table all but the segments, which are described
 *	in memory, see rmp_table_add_segments()
 * @setup: the registers
 *
 * Return: NULL, or what is wrong with it, to be put after a colon
 */
const char *rmp_table_locate(struct rmp_table *table, const struct rmp_setup *setup)
{
	memset(table, 0, sizeof(*table));

	if (setup->base & setup->c_bit || setup->end & setup->c_bit)
		return "the address of the RMP table has the C-bit set";

	table->base = setup->base & RMP_MSR_ADDRESS;
	if (setup->cfg & RMP_CFG_SEGMENTED)
		return locate_segmented(table, setup);
	return locate_contiguous(table, table->base, setup->end & RMP_MSR_ADDRESS);
}

/**
 * rmp_table_add_segments() - complete a table whose entries are in several places
 * @table: from rmp_table_locate()
 * @setup: the registers
 * @descriptors: RMP_SEGMENTS_MAX of them
 *
 * Return: NULL, or what is wrong with one of them
 */
const char *rmp_table_add_segments(struct rmp_table *table, const struct rmp_setup *setup,
				   const u64 *descriptors)
{
	unsigned int i, used = 0;

	for (i = 0; i < RMP_SEGMENTS_MAX; i++) {
		u64 gib = FIELD_GET(RMP_SEGMENT_GIB, descriptors[i]);
		struct rmp_segment *segment = &table->segment[i];

		if (!gib)
			continue;
		segment->pa = descriptors[i] & RMP_SEGMENT_ADDRESS;
		segment->covered = min_t(u64, gib * SZ_1G, BIT_ULL(table->shift));

		if (descriptors[i] & ~(RMP_SEGMENT_GIB | RMP_SEGMENT_ADDRESS))
			return "a segment of the RMP table has reserved bits set";
		if (segment->pa & setup->c_bit)
			return "the address of a segment of the RMP table has the C-bit set";
		if (!segment->pa)
			return "a segment of the RMP table has no memory";
		if (segment->pa + bytes_of_entries(segment->covered) > BIT_ULL(PHYSICAL_BITS))
			return "a segment of the RMP table is beyond the end of all memory";
		table->count = i + 1;
		used++;
	}

	if (!used)
		return "the RMP table has no segments";
	if (setup->segment_limits & LIMITS_HARD &&
	    used > FIELD_GET(LIMITS_CACHED, setup->segment_limits))
		return "the RMP table has more segments than these processors can handle";
	return NULL;
}

/**
 * rmp_table_needed() - how large has a table to be that is in one piece?
 * @memory_end: first byte behind the memory to be covered
 *
 * Return: bytes
 */
u64 rmp_table_needed(u64 memory_end)
{
	return RMP_BOOKKEEPING + bytes_of_entries(ALIGN(memory_end, RMP_PAGE_SIZE));
}

/**
 * rmp_table_covered() - how much memory does the table describe?
 * @table: the table
 *
 * Return: bytes
 */
u64 rmp_table_covered(const struct rmp_table *table)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < table->count; i++)
		sum += table->segment[i].covered;
	return sum;
}

/**
 * rmp_table_memory() - the pieces of memory that the table itself takes
 * @table: the table
 * @index: 0 for the first
 * @range: out: empty for a segment that isn't there
 *
 * Return: false when there are no more
 */
bool rmp_table_memory(const struct rmp_table *table, unsigned int index,
		      struct rmp_range *range)
{
	if (!index) {
		range->start = table->base;
		range->end = table->base + table->size;
		return true;
	}
	if (!table->segmented || index > table->count)
		return false;
	range->start = table->segment[index - 1].pa;
	range->end = range->start + bytes_of_entries(table->segment[index - 1].covered);
	return true;
}

/**
 * rmp_table_gap() - the highest part of some memory that the table does not describe
 * @table: the table
 * @range: the memory
 * @gap: out: the highest part, one that does not cross the border of a segment
 *
 * Return: false if all of it is described
 */
bool rmp_table_gap(const struct rmp_table *table, const struct rmp_range *range,
		   struct rmp_range *gap)
{
	u64 end = range->end;

	while (end > range->start) {
		u64 index = (end - 1) >> table->shift;
		u64 first = index << table->shift;
		u64 covered = index < table->count ? table->segment[index].covered : 0;
		u64 start = max(range->start, first + covered);

		if (start < end) {
			gap->start = start;
			gap->end = end;
			return true;
		}
		end = first;
	}
	return false;
}

/**
 * rmp_table_entry() - where is the entry of a page?
 * @table: the table
 * @pa: an address in the page
 *
 * Return: its physical address, or 0 if the table does not have one
 */
u64 rmp_table_entry(const struct rmp_table *table, u64 pa)
{
	u64 index = pa >> table->shift;
	u64 offset = pa & (BIT_ULL(table->shift) - 1);

	if (index >= table->count || offset >= table->segment[index].covered)
		return 0;
	return table->segment[index].pa + bytes_of_entries(offset);
}

/**
 * rmp_entry_from_table() - understand an entry as it is in memory
 * @entry: filled in
 * @low: the first half; the second is the processor's own
 *
 * Only processors without RMPREAD (Zen 3 and Zen 4) promise that it looks like this.
 */
void rmp_entry_from_table(struct rmp_entry *entry, u64 low)
{
	*entry = (struct rmp_entry) {
		.assigned = low & BIT_ULL(0),
		.huge = low & BIT_ULL(1),
		.immutable = low & BIT_ULL(2),
		.gpa = low & GENMASK_ULL(50, 12),
		.asid = FIELD_GET(GENMASK_ULL(60, 51), low),
		.vmsa = low & BIT_ULL(61),
		.validated = low & BIT_ULL(62),
	};
}

/**
 * rmp_entry_from_rmpread() - understand what RMPREAD has answered
 * @entry: filled in
 * @answer: what it has written
 */
void rmp_entry_from_rmpread(struct rmp_entry *entry, const u8 answer[RMP_ENTRY_SIZE])
{
	*entry = (struct rmp_entry) {
		.assigned = answer[8] & BIT(0),
		.huge = answer[9] & BIT(0),
		.immutable = answer[10] & BIT(0),
	};
	memcpy(&entry->gpa, answer, sizeof(entry->gpa));
	memcpy(&entry->asid, answer + 12, sizeof(entry->asid));
}
