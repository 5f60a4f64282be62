// SPDX-License-Identifier: GPL-2.0-only
/* posted in 2026: RMPOPT, which SNP_INIT turns off and this function on again */
/* Exported: snp_setup_rmpopt */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/sev.h>

static inline void probe(void)
{
	void (*setup)(void) = snp_setup_rmpopt;

	setup();
}
