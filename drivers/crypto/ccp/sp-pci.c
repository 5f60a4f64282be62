// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI glue: which functions carry a PSP or a CCP engine, where their registers
 * are, and how their interrupts are set up.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <compat/pci.h>

#include "parts.h"
#include "psp.h"
#include "sp-pci.h"

#define SP_DMA_BITS	48

#define SEV_MAILBOX(msg) {						\
	.name = "sev",							\
	.cmdresp = msg(PSP_MSG_SEV_CMD),				\
	.addr_lo = msg(PSP_MSG_SEV_ADDR_LO),				\
	.addr_hi = msg(PSP_MSG_SEV_ADDR_HI),				\
	.cmd_mask = SEV_MBOX_CMD_MASK,					\
	.status_mask = SEV_MBOX_STATUS_MASK,				\
	.done = SEV_MBOX_DONE,						\
	.ioc = SEV_MBOX_IOC,						\
}

static const struct psp_mailbox_layout sev_mailbox_v1 = SEV_MAILBOX(PSP_C2PMSG_LOW);
static const struct psp_mailbox_layout sev_mailbox_v2 = SEV_MAILBOX(PSP_C2PMSG_HIGH);

/* TEE ring set-up and extended commands. */
#define EXT_MAILBOX(msg) {						\
	.name = "psp",							\
	.cmdresp = msg(PSP_MSG_MBOX_CMD),				\
	.addr_lo = msg(PSP_MSG_MBOX_ADDR_LO),				\
	.addr_hi = msg(PSP_MSG_MBOX_ADDR_HI),				\
	.cmd_mask = PSP_MBOX_CMD_MASK,					\
	.status_mask = PSP_MBOX_STATUS_MASK,				\
	.done = PSP_MBOX_DONE,						\
	.recovery = PSP_MBOX_RECOVERY,					\
	.idle_is_done = true,						\
}

static const struct psp_mailbox_layout ext_mailbox_v1 = EXT_MAILBOX(PSP_C2PMSG_LOW);
static const struct psp_mailbox_layout ext_mailbox_v2 = EXT_MAILBOX(PSP_C2PMSG_HIGH);

static const struct psp_mailbox_layout access_mailbox = {
	.name = "platform access",
	.cmdresp = PSP_C2PMSG_LOW(PSP_MSG_PLATFORM_CMD),
	.addr_lo = PSP_C2PMSG_LOW(PSP_MSG_PLATFORM_ADDR_LO),
	.addr_hi = PSP_C2PMSG_LOW(PSP_MSG_PLATFORM_ADDR_HI),
	.cmd_mask = PSP_PLATFORM_CMD_MASK,
	.status_mask = PSP_MBOX_STATUS_MASK,
	.done = PSP_MBOX_DONE,
	.recovery = PSP_MBOX_RECOVERY,
	.idle_is_done = true,
};

static const struct psp_doorbell_regs doorbell = {
	.button = PSP_C2PMSG_HIGH(PSP_MSG_DOORBELL_BUTTON),
	.cmd = PSP_C2PMSG_HIGH(PSP_MSG_DOORBELL_CMD),
};

#define TEE_RING(msg) {							\
	.wptr = msg(PSP_MSG_RING_WPTR),					\
	.rptr = msg(PSP_MSG_RING_RPTR),					\
	.info = PSP_C2PMSG_HIGH(PSP_MSG_TEE_INFO),			\
}

static const struct psp_tee_regs tee_v1 = TEE_RING(PSP_C2PMSG_LOW);
static const struct psp_tee_regs tee_v2 = TEE_RING(PSP_C2PMSG_HIGH);

/* PSP generations, by the number that the field gives their register maps. */
static const struct psp_hw psp_v1 = {
	.name = "pspv1",
	.sev = &sev_mailbox_v1,
	.capability = PSP_C2PMSG_LOW(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V1,
	.int_status = PSP_INTSTS(PSP_INTEN_V1),
	.bootloader_info = PSP_C2PMSG_LOW(PSP_MSG_BOOTLOADER_INFO),
};

static const struct psp_hw psp_v2 = {
	.name = "pspv2",
	.sev = &sev_mailbox_v2,
	.access = &access_mailbox,
	.doorbell = &doorbell,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V2,
	.int_status = PSP_INTSTS(PSP_INTEN_V2),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
	.flags = PSP_HW_HSTI,
};

static const struct psp_hw psp_v3 = {
	.name = "pspv3",
	.ext = &ext_mailbox_v1,
	.access = &access_mailbox,
	.tee = &tee_v1,
	.doorbell = &doorbell,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V2,
	.int_status = PSP_INTSTS(PSP_INTEN_V2),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
	.flags = PSP_HW_DBC | PSP_HW_HSTI,
};

static const struct psp_hw psp_v4 = {
	.name = "pspv4",
	.sev = &sev_mailbox_v2,
	.ext = &ext_mailbox_v1,
	.tee = &tee_v1,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V2,
	.int_status = PSP_INTSTS(PSP_INTEN_V2),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
};

static const struct psp_hw psp_v5 = {
	.name = "pspv5",
	.ext = &ext_mailbox_v2,
	.tee = &tee_v2,
	.doorbell = &doorbell,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V5,
	.int_status = PSP_INTSTS(PSP_INTEN_V5),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
};

static const struct psp_hw psp_v6 = {
	.name = "pspv6",
	.sev = &sev_mailbox_v2,
	.ext = &ext_mailbox_v2,
	.tee = &tee_v2,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V5,
	.int_status = PSP_INTSTS(PSP_INTEN_V5),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
};

static const struct psp_hw psp_v7 = {
	.name = "pspv7",
	.ext = &ext_mailbox_v2,
	.tee = &tee_v2,
	.capability = PSP_C2PMSG_HIGH(PSP_MSG_CAPABILITY),
	.int_enable = PSP_INTEN_V5,
	.int_status = PSP_INTSTS(PSP_INTEN_V5),
	.bootloader_info = PSP_C2PMSG_HIGH(PSP_MSG_BOOTLOADER_INFO),
};

static const struct ccp_hw ccp_v3 = { .name = "ccpv3", .offset = 0x20000 };
static const struct ccp_hw ccp_v5 = { .name = "ccpv5", .offset = 0 };
static const struct ccp_hw ccp_v5_bare = { .name = "ccpv5", .offset = 0, .set_up_rng = true };

/**
 * struct sp_model - what one PCI id stands for
 * @psp: the PSP in it, or NULL
 * @ccp: the CCP engine in it, or NULL
 */
struct sp_model {
	const struct psp_hw *psp;
	const struct ccp_hw *ccp;
};

static const struct sp_model sp_ccp_v3 = { .ccp = &ccp_v3 };
static const struct sp_model sp_ccp_v5 = { .ccp = &ccp_v5_bare };
static const struct sp_model sp_psp_v1 = { .psp = &psp_v1, .ccp = &ccp_v5 };
static const struct sp_model sp_psp_v2 = { .psp = &psp_v2, .ccp = &ccp_v5 };
static const struct sp_model sp_psp_v3_ccp = { .psp = &psp_v3, .ccp = &ccp_v5 };
static const struct sp_model sp_psp_v3 = { .psp = &psp_v3 };
static const struct sp_model sp_psp_v4 = { .psp = &psp_v4 };
static const struct sp_model sp_psp_v5 = { .psp = &psp_v5 };
static const struct sp_model sp_psp_v6 = { .psp = &psp_v6 };
static const struct sp_model sp_psp_v7 = { .psp = &psp_v7 };

#define SP_ID(id, model) { PCI_VDEVICE(AMD, id), .driver_data = (kernel_ulong_t)&(model) }

static const struct pci_device_id sp_ids[] = {
	SP_ID(0x1537, sp_ccp_v3),
	SP_ID(0x1456, sp_psp_v1),	/* Naples */
	SP_ID(0x1468, sp_ccp_v5),
	SP_ID(0x1486, sp_psp_v2),	/* Rome, Milan */
	SP_ID(0x15df, sp_psp_v3_ccp),
	SP_ID(0x14ca, sp_psp_v4),	/* Genoa, Bergamo, Siena */
	SP_ID(0x15c7, sp_psp_v3),
	SP_ID(0x1649, sp_psp_v3),
	SP_ID(0x1134, sp_psp_v5),
	SP_ID(0x17e0, sp_psp_v5),
	SP_ID(0x156e, sp_psp_v6),	/* Turin */
	SP_ID(0x17d8, sp_psp_v6),
	SP_ID(0x115a, sp_psp_v7),
	{ }
};
MODULE_DEVICE_TABLE(pci, sp_ids);

/* One vector for the PSP: MSI-X if there is, else MSI, else none (polling). */
static void sp_setup_irq(struct psp_device *psp)
{
	struct pci_dev *pdev = psp->pdev;
	const char *name;
	int ret;

	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX | PCI_IRQ_MSI);
	if (ret < 0) {
		dev_notice(&pdev->dev, "could not enable MSI (%d), the PSP is polled\n", ret);
		return;
	}

	name = devm_kasprintf(&pdev->dev, GFP_KERNEL, "psp-%s", pci_name(pdev));
	ret = name ? psp_request_irq(psp, pci_irq_vector(pdev, 0), name) : -ENOMEM;
	if (!ret)
		return;

	dev_notice(&pdev->dev, "could not request the interrupt (%d), the PSP is polled\n", ret);
	pci_free_irq_vectors(pdev);
}

static int sp_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct sp_model *model = (const struct sp_model *)id->driver_data;
	struct psp_device *psp;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "could not enable the device\n");

	ret = pcim_iomap_regions(pdev, BIT(PSP_BAR), "ccp");
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "could not map BAR %d\n", PSP_BAR);

	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(SP_DMA_BITS));
	if (ret)
		ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no usable DMA mask\n");

	psp = psp_create(pdev, pcim_iomap_table(pdev)[PSP_BAR], model->psp, model->ccp,
			 &psp_parts);
	if (!psp)
		return -ENOMEM;

	pci_set_master(pdev);
	pci_set_drvdata(pdev, psp);
	if (model->psp)
		sp_setup_irq(psp);

	psp_start(psp);
	psp_registry_add(psp);
	return 0;
}

static void sp_take_down(struct pci_dev *pdev)
{
	struct psp_device *psp = pci_get_drvdata(pdev);

	/* Shutdown runs first when the machine goes down; remove may follow. */
	if (!psp)
		return;
	psp_registry_remove(psp);
	psp_stop(psp);
	pci_free_irq_vectors(pdev);
	psp_put(psp);
}

static int __maybe_unused sp_suspend(struct device *dev)
{
	return psp_suspend(dev_get_drvdata(dev));
}

static int __maybe_unused sp_resume(struct device *dev)
{
	return psp_resume(dev_get_drvdata(dev), false);
}

static int __maybe_unused sp_restore(struct device *dev)
{
	return psp_resume(dev_get_drvdata(dev), true);
}

static const struct dev_pm_ops sp_pm_ops = {
	.suspend = pm_sleep_ptr(sp_suspend),
	.resume = pm_sleep_ptr(sp_resume),
	.freeze = pm_sleep_ptr(sp_suspend),
	.thaw = pm_sleep_ptr(sp_resume),
	.poweroff = pm_sleep_ptr(sp_suspend),
	.restore_early = pm_sleep_ptr(sp_restore),
	/* Where the kernel gives up before it has gone that far, this is all that comes. */
	.restore = pm_sleep_ptr(sp_resume),
};

static struct pci_driver sp_driver = {
	.name = "ccp",
	.id_table = sp_ids,
	.probe = sp_probe,
	.remove = sp_take_down,
	.shutdown = sp_take_down,
	.driver.pm = &sp_pm_ops,
	/* All are probed when registration is done, and the master is known, async_probe or not. */
	.driver.probe_type = PROBE_FORCE_SYNCHRONOUS,
	COMPAT_PCI_DEV_GROUPS(psp_attribute_groups),
};

/**
 * sp_pci_register() - probe all functions that are present, and later ones
 *
 * Return: 0 or a negative errno
 */
int sp_pci_register(void)
{
	return pci_register_driver(&sp_driver);
}

/**
 * sp_pci_unregister() - unbind from all functions
 */
void sp_pci_unregister(void)
{
	pci_unregister_driver(&sp_driver);
}
