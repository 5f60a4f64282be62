// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware learns by WBINVD. Drivers execute it right before SNP_INIT, which is when the
 * firmware has to know where the IOMMU writes to: event log, PPR log, and the word that tells that
 * its commands are done. The addresses are in its registers and in its command ring.
 */
#include <string.h>

#include "sevcpu.h"

#define REG_COMMANDS	0x08u
#define REG_EVENTS	0x10u
#define REG_PPR		0x38u

#define BASE_MASK	0xffffffffff000ull
#define SIZE_SHIFT	56
#define SIZE_MASK	0xfu		/* 2^size entries */
#define MIN_SIZE	8u
#define ENTRY_SIZE	16u

#define CMD_WAIT	1u		/* bits 63:60 of a command's first half */
#define CMD_WAIT_STORE	1u
#define PAGE_SIZE	0x1000u

struct ranges {
	struct machine_range range[MACHINE_MAX_RANGES];
	unsigned int count;
};

static void add(struct ranges *r, uint64_t pa, uint64_t len)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (r->range[i].pa == pa && r->range[i].len == len)
			return;
	if (r->count < MACHINE_MAX_RANGES)
		r->range[r->count++] = (struct machine_range){ pa, len };
}

/* A ring of 16-byte entries; false when it was not set up. */
static bool get_ring(uint32_t reg, uint64_t *pa, uint64_t *len)
{
	unsigned int size;
	uint64_t value;

	if (guest_read(sevcpu_config.iommu + reg, &value, sizeof(value)))
		return false;
	size = (unsigned int)(value >> SIZE_SHIFT) & SIZE_MASK;
	*pa = value & BASE_MASK & ~(1ull << sevcpu_config.cbit);
	*len = (uint64_t)ENTRY_SIZE << size;
	return *pa && size >= MIN_SIZE;
}

static void add_ring(struct ranges *r, uint32_t reg)
{
	uint64_t pa, len;

	if (get_ring(reg, &pa, &len))
		add(r, pa, len);
}

static void add_waits(struct ranges *r)
{
	uint64_t command[2], pa, len;

	if (!get_ring(REG_COMMANDS, &pa, &len))
		return;
	for (uint64_t off = 0; off < len; off += ENTRY_SIZE) {
		if (guest_read(pa + off, command, sizeof(command)))
			return;
		if (command[0] >> 60 == CMD_WAIT && command[0] & CMD_WAIT_STORE)
			add(r, command[0] & BASE_MASK & ~(1ull << sevcpu_config.cbit),
			    PAGE_SIZE);
	}
}

/**
 * iommu_look() - find out where the IOMMU writes to, if anybody wants to know
 * @vcpu: the vCPU that runs the callback
 */
void iommu_look(unsigned int vcpu)
{
	struct ranges r = { .count = 0 };

	if (!sevcpu_config.snp || !(msr_value(vcpu, MSR_SYSCFG) & SYSCFG_SNP_EN))
		return;
	add_ring(&r, REG_EVENTS);
	add_ring(&r, REG_PPR);
	add_waits(&r);
	machine_set_ranges(sevcpu_machine, r.range, r.count);
}
