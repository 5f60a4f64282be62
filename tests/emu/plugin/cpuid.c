// SPDX-License-Identifier: GPL-2.0-only
/* CPUID leaves of an SEV host, and one leaf of our own with the instruction counter. */
#include "sevcpu.h"

#define LEAF_MAX_EXTENDED	0x80000000u
#define LEAF_SVM		0x8000000au
#define LEAF_ENCRYPTION		0x8000001fu
#define LEAF_QOS		0x80000020u
#define LEAF_FEATURES_2		0x80000021u
#define LEAF_PERFMON_2		0x80000022u
#define LEAF_MULTI_KEY		0x80000023u
#define LEAF_RESERVED		0x80000024u
#define LEAF_RMP		0x80000025u
#define LEAF_COUNTER		0x53455600u	/* "SEV", 0 */

#define COUNTER_SIGNATURE	0x43564553u	/* "SEVC" */

#define SVM_REVISION		1u
#define SVM_ASIDS		32768u
/* Nested paging, LBR and next-RIP save, flush by ASID, decode assists: KVM wants all for SEV. */
#define SVM_FEATURES		0x000000cbu

#define ENC_SME			(1u << 0)
#define ENC_SEV			(1u << 1)
#define ENC_PAGE_FLUSH		(1u << 2)
#define ENC_SEV_ES		(1u << 3)
#define ENC_SNP			(1u << 4)
#define ENC_VMPL		(1u << 5)
#define ENC_COHERENT		(1u << 10)
#define ENC_HOST_64BIT		(1u << 11)
#define ENC_RMPREAD		(1u << 21)
#define ENC_SEGMENTED_RMP	(1u << 23)
#define ENC_VMPLS_SHIFT		12
#define VMPLS			4u

#define RMP_CACHED		16u	/* segments that the CPU caches */

/* No nested data breakpoints, LFENCE serialises, a null selector clears the base. */
#define FEATURES_2		0x00000045u

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

struct leaf {
	uint32_t leaf;
	bool (*get)(unsigned int vcpu, uint32_t subleaf, struct cpuid *out);
};

static bool has_rmp_leaf(void)
{
	return sevcpu_config.snp && sevcpu_config.rmpread;
}

static bool max_extended(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	(void)vcpu;
	(void)subleaf;
	/* "AuthenticAMD". Not beyond these: Linux looks for the topology in 80000026. */
	*out = (struct cpuid){ .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65 };
	out->eax = has_rmp_leaf() ? LEAF_RMP : LEAF_FEATURES_2;
	return true;
}

static bool svm(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	(void)vcpu;
	(void)subleaf;
	if (sevcpu_config.guest)
		return false;
	*out = (struct cpuid){ SVM_REVISION, SVM_ASIDS, 0, SVM_FEATURES };
	return true;
}

static bool encryption(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	const struct sevcpu_config *cfg = &sevcpu_config;

	(void)vcpu;
	(void)subleaf;
	if (cfg->guest) {
		out->eax = ENC_SEV | ENC_SEV_ES | ENC_SNP;
		out->ebx = cfg->cbit | cfg->reduction << 6;
		return true;
	}
	if (cfg->sme)
		out->eax |= ENC_SME | ENC_PAGE_FLUSH | ENC_COHERENT | ENC_HOST_64BIT;
	if (cfg->sev)
		out->eax |= ENC_SEV;
	if (cfg->es)
		out->eax |= ENC_SEV_ES;
	out->ebx = cfg->cbit | cfg->reduction << 6;
	if (cfg->snp) {
		out->eax |= ENC_SNP | ENC_VMPL;
		out->ebx |= VMPLS << ENC_VMPLS_SHIFT;
	}
	if (cfg->snp && cfg->rmpread)
		out->eax |= ENC_RMPREAD | ENC_SEGMENTED_RMP;
	if (cfg->sev) {
		out->ecx = cfg->asids;
		out->edx = cfg->min_sev_asid;
	}
	return true;
}

static bool nothing(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	(void)vcpu;
	(void)subleaf;
	(void)out;
	return true;
}

static bool features_2(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	(void)vcpu;
	(void)subleaf;
	out->eax = FEATURES_2;
	return true;
}

/* QEMU has none of these leaves: it would answer with another one. */
static bool nothing_here(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	return has_rmp_leaf() && nothing(vcpu, subleaf, out);
}

static bool segments(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	(void)vcpu;
	(void)subleaf;
	*out = (struct cpuid){ RMP_SHIFT_MIN | RMP_SHIFT_MAX << 6, RMP_CACHED, 0, 0 };
	return has_rmp_leaf();
}

/* Sub-leaf 0: all vCPUs together, 1: this one. */
static bool counter(unsigned int vcpu, uint32_t subleaf, struct cpuid *out)
{
	uint64_t n;

	if (!sevcpu_config.count)
		return false;
	n = subleaf == 1 ? count_vcpu(vcpu) : count_total();
	*out = (struct cpuid){ (uint32_t)n, COUNTER_SIGNATURE, 0, (uint32_t)(n >> 32) };
	return true;
}

static const struct leaf leaves[] = {
	{ LEAF_MAX_EXTENDED, max_extended },
	{ LEAF_SVM, svm },
	{ LEAF_ENCRYPTION, encryption },
	{ LEAF_QOS, nothing },
	{ LEAF_FEATURES_2, features_2 },
	{ LEAF_PERFMON_2, nothing_here },
	{ LEAF_MULTI_KEY, nothing_here },
	{ LEAF_RESERVED, nothing_here },
	{ LEAF_RMP, segments },
	{ LEAF_COUNTER, counter },
};

static bool look_up(unsigned int vcpu, uint32_t leaf, uint32_t subleaf, struct cpuid *out)
{
	*out = (struct cpuid){ 0 };
	for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (leaves[i].leaf == leaf)
			return leaves[i].get(vcpu, subleaf, out);
	return false;
}

/**
 * cpuid_values() - what CPUID returns that is the same on all vCPUs
 * @leaf: EAX
 * @subleaf: ECX
 * @out: filled in: EAX, EBX, ECX, EDX
 *
 * Return: false for a leaf that QEMU answers.
 */
bool cpuid_values(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	struct cpuid regs;
	bool known = look_up(0, leaf, subleaf, &regs);

	out[0] = regs.eax;
	out[1] = regs.ebx;
	out[2] = regs.ecx;
	out[3] = regs.edx;
	return known;
}

/**
 * cpuid_execute() - a CPUID instruction is about to run
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool cpuid_execute(unsigned int vcpu)
{
	uint32_t leaf = (uint32_t)reg_read(vcpu, REG_RAX);
	struct cpuid out;

	if (!look_up(vcpu, leaf, (uint32_t)reg_read(vcpu, REG_RCX), &out))
		return false;
	reg_write(vcpu, REG_RAX, out.eax);
	reg_write(vcpu, REG_RBX, out.ebx);
	reg_write(vcpu, REG_RCX, out.ecx);
	reg_write(vcpu, REG_RDX, out.edx);
	return true;
}
