// SPDX-License-Identifier: GPL-2.0-only
/* Model-specific registers that an SEV host looks at and QEMU does not have, one set per vCPU. */
#include "sevcpu.h"

#define MSR_SYSCFG	0xc0010010u
#define MSR_HWCR	0xc0010015u

#define SYSCFG_MEM_ENCRYPT	(1ull << 23)
#define HWCR_SMM_LOCK		(1ull << 0)

struct msr {
	uint32_t index;
	uint64_t (*reset)(void);
	uint64_t sticky;	/* bits that software can't change */
};

static uint64_t syscfg_reset(void)
{
	return sevcpu_config.sme ? SYSCFG_MEM_ENCRYPT : 0;
}

static uint64_t hwcr_reset(void)
{
	return sevcpu_config.smm_lock ? HWCR_SMM_LOCK : 0;
}

static const struct msr msrs[] = {
	{ MSR_SYSCFG, syscfg_reset, SYSCFG_MEM_ENCRYPT },
	{ MSR_HWCR, hwcr_reset, HWCR_SMM_LOCK },
};

#define NUM_MSRS	(sizeof(msrs) / sizeof(msrs[0]))

/* Each vCPU has a thread of its own and only uses its own row. */
static uint64_t values[SEVCPU_MAX_VCPUS][NUM_MSRS];

/**
 * msr_reset() - values that the BIOS leaves
 * @vcpu: of which vCPU
 */
void msr_reset(unsigned int vcpu)
{
	for (unsigned int i = 0; i < NUM_MSRS; i++)
		values[vcpu][i] = msrs[i].reset();
}

static int msr_find(unsigned int vcpu)
{
	uint32_t index = (uint32_t)reg_read(vcpu, REG_RCX);

	for (unsigned int i = 0; i < NUM_MSRS; i++)
		if (msrs[i].index == index)
			return (int)i;
	return -1;
}

/**
 * rdmsr_execute() - an RDMSR instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool rdmsr_execute(unsigned int vcpu)
{
	int i = msr_find(vcpu);

	if (i < 0)
		return false;
	reg_write(vcpu, REG_RAX, (uint32_t)values[vcpu][i]);
	reg_write(vcpu, REG_RDX, values[vcpu][i] >> 32);
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
	int i = msr_find(vcpu);
	uint64_t value;

	if (i < 0)
		return false;
	value = (uint32_t)reg_read(vcpu, REG_RAX) | reg_read(vcpu, REG_RDX) << 32;
	values[vcpu][i] = (value & ~msrs[i].sticky) | (values[vcpu][i] & msrs[i].sticky);
	return true;
}
