// SPDX-License-Identifier: GPL-2.0-only
/* 6.7: the same under the name tsm_register() (until 6.15) */
/* Exported: tsm_register */
#include <linux/tsm.h>

static inline int probe(const struct tsm_ops *ops)
{
	return tsm_register(ops, NULL);
}
