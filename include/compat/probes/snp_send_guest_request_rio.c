// SPDX-License-Identifier: GPL-2.0-only
/* 6.14: the same, with what the host says in an argument of its own (until 6.16) */
/* Exported: snp_send_guest_request */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(struct snp_msg_desc *desc, struct snp_guest_req *req,
			struct snp_guest_request_ioctl *rio)
{
	return snp_send_guest_request(desc, req, rio) + snp_msg_init(desc, 0);
}
