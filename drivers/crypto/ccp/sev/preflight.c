// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why SNP can't start, as far as the processors can tell.
 *
 * The firmware checks all CPUs and answers with one and the same number whatever it
 * does not like.  So the same is checked here before it is asked, and the first
 * cause is said in a sentence.  What a machine doesn't tell is not held against it, and
 * what the firmware might accept is kept for the case that it does not.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "../rmp/msr.h"
#include "preflight.h"
#include "sev.h"

static void name_value(const struct preflight_cpu *cpu, enum preflight_reg reg, char *text,
		       size_t size)
{
	snprintf(text, size, "CPU %u: %s (MSR %#x) is %#llx: ", cpu->cpu,
		 preflight_msrs[reg].name, preflight_msrs[reg].msr, cpu->value[reg]);
}

static bool bits_differ(const struct preflight_facts *facts, const struct preflight_check *check,
			char *text, size_t size)
{
	unsigned int i;

	for (i = 0; i < facts->online; i++) {
		const struct preflight_cpu *cpu = &facts->cpu[i];

		if (preflight_known(cpu, check->reg) &&
		    (cpu->value[check->reg] & check->mask) != check->want) {
			name_value(cpu, check->reg, text, size);
			return true;
		}
	}
	return false;
}

static bool snp_is_on(const struct preflight_facts *facts)
{
	unsigned int i;

	for (i = 0; i < facts->online; i++)
		if (facts->cpu[i].value[REG_SYSCFG] & RMP_SYSCFG_SNP_EN)
			return true;
	return false;
}

/*
 * Bits that are set together with SNP: by the kernel when it boots, or when SNP starts,
 * unless it is on already.  We set them in any case.
 */
static bool bits_not_turned_on(const struct preflight_facts *facts,
			       const struct preflight_check *check, char *text, size_t size)
{
	if (!facts->in_kernel || (facts->late && !snp_is_on(facts)))
		return false;
	return bits_differ(facts, check, text, size);
}

static bool cpus_differ(const struct preflight_facts *facts, const struct preflight_check *check,
			char *text, size_t size)
{
	enum preflight_reg reg;
	unsigned int i;

	for (reg = 0; reg < REG_COUNT; reg++) {
		const struct preflight_msr *msr = &preflight_msrs[reg];
		const struct preflight_cpu *first = &facts->cpu[0];
		u64 mask = ~0ull;

		if (reg == REG_SYSCFG && !facts->in_kernel)
			mask = ~(RMP_SYSCFG_MFDM | RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN);
		for (i = 1; msr->equal && i < facts->online; i++) {
			const struct preflight_cpu *cpu = &facts->cpu[i];

			if (!preflight_known(first, reg) || !preflight_known(cpu, reg) ||
			    !((cpu->value[reg] ^ first->value[reg]) & mask))
				continue;
			snprintf(text, size, "%s (MSR %#x) is %#llx on CPU %u, %#llx on CPU %u: ",
				 msr->name, msr->msr, first->value[reg], first->cpu,
				 cpu->value[reg], cpu->cpu);
			return true;
		}
	}
	return false;
}

static bool no_snp(const struct preflight_facts *facts, const struct preflight_check *check,
		   char *text, size_t size)
{
	return !facts->cpu_has_snp;
}

static bool refused(const struct preflight_facts *facts, const struct preflight_check *check,
		    char *text, size_t size)
{
	if (facts->refused)
		strscpy(text, facts->refused, size);
	return facts->refused;
}

static bool cpus_offline(const struct preflight_facts *facts,
			 const struct preflight_check *check, char *text, size_t size)
{
	snprintf(text, size, "%u of %u CPUs are online: ", facts->online, facts->present);
	return facts->online != facts->present;
}

static bool kvm_in_use(const struct preflight_facts *facts, const struct preflight_check *check,
		       char *text, size_t size)
{
	unsigned int i;

	/* Afterwards it may. */
	for (i = 0; !facts->up && i < facts->online; i++) {
		const struct preflight_cpu *cpu = &facts->cpu[i];

		if (preflight_known(cpu, REG_VM_HSAVE_PA) && cpu->value[REG_VM_HSAVE_PA] &&
		    cpu->value[REG_EFER] & RMP_EFER_SVME) {
			name_value(cpu, REG_VM_HSAVE_PA, text, size);
			return true;
		}
	}
	return false;
}

static bool table_bad(const struct preflight_facts *facts, const struct preflight_check *check,
		      char *text, size_t size)
{
	const struct preflight_cpu *cpu = &facts->cpu[0];

	if (facts->fault)
		snprintf(text, size, "RMP_BASE (MSR %#x) is %#llx, RMP_END (MSR %#x) is %#llx: %s",
			 RMP_MSR_BASE, cpu->value[REG_RMP_BASE], RMP_MSR_END,
			 cpu->value[REG_RMP_END], facts->fault);
	return facts->fault;
}

/* Where memory ends, below 4 GiB or above it; 0 if the processor doesn't tell. */
static u64 memory_end(const struct preflight_cpu *cpu, bool high)
{
	enum preflight_reg reg = high ? REG_TOM2 : REG_TOP_MEM;

	return preflight_known(cpu, reg) ? cpu->value[reg] : 0;
}

static bool table_outside(const struct preflight_facts *facts,
			  const struct preflight_check *check, char *text, size_t size)
{
	struct rmp_range range;
	unsigned int i;

	if (facts->fault)
		return false;
	for (i = 0; rmp_table_memory(&facts->table, i, &range); i++) {
		bool high = range.start >= SZ_4G;
		u64 end = memory_end(&facts->cpu[0], high);

		if (!end || range.start == range.end || range.end <= end)
			continue;
		snprintf(text, size, "%#llx-%#llx, %s is %#llx: ", range.start, range.end - 1,
			 preflight_msrs[high ? REG_TOM2 : REG_TOP_MEM].name, end);
		return true;
	}
	return false;
}

static bool table_small(const struct preflight_facts *facts, const struct preflight_check *check,
			char *text, size_t size)
{
	const struct rmp_surroundings *around = &facts->around;

	if (facts->fault || !around->gap.end)
		return false;
	snprintf(text, size,
		 "%llu MiB are covered, %#llx-%#llx is left out, %llu MiB of table are needed: ",
		 rmp_table_covered(&facts->table) / SZ_1M, around->gap.start,
		 around->gap.end - 1,
		 DIV_ROUND_UP_ULL(rmp_table_needed(around->ram_end), SZ_1M));
	return true;
}

static bool neighbour_in_use(const struct preflight_facts *facts,
			     const struct preflight_check *check, char *text, size_t size)
{
	const struct rmp_range *neighbour = &facts->around.neighbour;

	if (facts->fault || !neighbour->end)
		return false;
	snprintf(text, size, "%#llx-%#llx: ", neighbour->start, neighbour->end - 1);
	return true;
}

static bool iommu_missing(const struct preflight_facts *facts,
			  const struct preflight_check *check, char *text, size_t size)
{
	return !facts->kernel_usable && !facts->iommus.count;
}

static bool iommu_lacks_snp(const struct preflight_facts *facts,
			    const struct preflight_check *check, char *text, size_t size)
{
	unsigned int i;

	for (i = 0; !facts->kernel_usable && i < facts->iommus.count; i++) {
		const struct rmp_iommu *iommu = &facts->iommus.iommu[i];

		if (!iommu->efr_known || iommu->efr & RMP_IOMMU_EFR_SNP)
			continue;
		snprintf(text, size, "IOMMU at %#llx: EFR is %#llx, bit 63 (SNPSup) is clear: ",
			 iommu->base, iommu->efr);
		return true;
	}
	return false;
}

static bool iommu_passthrough(const struct preflight_facts *facts,
			      const struct preflight_check *check, char *text, size_t size)
{
	return !facts->kernel_usable && facts->passthrough;
}

static bool kernel_refuses(const struct preflight_facts *facts,
			   const struct preflight_check *check, char *text, size_t size)
{
	return facts->in_kernel && !facts->kernel_usable;
}

/* Causes come before what they cause: the first that fails is what is said. */
const struct preflight_check preflight_checks[] = {
	{
		.name = "processor", .weight = PREFLIGHT_ALWAYS,
		.fails = no_snp,
		.problem = "this processor has no SEV-SNP, or the BIOS hides it",
		.remedy = "EPYC 7003 and later have it; look for SNP in the BIOS set-up",
	}, {
		.name = "wanted", .weight = PREFLIGHT_ALWAYS,
		.fails = refused,
		.problem = "",
		.remedy = "see the documentation of the module parameter snp",
	}, {
		.name = "cpus-online", .weight = PREFLIGHT_LATE,
		.fails = cpus_offline,
		.problem = "the firmware wants all of them",
		.remedy = "see /sys/devices/system/cpu/offline; boot without maxcpus= and nosmt",
	}, {
		.name = "memory-encryption", .fails = bits_differ, .reg = REG_SYSCFG,
		.mask = RMP_SYSCFG_MEM_ENC, .want = RMP_SYSCFG_MEM_ENC,
		.problem = "memory encryption (bit 23) is off",
		.remedy = "look for SMEE or \"Secure Memory Encryption\" in the BIOS set-up",
	}, {
		.name = "multi-key", .fails = bits_differ, .reg = REG_SYSCFG,
		.mask = RMP_SYSCFG_MULTI_KEY, .want = 0,
		.problem = "secure multi-key mode (bit 26) is on",
		.remedy = "turn \"Secure Multi-Key Memory Encryption\" off in the BIOS set-up",
	}, {
		.name = "table", .weight = PREFLIGHT_KERNEL,
		.fails = table_bad,
		.problem = "",
		.remedy = "look for \"SNP Memory (RMP Table) Coverage\" in the BIOS set-up",
	}, {
		.name = "table-in-memory", .weight = PREFLIGHT_KERNEL,
		.fails = table_outside,
		.problem = "the RMP table is not all in memory",
		.remedy = "update the BIOS",
	}, {
		.name = "table-coverage", .weight = PREFLIGHT_KERNEL,
		.fails = table_small,
		.problem = "the RMP table does not cover all memory",
		.remedy = "raise \"SNP Memory (RMP Table) Coverage\" in the BIOS set-up",
	}, {
		.name = "table-neighbours", .weight = PREFLIGHT_KERNEL,
		.fails = neighbour_in_use,
		.problem = "the kernel uses memory in the same 2 MiB as the RMP table",
		.remedy = "boot a kernel with commit 88a921aa3c6b, or update the BIOS",
	}, {
		.name = "smm-lock", .fails = bits_differ, .reg = REG_HWCR,
		.mask = RMP_HWCR_SMM_LOCK, .want = RMP_HWCR_SMM_LOCK,
		.problem = "SMM (bit 0) is not locked",
		.remedy = "update the BIOS, or look for \"SMM Lock\" or \"SmmLock\" in its set-up",
	}, {
		.name = "guest-mode", .weight = PREFLIGHT_ADVICE,
		.fails = bits_differ, .reg = REG_DEBUG_STATUS,
		.mask = BIT_ULL(2) | BIT_ULL(7), .want = 0,
		.problem = "a thread is in guest mode or in SMM (bits 2 and 7)",
		.remedy = "end all guests and other hypervisors, then load kvm_amd again",
	}, {
		.name = "cpus-equal", .weight = PREFLIGHT_ADVICE,
		.fails = cpus_differ,
		.problem = "the firmware wants the same on all CPUs",
		.remedy = "update the BIOS; it may also be a tool that writes MSRs or /proc/mtrr",
	}, {
		.name = "iommu", .fails = iommu_missing,
		.problem = "there is no IOMMU",
		.remedy = "look for IOMMU in the BIOS set-up",
	}, {
		.name = "iommu-snp", .fails = iommu_lacks_snp,
		.problem = "the IOMMU does not support SNP",
		.remedy = "look for \"SEV-SNP Support\" under NBIO in the BIOS set-up",
	}, {
		.name = "iommu-passthrough", .fails = iommu_passthrough,
		.problem = "the IOMMU is in passthrough mode",
		.remedy = "remove iommu=pt or iommu.passthrough=1 from the kernel's command line",
	}, {
		.name = "kernel", .fails = kernel_refuses,
		.problem = "the kernel has turned SNP off while booting",
		.remedy = "\"SEV-SNP:\" and \"AMD-Vi:\" in its log say why; see iommu= and sev=",
	}, {
		.name = "snp-enable", .fails = bits_not_turned_on, .reg = REG_SYSCFG,
		.mask = RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN,
		.want = RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN,
		.problem = "SNP (bit 24) or VMPLs (bit 25) are off",
		.remedy = "SNP has to be on for all CPUs since the boot; reboot",
	}, {
		.name = "fixed-mtrr-modify", .fails = bits_not_turned_on, .reg = REG_SYSCFG,
		.mask = RMP_SYSCFG_MFDM, .want = RMP_SYSCFG_MFDM,
		.problem = "MtrrFixDramModEn (bit 19) is off",
		.remedy = "it has to be on for all CPUs since the boot; reboot",
	}, {
		.name = "kvm", .weight = PREFLIGHT_ALWAYS,
		.fails = kvm_in_use,
		.problem = "KVM uses this CPU already, and it has to be 0",
		.remedy = "unload kvm_amd and load it again",
	},
};

const unsigned int preflight_check_count = ARRAY_SIZE(preflight_checks);

/**
 * preflight_is_advice() - is the firmware asked all the same if this check fails?
 * @facts: about the machine
 * @check: the check
 *
 * Return: false if SNP can't start
 */
bool preflight_is_advice(const struct preflight_facts *facts,
			 const struct preflight_check *check)
{
	if (check->weight == PREFLIGHT_ALWAYS)
		return false;
	return facts->forced || check->weight == PREFLIGHT_ADVICE ||
	       (check->weight == PREFLIGHT_LATE && !facts->late) ||
	       (check->weight == PREFLIGHT_KERNEL && facts->kernel_usable);
}

/**
 * preflight_judge() - is there anything that stands against SNP?
 * @facts: about the machine
 * @text: out: particulars of the first cause, PREFLIGHT_TEXT bytes
 * @failed: out: how many checks fail
 *
 * Return: the first check that fails, before all others one that is no advice; or NULL
 */
const struct preflight_check *preflight_judge(const struct preflight_facts *facts,
					      char *text, unsigned int *failed)
{
	const struct preflight_check *first = NULL;
	char particulars[PREFLIGHT_TEXT];
	size_t i;

	*failed = 0;
	for (i = 0; i < ARRAY_SIZE(preflight_checks); i++) {
		const struct preflight_check *check = &preflight_checks[i];

		particulars[0] = 0;
		if (!check->fails(facts, check, particulars, PREFLIGHT_TEXT))
			continue;
		(*failed)++;
		if (!first || (preflight_is_advice(facts, first) &&
			       !preflight_is_advice(facts, check))) {
			first = check;
			strscpy(text, particulars, PREFLIGHT_TEXT);
		}
		/* Without SNP nothing else means anything. */
		if (check->fails == no_snp)
			break;
	}
	return first;
}

/**
 * sev_preflight_check() - can SNP start on this machine?
 * @sev: the SEV part, locked; &snp_platform.advice is why the firmware may refuse
 *
 * Says why not, in one line, and remembers it for those who ask later.  Says nothing
 * on a processor without SNP.
 *
 * Context: may sleep; interrupts all CPUs.
 * Return: 0 if the firmware should be asked, -ENOMEM, -ENODEV where the processor has no SNP,
 * or -EOPNOTSUPP where the machine is not set up for it
 */
int sev_preflight_check(struct sev_device *sev)
{
	struct preflight_facts *facts __free(preflight_free) = NULL;
	const struct preflight_check *check;
	char text[PREFLIGHT_TEXT];
	unsigned int failed;

	sev->snp.advice[0] = 0;
	facts = preflight_gather(preflight_read_cpu);
	if (!facts)
		return -ENOMEM;

	check = preflight_judge(facts, text, &failed);
	if (!check)
		return 0;
	if (preflight_is_advice(facts, check)) {
		snprintf(sev->snp.advice, sizeof(sev->snp.advice), "%s%s; %s", text,
			 check->problem, check->remedy);
		return 0;
	}

	snp_reason_set(sev, "%s%s; %s", text, check->problem, check->remedy);
	if (check->fails == no_snp)
		return -ENODEV;

	/* Where nobody has asked for SNP, being without it is no error. */
	dev_printk(sev->snp.rmp ? KERN_ERR : KERN_NOTICE, sev->dev,
		   "SEV-SNP: can't start: %s%s\n", sev->snp.reason,
		   failed > 1 ? " (more in /sys/kernel/debug/ccp/snp_preflight)" : "");
	return -EOPNOTSUPP;
}
