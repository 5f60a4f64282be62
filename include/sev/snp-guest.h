/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command buffers of SEV-SNP that act on a guest or on its pages.
 *
 * A guest is named by its context page (gctx_paddr), which the firmware owns.
 */
#ifndef __SEV_SNP_GUEST_H
#define __SEV_SNP_GUEST_H

#include "layout.h"

/* Bit 0 of page addresses in commands that take both sizes. */
#define SNP_PAGE_2M			SEV_BIT64(0)

/**
 * struct snp_cmd_gctx - GCTX_CREATE, DECOMMISSION
 * @gctx_paddr: context page
 */
struct snp_cmd_gctx {
	__u64 gctx_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_gctx, 8);
SEV_ASSERT_AT(struct snp_cmd_gctx, gctx_paddr, 0);

/**
 * struct snp_cmd_activate - SNP_ACTIVATE
 * @gctx_paddr: context page
 * @asid: address space id that gets the guest's key
 */
struct snp_cmd_activate {
	__u64 gctx_paddr;
	__u32 asid;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_activate, 12);
SEV_ASSERT_AT(struct snp_cmd_activate, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_activate, asid, 8);

/**
 * struct snp_cmd_guest_status - SNP_GUEST_STATUS
 * @gctx_paddr: context page
 * @status_paddr: where the status goes
 */
struct snp_cmd_guest_status {
	__u64 gctx_paddr;
	__u64 status_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_guest_status, 16);
SEV_ASSERT_AT(struct snp_cmd_guest_status, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_guest_status, status_paddr, 8);

/**
 * struct snp_cmd_guest_request - SNP_GUEST_REQUEST
 * @gctx_paddr: context page of a running guest
 * @request_paddr: page with the guest's message
 * @response_paddr: page for the answer, in firmware state
 */
struct snp_cmd_guest_request {
	__u64 gctx_paddr;
	__u64 request_paddr;
	__u64 response_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_guest_request, 24);
SEV_ASSERT_AT(struct snp_cmd_guest_request, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_guest_request, request_paddr, 8);
SEV_ASSERT_AT(struct snp_cmd_guest_request, response_paddr, 16);

/* &struct snp_cmd_launch_start.flags */
#define SNP_LAUNCH_MA			SEV_BIT(0)	/* ma_gctx_paddr is valid */
#define SNP_LAUNCH_IMI			SEV_BIT(1)	/* guest is an incoming migration image */

/**
 * struct snp_cmd_launch_start - SNP_LAUNCH_START
 * @gctx_paddr: context page
 * @policy: SNP_GUEST_POLICY_*
 * @ma_gctx_paddr: context page of the migration agent
 * @flags: SNP_LAUNCH_*
 * @desired_tsc_khz: frequency for guests with a secure time stamp counter
 * @gosvw: workarounds that the guest shall see
 */
struct snp_cmd_launch_start {
	__u64 gctx_paddr;
	__u64 policy;
	__u64 ma_gctx_paddr;
	__u32 flags;
	__u32 desired_tsc_khz;
	__u8 gosvw[16];
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_launch_start, 48);
SEV_ASSERT_AT(struct snp_cmd_launch_start, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_launch_start, policy, 8);
SEV_ASSERT_AT(struct snp_cmd_launch_start, ma_gctx_paddr, 16);
SEV_ASSERT_AT(struct snp_cmd_launch_start, flags, 24);
SEV_ASSERT_AT(struct snp_cmd_launch_start, desired_tsc_khz, 28);
SEV_ASSERT_AT(struct snp_cmd_launch_start, gosvw, 32);

/* &struct snp_cmd_launch_update.flags */
#define SNP_LAUNCH_PAGE_2M		SEV_BIT(0)
#define SNP_LAUNCH_PAGE_TYPE_MASK	0x0000000eU	/* &enum snp_launch_page */
#define SNP_LAUNCH_PAGE_TYPE_SHIFT	1
#define SNP_LAUNCH_PAGE_IMI		SEV_BIT(4)	/* part of the migration image */

/**
 * enum snp_launch_page - what a page is for, decides how it is measured
 * @SNP_LAUNCH_NORMAL: data, measured
 * @SNP_LAUNCH_VMSA: register state of a virtual CPU
 * @SNP_LAUNCH_ZERO: zeroed by the firmware
 * @SNP_LAUNCH_UNMEASURED: data, not measured
 * @SNP_LAUNCH_SECRETS: filled by the firmware with the guest's secrets
 * @SNP_LAUNCH_CPUID: CPUID values, checked by the firmware
 */
enum snp_launch_page {
	SNP_LAUNCH_NORMAL	= 1,
	SNP_LAUNCH_VMSA		= 2,
	SNP_LAUNCH_ZERO		= 3,
	SNP_LAUNCH_UNMEASURED	= 4,
	SNP_LAUNCH_SECRETS	= 5,
	SNP_LAUNCH_CPUID	= 6,
};

/**
 * struct snp_cmd_launch_update - SNP_LAUNCH_UPDATE
 * @gctx_paddr: context page
 * @flags: SNP_LAUNCH_PAGE_*
 * @rsvd1: zero
 * @page_paddr: the page, in pre-guest state
 * @rsvd2: zero
 * @vmpl_perms: what privilege levels 1 to 3 may do with it
 * @rsvd3: zero
 */
struct snp_cmd_launch_update {
	__u64 gctx_paddr;
	__u32 flags;
	__u32 rsvd1;
	__u64 page_paddr;
	__u8 rsvd2;
	__u8 vmpl_perms[3];
	__u32 rsvd3;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_launch_update, 32);
SEV_ASSERT_AT(struct snp_cmd_launch_update, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_launch_update, flags, 8);
SEV_ASSERT_AT(struct snp_cmd_launch_update, rsvd1, 12);
SEV_ASSERT_AT(struct snp_cmd_launch_update, page_paddr, 16);
SEV_ASSERT_AT(struct snp_cmd_launch_update, rsvd2, 24);
SEV_ASSERT_AT(struct snp_cmd_launch_update, vmpl_perms, 25);
SEV_ASSERT_AT(struct snp_cmd_launch_update, rsvd3, 28);

/* &struct snp_cmd_launch_finish.flags */
#define SNP_FINISH_ID_BLOCK		SEV_BIT64(0)	/* id_block_paddr, id_auth_paddr valid */
#define SNP_FINISH_AUTHOR_KEY		SEV_BIT64(1)	/* the block has an author key */
#define SNP_FINISH_VCEK_DIS		SEV_BIT64(2)	/* no reports by the chip's key */

/**
 * struct snp_cmd_launch_finish - SNP_LAUNCH_FINISH
 * @gctx_paddr: context page
 * @id_block_paddr: identity that the launch must match
 * @id_auth_paddr: signatures over it
 * @flags: SNP_FINISH_*
 * @host_data: put into every report
 */
struct snp_cmd_launch_finish {
	__u64 gctx_paddr;
	__u64 id_block_paddr;
	__u64 id_auth_paddr;
	__u64 flags;
	__u8 host_data[32];
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_launch_finish, 64);
SEV_ASSERT_AT(struct snp_cmd_launch_finish, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_launch_finish, id_block_paddr, 8);
SEV_ASSERT_AT(struct snp_cmd_launch_finish, id_auth_paddr, 16);
SEV_ASSERT_AT(struct snp_cmd_launch_finish, flags, 24);
SEV_ASSERT_AT(struct snp_cmd_launch_finish, host_data, 32);

/**
 * struct snp_cmd_dbg - SNP_DBG_DECRYPT, SNP_DBG_ENCRYPT
 * @gctx_paddr: context page of a guest whose policy allows it
 * @src_paddr: page to read
 * @dst_paddr: page to write; decrypting: in firmware state
 */
struct snp_cmd_dbg {
	__u64 gctx_paddr;
	__u64 src_paddr;
	__u64 dst_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_dbg, 24);
SEV_ASSERT_AT(struct snp_cmd_dbg, gctx_paddr, 0);
SEV_ASSERT_AT(struct snp_cmd_dbg, src_paddr, 8);
SEV_ASSERT_AT(struct snp_cmd_dbg, dst_paddr, 16);

/**
 * struct snp_cmd_page - PAGE_RECLAIM, PAGE_UNSMASH
 * @page_paddr: the page, with SNP_PAGE_2M for a large one
 */
struct snp_cmd_page {
	__u64 page_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_page, 8);
SEV_ASSERT_AT(struct snp_cmd_page, page_paddr, 0);

#endif /* __SEV_SNP_GUEST_H */
