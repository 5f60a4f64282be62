// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "pci.h"

#define PCI_VENDOR_AMD		0x1022
#define PCI_CLASS_CRYPTO	0x108000	/* other encryption controller */

#define PCI_CAP_PM		0x01
#define PCI_CAP_MSI		0x05
#define PCI_CAP_MSIX		0x11

#define CAP_PM_AT		0x40
#define CAP_MSI_AT		0x50
#define CAP_MSIX_AT		0x70
#define MSIX_BAR		5
#define MSIX_PBA_AT		0x1000

static void put(uint8_t *at, uint32_t value, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void set(struct pci_config *cfg, unsigned int off, uint32_t value, uint32_t writable,
		unsigned int len)
{
	put(cfg->data + off, value, len);
	put(cfg->writable + off, writable, len);
}

/* Puts a capability at the head of the list. */
static void add_cap(struct pci_config *cfg, unsigned int at, uint8_t id)
{
	cfg->data[at] = id;
	cfg->data[at + 1] = cfg->data[0x34];
	cfg->data[0x34] = (uint8_t)at;
	cfg->data[0x06] |= 0x10;	/* status: there is a list */
}

static void add_msix(struct pci_config *cfg)
{
	add_cap(cfg, CAP_MSIX_AT, PCI_CAP_MSIX);
	set(cfg, CAP_MSIX_AT + 2, IRQ_VECTORS - 1, 0xc000, 2);
	set(cfg, CAP_MSIX_AT + 4, MSIX_BAR, 0, 4);
	set(cfg, CAP_MSIX_AT + 8, MSIX_PBA_AT | MSIX_BAR, 0, 4);
}

static void add_msi(struct pci_config *cfg)
{
	add_cap(cfg, CAP_MSI_AT, PCI_CAP_MSI);
	set(cfg, CAP_MSI_AT + 2, 0x0082, 0x0071, 2);	/* 64-bit address, two vectors */
	set(cfg, CAP_MSI_AT + 4, 0, 0xfffffffc, 4);
	set(cfg, CAP_MSI_AT + 8, 0, 0xffffffff, 4);
	set(cfg, CAP_MSI_AT + 12, 0, 0xffff, 2);
}

/**
 * pci_config_init() - configuration space after power-on
 * @cfg: to be filled
 * @device_id: PCI device id
 * @mode: kinds of interrupts to offer
 */
void pci_config_init(struct pci_config *cfg, uint16_t device_id, enum irq_mode mode)
{
	memset(cfg, 0, sizeof(*cfg));
	set(cfg, 0x00, PCI_VENDOR_AMD, 0, 2);
	set(cfg, 0x02, device_id, 0, 2);
	set(cfg, 0x04, 0, 0x0546, 2);
	set(cfg, 0x08, PCI_CLASS_CRYPTO << 8, 0, 4);
	set(cfg, 0x0c, 0, 0xff, 1);
	set(cfg, 0x18, 0, ~(PCI_BAR2_SIZE - 1), 4);
	set(cfg, 0x24, 0, ~(PCI_BAR5_SIZE - 1), 4);
	set(cfg, 0x2c, PCI_VENDOR_AMD, 0, 2);
	set(cfg, 0x2e, device_id, 0, 2);
	set(cfg, 0x3c, 0, 0xff, 1);
	if (mode == IRQ_MODE_INTX)
		cfg->data[0x3d] = 1;

	if (mode == IRQ_MODE_MSIX_MSI || mode == IRQ_MODE_MSIX)
		add_msix(cfg);
	if (mode == IRQ_MODE_MSIX_MSI || mode == IRQ_MODE_MSI)
		add_msi(cfg);
	add_cap(cfg, CAP_PM_AT, PCI_CAP_PM);
	set(cfg, CAP_PM_AT + 2, 0x0003, 0, 2);
	set(cfg, CAP_PM_AT + 4, 0x0008, 0x0003, 2);	/* D3hot keeps the state */
}

/**
 * pci_config_read() - the guest reads
 * @cfg: configuration space
 * @off: offset
 * @buf: destination
 * @len: bytes; the range is inside PCI_CONFIG_SIZE
 */
void pci_config_read(const struct pci_config *cfg, uint64_t off, void *buf, uint32_t len)
{
	memcpy(buf, cfg->data + off, len);
}

/**
 * pci_config_write() - the guest writes
 * @cfg: configuration space
 * @off: offset
 * @buf: source
 * @len: bytes; the range is inside PCI_CONFIG_SIZE
 */
void pci_config_write(struct pci_config *cfg, uint64_t off, const void *buf, uint32_t len)
{
	const uint8_t *in = buf;

	for (uint32_t i = 0; i < len; i++) {
		uint8_t mask = cfg->writable[off + i];

		cfg->data[off + i] = (uint8_t)((cfg->data[off + i] & ~mask) | (in[i] & mask));
	}
}
