// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the SNP half: a record is a command with the bytes of its buffer, an RMPUPDATE by the
 * host, or a message of the guest. It begins with its kind and a number.
 *
 * Random addresses miss and random pages are in the wrong state, so page addresses are folded into
 * RAM and the host may bring any page into any state that the hardware lets it.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "fuzz.h"
#include "snp.h"
#include "sev/legacy.h"
#include "sev/ops.h"
#include "sev/snp-guest.h"
#include "sev/snp.h"
#include "sev/uapi.h"

#define RAM		FUZZ_RAM_MAX
#define PAGES		(RAM / 4096)
#define AT_RMP		(2U << 20)
#define RMP_LEN		(1U << 20)
#define AT_COMMAND	0x1000
#define AT_GCTX		0x2000
#define AT_SECRETS	0x3000
#define AT_REQUEST	0x4000
#define AT_RESPONSE	0x5000
#define ASID		1

/* enum stage - How far things are when the random records start */
enum stage { OFF, UP, LAUNCH, RUNNING, STAGES };

static struct fw_rmp_entry rmp[PAGES];
static uint64_t syscfg[2];
static uint64_t counter;

static int msr_read(void *ctx, unsigned int cpu, uint32_t msr, uint64_t *value)
{
	(void)ctx;
	if (cpu > 1)
		return -1;
	switch (msr) {
	case 0xc0010010:
		*value = syscfg[cpu];
		return 0;
	case 0xc0010132:
		*value = AT_RMP;
		return 0;
	case 0xc0010133:
		*value = AT_RMP + RMP_LEN - 1;
		return 0;
	default:
		return -1;
	}
}

static int msr_write(void *ctx, unsigned int cpu, uint32_t msr, uint64_t value)
{
	(void)ctx;
	if (cpu > 1 || msr != 0xc0010010)
		return -1;
	syscfg[cpu] = value;
	return 0;
}

static struct fw_rmp_entry *entry_of(uint64_t pa)
{
	size_t i = pa / 4096;

	if (pa >= RAM)
		return NULL;
	return rmp[i & ~511UL].huge ? &rmp[i & ~511UL] : &rmp[i];
}

static int rmp_read(void *ctx, uint64_t pa, struct fw_rmp_entry *entry)
{
	(void)ctx;
	if (!entry_of(pa))
		return -1;
	*entry = *entry_of(pa);
	return 0;
}

static int rmp_write(void *ctx, uint64_t pa, const struct fw_rmp_entry *entry)
{
	(void)ctx;
	if (pa >= RAM)
		return -1;
	rmp[pa / 4096] = *entry;
	return 0;
}

static int iommu_range(void *ctx, unsigned int index, uint64_t *pa, uint64_t *len)
{
	(void)ctx;
	*pa = 0x10000;
	*len = 0x2000;
	return index ? -1 : 0;
}

/* What must hold whatever was sent. */
static void check(struct fw *fw)
{
	struct fw_info info;
	unsigned int i, contexts = 0;

	fw_get_info(fw, &info);
	for (i = 0; i < PAGES; i++) {
		const struct fw_rmp_entry *e = &rmp[i];

		if (!e->asid && e->assigned && e->immutable && e->vmsa)
			contexts++;
		if (e->validated && !e->assigned)
			abort();
	}
	/* a context has a page of its own, and the host cannot have taken it away */
	if (info.snp && contexts != info.snp_guests)
		abort();
	if (!info.snp && info.snp_guests)
		abort();
}

/* RMPUPDATE: what the hardware lets a hypervisor do. */
static void update(uint64_t pa, const struct fw_rmp_entry *to)
{
	struct fw_rmp_entry *e = entry_of(pa);

	if (e && !e->immutable && !e->huge)
		*e = *to;
}

static const struct fw_rmp_entry hypervisor;
static const struct fw_rmp_entry firmware = { .assigned = true, .immutable = true };

static uint32_t command(struct fw *fw, uint32_t cmd, const void *buffer, size_t len)
{
	return fuzz_command(fw, cmd, AT_COMMAND, buffer, len);
}

static void launch(struct fw *fw, enum stage stage)
{
	const struct fw_rmp_entry secrets = {
		.assigned = true, .immutable = true, .asid = ASID, .gpa = 0x1000,
	};
	struct snp_cmd_gctx gctx = { .gctx_paddr = AT_GCTX };
	struct snp_cmd_launch_start start = {
		.gctx_paddr = AT_GCTX, .policy = SNP_GUEST_POLICY_ONE | SNP_GUEST_POLICY_DEBUG,
	};
	struct snp_cmd_activate activate = { .gctx_paddr = AT_GCTX, .asid = ASID };
	struct snp_cmd_launch_update page = {
		.gctx_paddr = AT_GCTX, .page_paddr = AT_SECRETS,
		.flags = SNP_LAUNCH_SECRETS << SNP_LAUNCH_PAGE_TYPE_SHIFT,
	};
	struct snp_cmd_launch_finish finish = { .gctx_paddr = AT_GCTX };

	update(AT_GCTX, &firmware);
	update(AT_SECRETS, &secrets);
	if (command(fw, SNP_OP_GCTX_CREATE, &gctx, sizeof(gctx)) ||
	    command(fw, SNP_OP_LAUNCH_START, &start, sizeof(start)) ||
	    command(fw, SNP_OP_ACTIVATE, &activate, sizeof(activate)) ||
	    command(fw, SNP_OP_LAUNCH_UPDATE, &page, sizeof(page)))
		abort();
	if (stage == RUNNING && command(fw, SNP_OP_LAUNCH_FINISH, &finish, sizeof(finish)))
		abort();
}

static void prepare(struct fw *fw, uint8_t pick)
{
	struct snp_cmd_init_ex init = { .flags = SNP_INIT_RMP };
	enum stage stage = pick % STAGES;

	memset(rmp, 0, sizeof(rmp));
	syscfg[0] = 0x3880000;
	syscfg[1] = 0x3880000;
	counter = 0;
	if (stage == OFF)
		return;
	if (command(fw, SNP_OP_INIT_EX, &init, sizeof(init)) || fw_command(fw, SNP_OP_DF_FLUSH, 0))
		abort();
	if (stage >= LAUNCH)
		launch(fw, stage);
}

/* A message that is sealed as a guest does it, with any header and contents, and delivered. */
static void message(struct fw *fw, uint8_t type, const uint8_t *data, size_t len)
{
	const struct snp_cmd_guest_request cmd = {
		.gctx_paddr = AT_GCTX, .request_paddr = AT_REQUEST, .response_paddr = AT_RESPONSE,
	};
	static const uint16_t sizes[] = { 0x20, 0x60, 0x80 };
	uint16_t size = type & 0x80 ? (uint16_t)(type * 16) : sizes[type % 3];
	uint8_t *h = fuzz_ram + AT_REQUEST;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t plain[4096] = { 0 }, iv[12] = { 0 };
	uint64_t seqno = counter + 1;
	int n;

	memset(h, 0, 4096);
	memcpy(plain, data, len);
	memcpy(iv, &seqno, 8);
	memcpy(h + 0x20, &seqno, 8);
	h[0x30] = 1;
	h[0x31] = 1;
	h[0x32] = 0x60;
	h[0x34] = type & 0x80 ? type & 31 : size == 0x20 ? 3 : size == 0x60 ? 5 : 17;
	h[0x35] = 1;
	memcpy(h + 0x36, &size, 2);
	EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, fuzz_ram + AT_SECRETS + 0x20, iv);
	EVP_EncryptUpdate(ctx, NULL, &n, h + 0x30, 0x30);
	EVP_EncryptUpdate(ctx, h + 0x60, &n, plain, size);
	EVP_EncryptFinal_ex(ctx, h + 0x60 + n, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, h);
	EVP_CIPHER_CTX_free(ctx);
	update(AT_RESPONSE, &firmware);
	/* a number is used up as soon as the message may have been seen */
	command(fw, SNP_OP_GUEST_REQUEST, &cmd, sizeof(cmd));
	counter += 2;
}

/* Point the addresses of a buffer into RAM; each of its 8-byte words may be one. */
static void tidy(uint8_t *buffer, size_t len)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, buffer + i, 8);
		if (word >> 60 != 0xa)
			continue;
		word = (word & 1) | (word >> 12) % PAGES * 4096;
		memcpy(buffer + i, &word, 8);
	}
}

static void host_update(uint8_t number, const uint8_t *data, size_t len)
{
	static const struct fw_rmp_entry states[] = {
		{ 0 }, { .assigned = true, .immutable = true }, { .assigned = true },
		{ .assigned = true, .immutable = true, .asid = ASID, .gpa = 0x200000 },
		{ .assigned = true, .immutable = true, .asid = ASID + 1 },
		{ .assigned = true, .asid = ASID, .gpa = 0x3000 },
		{ .assigned = true, .immutable = true, .gpa = 0x1000 },
	};
	struct fw_rmp_entry to = states[number % 7];
	uint64_t page = (number >> 3) + (len ? data[0] : 0U);

	to.huge = len > 1 && data[1] == 0xff && page == 0;
	update((page ? page : 256) * 4096, to.huge ? &hypervisor : &to);
}

static void record(struct fw *fw, const uint8_t head[2], uint8_t payload[256], size_t len)
{
	uint32_t cmd = head[1];

	switch (head[0] % 4) {
	case 0:
		host_update(head[1], payload, len);
		break;
	case 1:
		message(fw, head[1], payload, len);
		break;
	default:
		tidy(payload, 256);
		if (!(head[0] & 0x80))
			cmd = 0x80 + cmd % 0x50;
		if (head[0] & 0x40)	/* most guest commands begin with the context */
			memcpy(payload, &(uint64_t){ AT_GCTX }, 8);
		command(fw, cmd, payload, 256);
	}
	check(fw);
}

const struct fuzz_target fuzz_target = {
	.ram = RAM,
	.quiet = true,
	.family = 0x1a,
	.api_minor = 58,
	.ops = {
		.msr_read = msr_read, .msr_write = msr_write, .rmp_read = rmp_read,
		.rmp_write = rmp_write, .iommu_range = iommu_range,
	},
	.prepare = prepare,
	.record = record,
};
