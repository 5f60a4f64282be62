/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a module may ask about IOMMUs.
 */
#ifndef COMPAT_IOMMU_H
#define COMPAT_IOMMU_H

#include <linux/iommu.h>
#include <linux/pci.h>

/**
 * compat_iommu_in_use() - does the kernel drive an IOMMU?
 *
 * Return: false if not; true also on kernels that don't tell modules, all of which
 * support SNP hosts themselves
 */
static inline bool compat_iommu_in_use(void)
{
#ifdef HAVE_IOMMU_PRESENT
	return iommu_present(&pci_bus_type);
#else
	return true;
#endif
}

#endif /* COMPAT_IOMMU_H */
