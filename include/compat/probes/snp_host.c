// SPDX-License-Identifier: GPL-2.0-only
/* 6.10: the kernel can be an SNP host: it owns the reverse map table */
/* Exported: rmp_make_private */
#include <linux/cc_platform.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>

static inline int probe(u64 pfn)
{
	bool assigned;
	int level;

	if (!cc_platform_has(CC_ATTR_HOST_SEV_SNP) || snp_lookup_rmpentry(pfn, &assigned, &level))
		return -1;
	snp_leak_pages(pfn, 1);
	return rmp_make_private(pfn, 0, PG_LEVEL_4K, 0, true) ?: rmp_make_shared(pfn, PG_LEVEL_4K);
}
