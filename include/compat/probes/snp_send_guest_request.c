// SPDX-License-Identifier: GPL-2.0-only
/* 6.17: the kernel itself exchanges guest messages */
/* Exported: snp_send_guest_request */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(struct snp_msg_desc *desc, struct snp_guest_req *req)
{
	req->exitinfo2 = 0;
	return snp_send_guest_request(desc, req) + snp_msg_init(desc, 0);
}
