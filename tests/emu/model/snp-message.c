// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel between an SNP guest and the firmware: AES-256-GCM with a key per privilege level.
 *
 * The initialisation vector is the sequence number, so a number must never be used twice. A guest
 * that encrypts something else under a number that it, or the firmware, has used has given its key
 * away; no answer can put that right, so it ends the run.
 */
#include "snp-message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define ALGO_AES_256_GCM	1
#define HEADER_VERSION		1
#define TAG_SIZE		16
#define IV_SIZE			12

/* struct msg_header - Header; the tag covers what follows the first three members */
struct msg_header {
	uint8_t tag[32];
	uint64_t seqno;
	uint8_t rsvd1[8];
	uint8_t algo;
	uint8_t version;
	uint16_t size;
	uint8_t type;
	uint8_t type_version;
	uint16_t payload;
	uint32_t rsvd2;
	uint8_t vmpck;
	uint8_t rsvd3[35];
} __packed;

static_assert(sizeof(struct msg_header) == 0x60, "message header");
static_assert(offsetof(struct msg_header, algo) == 0x30, "message header");
static_assert(offsetof(struct msg_header, vmpck) == 0x3c, "message header");

#define AAD_OFFSET	offsetof(struct msg_header, algo)
#define AAD_SIZE	(sizeof(struct msg_header) - AAD_OFFSET)

/**
 * struct msg_kind - A request that is understood
 * @answer: does it
 * @request: bytes of payload
 * @request_max: the most that there may be
 * @response: bytes of payload of the answer
 * @type: &enum msg_type
 * @version: of the request
 * @minor: API 1.x that it came with, 0 if it was there from the beginning
 */
struct msg_kind {
	msg_handler *answer;
	uint16_t request;
	uint16_t request_max;
	uint16_t response;
	uint8_t type;
	uint8_t version;
	uint8_t minor;
};

#define KIND(NAME, run, version, request_max, minor) \
	{ run, MSG_##NAME##_REQ_LEN, request_max, MSG_##NAME##_RSP_LEN, MSG_##NAME##_REQ, \
	  version, minor }

static const struct msg_kind kinds[] = {
	KIND(KEY, fw_msg_key, 1, MSG_KEY_REQ_LEN, 0),
	KIND(KEY, fw_msg_key_v2, 2, MSG_KEY_REQ_V2_MAX, 58),
	KIND(REPORT, fw_msg_report, 1, MSG_REPORT_REQ_LEN, 0),
	KIND(TSC_INFO, fw_msg_tsc_info, 1, MSG_TSC_INFO_REQ_LEN, 0),
};

/**
 * fw_snp_messages() - Which requests are understood
 *
 * Return: what FEATURE_INFO says of them, a bit for each pair of request and answer.
 */
uint32_t fw_snp_messages(void)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		bits |= SEV_BIT(kinds[i].type / 2);
	return bits;
}

static void make_iv(uint64_t seqno, uint8_t iv[IV_SIZE])
{
	memset(iv, 0, IV_SIZE);
	memcpy(iv, &seqno, sizeof(seqno));
}

static bool seal(const uint8_t key[VMPCK_SIZE], struct msg_header *header, const void *in,
		 void *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[IV_SIZE];
	int len;
	bool ok;

	make_iv(header->seqno, iv);
	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv) &&
	     EVP_EncryptUpdate(ctx, NULL, &len, &header->algo, AAD_SIZE) &&
	     EVP_EncryptUpdate(ctx, out, &len, in, header->payload) &&
	     EVP_EncryptFinal_ex(ctx, (uint8_t *)out + len, &len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, header->tag);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool open_sealed(const uint8_t key[VMPCK_SIZE], const struct msg_header *header,
			const void *in, void *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[IV_SIZE];
	int len;
	bool ok;

	make_iv(header->seqno, iv);
	ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv) &&
	     EVP_DecryptUpdate(ctx, NULL, &len, &header->algo, AAD_SIZE) &&
	     EVP_DecryptUpdate(ctx, out, &len, in, header->payload) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, (void *)header->tag) &&
	     EVP_DecryptFinal_ex(ctx, (uint8_t *)out + len, &len) > 0;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static void iv_reused(const struct fw *fw, unsigned int vmpck, uint64_t seqno)
{
	char text[120];

	snprintf(text, sizeof(text), "VMPCK%u: sequence number %llu was used for two messages",
		 vmpck, (unsigned long long)seqno);
	fw_log(fw, FW_LOG_ERROR, "%s", text);
	if (!fw->ops.fatal)
		abort();
	fw->ops.fatal(fw->ctx, text);
}

/* Remember a message that carries a good tag; the same message again is no use of its own. */
static bool note_use(const struct fw *fw, struct fw_channel *channel, unsigned int vmpck,
		     const struct msg_header *header)
{
	struct iv_use *used;
	size_t i;

	/* A number above all others needs no search, which would be a long one in a long test. */
	i = header->seqno > channel->highest ? 0 : channel->used_count;
	while (i--) {
		if (channel->used[i].seqno != header->seqno)
			continue;
		if (memcmp(channel->used[i].tag, header->tag, TAG_SIZE))
			iv_reused(fw, vmpck, header->seqno);
		return true;
	}
	if (channel->used_count == channel->used_room) {
		size_t room = channel->used_room ? 2 * channel->used_room : 16;

		used = realloc(channel->used, room * sizeof(*used));
		if (!used)
			return false;
		channel->used = used;
		channel->used_room = room;
	}
	used = &channel->used[channel->used_count++];
	used->seqno = header->seqno;
	if (used->seqno > channel->highest)
		channel->highest = used->seqno;
	memcpy(used->tag, header->tag, TAG_SIZE);
	return true;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

static const char *header_fault(const struct msg_header *h)
{
	if (h->algo != ALGO_AES_256_GCM)
		return "the algorithm is not AES-256-GCM";
	if (h->version != HEADER_VERSION || h->size != sizeof(*h))
		return "the header's version or size is not known";
	if (!h->payload || h->payload % 16 || h->payload > MSG_MAX)
		return "the payload is empty, no multiple of 16 bytes or longer than the page";
	if (h->vmpck >= SNP_VMPLS)
		return "there is no such VMPCK";
	if (!all_zero(h->tag + TAG_SIZE, sizeof(h->tag) - TAG_SIZE) ||
	    !all_zero(h->rsvd1, sizeof(h->rsvd1)) || h->rsvd2 ||
	    !all_zero(h->rsvd3, sizeof(h->rsvd3)))
		return "a reserved field is not 0";
	return NULL;
}

static const struct msg_kind *find_kind(const struct fw *fw, const struct msg_header *h)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == h->type && kinds[i].version == h->type_version &&
		    (!kinds[i].minor || fw_api_at_least(fw, 1, kinds[i].minor)))
			return &kinds[i];
	return NULL;
}

static uint32_t respond(struct fw *fw, struct fw_snp_guest *guest, const struct msg_header *h,
			const void *payload, uint8_t response[4096])
{
	struct fw_channel *channel = &guest->channels[h->vmpck];
	const struct msg_kind *kind = find_kind(fw, h);
	uint8_t answer[MSG_MAX] = { 0 };
	uint8_t sealed[MSG_MAX];
	struct msg_header out = *h;
	bool ok;

	if (!kind)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "message of type %u, version %u",
				 h->type, h->type_version);
	if (h->payload < kind->request || h->payload > kind->request_max)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "message of type %u has %u bytes, must have %u to %u", h->type,
				 h->payload, kind->request, kind->request_max);
	memset(out.tag, 0, sizeof(out.tag));
	out.seqno = h->seqno + 1;
	out.type = h->type + 1;
	out.payload = kind->response;
	ok = kind->answer(fw, guest, h->vmpck, payload, answer) &&
	     seal(channel->key, &out, answer, sealed) &&
	     note_use(fw, channel, h->vmpck, &out);
	OPENSSL_cleanse(answer, sizeof(answer));
	if (!ok)
		return fw_crypto_failed(fw);
	memset(response, 0, PAGE_4K);
	memcpy(response, &out, sizeof(out));
	memcpy(response + sizeof(out), sealed, out.payload);
	channel->counter = out.seqno;
	return 0;
}

uint32_t fw_guest_request(struct fw *fw, struct fw_snp_guest *guest, const uint8_t request[4096],
			  uint8_t response[4096])
{
	uint8_t payload[MSG_MAX] = { 0 };	/* what a short request leaves out is zero */
	struct fw_channel *channel;
	struct msg_header h;
	const char *why;
	uint32_t status;
	bool opened;

	fw->current_cmd = SNP_OP_GUEST_REQUEST;
	memcpy(&h, request, sizeof(h));
	why = header_fault(&h);
	if (why)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "message header: %s", why);
	channel = &guest->channels[h.vmpck];
	opened = open_sealed(channel->key, &h, request + sizeof(h), payload);
	if (opened && !note_use(fw, channel, h.vmpck, &h))
		status = fw_refuse(fw, SEV_RET_RESOURCE_LIMIT, "no memory to note a message");
	else if (h.seqno != channel->counter + 1 || h.seqno == UINT64_MAX)
		status = fw_refuse(fw, SEV_RET_AEAD_OFLOW,
				   "VMPCK%u: sequence number %llu, %llu messages so far", h.vmpck,
				   (unsigned long long)h.seqno,
				   (unsigned long long)channel->counter);
	else if (!opened)
		status = fw_refuse(fw, SEV_RET_INVALID_PARAM,
				   "VMPCK%u: the message's tag is wrong", h.vmpck);
	else
		status = respond(fw, guest, &h, payload, response);
	OPENSSL_cleanse(payload, sizeof(payload));
	return status;
}

void fw_guest_request_lost(struct fw *fw, struct fw_snp_guest *guest, const uint8_t request[4096])
{
	uint8_t payload[MSG_MAX];
	struct msg_header h;

	memcpy(&h, request, sizeof(h));
	if (header_fault(&h))
		return;
	if (open_sealed(guest->channels[h.vmpck].key, &h, request + sizeof(h), payload))
		note_use(fw, &guest->channels[h.vmpck], h.vmpck, &h);
	OPENSSL_cleanse(payload, sizeof(payload));
}

struct fw_snp_guest *fw_lone_guest_new(struct fw *fw, const struct fw_lone_guest *what)
{
	struct fw_snp_guest *guest;

	fw_mitigations_verify(fw);
	guest = fw_snp_guest_new(fw);
	if (!guest)
		return NULL;
	guest->state = SNP_GSTATE_RUNNING;
	guest->policy = what->policy;
	guest->vcek_off = what->vcek_off;
	memcpy(guest->digest, what->measurement, sizeof(guest->digest));
	memcpy(guest->host_data, what->host_data, sizeof(guest->host_data));
	fw->current_cmd = SNP_OP_LAUNCH_FINISH;
	if (!what->id_block || !fw_snp_identify(fw, guest, what->id_block, what->id_auth,
						what->author_key))
		return guest;
	fw_snp_guest_delete(guest);
	return NULL;
}

void fw_lone_guest_free(struct fw_snp_guest *guest)
{
	fw_snp_guest_delete(guest);
}

void fw_lone_guest_secrets(const struct fw *fw, const struct fw_snp_guest *guest,
			   uint8_t page[4096])
{
	fw_snp_secrets(fw, guest, page);
}

/**
 * fw_snp_guest_request() - SNP_GUEST_REQUEST: a message that the host carries
 * @fw: instance
 * @cmd: struct snp_cmd_guest_request
 *
 * Return: status.
 */
uint32_t fw_snp_guest_request(struct fw *fw, void *cmd)
{
	const unsigned int readable = FW_P(HYPERVISOR) | FW_P(HV_FIXED) | FW_P(FIRMWARE) |
				      FW_P(RECLAIM) | FW_P(DEFAULT);
	const struct snp_cmd_guest_request *in = cmd;
	uint8_t request[PAGE_4K], response[PAGE_4K];
	struct fw_snp_guest *guest;
	enum fw_page_state state;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(RUNNING), false, &guest);
	if (status)
		return status;
	if (in->request_paddr % PAGE_4K || in->response_paddr % PAGE_4K ||
	    fw_address(fw, in->request_paddr) == fw_address(fw, in->response_paddr))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "request %#llx and response %#llx must be pages of their own",
				 (unsigned long long)in->request_paddr,
				 (unsigned long long)in->response_paddr);
	state = fw_page_state(fw, in->request_paddr, NULL);
	if (!(readable & (1U << state)))
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE,
				 "request %#llx is in page state %s",
				 (unsigned long long)in->request_paddr, fw_page_state_name(state));
	status = fw_page_check(fw, "response", in->response_paddr, FW_P(FIRMWARE), 0, NULL);
	if (!status && !fw_is_ram(fw, in->response_paddr, PAGE_4K))
		status = fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "response %#llx is not free RAM",
				   (unsigned long long)in->response_paddr);
	if (!status)
		status = fw_read(fw, "request", in->request_paddr, request, sizeof(request));
	if (!status)
		status = fw_guest_request(fw, guest, request, response);
	return status ? status : fw_write(fw, "response", in->response_paddr, response,
					  sizeof(response));
}
