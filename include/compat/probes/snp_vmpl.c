// SPDX-License-Identifier: GPL-2.0-only
/* 6.11: a guest can run at another privilege level than 0 */
/* Exported: snp_vmpl */
#include <linux/types.h>
#include <linux/mm.h>
#include <asm/sev.h>

static inline u8 probe(void)
{
	return snp_vmpl;
}
