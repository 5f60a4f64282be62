// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this machine has for SNP: the table, the memory around it, the IOMMUs.
 *
 * Only looks, changes nothing.
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "machine.h"
#include "msr.h"

/* ACPI table IVRS: header, then a block per IOMMU, or several with more and more. */
#define IVRS_HEADER		48
#define IVRS_BLOCK_MIN		24
#define IVRS_BLOCK_EFR_MIN	32

/*
 * Is there memory at these addresses?  TOP_MEM is the end of that below 4 GiB, 0 if not known,
 * TOM2 of that above, 0 if there is none.
 */
static bool rmp_range_in_dram(const struct rmp_range *range, u64 top_mem, u64 tom2)
{
	if (!top_mem || range->end <= top_mem)
		return true;
	return range->start >= SZ_4G && range->end <= tom2;
}

static const char *read_descriptors(struct rmp_table *table, const struct rmp_setup *setup)
{
	const char *fault;
	u64 *descriptors;

	descriptors = memremap(table->base + RMP_BOOKKEEPING, RMP_SEGMENT_TABLE_SIZE,
			       MEMREMAP_WB);
	if (!descriptors)
		return "the list of the segments of the RMP table can't be read";
	fault = rmp_table_add_segments(table, setup, descriptors);
	memunmap(descriptors);
	return fault;
}

static bool table_in_dram(const struct rmp_table *table)
{
	struct rmp_range range;
	u64 top_mem, tom2;
	unsigned int i;

	rmp_msr_read(RMP_MSR_TOP_MEM, &top_mem);
	rmp_msr_read(RMP_MSR_TOM2, &tom2);
	for (i = 0; rmp_table_memory(table, i, &range); i++)
		if (!rmp_range_in_dram(&range, top_mem, tom2))
			return false;
	return true;
}

/**
 * rmp_machine_table() - where is the table of this machine, according to this CPU?
 * @table: filled in; of no use if there is a fault
 *
 * Context: may sleep.
 * Return: NULL, or what is wrong with it, to be put after a colon
 */
const char *rmp_machine_table(struct rmp_table *table)
{
	struct rmp_cpuid sev = rmp_cpuid(RMP_CPUID_SEV);
	struct rmp_cpuid segments = { };
	struct rmp_setup setup = { };
	const char *fault;

	if (rmp_msr_read(RMP_MSR_BASE, &setup.base) || rmp_msr_read(RMP_MSR_END, &setup.end))
		return "the processor has no registers for an RMP table";
	if (sev.eax & RMP_CPUID_SEV_SEGMENTED) {
		rmp_msr_read(RMP_MSR_CFG, &setup.cfg);
		segments = rmp_cpuid(RMP_CPUID_SEGMENTS);
	}
	setup.segment_sizes = segments.eax;
	setup.segment_limits = segments.ebx;
	if (sev.ebx & RMP_CPUID_SEV_C_BIT)
		setup.c_bit = BIT_ULL(sev.ebx & RMP_CPUID_SEV_C_BIT);

	fault = rmp_table_locate(table, &setup);
	/* First see that it is memory, then read it. */
	if (!fault && !table_in_dram(table))
		fault = "the RMP table is where the processor has no memory";
	if (!fault && table->segmented)
		fault = read_descriptors(table, &setup);
	if (!fault && !table_in_dram(table))
		fault = "a segment of the RMP table is where the processor has no memory";
	return fault;
}

/**
 * struct ram_walk - going over the kernel's memory
 * @table: the table
 * @around: the answer
 * @range: memory in one piece that was seen last
 */
struct ram_walk {
	const struct rmp_table *table;
	struct rmp_surroundings *around;
	struct rmp_range range;
};

static void note_gap(const struct rmp_table *table, const struct rmp_range *range,
		     struct rmp_surroundings *around)
{
	struct rmp_range gap;

	around->ram_end = max(around->ram_end, range->end);
	if (rmp_table_gap(table, range, &gap) && gap.end > around->gap.end)
		around->gap = gap;
}

/* The list is in order, but has borders where nothing but the name of memory changes. */
static int note_ram(struct resource *res, void *data)
{
	struct ram_walk *walk = data;
	struct rmp_range range = {
		.start = ALIGN_DOWN(res->start, SZ_4K),
		.end = ALIGN(res->end + 1, SZ_4K),
	};

	if (range.start > walk->range.end) {
		note_gap(walk->table, &walk->range, walk->around);
		walk->range = range;
	} else {
		walk->range.end = max(walk->range.end, range.end);
	}
	return 0;
}

/**
 * rmp_machine_surroundings() - does the table suit the memory of this machine?
 * @table: the table
 * @around: the answer
 *
 * Context: may sleep.
 */
void rmp_machine_surroundings(const struct rmp_table *table, struct rmp_surroundings *around)
{
	struct ram_walk walk = { .table = table, .around = around };
	struct rmp_range range;
	unsigned int i;

	memset(around, 0, sizeof(*around));
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
			    &walk, note_ram);
	note_gap(table, &walk.range, around);

	for (i = 0; rmp_table_memory(table, i, &range); i++) {
		if (range.start == range.end)
			continue;
		note_gap(table, &range, around);

		/* A large page there would have both table and memory in it. */
		range.start = ALIGN_DOWN(range.start, SZ_2M);
		range.end = ALIGN(range.end, SZ_2M);
		if (region_intersects(range.start, range.end - range.start,
				      IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT)
			around->neighbour = range;
	}
}

static struct rmp_iommu *find_iommu(struct rmp_iommus *iommus, u64 base)
{
	unsigned int i;

	for (i = 0; i < iommus->count; i++)
		if (iommus->iommu[i].base == base)
			return &iommus->iommu[i];
	if (iommus->count == RMP_IOMMUS_MAX)
		return NULL;
	iommus->iommu[i].base = base;
	iommus->count++;
	return &iommus->iommu[i];
}

/* What the BIOS says about the IOMMUs in the ACPI table IVRS. */
static void rmp_iommus_parse(struct rmp_iommus *iommus, const u8 *ivrs, size_t len)
{
	size_t at, size;

	memset(iommus, 0, sizeof(*iommus));
	for (at = IVRS_HEADER; at + IVRS_BLOCK_MIN <= len; at += size) {
		const u8 *block = ivrs + at;
		struct rmp_iommu *iommu;
		u64 base;

		size = block[2] | block[3] << 8;
		if (size < IVRS_BLOCK_MIN || size > len - at)
			return;
		/* Others are about memory, not about IOMMUs. */
		if (block[0] != 0x10 && block[0] != 0x11 && block[0] != 0x40)
			continue;

		memcpy(&base, block + 8, sizeof(base));
		iommu = find_iommu(iommus, base);
		if (iommu && block[0] != 0x10 && size >= IVRS_BLOCK_EFR_MIN) {
			memcpy(&iommu->efr, block + 24, sizeof(iommu->efr));
			iommu->efr_known = true;
		}
	}
}

/**
 * rmp_machine_iommus() - the IOMMUs of this machine
 * @iommus: filled in
 *
 * Context: may sleep.
 */
void rmp_machine_iommus(struct rmp_iommus *iommus)
{
	struct acpi_table_header *ivrs;

	iommus->count = 0;
	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_IVRS, 0, &ivrs)))
		return;
	rmp_iommus_parse(iommus, (const u8 *)ivrs, ivrs->length);
	acpi_put_table(ivrs);
}
