/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the processors say about SNP: model-specific registers and CPUID leaves.
 *
 * Kernels know only some of them, the older the fewer.
 */
#ifndef CCP_RMP_MSR_H
#define CCP_RMP_MSR_H

#include <linux/bits.h>
#include <linux/types.h>
#include <asm/msr.h>
#include <asm/processor.h>

#define RMP_MSR_EFER		0xc0000080
#define RMP_EFER_SVME		BIT_ULL(12)

#define RMP_MSR_SYSCFG		0xc0010010
#define RMP_SYSCFG_MFDM		BIT_ULL(19)
#define RMP_SYSCFG_MEM_ENC	BIT_ULL(23)
#define RMP_SYSCFG_SNP_EN	BIT_ULL(24)
#define RMP_SYSCFG_VMPL_EN	BIT_ULL(25)
#define RMP_SYSCFG_MULTI_KEY	BIT_ULL(26)

#define RMP_MSR_HWCR		0xc0010015
#define RMP_HWCR_SMM_LOCK	BIT_ULL(0)

#define RMP_MSR_TOP_MEM		0xc001001a
#define RMP_MSR_TOM2		0xc001001d

#define RMP_MSR_VM_HSAVE_PA	0xc0010117

#define RMP_MSR_BASE		0xc0010132
#define RMP_MSR_END		0xc0010133
#define RMP_MSR_ADDRESS		GENMASK_ULL(51, 13)

#define RMP_MSR_CFG		0xc0010136
#define RMP_CFG_SEGMENTED	BIT_ULL(0)
#define RMP_CFG_SHIFT		GENMASK_ULL(13, 8)

#define RMP_CPUID_SEV		0x8000001f
#define RMP_CPUID_SEV_SNP	BIT(4)
#define RMP_CPUID_SEV_RMPREAD	BIT(21)
#define RMP_CPUID_SEV_SEGMENTED	BIT(23)
#define RMP_CPUID_SEV_C_BIT	GENMASK(5, 0)	/* in EBX */

#define RMP_CPUID_SEGMENTS	0x80000025

/**
 * struct rmp_cpuid - answer of the CPUID instruction
 * @eax: register EAX; what it means depends on the leaf, see the processor's manual
 * @ebx: register EBX
 * @ecx: register ECX
 * @edx: register EDX
 */
struct rmp_cpuid {
	u32 eax;
	u32 ebx;
	u32 ecx;
	u32 edx;
};

/**
 * rmp_cpuid() - ask this CPU
 * @leaf: an extended leaf, 0x80000000 or above
 *
 * Return: its answer to subleaf 0, or all 0 where it does not have the leaf
 */
static inline struct rmp_cpuid rmp_cpuid(u32 leaf)
{
	struct rmp_cpuid id = { .eax = leaf };

	if (boot_cpu_data.x86_vendor != X86_VENDOR_AMD ||
	    boot_cpu_data.extended_cpuid_level < leaf)
		return (struct rmp_cpuid) { };
	asm volatile("cpuid" : "+a" (id.eax), "=b" (id.ebx), "+c" (id.ecx), "=d" (id.edx));
	return id;
}

/**
 * rmp_msr_read() - read a register of this CPU
 * @msr: which
 * @value: its value
 *
 * Return: 0, or -EIO where this CPU does not have it
 */
static inline int rmp_msr_read(u32 msr, u64 *value)
{
	u32 lo, hi;
	int ret = rdmsr_safe(msr, &lo, &hi);

	*value = ret ? 0 : (u64)hi << 32 | lo;
	return ret;
}

/**
 * rmp_msr_write() - write a register of this CPU
 * @msr: which
 * @value: its new value
 *
 * Return: 0, or -EIO where this CPU does not have it or does not accept the value
 */
static inline int rmp_msr_write(u32 msr, u64 value)
{
	return wrmsr_safe(msr, lower_32_bits(value), upper_32_bits(value));
}

#endif /* CCP_RMP_MSR_H */
