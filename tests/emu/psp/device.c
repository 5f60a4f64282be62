// SPDX-License-Identifier: GPL-2.0-only
/* The device as a whole: set-up, reset, regions and what the VM side asks for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "log.h"
#include "worker.h"

#define INT_SEV_COMMAND		0x2u

static uint32_t sev_execute(struct psp *psp, uint32_t id, uint64_t addr)
{
	uint32_t status;

	host_begin(psp, id);
	status = fw_command(psp->fw, id, addr);
	host_end(psp);
	return status;
}

static uint32_t mbox_execute(struct psp *psp, uint32_t id, uint64_t addr)
{
	switch (id) {
	case 1:
		return tee_ring_init(psp, addr);
	case 2:
		return tee_ring_destroy(psp);
	case 14:
		return ext_execute(psp, addr);
	default:
		return 0x09;	/* not implemented */
	}
}

static const struct mailbox_ops sev_ops = {
	.unit = UNIT_SEV, .id_mask = 0x7ff, .id_shift = 16,
	.irq_request = 0x1, .irq_status = INT_SEV_COMMAND,
	.threaded = true, .execute = sev_execute,
};

static const struct mailbox_ops mbox_ops = {
	.unit = UNIT_PSP, .id_mask = 0xf, .id_shift = 16,
	.ready_at_reset = true, .resolve = ext_resolve, .execute = mbox_execute,
};

static const struct mailbox_ops pa_ops = {
	.unit = UNIT_PA, .id_mask = 0xff, .id_shift = 16,
	.ready_at_reset = true, .execute = pa_execute,
};

static const struct mailbox_ops doorbell_ops = {
	.unit = UNIT_DOORBELL, .id_mask = 0xff, .id_shift = 0,
	.ready_at_reset = true, .execute = doorbell_execute,
};

/**
 * psp_dma_read() - the PSP itself reads guest memory
 * @psp: device
 * @addr: address as the guest gave it, perhaps with the C-bit
 * @buf: destination
 * @len: bytes
 *
 * Return: 0 or a negative errno.
 */
int psp_dma_read(struct psp *psp, uint64_t addr, void *buf, size_t len)
{
	return dma_read(psp->dma, addr & psp->cfg.address_mask, buf, len);
}

/**
 * psp_dma_write() - the PSP itself writes guest memory
 * @psp: device
 * @addr: address as the guest gave it, perhaps with the C-bit
 * @buf: source
 * @len: bytes
 *
 * Return: 0 or a negative errno.
 */
int psp_dma_write(struct psp *psp, uint64_t addr, const void *buf, size_t len)
{
	return dma_write(psp->dma, addr & psp->cfg.address_mask, buf, len);
}

/**
 * psp_restart_firmware() - power-cycle the firmware with another configuration
 * @psp: device
 * @fw: configuration
 *
 * A command in progress is lost. Only for set-up and for tests that change the version.
 *
 * Return: 0, or -EINVAL when the model refuses the configuration; then nothing has changed.
 */
int psp_restart_firmware(struct psp *psp, const struct fw_config *fw)
{
	struct fw *next;

	worker_cancel(psp->worker);
	next = fw_new(fw, host_ops(&psp->host), psp);
	if (!next)
		return -EINVAL;
	fw_free(psp->fw);
	psp->fw = next;
	psp->cfg.fw = *fw;
	return 0;
}

/**
 * psp_reset() - device reset; guest memory and interrupt vectors stay
 * @psp: device
 */
void psp_reset(struct psp *psp)
{
	worker_cancel(psp->worker);
	psp->trng_on = false;
	mailbox_reset(&psp->sev);
	mailbox_reset(&psp->mbox);
	mailbox_reset(&psp->pa);
	mailbox_reset(&psp->doorbell);
	tee_reset(psp);
	services_reset(psp);
	psp->inten = 0;
	psp->intsts = 0;
	irqs_set_level(&psp->irqs, false);
	psp->garbage = false;
	pci_config_init(&psp->pci, psp->cfg.part->pci_id, psp->cfg.irq_mode);
	memset(psp->bar5, 0, sizeof(psp->bar5));
	fw_reset(psp->fw);
}

/**
 * psp_new() - make a device
 * @loop: event loop
 * @cfg: configuration, copied
 *
 * Return: the device, or NULL; the log says why.
 */
struct psp *psp_new(struct loop *loop, const struct psp_config *cfg)
{
	struct psp *psp = calloc(1, sizeof(*psp));

	if (!psp)
		return NULL;
	psp->cfg = *cfg;
	psp->loop = loop;
	psp->host.machine = cfg->machine;
	psp->host.caches_only = cfg->caches_only;
	psp->dma = dma_new();
	psp->faults = faults_new();
	psp->worker = worker_new(loop);
	irqs_init(&psp->irqs, cfg->irq_mode);
	tee_init(psp);
	if (!psp->dma || !psp->faults || !psp->worker || psp_restart_firmware(psp, &cfg->fw)) {
		psp_free(psp);
		return NULL;
	}
	mailbox_init(&psp->sev, psp, &sev_ops);
	mailbox_init(&psp->mbox, psp, &mbox_ops);
	mailbox_init(&psp->pa, psp, &pa_ops);
	mailbox_init(&psp->doorbell, psp, &doorbell_ops);
	psp_reset(psp);
	return psp;
}

/**
 * psp_free() - free a device
 * @psp: the device, perhaps half made
 */
void psp_free(struct psp *psp)
{
	if (psp->worker)
		worker_free(psp->worker);
	if (psp->fw)
		fw_free(psp->fw);
	irqs_disconnect(&psp->irqs);
	if (psp->faults)
		faults_free(psp->faults);
	if (psp->dma)
		dma_free(psp->dma);
	free(psp);
}

static uint64_t region_size(void *dev, uint32_t index)
{
	(void)dev;
	switch (index) {
	case VFU_REGION_BAR2:
		return PCI_BAR2_SIZE;
	case VFU_REGION_BAR5:
		return PCI_BAR5_SIZE;
	case VFU_REGION_CONFIG:
		return PCI_CONFIG_SIZE;
	default:
		return 0;
	}
}

static uint32_t irq_count(void *dev, uint32_t index)
{
	struct psp *psp = dev;

	return irqs_count(&psp->irqs, index);
}

/* Registers are 32 bits wide; a 64-bit access is two of them, as on the bus. */
static bool is_register_access(uint64_t off, uint32_t len)
{
	return (len == 4 || len == 8) && off % 4 == 0;
}

static int bar2_read(struct psp *psp, uint64_t off, uint8_t *buf, uint32_t len)
{
	if (!is_register_access(off, len)) {
		psp->stats.bad_access++;
		log_error("BAR 2: read of %u bytes at %#llx", len, (unsigned long long)off);
		memset(buf, 0xff, len);
		return 0;
	}
	for (uint32_t i = 0; i < len; i += 4) {
		uint32_t value = psp_reg_read(psp, (uint32_t)off + i);

		memcpy(buf + i, &value, 4);
	}
	return 0;
}

static int bar2_write(struct psp *psp, uint64_t off, const uint8_t *buf, uint32_t len)
{
	if (!is_register_access(off, len)) {
		psp->stats.bad_access++;
		log_error("BAR 2: write of %u bytes at %#llx", len, (unsigned long long)off);
		return 0;
	}
	for (uint32_t i = 0; i < len; i += 4) {
		uint32_t value;

		memcpy(&value, buf + i, 4);
		psp_reg_write(psp, (uint32_t)off + i, value);
	}
	return 0;
}

static int region_read(void *dev, uint32_t index, uint64_t off, void *buf, uint32_t len)
{
	struct psp *psp = dev;

	if (index == VFU_REGION_BAR2)
		return bar2_read(psp, off, buf, len);
	if (index == VFU_REGION_BAR5)
		memcpy(buf, psp->bar5 + off, len);
	else
		pci_config_read(&psp->pci, off, buf, len);
	return 0;
}

static int region_write(void *dev, uint32_t index, uint64_t off, const void *buf, uint32_t len)
{
	struct psp *psp = dev;

	if (index == VFU_REGION_BAR2)
		return bar2_write(psp, off, buf, len);
	if (index == VFU_REGION_BAR5)
		memcpy(psp->bar5 + off, buf, len);
	else
		pci_config_write(&psp->pci, off, buf, len);
	return 0;
}

static int set_irqs(void *dev, struct vfu_irq_set *set)
{
	struct psp *psp = dev;

	return irqs_set(&psp->irqs, set);
}

static int map(void *dev, uint64_t addr, uint64_t size, uint64_t offset, uint32_t prot, int fd)
{
	struct psp *psp = dev;

	log_trace("memory %#llx + %#llx%s", (unsigned long long)addr, (unsigned long long)size,
		  fd < 0 ? " (not reachable)" : "");
	return dma_map(psp->dma, addr, size, offset, prot, fd);
}

static int unmap(void *dev, uint64_t addr, uint64_t size)
{
	struct psp *psp = dev;

	return dma_unmap(psp->dma, addr, size);
}

static void unmap_all(void *dev)
{
	struct psp *psp = dev;

	dma_unmap_all(psp->dma);
}

static void vm_reset(void *dev)
{
	struct psp *psp = dev;

	log_info("device reset");
	psp->stats.resets++;
	psp_reset(psp);
}

/* A virtual machine has gone: for the PSP that is a loss of power. */
static void closed(void *dev)
{
	struct psp *psp = dev;

	psp->stats.clients++;
	psp_reset(psp);
	dma_unmap_all(psp->dma);
	irqs_disconnect(&psp->irqs);
}

const struct vfu_backend psp_backend = {
	.region_size = region_size,
	.irq_count = irq_count,
	.region_read = region_read,
	.region_write = region_write,
	.set_irqs = set_irqs,
	.dma_map = map,
	.dma_unmap = unmap,
	.dma_unmap_all = unmap_all,
	.reset = vm_reset,
	.closed = closed,
};
