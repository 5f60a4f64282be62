/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks before SNP starts, and a machine that passes them all.
 */
#ifndef KUNIT_PREFLIGHT_FIXTURE_H
#define KUNIT_PREFLIGHT_FIXTURE_H

#define COMPAT_RMP_H

#include <linux/types.h>

static bool fake_in_kernel;
static bool fake_usable;
static bool fake_can_restart;
static bool fake_cpu_has_snp;

static bool compat_rmp_in_kernel(void)
{
	return fake_in_kernel;
}

static bool compat_rmp_usable(void)
{
	return fake_usable;
}

static bool compat_snp_can_restart(void)
{
	return fake_can_restart;
}

#include "rmp/table.c"
#include "rmp/machine.c"
#include "sev/preflight-facts.c"
#include "sev/preflight.c"

#include <kunit/device.h>
#include <kunit/test.h>

bool rmp_cpu_has_snp(void)
{
	return fake_cpu_has_snp;
}

void snp_reason_set(struct sev_device *sev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sev->snp.reason, sizeof(sev->snp.reason), fmt, args);
	va_end(args);
}

struct sev_device *sev_get_master(void)
{
	return NULL;
}

void sev_put(struct sev_device *sev)
{
}

const char *rmp_refused(void)
{
	return NULL;
}

static bool fake_forced;

bool rmp_forced(void)
{
	return fake_forced;
}

#define CPUS	4

/* A machine with 4 GiB on which everything is right, before SNP is turned on. */
static struct preflight_facts *fit_machine(struct kunit *test)
{
	const struct rmp_setup setup = { .base = 0x30000000, .end = 0x310fffff };
	struct preflight_facts *facts = kunit_kzalloc(test, sizeof(*facts), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, facts);
	facts->cpu = kunit_kcalloc(test, CPUS, sizeof(*facts->cpu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, facts->cpu);

	facts->cpu_has_snp = true;
	facts->in_kernel = true;
	facts->kernel_usable = true;
	facts->late = true;
	facts->present = CPUS;
	facts->online = CPUS;
	for (i = 0; i < CPUS; i++) {
		facts->cpu[i].cpu = 2 * i;
		facts->cpu[i].absent = BIT_ULL(REG_RMP_CFG);
		facts->cpu[i].value[REG_SYSCFG] = RMP_SYSCFG_MEM_ENC;
		facts->cpu[i].value[REG_HWCR] = RMP_HWCR_SMM_LOCK;
		facts->cpu[i].value[REG_RMP_BASE] = setup.base;
		facts->cpu[i].value[REG_RMP_END] = setup.end;
	}
	facts->fault = rmp_table_locate(&facts->table, &setup);
	KUNIT_ASSERT_NULL(test, facts->fault);
	facts->around.ram_end = SZ_4G;
	facts->iommus.count = 1;
	facts->iommus.iommu[0].base = 0xfed80000;
	facts->iommus.iommu[0].efr = RMP_IOMMU_EFR_SNP;
	facts->iommus.iommu[0].efr_known = true;
	return facts;
}

static inline void open_smm(struct preflight_facts *facts)
{
	facts->cpu[2].value[REG_HWCR] = 0;
}

static inline void busy_kvm(struct preflight_facts *facts)
{
	facts->cpu[1].value[REG_VM_HSAVE_PA] = 0x1234000;
	facts->cpu[1].value[REG_EFER] = 0xd01 | RMP_EFER_SVME;
}

#endif /* KUNIT_PREFLIGHT_FIXTURE_H */
