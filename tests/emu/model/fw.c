// SPDX-License-Identifier: GPL-2.0-only
/* Power on, power off, reset, and questions from outside. */
#include "fw.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

void fw_config_init(struct fw_config *cfg, unsigned int family)
{
	*cfg = (struct fw_config){
		.api_major = 1,
		.api_minor = 55,
		.build = 21,
		.svn = 0x16,
		.family = family,
		.model = 1,
		.platform_info = FW_INFO_SMT | FW_INFO_ECC,
		.sockets = 1,
		.asids = 509,
		.min_sev_asid = 100,
	};
	if (family == 0x17) {
		cfg->api_major = 0;
		cfg->api_minor = 24;
		cfg->build = 15;
		cfg->svn = 0;
		cfg->model = 0x31;
	} else if (family == 0x1a) {
		cfg->svn = 3;
		cfg->model = 2;
		cfg->platform_info |= FW_INFO_BIT6;
	}
}

static const char *config_fault(const struct fw_config *cfg)
{
	if (cfg->family != 0x17 && cfg->family != 0x19 && cfg->family != 0x1a)
		return "family is not 0x17, 0x19 or 0x1a";
	if (cfg->api_major > 255 || cfg->api_minor > 255 || cfg->build > 255 || cfg->svn > 255)
		return "a version number does not fit into a byte";
	if (cfg->platform_info & ~FW_INFO_ALL)
		return "platform information has bits that the BIOS does not decide about";
	if (cfg->committed_svn > cfg->svn)
		return "the committed security version is above the running one";
	if (cfg->sockets < 1 || cfg->sockets > 2)
		return "sockets are not 1 or 2";
	if (!cfg->asids || cfg->asids > FW_MAX_ASIDS || !cfg->min_sev_asid ||
	    cfg->min_sev_asid > cfg->asids + 1)
		return "ASID counts make no sense";
	if (cfg->cores > FW_MAX_CORES)
		return "too many cores";
	return NULL;
}

struct fw *fw_new(const struct fw_config *cfg, const struct fw_host_ops *ops, void *ctx)
{
	struct fw *fw = calloc(1, sizeof(*fw));
	const char *why = config_fault(cfg);

	if (!fw)
		return NULL;
	fw->cfg = *cfg;
	fw->ops = *ops;
	fw->ctx = ctx;
	if (why) {
		fw_log(fw, FW_LOG_ERROR, "configuration: %s", why);
		goto fail;
	}
	if (cfg->state_dir) {
		fw->state_dir = strdup(cfg->state_dir);
		if (!fw->state_dir)
			goto fail;
	}
	fw_boot(fw);
	if (!fw_storage_open(fw))
		goto fail;
	if (!fw_identity_chip(fw)) {
		fw_log(fw, FW_LOG_ERROR, "libcrypto cannot make the chip's key");
		goto fail;
	}
	fw->state = SEV_PSTATE_UNINIT;
	return fw;
fail:
	fw_free(fw);
	return NULL;
}

void fw_free(struct fw *fw)
{
	if (!fw)
		return;
	fw_platform_clear(fw);
	fw_snp_clear(fw);
	free(fw->state_dir);
	OPENSSL_cleanse(fw, sizeof(*fw));
	free(fw);
}

void fw_reset(struct fw *fw)
{
	fw_platform_clear(fw);
	fw_snp_clear(fw);
	fw_boot(fw);
	fw->last_handle = 0;
}

void fw_note_wbinvd(struct fw *fw, unsigned int core)
{
	if (core < fw->cfg.cores)
		fw->wbinvd_missing[core] = false;
}

void fw_get_info(const struct fw *fw, struct fw_info *info)
{
	*info = (struct fw_info){
		.api_major = fw->running.major,
		.api_minor = fw->running.minor,
		.build = fw->running.build,
		.svn = fw->running.svn,
		.committed_major = fw->committed.major,
		.committed_minor = fw->committed.minor,
		.committed_build = fw->committed.build,
		.committed_svn = fw->committed.svn,
		.state = fw->state,
		.guests = fw->guest_count,
		.es = fw->es,
		.owned = fw->identity.owned,
		.snp = fw->snp.up,
		.snp_guests = fw->snp.guest_count,
	};
}
