// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the IOMMUs write to: the logs of events and of page requests, and the word
 * that tells that commands are done.  SNP_INIT makes it the firmware's.
 *
 * A CPU that writes through a mapping of 2 MiB is stopped if only one page behind it is not
 * the hypervisor's, so the kernel must not map such memory together with any other.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/kernel.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <asm/pgtable_types.h>

#include "machine.h"

#define IOMMU_REGS_SIZE		0x100

/* Base and size of a ring of entries. */
#define IOMMU_RING_ADDRESS	GENMASK_ULL(51, 12)
#define IOMMU_RING_SHIFT	GENMASK_ULL(59, 56)
#define IOMMU_RING_SHIFT_MIN	8
#define IOMMU_RING_ENTRY	16

/**
 * struct iommu_buffer - something that an IOMMU writes to
 * @name: for people
 * @reg: where its address is
 * @ring: the register has its size, too; else it is a page
 */
struct iommu_buffer {
	const char *name;
	unsigned int reg;
	bool ring;
};

static const struct iommu_buffer iommu_buffers[] = {
	{ "event log", 0x10, true },
	/* With SNP this is no exclusion range. */
	{ "completions of commands", 0x20, false },
	{ "log of page requests", 0x38, true },
};

/* Where the register points to; empty if nothing was set up. */
static void buffer_range(const struct iommu_buffer *buffer, u64 value, struct rmp_range *range)
{
	unsigned int shift = FIELD_GET(IOMMU_RING_SHIFT, value);
	u64 size = buffer->ring ? (u64)IOMMU_RING_ENTRY << shift : PAGE_SIZE;

	range->start = __sme_clr(value) & IOMMU_RING_ADDRESS;
	range->end = range->start;
	if (range->start && (!buffer->ring || shift >= IOMMU_RING_SHIFT_MIN))
		range->end += PAGE_ALIGN(size);
}

static bool mapped_alone(const struct rmp_range *range)
{
	unsigned int level;
	u64 pa;

	for (pa = range->start; pa < range->end; pa += PAGE_SIZE) {
		if (!pfn_valid(PHYS_PFN(pa)))
			continue;
		if (lookup_address((unsigned long)phys_to_virt(pa), &level) &&
		    level != PG_LEVEL_4K)
			return false;
	}
	return true;
}

/**
 * rmp_iommu_shared_mapping() - does the kernel map what an IOMMU writes to together with
 * other memory?
 * @iommu: the IOMMU
 * @range: out: the memory, if it does
 *
 * Only reads registers.
 *
 * Context: may sleep.
 * Return: what the memory is for, or NULL if it is all mapped in pages of 4 KiB, or if
 * the registers can't be read
 */
const char *rmp_iommu_shared_mapping(const struct rmp_iommu *iommu, struct rmp_range *range)
{
	void __iomem *regs = ioremap(iommu->base, IOMMU_REGS_SIZE);
	const char *name = NULL;
	unsigned int i;

	for (i = 0; regs && i < ARRAY_SIZE(iommu_buffers) && !name; i++) {
		buffer_range(&iommu_buffers[i], readq(regs + iommu_buffers[i].reg), range);
		if (!mapped_alone(range))
			name = iommu_buffers[i].name;
	}
	if (regs)
		iounmap(regs);
	return name;
}
