// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reverse map table as the BIOS leaves it, and the instructions that work on it.
 *
 * Memory is read and written past the CPU's caches and page tables, like the CPU itself does for
 * the table. What changes in it decides what may be written to, see stores.c.
 */
#include <stdio.h>
#include <string.h>

#include "ram.h"
#include "sevcpu.h"
#include "stores.h"

#define MIB		0x100000ull
#define GIB		0x40000000ull
#define SEGMENTS_AT	(2 * MIB)	/* behind bookkeeping and table of segments */
#define BYTES_PER_ENTRY	(0x1000 / RMP_ENTRY_SIZE)	/* that an RMP byte covers */

static bool table_written;

static bool is_segmented(void)
{
	return sevcpu_config.rmp_shift != 0;
}

/**
 * table_base() - what the BIOS writes into RMP_BASE
 *
 * Return: the address of the table.
 */
uint64_t table_base(void)
{
	return sevcpu_config.rmp_base;
}

/**
 * table_end() - what the BIOS writes into RMP_END
 *
 * Return: the address of the last byte of a contiguous table, otherwise 0.
 */
uint64_t table_end(void)
{
	if (is_segmented() || !sevcpu_config.rmp_size)
		return 0;
	return sevcpu_config.rmp_base + sevcpu_config.rmp_size - 1;
}

/**
 * table_cfg() - what the BIOS writes into RMP_CFG
 *
 * Return: form of the table and size of its segments.
 */
uint64_t table_cfg(void)
{
	return is_segmented() ? RMP_CFG_SEGMENTED | (uint64_t)sevcpu_config.rmp_shift << 8 : 0;
}

static int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	return ram_is_open() ? ram_read(pa, buf, len) : guest_read(pa, buf, len);
}

static int mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	(void)ctx;
	return ram_is_open() ? ram_write(pa, buf, len) : guest_write(pa, buf, len);
}

/* As many segments as their tables fit into the memory that is there for them. */
static void write_segments(void)
{
	uint64_t gib = (1ull << sevcpu_config.rmp_shift) / GIB;
	uint64_t size = (1ull << sevcpu_config.rmp_shift) / BYTES_PER_ENTRY;
	uint64_t where = sevcpu_config.rmp_base + SEGMENTS_AT;
	uint64_t end = sevcpu_config.rmp_base + sevcpu_config.rmp_size;
	uint64_t at = sevcpu_config.rmp_base + RMP_BOOKKEEPING;

	for (unsigned int i = 0; i < RMP_SEGMENTS && where + size <= end; i++) {
		uint64_t entry = where | gib;

		mem_write(NULL, at + i * sizeof(entry), &entry, sizeof(entry));
		where += size;
	}
}

/**
 * table_prepare() - what the BIOS does, before software asks for the table the first time
 * @vcpu: the vCPU that runs the callback
 */
void table_prepare(unsigned int vcpu)
{
	machine_lock(sevcpu_machine);
	if (!table_written && is_segmented() &&
	    msr_value(vcpu, MSR_RMP_BASE) == sevcpu_config.rmp_base)
		write_segments();
	table_written = true;
	machine_unlock(sevcpu_machine);
}

/** table_reset() - power on */
void table_reset(void)
{
	table_written = false;
}

static void find_table(unsigned int vcpu, struct rmp *rmp)
{
	const struct rmp_memory mem = { mem_read, mem_write, NULL };

	rmp_of_machine(rmp, sevcpu_machine, vcpu, &mem);
}

static bool snp_is_on(unsigned int vcpu)
{
	return msr_value(vcpu, MSR_SYSCFG) & SYSCFG_SNP_EN;
}

/**
 * table_entry() - who owns a page?
 * @pa: address in the page
 * @entry: set
 *
 * Nothing is locked: for those who can't wait.
 *
 * Return: 0, or negative when the table does not tell.
 */
int table_entry(uint64_t pa, struct fw_rmp_entry *entry)
{
	struct rmp rmp;

	find_table(0, &rmp);
	return rmp_get(&rmp, pa, entry);
}

/**
 * table_snp_on() - SNP has been turned on, and with it what the table says
 * @vcpu: on which vCPU
 */
void table_snp_on(unsigned int vcpu)
{
	uint64_t top = sevcpu_config.top_mem2 ? sevcpu_config.top_mem2 : sevcpu_config.top_mem;
	struct rmp rmp;

	find_table(vcpu, &rmp);
	machine_lock(sevcpu_machine);
	machine_note_pages(sevcpu_machine, &rmp, 0, top, MACHINE_BY_TABLE, vcpu);
	stores_apply();
	machine_unlock(sevcpu_machine);
}

static void note(const struct rmp *rmp, uint64_t pa, bool large, unsigned int vcpu)
{
	uint64_t len = large ? RMP_LARGE : MACHINE_PAGE;

	machine_note_pages(sevcpu_machine, rmp, pa, len, MACHINE_BY_CPU, vcpu);
	stores_apply();
}

/**
 * rmpupdate_execute() - an RMPUPDATE instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall raise #UD.
 */
bool rmpupdate_execute(unsigned int vcpu)
{
	uint64_t pa = reg_read(vcpu, REG_RAX);
	enum rmp_result result;
	uint8_t state[16];
	struct rmp rmp;

	if (!snp_is_on(vcpu) || !guest_read_virtual(reg_read(vcpu, REG_RCX), state, sizeof(state)))
		return false;
	find_table(vcpu, &rmp);
	machine_lock(sevcpu_machine);
	result = rmp_update(&rmp, pa, state);
	if (!result)
		note(&rmp, pa, state[RMP_OPERAND_SIZE], vcpu);
	machine_unlock(sevcpu_machine);
	reg_write(vcpu, REG_RAX, result);
	return true;
}

/**
 * psmash_execute() - a PSMASH instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall raise #UD.
 */
bool psmash_execute(unsigned int vcpu)
{
	enum rmp_result result;
	struct rmp rmp;

	if (!snp_is_on(vcpu))
		return false;
	find_table(vcpu, &rmp);
	machine_lock(sevcpu_machine);
	result = rmp_smash(&rmp, reg_read(vcpu, REG_RAX));
	machine_unlock(sevcpu_machine);
	reg_write(vcpu, REG_RAX, result);
	return true;
}

/**
 * rmpread_execute() - an RMPREAD instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall raise #UD.
 */
bool rmpread_execute(unsigned int vcpu)
{
	enum rmp_result result;
	uint8_t out[16] = { 0 };
	struct rmp rmp;

	if (!snp_is_on(vcpu) || !sevcpu_config.rmpread)
		return false;
	find_table(vcpu, &rmp);
	machine_lock(sevcpu_machine);
	result = rmp_query(&rmp, reg_read(vcpu, REG_RAX), out);
	machine_unlock(sevcpu_machine);
	if (!result && !guest_write_virtual(reg_read(vcpu, REG_RCX), out, sizeof(out)))
		return false;
	reg_write(vcpu, REG_RAX, result);
	return true;
}
