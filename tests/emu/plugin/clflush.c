// SPDX-License-Identifier: GPL-2.0-only
/*
 * CLFLUSH, CLFLUSHOPT and CLWB write one line back, on all CPUs at once. A page that has gone
 * through line by line is clean. Software does one page after the other, so only few pages are
 * ever half done; one that is forgotten stays dirty.
 */

#include "machine/caches.h"
#include "sevcpu.h"

#define LINE		64u
#define PAGE		0x1000ull
#define HALF_DONE	64u
#define LONGEST		12u		/* prefixes, REX, opcode, ModRM, SIB and four bytes */
/* Where an instruction ends that has ModRM at an offset, and behind it an address */
#define RELATIVE(at)	((uint64_t)(at) + 5)

#define MOD(modrm)	((modrm) >> 6)
#define RM(modrm)	((modrm) & 7)
#define REG(modrm)	((modrm) >> 3 & 7)
#define REX_B		1u
#define REX_X		2u
#define HAS_SIB		4u
#define NO_BASE		5u
#define NO_INDEX	4u

static struct {
	uint64_t page, lines;
} half_done[HALF_DONE];

static unsigned int next_slot;

/* Numbers of registers in instructions */
static const enum reg_id numbers[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

/* struct operand - instruction without its prefixes */
struct operand {
	const uint8_t *code;
	size_t len;
	unsigned int rex;
};

static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x3e || byte == 0x2e;
}

static bool parse(const uint8_t *code, size_t len, struct operand *op)
{
	size_t at = 0;

	op->rex = 0;
	while (at < len && is_prefix(code[at]))
		at++;
	if (at < len && (code[at] & 0xf0) == 0x40)
		op->rex = code[at++];
	if (at + 3 > len || code[at] != 0x0f || code[at + 1] != 0xae)
		return false;
	op->code = code + at + 2;
	op->len = len - at - 2;
	if (MOD(op->code[0]) == 3)
		return false;
	/* With 66 and 6 it is CLWB, without XSAVEOPT. */
	return REG(op->code[0]) == 7 || (REG(op->code[0]) == 6 && code[0] == 0x66);
}

/**
 * clflush_is_one() - does an instruction write a line back?
 * @code: its bytes
 * @len: how many
 *
 * Return: true for CLFLUSH, CLFLUSHOPT and CLWB.
 */
bool clflush_is_one(const uint8_t *code, size_t len)
{
	struct operand op;

	return parse(code, len, &op);
}

static int64_t displacement(const uint8_t *code, unsigned int size)
{
	int32_t value = 0;

	if (size == 1)
		return (int8_t)*code;
	for (unsigned int i = 0; i < size; i++)
		value = (int32_t)((uint32_t)value | (uint32_t)code[i] << 8 * i);
	return value;
}

static uint64_t address(unsigned int vcpu, const struct operand *op, uint64_t next)
{
	unsigned int modrm = op->code[0], base = RM(modrm), size = MOD(modrm) == 1 ? 1 : 4;
	const uint8_t *at = op->code + 1;
	uint64_t sum = 0;

	if (base == HAS_SIB) {
		unsigned int sib = *at++, index = (sib >> 3 & 7) | (op->rex & REX_X ? 8 : 0);

		base = sib & 7;
		if (index != NO_INDEX)
			sum += reg_read(vcpu, numbers[index]) << (sib >> 6);
	} else if (!MOD(modrm) && base == NO_BASE) {
		return next + (uint64_t)displacement(at, 4);
	}
	if (MOD(modrm) || base != NO_BASE) {
		sum += reg_read(vcpu, numbers[base | (op->rex & REX_B ? 8 : 0)]);
		size = MOD(modrm) ? size : 0;
	}
	return sum + (uint64_t)displacement(at, size);
}

static bool page_is_done(uint64_t pa)
{
	uint64_t page = pa & -PAGE, line = 1ull << (pa % PAGE / LINE);
	unsigned int i;

	for (i = 0; i < HALF_DONE && half_done[i].page != page; i++)
		;
	if (i == HALF_DONE) {
		i = next_slot++ % HALF_DONE;
		half_done[i].page = page;
		half_done[i].lines = 0;
	}
	half_done[i].lines |= line;
	if (~half_done[i].lines)
		return false;
	half_done[i].lines = 0;
	return true;
}

/**
 * clflush_execute() - an instruction that writes a line back is about to run
 * @vcpu: on which vCPU
 *
 * Return: false: QEMU shall do it.
 */
bool clflush_execute(unsigned int vcpu)
{
	uint64_t pc = insn_next(), pa;
	uint8_t code[LONGEST];
	struct operand op;

	if (!guest_read_virtual(pc, code, sizeof(code)) || !parse(code, sizeof(code), &op) ||
	    !qemu_plugin_translate_vaddr(address(vcpu, &op, pc + RELATIVE(op.code - code)), &pa))
		return false;
	pa &= ~(1ull << sevcpu_config.cbit);
	machine_lock(sevcpu_machine);
	if (machine_is_dirty(sevcpu_machine, pa, NULL, NULL) && page_is_done(pa))
		machine_undirty(sevcpu_machine, pa & -PAGE, PAGE);
	machine_unlock(sevcpu_machine);
	return false;
}
