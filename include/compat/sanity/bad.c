// SPDX-License-Identifier: GPL-2.0-only
/* Must not compile, or no answer of a probe means anything. */
#include <linux/module.h>
#include <linux/pci.h>

static inline int sanity_bad(struct pci_dev *pdev)
{
	return pci_no_such_function(pdev);
}
