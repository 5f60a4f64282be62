// SPDX-License-Identifier: GPL-2.0-only
/* 6.5: __free(kfree) */
#include <linux/slab.h>

static inline void *probe(void)
{
	void *memory __free(kfree) = NULL;

	return no_free_ptr(memory);
}
