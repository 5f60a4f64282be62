/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest messages of 5.19 to 6.2, also 6.1 until 6.1.55 and UEK's 5.15. */
#define snp_issue_guest_request snp_issue_guest_request_of_6_3
#include_next <asm/sev.h>
#undef snp_issue_guest_request

int snp_issue_guest_request(u64 exit_code, struct snp_req_data *input, unsigned long *fw_err);
