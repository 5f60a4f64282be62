// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: sev_platform_init() takes a struct */
#include <linux/fs.h>
#include <linux/psp-sev.h>

static inline int probe(struct sev_platform_init_args *args)
{
	return sev_platform_init(args);
}
