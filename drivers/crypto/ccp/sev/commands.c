// SPDX-License-Identifier: GPL-2.0-only
/*
 * THE table of firmware commands: how long their structs are, what these point to,
 * what must be true before they are sent.
 *
 * Commands whose struct has no published layout are not in it and cannot be sent:
 * SNP_SHUTDOWN (SNP_SHUTDOWN_EX replaced it), SNP_ACTIVATE_EX, and those that swap,
 * move and label pages.
 */
#include <linux/kernel.h>
#include <linux/stddef.h>

#include <sev/legacy.h>
#include <sev/snp-guest.h>
#include <sev/snp.h>
#include <sev/tio.h>

#include "commands.h"

/* Sizes of what SNP commands point to without saying a length. */
#define PAGE_LEN	4096
#define ID_BLOCK_LEN	96

/* Which command this is; the second form is for those without a command struct. */
#define LEGACY(op, type)	.id = SEV_OP_##op, .name = #op, .len = sizeof(type)
#define LEGACY_BARE(op)		.id = SEV_OP_##op, .name = #op
#define SNP(op, type)		.id = SNP_OP_##op, .name = "SNP_" #op, .len = sizeof(type), \
				.flags = SEV_CMD_SNP
#define SNP_BARE(op)		.id = SNP_OP_##op, .name = "SNP_" #op, .flags = SEV_CMD_SNP
#define TIO(op, type)		.id = TIO_OP_##op, .name = "TIO_" #op, .len = sizeof(type), \
				.flags = SEV_CMD_SNP

/* A buffer whose length is in the command struct, and one that is always as long. */
#define BUF(type, addr, length, direction, rule) { \
	.addr_offset = offsetof(type, addr), \
	.len_offset = offsetof(type, length), \
	.dir = SEV_BUF_##direction, \
	.page = SEV_PAGE_##rule, \
}

#define FIXED(type, addr, length, direction, rule) { \
	.addr_offset = offsetof(type, addr), \
	.len_offset = SEV_NO_OFFSET, \
	.fixed_len = (length), \
	.dir = SEV_BUF_##direction, \
	.page = SEV_PAGE_##rule, \
}

#define GCTX(type)	FIXED(type, gctx_paddr, PAGE_LEN, WRITE, CONTEXT)

#define UP		(SEV_IN_INIT | SEV_IN_WORKING)

/* Ascending ids: sev_command_find() halves it. */
static const struct sev_command sev_commands[] = {
	{
		LEGACY(INIT, struct sev_cmd_init),
		.states = SEV_IN_UNINIT,
		.buf = { BUF(struct sev_cmd_init, tmr_paddr, tmr_len, WRITE, KEEP) },
	},
	{ LEGACY_BARE(SHUTDOWN) },
	{
		LEGACY_BARE(FACTORY_RESET),
		.flags = SEV_CMD_NV_CHANGING,
		.states = SEV_IN_UNINIT,
	},
	{
		LEGACY(PLATFORM_STATUS, struct sev_cmd_platform_status),
		.flags = SEV_CMD_WRITES_BUFFER,
	},
	{
		LEGACY_BARE(PEK_GEN),
		.flags = SEV_CMD_NV_CHANGING,
		.states = SEV_IN_INIT,
	},
	{
		LEGACY(PEK_CSR, struct sev_cmd_blob),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = { BUF(struct sev_cmd_blob, paddr, len, WRITE, BOUNCE) },
	},
	{
		LEGACY(PEK_CERT_IMPORT, struct sev_cmd_pek_cert_import),
		.flags = SEV_CMD_NV_CHANGING,
		.states = SEV_IN_INIT,
		.buf = {
			BUF(struct sev_cmd_pek_cert_import, pek_paddr, pek_len, READ, ANY),
			BUF(struct sev_cmd_pek_cert_import, oca_paddr, oca_len, READ, ANY),
		},
	},
	{
		LEGACY(PDH_CERT_EXPORT, struct sev_cmd_pdh_cert_export),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_pdh_cert_export, pdh_paddr, pdh_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_pdh_cert_export, chain_paddr, chain_len, WRITE, BOUNCE),
		},
	},
	{
		LEGACY_BARE(PDH_GEN),
		.flags = SEV_CMD_NV_CHANGING,
		.states = UP,
	},
	{
		LEGACY_BARE(DF_FLUSH),
		.states = UP,
	},
	{
		LEGACY(DOWNLOAD_FIRMWARE, struct sev_cmd_blob),
		.states = SEV_IN_UNINIT,
		.buf = { BUF(struct sev_cmd_blob, paddr, len, READ, ANY) },
	},
	{
		LEGACY(GET_ID, struct sev_cmd_blob),
		.flags = SEV_CMD_WRITES_BUFFER,
		.buf = { BUF(struct sev_cmd_blob, paddr, len, WRITE, BOUNCE) },
	},
	{
		LEGACY(INIT_EX, struct sev_cmd_init_ex),
		.flags = SEV_CMD_NV_CHANGING,
		.states = SEV_IN_UNINIT,
		.buf = {
			BUF(struct sev_cmd_init_ex, tmr_paddr, tmr_len, WRITE, KEEP),
			BUF(struct sev_cmd_init_ex, nv_paddr, nv_len, WRITE, KEEP),
		},
	},
	{
		LEGACY(DECOMMISSION, struct sev_cmd_handle),
		.flags = SEV_CMD_ENDS_GUEST,
		.states = UP,
	},
	{
		LEGACY(ACTIVATE, struct sev_cmd_activate),
		.states = UP,
	},
	{
		LEGACY(DEACTIVATE, struct sev_cmd_handle),
		.states = UP,
	},
	{
		LEGACY(GUEST_STATUS, struct sev_cmd_guest_status),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
	},
	{
		LEGACY(LAUNCH_START, struct sev_cmd_guest_start),
		.flags = SEV_CMD_WRITES_BUFFER | SEV_CMD_MAKES_GUEST,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_guest_start, pdh_paddr, pdh_len, READ, ANY),
			BUF(struct sev_cmd_guest_start, session_paddr, session_len, READ, ANY),
		},
	},
	{
		LEGACY(LAUNCH_UPDATE_DATA, struct sev_cmd_guest_blob),
		.states = UP,
		.buf = { BUF(struct sev_cmd_guest_blob, paddr, len, WRITE, GUEST) },
	},
	{
		LEGACY(LAUNCH_UPDATE_VMSA, struct sev_cmd_guest_blob),
		.states = UP,
		.buf = { BUF(struct sev_cmd_guest_blob, paddr, len, WRITE, GUEST) },
	},
	{
		LEGACY(LAUNCH_MEASURE, struct sev_cmd_guest_blob),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = { BUF(struct sev_cmd_guest_blob, paddr, len, WRITE, BOUNCE) },
	},
	{
		LEGACY(LAUNCH_UPDATE_SECRET, struct sev_cmd_packet),
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_packet, guest_paddr, guest_len, WRITE, GUEST),
			BUF(struct sev_cmd_packet, hdr_paddr, hdr_len, READ, ANY),
			BUF(struct sev_cmd_packet, trans_paddr, trans_len, READ, ANY),
		},
	},
	{
		LEGACY(LAUNCH_FINISH, struct sev_cmd_handle),
		.states = UP,
	},
	{
		LEGACY(ATTESTATION_REPORT, struct sev_cmd_attestation_report),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_attestation_report, report_paddr, report_len, WRITE,
			    BOUNCE),
		},
	},
	{
		LEGACY(SEND_START, struct sev_cmd_send_start),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_send_start, session_paddr, session_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_send_start, pdh_paddr, pdh_len, READ, ANY),
			BUF(struct sev_cmd_send_start, plat_paddr, plat_len, READ, ANY),
			BUF(struct sev_cmd_send_start, amd_paddr, amd_len, READ, ANY),
		},
	},
	{
		LEGACY(SEND_UPDATE_DATA, struct sev_cmd_packet),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_packet, hdr_paddr, hdr_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_packet, trans_paddr, trans_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_packet, guest_paddr, guest_len, READ, ANY),
		},
	},
	{
		LEGACY(SEND_UPDATE_VMSA, struct sev_cmd_send_update_vmsa),
		.flags = SEV_CMD_WRITES_BUFFER,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_send_update_vmsa, hdr_paddr, hdr_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_send_update_vmsa, trans_paddr, trans_len, WRITE, BOUNCE),
			BUF(struct sev_cmd_send_update_vmsa, guest_paddr, guest_len, READ, ANY),
		},
	},
	{
		LEGACY(SEND_FINISH, struct sev_cmd_handle),
		.states = UP,
	},
	{
		LEGACY(SEND_CANCEL, struct sev_cmd_handle),
		.states = UP,
	},
	{
		LEGACY(RECEIVE_START, struct sev_cmd_guest_start),
		.flags = SEV_CMD_WRITES_BUFFER | SEV_CMD_MAKES_GUEST,
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_guest_start, pdh_paddr, pdh_len, READ, ANY),
			BUF(struct sev_cmd_guest_start, session_paddr, session_len, READ, ANY),
		},
	},
	{
		LEGACY(RECEIVE_UPDATE_DATA, struct sev_cmd_packet),
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_packet, guest_paddr, guest_len, WRITE, GUEST),
			BUF(struct sev_cmd_packet, hdr_paddr, hdr_len, READ, ANY),
			BUF(struct sev_cmd_packet, trans_paddr, trans_len, READ, ANY),
		},
	},
	{
		LEGACY(RECEIVE_UPDATE_VMSA, struct sev_cmd_packet),
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_packet, guest_paddr, guest_len, WRITE, GUEST),
			BUF(struct sev_cmd_packet, hdr_paddr, hdr_len, READ, ANY),
			BUF(struct sev_cmd_packet, trans_paddr, trans_len, READ, ANY),
		},
	},
	{
		LEGACY(RECEIVE_FINISH, struct sev_cmd_handle),
		.states = UP,
	},
	{
		LEGACY(DBG_DECRYPT, struct sev_cmd_dbg),
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_dbg, dst_paddr, len, WRITE, GUEST),
			BUF(struct sev_cmd_dbg, src_paddr, len, READ, ANY),
		},
	},
	{
		LEGACY(DBG_ENCRYPT, struct sev_cmd_dbg),
		.states = UP,
		.buf = {
			BUF(struct sev_cmd_dbg, dst_paddr, len, WRITE, GUEST),
			BUF(struct sev_cmd_dbg, src_paddr, len, READ, ANY),
		},
	},
	{
		SNP_BARE(INIT),
		.states = SEV_IN_UNINIT | SNP_IN_UNINIT,
	},
	{
		SNP(PLATFORM_STATUS, struct snp_cmd_platform_status),
		.buf = {
			FIXED(struct snp_cmd_platform_status, status_paddr,
			      sizeof(struct snp_platform_status), WRITE, FIRMWARE),
		},
	},
	{
		SNP_BARE(DF_FLUSH),
		.states = SNP_IN_INIT,
	},
	{
		SNP(INIT_EX, struct snp_cmd_init_ex),
		.states = SEV_IN_UNINIT | SNP_IN_UNINIT,
		.buf = { FIXED(struct snp_cmd_init_ex, list_paddr, PAGE_LEN, READ, ANY) },
	},
	{
		SNP(SHUTDOWN_EX, struct snp_cmd_shutdown_ex),
		.states = SEV_IN_UNINIT,
	},
	{
		SNP(DECOMMISSION, struct snp_cmd_gctx),
		.states = SNP_IN_INIT,
		.buf = {
			GCTX(struct snp_cmd_gctx),
		},
	},
	{
		SNP(ACTIVATE, struct snp_cmd_activate),
		.states = SNP_IN_INIT,
		.buf = {
			GCTX(struct snp_cmd_activate),
		},
	},
	{
		SNP(GUEST_STATUS, struct snp_cmd_guest_status),
		.states = SNP_IN_INIT,
		.buf = {
			FIXED(struct snp_cmd_guest_status, status_paddr, PAGE_LEN, WRITE, FIRMWARE),
			GCTX(struct snp_cmd_guest_status),
		},
	},
	{
		SNP(GCTX_CREATE, struct snp_cmd_gctx),
		.states = SNP_IN_INIT,
		.buf = { FIXED(struct snp_cmd_gctx, gctx_paddr, PAGE_LEN, WRITE, FIRMWARE) },
	},
	{
		SNP(GUEST_REQUEST, struct snp_cmd_guest_request),
		.states = SNP_IN_INIT,
		.buf = {
			FIXED(struct snp_cmd_guest_request, response_paddr, PAGE_LEN, WRITE,
			      FIRMWARE),
			GCTX(struct snp_cmd_guest_request),
			FIXED(struct snp_cmd_guest_request, request_paddr, PAGE_LEN, READ, ANY),
		},
	},
	{
		SNP(LAUNCH_START, struct snp_cmd_launch_start),
		.states = SNP_IN_INIT,
		.buf = {
			GCTX(struct snp_cmd_launch_start),
			FIXED(struct snp_cmd_launch_start, ma_gctx_paddr, PAGE_LEN, READ, CONTEXT),
		},
	},
	{
		SNP(LAUNCH_UPDATE, struct snp_cmd_launch_update),
		.states = SNP_IN_INIT,
		.buf = {
			FIXED(struct snp_cmd_launch_update, page_paddr, PAGE_LEN, WRITE, PRE_GUEST),
			GCTX(struct snp_cmd_launch_update),
		},
	},
	{
		SNP(LAUNCH_FINISH, struct snp_cmd_launch_finish),
		.states = SNP_IN_INIT,
		.buf = {
			GCTX(struct snp_cmd_launch_finish),
			FIXED(struct snp_cmd_launch_finish, id_block_paddr, ID_BLOCK_LEN, READ,
			      ANY),
			FIXED(struct snp_cmd_launch_finish, id_auth_paddr, PAGE_LEN, READ, ANY),
		},
	},
	{
		SNP(DBG_DECRYPT, struct snp_cmd_dbg),
		.states = SNP_IN_INIT,
		.buf = {
			FIXED(struct snp_cmd_dbg, dst_paddr, PAGE_LEN, WRITE, FIRMWARE),
			GCTX(struct snp_cmd_dbg),
			FIXED(struct snp_cmd_dbg, src_paddr, PAGE_LEN, READ, ANY),
		},
	},
	{
		SNP(DBG_ENCRYPT, struct snp_cmd_dbg),
		.states = SNP_IN_INIT,
		.buf = {
			FIXED(struct snp_cmd_dbg, dst_paddr, PAGE_LEN, WRITE, ANY),
			GCTX(struct snp_cmd_dbg),
			FIXED(struct snp_cmd_dbg, src_paddr, PAGE_LEN, READ, ANY),
		},
	},
	{
		SNP(VERIFY_MITIGATION, struct snp_cmd_verify_mitigation),
		.buf = {
			FIXED(struct snp_cmd_verify_mitigation, dst_paddr,
			      sizeof(struct snp_mitigation_result), WRITE, FIRMWARE),
			FIXED(struct snp_cmd_verify_mitigation, src_paddr, PAGE_LEN, READ, ANY),
		},
	},
	{
		SNP(PAGE_RECLAIM, struct snp_cmd_page),
		.states = SNP_IN_INIT,
	},
	{
		SNP(PAGE_UNSMASH, struct snp_cmd_page),
		.states = SNP_IN_INIT,
	},
	{ SNP(CONFIG, struct snp_cmd_config) },
	{
		SNP(DOWNLOAD_FIRMWARE_EX, struct snp_cmd_download_firmware_ex),
		.states = SEV_IN_UNINIT,
		.buf = {
			BUF(struct snp_cmd_download_firmware_ex, fw_paddr, fw_len, READ, ANY),
		},
	},
	{ SNP(COMMIT, struct snp_cmd_commit) },
	{
		SNP(VLEK_LOAD, struct snp_cmd_vlek_load),
		.buf = {
			FIXED(struct snp_cmd_vlek_load, vlek_paddr, SNP_VLEK_HASHSTICK_LEN, READ,
			      ANY),
		},
	},
	{
		SNP(FEATURE_INFO, struct snp_cmd_feature_info),
		.buf = {
			FIXED(struct snp_cmd_feature_info, leaf_paddr,
			      sizeof(struct snp_feature_leaf), WRITE, FIRMWARE),
		},
	},
	{
		TIO(STATUS, struct tio_cmd_status),
		.buf = {
			FIXED(struct tio_cmd_status, status_paddr, PAGE_LEN, WRITE, FIRMWARE),
		},
	},
	/* The memory of these is in scatter lists, not in plain buffers. */
	{
		TIO(INIT, struct tio_cmd_init),
		.states = SNP_IN_INIT,
	},
	{
		TIO(DEV_CREATE, struct tio_cmd_dev_create),
		.states = SNP_IN_INIT,
	},
	{
		TIO(DEV_RECLAIM, struct tio_cmd_dev_reclaim),
		.states = SNP_IN_INIT,
	},
	{
		TIO(DEV_CONNECT, struct tio_cmd_dev_connect),
		.states = SNP_IN_INIT,
	},
	{
		TIO(DEV_DISCONNECT, struct tio_cmd_dev_disconnect),
		.states = SNP_IN_INIT,
	},
};

/**
 * sev_command_find() - look a firmware command up
 * @id: SEV_OP_* or SNP_OP_*
 *
 * Return: the command, or NULL if it is not known well enough to be sent
 */
const struct sev_command *sev_command_find(u32 id)
{
	size_t low = 0, high = ARRAY_SIZE(sev_commands);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sev_commands[middle].id == id)
			return &sev_commands[middle];
		if (sev_commands[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/**
 * sev_command_allowed() - can the firmware accept a command in this state?
 * @cmd: the command
 * @sev_state: &enum sev_pstate of the legacy platform
 * @snp_state: &enum snp_pstate of the SNP platform
 *
 * Return: false if the firmware would certainly refuse
 */
bool sev_command_allowed(const struct sev_command *cmd, u8 sev_state, u8 snp_state)
{
	u8 sev = cmd->states & (SEV_IN_UNINIT | SEV_IN_INIT | SEV_IN_WORKING);
	u8 snp = cmd->states & (SNP_IN_UNINIT | SNP_IN_INIT);

	return (!sev || sev & (SEV_IN_UNINIT << sev_state)) &&
	       (!snp || snp & (SNP_IN_UNINIT << snp_state));
}
