/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command buffers of SEV and SEV-ES ("legacy" since SEV-SNP), API 0.17 and later.
 *
 * Every *_paddr is a system physical address, with the encryption bit where the
 * memory is encrypted. Commands of the same shape share one struct; the table in
 * drivers/crypto/ccp/sev/commands.c says which command uses which.
 */
#ifndef __SEV_LEGACY_H
#define __SEV_LEGACY_H

#include "layout.h"

/* Trusted memory region for SEV-ES: size and alignment. */
#define SEV_TMR_LEN		0x100000
#define SEV_TMR_LEN_SNP		0x200000
/* Non-volatile area of INIT_EX. */
#define SEV_NV_LEN		0x8000
/* A firmware image must be aligned to this. */
#define SEV_FIRMWARE_ALIGN	32
/* Chip id, per socket. */
#define SEV_CHIP_ID_LEN		64

/**
 * enum sev_pstate - state of the legacy platform
 * @SEV_PSTATE_UNINIT: nothing set up
 * @SEV_PSTATE_INIT: set up, no guest
 * @SEV_PSTATE_WORKING: set up, with guests
 */
enum sev_pstate {
	SEV_PSTATE_UNINIT	= 0,
	SEV_PSTATE_INIT		= 1,
	SEV_PSTATE_WORKING	= 2,
};

/**
 * enum sev_gstate - state of a legacy guest
 * @SEV_GSTATE_UNINIT: no such guest
 * @SEV_GSTATE_LUPDATE: being launched, takes measured memory
 * @SEV_GSTATE_LSECRET: measured, takes secrets
 * @SEV_GSTATE_RUNNING: running
 * @SEV_GSTATE_SUPDATE: being sent away
 * @SEV_GSTATE_RUPDATE: being received
 * @SEV_GSTATE_SENT: sent away
 */
enum sev_gstate {
	SEV_GSTATE_UNINIT	= 0,
	SEV_GSTATE_LUPDATE	= 1,
	SEV_GSTATE_LSECRET	= 2,
	SEV_GSTATE_RUNNING	= 3,
	SEV_GSTATE_SUPDATE	= 4,
	SEV_GSTATE_RUPDATE	= 5,
	SEV_GSTATE_SENT		= 6,
};

/* Policy of a legacy guest. */
#define SEV_GUEST_POLICY_NODBG		SEV_BIT(0)	/* no debugging */
#define SEV_GUEST_POLICY_NOKS		SEV_BIT(1)	/* no key sharing */
#define SEV_GUEST_POLICY_ES		SEV_BIT(2)	/* SEV-ES required */
#define SEV_GUEST_POLICY_NOSEND		SEV_BIT(3)	/* no migration */
#define SEV_GUEST_POLICY_DOMAIN		SEV_BIT(4)	/* migration within the domain */
#define SEV_GUEST_POLICY_SEV		SEV_BIT(5)	/* migration to SEV platforms */
#define SEV_GUEST_POLICY_API_MAJOR	0x00ff0000U	/* lowest API version, major */
#define SEV_GUEST_POLICY_API_MINOR	0xff000000U	/* lowest API version, minor */

/* &struct sev_cmd_init.flags and &struct sev_cmd_init_ex.flags */
#define SEV_INIT_ES			SEV_BIT(0)	/* with SEV-ES, needs the TMR */

/**
 * struct sev_cmd_init - INIT
 * @flags: SEV_INIT_ES
 * @rsvd: zero
 * @tmr_paddr: trusted memory region
 * @tmr_len: its length
 */
struct sev_cmd_init {
	__u32 flags;
	__u32 rsvd;
	__u64 tmr_paddr;
	__u32 tmr_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_init, 20);
SEV_ASSERT_AT(struct sev_cmd_init, flags, 0);
SEV_ASSERT_AT(struct sev_cmd_init, rsvd, 4);
SEV_ASSERT_AT(struct sev_cmd_init, tmr_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_init, tmr_len, 16);

/**
 * struct sev_cmd_init_ex - INIT_EX, initialisation with non-volatile data kept by us
 * @length: size of this struct
 * @flags: SEV_INIT_ES
 * @tmr_paddr: trusted memory region
 * @tmr_len: its length
 * @rsvd: zero
 * @nv_paddr: non-volatile area, stays with the firmware until SHUTDOWN
 * @nv_len: its length, SEV_NV_LEN
 */
struct sev_cmd_init_ex {
	__u32 length;
	__u32 flags;
	__u64 tmr_paddr;
	__u32 tmr_len;
	__u32 rsvd;
	__u64 nv_paddr;
	__u32 nv_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_init_ex, 36);
SEV_ASSERT_AT(struct sev_cmd_init_ex, length, 0);
SEV_ASSERT_AT(struct sev_cmd_init_ex, flags, 4);
SEV_ASSERT_AT(struct sev_cmd_init_ex, tmr_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_init_ex, tmr_len, 16);
SEV_ASSERT_AT(struct sev_cmd_init_ex, rsvd, 20);
SEV_ASSERT_AT(struct sev_cmd_init_ex, nv_paddr, 24);
SEV_ASSERT_AT(struct sev_cmd_init_ex, nv_len, 32);

/* &struct sev_cmd_platform_status.flags */
#define SEV_STATUS_OWNED		SEV_BIT(0)	/* an owner's certificate is installed */
#define SEV_STATUS_ES			SEV_BIT(8)	/* initialised with SEV-ES */

/**
 * struct sev_cmd_platform_status - PLATFORM_STATUS, all of it an answer
 * @api_major: major version of the API
 * @api_minor: minor version of the API
 * @state: &enum sev_pstate
 * @flags: SEV_STATUS_*
 * @build: build number of the firmware
 * @guest_count: guests that are not in SEV_GSTATE_UNINIT
 */
struct sev_cmd_platform_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u32 flags;
	__u8 build;
	__u32 guest_count;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_platform_status, 12);
SEV_ASSERT_AT(struct sev_cmd_platform_status, api_major, 0);
SEV_ASSERT_AT(struct sev_cmd_platform_status, api_minor, 1);
SEV_ASSERT_AT(struct sev_cmd_platform_status, state, 2);
SEV_ASSERT_AT(struct sev_cmd_platform_status, flags, 3);
SEV_ASSERT_AT(struct sev_cmd_platform_status, build, 7);
SEV_ASSERT_AT(struct sev_cmd_platform_status, guest_count, 8);

/**
 * struct sev_cmd_blob - PEK_CSR, DOWNLOAD_FIRMWARE, GET_ID
 * @paddr: one buffer
 * @len: its length. PEK_CSR and GET_ID: comes back as the length needed or used
 */
struct sev_cmd_blob {
	__u64 paddr;
	__u32 len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_blob, 12);
SEV_ASSERT_AT(struct sev_cmd_blob, paddr, 0);
SEV_ASSERT_AT(struct sev_cmd_blob, len, 8);

/**
 * struct sev_cmd_pek_cert_import - PEK_CERT_IMPORT
 * @pek_paddr: certificate of the PEK, signed by the owner's authority
 * @pek_len: its length
 * @rsvd: zero
 * @oca_paddr: certificate of the owner's authority
 * @oca_len: its length
 */
struct sev_cmd_pek_cert_import {
	__u64 pek_paddr;
	__u32 pek_len;
	__u32 rsvd;
	__u64 oca_paddr;
	__u32 oca_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_pek_cert_import, 28);
SEV_ASSERT_AT(struct sev_cmd_pek_cert_import, pek_paddr, 0);
SEV_ASSERT_AT(struct sev_cmd_pek_cert_import, pek_len, 8);
SEV_ASSERT_AT(struct sev_cmd_pek_cert_import, rsvd, 12);
SEV_ASSERT_AT(struct sev_cmd_pek_cert_import, oca_paddr, 16);
SEV_ASSERT_AT(struct sev_cmd_pek_cert_import, oca_len, 24);

/**
 * struct sev_cmd_pdh_cert_export - PDH_CERT_EXPORT
 * @pdh_paddr: where the Diffie-Hellman certificate goes
 * @pdh_len: room there; comes back as the length needed or used
 * @rsvd: zero
 * @chain_paddr: where the PEK, OCA and CEK certificates go
 * @chain_len: room there; comes back likewise
 */
struct sev_cmd_pdh_cert_export {
	__u64 pdh_paddr;
	__u32 pdh_len;
	__u32 rsvd;
	__u64 chain_paddr;
	__u32 chain_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_pdh_cert_export, 28);
SEV_ASSERT_AT(struct sev_cmd_pdh_cert_export, pdh_paddr, 0);
SEV_ASSERT_AT(struct sev_cmd_pdh_cert_export, pdh_len, 8);
SEV_ASSERT_AT(struct sev_cmd_pdh_cert_export, rsvd, 12);
SEV_ASSERT_AT(struct sev_cmd_pdh_cert_export, chain_paddr, 16);
SEV_ASSERT_AT(struct sev_cmd_pdh_cert_export, chain_len, 24);

/**
 * struct sev_cmd_handle - commands that only name a guest
 * @handle: the guest
 *
 * DECOMMISSION, DEACTIVATE, LAUNCH_FINISH, SEND_FINISH, SEND_CANCEL, RECEIVE_FINISH
 */
struct sev_cmd_handle {
	__u32 handle;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_handle, 4);
SEV_ASSERT_AT(struct sev_cmd_handle, handle, 0);

/**
 * struct sev_cmd_activate - ACTIVATE
 * @handle: the guest
 * @asid: address space id that gets the guest's key
 */
struct sev_cmd_activate {
	__u32 handle;
	__u32 asid;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_activate, 8);
SEV_ASSERT_AT(struct sev_cmd_activate, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_activate, asid, 4);

/**
 * struct sev_cmd_guest_status - GUEST_STATUS
 * @handle: in: the guest
 * @policy: out: SEV_GUEST_POLICY_*
 * @asid: out: address space id, 0 if not active
 * @state: out: &enum sev_gstate
 */
struct sev_cmd_guest_status {
	__u32 handle;
	__u32 policy;
	__u32 asid;
	__u8 state;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_guest_status, 13);
SEV_ASSERT_AT(struct sev_cmd_guest_status, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_guest_status, policy, 4);
SEV_ASSERT_AT(struct sev_cmd_guest_status, asid, 8);
SEV_ASSERT_AT(struct sev_cmd_guest_status, state, 12);

/**
 * struct sev_cmd_guest_start - LAUNCH_START, RECEIVE_START
 * @handle: in: 0, or a guest to share the key with; out: the new guest
 * @policy: SEV_GUEST_POLICY_*
 * @pdh_paddr: Diffie-Hellman certificate of the other side
 * @pdh_len: its length
 * @rsvd: zero
 * @session_paddr: session data
 * @session_len: its length
 */
struct sev_cmd_guest_start {
	__u32 handle;
	__u32 policy;
	__u64 pdh_paddr;
	__u32 pdh_len;
	__u32 rsvd;
	__u64 session_paddr;
	__u32 session_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_guest_start, 36);
SEV_ASSERT_AT(struct sev_cmd_guest_start, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_guest_start, policy, 4);
SEV_ASSERT_AT(struct sev_cmd_guest_start, pdh_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_guest_start, pdh_len, 16);
SEV_ASSERT_AT(struct sev_cmd_guest_start, rsvd, 20);
SEV_ASSERT_AT(struct sev_cmd_guest_start, session_paddr, 24);
SEV_ASSERT_AT(struct sev_cmd_guest_start, session_len, 32);

/**
 * struct sev_cmd_guest_blob - LAUNCH_UPDATE_DATA, LAUNCH_UPDATE_VMSA, LAUNCH_MEASURE
 * @handle: the guest
 * @rsvd: zero
 * @paddr: guest memory; LAUNCH_MEASURE: where the measurement goes
 * @len: its length. LAUNCH_MEASURE: comes back as the length needed or used
 */
struct sev_cmd_guest_blob {
	__u32 handle;
	__u32 rsvd;
	__u64 paddr;
	__u32 len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_guest_blob, 20);
SEV_ASSERT_AT(struct sev_cmd_guest_blob, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_guest_blob, rsvd, 4);
SEV_ASSERT_AT(struct sev_cmd_guest_blob, paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_guest_blob, len, 16);

/**
 * struct sev_cmd_packet - guest memory together with its transport form
 * @handle: the guest
 * @rsvd1: zero
 * @hdr_paddr: packet header
 * @hdr_len: its length
 * @rsvd2: zero
 * @guest_paddr: guest memory
 * @guest_len: its length
 * @rsvd3: zero
 * @trans_paddr: the same, encrypted for transport
 * @trans_len: its length
 *
 * LAUNCH_UPDATE_SECRET, RECEIVE_UPDATE_DATA and RECEIVE_UPDATE_VMSA read header and
 * transport buffer and write the guest; SEND_UPDATE_DATA goes the other way.
 */
struct sev_cmd_packet {
	__u32 handle;
	__u32 rsvd1;
	__u64 hdr_paddr;
	__u32 hdr_len;
	__u32 rsvd2;
	__u64 guest_paddr;
	__u32 guest_len;
	__u32 rsvd3;
	__u64 trans_paddr;
	__u32 trans_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_packet, 52);
SEV_ASSERT_AT(struct sev_cmd_packet, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_packet, rsvd1, 4);
SEV_ASSERT_AT(struct sev_cmd_packet, hdr_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_packet, hdr_len, 16);
SEV_ASSERT_AT(struct sev_cmd_packet, rsvd2, 20);
SEV_ASSERT_AT(struct sev_cmd_packet, guest_paddr, 24);
SEV_ASSERT_AT(struct sev_cmd_packet, guest_len, 32);
SEV_ASSERT_AT(struct sev_cmd_packet, rsvd3, 36);
SEV_ASSERT_AT(struct sev_cmd_packet, trans_paddr, 40);
SEV_ASSERT_AT(struct sev_cmd_packet, trans_len, 48);

/**
 * struct sev_cmd_send_update_vmsa - SEND_UPDATE_VMSA
 * @handle: the guest
 * @hdr_paddr: packet header
 * @hdr_len: its length
 * @rsvd1: zero
 * @guest_paddr: guest memory
 * @guest_len: its length
 * @rsvd2: zero
 * @trans_paddr: the same, encrypted for transport
 * @trans_len: its length
 *
 * Linux has always had it without the padding that its sisters have after the handle.
 * No hypervisor is known to send the command.
 */
struct sev_cmd_send_update_vmsa {
	__u32 handle;
	__u64 hdr_paddr;
	__u32 hdr_len;
	__u32 rsvd1;
	__u64 guest_paddr;
	__u32 guest_len;
	__u32 rsvd2;
	__u64 trans_paddr;
	__u32 trans_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_send_update_vmsa, 48);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, hdr_paddr, 4);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, hdr_len, 12);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, rsvd1, 16);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, guest_paddr, 20);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, guest_len, 28);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, rsvd2, 32);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, trans_paddr, 36);
SEV_ASSERT_AT(struct sev_cmd_send_update_vmsa, trans_len, 44);

/**
 * struct sev_cmd_attestation_report - ATTESTATION_REPORT
 * @handle: the guest
 * @rsvd: zero
 * @report_paddr: where the attestation report goes
 * @mnonce: nonce for the report
 * @report_len: room there; comes back as the length needed or used
 */
struct sev_cmd_attestation_report {
	__u32 handle;
	__u32 rsvd;
	__u64 report_paddr;
	__u8 mnonce[16];
	__u32 report_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_attestation_report, 36);
SEV_ASSERT_AT(struct sev_cmd_attestation_report, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_attestation_report, rsvd, 4);
SEV_ASSERT_AT(struct sev_cmd_attestation_report, report_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_attestation_report, mnonce, 16);
SEV_ASSERT_AT(struct sev_cmd_attestation_report, report_len, 32);

/**
 * struct sev_cmd_send_start - SEND_START
 * @handle: the guest
 * @policy: out: SEV_GUEST_POLICY_*
 * @pdh_paddr: Diffie-Hellman certificate of the receiving platform
 * @pdh_len: its length
 * @rsvd1: zero
 * @plat_paddr: PEK, OCA and CEK certificates of the receiving platform
 * @plat_len: their length
 * @rsvd2: zero
 * @amd_paddr: ASK and ARK certificates
 * @amd_len: their length
 * @rsvd3: zero
 * @session_paddr: where the session data goes
 * @session_len: room there; comes back as the length needed or used
 */
struct sev_cmd_send_start {
	__u32 handle;
	__u32 policy;
	__u64 pdh_paddr;
	__u32 pdh_len;
	__u32 rsvd1;
	__u64 plat_paddr;
	__u32 plat_len;
	__u32 rsvd2;
	__u64 amd_paddr;
	__u32 amd_len;
	__u32 rsvd3;
	__u64 session_paddr;
	__u32 session_len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_send_start, 68);
SEV_ASSERT_AT(struct sev_cmd_send_start, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_send_start, policy, 4);
SEV_ASSERT_AT(struct sev_cmd_send_start, pdh_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_send_start, pdh_len, 16);
SEV_ASSERT_AT(struct sev_cmd_send_start, rsvd1, 20);
SEV_ASSERT_AT(struct sev_cmd_send_start, plat_paddr, 24);
SEV_ASSERT_AT(struct sev_cmd_send_start, plat_len, 32);
SEV_ASSERT_AT(struct sev_cmd_send_start, rsvd2, 36);
SEV_ASSERT_AT(struct sev_cmd_send_start, amd_paddr, 40);
SEV_ASSERT_AT(struct sev_cmd_send_start, amd_len, 48);
SEV_ASSERT_AT(struct sev_cmd_send_start, rsvd3, 52);
SEV_ASSERT_AT(struct sev_cmd_send_start, session_paddr, 56);
SEV_ASSERT_AT(struct sev_cmd_send_start, session_len, 64);

/**
 * struct sev_cmd_dbg - DBG_DECRYPT, DBG_ENCRYPT
 * @handle: the guest, whose policy must allow it
 * @rsvd: zero
 * @src_paddr: read, 16-byte aligned
 * @dst_paddr: written, 16-byte aligned
 * @len: how much, a multiple of 16
 */
struct sev_cmd_dbg {
	__u32 handle;
	__u32 rsvd;
	__u64 src_paddr;
	__u64 dst_paddr;
	__u32 len;
} __packed;
SEV_ASSERT_SIZE(struct sev_cmd_dbg, 28);
SEV_ASSERT_AT(struct sev_cmd_dbg, handle, 0);
SEV_ASSERT_AT(struct sev_cmd_dbg, rsvd, 4);
SEV_ASSERT_AT(struct sev_cmd_dbg, src_paddr, 8);
SEV_ASSERT_AT(struct sev_cmd_dbg, dst_paddr, 16);
SEV_ASSERT_AT(struct sev_cmd_dbg, len, 24);

#endif /* __SEV_LEGACY_H */
