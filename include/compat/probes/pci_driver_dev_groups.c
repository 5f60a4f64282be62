// SPDX-License-Identifier: GPL-2.0-only
/* 5.15: attributes of bound devices in struct pci_driver, not in its struct device_driver */
#include <linux/pci.h>

static inline const struct attribute_group **probe(struct pci_driver *driver)
{
	return driver->dev_groups;
}
