// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: the kernel says whose a page is */
/* Exported: snp_lookup_rmpentry */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>

static inline int probe(u64 pfn, bool *assigned, int *page_level)
{
	int (*lookup)(u64 pfn, bool *assigned, int *page_level) = snp_lookup_rmpentry;

	return lookup(pfn, assigned, page_level);
}
