/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages between an SNP guest and the firmware. */
#ifndef EMU_MODEL_SNP_MESSAGE_H
#define EMU_MODEL_SNP_MESSAGE_H

#include "snp-guest.h"

#define MSG_MAX		(PAGE_4K - 0x60)	/* payload, within one page with its header */

/* enum msg_type - Requests; an answer has the next number */
enum msg_type {
	MSG_CPUID_REQ		= 1,
	MSG_KEY_REQ		= 3,
	MSG_REPORT_REQ		= 5,
	MSG_TSC_INFO_REQ	= 17,
};

/**
 * typedef msg_handler - Answer the contents of a request
 * @fw: instance
 * @guest: who asks
 * @vmpck: with which key, that is, from which privilege level at most
 * @request: payload
 * @answer: filled in, all zero before
 *
 * A request that makes no sense is answered too: by a status in the first word.
 *
 * Return: false if libcrypto fails.
 */
typedef bool msg_handler(const struct fw *fw, const struct fw_snp_guest *guest,
			 unsigned int vmpck, const void *request, void *answer);

/* report.c */
#define MSG_REPORT_REQ_LEN	0x60
#define MSG_REPORT_RSP_LEN	0x4c0
msg_handler fw_msg_report;

/* derived-key.c */
#define MSG_KEY_REQ_LEN		0x20
#define MSG_KEY_REQ_V2_MAX	0x200
#define MSG_KEY_RSP_LEN		0x40
#define MSG_TSC_INFO_REQ_LEN	0x80
#define MSG_TSC_INFO_RSP_LEN	0x80
msg_handler fw_msg_key, fw_msg_key_v2, fw_msg_tsc_info;

/* vcek.c */
bool fw_vcek(const struct fw *fw, uint64_t tcb, struct ec_key *key);

#endif
