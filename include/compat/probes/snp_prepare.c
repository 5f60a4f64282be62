// SPDX-License-Identifier: GPL-2.0-only
/* 7.2: snp_prepare() and snp_shutdown(); before 7.1, the kernel turned SNP on at boot */
/* Exported: snp_prepare */
/* Exported: snp_shutdown */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/sev.h>

static inline int probe(void)
{
	int (*prepare)(void) = snp_prepare;

	snp_shutdown();
	return prepare();
}
