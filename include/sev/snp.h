/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command buffers of SEV-SNP, API 1.51 and later.
 *
 * Every *_paddr is a system physical address, with the encryption bit where the
 * memory is encrypted.
 */
#ifndef __SEV_SNP_H
#define __SEV_SNP_H

#include "layout.h"

/**
 * enum snp_pstate - state of the SNP platform
 * @SNP_PSTATE_UNINIT: nothing set up
 * @SNP_PSTATE_INIT: set up
 */
enum snp_pstate {
	SNP_PSTATE_UNINIT	= 0,
	SNP_PSTATE_INIT		= 1,
};

/* Policy of an SNP guest. */
#define SNP_GUEST_POLICY_ABI_MINOR	0x00000000000000ffULL
#define SNP_GUEST_POLICY_ABI_MAJOR	0x000000000000ff00ULL
#define SNP_GUEST_POLICY_SMT		SEV_BIT64(16)	/* sibling threads allowed */
#define SNP_GUEST_POLICY_ONE		SEV_BIT64(17)	/* must be set */
#define SNP_GUEST_POLICY_MIGRATE_MA	SEV_BIT64(18)	/* migration agent allowed */
#define SNP_GUEST_POLICY_DEBUG		SEV_BIT64(19)	/* debugging allowed */
#define SNP_GUEST_POLICY_SINGLE_SOCKET	SEV_BIT64(20)	/* on one socket only */
#define SNP_GUEST_POLICY_CXL		SEV_BIT64(21)	/* CXL memory allowed */
#define SNP_GUEST_POLICY_AES_256_XTS	SEV_BIT64(22)	/* this memory cipher required */
#define SNP_GUEST_POLICY_RAPL_DIS	SEV_BIT64(23)	/* power reporting must be off */
#define SNP_GUEST_POLICY_CIPHERTEXT	SEV_BIT64(24)	/* ciphertext hiding required */
#define SNP_GUEST_POLICY_NO_SWAP	SEV_BIT64(25)	/* page swap and move refused */

/**
 * struct snp_tcb_milan - TCB version up to family 19h (Milan, Genoa and relatives)
 * @boot_loader: security version of the PSP boot loader
 * @tee: of the PSP operating system
 * @rsvd: zero
 * @snp: of the SNP firmware
 * @microcode: lowest microcode patch level of all cores
 */
struct snp_tcb_milan {
	__u8 boot_loader;
	__u8 tee;
	__u8 rsvd[4];
	__u8 snp;
	__u8 microcode;
} __packed;
SEV_ASSERT_SIZE(struct snp_tcb_milan, 8);
SEV_ASSERT_AT(struct snp_tcb_milan, boot_loader, 0);
SEV_ASSERT_AT(struct snp_tcb_milan, tee, 1);
SEV_ASSERT_AT(struct snp_tcb_milan, rsvd, 2);
SEV_ASSERT_AT(struct snp_tcb_milan, snp, 6);
SEV_ASSERT_AT(struct snp_tcb_milan, microcode, 7);

/**
 * struct snp_tcb_turin - TCB version from family 1Ah (Turin) on
 * @fmc: security version of the first mutable code
 * @boot_loader: of the PSP boot loader
 * @tee: of the PSP operating system
 * @snp: of the SNP firmware
 * @rsvd: zero
 * @microcode: lowest microcode patch level of all cores
 */
struct snp_tcb_turin {
	__u8 fmc;
	__u8 boot_loader;
	__u8 tee;
	__u8 snp;
	__u8 rsvd[3];
	__u8 microcode;
} __packed;
SEV_ASSERT_SIZE(struct snp_tcb_turin, 8);
SEV_ASSERT_AT(struct snp_tcb_turin, fmc, 0);
SEV_ASSERT_AT(struct snp_tcb_turin, boot_loader, 1);
SEV_ASSERT_AT(struct snp_tcb_turin, tee, 2);
SEV_ASSERT_AT(struct snp_tcb_turin, snp, 3);
SEV_ASSERT_AT(struct snp_tcb_turin, rsvd, 4);
SEV_ASSERT_AT(struct snp_tcb_turin, microcode, 7);

/**
 * struct snp_cmd_platform_status - SNP_PLATFORM_STATUS
 * @status_paddr: where &struct snp_platform_status goes
 */
struct snp_cmd_platform_status {
	__u64 status_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_platform_status, 8);
SEV_ASSERT_AT(struct snp_cmd_platform_status, status_paddr, 0);

/* &struct snp_platform_status.rmp_flags; once a byte that was 0 or 1 */
#define SNP_STATUS_RMP_INIT		SEV_BIT(0)	/* reverse map table is set up */
#define SNP_STATUS_ALIAS_CHECKED	SEV_BIT(1)	/* memory aliasing check done at boot */
#define SNP_STATUS_TIO_EN		SEV_BIT(3)	/* trusted I/O is on */
/* &struct snp_platform_status.flags */
#define SNP_STATUS_MASK_CHIP_ID		SEV_BIT(0)
#define SNP_STATUS_MASK_CHIP_KEY	SEV_BIT(1)
#define SNP_STATUS_VLEK_EN		SEV_BIT(2)
#define SNP_STATUS_FEATURE_INFO		SEV_BIT(3)	/* FEATURE_INFO exists */
#define SNP_STATUS_RAPL_DIS		SEV_BIT(4)
#define SNP_STATUS_CIPHERTEXT_CAP	SEV_BIT(5)	/* ciphertext hiding is possible */
#define SNP_STATUS_CIPHERTEXT_EN	SEV_BIT(6)	/* ciphertext hiding is on */

/**
 * struct snp_platform_status - answer of SNP_PLATFORM_STATUS
 * @api_major: major version of the API
 * @api_minor: minor version of the API
 * @state: &enum snp_pstate
 * @rmp_flags: SNP_STATUS_RMP_INIT, SNP_STATUS_ALIAS_CHECKED, SNP_STATUS_TIO_EN
 * @build: build number of the firmware
 * @flags: SNP_STATUS_MASK_CHIP_ID and the following
 * @guest_count: guests with a context
 * @current_tcb: TCB version of what runs
 * @reported_tcb: TCB version that reports carry
 */
struct snp_platform_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u8 rmp_flags;
	__u32 build;
	__u32 flags;
	__u32 guest_count;
	__u64 current_tcb;
	__u64 reported_tcb;
} __packed;
SEV_ASSERT_SIZE(struct snp_platform_status, 32);
SEV_ASSERT_AT(struct snp_platform_status, api_major, 0);
SEV_ASSERT_AT(struct snp_platform_status, api_minor, 1);
SEV_ASSERT_AT(struct snp_platform_status, state, 2);
SEV_ASSERT_AT(struct snp_platform_status, rmp_flags, 3);
SEV_ASSERT_AT(struct snp_platform_status, build, 4);
SEV_ASSERT_AT(struct snp_platform_status, flags, 8);
SEV_ASSERT_AT(struct snp_platform_status, guest_count, 12);
SEV_ASSERT_AT(struct snp_platform_status, current_tcb, 16);
SEV_ASSERT_AT(struct snp_platform_status, reported_tcb, 24);

/* &struct snp_cmd_init_ex.flags */
#define SNP_INIT_RMP			SEV_BIT(0)	/* set the reverse map table up */
#define SNP_INIT_LIST			SEV_BIT(1)	/* list_paddr is valid */
#define SNP_INIT_RAPL_DIS		SEV_BIT(2)	/* turn power reporting off */
#define SNP_INIT_CIPHERTEXT_HIDING	SEV_BIT(3)	/* max_snp_asid is valid */
#define SNP_INIT_TIO			SEV_BIT(4)	/* turn trusted I/O on */

/**
 * struct snp_cmd_init_ex - SNP_INIT_EX (API 1.52; SNP_INIT has no buffer)
 * @flags: SNP_INIT_*
 * @rsvd1: zero
 * @list_paddr: &struct snp_range_list of memory that becomes "HV-fixed"
 * @max_snp_asid: ciphertext hiding: SNP guests use the ASIDs up to this one
 * @rsvd2: zero
 */
struct snp_cmd_init_ex {
	__u32 flags;
	__u32 rsvd1;
	__u64 list_paddr;
	__u16 max_snp_asid;
	__u8 rsvd2[46];
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_init_ex, 64);
SEV_ASSERT_AT(struct snp_cmd_init_ex, flags, 0);
SEV_ASSERT_AT(struct snp_cmd_init_ex, rsvd1, 4);
SEV_ASSERT_AT(struct snp_cmd_init_ex, list_paddr, 8);
SEV_ASSERT_AT(struct snp_cmd_init_ex, max_snp_asid, 16);
SEV_ASSERT_AT(struct snp_cmd_init_ex, rsvd2, 18);

/**
 * struct snp_range - a piece of physical memory
 * @base: first byte, 4 KiB aligned
 * @page_count: length in 4 KiB pages
 * @rsvd: zero
 */
struct snp_range {
	__u64 base;
	__u32 page_count;
	__u32 rsvd;
} __packed;
SEV_ASSERT_SIZE(struct snp_range, 16);
SEV_ASSERT_AT(struct snp_range, base, 0);
SEV_ASSERT_AT(struct snp_range, page_count, 8);
SEV_ASSERT_AT(struct snp_range, rsvd, 12);

/**
 * struct snp_range_list - list for SNP_INIT_EX, within one page
 * @count: number of entries
 * @rsvd: zero
 * @ranges: the entries
 */
struct snp_range_list {
	__u32 count;
	__u32 rsvd;
	struct snp_range ranges[];
} __packed;
SEV_ASSERT_SIZE(struct snp_range_list, 8);
SEV_ASSERT_AT(struct snp_range_list, count, 0);
SEV_ASSERT_AT(struct snp_range_list, rsvd, 4);
SEV_ASSERT_AT(struct snp_range_list, ranges, 8);

/* &struct snp_cmd_shutdown_ex.flags */
#define SNP_SHUTDOWN_IOMMU		SEV_BIT(0)	/* IOMMU gives its SNP pages back */
#define SNP_SHUTDOWN_X86		SEV_BIT(1)	/* SNP off on the cores too */

/**
 * struct snp_cmd_shutdown_ex - SNP_SHUTDOWN_EX
 * @length: size of this struct
 * @flags: SNP_SHUTDOWN_*
 */
struct snp_cmd_shutdown_ex {
	__u32 length;
	__u32 flags;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_shutdown_ex, 8);
SEV_ASSERT_AT(struct snp_cmd_shutdown_ex, length, 0);
SEV_ASSERT_AT(struct snp_cmd_shutdown_ex, flags, 4);

/* &struct snp_cmd_config.flags */
#define SNP_CONFIG_MASK_CHIP_ID		SEV_BIT(0)
#define SNP_CONFIG_MASK_CHIP_KEY	SEV_BIT(1)

/**
 * struct snp_cmd_config - SNP_CONFIG
 * @reported_tcb: TCB version for reports, not above the committed; 0 follows it
 * @flags: SNP_CONFIG_*
 * @rsvd: zero
 */
struct snp_cmd_config {
	__u64 reported_tcb;
	__u32 flags;
	__u8 rsvd[52];
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_config, 64);
SEV_ASSERT_AT(struct snp_cmd_config, reported_tcb, 0);
SEV_ASSERT_AT(struct snp_cmd_config, flags, 8);
SEV_ASSERT_AT(struct snp_cmd_config, rsvd, 12);

/**
 * struct snp_cmd_commit - SNP_COMMIT
 * @length: size of this struct
 */
struct snp_cmd_commit {
	__u32 length;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_commit, 4);
SEV_ASSERT_AT(struct snp_cmd_commit, length, 0);

/* &struct snp_cmd_download_firmware_ex.flags */
#define SNP_DOWNLOAD_COMMIT		SEV_BIT(0)	/* commit the new version at once */

/**
 * struct snp_cmd_download_firmware_ex - SNP_DOWNLOAD_FIRMWARE_EX
 * @length: size of this struct
 * @rsvd: zero
 * @fw_paddr: image, SEV_FIRMWARE_ALIGN aligned
 * @fw_len: its length
 * @flags: SNP_DOWNLOAD_COMMIT
 */
struct snp_cmd_download_firmware_ex {
	__u32 length;
	__u32 rsvd;
	__u64 fw_paddr;
	__u32 fw_len;
	__u32 flags;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_download_firmware_ex, 24);
SEV_ASSERT_AT(struct snp_cmd_download_firmware_ex, length, 0);
SEV_ASSERT_AT(struct snp_cmd_download_firmware_ex, rsvd, 4);
SEV_ASSERT_AT(struct snp_cmd_download_firmware_ex, fw_paddr, 8);
SEV_ASSERT_AT(struct snp_cmd_download_firmware_ex, fw_len, 16);
SEV_ASSERT_AT(struct snp_cmd_download_firmware_ex, flags, 20);

/* Wrapped key of VLEK_LOAD. */
#define SNP_VLEK_HASHSTICK_LEN		432

/**
 * struct snp_cmd_vlek_load - SNP_VLEK_LOAD
 * @length: size of this struct
 * @version: format of the wrapped key, 0
 * @rsvd: zero
 * @vlek_paddr: wrapped key, SNP_VLEK_HASHSTICK_LEN bytes
 */
struct snp_cmd_vlek_load {
	__u32 length;
	__u8 version;
	__u8 rsvd[3];
	__u64 vlek_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_vlek_load, 16);
SEV_ASSERT_AT(struct snp_cmd_vlek_load, length, 0);
SEV_ASSERT_AT(struct snp_cmd_vlek_load, version, 4);
SEV_ASSERT_AT(struct snp_cmd_vlek_load, rsvd, 5);
SEV_ASSERT_AT(struct snp_cmd_vlek_load, vlek_paddr, 8);

/* &struct snp_feature_leaf of subleaf 0. EAX is the highest subleaf. */
#define SNP_FEAT_EBX_LEGACY_SEV		SEV_BIT(0)	/* legacy commands exist */
#define SNP_FEAT_EBX_TIO		SEV_BIT(1)
#define SNP_FEAT_ECX_VLEK		SEV_BIT(0)
#define SNP_FEAT_ECX_X86_SHUTDOWN	SEV_BIT(1)	/* SNP_SHUTDOWN_X86 */
#define SNP_FEAT_ECX_RAPL_DIS		SEV_BIT(2)
#define SNP_FEAT_ECX_CIPHERTEXT_HIDING	SEV_BIT(3)
#define SNP_FEAT_ECX_AES_256_XTS	SEV_BIT(4)	/* SNP_GUEST_POLICY_AES_256_XTS */
#define SNP_FEAT_ECX_CXL		SEV_BIT(5)	/* SNP_GUEST_POLICY_CXL */
#define SNP_FEAT_ECX_VERIFY_MITIGATION	SEV_BIT(13)

/**
 * struct snp_cmd_feature_info - SNP_FEATURE_INFO
 * @length: size of this struct
 * @ecx_in: subleaf
 * @leaf_paddr: where &struct snp_feature_leaf goes, must not cross a page
 */
struct snp_cmd_feature_info {
	__u32 length;
	__u32 ecx_in;
	__u64 leaf_paddr;
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_feature_info, 16);
SEV_ASSERT_AT(struct snp_cmd_feature_info, length, 0);
SEV_ASSERT_AT(struct snp_cmd_feature_info, ecx_in, 4);
SEV_ASSERT_AT(struct snp_cmd_feature_info, leaf_paddr, 8);

/**
 * struct snp_feature_leaf - answer of SNP_FEATURE_INFO, like CPUID
 * @eax: subleaf 0: the highest subleaf; subleaf 1: guest messages, bits 0 to 8
 * @ebx: SNP_FEAT_EBX_*
 * @ecx: SNP_FEAT_ECX_*
 * @edx: zero so far
 */
struct snp_feature_leaf {
	__u32 eax;
	__u32 ebx;
	__u32 ecx;
	__u32 edx;
} __packed;
SEV_ASSERT_SIZE(struct snp_feature_leaf, 16);
SEV_ASSERT_AT(struct snp_feature_leaf, eax, 0);
SEV_ASSERT_AT(struct snp_feature_leaf, ebx, 4);
SEV_ASSERT_AT(struct snp_feature_leaf, ecx, 8);
SEV_ASSERT_AT(struct snp_feature_leaf, edx, 12);

/* &struct snp_cmd_verify_mitigation.subcommand */
#define SNP_MITIGATION_STATUS		0	/* only report */
#define SNP_MITIGATION_VERIFY		1	/* verify one, then report */
/* &struct snp_cmd_verify_mitigation.flags */
#define SNP_MITIGATION_DST		SEV_BIT(0)	/* dst_paddr is valid */
#define SNP_MITIGATION_SRC		SEV_BIT(1)	/* src_paddr is valid */

/**
 * struct snp_cmd_verify_mitigation - SNP_VERIFY_MITIGATION
 * @length: size of this struct
 * @subcommand: SNP_MITIGATION_STATUS or SNP_MITIGATION_VERIFY
 * @rsvd1: zero
 * @vector: the mitigation to verify, one bit
 * @flags: SNP_MITIGATION_DST, SNP_MITIGATION_SRC
 * @rsvd2: zero
 * @src_paddr: input that some mitigations need
 * @dst_paddr: where &struct snp_mitigation_result goes
 * @rsvd3: zero
 */
struct snp_cmd_verify_mitigation {
	__u32 length;
	__u16 subcommand;
	__u16 rsvd1;
	__u64 vector;
	__u32 flags;
	__u8 rsvd2[4];
	__u64 src_paddr;
	__u64 dst_paddr;
	__u8 rsvd3[24];
} __packed;
SEV_ASSERT_SIZE(struct snp_cmd_verify_mitigation, 64);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, length, 0);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, subcommand, 4);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, rsvd1, 6);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, vector, 8);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, flags, 16);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, rsvd2, 20);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, src_paddr, 24);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, dst_paddr, 32);
SEV_ASSERT_AT(struct snp_cmd_verify_mitigation, rsvd3, 40);

/**
 * struct snp_mitigation_result - answer of SNP_VERIFY_MITIGATION
 * @verified: mitigations that were verified, one bit each
 * @supported: mitigations that the firmware can verify
 * @failure: why the last verification failed, 0 if it did not
 */
struct snp_mitigation_result {
	__u64 verified;
	__u64 supported;
	__u32 failure;
} __packed;
SEV_ASSERT_SIZE(struct snp_mitigation_result, 20);
SEV_ASSERT_AT(struct snp_mitigation_result, verified, 0);
SEV_ASSERT_AT(struct snp_mitigation_result, supported, 8);
SEV_ASSERT_AT(struct snp_mitigation_result, failure, 16);

#endif /* __SEV_SNP_H */
