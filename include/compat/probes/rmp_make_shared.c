// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: the kernel takes pages back */
/* Exported: rmp_make_shared */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>

static inline int probe(u64 pfn)
{
	int (*make)(u64 pfn, enum pg_level level) = rmp_make_shared;

	return make(pfn, PG_LEVEL_4K);
}
