// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why there is no firmware to talk to, for the log of a machine that is not an SNP
 * guest.
 */
#include <linux/bits.h>
#include <linux/cc_platform.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/msr-index.h>

#include <compat/cpuid.h>

#include "guest.h"

#define HYPERV_FEATURES			0x40000003
#define HYPERV_FEATURES_EBX_ISOLATION	BIT(22)
#define HYPERV_ISOLATION		0x4000000c
#define HYPERV_ISOLATION_EBX_TYPE	GENMASK(3, 0)
#define HYPERV_ISOLATION_SNP		2

/**
 * struct guest_facts - what decides about the answer
 * @hypervisor: the machine is a virtual one
 * @hyperv_snp: Hyper-V runs it as an SNP guest behind a paravisor
 * @encrypted: memory is encrypted (SEV)
 * @state_encrypted: so are registers (SEV-ES)
 * @status: SEV_STATUS, if @status_known
 * @status_known: the register could be read
 */
struct guest_facts {
	bool hypervisor;
	bool hyperv_snp;
	bool encrypted;
	bool state_encrypted;
	bool status_known;
	u64 status;
};

static bool hyperv_isolates_with_snp(void)
{
	u32 eax, ebx, ecx, edx;
	char vendor[12];

	cpuid(0x40000000, &eax, &ebx, &ecx, &edx);
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &ecx, 4);
	memcpy(vendor + 8, &edx, 4);
	if (memcmp(vendor, "Microsoft Hv", sizeof(vendor)) || eax < HYPERV_ISOLATION)
		return false;
	cpuid(HYPERV_FEATURES, &eax, &ebx, &ecx, &edx);
	if (!(ebx & HYPERV_FEATURES_EBX_ISOLATION))
		return false;
	cpuid(HYPERV_ISOLATION, &eax, &ebx, &ecx, &edx);
	return (ebx & HYPERV_ISOLATION_EBX_TYPE) == HYPERV_ISOLATION_SNP;
}

static void guest_facts(struct guest_facts *facts)
{
	u32 low = 0, high = 0;

	memset(facts, 0, sizeof(*facts));
	facts->hypervisor = boot_cpu_has(X86_FEATURE_HYPERVISOR);
	facts->hyperv_snp = facts->hypervisor && hyperv_isolates_with_snp();
	facts->encrypted = cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
	facts->state_encrypted = cc_platform_has(CC_ATTR_GUEST_STATE_ENCRYPT);
	/* Elsewhere it need not exist. */
	if (facts->encrypted)
		facts->status_known = !rdmsr_safe(MSR_AMD64_SEV, &low, &high);
	facts->status = (u64)high << 32 | low;
}

#define BEHIND_PARAVISOR \
	"this is an SNP guest of Hyper-V (Azure) behind a paravisor, which keeps the firmware " \
	"to itself: read the report from the virtual TPM, NV index 0x01400001"
#define START_AS_SNP	"have the hypervisor start it as an SNP guest"

static const char *guest_absence(const struct guest_facts *facts)
{
	if (facts->hyperv_snp)
		return BEHIND_PARAVISOR;
	if (!facts->hypervisor)
		return "this is no virtual machine; the driver is for SNP guests";
	if (facts->state_encrypted)
		return "SEV and SEV-ES are active in this guest, SEV-SNP is not: " START_AS_SNP;
	if (facts->encrypted)
		return "SEV is active in this guest, SEV-ES and SEV-SNP are not: " START_AS_SNP;
	return "SEV is not active in this guest: " START_AS_SNP;
}

/**
 * snp_guest_explain_absence() - say why this is not an SNP guest
 *
 * Context: process context
 */
void snp_guest_explain_absence(void)
{
	struct guest_facts facts;

	guest_facts(&facts);
	if (facts.status_known)
		pr_info("sev-guest: not loaded: %s (SEV_STATUS %#llx)\n", guest_absence(&facts),
			facts.status);
	else
		pr_info("sev-guest: not loaded: %s\n", guest_absence(&facts));
}
