/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing and opening of messages between the guest and the firmware. No device, no
 * state but the key.
 */
#ifndef SEV_GUEST_MESSAGE_H
#define SEV_GUEST_MESSAGE_H

#include <linux/types.h>

#include <sev/guest-msg.h>

struct snp_msg_key;

/**
 * struct snp_msg_head - what one request says about itself
 * @seqno: sequence number, odd; never used before with the same key
 * @type: &enum snp_msg_type
 * @version: of the payload, not 0
 * @vmpck: number of the key
 * @size: bytes of payload: a multiple of SNP_MSG_BLOCK, not 0
 */
struct snp_msg_head {
	u64 seqno;
	u8 type;
	u8 version;
	u8 vmpck;
	size_t size;
};

struct snp_msg_key *snp_msg_key_new(const u8 *vmpck);
void snp_msg_key_free(struct snp_msg_key *key);
int snp_msg_seal(struct snp_msg_key *key, struct snp_msg_page *msg,
		 const struct snp_msg_head *head, const void *payload);
int snp_msg_open(struct snp_msg_key *key, struct snp_msg_page *msg,
		 const struct snp_msg_head *request, size_t max, const char **reason);

#endif /* SEV_GUEST_MESSAGE_H */
