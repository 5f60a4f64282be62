// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command table: what exists, in which platform state, with how long a buffer.
 *
 * A handler works on a copy of the command buffer. The copy goes back to memory if the command
 * answers in its buffer and succeeded, or was refused with INVALID_LEN after a length query.
 *
 * Once SNP is initialised, a legacy command that answers wants its buffer's first byte in a page of
 * state Firmware and leaves that page in state Reclaim, whatever else happens.
 */
#include <openssl/crypto.h>

#include "internal.h"
#include "sev/snp.h"
#include "sev/snp-guest.h"

#define UNINIT		SEV_BIT(SEV_PSTATE_UNINIT)
#define INIT		SEV_BIT(SEV_PSTATE_INIT)
#define WORKING		SEV_BIT(SEV_PSTATE_WORKING)
#define UP		(INIT | WORKING)
#define ANY		(UNINIT | UP)

enum { ANSWERS = 1, SNP = 2, SNP_UP = 4 };

/**
 * struct fw_command - One line of the table
 * @name: for people
 * @run: does it
 * @len: bytes of the command buffer, 0 if there is none
 * @id: &enum sev_op
 * @states: allowed platform states
 * @flags: ANSWERS: writes its buffer back; SNP: only with SNP-capable firmware; SNP_UP: only after
 *	SNP_INIT
 * @major: first API version that knows it, 0.0 if always
 * @minor: see @major
 */
struct fw_command {
	const char *name;
	fw_handler *run;
	uint16_t len;
	uint16_t id;
	uint8_t states;
	uint8_t flags;
	uint8_t major;
	uint8_t minor;
};

#define CMD(NAME, run, type, states, flags, ...) \
	{ #NAME, run, sizeof(struct type), SEV_OP_##NAME, states, flags, __VA_ARGS__ }
#define CMD0(NAME, run, states) \
	{ #NAME, run, 0, SEV_OP_##NAME, states, 0, 0, 0 }
#define CMD_SNP(NAME, run, type, minor) \
	{ "SNP_" #NAME, run, sizeof(struct type), SNP_OP_##NAME, ANY, SNP, 1, minor }
#define CMD_UP(NAME, run, type) \
	{ "SNP_" #NAME, run, sizeof(struct type), SNP_OP_##NAME, ANY, SNP | SNP_UP, 1, 51 }
/* whatever their buffers hold, it is not looked at */
#define CMD_SNP0(NAME, run) \
	{ "SNP_" #NAME, run, 0, SNP_OP_##NAME, ANY, SNP, 1, 51 }
#define CMD_UP0(NAME, run) \
	{ "SNP_" #NAME, run, 0, SNP_OP_##NAME, ANY, SNP | SNP_UP, 1, 51 }

static const struct fw_command commands[] = {
	CMD(INIT, fw_init, sev_cmd_init, UNINIT, 0, 0, 0),
	CMD(INIT_EX, fw_init_ex, sev_cmd_init_ex, UNINIT, 0, 0, 0),
	CMD0(SHUTDOWN, fw_shutdown, ANY),
	CMD0(FACTORY_RESET, fw_factory_reset, UNINIT),
	CMD(PLATFORM_STATUS, fw_platform_status, sev_cmd_platform_status, ANY, ANSWERS, 0, 0),
	CMD0(PEK_GEN, fw_pek_gen, INIT),
	CMD(PEK_CSR, fw_pek_csr, sev_cmd_blob, UP, ANSWERS, 0, 0),
	CMD(PEK_CERT_IMPORT, fw_pek_cert_import, sev_cmd_pek_cert_import, INIT, 0, 0, 0),
	CMD(PDH_CERT_EXPORT, fw_pdh_cert_export, sev_cmd_pdh_cert_export, UP, ANSWERS, 0, 0),
	CMD0(PDH_GEN, fw_pdh_gen, UP),
	CMD0(DF_FLUSH, fw_df_flush, UP),
	CMD(DOWNLOAD_FIRMWARE, fw_download_firmware, sev_cmd_blob, UNINIT, 0, 0, 15),
	CMD(GET_ID, fw_get_id, sev_cmd_blob, ANY, ANSWERS, 0, 16),

	CMD(DECOMMISSION, fw_decommission, sev_cmd_handle, UP, 0, 0, 0),
	CMD(ACTIVATE, fw_activate, sev_cmd_activate, UP, 0, 0, 0),
	CMD(DEACTIVATE, fw_deactivate, sev_cmd_handle, UP, 0, 0, 0),
	CMD(GUEST_STATUS, fw_guest_status, sev_cmd_guest_status, UP, ANSWERS, 0, 0),
	CMD(LAUNCH_START, fw_launch_start, sev_cmd_guest_start, UP, ANSWERS, 0, 0),
	CMD(LAUNCH_UPDATE_DATA, fw_launch_update_data, sev_cmd_guest_blob, UP, 0, 0, 0),
	CMD(LAUNCH_UPDATE_VMSA, fw_launch_update_vmsa, sev_cmd_guest_blob, UP, 0, 0, 0),
	CMD(LAUNCH_MEASURE, fw_launch_measure, sev_cmd_guest_blob, UP, ANSWERS, 0, 0),
	CMD(LAUNCH_UPDATE_SECRET, fw_launch_secret, sev_cmd_packet, UP, 0, 0, 0),
	CMD(LAUNCH_FINISH, fw_launch_finish, sev_cmd_handle, UP, 0, 0, 0),
	CMD(ATTESTATION_REPORT, fw_attestation_report, sev_cmd_attestation_report, UP, ANSWERS,
	    0, 0),
	CMD(SEND_START, fw_send_start, sev_cmd_send_start, UP, ANSWERS, 0, 0),
	CMD(SEND_UPDATE_DATA, fw_send_update_data, sev_cmd_packet, UP, ANSWERS, 0, 0),
	CMD(SEND_UPDATE_VMSA, fw_send_update_vmsa, sev_cmd_packet, UP, ANSWERS, 0, 0),
	CMD(SEND_FINISH, fw_send_finish, sev_cmd_handle, UP, 0, 0, 0),
	CMD(SEND_CANCEL, fw_send_cancel, sev_cmd_handle, UP, 0, 0, 0),
	CMD(RECEIVE_START, fw_receive_start, sev_cmd_guest_start, UP, ANSWERS, 0, 0),
	CMD(RECEIVE_UPDATE_DATA, fw_receive_update_data, sev_cmd_packet, UP, 0, 0, 0),
	CMD(RECEIVE_UPDATE_VMSA, fw_receive_update_vmsa, sev_cmd_packet, UP, 0, 0, 0),
	CMD(RECEIVE_FINISH, fw_receive_finish, sev_cmd_handle, UP, 0, 0, 0),
	CMD(DBG_DECRYPT, fw_dbg_decrypt, sev_cmd_dbg, UP, 0, 0, 0),
	CMD(DBG_ENCRYPT, fw_dbg_encrypt, sev_cmd_dbg, UP, 0, 0, 0),

	CMD_SNP(PLATFORM_STATUS, fw_snp_platform_status, snp_cmd_platform_status, 51),
	CMD_SNP(COMMIT, fw_snp_commit, snp_cmd_commit, 51),
	CMD_SNP(FEATURE_INFO, fw_snp_feature_info, snp_cmd_feature_info, 51),
	CMD_SNP(SHUTDOWN_EX, fw_snp_shutdown_ex, snp_cmd_shutdown_ex, 51),
	CMD_SNP(INIT_EX, fw_snp_init_ex, snp_cmd_init_ex, 52),
	CMD_SNP0(INIT, fw_snp_init),
	CMD_SNP0(SHUTDOWN, fw_snp_shutdown),
	{ "SNP_DOWNLOAD_FIRMWARE_EX", fw_download_firmware_ex,
	  sizeof(struct snp_cmd_download_firmware_ex), SNP_OP_DOWNLOAD_FIRMWARE_EX, UNINIT, SNP,
	  1, 51 },
	CMD_SNP(VERIFY_MITIGATION, fw_snp_verify_mitigation, snp_cmd_verify_mitigation, 51),
	CMD_UP0(DF_FLUSH, fw_snp_df_flush),
	CMD_UP(DECOMMISSION, fw_snp_decommission, snp_cmd_gctx),
	CMD_UP(ACTIVATE, fw_snp_activate, snp_cmd_activate),
	CMD_UP(GUEST_STATUS, fw_snp_guest_status, snp_cmd_guest_status),
	CMD_UP(GCTX_CREATE, fw_snp_gctx_create, snp_cmd_gctx),
	CMD_UP(GUEST_REQUEST, fw_snp_guest_request, snp_cmd_guest_request),
	CMD_UP0(ACTIVATE_EX, fw_snp_not_modelled),
	CMD_UP(LAUNCH_START, fw_snp_launch_start, snp_cmd_launch_start),
	CMD_UP(LAUNCH_UPDATE, fw_snp_launch_update, snp_cmd_launch_update),
	CMD_UP(LAUNCH_FINISH, fw_snp_launch_finish, snp_cmd_launch_finish),
	CMD_UP(DBG_DECRYPT, fw_snp_dbg_decrypt, snp_cmd_dbg),
	CMD_UP(DBG_ENCRYPT, fw_snp_dbg_encrypt, snp_cmd_dbg),
	CMD_UP0(PAGE_SWAP_OUT, fw_snp_not_modelled),
	CMD_UP0(PAGE_SWAP_IN, fw_snp_not_modelled),
	CMD_UP0(PAGE_MOVE, fw_snp_not_modelled),
	CMD_UP0(PAGE_MD_INIT, fw_snp_not_modelled),
	CMD_UP0(PAGE_SET_STATE, fw_snp_not_modelled),
	CMD_UP(PAGE_RECLAIM, fw_snp_page_reclaim, snp_cmd_page),
	CMD_UP(PAGE_UNSMASH, fw_snp_page_unsmash, snp_cmd_page),
	CMD_UP(CONFIG, fw_snp_config, snp_cmd_config),
	CMD_UP(VLEK_LOAD, fw_snp_vlek_load, snp_cmd_vlek_load),
};

static_assert(sizeof(struct sev_cmd_send_start) <= FW_MAX_CMD, "largest command");

static const char * const platform_states[] = { "UNINIT", "INIT", "WORKING" };

static const struct fw_command *find_command(uint32_t id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].id == id)
			return &commands[i];
	return NULL;
}

const char *fw_command_name(uint32_t cmd)
{
	const struct fw_command *command = find_command(cmd);

	return command ? command->name : "unknown command";
}

/* Whether chip and running firmware have the command at all. */
static uint32_t check_known(const struct fw *fw, const struct fw_command *command)
{
	if (!command)
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND, "no command has number %#x",
				 fw->current_cmd);
	if ((command->flags & SNP) && !fw_has_snp(fw))
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND,
				 "family %#x with firmware %u.%u has no SNP", fw->cfg.family,
				 fw->running.major, fw->running.minor);
	if (!fw_api_at_least(fw, command->major, command->minor))
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND, "comes with API %u.%u, this is %u.%u",
				 command->major, command->minor, fw->running.major,
				 fw->running.minor);
	return 0;
}

static uint32_t check_states(const struct fw *fw, const struct fw_command *command)
{
	if (!(command->states & SEV_BIT(fw->state)))
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE, "the platform is in state %s",
				 platform_states[fw->state]);
	if ((command->flags & SNP_UP) && !fw->snp.up)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE, "SNP is not initialised");
	return 0;
}

static uint32_t run_known(struct fw *fw, const struct fw_command *command, uint64_t buffer_pa)
{
	uint64_t buffer[FW_MAX_CMD / sizeof(uint64_t)] = { 0 };
	uint32_t status, written;

	status = check_states(fw, command);
	if (status)
		return status;
	if (command->len)
		status = fw_read(fw, "command buffer", buffer_pa, buffer, command->len);
	if (status)
		return status;
	status = command->run(fw, buffer);
	if ((command->flags & ANSWERS) && (!status || status == SEV_RET_INVALID_LEN)) {
		written = fw_write(fw, "command buffer", buffer_pa, buffer, command->len);
		status = written ? written : status;
	}
	OPENSSL_cleanse(buffer, sizeof(buffer));
	return status;
}

/* Around a command that answers in its buffer: the buffer's page, and what becomes of it. */
static uint32_t run_command(struct fw *fw, const struct fw_command *command, uint64_t buffer_pa)
{
	static const struct fw_rmp_entry reclaim = { .assigned = true };
	struct fw_rmp_entry entry;
	uint32_t status, set;

	status = check_known(fw, command);
	if (status)
		return status;
	if (!fw->snp.up || !(command->flags & ANSWERS))
		return run_known(fw, command, buffer_pa);
	status = fw_page_check(fw, "command buffer", buffer_pa, FW_P(FIRMWARE) | FW_P(DEFAULT),
			       FW_IN_COMMAND_BUFFER, &entry);
	if (status)
		return status;
	status = run_known(fw, command, buffer_pa);
	if (!entry.assigned || fw_taken(fw, fw_address(fw, buffer_pa), 1))
		return status;
	set = fw_page_set(fw, buffer_pa, &reclaim);
	return status ? status : set;
}

uint32_t fw_command(struct fw *fw, uint32_t cmd, uint64_t buffer_pa)
{
	uint32_t status;

	fw->current_cmd = cmd;
	status = run_command(fw, find_command(cmd), buffer_pa);
	fw_log(fw, FW_LOG_DEBUG, "%s: %s (%#x)", fw_command_name(cmd), fw_status_name(status),
	       status);
	return status;
}
