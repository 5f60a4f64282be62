// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the guest to the firmware, which a host carries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "guest-answer.h"
#include "model/fw.h"
#include "model/snp.h"
#include "uapi/linux/psp-sev.h"

/* What the host itself has to say, in the upper half of the second word of exit information */
#define HOST_INVALID_LEN	(1ull << 32)

#define MAX_LOGGED		100u

#define ID_BLOCK_LEN		96u
#define ID_AUTH_LEN		4096u

#define CERT_ROOM		4096u
#define NUM_CERTS		3u

struct table_entry {
	uint8_t guid[16];
	uint32_t offset, len;
};

/* A certificate, and what a table calls it */
struct cert {
	enum fw_snp_cert which;
	uint8_t guid[16];
};

static const struct cert chip_certs[NUM_CERTS] = {
	{ FW_CERT_ARK, { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
			 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae } },
	{ FW_CERT_ASK, { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
			 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 } },
	{ FW_CERT_VCEK, { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
			  0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd } },
};

/* The ASVK has no name of its own: whatever has signed the last one is called ASK. */
static const struct cert cloud_certs[NUM_CERTS] = {
	{ FW_CERT_ARK, { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
			 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae } },
	{ FW_CERT_ASVK, { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
			  0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 } },
	{ FW_CERT_VLEK, { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
			  0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 } },
};

static struct fw *fw;
static struct fw_snp_guest *guest;
static uint8_t certs[NUM_CERTS * CERT_ROOM + GUEST_PAGE];
static size_t certs_len;

static void take_log(void *ctx, int level, const char *text)
{
	static unsigned int lines;

	(void)ctx;
	if (level == FW_LOG_ERROR || (level == FW_LOG_REFUSED && lines++ < MAX_LOGGED))
		fprintf(stderr, "sevcpu: firmware: %s\n", text);
}

static void fatal(void *ctx, const char *text)
{
	(void)ctx;
	guest_fatal("%s", text);
}

static bool power_on(void)
{
	static const struct fw_host_ops ops = { .log = take_log, .fatal = fatal };
	struct fw_config config;

	fw_config_init(&config, sevcpu_config.family);
	if (sevcpu_config.api_major) {
		config.api_major = sevcpu_config.api_major;
		config.api_minor = sevcpu_config.api_minor;
		config.build = sevcpu_config.build;
	}
	if (sevcpu_config.model <= UINT8_MAX)
		config.model = sevcpu_config.model;
	if (sevcpu_config.svn)
		config.svn = sevcpu_config.svn;
	config.committed_svn = sevcpu_config.committed_svn;
	if (sevcpu_config.platform_info <= UINT8_MAX)
		config.platform_info = sevcpu_config.platform_info;
	config.state_dir = sevcpu_config.state_dir;
	fw = fw_new(&config, &ops, NULL);
	return fw;
}

static bool fill_certs(void)
{
	const struct cert *list = sevcpu_config.vlek ? cloud_certs : chip_certs;
	struct table_entry table[NUM_CERTS + 1] = { 0 };
	size_t at = sizeof(table);

	for (unsigned int i = 0; i < NUM_CERTS; i++) {
		size_t len = fw_snp_certificate(fw, list[i].which, fw_reported_tcb(fw),
						certs + at, CERT_ROOM);

		if (!len || len > CERT_ROOM)
			return false;
		memcpy(table[i].guid, list[i].guid, sizeof(table[i].guid));
		table[i].offset = (uint32_t)at;
		table[i].len = (uint32_t)len;
		at += len;
	}
	memcpy(certs, table, sizeof(table));
	certs_len = at;
	return true;
}

static void load_file(const char *path, void *buf, size_t len)
{
	FILE *file = path ? fopen(path, "rb") : NULL;

	if (!file || fread(buf, len, 1, file) != 1 || fgetc(file) != EOF)
		guest_fatal("identity: %s is not a file of %zu bytes", path ? path : "id-auth=",
			    len);
	fclose(file);
}

/**
 * guest_firmware_reset() - a kernel starts in a new guest
 * @secrets: filled with its secrets page
 *
 * Return: false if the firmware can't do that.
 */
bool guest_firmware_reset(uint8_t secrets[GUEST_PAGE])
{
	uint8_t block[ID_BLOCK_LEN], auth[ID_AUTH_LEN];
	struct fw_lone_guest what = {
		.policy = sevcpu_config.policy, .vcek_off = sevcpu_config.vcek_off,
		.author_key = sevcpu_config.author_key,
	};

	if (!fw && !power_on())
		return false;
	fw_lone_mask(fw, sevcpu_config.mask_chip_id, sevcpu_config.mask_chip_key);
	if (sevcpu_config.reported_svn && !fw_lone_report(fw, sevcpu_config.reported_svn))
		guest_fatal("reported-svn=%u is above the committed one",
			    sevcpu_config.reported_svn);
	if (sevcpu_config.vlek && !fw_lone_vlek_load(fw))
		return false;
	memcpy(what.measurement, sevcpu_config.measurement, sizeof(what.measurement));
	memcpy(what.host_data, sevcpu_config.host_data, sizeof(what.host_data));
	if (sevcpu_config.id_block) {
		load_file(sevcpu_config.id_block, block, sizeof(block));
		load_file(sevcpu_config.id_auth, auth, sizeof(auth));
		what.id_block = block;
		what.id_auth = auth;
	}
	fw_lone_guest_free(guest);
	guest = fw_lone_guest_new(fw, &what);
	if (!guest || !fill_certs())
		return false;
	fw_lone_guest_secrets(fw, guest, secrets);
	return true;
}

/**
 * guest_firmware_report() - a report for what runs at privilege level 0
 * @user_data: for the report
 * @report: filled in, FW_REPORT_LEN bytes
 *
 * Return: false if the firmware does not give one.
 */
bool guest_firmware_report(const uint8_t user_data[64], uint8_t *report)
{
	return fw_lone_guest_report(fw, guest, user_data, report);
}

/**
 * guest_firmware_certs() - the table of certificates that the host has
 * @len: filled in
 *
 * Return: the table.
 */
const uint8_t *guest_firmware_certs(size_t *len)
{
	*len = certs_len;
	return certs;
}

static void need_shared(const char *what, uint64_t pa)
{
	if (pa % GUEST_PAGE)
		guest_fatal("request with %s at %#llx, which is no page", what,
			    (unsigned long long)pa);
	if (!guest_page_shared(pa))
		guest_fatal("request with %s at %#llx, a page that is not shared with the host",
			    what, (unsigned long long)pa);
}

/* Return: 0, or what the host answers when there is not enough room. */
static uint64_t give_certs(struct guest_ghcb *ghcb)
{
	uint64_t pa = guest_ghcb_field(ghcb, GHCB_RAX);
	uint64_t pages = guest_ghcb_field(ghcb, GHCB_RBX);
	uint64_t needed = (certs_len + GUEST_PAGE - 1) / GUEST_PAGE;

	if (pages < needed) {
		guest_ghcb_set(ghcb, GHCB_RBX, needed);
		return HOST_INVALID_LEN;
	}
	for (uint64_t i = 0; i < pages; i++)
		need_shared("certificates", pa + i * GUEST_PAGE);
	if (guest_write(pa, certs, certs_len))
		guest_fatal("has no memory at %#llx", (unsigned long long)pa);
	return 0;
}

static uint64_t ask_firmware(const uint8_t request[GUEST_PAGE], uint8_t response[GUEST_PAGE])
{
	uint32_t status = fw_guest_request(fw, guest, request, response);

	/* A host that keeps and loses messages is what can bring a good guest out of step. */
	if (status == SEV_RET_AEAD_OFLOW && !guest_answer_any())
		guest_fatal("a message has the wrong sequence number");
	return status;
}

static uint64_t carry(const struct guest_answer *answer, struct guest_ghcb *ghcb)
{
	uint8_t request[GUEST_PAGE], response[GUEST_PAGE];
	uint64_t at = guest_ghcb_field(ghcb, GHCB_EXIT_INFO_2), result = 0;

	if (guest_read(guest_ghcb_field(ghcb, GHCB_EXIT_INFO_1), request, sizeof(request)) ||
	    guest_read(at, response, sizeof(response)))
		guest_fatal("has no memory at %#llx", (unsigned long long)at);
	if (answer->before)
		fw_guest_request_lost(fw, guest, request);
	else
		result = ask_firmware(request, response);
	if (!answer->before && result)
		return result;
	if (answer->pages)
		guest_ghcb_set(ghcb, GHCB_RBX, answer->pages);
	if (guest_answer_alter(answer, response))
		guest_write(at, response, sizeof(response));
	return answer->result;
}

/**
 * guest_request() - a message to the firmware
 * @ghcb: the event
 * @extended: with room for certificates
 *
 * Return: for the second word of exit information.
 */
uint64_t guest_request(struct guest_ghcb *ghcb, bool extended)
{
	uint64_t request = guest_ghcb_field(ghcb, GHCB_EXIT_INFO_1);
	uint64_t response = guest_ghcb_field(ghcb, GHCB_EXIT_INFO_2);
	const struct guest_answer *answer;
	uint64_t result;

	need_shared("the message", request);
	need_shared("the answer", response);
	if (request == response)
		guest_fatal("request with message and answer on the same page, %#llx",
			    (unsigned long long)request);
	answer = guest_answer_next();
	if (extended && !answer->before) {
		result = give_certs(ghcb);
		if (result)
			return result;
	}
	return carry(answer, ghcb);
}
