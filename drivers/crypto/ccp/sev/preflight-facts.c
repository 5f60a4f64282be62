// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the preflight checks look at: the registers of all CPUs, the RMP table, the
 * memory around it, the IOMMUs, the kernel.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <compat/rmp.h>

#include "../rmp/msr.h"
#include "../rmp/rmp.h"
#include "preflight.h"

const struct preflight_msr preflight_msrs[REG_COUNT] = {
	[REG_SYSCFG] = { RMP_MSR_SYSCFG, "SYSCFG", true },
	[REG_HWCR] = { RMP_MSR_HWCR, "HWCR", true },
	[REG_EFER] = { RMP_MSR_EFER, "EFER" },
	[REG_VM_HSAVE_PA] = { RMP_MSR_VM_HSAVE_PA, "VM_HSAVE_PA" },
	[REG_RMP_BASE] = { RMP_MSR_BASE, "RMP_BASE", true },
	[REG_RMP_END] = { RMP_MSR_END, "RMP_END", true },
	[REG_RMP_CFG] = { RMP_MSR_CFG, "RMP_CFG", .segmented = true },
	[REG_DEBUG_STATUS] = { 0xc0011006, "DEBUG_STATUS" },
	[REG_TOP_MEM] = { RMP_MSR_TOP_MEM, "TOP_MEM", true },
	[REG_TOM2] = { RMP_MSR_TOM2, "TOM2", true },
	[REG_TSEG_BASE] = { 0xc0010112, "SMM_ADDR", true },
	[REG_TSEG_MASK] = { 0xc0010113, "SMM_MASK", true },
	[REG_IORR_BASE0] = { 0xc0010016, "IORR_BASE0", true },
	[REG_IORR_MASK0] = { 0xc0010017, "IORR_MASK0", true },
	[REG_IORR_BASE1] = { 0xc0010018, "IORR_BASE1", true },
	[REG_IORR_MASK1] = { 0xc0010019, "IORR_MASK1", true },
	[REG_FIXED_64K] = { 0x250, "MTRRfix64K_00000", true },
	[REG_FIXED_16K_80] = { 0x258, "MTRRfix16K_80000", true },
	[REG_FIXED_16K_A0] = { 0x259, "MTRRfix16K_A0000", true },
	[REG_FIXED_4K_C0] = { 0x268, "MTRRfix4K_C0000", true },
	[REG_FIXED_4K_C8] = { 0x269, "MTRRfix4K_C8000", true },
	[REG_FIXED_4K_D0] = { 0x26a, "MTRRfix4K_D0000", true },
	[REG_FIXED_4K_D8] = { 0x26b, "MTRRfix4K_D8000", true },
	[REG_FIXED_4K_E0] = { 0x26c, "MTRRfix4K_E0000", true },
	[REG_FIXED_4K_E8] = { 0x26d, "MTRRfix4K_E8000", true },
	[REG_FIXED_4K_F0] = { 0x26e, "MTRRfix4K_F0000", true },
	[REG_FIXED_4K_F8] = { 0x26f, "MTRRfix4K_F8000", true },
};

static_assert(REG_COUNT <= 64);

static void read_this_cpu(void *data)
{
	struct preflight_cpu *cpu = data;
	bool segmented = rmp_cpuid(RMP_CPUID_SEV).eax & RMP_CPUID_SEV_SEGMENTED;
	enum preflight_reg reg;

	for (reg = 0; reg < REG_COUNT; reg++) {
		const struct preflight_msr *msr = &preflight_msrs[reg];

		if ((msr->segmented && !segmented) ||
		    rmp_msr_read(msr->msr, &cpu->value[reg]))
			cpu->absent |= BIT_ULL(reg);
	}
}

/**
 * preflight_read_cpu() - read all registers of one CPU
 * @cpu: filled in; &preflight_cpu.cpu says which
 *
 * Context: may sleep; interrupts that CPU.
 */
void preflight_read_cpu(struct preflight_cpu *cpu)
{
	if (smp_call_function_single(cpu->cpu, read_this_cpu, cpu, 1))
		cpu->absent = GENMASK_ULL(REG_COUNT - 1, 0);
}

/**
 * preflight_free() - forget facts
 * @facts: from preflight_gather()
 */
void preflight_free(struct preflight_facts *facts)
{
	kvfree(facts->cpu);
	kvfree(facts);
}

/**
 * preflight_gather() - look at the whole machine
 * @read: fills in what one CPU says, e.g. preflight_read_cpu()
 *
 * Context: may sleep; interrupts all CPUs.
 * Return: the facts for preflight_free(), or NULL when memory is short
 */
struct preflight_facts *preflight_gather(void (*read)(struct preflight_cpu *cpu))
{
	struct preflight_facts *facts __free(preflight_free) = NULL;
	unsigned int cpu;

	facts = kvzalloc(sizeof(*facts), GFP_KERNEL);
	if (!facts)
		return NULL;

	facts->cpu_has_snp = rmp_cpu_has_snp();
	facts->refused = rmp_refused();
	facts->forced = rmp_forced();
	facts->in_kernel = compat_rmp_in_kernel();
	facts->kernel_usable = compat_rmp_usable();
	facts->late = !facts->in_kernel || compat_snp_can_restart();
	facts->passthrough = iommu_default_passthrough();

	facts->cpu = kvcalloc(nr_cpu_ids, sizeof(*facts->cpu), GFP_KERNEL);
	if (!facts->cpu)
		return NULL;

	cpus_read_lock();
	facts->present = num_present_cpus();
	for_each_online_cpu(cpu) {
		facts->cpu[facts->online].cpu = cpu;
		/* Other processors may have something else at these numbers. */
		if (facts->cpu_has_snp)
			read(&facts->cpu[facts->online]);
		facts->online++;
	}
	cpus_read_unlock();

	if (facts->cpu_has_snp) {
		facts->fault = rmp_machine_table(&facts->table);
		if (!facts->fault)
			rmp_machine_surroundings(&facts->table, &facts->around);
		rmp_machine_iommus(&facts->iommus);
	}
	return_ptr(facts);
}
