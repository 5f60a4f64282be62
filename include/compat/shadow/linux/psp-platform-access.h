/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.4: <linux/psp-platform-access.h>. Nobody imports these functions from us on
 * kernels without it; declaring them keeps the driver the same everywhere.
 */
#ifdef HAVE_PSP_PLATFORM_ACCESS_H
#include_next <linux/psp-platform-access.h>
#else

#ifndef COMPAT_LINUX_PSP_PLATFORM_ACCESS_H
#define COMPAT_LINUX_PSP_PLATFORM_ACCESS_H

#include <linux/types.h>

enum psp_platform_access_msg {
	PSP_CMD_NONE,
};

struct psp_req_buffer_hdr {
	u32 payload_size;
	u32 status;
} __packed;

struct psp_request {
	struct psp_req_buffer_hdr header;
	void *buf;
} __packed;

int psp_check_platform_access_status(void);
int psp_send_platform_access_msg(enum psp_platform_access_msg msg, struct psp_request *req);
int psp_ring_platform_doorbell(int msg, u32 *result);

#endif /* COMPAT_LINUX_PSP_PLATFORM_ACCESS_H */

#endif
