// SPDX-License-Identifier: GPL-2.0-only
/* 6.11: attestation by a secure VM service module */
/* Exported: snp_issue_svsm_attest_req */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline int probe(struct svsm_call *call, struct svsm_attest_call *attest)
{
	return snp_issue_svsm_attest_req(0, call, attest);
}
