/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The /dev/dbc ioctl interface: dynamic boost control of client processors.
 *
 * Kernel ABI of <linux/psp-dbc.h>, same include guard.
 */
#ifndef __PSP_DBC_USER_H__
#define __PSP_DBC_USER_H__

#include <linux/types.h>

#define DBC_NONCE_SIZE		16
#define DBC_SIG_SIZE		32
#define DBC_UID_SIZE		16

/**
 * struct dbc_user_nonce - DBCIOCNONCE
 * @auth_needed: not 0: @signature authenticates the request
 * @nonce: fresh random number of the firmware
 * @signature: in: over the request, if @auth_needed; out: over @nonce
 */
struct dbc_user_nonce {
	__u32 auth_needed;
	__u8 nonce[DBC_NONCE_SIZE];
	__u8 signature[DBC_SIG_SIZE];
} __attribute__((packed));

/**
 * struct dbc_user_setuid - DBCIOCUID
 * @uid: identity of the caller
 * @signature: over @uid and the last nonce
 */
struct dbc_user_setuid {
	__u8 uid[DBC_UID_SIZE];
	__u8 signature[DBC_SIG_SIZE];
} __attribute__((packed));

/**
 * struct dbc_user_param - DBCIOCPARAM
 * @msg_index: which parameter, &enum dbc_cmd_msg
 * @param: value to set, or the value that was read
 * @signature: in: over the request; out: over the answer
 */
struct dbc_user_param {
	__u32 msg_index;
	__u32 param;
	__u8 signature[DBC_SIG_SIZE];
} __attribute__((packed));

#define DBC_IOC_TYPE		'D'

/*
 * DBCIOCNONCE  asks for a nonce. EAGAIN: the firmware was busy, ask again.
 * DBCIOCUID    names the caller; everything after it is signed. EACCES: wrong
 *              signature, EPERM: refused for this identity.
 * DBCIOCPARAM  reads or sets one parameter. EINVAL: out of range, ENOENT: this
 *              processor does not have it.
 */
#define DBCIOCNONCE		_IOWR(DBC_IOC_TYPE, 0x1, struct dbc_user_nonce)
#define DBCIOCUID		_IOW(DBC_IOC_TYPE, 0x2, struct dbc_user_setuid)
#define DBCIOCPARAM		_IOWR(DBC_IOC_TYPE, 0x3, struct dbc_user_param)

/**
 * enum dbc_cmd_msg - parameters of DBCIOCPARAM
 * @PARAM_GET_FMAX_CAP: read the frequency cap
 * @PARAM_SET_FMAX_CAP: set the frequency cap
 * @PARAM_GET_PWR_CAP: read the socket power cap
 * @PARAM_SET_PWR_CAP: set the socket power cap
 * @PARAM_GET_GFX_MODE: read the graphics mode
 * @PARAM_SET_GFX_MODE: set the graphics mode
 * @PARAM_GET_CURR_TEMP: read the temperature
 * @PARAM_GET_FMAX_MAX: highest frequency cap
 * @PARAM_GET_FMAX_MIN: lowest frequency cap
 * @PARAM_GET_SOC_PWR_MAX: highest power cap
 * @PARAM_GET_SOC_PWR_MIN: lowest power cap
 * @PARAM_GET_SOC_PWR_CUR: power drawn now
 */
enum dbc_cmd_msg {
	PARAM_GET_FMAX_CAP	= 0x3,
	PARAM_SET_FMAX_CAP	= 0x4,
	PARAM_GET_PWR_CAP	= 0x5,
	PARAM_SET_PWR_CAP	= 0x6,
	PARAM_GET_GFX_MODE	= 0x7,
	PARAM_SET_GFX_MODE	= 0x8,
	PARAM_GET_CURR_TEMP	= 0x9,
	PARAM_GET_FMAX_MAX	= 0xA,
	PARAM_GET_FMAX_MIN	= 0xB,
	PARAM_GET_SOC_PWR_MAX	= 0xC,
	PARAM_GET_SOC_PWR_MIN	= 0xD,
	PARAM_GET_SOC_PWR_CUR	= 0xE,
};

#endif /* __PSP_DBC_USER_H__ */
