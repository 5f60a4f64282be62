// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: the kernel gives pages away */
/* Exported: rmp_make_private */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>

static inline int probe(u64 pfn)
{
	int (*make)(u64 pfn, u64 gpa, enum pg_level level, u32 asid, bool immutable) =
		rmp_make_private;

	return make(pfn, 0, PG_LEVEL_4K, 0, true);
}
