// SPDX-License-Identifier: GPL-2.0-only
/* Questions about the SNP platform, which it answers whether or not it is initialised. */
#include <string.h>

#include "internal.h"
#include "sev/snp.h"

#define PAGE			4096
#define FEATURE_INFO_MINOR	55	/* API 1.x */
#define MAX_SUBLEAF		1	/* guest messages */

static bool has_feature_info(const struct fw *fw)
{
	return fw_api_at_least(fw, 1, FEATURE_INFO_MINOR);
}

/**
 * fw_alias_checked() - Whether the firmware looks for memory aliases
 * @fw: instance
 *
 * Return: true if it does.
 */
bool fw_alias_checked(const struct fw *fw)
{
	static const struct fw_since first[FW_GENERATIONS] = {
		[FW_MILAN] = { 55, 22 }, [FW_GENOA] = { 55, 38 },
		[FW_TURIN] = { 51, 0 }, [FW_VENICE] = { 51, 0 },
	};

	return fw_since(fw, first);
}

/* struct feature - From when on a bit of FEATURE_INFO's ECX is true */
struct feature {
	uint32_t ecx_bit;
	struct fw_since zen_3_4, zen_5_6;
};

/* only what this model really does */
static const struct feature features[] = {
	{ SNP_FEAT_ECX_VLEK, { 55, 0 }, { 55, 0 } },
	{ SNP_FEAT_ECX_X86_SHUTDOWN, { 58, 0 }, { 58, 0 } },
	{ SNP_FEAT_ECX_RAPL_DIS, { 55, 0 }, { 55, 0 } },
	{ SNP_FEAT_ECX_CIPHERTEXT_HIDING, { 0, 0 }, { 55, 0 } },
	{ SNP_FEAT_ECX_VERIFY_MITIGATION, { 58, 0 }, { 55, 65 } },
};

static bool has_feature(const struct fw *fw, const struct feature *feature)
{
	const struct fw_since first[FW_GENERATIONS] = {
		[FW_MILAN] = feature->zen_3_4, [FW_GENOA] = feature->zen_3_4,
		[FW_TURIN] = feature->zen_5_6, [FW_VENICE] = feature->zen_5_6,
	};

	return fw_since(fw, first);
}

/**
 * fw_snp_feature() - Whether chip and running firmware have a feature
 * @fw: instance
 * @ecx_bit: SNP_FEAT_ECX_*
 *
 * Return: true if so.
 */
bool fw_snp_feature(const struct fw *fw, uint32_t ecx_bit)
{
	size_t i;

	if (ecx_bit == SNP_FEAT_ECX_X86_SHUTDOWN && !fw->ops.msr_write)
		return false;
	if (fw->cfg.lacks & ecx_bit)
		return false;
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].ecx_bit == ecx_bit)
			return has_feature(fw, &features[i]);
	return false;
}

static uint32_t status_flags(const struct fw *fw)
{
	uint32_t flags = has_feature_info(fw) ? SNP_STATUS_FEATURE_INFO : 0;

	if (fw->snp.config_flags & SNP_CONFIG_MASK_CHIP_ID)
		flags |= SNP_STATUS_MASK_CHIP_ID;
	if (fw->snp.config_flags & SNP_CONFIG_MASK_CHIP_KEY)
		flags |= SNP_STATUS_MASK_CHIP_KEY;
	if (fw->snp.vlek_loaded)
		flags |= SNP_STATUS_VLEK_EN;
	if (fw->snp.rapl_off)
		flags |= SNP_STATUS_RAPL_DIS;
	if (fw_snp_feature(fw, SNP_FEAT_ECX_CIPHERTEXT_HIDING))
		flags |= SNP_STATUS_CIPHERTEXT_CAP;
	if (fw->snp.max_snp_asid)
		flags |= SNP_STATUS_CIPHERTEXT_EN;
	return flags;
}

/**
 * fw_snp_platform_status() - SNP_PLATFORM_STATUS
 * @fw: instance
 * @cmd: struct snp_cmd_platform_status
 *
 * Return: status.
 */
uint32_t fw_snp_platform_status(struct fw *fw, void *cmd)
{
	const struct snp_cmd_platform_status *in = cmd;
	struct snp_platform_status out = {
		.api_major = fw->running.major,
		.api_minor = fw->running.minor,
		.state = fw->snp.up ? SNP_PSTATE_INIT : SNP_PSTATE_UNINIT,
		.rmp_flags = (fw->snp.rmp_ready ? SNP_STATUS_RMP_INIT : 0) |
			     (fw_alias_checked(fw) ? SNP_STATUS_ALIAS_CHECKED : 0),
		.build = fw->running.build,
		.flags = status_flags(fw),
		.guest_count = fw->snp.guest_count,
		.current_tcb = fw_tcb(fw, fw->running.svn),
		.reported_tcb = fw_reported_tcb(fw),
	};

	return fw_write(fw, "status page", in->status_paddr, &out, sizeof(out));
}

/**
 * fw_snp_feature_info() - SNP_FEATURE_INFO
 * @fw: instance
 * @cmd: struct snp_cmd_feature_info
 *
 * Return: status.
 */
uint32_t fw_snp_feature_info(struct fw *fw, void *cmd)
{
	const struct snp_cmd_feature_info *in = cmd;
	struct snp_feature_leaf out = { .eax = MAX_SUBLEAF, .ebx = SNP_FEAT_EBX_LEGACY_SEV };
	size_t i;

	if (!has_feature_info(fw))
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND, "comes with API 1.%u",
				 FEATURE_INFO_MINOR);
	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->ecx_in > MAX_SUBLEAF)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "there is no subleaf %u", in->ecx_in);
	if (in->leaf_paddr % PAGE > PAGE - sizeof(out))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "buffer at %#llx crosses a page",
				 (unsigned long long)in->leaf_paddr);
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (fw_snp_feature(fw, features[i].ecx_bit))
			out.ecx |= features[i].ecx_bit;
	if (in->ecx_in == 1)
		out = (struct snp_feature_leaf){ .eax = fw_snp_messages() };
	return fw_write(fw, "feature leaf", in->leaf_paddr, &out, sizeof(out));
}

/**
 * fw_snp_not_modelled() - Commands that real firmware has, but this one does not
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_not_modelled(struct fw *fw, void *cmd)
{
	(void)cmd;
	return fw_refuse(fw, SEV_RET_UNSUPPORTED, "the model does not have this command");
}
