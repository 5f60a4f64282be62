// SPDX-License-Identifier: GPL-2.0-only
/* RMPUPDATE, PSMASH and RMPREAD. The caller holds machine_lock(). */
#include <string.h>

#include "rmp.h"

#define PAGE_SIZE	0x1000ull
#define MAX_GPA		(1ull << 51)
#define MAX_ASID	1023u
#define HPAGE_REGION	0x2u	/* of RMPREAD's page size: the 2 MiB around have one entry */

/* The operand of RMPUPDATE, in memory; RMPREAD's result has the same fields. */
struct operand {
	uint64_t gpa;
	uint8_t assigned, pagesize, immutable, reserved;
	uint32_t asid;
} __attribute__((packed));

_Static_assert(sizeof(struct operand) == 16, "operand of RMPUPDATE");

/* A page that stays with the hypervisor has no owner to be described. */
static bool operand_makes_sense(const struct operand *op, uint64_t pa)
{
	if (op->assigned > 1 || op->pagesize > 1 || op->immutable > 1 || op->reserved)
		return false;
	if (pa % PAGE_SIZE || (op->pagesize && pa % RMP_LARGE))
		return false;
	if (op->gpa % PAGE_SIZE || op->gpa >= MAX_GPA || op->asid > MAX_ASID)
		return false;
	if (op->pagesize && op->gpa % RMP_LARGE)
		return false;
	return op->assigned ? op->asid || !op->gpa : !op->asid && !op->gpa;
}

static enum rmp_result check_overlap(const struct rmp *rmp, uint64_t pa, bool large,
				     const struct fw_rmp_entry *now)
{
	int any;

	if (now->huge)
		return large ? RMP_SUCCESS : RMP_FAIL_OVERLAP;
	if (!large)
		return RMP_SUCCESS;
	any = rmp_any_assigned(rmp, pa);
	if (any < 0)
		return RMP_FAIL_INPUT;
	return any ? RMP_FAIL_OVERLAP : RMP_SUCCESS;
}

/**
 * rmp_update() - RMPUPDATE: the hypervisor gives a page away or takes it back
 * @rmp: the table
 * @pa: RAX
 * @state: the 16 bytes that RCX points to
 *
 * Return: what EAX gets.
 */
enum rmp_result rmp_update(const struct rmp *rmp, uint64_t pa, const uint8_t state[16])
{
	struct fw_rmp_entry now, next = { 0 };
	enum rmp_result result;
	struct operand op;

	memcpy(&op, state, sizeof(op));
	if (!operand_makes_sense(&op, pa) || rmp_get(rmp, pa, &now))
		return RMP_FAIL_INPUT;
	if (now.immutable)
		return RMP_FAIL_PERMISSION;
	result = check_overlap(rmp, pa, op.pagesize, &now);
	if (result)
		return result;
	next.immutable = op.immutable;
	if (op.assigned) {
		next.assigned = true;
		next.huge = op.pagesize;
		next.gpa = op.gpa;
		next.asid = op.asid;
	}
	return rmp_store(rmp, pa, &next) ? RMP_FAIL_INPUT : RMP_SUCCESS;
}

/**
 * rmp_smash() - PSMASH: one entry of 2 MiB becomes 512 of 4 KiB, with the same owner
 * @rmp: the table
 * @pa: RAX
 *
 * Return: what EAX gets.
 */
enum rmp_result rmp_smash(const struct rmp *rmp, uint64_t pa)
{
	struct fw_rmp_entry entry;
	uint64_t gpa;

	if (pa % RMP_LARGE || rmp_load(rmp, pa, &entry))
		return RMP_FAIL_INPUT;
	if (entry.immutable)
		return RMP_FAIL_PERMISSION;
	if (!entry.assigned || !entry.huge)
		return RMP_FAIL_INPUT;
	gpa = entry.gpa;
	entry.huge = false;
	/* The first comes last: until then the others don't count. */
	for (uint64_t off = RMP_LARGE; off; off -= PAGE_SIZE) {
		entry.gpa = entry.asid ? gpa + off - PAGE_SIZE : 0;
		if (rmp_store(rmp, pa + off - PAGE_SIZE, &entry))
			return RMP_FAIL_INPUT;
	}
	return RMP_SUCCESS;
}

/**
 * rmp_query() - RMPREAD: what does the entry of a page say?
 * @rmp: the table
 * @pa: RAX
 * @out: the 16 bytes that RCX points to
 *
 * Return: what EAX gets.
 */
enum rmp_result rmp_query(const struct rmp *rmp, uint64_t pa, uint8_t out[16])
{
	struct fw_rmp_entry entry, large;
	struct operand op;

	if (pa % PAGE_SIZE || rmp_load(rmp, pa, &entry) ||
	    rmp_load(rmp, pa & ~(RMP_LARGE - 1), &large))
		return RMP_FAIL_INPUT;
	op = (struct operand){
		.gpa = entry.gpa,
		.assigned = entry.assigned,
		.pagesize = (uint8_t)(entry.huge | (large.huge ? HPAGE_REGION : 0)),
		.immutable = entry.immutable,
		.asid = entry.asid,
	};
	memcpy(out, &op, sizeof(op));
	return RMP_SUCCESS;
}
