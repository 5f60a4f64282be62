/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The /dev/sev-guest ioctl interface of an SNP guest.
 *
 * Kernel ABI of <linux/sev-guest.h>, same include guard.
 */
#ifndef __UAPI_LINUX_SEV_GUEST_H_
#define __UAPI_LINUX_SEV_GUEST_H_

#include <linux/types.h>

#define SNP_REPORT_USER_DATA_SIZE	64

/**
 * struct snp_report_req - request of SNP_GET_REPORT
 * @user_data: put into the report as it is, usually a hash or a nonce
 * @vmpl: privilege level the report is for, not below the caller's
 * @rsvd: zero
 */
struct snp_report_req {
	__u8 user_data[SNP_REPORT_USER_DATA_SIZE];
	__u32 vmpl;
	__u8 rsvd[28];
};

/**
 * struct snp_report_resp - answer of SNP_GET_REPORT
 * @data: message of the firmware: status, size and the report
 */
struct snp_report_resp {
	__u8 data[4000];
};

/**
 * struct snp_derived_key_req - request of SNP_GET_DERIVED_KEY
 * @root_key_select: 0 the chip's or loaded endorsement key, 1 the migration key
 * @rsvd: zero
 * @guest_field_select: bits that say what goes into the derivation
 * @vmpl: privilege level to mix in, not below the caller's
 * @guest_svn: guest security version to mix in
 * @tcb_version: platform security versions to mix in
 */
struct snp_derived_key_req {
	__u32 root_key_select;
	__u32 rsvd;
	__u64 guest_field_select;
	__u32 vmpl;
	__u32 guest_svn;
	__u64 tcb_version;
};

/**
 * struct snp_derived_key_resp - answer of SNP_GET_DERIVED_KEY
 * @data: message of the firmware: status and the key
 */
struct snp_derived_key_resp {
	__u8 data[64];
};

/**
 * struct snp_guest_request_ioctl - argument of every ioctl here
 * @msg_version: version of the guest message, not 0
 * @req_data: user address of the request
 * @resp_data: user address of the answer
 * @exitinfo2: what the hypervisor and the firmware said
 * @fw_error: firmware half of @exitinfo2, a status of the SEV API
 * @vmm_error: hypervisor half of @exitinfo2, SNP_GUEST_VMM_ERR_*
 */
struct snp_guest_request_ioctl {
	__u8 msg_version;
	__u64 req_data;
	__u64 resp_data;
	union {
		__u64 exitinfo2;
		struct {
			__u32 fw_error;
			__u32 vmm_error;
		};
	};
};

/**
 * struct snp_ext_report_req - request of SNP_GET_EXT_REPORT
 * @data: as for SNP_GET_REPORT
 * @certs_address: user buffer for the certificate table of the host
 * @certs_len: its size; comes back as the size that is needed if it was too small
 */
struct snp_ext_report_req {
	struct snp_report_req data;
	__u64 certs_address;
	__u32 certs_len;
};

#define SNP_GUEST_REQ_IOC_TYPE	'S'

#define SNP_GET_REPORT		_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x0, struct snp_guest_request_ioctl)
#define SNP_GET_DERIVED_KEY	_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x1, struct snp_guest_request_ioctl)
#define SNP_GET_EXT_REPORT	_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x2, struct snp_guest_request_ioctl)

/* The two halves of &struct snp_guest_request_ioctl.exitinfo2. */
#define SNP_GUEST_FW_ERR_MASK		0xffffffffULL
#define SNP_GUEST_VMM_ERR_SHIFT		32
#define SNP_GUEST_VMM_ERR(x)		(((__u64)(x)) << SNP_GUEST_VMM_ERR_SHIFT)
#define SNP_GUEST_FW_ERR(x)		((x) & SNP_GUEST_FW_ERR_MASK)
#define SNP_GUEST_ERR(vmm_err, fw_err)	(SNP_GUEST_VMM_ERR(vmm_err) | SNP_GUEST_FW_ERR(fw_err))

/* The certificate buffer is too small. */
#define SNP_GUEST_VMM_ERR_INVALID_LEN	1
/* The hypervisor limits the rate of requests; repeat the very same one later. */
#define SNP_GUEST_VMM_ERR_BUSY		2

#endif /* __UAPI_LINUX_SEV_GUEST_H_ */
