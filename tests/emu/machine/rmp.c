// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the RMP has its entries and what their bits mean.
 *
 * On Zen 3 and Zen 4 the bits are those of the processor's reference manual. Later processors
 * don't tell, so here the bits of such a table are in other places: a driver that reads them
 * instead of asking RMPREAD reads nonsense. In either form zeros are a hypervisor page.
 */
#include <errno.h>
#include <string.h>

#include "rmp.h"

#define PAGE_SHIFT	12
#define LARGE_PAGES	512u

#define ASSIGNED	(1ull << 0)
#define LARGE		(1ull << 1)
#define IMMUTABLE	(1ull << 2)
#define GPA_SHIFT	12
#define GPA_MASK	0x7fffffffffull		/* in pages */
#define ASID_SHIFT	51
#define ASID_MASK	0x3ffull
#define VMSA		(1ull << 61)
#define VALIDATED	(1ull << 62)

#define HIDDEN_ROTATE	23

#define SEGMENT_GIB	0xfffffull
#define SEGMENT_BASE	0xffffffff00000ull
#define SEGMENT_SHIFT(cfg)	((unsigned int)((cfg) >> 8) & 0x3f)

/**
 * rmp_of_machine() - the table that a CPU uses
 * @rmp: filled in
 * @machine: shared state with the registers of the CPU
 * @cpu: the CPU
 * @mem: memory of the machine, copied
 */
void rmp_of_machine(struct rmp *rmp, const struct machine *machine, unsigned int cpu,
		    const struct rmp_memory *mem)
{
	*rmp = (struct rmp){ .mem = *mem, .form = machine_form(machine) };
	machine_msr_read(machine, cpu, MSR_RMP_BASE, &rmp->base);
	machine_msr_read(machine, cpu, MSR_RMP_END, &rmp->end);
	machine_msr_read(machine, cpu, MSR_RMP_CFG, &rmp->cfg);
}

static int locate_contiguous(const struct rmp *rmp, uint64_t pa, uint64_t *where)
{
	uint64_t entry = rmp->base + RMP_BOOKKEEPING + (pa >> PAGE_SHIFT) * RMP_ENTRY_SIZE;

	if (!rmp->base || rmp->end < rmp->base || entry + RMP_ENTRY_SIZE - 1 > rmp->end)
		return -ENXIO;
	*where = entry;
	return 0;
}

static int locate_segmented(const struct rmp *rmp, uint64_t pa, uint64_t *where)
{
	unsigned int shift = SEGMENT_SHIFT(rmp->cfg);
	uint64_t index = pa >> shift, inside = pa & ((1ull << shift) - 1);
	uint64_t segment;

	if (!rmp->base || index >= RMP_SEGMENTS)
		return -ENXIO;
	if (rmp->mem.read(rmp->mem.ctx, rmp->base + RMP_BOOKKEEPING + index * sizeof(segment),
			  &segment, sizeof(segment)))
		return -EFAULT;
	/* More than the segment is long may be given; then all of it is covered. */
	if (inside >> 30 >= (segment & SEGMENT_GIB))
		return -ENXIO;
	*where = (segment & SEGMENT_BASE) + (inside >> PAGE_SHIFT) * RMP_ENTRY_SIZE;
	return 0;
}

static int locate(const struct rmp *rmp, uint64_t pa, uint64_t *where)
{
	if (rmp->cfg & RMP_CFG_SEGMENTED)
		return locate_segmented(rmp, pa, where);
	return locate_contiguous(rmp, pa, where);
}

static uint64_t rotate_left(uint64_t v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

static void decode(const struct rmp *rmp, const uint64_t raw[2], struct fw_rmp_entry *entry)
{
	uint64_t lo = rmp->form == MACHINE_RMP_RAW ? raw[0] :
						     rotate_left(raw[1], 64 - HIDDEN_ROTATE);

	*entry = (struct fw_rmp_entry){
		.gpa = (lo >> GPA_SHIFT & GPA_MASK) << PAGE_SHIFT,
		.asid = (uint32_t)(lo >> ASID_SHIFT & ASID_MASK),
		.assigned = lo & ASSIGNED,
		.validated = lo & VALIDATED,
		.immutable = lo & IMMUTABLE,
		.vmsa = lo & VMSA,
		.huge = lo & LARGE,
	};
}

static void encode(const struct rmp *rmp, const struct fw_rmp_entry *entry, uint64_t raw[2])
{
	uint64_t lo = (entry->gpa >> PAGE_SHIFT & GPA_MASK) << GPA_SHIFT |
		      (entry->asid & ASID_MASK) << ASID_SHIFT;

	lo |= entry->assigned ? ASSIGNED : 0;
	lo |= entry->validated ? VALIDATED : 0;
	lo |= entry->immutable ? IMMUTABLE : 0;
	lo |= entry->vmsa ? VMSA : 0;
	lo |= entry->huge ? LARGE : 0;
	raw[0] = rmp->form == MACHINE_RMP_RAW ? lo : 0;
	raw[1] = rmp->form == MACHINE_RMP_RAW ? 0 : rotate_left(lo, HIDDEN_ROTATE);
}

/**
 * rmp_load() - the entry of one 4 KiB page as it stands
 * @rmp: the table
 * @pa: address in the page
 * @entry: set; of a page inside a 2 MiB entry it says nothing
 *
 * Return: 0, -ENXIO when the table does not cover the page, -EFAULT when it is not in memory.
 */
int rmp_load(const struct rmp *rmp, uint64_t pa, struct fw_rmp_entry *entry)
{
	uint64_t where, raw[2];
	int ret = locate(rmp, pa, &where);

	if (ret)
		return ret;
	if (rmp->mem.read(rmp->mem.ctx, where, raw, sizeof(raw)))
		return -EFAULT;
	decode(rmp, raw, entry);
	return 0;
}

/**
 * rmp_store() - replace the entry of one 4 KiB page
 * @rmp: the table
 * @pa: address in the page
 * @entry: its new content
 *
 * Return: 0, -ENXIO when the table does not cover the page, -EFAULT when it is not in memory.
 */
int rmp_store(const struct rmp *rmp, uint64_t pa, const struct fw_rmp_entry *entry)
{
	uint64_t where, raw[2];
	int ret = locate(rmp, pa, &where);

	if (ret)
		return ret;
	encode(rmp, entry, raw);
	return rmp->mem.write(rmp->mem.ctx, where, raw, sizeof(raw)) ? -EFAULT : 0;
}

/**
 * rmp_any_assigned() - is any page of the 2 MiB around an address not the hypervisor's?
 * @rmp: the table
 * @pa: the address
 *
 * Return: 1 or 0; -ENXIO when not all are covered, -EFAULT when the table is not in memory.
 */
int rmp_any_assigned(const struct rmp *rmp, uint64_t pa)
{
	uint64_t first, last, raw[LARGE_PAGES][2];
	struct fw_rmp_entry entry;
	int ret;

	pa &= ~(RMP_LARGE - 1);
	ret = locate(rmp, pa, &first);
	if (!ret)
		ret = locate(rmp, pa + RMP_LARGE - 1, &last);
	if (ret)
		return ret;
	if (rmp->mem.read(rmp->mem.ctx, first, raw, sizeof(raw)))
		return -EFAULT;
	for (unsigned int i = 0; i < LARGE_PAGES; i++) {
		decode(rmp, raw[i], &entry);
		if (entry.assigned || entry.immutable)
			return 1;
	}
	return 0;
}

/**
 * rmp_get() - who owns a page?
 * @rmp: the table
 * @pa: address in the page
 * @entry: set; that of the 2 MiB if there is one
 *
 * Return: 0, -ENXIO when the table does not cover the page, -EFAULT when it is not in memory.
 */
int rmp_get(const struct rmp *rmp, uint64_t pa, struct fw_rmp_entry *entry)
{
	struct fw_rmp_entry large;
	int ret = rmp_load(rmp, pa, entry);

	if (!ret)
		ret = rmp_load(rmp, pa & ~(RMP_LARGE - 1), &large);
	if (!ret && large.huge)
		*entry = large;
	return ret;
}

/**
 * rmp_put() - give a page to another owner, as the firmware does
 * @rmp: the table
 * @pa: address in the page
 * @entry: the new owner; with @entry->huge, of the 2 MiB
 *
 * Return: 0, -ENXIO when the table does not cover the page, -EFAULT when it is not in memory,
 * -EINVAL when the page is part of 2 MiB that have one entry, or the 2 MiB have many.
 */
int rmp_put(const struct rmp *rmp, uint64_t pa, const struct fw_rmp_entry *entry)
{
	struct fw_rmp_entry now;
	int ret = rmp_get(rmp, pa, &now);

	if (ret)
		return ret;
	if (entry->huge) {
		pa &= ~(RMP_LARGE - 1);
		ret = now.huge ? 0 : rmp_any_assigned(rmp, pa);
		if (ret)
			return ret < 0 ? ret : -EINVAL;
	} else if (now.huge && (entry->assigned || pa & (RMP_LARGE - 1))) {
		return -EINVAL;
	}
	return rmp_store(rmp, pa, entry);
}
