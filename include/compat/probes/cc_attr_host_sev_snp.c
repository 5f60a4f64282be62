// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: the kernel says whether this machine can be an SNP host */
/* Exported: cc_platform_has */
#include <linux/cc_platform.h>

static inline bool probe(void)
{
	return cc_platform_has(CC_ATTR_HOST_SEV_SNP);
}
