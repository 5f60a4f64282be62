/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages between an SNP guest and the firmware, and the page of secrets that a
 * guest gets at launch.
 *
 * The host carries the messages but can't read them: a message is sealed with one of
 * the guest's four communication keys (VMPCK0 to VMPCK3).
 */
#ifndef __SEV_GUEST_MSG_H
#define __SEV_GUEST_MSG_H

#include "layout.h"

#define SNP_VMPCK_COUNT		4
#define SNP_VMPCK_SIZE		32

/* Values of &struct snp_msg_header members. */
#define SNP_MSG_AES_256_GCM	1
#define SNP_MSG_HEADER_VERSION	1

#define SNP_MSG_TAG_SIZE	16	/* of the 32 bytes that there are */
#define SNP_MSG_IV_SIZE		12	/* sequence number, then zeros */
#define SNP_MSG_PAGE_SIZE	4096
/* A payload is a whole number of these. */
#define SNP_MSG_BLOCK		16

/**
 * enum snp_msg_type - what a message asks for; its answer has the next number
 * @SNP_MSG_CPUID: check of CPUID values
 * @SNP_MSG_KEY: derived key
 * @SNP_MSG_REPORT: attestation report
 * @SNP_MSG_EXPORT: migration agent: context of a guest
 * @SNP_MSG_IMPORT: migration agent: the other side of it
 * @SNP_MSG_ABSORB: migration agent: take the context in
 * @SNP_MSG_VMRK: migration agent: set a root key
 * @SNP_MSG_ABSORB_NOMA: take a context in without a migration agent
 * @SNP_MSG_TSC_INFO: frequency of the secure time stamp counter
 */
enum snp_msg_type {
	SNP_MSG_CPUID		= 1,
	SNP_MSG_KEY		= 3,
	SNP_MSG_REPORT		= 5,
	SNP_MSG_EXPORT		= 7,
	SNP_MSG_IMPORT		= 9,
	SNP_MSG_ABSORB		= 11,
	SNP_MSG_VMRK		= 13,
	SNP_MSG_ABSORB_NOMA	= 15,
	SNP_MSG_TSC_INFO	= 17,
};

/**
 * struct snp_msg_header - in front of every message
 * @tag: authentication tag, the first 16 bytes
 * @seqno: odd in requests, the next number in the answer; also the IV
 * @rsvd1: zero
 * @algo: SNP_MSG_AES_256_GCM
 * @header_version: SNP_MSG_HEADER_VERSION
 * @header_size: of this struct
 * @type: &enum snp_msg_type, or one more for an answer
 * @version: of the payload
 * @size: bytes of payload
 * @rsvd2: zero
 * @vmpck: number of the key
 * @rsvd3: zero
 *
 * What begins at @algo is authenticated together with the payload.
 */
struct snp_msg_header {
	__u8 tag[32];
	__u64 seqno;
	__u8 rsvd1[8];
	__u8 algo;
	__u8 header_version;
	__u16 header_size;
	__u8 type;
	__u8 version;
	__u16 size;
	__u32 rsvd2;
	__u8 vmpck;
	__u8 rsvd3[35];
} __packed;
SEV_ASSERT_SIZE(struct snp_msg_header, 0x60);
SEV_ASSERT_AT(struct snp_msg_header, tag, 0);
SEV_ASSERT_AT(struct snp_msg_header, seqno, 0x20);
SEV_ASSERT_AT(struct snp_msg_header, rsvd1, 0x28);
SEV_ASSERT_AT(struct snp_msg_header, algo, 0x30);
SEV_ASSERT_AT(struct snp_msg_header, header_version, 0x31);
SEV_ASSERT_AT(struct snp_msg_header, header_size, 0x32);
SEV_ASSERT_AT(struct snp_msg_header, type, 0x34);
SEV_ASSERT_AT(struct snp_msg_header, version, 0x35);
SEV_ASSERT_AT(struct snp_msg_header, size, 0x36);
SEV_ASSERT_AT(struct snp_msg_header, rsvd2, 0x38);
SEV_ASSERT_AT(struct snp_msg_header, vmpck, 0x3c);
SEV_ASSERT_AT(struct snp_msg_header, rsvd3, 0x3d);

#define SNP_MSG_PAYLOAD_MAX	(SNP_MSG_PAGE_SIZE - 0x60)

/* The authenticated part of the header. */
#define SNP_MSG_AAD_SIZE	0x30
SEV_ASSERT_EQ(sizeof(struct snp_msg_header) -
	      __builtin_offsetof(struct snp_msg_header, algo), SNP_MSG_AAD_SIZE);

/**
 * struct snp_msg_page - a message in its page
 * @header: in the clear
 * @payload: encrypted
 */
struct snp_msg_page {
	struct snp_msg_header header;
	__u8 payload[SNP_MSG_PAYLOAD_MAX];
} __packed;
SEV_ASSERT_SIZE(struct snp_msg_page, 4096);
SEV_ASSERT_AT(struct snp_msg_page, header, 0);
SEV_ASSERT_AT(struct snp_msg_page, payload, 0x60);

/**
 * struct snp_msg_report_answer - what the answer to SNP_MSG_REPORT begins with
 * @status: status of the SEV API
 * @size: bytes of the report, which follows
 * @rsvd: zero
 */
struct snp_msg_report_answer {
	__u32 status;
	__u32 size;
	__u8 rsvd[24];
} __packed;
SEV_ASSERT_SIZE(struct snp_msg_report_answer, 32);
SEV_ASSERT_AT(struct snp_msg_report_answer, status, 0);
SEV_ASSERT_AT(struct snp_msg_report_answer, size, 4);
SEV_ASSERT_AT(struct snp_msg_report_answer, rsvd, 8);

/* Where a report says by which firmware it was made, and which is committed. */
#define SNP_REPORT_CURRENT_BUILD	0x1e8
#define SNP_REPORT_COMMITTED_BUILD	0x1ec

/**
 * struct snp_report_build - version of the firmware, in a report
 * @build: number of the build
 * @minor: API version
 * @major: API version
 * @rsvd: zero
 */
struct snp_report_build {
	__u8 build;
	__u8 minor;
	__u8 major;
	__u8 rsvd;
} __packed;
SEV_ASSERT_SIZE(struct snp_report_build, 4);
SEV_ASSERT_AT(struct snp_report_build, build, 0);
SEV_ASSERT_AT(struct snp_report_build, minor, 1);
SEV_ASSERT_AT(struct snp_report_build, major, 2);
SEV_ASSERT_AT(struct snp_report_build, rsvd, 3);

/**
 * struct snp_cert_entry - one entry of the host's table of certificates
 * @guid: kind of certificate, most significant byte first; zero ends the table
 * @offset: where it is, from the beginning of the table
 * @length: its bytes
 */
struct snp_cert_entry {
	__u8 guid[16];
	__u32 offset;
	__u32 length;
} __packed;
SEV_ASSERT_SIZE(struct snp_cert_entry, 24);
SEV_ASSERT_AT(struct snp_cert_entry, guid, 0);
SEV_ASSERT_AT(struct snp_cert_entry, offset, 16);
SEV_ASSERT_AT(struct snp_cert_entry, length, 20);

/**
 * struct snp_secrets_os - the part of the page of secrets that the guest keeps
 * @seqno: last sequence number used with each key
 * @ap_jump_table_paddr: where processors are started, or 0
 * @rsvd: zero
 * @guest_usage: anything
 */
struct snp_secrets_os {
	__u32 seqno[SNP_VMPCK_COUNT];
	__u64 ap_jump_table_paddr;
	__u8 rsvd[40];
	__u8 guest_usage[32];
} __packed;
SEV_ASSERT_SIZE(struct snp_secrets_os, 96);
SEV_ASSERT_AT(struct snp_secrets_os, seqno, 0);
SEV_ASSERT_AT(struct snp_secrets_os, ap_jump_table_paddr, 16);
SEV_ASSERT_AT(struct snp_secrets_os, rsvd, 24);
SEV_ASSERT_AT(struct snp_secrets_os, guest_usage, 64);

/**
 * struct snp_secrets - the page of secrets
 * @version: of this layout
 * @flags: bit 0: the guest was launched from a migration image
 * @fms: family, model and stepping
 * @rsvd1: zero
 * @gosvw: workarounds for the operating system
 * @vmpck: the communication keys
 * @os: kept by the guest
 * @vmsa_tweak: bitmap for the register state of virtual CPUs
 * @svsm_base: where a secure VM service module is, or 0
 * @svsm_size: its bytes
 * @svsm_caa: its calling area
 * @svsm_max_version: newest protocol that it knows
 * @svsm_guest_vmpl: privilege level of the guest below it
 * @rsvd2: zero
 * @tsc_factor: how much slower the mean time stamp counter is
 * @rsvd3: zero
 */
struct snp_secrets {
	__u32 version;
	__u32 flags;
	__u32 fms;
	__u32 rsvd1;
	__u8 gosvw[16];
	__u8 vmpck[SNP_VMPCK_COUNT][SNP_VMPCK_SIZE];
	struct snp_secrets_os os;
	__u8 vmsa_tweak[64];
	__u64 svsm_base;
	__u64 svsm_size;
	__u64 svsm_caa;
	__u32 svsm_max_version;
	__u8 svsm_guest_vmpl;
	__u8 rsvd2[3];
	__u32 tsc_factor;
	__u8 rsvd3[3740];
} __packed;
SEV_ASSERT_SIZE(struct snp_secrets, 4096);
SEV_ASSERT_AT(struct snp_secrets, version, 0);
SEV_ASSERT_AT(struct snp_secrets, flags, 4);
SEV_ASSERT_AT(struct snp_secrets, fms, 8);
SEV_ASSERT_AT(struct snp_secrets, rsvd1, 12);
SEV_ASSERT_AT(struct snp_secrets, gosvw, 16);
SEV_ASSERT_AT(struct snp_secrets, vmpck, 32);
SEV_ASSERT_AT(struct snp_secrets, os, 160);
SEV_ASSERT_AT(struct snp_secrets, vmsa_tweak, 256);
SEV_ASSERT_AT(struct snp_secrets, svsm_base, 320);
SEV_ASSERT_AT(struct snp_secrets, svsm_size, 328);
SEV_ASSERT_AT(struct snp_secrets, svsm_caa, 336);
SEV_ASSERT_AT(struct snp_secrets, svsm_max_version, 344);
SEV_ASSERT_AT(struct snp_secrets, svsm_guest_vmpl, 348);
SEV_ASSERT_AT(struct snp_secrets, rsvd2, 349);
SEV_ASSERT_AT(struct snp_secrets, tsc_factor, 352);
SEV_ASSERT_AT(struct snp_secrets, rsvd3, 356);

#endif /* __SEV_GUEST_MSG_H */
