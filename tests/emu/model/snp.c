// SPDX-License-Identifier: GPL-2.0-only
/* The part of SNP that works without an initialised SNP platform. */
#include <string.h>

#include "internal.h"
#include "sev/snp.h"

#define PAGE			4096
#define FEATURE_INFO_MINOR	55	/* API 1.x */

static bool has_feature_info(const struct fw *fw)
{
	return fw_api_at_least(fw, 1, FEATURE_INFO_MINOR);
}

/* First build of 1.55 that looks for memory aliases: later on Genoa than on Milan. */
static bool alias_checked(const struct fw *fw)
{
	unsigned int build = fw->cfg.family == 0x19 && fw->cfg.model < 0x10 ? 22 : 38;

	if (fw->cfg.family > 0x19 || fw_api_at_least(fw, 1, 56))
		return true;
	return fw_api_at_least(fw, 1, 55) && fw->running.build >= build;
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
		.state = SNP_PSTATE_UNINIT,
		.rmp_flags = alias_checked(fw) ? SNP_STATUS_ALIAS_CHECKED : 0,
		.build = fw->running.build,
		.flags = has_feature_info(fw) ? SNP_STATUS_FEATURE_INFO : 0,
		.current_tcb = fw_tcb(fw, fw->running.svn),
		.reported_tcb = fw_tcb(fw, fw->committed.svn),
	};

	return fw_write(fw, "status page", in->status_paddr, &out, sizeof(out));
}

/**
 * fw_snp_commit() - SNP_COMMIT: no way back to an older firmware
 * @fw: instance
 * @cmd: struct snp_cmd_commit
 *
 * Return: status.
 */
uint32_t fw_snp_commit(struct fw *fw, void *cmd)
{
	const struct snp_cmd_commit *in = cmd;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	fw->committed = fw->running;
	return 0;
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
	/* only what this model really does */
	struct snp_feature_leaf out = { .ebx = SNP_FEAT_EBX_LEGACY_SEV };

	if (!has_feature_info(fw))
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND, "comes with API 1.%u",
				 FEATURE_INFO_MINOR);
	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->ecx_in)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "there is no subleaf %u", in->ecx_in);
	if (in->leaf_paddr % PAGE > PAGE - sizeof(out))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "buffer at %#llx crosses a page",
				 (unsigned long long)in->leaf_paddr);
	return fw_write(fw, "feature leaf", in->leaf_paddr, &out, sizeof(out));
}

/**
 * fw_snp_init() - SNP_INIT and SNP_INIT_EX on a machine whose cores have SNP off
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_init(struct fw *fw, void *cmd)
{
	(void)cmd;
	if (fw->state != SEV_PSTATE_UNINIT)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE,
				 "legacy SEV is initialised; SNP must come first");
	return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
			 "SYSCFG.SecureNestedPagingEn is not set on the cores");
}

/**
 * fw_snp_shutdown() - SNP_SHUTDOWN: nothing to do when not initialised
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_shutdown(struct fw *fw, void *cmd)
{
	(void)cmd;
	if (fw->state != SEV_PSTATE_UNINIT)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE,
				 "legacy SEV is initialised; SHUTDOWN must come first");
	return 0;
}

/**
 * fw_snp_shutdown_ex() - SNP_SHUTDOWN_EX, likewise
 * @fw: instance
 * @cmd: struct snp_cmd_shutdown_ex
 *
 * Return: status.
 */
uint32_t fw_snp_shutdown_ex(struct fw *fw, void *cmd)
{
	const struct snp_cmd_shutdown_ex *in = cmd;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->flags & ~(SNP_SHUTDOWN_IOMMU | SNP_SHUTDOWN_X86))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved bits in flags %#x",
				 in->flags);
	return fw_snp_shutdown(fw, cmd);
}

/**
 * fw_snp_needs_init() - Every command that needs an initialised SNP platform
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_needs_init(struct fw *fw, void *cmd)
{
	(void)cmd;
	return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE, "SNP is not initialised");
}

/**
 * fw_snp_not_modelled() - Commands that real firmware answers without SNP, but this one does not
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
