/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions on the reverse map table.  Assemblers of older kernels don't know
 * them, so they are written as bytes.
 */
#ifndef CCP_RMP_INSN_H
#define CCP_RMP_INSN_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* Another CPU is changing an entry of the same 2 MiB. */
#define RMPUPDATE_OVERLAP	4

/**
 * struct rmp_state - what RMPUPDATE is to make of an entry
 * @gpa: guest-physical address
 * @assigned: 1 if the page is not the hypervisor's
 * @pagesize: 1 for 2 MiB
 * @immutable: 1 if only the firmware may change it from now on
 * @reserved: 0
 * @asid: whose page it is, 0 for the firmware
 */
struct rmp_state {
	u64 gpa;
	u8 assigned;
	u8 pagesize;
	u8 immutable;
	u8 reserved;
	u32 asid;
};

static_assert(sizeof(struct rmp_state) == 16);

/**
 * rmpupdate() - change the entry of a page
 * @pa: the page
 * @state: what it is to say
 *
 * Return: 0 or the processor's code
 */
static inline int rmpupdate(u64 pa, const struct rmp_state *state)
{
	int ret;

	asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfe"
		     : "=a" (ret) : "a" (pa), "c" (state) : "memory", "cc");
	return ret;
}

/**
 * rmpread() - read the entry of a page
 * @pa: the page
 * @answer: out: 16 bytes, see rmp_entry_from_rmpread()
 *
 * Only for processors with CPUID 8000001F EAX bit 21.
 *
 * Return: 0 or the processor's code
 */
static inline int rmpread(u64 pa, u8 *answer)
{
	int ret;

	asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfd"
		     : "=a" (ret) : "a" (pa), "c" (answer) : "memory", "cc");
	return ret;
}

#endif /* CCP_RMP_INSN_H */
