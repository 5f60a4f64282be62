// SPDX-License-Identifier: GPL-2.0-only
/* 6.15: certificates belong to a request; before, to the channel */
#include <linux/errno.h>
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline u64 probe(struct snp_guest_req *req, void *certs)
{
	req->certs_data = certs;
	return req->input.data_gpa;
}
