// SPDX-License-Identifier: GPL-2.0-only
/* Life of the legacy platform: initialise, shut down, reset, report. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

#define PAGE			4096
#define CHIP_ID_LEN_TURIN	8

/**
 * fw_platform_clear() - Forget everything that SHUTDOWN or a reset makes disappear
 * @fw: instance
 */
void fw_platform_clear(struct fw *fw)
{
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++)
		if (fw->guests[i])
			fw_guest_delete(fw, fw->guests[i]);
	OPENSSL_cleanse(&fw->identity, sizeof(fw->identity));
	memset(&fw->tmr, 0, sizeof(fw->tmr));
	memset(&fw->nv, 0, sizeof(fw->nv));
	fw->es = false;
	fw->state = SEV_PSTATE_UNINIT;
}

/* The RMP protects what the firmware keeps in host memory, in large pieces only. */
static uint32_t check_protected(const struct fw *fw, const char *what, uint64_t pa, uint64_t len)
{
	if (!fw->snp.up || fw_pages_all(fw, fw_address(fw, pa), len, FW_PAGE_FIRMWARE))
		return 0;
	return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE,
			 "%s at %#llx (%#llx bytes) is not in page state Firmware", what,
			 (unsigned long long)pa, (unsigned long long)len);
}

static uint32_t check_tmr(const struct fw *fw, uint64_t pa, uint32_t len)
{
	const unsigned int mib = fw->snp.up ? 2 : 1;
	const uint32_t need = mib << 20;

	if (fw_address(fw, pa) % need)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "trusted memory region at %#llx is not aligned to %u MiB",
				 (unsigned long long)pa, mib);
	if (len < need)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "trusted memory region has %u bytes, %s needs %u MiB", len,
				 fw->snp.up ? "SEV-ES beside SNP" : "SEV-ES", mib);
	if (!fw_is_ram(fw, pa, len))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "trusted memory region at %#llx (%u bytes) is not RAM",
				 (unsigned long long)pa, len);
	return check_protected(fw, "trusted memory region", pa, len);
}

/**
 * fw_distrust_caches() - Assume nothing about what ran before
 * @fw: instance
 *
 * From here on the driver has to write back all caches and send DF_FLUSH before the next guest gets
 * an ASID. Guests that are active keep theirs.
 */
void fw_distrust_caches(struct fw *fw)
{
	unsigned int i;

	for (i = 1; i <= fw->cfg.asids; i++)
		if (fw->asids[i] != FW_ASID_ACTIVE)
			fw->asids[i] = FW_ASID_DIRTY;
	for (i = 0; i < fw->cfg.cores; i++)
		fw->wbinvd_missing[i] = true;
}

static void tell_kept(const struct fw *fw, bool now)
{
	if (!fw->ops.keeps)
		return;
	if (fw->tmr.len)
		fw->ops.keeps(fw->ctx, fw->tmr.pa, fw->tmr.len, true, now);
	if (fw->nv.len)
		fw->ops.keeps(fw->ctx, fw->nv.pa, fw->nv.len, false, now);
}

static uint32_t init_common(struct fw *fw, uint32_t flags, uint64_t tmr_pa, uint32_t tmr_len,
			    const struct fw_region *nv)
{
	uint32_t status;

	if (fw->cfg.memory_encryption_off)
		return fw_refuse(fw, SEV_RET_HWSEV_RET_PLATFORM,
				 "memory encryption is not enabled by the BIOS");
	if (fw_has_snp(fw) && fw_cores_have_snp(fw) && !fw->snp.rmp_ready)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE,
				 "the CPUs have SNP on, but SNP_INIT has not set the RMP up");
	if (flags & ~SEV_INIT_ES)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved bits in flags %#x", flags);
	if (flags & SEV_INIT_ES) {
		status = check_tmr(fw, tmr_pa, tmr_len);
		if (status)
			return status;
		fw->tmr = (struct fw_region){ fw_address(fw, tmr_pa), tmr_len };
	}
	if (nv)
		fw->nv = *nv;
	status = fw_nv_load(fw);
	if (status) {
		fw_platform_clear(fw);
		return status;
	}
	fw->es = flags & SEV_INIT_ES;
	fw->state = SEV_PSTATE_INIT;
	tell_kept(fw, true);
	fw_distrust_caches(fw);
	fw_log(fw, FW_LOG_INFO, "platform initialised%s, identity from %s",
	       fw->es ? " with SEV-ES" : "", nv ? "host memory" : "flash");
	return 0;
}

/**
 * fw_init() - INIT
 * @fw: instance
 * @cmd: struct sev_cmd_init
 *
 * Return: status.
 */
uint32_t fw_init(struct fw *fw, void *cmd)
{
	const struct sev_cmd_init *in = cmd;

	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	return init_common(fw, in->flags, in->tmr_paddr, in->tmr_len, NULL);
}

/**
 * fw_init_ex() - INIT_EX
 * @fw: instance
 * @cmd: struct sev_cmd_init_ex
 *
 * Return: status.
 */
uint32_t fw_init_ex(struct fw *fw, void *cmd)
{
	const struct sev_cmd_init_ex *in = cmd;
	struct fw_region nv = { fw_address(fw, in->nv_paddr), in->nv_len };
	uint32_t status;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "length is %u, must be %zu", in->length,
				 sizeof(*in));
	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	if (in->nv_len != SEV_NV_LEN)
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG, "NV area has %u bytes, must have %u",
				 in->nv_len, SEV_NV_LEN);
	if (nv.pa % PAGE || !fw_is_ram(fw, nv.pa, nv.len))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "NV area at %#llx is not page-aligned RAM",
				 (unsigned long long)nv.pa);
	if ((in->flags & SEV_INIT_ES) &&
	    fw_overlap(nv.pa, nv.len, fw_address(fw, in->tmr_paddr), in->tmr_len))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG,
				 "NV area and trusted memory region overlap");
	status = check_protected(fw, "NV area", nv.pa, nv.len);
	if (status)
		return status;
	return init_common(fw, in->flags, in->tmr_paddr, in->tmr_len, &nv);
}

/**
 * fw_shutdown() - SHUTDOWN, which is fine in every state
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_shutdown(struct fw *fw, void *cmd)
{
	(void)cmd;
	if (fw->state != SEV_PSTATE_UNINIT)
		fw_log(fw, FW_LOG_INFO, "platform shut down with %u guests", fw->guest_count);
	tell_kept(fw, false);
	fw_platform_clear(fw);
	return 0;
}

/**
 * fw_factory_reset() - FACTORY_RESET: the flash forgets the identity
 * @fw: instance
 * @cmd: unused
 *
 * An NV area in host memory is out of reach, the firmware gave it back at SHUTDOWN.
 *
 * Return: status.
 */
uint32_t fw_factory_reset(struct fw *fw, void *cmd)
{
	(void)cmd;
	memset(fw->flash, 0xff, sizeof(fw->flash));
	if (!fw_storage_save_flash(fw))
		return SEV_RET_HWSEV_RET_PLATFORM;
	fw_log(fw, FW_LOG_INFO, "platform identity in flash erased");
	return 0;
}

/**
 * fw_platform_status() - PLATFORM_STATUS
 * @fw: instance
 * @cmd: struct sev_cmd_platform_status
 *
 * Return: status.
 */
uint32_t fw_platform_status(struct fw *fw, void *cmd)
{
	struct sev_cmd_platform_status *out = cmd;

	out->api_major = fw->running.major;
	out->api_minor = fw->running.minor;
	out->state = fw->state;
	out->flags = (fw->identity.owned ? SEV_STATUS_OWNED : 0) | (fw->es ? SEV_STATUS_ES : 0);
	out->build = fw->running.build;
	out->guest_count = fw->guest_count;
	return 0;
}

/**
 * fw_df_flush() - DF_FLUSH
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_df_flush(struct fw *fw, void *cmd)
{
	unsigned int i;

	(void)cmd;
	for (i = 0; i < fw->cfg.cores; i++)
		if (fw->wbinvd_missing[i])
			return fw_refuse(fw, SEV_RET_WBINVD_REQUIRED,
					 "CPU %u has not executed WBINVD since the last DEACTIVATE",
					 i);
	for (i = 1; i <= fw->cfg.asids; i++)
		if (fw->asids[i] == FW_ASID_DIRTY)
			fw->asids[i] = FW_ASID_CLEAN;
	return 0;
}

/**
 * fw_chip_id_len() - Bytes that tell a chip from others
 * @fw: instance
 *
 * Return: as many; the rest of a chip's identity is zero.
 */
size_t fw_chip_id_len(const struct fw *fw)
{
	return fw->cfg.family > 0x19 ? CHIP_ID_LEN_TURIN : SEV_CHIP_ID_LEN;
}

/**
 * fw_chip_id() - Identity of a chip
 * @fw: instance
 * @socket: 0 or 1
 * @id: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_chip_id(const struct fw *fw, unsigned int socket, uint8_t id[SEV_CHIP_ID_LEN])
{
	static const char * const label[] = { "chip id, socket 0", "chip id, socket 1" };

	memset(id, 0, SEV_CHIP_ID_LEN);
	return key_expand(label[socket], &fw->fuses, sizeof(fw->fuses), id, fw_chip_id_len(fw));
}

/**
 * fw_get_id() - GET_ID: who is this chip
 * @fw: instance
 * @cmd: struct sev_cmd_blob
 *
 * Return: status.
 */
uint32_t fw_get_id(struct fw *fw, void *cmd)
{
	struct sev_cmd_blob *io = cmd;
	uint8_t id[2 * SEV_CHIP_ID_LEN];
	uint32_t need = fw->cfg.sockets * SEV_CHIP_ID_LEN;
	uint32_t room = io->len;
	unsigned int i;

	io->len = need;
	if (room < need)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "room for %u bytes, %u needed", room,
				 need);
	for (i = 0; i < fw->cfg.sockets; i++)
		if (!fw_chip_id(fw, i, id + i * SEV_CHIP_ID_LEN))
			return fw_crypto_failed(fw);
	return fw_write(fw, "buffer", io->paddr, id, need);
}
