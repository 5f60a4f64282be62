// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-specific registers that decide about SEV and SNP, one set per vCPU. Their values are in
 * the state that is shared with the firmware, which checks them and may change SYSCFG.
 */
#include <stdio.h>

#include "machine/pages.h"
#include "sevcpu.h"

#define MAX_CHANGES	32u

/* Registers that follow each other and are treated alike */
struct msr_block {
	uint32_t first, count;
	uint64_t (*reset)(void);
	uint64_t sticky;	/* bits that software can't change */
	uint64_t set_once;	/* bits that software can only set */
	uint64_t dram;		/* bits that read 0 and keep their value without MtrrFixDramModEn */
	bool snp;		/* only there with SNP, otherwise left to QEMU */
	bool watch;		/* QEMU has it too, and needs to know what is written */
	bool locked;		/* by SecureNestedPagingEn */
};

/* What -plugin says of a register: the value that the BIOS leaves, or bits that don't change. */
struct msr_change {
	unsigned int cpu;
	uint32_t msr;
	uint64_t value;
	bool stuck;
};

/* An SNP host's BIOS leaves it like that: DRAM by fixed and variable MTRRs, TOM2 is write-back. */
#define SYSCFG_BIOS		0x740000ull

#define FIXED_DRAM		0x1818181818181818ull	/* reads and writes go to DRAM, per range */
#define CR0_PAGING		(1ull << 31)

static uint64_t syscfg_reset(void)
{
	return (sevcpu_config.snp ? SYSCFG_BIOS : 0) |
	       (sevcpu_config.sme ? SYSCFG_MEM_ENCRYPT : 0);
}

static uint64_t hwcr_reset(void)
{
	return sevcpu_config.smm_lock ? HWCR_SMM_LOCK : 0;
}

static uint64_t top_mem_reset(void)
{
	return sevcpu_config.top_mem;
}

static uint64_t tom2_reset(void)
{
	return sevcpu_config.top_mem2;
}

static const struct msr_block blocks[] = {
	{ .first = MSR_SYSCFG, .count = 1, .reset = syscfg_reset, .sticky = SYSCFG_MEM_ENCRYPT,
	  .set_once = SYSCFG_SNP_EN | SYSCFG_VMPL_EN },
	{ .first = MSR_HWCR, .count = 1, .reset = hwcr_reset, .sticky = HWCR_SMM_LOCK },
	{ .first = MSR_RMP_BASE, .count = 1, .reset = table_base, .snp = true, .locked = true },
	{ .first = MSR_RMP_END, .count = 1, .reset = table_end, .snp = true, .locked = true },
	{ .first = MSR_RMP_CFG, .count = 1, .reset = table_cfg, .snp = true, .locked = true },
	{ .first = MSR_VM_HSAVE_PA, .count = 1, .snp = true, .watch = true },
	{ .first = MSR_MTRR_FIX64K_00000, .count = 1, .snp = true, .watch = true,
	  .dram = FIXED_DRAM },
	{ .first = MSR_MTRR_FIX16K_80000, .count = 2, .snp = true, .watch = true,
	  .dram = FIXED_DRAM },
	{ .first = MSR_MTRR_FIX4K_C0000, .count = 8, .snp = true, .watch = true,
	  .dram = FIXED_DRAM },
	{ .first = MSR_IORR_BASE0, .count = 4, .snp = true },
	{ .first = MSR_TOP_MEM, .count = 1, .reset = top_mem_reset, .snp = true },
	{ .first = MSR_TOM2, .count = 1, .reset = tom2_reset, .snp = true },
	{ .first = MSR_TSEG_BASE, .count = 2, .snp = true },
	{ .first = MSR_DEBUG_STATUS, .count = 1, .snp = true },
};

#define NUM_BLOCKS	(sizeof(blocks) / sizeof(blocks[0]))

static struct msr_change changes[MAX_CHANGES];
static unsigned int num_changes;

/**
 * msr_add_change() - remember an msr= or stuck= option
 * @text: CPU:REGISTER:VALUE, where CPU may be "all"; numbers are hexadecimal but that of the CPU
 * @stuck: VALUE are bits that keep the value that they have at reset
 *
 * Return: false when it makes no sense.
 */
bool msr_add_change(const char *text, bool stuck)
{
	struct msr_change change = { .stuck = stuck };
	unsigned long long value;
	unsigned int msr;
	int end = -1;

	if (sscanf(text, "all:%x:%llx%n", &msr, &value, &end) == 2)
		change.cpu = SEVCPU_MAX_VCPUS;
	else if (sscanf(text, "%u:%x:%llx%n", &change.cpu, &msr, &value, &end) != 3)
		return false;
	if (end < 0 || text[end] || change.cpu > SEVCPU_MAX_VCPUS || !machine_knows_msr(msr) ||
	    num_changes == MAX_CHANGES)
		return false;
	change.msr = msr;
	change.value = value;
	changes[num_changes++] = change;
	return true;
}

/** msr_forget_changes() - as if no msr= and stuck= option had been given */
void msr_forget_changes(void)
{
	num_changes = 0;
}

static bool is_for(const struct msr_change *change, unsigned int vcpu, uint32_t msr)
{
	return change->msr == msr && (change->cpu == vcpu || change->cpu == SEVCPU_MAX_VCPUS);
}

static uint64_t stuck_bits(unsigned int vcpu, uint32_t msr)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < num_changes; i++)
		if (changes[i].stuck && is_for(&changes[i], vcpu, msr))
			bits |= changes[i].value;
	return bits;
}

/* The emulator's own BIOS writes registers, too, but what -plugin says is what the BIOS leaves. */
static bool left_by_bios(unsigned int vcpu, uint32_t msr)
{
	if (reg_read(vcpu, REG_CR0) & CR0_PAGING)
		return false;
	for (unsigned int i = 0; i < num_changes; i++)
		if (!changes[i].stuck && is_for(&changes[i], vcpu, msr))
			return true;
	return false;
}

/**
 * msr_reset() - values that the BIOS leaves
 * @vcpu: of which vCPU
 */
void msr_reset(unsigned int vcpu)
{
	machine_add_cpu(sevcpu_machine, vcpu);
	for (unsigned int i = 0; i < NUM_BLOCKS; i++)
		for (uint32_t k = 0; k < blocks[i].count; k++)
			machine_msr_write(sevcpu_machine, vcpu, blocks[i].first + k,
					  blocks[i].reset ? blocks[i].reset() : 0);
	for (unsigned int i = 0; i < num_changes; i++)
		if (!changes[i].stuck && is_for(&changes[i], vcpu, changes[i].msr))
			machine_msr_write(sevcpu_machine, vcpu, changes[i].msr, changes[i].value);
}

/**
 * msr_value() - value of a register
 * @vcpu: of which vCPU
 * @msr: number of a register that is shared with the firmware
 *
 * Return: the value.
 */
uint64_t msr_value(unsigned int vcpu, uint32_t msr)
{
	uint64_t value = 0;

	machine_msr_read(sevcpu_machine, vcpu, msr, &value);
	return value;
}

static const struct msr_block *find_block(uint32_t msr)
{
	for (unsigned int i = 0; i < NUM_BLOCKS; i++)
		if (msr - blocks[i].first < blocks[i].count)
			return blocks[i].snp && !sevcpu_config.snp ? NULL : &blocks[i];
	return NULL;
}

static uint64_t hidden(unsigned int vcpu, const struct msr_block *block)
{
	return msr_value(vcpu, MSR_SYSCFG) & SYSCFG_MFDM ? 0 : block->dram;
}

/**
 * rdmsr_execute() - an RDMSR instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool rdmsr_execute(unsigned int vcpu)
{
	uint32_t msr = (uint32_t)reg_read(vcpu, REG_RCX);
	const struct msr_block *block = find_block(msr);
	uint64_t value;

	if (!block)
		return false;
	if (msr == MSR_RMP_BASE)
		table_prepare(vcpu);
	value = msr_value(vcpu, msr) & ~hidden(vcpu, block);
	reg_write(vcpu, REG_RAX, (uint32_t)value);
	reg_write(vcpu, REG_RDX, value >> 32);
	return true;
}

/**
 * wrmsr_execute() - a WRMSR instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool wrmsr_execute(unsigned int vcpu)
{
	uint32_t msr = (uint32_t)reg_read(vcpu, REG_RCX);
	const struct msr_block *block = find_block(msr);
	uint64_t old, value, keep;
	bool first;

	if (!block)
		return false;
	value = (uint32_t)reg_read(vcpu, REG_RAX) | reg_read(vcpu, REG_RDX) << 32;
	if (block->locked && msr_value(vcpu, MSR_SYSCFG) & SYSCFG_SNP_EN) {
		fprintf(stderr, "sevcpu: CPU %u: MSR %#x is locked by SNP, %#llx not written\n",
			vcpu, msr, (unsigned long long)value);
		return true;
	}
	if (left_by_bios(vcpu, msr))
		return !block->watch;
	old = msr_value(vcpu, msr);
	keep = block->sticky | stuck_bits(vcpu, msr) | hidden(vcpu, block);
	value = (value & ~keep) | (old & (keep | block->set_once));
	first = msr == MSR_SYSCFG && value & SYSCFG_SNP_EN && !machine_has_snp(sevcpu_machine);
	machine_msr_write(sevcpu_machine, vcpu, msr, value);
	if (first && sevcpu_config.snp)
		table_snp_on(vcpu);
	return !block->watch;
}
