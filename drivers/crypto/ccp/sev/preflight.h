/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the preflight checks look at.
 */
#ifndef CCP_SEV_PREFLIGHT_H
#define CCP_SEV_PREFLIGHT_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/types.h>

#include "../rmp/machine.h"

enum preflight_reg {
	REG_SYSCFG,
	REG_HWCR,
	REG_EFER,
	REG_VM_HSAVE_PA,
	REG_RMP_BASE,
	REG_RMP_END,
	REG_RMP_CFG,
	REG_DEBUG_STATUS,
	REG_TOP_MEM,
	REG_TOM2,
	REG_TSEG_BASE,
	REG_TSEG_MASK,
	REG_IORR_BASE0,
	REG_IORR_MASK0,
	REG_IORR_BASE1,
	REG_IORR_MASK1,
	REG_FIXED_64K,
	REG_FIXED_16K_80,
	REG_FIXED_16K_A0,
	REG_FIXED_4K_C0,
	REG_FIXED_4K_C8,
	REG_FIXED_4K_D0,
	REG_FIXED_4K_D8,
	REG_FIXED_4K_E0,
	REG_FIXED_4K_E8,
	REG_FIXED_4K_F0,
	REG_FIXED_4K_F8,
	REG_COUNT,
};

/**
 * struct preflight_msr - a register that the firmware looks at
 * @msr: its number
 * @name: its name in the processor's manual
 * @equal: it has to be the same on all CPUs
 * @segmented: only processors that can segment the RMP table have it
 */
struct preflight_msr {
	u32 msr;
	const char *name;
	bool equal;
	bool segmented;
};

extern const struct preflight_msr preflight_msrs[REG_COUNT];

/**
 * struct preflight_cpu - what one CPU says
 * @cpu: its number
 * @absent: bitmap of the registers that it doesn't have
 * @value: the others
 */
struct preflight_cpu {
	unsigned int cpu;
	u64 absent;
	u64 value[REG_COUNT];
};

/**
 * struct preflight_facts - everything that is judged
 * @up: SNP runs already
 * @cpu_has_snp: the processor has it
 * @refused: what rules SNP out without looking at the machine, or NULL
 * @forced: the user wants the firmware asked all the same
 * @in_kernel: the kernel supports SNP hosts
 * @kernel_usable: and has found this machine fit for it
 * @late: the CPUs turn SNP on when it starts, not when the kernel boots
 * @passthrough: the IOMMU lets devices through
 * @present: CPUs in the machine
 * @online: CPUs in use, and members of @cpu
 * @cpu: each of them
 * @table: where the RMP is
 * @fault: what is wrong with @table, or NULL
 * @around: memory and @table
 * @iommus: the IOMMUs
 */
struct preflight_facts {
	bool up;
	bool cpu_has_snp;
	const char *refused;
	bool forced;
	bool in_kernel;
	bool kernel_usable;
	bool late;
	bool passthrough;
	unsigned int present;
	unsigned int online;
	struct preflight_cpu *cpu;
	struct rmp_table table;
	const char *fault;
	struct rmp_surroundings around;
	struct rmp_iommus iommus;
};

/**
 * enum preflight_weight - what it means that a check fails
 * @PREFLIGHT_ALWAYS: SNP must not be started, whatever the user says
 * @PREFLIGHT_CERTAIN: the firmware would refuse for certain; asking it costs more than
 *	not asking, because processors with SNP but without an initialised firmware have no
 *	SEV either
 * @PREFLIGHT_LATE: the same where the CPUs turn SNP on only when it starts; advice where they
 *	have had it since the boot
 * @PREFLIGHT_KERNEL: the same without support in the kernel; advice where the kernel has
 *	found the machine fit
 * @PREFLIGHT_ADVICE: the firmware may refuse, and then this is a likely reason
 */
enum preflight_weight {
	PREFLIGHT_CERTAIN,
	PREFLIGHT_ALWAYS,
	PREFLIGHT_LATE,
	PREFLIGHT_KERNEL,
	PREFLIGHT_ADVICE,
};

/**
 * struct preflight_check - one condition
 * @name: short, for the list
 * @fails: is it not met?  Then the particulars are written to @text
 * @weight: &enum preflight_weight
 * @reg: the register that it is about, if it is about one
 * @mask: bits of that register
 * @want: value of these bits
 * @problem: what it means
 * @remedy: what to do about it
 */
struct preflight_check {
	const char *name;
	bool (*fails)(const struct preflight_facts *facts, const struct preflight_check *check,
		      char *text, size_t size);
	enum preflight_weight weight;
	enum preflight_reg reg;
	u64 mask;
	u64 want;
	const char *problem;
	const char *remedy;
};

extern const struct preflight_check preflight_checks[];
extern const unsigned int preflight_check_count;

/* Longest particulars. */
#define PREFLIGHT_TEXT	160

static inline bool preflight_known(const struct preflight_cpu *cpu, enum preflight_reg reg)
{
	return !(cpu->absent & BIT_ULL(reg));
}

const struct preflight_check *preflight_judge(const struct preflight_facts *facts, char *text,
					      unsigned int *failed);
bool preflight_is_advice(const struct preflight_facts *facts,
			 const struct preflight_check *check);
struct preflight_facts *preflight_gather(void (*read)(struct preflight_cpu *cpu));
void preflight_read_cpu(struct preflight_cpu *cpu);
void preflight_free(struct preflight_facts *facts);

DEFINE_FREE(preflight_free, struct preflight_facts *, if (_T) preflight_free(_T))

#endif /* CCP_SEV_PREFLIGHT_H */
