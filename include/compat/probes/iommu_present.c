// SPDX-License-Identifier: GPL-2.0-only
/* until 7.0: iommu_present() */
/* Exported: iommu_present */
#include <linux/iommu.h>
#include <linux/pci.h>

static inline bool probe(void)
{
	return iommu_present(&pci_bus_type);
}
