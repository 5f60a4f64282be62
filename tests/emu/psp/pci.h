/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space of the device. */
#ifndef EMU_PSP_PCI_H
#define EMU_PSP_PCI_H

#include <stdint.h>

#include "irq.h"

#define PCI_CONFIG_SIZE		256u
#define PCI_BAR2_SIZE		0x100000u
#define PCI_BAR5_SIZE		0x2000u

/**
 * struct pci_config - configuration space
 * @data: what is read
 * @writable: bits that the guest can change
 */
struct pci_config {
	uint8_t data[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];
};

void pci_config_init(struct pci_config *cfg, uint16_t device_id, enum irq_mode mode);
void pci_config_read(const struct pci_config *cfg, uint64_t off, void *buf, uint32_t len);
void pci_config_write(struct pci_config *cfg, uint64_t off, const void *buf, uint32_t len);

#endif
