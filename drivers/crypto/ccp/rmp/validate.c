// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can this machine have SNP on a kernel that does not know it?
 *
 * Such a kernel has no handler for faults that the reverse map table causes, so nothing
 * is begun before all that can be checked has been.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <compat/iommu.h>

#include "machine.h"
#include "own.h"

static int refuse_table(struct device *dev, const struct rmp_table *table)
{
	struct rmp_surroundings around;

	rmp_machine_surroundings(table, &around);
	if (around.gap.end) {
		dev_err(dev,
			"SEV-SNP: Memory reserved for the RMP table does not cover full system RAM (expected 0x%llx got 0x%llx), the highest left out is 0x%llx-0x%llx: raise \"SNP Memory (RMP Table) Coverage\" in the BIOS set-up\n",
			rmp_table_needed(around.ram_end),
			table->segmented ? rmp_table_covered(table) / SZ_4K * RMP_ENTRY_SIZE :
					   table->size,
			around.gap.start, around.gap.end - 1);
		return -ENOSPC;
	}
	if (around.neighbour.end) {
		dev_err(dev,
			"SEV-SNP: off: the kernel uses memory in the same 2 MiB as the RMP table (0x%llx-0x%llx): boot with memmap=%lluK$0x%llx\n",
			around.neighbour.start, around.neighbour.end - 1,
			(around.neighbour.end - around.neighbour.start) / SZ_1K,
			around.neighbour.start);
		return -EADDRINUSE;
	}
	return 0;
}

static int refuse_mapping(struct device *dev, const struct rmp_iommu *iommu)
{
	struct rmp_range range;
	const char *what = rmp_iommu_shared_mapping(iommu, &range);

	if (!what)
		return 0;
	dev_err(dev,
		"SEV-SNP: off: this kernel maps 0x%llx-0x%llx, which becomes the firmware's (IOMMU at 0x%llx, %s), with a large page, and would crash when it writes to memory beside it: take a kernel that maps it with small pages (Debian's 5.10 and 6.1 do) or one that knows SNP\n",
		range.start, range.end - 1, iommu->base, what);
	return -EOPNOTSUPP;
}

static int refuse_iommu(struct device *dev)
{
	struct rmp_iommus *iommus __free(kfree) = kzalloc(sizeof(*iommus), GFP_KERNEL);
	struct pci_dev *pdev = NULL;
	unsigned int i;
	int ret;

	if (!iommus)
		return -ENOMEM;
	rmp_machine_iommus(iommus);
	if (!iommus->count || !compat_iommu_in_use()) {
		dev_err(dev,
			"SEV-SNP: off: there is no IOMMU, or the kernel doesn't use it: look for IOMMU in the BIOS set-up and for amd_iommu=off on the kernel's command line\n");
		return -ENODEV;
	}
	for (i = 0; i < iommus->count; i++) {
		const struct rmp_iommu *iommu = &iommus->iommu[i];

		if (!iommu->efr_known || iommu->efr & RMP_IOMMU_EFR_SNP)
			continue;
		dev_err(dev,
			"SEV-SNP: off: the IOMMU at 0x%llx does not support SNP (EFR 0x%llx, bit 63 is clear): look for \"SEV-SNP Support\" under NBIO in the BIOS set-up\n",
			iommu->base, iommu->efr);
		return -EOPNOTSUPP;
	}

	for (i = 0; i < iommus->count; i++) {
		ret = refuse_mapping(dev, &iommus->iommu[i]);
		if (ret)
			return ret;
	}

	/* With SNP on, an IOMMU can't let a device through untranslated. */
	for_each_pci_dev(pdev) {
		struct iommu_domain *domain = iommu_get_domain_for_dev(&pdev->dev);

		if (!domain || domain->type != IOMMU_DOMAIN_IDENTITY)
			continue;
		dev_err(dev,
			"SEV-SNP: off: the IOMMU is in passthrough mode for %s: remove iommu=pt from the kernel's command line\n",
			pci_name(pdev));
		pci_dev_put(pdev);
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * rmp_validate_machine() - find the table, and see that all else is there that it takes
 * @dev: for log lines
 *
 * Changes nothing.
 *
 * Context: may sleep.
 * Return: the table, for kfree(), or ERR_PTR() after a line that says what is wrong and
 * what to do about it
 */
struct rmp_table *rmp_validate_machine(struct device *dev)
{
	struct rmp_table *table __free(kfree) = kzalloc(sizeof(*table), GFP_KERNEL);
	const char *fault;
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	fault = rmp_machine_table(table);
	if (fault && !table->base) {
		dev_err(dev,
			"SEV-SNP: Memory for the RMP table has not been reserved by BIOS: look for \"SNP Memory (RMP Table) Coverage\" in its set-up\n");
		return ERR_PTR(-ENODEV);
	}
	if (fault) {
		dev_err(dev, "SEV-SNP: off: %s (at 0x%llx)\n", fault, table->base);
		return ERR_PTR(-EINVAL);
	}
	ret = refuse_table(dev, table);
	if (!ret)
		ret = refuse_iommu(dev);
	return ret ? ERR_PTR(ret) : no_free_ptr(table);
}
