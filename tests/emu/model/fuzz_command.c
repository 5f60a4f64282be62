// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer: the input is a stage to start from and a list of commands with the bytes of their
 * buffers. Memory is small and shared by all buffers, so that a random address has a chance to
 * mean something.
 *
 * A record: command (2 bytes), number of buffer bytes (1 byte), that many bytes. Most command
 * numbers and guest handles would be refused at once and most addresses would miss RAM, so all
 * three are folded into what exists, unless their top bits are set.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "fw.h"
#include "sev/legacy.h"
#include "sev/ops.h"

#define FUZZ_RAM	(2U << 20)
#define AT_COMMAND	0xe000
#define AT_TMR		0x100000
#define AT_PDH		0x0000
#define AT_CHAIN	0x1000
#define AT_ROOTS	0x4000
#define AT_SESSION	0x5000
#define MAX_RECORDS	64

/* enum stage - How far things are when the random commands start */
enum stage { UNINIT, INIT, LUPDATE, LSECRET, RUNNING, SUPDATE, RUPDATE };

/* Picked by the first byte; the last two cost a hundred times the others. */
static const uint8_t stages[] = {
	UNINIT, INIT, INIT, LUPDATE, LUPDATE, LUPDATE, LSECRET, LSECRET, RUNNING, RUNNING, RUNNING,
	LUPDATE, LSECRET, RUNNING, SUPDATE, RUPDATE,
};

static uint8_t ram[FUZZ_RAM];

static uint64_t fold(uint64_t pa)
{
	return pa >> 61 ? pa % FUZZ_RAM : pa;
}

static int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	pa = fold(pa);
	if (len > FUZZ_RAM || pa > FUZZ_RAM - len)
		return -1;
	memcpy(buf, ram + pa, len);
	return 0;
}

static int mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	(void)ctx;
	pa = fold(pa);
	if (len > FUZZ_RAM || pa > FUZZ_RAM - len)
		return -1;
	memcpy(ram + pa, buf, len);
	return 0;
}

/* The text of each line is built, so a bad format or a wild string pointer shows. */
static void take_log(void *ctx, int level, const char *text)
{
	(void)ctx;
	if (level < FW_LOG_ERROR || level > FW_LOG_DEBUG || strlen(text) > 320)
		abort();
}

static struct fw *machine(void)
{
	static const struct fw_host_ops ops = {
		.mem_read = mem_read, .mem_write = mem_write, .log = take_log,
	};
	static struct fw *fw;
	struct fw_config cfg;

	if (!fw) {
		fw_config_init(&cfg, 0x19);
		cfg.cores = 1;
		fw = fw_new(&cfg, &ops, NULL);
		if (!fw)
			abort();
	}
	return fw;
}

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
	memcpy(ram + AT_COMMAND, buffer, len);
	fw_command(fw, cmd, AT_COMMAND);
	memcpy(buffer, ram + AT_COMMAND, len);
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
	static struct amd_cert_chain roots;
	struct sev_cmd_send_start send = {
		.handle = handle, .pdh_paddr = AT_PDH, .pdh_len = sizeof(struct sev_cert),
		.plat_paddr = AT_CHAIN, .plat_len = SEV_CERT_CHAIN_LEN,
		.amd_paddr = AT_ROOTS, .amd_len = sizeof(roots),
		.session_paddr = AT_SESSION, .session_len = sizeof(struct sev_session),
	};

	if (!roots.ark.header.version && !amd_chain_build(&roots))
		abort();
	memcpy(ram + AT_ROOTS, &roots, sizeof(roots));
	command(fw, SEV_OP_SEND_START, &send, sizeof(send));
}

/* A platform, and a guest with handle 1 or 2, in a state that random commands rarely reach. */
static void prepare(struct fw *fw, enum stage stage)
{
	struct sev_cmd_guest_start start = { .policy = SEV_GUEST_POLICY_ES };
	struct sev_cmd_guest_start receive = {
		.policy = SEV_GUEST_POLICY_ES, .pdh_paddr = AT_PDH,
		.pdh_len = sizeof(struct sev_cert), .session_paddr = AT_SESSION,
		.session_len = sizeof(struct sev_session),
	};
	struct sev_cmd_activate activate = { .asid = 1 };
	struct sev_cmd_guest_blob measure = { .paddr = 0x8000, .len = 48 };
	struct sev_cmd_handle finish;

	fw_reset(fw);
	memset(ram, 0, sizeof(ram));
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

/* One record; returns how many bytes it took. */
static size_t run_record(struct fw *fw, const uint8_t *data, size_t size)
{
	uint32_t cmd = data[0] | (data[1] & 7U) << 8;
	size_t len = data[2] < size - 3 ? data[2] : size - 3;

	if (!(data[1] & 0x80))
		cmd = data[1] & 1 ? 0x80 + cmd % 0x58 : cmd % 0x62;
	memcpy(ram + AT_COMMAND, data + 3, len);
	if (cmd >= SEV_OP_DECOMMISSION && cmd < SEV_OP_LEGACY_END && !(data[1] & 0x40))
		tidy(cmd, ram + AT_COMMAND);
	fw_command(fw, cmd, AT_COMMAND);
	check(fw);
	return 3 + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fw *fw = machine();
	unsigned int records;
	size_t took;

	if (!size)
		return 0;
	prepare(fw, stages[data[0] % sizeof(stages)]);
	data++;
	size--;
	for (records = 0; size > 3 && records < MAX_RECORDS; records++) {
		took = run_record(fw, data, size);
		data += took;
		size -= took;
		fw_note_wbinvd(fw, 0);
	}
	return 0;
}
