// SPDX-License-Identifier: GPL-2.0-only
/* 6.13: the same with the exit code in a struct snp_guest_req (until 6.13) */
/* Exported: snp_issue_guest_request */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(struct snp_guest_req *req, struct snp_req_data *data,
			struct snp_guest_request_ioctl *rio)
{
	req->exit_code = 0;
	return snp_issue_guest_request(req, data, rio);
}
