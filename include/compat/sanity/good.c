// SPDX-License-Identifier: GPL-2.0-only
/* Must compile, or no answer of a probe means anything. */
#include <linux/module.h>
#include <linux/pci.h>

static inline int sanity_good(struct pci_dev *pdev)
{
	return pci_enable_device(pdev);
}
