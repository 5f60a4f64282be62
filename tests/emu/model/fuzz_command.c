// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the legacy half: a record is a command (2 bytes) with the bytes of its buffer. Memory
 * is small and shared by all buffers, so that a random address has a chance to mean something.
 *
 * Most command numbers and guest handles would be refused at once and most addresses would miss
 * RAM, so all three are folded into what exists, unless their top bits are set.
 */
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "fuzz.h"
#include "sev/legacy.h"
#include "sev/ops.h"

#define AT_COMMAND	0xe000
#define AT_TMR		0x100000
#define AT_PDH		0x0000
#define AT_CHAIN	0x1000
#define AT_ROOTS	0x4000
#define AT_SESSION	0x5000

/* enum stage - How far things are when the random commands start */
enum stage { UNINIT, INIT, LUPDATE, LSECRET, RUNNING, SUPDATE, RUPDATE };

/* Picked by the first byte; the last two cost a hundred times the others. */
static const uint8_t stages[] = {
	UNINIT, INIT, INIT, LUPDATE, LUPDATE, LUPDATE, LSECRET, LSECRET, RUNNING, RUNNING, RUNNING,
	LUPDATE, LSECRET, RUNNING, SUPDATE, RUPDATE,
};

/* What must hold whatever was sent. */
static void check(struct fw *fw)
{
	struct fw_info info;

	fw_get_info(fw, &info);
	if (info.state > SEV_PSTATE_WORKING)
		abort();
	if (info.guests ? info.state != SEV_PSTATE_WORKING : info.state == SEV_PSTATE_WORKING)
		abort();
	if (info.state == SEV_PSTATE_UNINIT && (info.es || info.owned))
		abort();
}

static void command(struct fw *fw, uint32_t cmd, void *buffer, size_t len)
{
	fuzz_command(fw, cmd, AT_COMMAND, buffer, len);
	memcpy(buffer, fuzz_ram + AT_COMMAND, len);
}

static void start_platform(struct fw *fw)
{
	struct sev_cmd_init init = {
		.flags = SEV_INIT_ES, .tmr_paddr = AT_TMR, .tmr_len = SEV_TMR_LEN,
	};
	struct sev_cmd_pdh_cert_export certs = {
		.pdh_paddr = AT_PDH, .pdh_len = sizeof(struct sev_cert),
		.chain_paddr = AT_CHAIN, .chain_len = SEV_CERT_CHAIN_LEN,
	};

	command(fw, SEV_OP_INIT, &init, sizeof(init));
	fw_note_wbinvd(fw, 0);
	fw_command(fw, SEV_OP_DF_FLUSH, 0);
	command(fw, SEV_OP_PDH_CERT_EXPORT, &certs, sizeof(certs));
}

static void send_to_self(struct fw *fw, uint32_t handle)
{
	static struct amd_chain roots;
	struct sev_cmd_send_start send = {
		.handle = handle, .pdh_paddr = AT_PDH, .pdh_len = sizeof(struct sev_cert),
		.plat_paddr = AT_CHAIN, .plat_len = SEV_CERT_CHAIN_LEN,
		.amd_paddr = AT_ROOTS,
		.session_paddr = AT_SESSION, .session_len = sizeof(struct sev_session),
	};

	if (!roots.len && !amd_chain_build(&roots, false))
		abort();
	send.amd_len = roots.len;
	memcpy(fuzz_ram + AT_ROOTS, roots.data, roots.len);
	command(fw, SEV_OP_SEND_START, &send, sizeof(send));
}

/* A platform, and a guest with handle 1 or 2, in a state that random commands rarely reach. */
static void prepare(struct fw *fw, uint8_t pick)
{
	enum stage stage = stages[pick % sizeof(stages)];
	struct sev_cmd_guest_start start = { .policy = SEV_GUEST_POLICY_ES };
	struct sev_cmd_guest_start receive = {
		.policy = SEV_GUEST_POLICY_ES, .pdh_paddr = AT_PDH,
		.pdh_len = sizeof(struct sev_cert), .session_paddr = AT_SESSION,
		.session_len = sizeof(struct sev_session),
	};
	struct sev_cmd_activate activate = { .asid = 1 };
	struct sev_cmd_guest_blob measure = { .paddr = 0x8000, .len = 48 };
	struct sev_cmd_handle finish;

	if (stage < INIT)
		return;
	start_platform(fw);
	if (stage < LUPDATE)
		return;
	command(fw, SEV_OP_LAUNCH_START, &start, sizeof(start));
	activate.handle = start.handle;
	command(fw, SEV_OP_ACTIVATE, &activate, sizeof(activate));
	if (stage < LSECRET)
		return;
	measure.handle = start.handle;
	command(fw, SEV_OP_LAUNCH_MEASURE, &measure, sizeof(measure));
	if (stage < RUNNING)
		return;
	finish.handle = start.handle;
	command(fw, SEV_OP_LAUNCH_FINISH, &finish, sizeof(finish));
	if (stage < SUPDATE)
		return;
	send_to_self(fw, start.handle);
	if (stage < RUPDATE)
		return;
	command(fw, SEV_OP_RECEIVE_START, &receive, sizeof(receive));
	activate.handle = receive.handle;
	activate.asid = 2;
	command(fw, SEV_OP_ACTIVATE, &activate, sizeof(activate));
}

/* Make the buffer of a guest command plausible, so that more than the first check is reached. */
static void tidy(uint32_t cmd, uint8_t *buffer)
{
	struct sev_cmd_packet *packet = (struct sev_cmd_packet *)buffer;
	struct sev_cmd_guest_blob *blob = (struct sev_cmd_guest_blob *)buffer;

	packet->handle &= 3;
	if (cmd >= SEV_OP_LAUNCH_UPDATE_DATA && cmd <= SEV_OP_LAUNCH_MEASURE) {
		blob->rsvd = 0;
		blob->paddr &= ~15ULL;
		blob->len &= 0x1fff0;
	}
	if (cmd == SEV_OP_LAUNCH_UPDATE_SECRET || cmd == SEV_OP_SEND_UPDATE_DATA ||
	    cmd == SEV_OP_SEND_UPDATE_VMSA || cmd == SEV_OP_RECEIVE_UPDATE_DATA ||
	    cmd == SEV_OP_RECEIVE_UPDATE_VMSA) {
		packet->rsvd1 = 0;
		packet->rsvd2 = 0;
		packet->rsvd3 = 0;
		packet->hdr_len = sizeof(struct sev_packet_header) + packet->hdr_len % 2;
		packet->guest_paddr &= ~15ULL;
		packet->guest_len &= 0x7ff0;
		packet->trans_len = packet->guest_len + packet->trans_len % 2;
	}
}

static void record(struct fw *fw, const uint8_t head[2], uint8_t payload[256], size_t len)
{
	uint32_t cmd = head[0] | (head[1] & 7U) << 8;

	if (!(head[1] & 0x80))
		cmd = head[1] & 1 ? 0x80 + cmd % 0x58 : cmd % 0x62;
	/* what an earlier command left behind is part of a short buffer */
	memcpy(payload + len, fuzz_ram + AT_COMMAND + len, 256 - len);
	if (cmd >= SEV_OP_DECOMMISSION && cmd < SEV_OP_LEGACY_END && !(head[1] & 0x40))
		tidy(cmd, payload);
	fuzz_command(fw, cmd, AT_COMMAND, payload, 256);
	check(fw);
	fw_note_wbinvd(fw, 0);
}

const struct fuzz_target fuzz_target = {
	.ram = 2U << 20,
	.fold = true,
	.family = 0x19,
	.cores = 1,
	.prepare = prepare,
	.record = record,
};
