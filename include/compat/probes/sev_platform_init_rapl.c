// SPDX-License-Identifier: GPL-2.0-only
/* posted in 2026: sev_platform_init() is told to turn power reporting off */
#include <linux/fs.h>
#include <linux/psp-sev.h>

static inline bool *probe(struct sev_platform_init_args *args)
{
	return &args->rapl_disable;
}
