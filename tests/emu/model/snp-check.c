// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware wants to see on the CPUs before it initialises SNP.
 *
 * An MSR that the machine does not track counts as set the way a sane BIOS does it; the one that
 * turns SNP on must be there, and the CPUs that have it are all CPUs there are.
 */
#include "internal.h"

#define MSR_VM_HSAVE_PA		0xc0010117
#define MSR_SYSCFG		0xc0010010
#define MSR_HWCR		0xc0010015
#define MSR_DEBUG_STATUS	0xc0011006
#define MSR_RMP_BASE		0xc0010132
#define MSR_RMP_END		0xc0010133
#define MSR_RMP_CFG		0xc0010136

#define SYSCFG_MFDM		SEV_BIT64(19)
#define SYSCFG_MEM_ENCRYPT	SEV_BIT64(23)
#define SYSCFG_SNP_EN		SEV_BIT64(24)
#define SYSCFG_VMPL_EN		SEV_BIT64(25)
#define SYSCFG_MULTI_KEY	SEV_BIT64(26)
#define HWCR_SMM_LOCK		SEV_BIT64(0)
#define DEBUG_STATUS_CLEAR	(SEV_BIT64(2) | SEV_BIT64(7))

#define RMP_ADDRESS		0x000fffffffffe000ULL
#define RMP_CFG_SEGMENTED	SEV_BIT64(0)
#define RMP_ALIGN		(1ULL << 20)
#define CBIT_MASK		SEV_BIT64(51)
#define RST_OFFSET		0x4000ULL
#define RST_END			0x5000ULL

/* struct msr_name - An MSR that must be the same on all CPUs */
struct msr_name {
	uint32_t msr;
	const char *name;
};

static const struct msr_name same_on_all[] = {
	{ MSR_SYSCFG, "SYSCFG" }, { MSR_DEBUG_STATUS, "DEBUG_STATUS" },
	{ 0x250, "MTRRfix64K_00000" }, { 0x258, "MTRRfix16K_80000" },
	{ 0x259, "MTRRfix16K_A0000" }, { 0x268, "MTRRfix4K_C0000" },
	{ 0x269, "MTRRfix4K_C8000" }, { 0x26a, "MTRRfix4K_D0000" },
	{ 0x26b, "MTRRfix4K_D8000" }, { 0x26c, "MTRRfix4K_E0000" },
	{ 0x26d, "MTRRfix4K_E8000" }, { 0x26e, "MTRRfix4K_F0000" },
	{ 0x26f, "MTRRfix4K_F8000" }, { 0xc0010016, "IORR_BASE0" },
	{ 0xc0010017, "IORR_MASK0" }, { 0xc0010018, "IORR_BASE1" },
	{ 0xc0010019, "IORR_MASK1" }, { 0xc001001a, "TOP_MEM" },
	{ 0xc001001d, "TOM2" }, { 0xc0010112, "TSEG_BASE" },
	{ 0xc0010113, "TSEG_MASK" }, { MSR_HWCR, "HWCR" },
};

static const struct msr_name rmp_msrs[] = {
	{ MSR_RMP_BASE, "RMP_BASE" }, { MSR_RMP_END, "RMP_END" }, { MSR_RMP_CFG, "RMP_CFG" },
};

/* struct msr_bit - A bit that must have one value on all CPUs */
struct msr_bit {
	uint32_t msr;
	bool set;
	uint64_t mask;
	const char *name;
};

static const struct msr_bit first_bits[] = {
	{ MSR_SYSCFG, true, SYSCFG_MEM_ENCRYPT, "SYSCFG.MemEncryptionModEn (bit 23)" },
	{ MSR_SYSCFG, true, SYSCFG_SNP_EN, "SYSCFG.SecureNestedPagingEn (bit 24)" },
	{ MSR_SYSCFG, true, SYSCFG_VMPL_EN, "SYSCFG.VMPLEn (bit 25)" },
	{ MSR_SYSCFG, false, SYSCFG_MULTI_KEY, "SYSCFG.HMKEE (bit 26)" },
	{ MSR_DEBUG_STATUS, false, DEBUG_STATUS_CLEAR, "DEBUG_STATUS bits 2 and 7" },
};

static const struct msr_bit later_bits[] = {
	{ MSR_SYSCFG, true, SYSCFG_MFDM, "SYSCFG.MtrrFixDramModEn (bit 19)" },
	{ MSR_HWCR, true, HWCR_SMM_LOCK, "HWCR.SmmLock (bit 0)" },
};

static bool msr(const struct fw *fw, unsigned int cpu, uint32_t number, uint64_t *value)
{
	return fw->ops.msr_read && !fw->ops.msr_read(fw->ctx, cpu, number, value);
}

/**
 * fw_core_count() - How many CPUs there are
 * @fw: instance
 *
 * Return: 0 if the machine does not say.
 */
unsigned int fw_core_count(const struct fw *fw)
{
	unsigned int cpu = 0;
	uint64_t value;

	while (cpu < FW_MAX_CORES && msr(fw, cpu, MSR_SYSCFG, &value))
		cpu++;
	return cpu;
}

/**
 * fw_cores_have_snp() - Whether any CPU has SNP turned on
 * @fw: instance
 *
 * Return: true if so.
 */
bool fw_cores_have_snp(const struct fw *fw)
{
	uint64_t value;
	unsigned int cpu;

	for (cpu = 0; cpu < FW_MAX_CORES && msr(fw, cpu, MSR_SYSCFG, &value); cpu++)
		if (value & SYSCFG_SNP_EN)
			return true;
	return false;
}

/**
 * fw_cores_leave_snp() - Turn SNP off on all CPUs
 * @fw: instance whose machine lets the firmware write MSRs
 */
void fw_cores_leave_snp(const struct fw *fw)
{
	uint64_t value;
	unsigned int cpu;

	for (cpu = 0; cpu < FW_MAX_CORES && msr(fw, cpu, MSR_SYSCFG, &value); cpu++)
		fw->ops.msr_write(fw->ctx, cpu, MSR_SYSCFG,
				  value & ~(SYSCFG_SNP_EN | SYSCFG_VMPL_EN));
}

static uint32_t check_bits(const struct fw *fw, const struct msr_bit *bits, size_t count)
{
	unsigned int cpus = fw_core_count(fw);
	uint64_t value;
	unsigned int cpu;
	size_t i;

	for (i = 0; i < count; i++) {
		for (cpu = 0; cpu < cpus; cpu++) {
			if (!msr(fw, cpu, bits[i].msr, &value))
				continue;
			if ((bits[i].set ? ~value : value) & bits[i].mask)
				return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
						 "%s must be %s on CPU %u, MSR %#x is %#llx",
						 bits[i].name, bits[i].set ? "set" : "clear", cpu,
						 bits[i].msr, (unsigned long long)value);
		}
	}
	return 0;
}

static uint32_t check_same(const struct fw *fw, const struct msr_name *names, size_t count)
{
	unsigned int cpus = fw_core_count(fw);
	uint64_t first, value;
	unsigned int cpu;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!msr(fw, 0, names[i].msr, &first))
			continue;
		for (cpu = 1; cpu < cpus; cpu++) {
			if (!msr(fw, cpu, names[i].msr, &value) || value == first)
				continue;
			return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
					 "%s (MSR %#x) is %#llx on CPU 0 and %#llx on CPU %u",
					 names[i].name, names[i].msr, (unsigned long long)first,
					 (unsigned long long)value, cpu);
		}
	}
	return 0;
}

/* Where the table is; the segments of a segmented one are looked at when it is set up. */
static uint32_t find_rmp(const struct fw *fw, struct fw_rmp_place *place)
{
	uint64_t base = 0, end = 0, cfg = 0;

	msr(fw, 0, MSR_RMP_BASE, &base);
	msr(fw, 0, MSR_RMP_END, &end);
	msr(fw, 0, MSR_RMP_CFG, &cfg);
	if ((base | end) & CBIT_MASK)
		return fw_refuse(fw, SEV_RET_UNSUPPORTED,
				 "RMP_BASE %#llx or RMP_END %#llx has the C-bit",
				 (unsigned long long)base, (unsigned long long)end);
	base &= RMP_ADDRESS;
	*place = (struct fw_rmp_place){ .base = base, .segmented = cfg & RMP_CFG_SEGMENTED };
	if (place->segmented) {
		place->shift = cfg >> 8 & 0x3f;
		place->end = base + RST_END;
	} else {
		place->end = (end | ~RMP_ADDRESS) == ~0ULL ? 0 : (end & RMP_ADDRESS) + 0x2000;
	}
	if (!base || place->end <= base)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "no RMP: RMP_BASE is %#llx, RMP_END is %#llx",
				 (unsigned long long)base, (unsigned long long)end);
	if (base % RMP_ALIGN || (!place->segmented && place->end % RMP_ALIGN))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "RMP %#llx..%#llx is not aligned to 1 MiB",
				 (unsigned long long)base, (unsigned long long)end);
	if (!fw->snp.rmp_ready && !fw_is_ram(fw, base, place->end - base))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG, "RMP %#llx..%#llx is not RAM",
				 (unsigned long long)base, (unsigned long long)end);
	return 0;
}

static uint32_t check_hsave(const struct fw *fw)
{
	unsigned int cpus = fw_core_count(fw);
	unsigned int cpu;
	uint64_t value;

	for (cpu = 0; cpu < cpus; cpu++)
		if (msr(fw, cpu, MSR_VM_HSAVE_PA, &value) && value)
			return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
					 "VM_HSAVE_PA (MSR %#x) must be 0 on CPU %u, is %#llx",
					 MSR_VM_HSAVE_PA, cpu, (unsigned long long)value);
	return 0;
}

/**
 * fw_check_cores() - The checks of SNP_INIT on the CPUs, in the firmware's order
 * @fw: instance
 * @init_rmp: the table is to be set up
 * @place: filled in with where the table is
 *
 * Return: 0, INVALID_CONFIG or UNSUPPORTED (said in the log).
 */
uint32_t fw_check_cores(const struct fw *fw, bool init_rmp, struct fw_rmp_place *place)
{
	uint32_t status;

	if (fw->cfg.memory_encryption_off)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "the memory controllers have encryption off");
	if (!fw_core_count(fw) || !fw->ops.rmp_read || !fw->ops.rmp_write)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "SYSCFG.SecureNestedPagingEn is not set on the cores");
	status = check_bits(fw, first_bits, ARRAY_SIZE(first_bits));
	if (!status)
		status = check_same(fw, same_on_all, ARRAY_SIZE(same_on_all));
	if (!status)
		status = check_bits(fw, later_bits, ARRAY_SIZE(later_bits));
	if (!status)
		status = check_same(fw, rmp_msrs, ARRAY_SIZE(rmp_msrs));
	if (!status)
		status = find_rmp(fw, place);
	if (!status && init_rmp)
		status = check_hsave(fw);
	return status;
}
