/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI drivers. */
#ifndef COMPAT_PCI_H
#define COMPAT_PCI_H

#include <linux/pci.h>

/*
 * Initialises the attributes of bound devices in a struct pci_driver. Where it has a
 * member for them, registration overwrites that of its struct device_driver.
 */
#ifdef HAVE_PCI_DRIVER_DEV_GROUPS
#define COMPAT_PCI_DEV_GROUPS(groups)	.dev_groups = (groups)
#else
#define COMPAT_PCI_DEV_GROUPS(groups)	.driver.dev_groups = (groups)
#endif

#endif /* COMPAT_PCI_H */
