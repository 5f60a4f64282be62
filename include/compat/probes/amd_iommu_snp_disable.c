// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: amd_iommu_snp_disable() */
/* Exported: amd_iommu_snp_disable */
#include <linux/amd-iommu.h>

static inline int probe(void)
{
	return amd_iommu_snp_disable();
}
