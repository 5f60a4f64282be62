// SPDX-License-Identifier: GPL-2.0-only
/* 5.19: a driver can exchange guest messages itself, and gets a word about it (until 6.3) */
/* Exported: snp_issue_guest_request */
#include <linux/errno.h>
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(struct snp_req_data *data, unsigned long *word)
{
	int (*issue)(u64 code, struct snp_req_data *data, unsigned long *word) =
		snp_issue_guest_request;

	return issue(0, data, word);
}
