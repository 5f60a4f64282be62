// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages between the guest and the firmware: header, sequence number, seal.
 *
 * The cipher is AES-256-GCM and the sequence number is its IV. Two different
 * messages under the same number would give the key away, which is why numbers are
 * the business of channel.c alone; here they are taken as they come.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/aes-gcm.h>

#include "message.h"

/**
 * struct snp_msg_key - a communication key, ready for use
 * @gcm: the cipher
 */
struct snp_msg_key {
	struct compat_gcm gcm;
};

static void msg_iv(u8 *iv, u64 seqno)
{
	__le64 number = cpu_to_le64(seqno);

	memset(iv, 0, SNP_MSG_IV_SIZE);
	memcpy(iv, &number, sizeof(number));
}

/**
 * snp_msg_key_new() - prepare a communication key
 * @vmpck: its 32 bytes; the caller wipes them when it has no more use for them
 *
 * The key is for one user at a time.
 *
 * Context: process context, may sleep and load modules of the kernel
 * Return: the key, to be freed with snp_msg_key_free(), or an ERR_PTR
 */
struct snp_msg_key *snp_msg_key_new(const u8 *vmpck)
{
	struct snp_msg_key *key = kzalloc(sizeof(*key), GFP_KERNEL);
	int ret;

	if (!key)
		return ERR_PTR(-ENOMEM);
	ret = compat_gcm_init(&key->gcm, vmpck);
	if (ret) {
		kfree_sensitive(key);
		return ERR_PTR(ret);
	}
	return key;
}

/**
 * snp_msg_key_free() - wipe and free a key
 * @key: from snp_msg_key_new(), or NULL
 */
void snp_msg_key_free(struct snp_msg_key *key)
{
	if (!key)
		return;
	compat_gcm_destroy(&key->gcm);
	kfree_sensitive(key);
}

/**
 * snp_msg_seal() - make a request
 * @key: the key
 * @msg: where it goes: private memory, from kmalloc() or the page allocator
 * @head: type, number, size
 * @payload: @head->size bytes
 *
 * All of @msg is written: what is behind the payload is zero.
 *
 * Context: process context; the caller serialises the use of @key
 * Return: 0, -EINVAL for what the firmware would refuse, or an error of the cipher;
 * after an error @msg holds nothing of the payload
 */
int snp_msg_seal(struct snp_msg_key *key, struct snp_msg_page *msg,
		 const struct snp_msg_head *head, const void *payload)
{
	struct snp_msg_header *header = &msg->header;
	u8 iv[SNP_MSG_IV_SIZE];
	int ret;

	if (!head->size || head->size % SNP_MSG_BLOCK || head->size > sizeof(msg->payload))
		return -EINVAL;
	if (!(head->seqno & 1) || !(head->type & 1) || !head->version ||
	    head->vmpck >= SNP_VMPCK_COUNT)
		return -EINVAL;

	memset(msg, 0, sizeof(*msg));
	header->seqno = head->seqno;
	header->algo = SNP_MSG_AES_256_GCM;
	header->header_version = SNP_MSG_HEADER_VERSION;
	header->header_size = sizeof(*header);
	header->type = head->type;
	header->version = head->version;
	header->size = head->size;
	header->vmpck = head->vmpck;
	memcpy(msg->payload, payload, head->size);

	msg_iv(iv, head->seqno);
	ret = compat_gcm_encrypt(&key->gcm, &header->algo, SNP_MSG_AAD_SIZE, head->size, iv,
				 header->tag);
	if (ret)
		memzero_explicit(msg, sizeof(*msg));
	return ret;
}

/* What is wrong with an answer before anything is decrypted, or NULL. */
static const char *msg_refusal(const struct snp_msg_header *header,
			       const struct snp_msg_head *request, size_t max)
{
	if (header->seqno != request->seqno + 1)
		return "it has the wrong sequence number";
	if (header->type != request->type + 1)
		return "it is of the wrong type";
	if (header->version != request->version)
		return "it has the wrong version";
	if (!header->size)
		return "it is empty";
	if (header->size > max || header->size > SNP_MSG_PAYLOAD_MAX)
		return "it is too long";
	return NULL;
}

/**
 * snp_msg_open() - check and decrypt an answer
 * @key: the key
 * @msg: copy of the answer in private memory, from kmalloc() or the page allocator;
 *	decrypted in place
 * @request: what it is the answer to
 * @max: bytes of payload that the caller can take
 * @reason: where to say what is wrong with it, or NULL
 *
 * Only one message in the world opens as the answer to a given request: the number
 * is the IV, and the rest of the header is authenticated.
 *
 * Context: process context; the caller serialises the use of @key
 * Return: bytes of payload, now readable in @msg, or -EBADMSG; then @msg is wiped
 */
int snp_msg_open(struct snp_msg_key *key, struct snp_msg_page *msg,
		 const struct snp_msg_head *request, size_t max, const char **reason)
{
	struct snp_msg_header *header = &msg->header;
	const char *refusal = msg_refusal(header, request, max);
	u8 iv[SNP_MSG_IV_SIZE];

	if (!refusal) {
		msg_iv(iv, header->seqno);
		if (!compat_gcm_decrypt(&key->gcm, &header->algo, SNP_MSG_AAD_SIZE, header->size,
					iv, header->tag))
			return header->size;
		refusal = "its seal is broken";
	}
	memzero_explicit(msg, sizeof(*msg));
	if (reason)
		*reason = refusal;
	return -EBADMSG;
}
