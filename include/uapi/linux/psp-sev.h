/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The /dev/sev ioctl interface.
 *
 * Numbers, names and layouts are the kernel ABI of <linux/psp-sev.h>; a program
 * built against either header works with either driver.
 *
 * The include guard is the kernel's on purpose: a file that needs the running
 * kernel's <linux/psp-sev.h> (the exported API for kvm_amd) may meet this header
 * too, and then whichever came first wins instead of every struct being defined
 * twice. Inside the driver include <sev/uapi.h>, never <uapi/linux/psp-sev.h>:
 * the kernel's include directories come before ours on the command line, and
 * older kernels do not know the SNP part.
 */
#ifndef __PSP_SEV_USER_H__
#define __PSP_SEV_USER_H__

#include <linux/types.h>

/* Values of &struct sev_issue_cmd.cmd. Drivers without SNP know the first nine. */
enum {
	SEV_FACTORY_RESET = 0,
	SEV_PLATFORM_STATUS,
	SEV_PEK_GEN,
	SEV_PEK_CSR,
	SEV_PDH_GEN,
	SEV_PDH_CERT_EXPORT,
	SEV_PEK_CERT_IMPORT,
	SEV_GET_ID,	/* fixed two-socket answer; SEV_GET_ID2 replaces it */
	SEV_GET_ID2,
	SNP_PLATFORM_STATUS,
	SNP_COMMIT,
	SNP_SET_CONFIG,
	SNP_VLEK_LOAD,

	SEV_MAX,
};

/*
 * Firmware status, as handed out in &struct sev_issue_cmd.error. 0x1e, 0x29 to
 * 0x2f and 0x34 are not assigned.
 */
typedef enum {
	/* No firmware answer at all: the command never reached it. */
	SEV_RET_NO_FW_CALL			= -1,

	SEV_RET_SUCCESS				= 0,
	SEV_RET_INVALID_PLATFORM_STATE		= 0x0001,
	SEV_RET_INVALID_GUEST_STATE		= 0x0002,
	/* The misspelt name is ABI; use the next one. */
	SEV_RET_INAVLID_CONFIG			= 0x0003,
	SEV_RET_INVALID_CONFIG			= SEV_RET_INAVLID_CONFIG,
	SEV_RET_INVALID_LEN			= 0x0004,
	SEV_RET_ALREADY_OWNED			= 0x0005,
	SEV_RET_INVALID_CERTIFICATE		= 0x0006,
	SEV_RET_POLICY_FAILURE			= 0x0007,
	SEV_RET_INACTIVE			= 0x0008,
	SEV_RET_INVALID_ADDRESS			= 0x0009,
	SEV_RET_BAD_SIGNATURE			= 0x000A,
	SEV_RET_BAD_MEASUREMENT			= 0x000B,
	SEV_RET_ASID_OWNED			= 0x000C,
	SEV_RET_INVALID_ASID			= 0x000D,
	SEV_RET_WBINVD_REQUIRED			= 0x000E,
	SEV_RET_DFFLUSH_REQUIRED		= 0x000F,
	SEV_RET_INVALID_GUEST			= 0x0010,
	SEV_RET_INVALID_COMMAND			= 0x0011,
	SEV_RET_ACTIVE				= 0x0012,
	SEV_RET_HWSEV_RET_PLATFORM		= 0x0013,
	SEV_RET_HWSEV_RET_UNSAFE		= 0x0014,
	SEV_RET_UNSUPPORTED			= 0x0015,
	SEV_RET_INVALID_PARAM			= 0x0016,
	SEV_RET_RESOURCE_LIMIT			= 0x0017,
	SEV_RET_SECURE_DATA_INVALID		= 0x0018,

	/* From here on only firmware with SNP uses the codes. */
	SEV_RET_INVALID_PAGE_SIZE		= 0x0019,
	SEV_RET_INVALID_PAGE_STATE		= 0x001A,
	SEV_RET_INVALID_MDATA_ENTRY		= 0x001B,
	SEV_RET_INVALID_PAGE_OWNER		= 0x001C,
	SEV_RET_AEAD_OFLOW			= 0x001D,
	SEV_RET_EXIT_RING_BUFFER		= 0x001F,
	SEV_RET_RMP_INIT_REQUIRED		= 0x0020,
	SEV_RET_BAD_SVN				= 0x0021,
	SEV_RET_BAD_VERSION			= 0x0022,
	SEV_RET_SHUTDOWN_REQUIRED		= 0x0023,
	SEV_RET_UPDATE_FAILED			= 0x0024,
	SEV_RET_RESTORE_REQUIRED		= 0x0025,
	SEV_RET_RMP_INITIALIZATION_FAILED	= 0x0026,
	SEV_RET_INVALID_KEY			= 0x0027,
	SEV_RET_SHUTDOWN_INCOMPLETE		= 0x0028,

	/* Trusted I/O: devices, their interfaces, and the SPDM session with them. */
	SEV_RET_INCORRECT_BUFFER_LENGTH		= 0x0030,
	SEV_RET_EXPAND_BUFFER_LENGTH_REQUEST	= 0x0031,
	SEV_RET_SPDM_REQUEST			= 0x0032,
	SEV_RET_SPDM_ERROR			= 0x0033,
	SEV_RET_SEV_STATUS_ERR_IN_DEV_CONN	= 0x0035,
	SEV_RET_SEV_STATUS_INVALID_DEV_CTX	= 0x0036,
	SEV_RET_SEV_STATUS_INVALID_TDI_CTX	= 0x0037,
	SEV_RET_SEV_STATUS_INVALID_TDI		= 0x0038,
	SEV_RET_SEV_STATUS_RECLAIM_REQUIRED	= 0x0039,
	SEV_RET_IN_USE				= 0x003A,
	SEV_RET_SEV_STATUS_INVALID_DEV_STATE	= 0x003B,
	SEV_RET_SEV_STATUS_INVALID_TDI_STATE	= 0x003C,
	SEV_RET_SEV_STATUS_DEV_CERT_CHANGED	= 0x003D,
	SEV_RET_SEV_STATUS_RESYNC_REQ		= 0x003E,
	SEV_RET_SEV_STATUS_RESPONSE_TOO_LARGE	= 0x003F,

	SEV_RET_MAX,
} sev_ret_code;

/**
 * struct sev_user_data_status - answer of SEV_PLATFORM_STATUS
 * @api_major: major version of the SEV API that the firmware implements
 * @api_minor: minor version of the SEV API
 * @state: 0 not initialised, 1 initialised, 2 initialised with guests
 * @flags: bit 0 owned externally, SEV_STATUS_FLAGS_CONFIG_ES
 * @build: build number of the firmware
 * @guest_count: guests that the firmware holds a context for
 */
struct sev_user_data_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u32 flags;
	__u8 build;
	__u32 guest_count;
} __attribute__((packed));

/* &struct sev_user_data_status.flags: initialised with SEV-ES */
#define SEV_STATUS_FLAGS_CONFIG_ES	0x0100

/**
 * struct sev_user_data_pek_csr - SEV_PEK_CSR
 * @address: user buffer for the certificate signing request
 * @length: size of the buffer; comes back as the size that is needed or was used
 */
struct sev_user_data_pek_csr {
	__u64 address;
	__u32 length;
} __attribute__((packed));

/**
 * struct sev_user_data_pek_cert_import - SEV_PEK_CERT_IMPORT
 * @pek_cert_address: user buffer with the signed PEK certificate
 * @pek_cert_len: its length
 * @oca_cert_address: user buffer with the certificate of the owner's authority
 * @oca_cert_len: its length
 */
struct sev_user_data_pek_cert_import {
	__u64 pek_cert_address;
	__u32 pek_cert_len;
	__u64 oca_cert_address;
	__u32 oca_cert_len;
} __attribute__((packed));

/**
 * struct sev_user_data_pdh_cert_export - SEV_PDH_CERT_EXPORT
 * @pdh_cert_address: user buffer for the platform Diffie-Hellman certificate
 * @pdh_cert_len: its size; comes back as the size that is needed or was used
 * @cert_chain_address: user buffer for the PEK, OCA and CEK certificates
 * @cert_chain_len: its size; comes back likewise
 */
struct sev_user_data_pdh_cert_export {
	__u64 pdh_cert_address;
	__u32 pdh_cert_len;
	__u64 cert_chain_address;
	__u32 cert_chain_len;
} __attribute__((packed));

/**
 * struct sev_user_data_get_id - answer of SEV_GET_ID
 * @socket1: chip id of the first socket, zero-padded
 * @socket2: chip id of the second socket, zero without one
 */
struct sev_user_data_get_id {
	__u8 socket1[64];
	__u8 socket2[64];
} __attribute__((packed));

/**
 * struct sev_user_data_get_id2 - SEV_GET_ID2
 * @address: user buffer for the chip ids
 * @length: size of the buffer; comes back as the size that is needed or was used
 */
struct sev_user_data_get_id2 {
	__u64 address;
	__u32 length;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_status - answer of SNP_PLATFORM_STATUS
 * @api_major: major version of the SNP API
 * @api_minor: minor version of the SNP API
 * @state: 0 not initialised, 1 initialised
 * @is_rmp_initialized: the reverse map table is set up
 * @rsvd: not zero with newer firmware (alias check done, trusted I/O on)
 * @build_id: build number of the firmware
 * @mask_chip_id: reports carry zero instead of the chip id
 * @mask_chip_key: reports are not signed by the chip's key
 * @vlek_en: a version loaded endorsement key is installed
 * @feature_info: the firmware knows SNP_FEATURE_INFO
 * @rapl_dis: running average power limit reporting is off
 * @ciphertext_hiding_cap: ciphertext hiding can be turned on
 * @ciphertext_hiding_en: ciphertext hiding is on
 * @rsvd1: zero
 * @guest_count: SNP guests that the firmware holds a context for
 * @current_tcb_version: security version numbers of what runs now
 * @reported_tcb_version: what attestation reports say
 */
struct sev_user_data_snp_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u8 is_rmp_initialized:1;
	__u8 rsvd:7;
	__u32 build_id;
	__u32 mask_chip_id:1;
	__u32 mask_chip_key:1;
	__u32 vlek_en:1;
	__u32 feature_info:1;
	__u32 rapl_dis:1;
	__u32 ciphertext_hiding_cap:1;
	__u32 ciphertext_hiding_en:1;
	__u32 rsvd1:25;
	__u32 guest_count;
	__u64 current_tcb_version;
	__u64 reported_tcb_version;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_config - SNP_SET_CONFIG
 * @reported_tcb: what attestation reports shall say; 0 means follow the committed
 * @mask_chip_id: put zero instead of the chip id into reports
 * @mask_chip_key: do not sign reports with the chip's key
 * @rsvd: zero
 * @rsvd1: zero
 */
struct sev_user_data_snp_config {
	__u64 reported_tcb;
	__u32 mask_chip_id:1;
	__u32 mask_chip_key:1;
	__u32 rsvd:30;
	__u8 rsvd1[52];
} __attribute__((packed));

/**
 * struct sev_user_data_snp_vlek_load - SNP_VLEK_LOAD
 * @len: size of this struct, 16
 * @vlek_wrapped_version: format of the wrapped key, 0
 * @rsvd: zero
 * @vlek_wrapped_address: user buffer, &struct sev_user_data_snp_wrapped_vlek_hashstick
 */
struct sev_user_data_snp_vlek_load {
	__u32 len;
	__u8 vlek_wrapped_version;
	__u8 rsvd[3];
	__u64 vlek_wrapped_address;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_wrapped_vlek_hashstick - key from AMD's key server
 * @data: opaque, encrypted for this chip
 */
struct sev_user_data_snp_wrapped_vlek_hashstick {
	__u8 data[432];
} __attribute__((packed));

/**
 * struct sev_issue_cmd - argument of SEV_ISSUE_CMD
 * @cmd: one of the commands above
 * @data: user address of that command's struct
 * @error: firmware status, also when the ioctl fails
 */
struct sev_issue_cmd {
	__u32 cmd;
	__u64 data;
	__u32 error;
} __attribute__((packed));

#define SEV_IOC_TYPE		'S'
#define SEV_ISSUE_CMD		_IOWR(SEV_IOC_TYPE, 0x0, struct sev_issue_cmd)

#endif /* __PSP_SEV_USER_H__ */
