// SPDX-License-Identifier: GPL-2.0-only
/* 7.1: snp_prepare() and snp_shutdown(); before, the kernel turned SNP on at boot */
/* Exported: snp_prepare */
#include <asm/sev.h>

int probe(void)
{
	snp_shutdown();
	return snp_prepare();
}
