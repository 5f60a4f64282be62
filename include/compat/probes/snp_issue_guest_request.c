// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: the same with a struct for what the host says (until 6.12) */
/* Exported: snp_issue_guest_request */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(u64 code, struct snp_req_data *data, struct snp_guest_request_ioctl *rio)
{
	return snp_issue_guest_request(code, data, rio);
}
