/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A firmware that answers guest messages, and the host in between, which may do
 * anything with them that needs no key.
 *
 * The firmware keeps to the specification: it takes one number next, and moves on
 * when it has answered. It ends the test if two different messages come under one
 * number, which nothing can make good.
 */
#ifndef KUNIT_FAKE_GUEST_HOST_H
#define KUNIT_FAKE_GUEST_HOST_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kunit/test.h>

#include <compat/aes-gcm.h>
#include <sev/guest-msg.h>
#include <sev/uapi.h>
#include <uapi/linux/sev-guest.h>

/**
 * enum host_does - what the host does with a request
 * @HOST_HONEST: carries request and answer
 * @HOST_BUSY: puts it off
 * @HOST_KEEPS: keeps it to itself and says that all is well
 * @HOST_SWALLOWS: loses the answer
 * @HOST_FLIPS: changes a bit of the answer
 * @HOST_CUTS: shortens the answer
 * @HOST_RETYPES: changes the type of the answer
 * @HOST_REPLAYS: sends the answer before this one
 * @HOST_ECHOES: sends the request back, made up as an answer
 * @HOST_CLAIMS_SEQUENCE: says that the firmware complained about the number
 * @HOST_SWALLOWS_AND_CLAIMS_SEQUENCE: the same, but the firmware has answered
 * @HOST_CLAIMS_PARAM: says that the firmware complained about the message
 * @HOST_SWALLOWS_AND_CLAIMS_PARAM: the same, but the firmware has answered
 * @HOST_WANTS_CERTS: says that there is too little room for certificates
 * @HOST_FAILS: an error that nobody knows
 * @HOST_NO_EXIT: no exit to the host is possible
 * @HOST_DOES_COUNT: number of things it can do
 */
enum host_does {
	HOST_HONEST,
	HOST_BUSY,
	HOST_KEEPS,
	HOST_SWALLOWS,
	HOST_FLIPS,
	HOST_CUTS,
	HOST_RETYPES,
	HOST_REPLAYS,
	HOST_ECHOES,
	HOST_CLAIMS_SEQUENCE,
	HOST_SWALLOWS_AND_CLAIMS_SEQUENCE,
	HOST_CLAIMS_PARAM,
	HOST_SWALLOWS_AND_CLAIMS_PARAM,
	HOST_WANTS_CERTS,
	HOST_FAILS,
	HOST_NO_EXIT,
	HOST_DOES_COUNT,
};

/* Numbers that a test may use, and what a report of this firmware is made of. */
#define FAKE_NUMBERS		0x40000
#define FAKE_REPORT_SIZE	96
/* The same with what tells the firmware's version. */
#define FAKE_REPORT_LONG	0x1f0
/* Of a request for a key. */
#define FAKE_KEY_VMPL		16

/**
 * struct fake_guest_host - firmware and host
 * @test: the running test
 * @gcm: the firmware's copy of the key
 * @secrets: the guest's page of secrets
 * @request: shared page
 * @response: shared page
 * @counter: last number that the firmware used
 * @base: first number that the test may use
 * @tags: tag of the message that was sent under a number
 * @work: private memory of the firmware
 * @last: the answer before
 * @script: what the host does, one step per exchange; honest afterwards
 * @script_len: its steps
 * @exchanges: exits to the host
 * @answered: messages that the firmware has answered
 * @asked: what the latest of them began with
 * @certs_pages: pages of certificates that the host has
 * @report_size: bytes of a report
 * @current_build: version of the firmware
 * @committed_build: version that it can't be taken back below
 * @extended: the last exchange asked for certificates
 * @before: called before each exchange, or NULL
 * @after: called after each exchange, or NULL
 * @priv: for those
 */
struct fake_guest_host {
	struct kunit *test;
	struct compat_gcm gcm;
	struct snp_secrets *secrets;
	struct snp_msg_page *request;
	struct snp_msg_page *response;
	u64 counter;
	u64 base;
	u8 (*tags)[SNP_MSG_TAG_SIZE];
	struct snp_msg_page *work;
	struct snp_msg_page *last;
	const u8 *script;
	size_t script_len;
	u64 exchanges;
	u64 answered;
	u32 asked[8];
	unsigned int certs_pages;
	u16 report_size;
	struct snp_report_build current_build;
	struct snp_report_build committed_build;
	bool extended;
	void (*before)(struct fake_guest_host *host);
	void (*after)(struct fake_guest_host *host);
	void *priv;
};

static inline void fake_guest_host_iv(u8 *iv, u64 seqno)
{
	__le64 number = cpu_to_le64(seqno);

	memset(iv, 0, COMPAT_GCM_IV_SIZE);
	memcpy(iv, &number, sizeof(number));
}

/* The one thing that must never happen. */
static inline void fake_guest_host_check_iv(struct fake_guest_host *host)
{
	const struct snp_msg_header *header = &host->request->header;
	u64 index = (header->seqno - host->base) / 2;
	u8 *tag;

	KUNIT_ASSERT_EQ(host->test, header->seqno & 1, 1);
	KUNIT_ASSERT_GE(host->test, header->seqno, host->base);
	KUNIT_ASSERT_LT(host->test, index, (u64)FAKE_NUMBERS);
	tag = host->tags[index];
	if (!memchr_inv(tag, 0, SNP_MSG_TAG_SIZE))
		memcpy(tag, header->tag, SNP_MSG_TAG_SIZE);
	KUNIT_ASSERT_EQ_MSG(host->test, memcmp(tag, header->tag, SNP_MSG_TAG_SIZE), 0,
			    "two different messages under number %llu", header->seqno);
}

/* A level that the key is not for, or that there is not: the status is in the answer. */
static inline bool fake_firmware_refuses(const struct snp_msg_page *msg, u32 vmpl)
{
	return vmpl < msg->header.vmpck || vmpl > 3;
}

/* The report of this firmware: status, size, then what was asked for. */
static inline u16 fake_firmware_report(struct fake_guest_host *host, struct snp_msg_page *msg)
{
	struct snp_msg_report_answer head = { .size = host->report_size };
	u8 *body = msg->payload + sizeof(head);
	struct snp_report_req report;

	memcpy(&report, msg->payload, sizeof(report));
	memset(msg->payload, 0, sizeof(head) + host->report_size);
	if (fake_firmware_refuses(msg, report.vmpl)) {
		head = (struct snp_msg_report_answer){ .status = SEV_RET_INVALID_PARAM };
		memcpy(msg->payload, &head, sizeof(head));
		return sizeof(head) + host->report_size;
	}
	memcpy(msg->payload, &head, sizeof(head));
	memcpy(body, report.user_data, sizeof(report.user_data));
	body[64] = report.vmpl;
	if (host->report_size >= FAKE_REPORT_LONG) {
		memcpy(body + SNP_REPORT_CURRENT_BUILD, &host->current_build,
		       sizeof(host->current_build));
		memcpy(body + SNP_REPORT_COMMITTED_BUILD, &host->committed_build,
		       sizeof(host->committed_build));
	}
	return sizeof(head) + host->report_size;
}

/* A derived key depends on all that was asked for. */
static inline u16 fake_firmware_key(struct snp_msg_page *msg)
{
	u32 vmpl, status = SEV_RET_INVALID_PARAM;
	u8 *payload = msg->payload;

	memcpy(&vmpl, payload + FAKE_KEY_VMPL, sizeof(vmpl));
	memmove(payload + 32, payload, 32);
	memset(payload, 0, 32);
	if (fake_firmware_refuses(msg, vmpl)) {
		memset(payload + 32, 0, 32);
		memcpy(payload, &status, sizeof(status));
	}
	return 64;
}

/* Version 2 is known from API 1.58 on, and of requests for keys only. */
static inline bool fake_firmware_knows(const struct fake_guest_host *host,
				       const struct snp_msg_header *header)
{
	if (header->type != SNP_MSG_REPORT && header->type != SNP_MSG_KEY)
		return false;
	return header->version == 1 ||
	       (header->version == 2 && header->type == SNP_MSG_KEY &&
		host->current_build.major == 1 && host->current_build.minor >= 58);
}

/* What the firmware makes of the request page. Returns its status. */
static inline u32 fake_firmware(struct fake_guest_host *host)
{
	struct snp_msg_page *msg = host->work;
	struct snp_msg_header *header = &msg->header;
	u8 iv[COMPAT_GCM_IV_SIZE];

	memcpy(msg, host->request, sizeof(*msg));
	if (header->algo != SNP_MSG_AES_256_GCM || header->header_version != 1 ||
	    header->header_size != sizeof(*header) || !header->size || header->size % 16 ||
	    header->size > sizeof(msg->payload))
		return SEV_RET_INVALID_PARAM;
	if (header->seqno != host->counter + 1)
		return SEV_RET_AEAD_OFLOW;
	fake_guest_host_iv(iv, header->seqno);
	if (compat_gcm_decrypt(&host->gcm, &header->algo, SNP_MSG_AAD_SIZE, header->size, iv,
			       header->tag) ||
	    !fake_firmware_knows(host, header))
		return SEV_RET_INVALID_PARAM;

	memcpy(&host->asked[host->answered % ARRAY_SIZE(host->asked)], msg->payload,
	       sizeof(host->asked[0]));
	header->size = header->type == SNP_MSG_REPORT ? fake_firmware_report(host, msg) :
							fake_firmware_key(msg);
	header->type++;
	header->seqno++;
	fake_guest_host_iv(iv, header->seqno);
	KUNIT_ASSERT_EQ(host->test, compat_gcm_encrypt(&host->gcm, &header->algo,
						       SNP_MSG_AAD_SIZE, header->size, iv,
						       header->tag), 0);
	host->counter += 2;
	host->answered++;
	return SEV_RET_SUCCESS;
}

/* Sends the request back with all that can be changed without a key. */
static inline void fake_host_echo(struct fake_guest_host *host)
{
	memcpy(host->response, host->request, sizeof(*host->response));
	host->response->header.seqno++;
	host->response->header.type++;
}

static inline u64 fake_host_play(struct fake_guest_host *host, enum host_does does, u32 status)
{
	struct snp_msg_header *header = &host->response->header;

	switch (does) {
	case HOST_BUSY:
		return SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_BUSY);
	case HOST_CLAIMS_SEQUENCE:
	case HOST_SWALLOWS_AND_CLAIMS_SEQUENCE:
		return SEV_RET_AEAD_OFLOW;
	case HOST_CLAIMS_PARAM:
	case HOST_SWALLOWS_AND_CLAIMS_PARAM:
		return SEV_RET_INVALID_PARAM;
	case HOST_WANTS_CERTS:
		return SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN);
	case HOST_FAILS:
		return SNP_GUEST_ERR(0xff, 0);
	case HOST_KEEPS:
	case HOST_SWALLOWS:
		return 0;
	case HOST_REPLAYS:
		memcpy(host->response, host->last, sizeof(*host->last));
		return 0;
	case HOST_ECHOES:
		fake_host_echo(host);
		return 0;
	default:
		break;
	}

	if (status)
		return status;
	memcpy(host->response, host->work, sizeof(*host->work));
	memcpy(host->last, host->work, sizeof(*host->work));
	if (does == HOST_FLIPS)
		host->response->payload[host->exchanges % header->size] ^= 1 << host->exchanges % 8;
	else if (does == HOST_CUTS)
		header->size -= 16;
	else if (does == HOST_RETYPES)
		header->type = SNP_MSG_KEY + SNP_MSG_REPORT + 2 - header->type;
	return 0;
}

/* Which of the things that a host does leave the firmware out? */
static inline bool fake_host_asks_firmware(enum host_does does)
{
	switch (does) {
	case HOST_BUSY:
	case HOST_KEEPS:
	case HOST_ECHOES:
	case HOST_REPLAYS:
	case HOST_CLAIMS_SEQUENCE:
	case HOST_CLAIMS_PARAM:
	case HOST_WANTS_CERTS:
	case HOST_FAILS:
	case HOST_NO_EXIT:
		return false;
	default:
		return true;
	}
}

/**
 * fake_guest_host_exchange() - one exit to the host
 * @host: firmware and host
 * @extended: whether certificates are asked for too
 * @certs_pages: room for them; what is needed if that is not enough
 * @exitinfo2: what the host says
 *
 * Return: 0, or -EIO if there was no exit
 */
static inline int fake_guest_host_exchange(struct fake_guest_host *host, bool extended,
					   u64 *certs_pages, u64 *exitinfo2)
{
	enum host_does does = HOST_HONEST;
	u32 status = 0;

	if (host->before)
		host->before(host);
	fake_guest_host_check_iv(host);
	if (host->exchanges < host->script_len)
		does = host->script[host->exchanges];
	if (does == HOST_HONEST && extended && *certs_pages < host->certs_pages)
		does = HOST_WANTS_CERTS;
	host->extended = extended;
	if (fake_host_asks_firmware(does))
		status = fake_firmware(host);
	*exitinfo2 = fake_host_play(host, does, status);
	if (does == HOST_WANTS_CERTS)
		*certs_pages = host->certs_pages;
	host->exchanges++;
	if (host->after)
		host->after(host);
	return does == HOST_NO_EXIT ? -EIO : 0;
}

static inline void fake_guest_host_free(void *data)
{
	struct fake_guest_host *host = data;

	compat_gcm_destroy(&host->gcm);
	vfree(host->tags);
}

/**
 * fake_guest_host_rewind() - a new launch of the guest: new numbers, same key
 * @host: firmware and host
 * @counter: last number used
 * @numbers: how many numbers the launch before can have used
 *
 * Only for tests that begin very often: it forgets what was sent.
 */
static inline void fake_guest_host_rewind(struct fake_guest_host *host, u32 counter,
					  size_t numbers)
{
	host->counter = counter;
	host->base = counter + 1;
	host->secrets->os.seqno[0] = counter;
	host->script_len = 0;
	host->exchanges = 0;
	host->answered = 0;
	memset(host->tags, 0, numbers * sizeof(*host->tags));
}

/**
 * fake_guest_host_new() - a firmware and a host
 * @test: the running test
 *
 * Return: honest ones, with key 0 in the page of secrets; freed with the test
 */
static inline struct fake_guest_host *fake_guest_host_new(struct kunit *test)
{
	struct fake_guest_host *host = kunit_kzalloc(test, sizeof(*host), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, host);
	host->test = test;
	host->secrets = kunit_kzalloc(test, sizeof(*host->secrets), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->secrets);
	for (i = 0; i < SNP_VMPCK_SIZE; i++)
		host->secrets->vmpck[0][i] = 0x40 + i;
	host->request = kunit_kzalloc(test, sizeof(*host->request), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->request);
	host->response = kunit_kzalloc(test, sizeof(*host->response), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->response);
	host->work = kunit_kzalloc(test, sizeof(*host->work), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->work);
	host->last = kunit_kzalloc(test, sizeof(*host->last), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, host->last);
	KUNIT_ASSERT_EQ(test, compat_gcm_init(&host->gcm, host->secrets->vmpck[0]), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_guest_host_free, host), 0);
	host->tags = vzalloc(array_size(FAKE_NUMBERS, sizeof(*host->tags)));
	KUNIT_ASSERT_NOT_NULL(test, host->tags);
	host->base = 1;
	host->report_size = FAKE_REPORT_SIZE;
	return host;
}

#endif /* KUNIT_FAKE_GUEST_HOST_H */
