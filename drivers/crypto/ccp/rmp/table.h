/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reverse map table as numbers: where it lies, what it covers, what an entry says.
 *
 * Nothing here touches the hardware, so that all of it can be tried on any machine.
 */
#ifndef CCP_RMP_TABLE_H
#define CCP_RMP_TABLE_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

/* The processor's own part, before the first entry. */
#define RMP_BOOKKEEPING		SZ_16K
#define RMP_ENTRY_SIZE		16
/* Each entry stands for a page of this size. */
#define RMP_PAGE_SIZE		SZ_4K
#define RMP_SEGMENTS_MAX	512

/* Descriptor of a segment; the table of them follows the bookkeeping. */
#define RMP_SEGMENT_GIB		GENMASK_ULL(19, 0)
#define RMP_SEGMENT_ADDRESS	GENMASK_ULL(51, 20)
#define RMP_SEGMENT_TABLE_SIZE	(RMP_SEGMENTS_MAX * sizeof(u64))

/**
 * struct rmp_range - some physical memory
 * @start: first byte
 * @end: first byte behind it
 */
struct rmp_range {
	u64 start;
	u64 end;
};

/**
 * struct rmp_segment - entries that lie next to each other
 * @pa: where the first one is
 * @covered: bytes of memory that they describe, 0 if there are none
 */
struct rmp_segment {
	u64 pa;
	u64 covered;
};

/**
 * struct rmp_table - where the entries are
 * @segmented: in several places
 * @base: the bookkeeping area
 * @size: bytes from @base on that belong to the table; without those of the segments
 * @shift: the segment of an address is the address without so many bits
 * @count: valid members of @segment
 * @segment: all of them, in the order of what they describe; a table that is not
 *	segmented has one
 */
struct rmp_table {
	bool segmented;
	u64 base;
	u64 size;
	unsigned int shift;
	unsigned int count;
	struct rmp_segment segment[RMP_SEGMENTS_MAX];
};

/**
 * struct rmp_setup - what the processors say about the table
 * @base: RMP_BASE
 * @end: RMP_END
 * @cfg: RMP_CFG, 0 where there is none
 * @segment_sizes: CPUID 80000025 EAX
 * @segment_limits: CPUID 80000025 EBX
 * @c_bit: the C-bit in addresses, 0 if there is none
 */
struct rmp_setup {
	u64 base;
	u64 end;
	u64 cfg;
	u32 segment_sizes;
	u32 segment_limits;
	u64 c_bit;
};

/**
 * struct rmp_entry - who owns a page
 * @gpa: guest-physical address
 * @asid: whose it is, 0 for hypervisor and firmware
 * @assigned: not the hypervisor's
 * @validated: the guest has accepted it
 * @immutable: only the firmware may change this
 * @vmsa: register contents of a guest, or a guest's context; RMPREAD doesn't tell
 * @huge: the entry stands for 2 MiB
 */
struct rmp_entry {
	u64 gpa;
	u32 asid;
	bool assigned;
	bool validated;
	bool immutable;
	bool vmsa;
	bool huge;
};

const char *rmp_table_locate(struct rmp_table *table, const struct rmp_setup *setup);
const char *rmp_table_add_segments(struct rmp_table *table, const struct rmp_setup *setup,
				   const u64 *descriptors);
u64 rmp_table_needed(u64 memory_end);
u64 rmp_table_covered(const struct rmp_table *table);
bool rmp_table_memory(const struct rmp_table *table, unsigned int index,
		      struct rmp_range *range);
bool rmp_table_gap(const struct rmp_table *table, const struct rmp_range *range,
		   struct rmp_range *gap);
u64 rmp_table_entry(const struct rmp_table *table, u64 pa);

void rmp_entry_from_table(struct rmp_entry *entry, u64 low);
void rmp_entry_from_rmpread(struct rmp_entry *entry, const u8 answer[RMP_ENTRY_SIZE]);

#endif /* CCP_RMP_TABLE_H */
