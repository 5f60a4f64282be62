/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for rmp/msr.h: registers and CPUID leaves are the test's, and each CPU has
 * registers of its own.  Registers that are not in here read 0 and take no value.
 */
#ifndef KUNIT_FAKE_MSR_H
#define KUNIT_FAKE_MSR_H

#define rmp_msr_read	hardware_msr_read
#define rmp_msr_write	hardware_msr_write
#define rmp_cpuid(leaf)	hardware_cpuid(leaf)
#include "rmp/msr.h"
#undef rmp_msr_read
#undef rmp_msr_write
#undef rmp_cpuid

#include <linux/smp.h>
#include <linux/string.h>

#define FAKE_CPUS	8

/**
 * struct fake_msrs - registers of one CPU
 * @syscfg: SYSCFG
 * @stuck: bits of it that a write does not change
 * @efer: EFER
 * @hsave: VM_HSAVE_PA
 */
struct fake_msrs {
	u64 syscfg;
	u64 stuck;
	u64 efer;
	u64 hsave;
};

static struct fake_msrs fake_cpu[FAKE_CPUS];
/* EAX of the leaf that tells about SEV. */
static u32 fake_sev_leaf;

static inline void fake_msrs_reset(u64 syscfg)
{
	unsigned int cpu;

	memset(fake_cpu, 0, sizeof(fake_cpu));
	for (cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_cpu[cpu].syscfg = syscfg;
	fake_sev_leaf = RMP_CPUID_SEV_SNP;
}

static inline int rmp_msr_read(u32 msr, u64 *value)
{
	struct fake_msrs *cpu = &fake_cpu[raw_smp_processor_id() % FAKE_CPUS];

	*value = msr == RMP_MSR_SYSCFG ? cpu->syscfg :
		 msr == RMP_MSR_EFER ? cpu->efer :
		 msr == RMP_MSR_VM_HSAVE_PA ? cpu->hsave : 0;
	return 0;
}

static inline int rmp_msr_write(u32 msr, u64 value)
{
	struct fake_msrs *cpu = &fake_cpu[raw_smp_processor_id() % FAKE_CPUS];

	if (msr == RMP_MSR_SYSCFG)
		cpu->syscfg = (value & ~cpu->stuck) | (cpu->syscfg & cpu->stuck);
	if (msr == RMP_MSR_VM_HSAVE_PA)
		cpu->hsave = value;
	return 0;
}

static inline struct rmp_cpuid rmp_cpuid(u32 leaf)
{
	return (struct rmp_cpuid) { .eax = leaf == RMP_CPUID_SEV ? fake_sev_leaf : 0 };
}

#endif /* KUNIT_FAKE_MSR_H */
