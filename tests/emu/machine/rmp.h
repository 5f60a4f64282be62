/* SPDX-License-Identifier: GPL-2.0-only */
/* The reverse map table in the memory of the machine, as the CPUs and the firmware see it. */
#ifndef EMU_MACHINE_RMP_H
#define EMU_MACHINE_RMP_H

#include <stddef.h>
#include <stdint.h>

#include "model/fw.h"
#include "state.h"

#define RMP_BOOKKEEPING		0x4000u	/* in front of the entries, or of the segment table */
#define RMP_ENTRY_SIZE		16u
#define RMP_LARGE		0x200000ull	/* what an entry with the size bit stands for */
#define RMP_OPERAND_SIZE	9u		/* byte of RMPUPDATE's operand: a page of 2 MiB */
#define RMP_SEGMENTS		512u	/* entries of the segment table, 8 bytes each */

/**
 * struct rmp_memory - access to the memory of the machine
 * @read: copy @len bytes at @pa into @buf; 0, or negative where no memory is
 * @write: the same in the other direction
 * @ctx: first argument of both
 */
struct rmp_memory {
	int (*read)(void *ctx, uint64_t pa, void *buf, size_t len);
	int (*write)(void *ctx, uint64_t pa, const void *buf, size_t len);
	void *ctx;
};

/**
 * struct rmp - where the table is
 * @mem: memory of the machine
 * @form: how entries are kept
 * @base: MSR RMP_BASE
 * @end: MSR RMP_END, the last byte of a contiguous table
 * @cfg: MSR RMP_CFG; bit 0: @base has a table of segments, of 2^(bits 13:8) bytes each
 */
struct rmp {
	struct rmp_memory mem;
	enum machine_form form;
	uint64_t base, end, cfg;
};

/**
 * enum rmp_result - what RMPUPDATE, PSMASH and RMPREAD leave in EAX
 * @RMP_SUCCESS: done
 * @RMP_FAIL_INPUT: an operand makes no sense, or the table does not cover the page
 * @RMP_FAIL_PERMISSION: the entry is immutable
 * @RMP_FAIL_INUSE: somebody else changes the entry; never seen here, where each waits instead
 * @RMP_FAIL_OVERLAP: the 2 MiB around the page have entries of another page size
 */
enum rmp_result {
	RMP_SUCCESS,
	RMP_FAIL_INPUT,
	RMP_FAIL_PERMISSION,
	RMP_FAIL_INUSE,
	RMP_FAIL_OVERLAP,
};

/* rmp.c: the table; addresses without the C-bit, any byte of the page will do */
void rmp_of_machine(struct rmp *rmp, const struct machine *machine, unsigned int cpu,
		    const struct rmp_memory *mem);
int rmp_get(const struct rmp *rmp, uint64_t pa, struct fw_rmp_entry *entry);
int rmp_put(const struct rmp *rmp, uint64_t pa, const struct fw_rmp_entry *entry);
int rmp_load(const struct rmp *rmp, uint64_t pa, struct fw_rmp_entry *entry);
int rmp_store(const struct rmp *rmp, uint64_t pa, const struct fw_rmp_entry *entry);
int rmp_any_assigned(const struct rmp *rmp, uint64_t pa);

/* rmp_insn.c: the instructions */
enum rmp_result rmp_update(const struct rmp *rmp, uint64_t pa, const uint8_t state[16]);
enum rmp_result rmp_smash(const struct rmp *rmp, uint64_t pa);
enum rmp_result rmp_query(const struct rmp *rmp, uint64_t pa, uint8_t out[16]);

#endif
