// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: the kernel keeps a list of pages that are lost to it */
/* Exported: snp_leak_pages or __snp_leak_pages */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>

static inline void probe(u64 pfn)
{
	snp_leak_pages(pfn, 1);
}
