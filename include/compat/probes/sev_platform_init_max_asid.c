// SPDX-License-Identifier: GPL-2.0-only
/* 6.18: sev_platform_init() is told how many ASIDs are for SNP guests */
#include <linux/fs.h>
#include <linux/psp-sev.h>

static inline unsigned int probe(struct sev_platform_init_args *args)
{
	return args->max_snp_asid;
}
