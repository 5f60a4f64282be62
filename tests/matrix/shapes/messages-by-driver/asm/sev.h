/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest messages of 6.13: the driver's, with the exit code in a struct. */
#ifndef SHAPE_ASM_SEV_H
#define SHAPE_ASM_SEV_H

#define snp_issue_guest_request snp_issue_guest_request_of_6_12
#include_next <asm/sev.h>
#undef snp_issue_guest_request

struct snp_guest_req {
	void *req_buf;
	size_t req_sz;
	void *resp_buf;
	size_t resp_sz;
	u64 exit_code;
	unsigned int vmpck_id;
	u8 msg_version;
	u8 msg_type;
};

int snp_issue_guest_request(struct snp_guest_req *req, struct snp_req_data *input,
			    struct snp_guest_request_ioctl *rio);

#endif /* SHAPE_ASM_SEV_H */
