// SPDX-License-Identifier: GPL-2.0-only
/* 7.1: the same without saying whether it worked (until 7.1) */
/* Exported: snp_prepare */
/* Exported: snp_shutdown */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/sev.h>

static inline void probe(void)
{
	void (*prepare)(void) = snp_prepare;

	prepare();
	snp_shutdown();
}
