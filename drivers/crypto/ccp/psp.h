/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One Platform Security Processor (PSP): what it is, what it offers, and who
 * may use it for how long.
 */
#ifndef CCP_PSP_H
#define CCP_PSP_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/types.h>

#include <sev/mailbox.h>

#include "mailbox.h"

/* Hardware facts that no register tells. */
#define PSP_HW_DBC			BIT(0)
#define PSP_HW_HSTI			BIT(1)

/**
 * struct psp_tee_regs - registers of the TEE command ring
 * @wptr: offset of the write pointer
 * @rptr: offset of the read pointer
 * @info: offset of the TEE version word, or 0
 */
struct psp_tee_regs {
	u32 wptr;
	u32 rptr;
	u32 info;
};

/**
 * struct psp_doorbell_regs - registers of the platform-access doorbell
 * @button: offset of the register that rings
 * @cmd: offset of the message register
 */
struct psp_doorbell_regs {
	u32 button;
	u32 cmd;
};

/**
 * struct psp_hw - register map of one PSP generation
 * @name: for log lines
 * @sev: the SEV mailbox, or NULL
 * @ext: the TEE and extended-command mailbox, or NULL
 * @access: the platform-access mailbox, or NULL
 * @tee: the TEE ring, or NULL
 * @doorbell: the platform-access doorbell, or NULL
 * @capability: offset of the capability word
 * @int_enable: offset of the interrupt enable register
 * @int_status: offset of the interrupt status register
 * @bootloader_info: offset of the bootloader version word, or 0
 * @flags: PSP_HW_*
 */
struct psp_hw {
	const char *name;
	const struct psp_mailbox_layout *sev;
	const struct psp_mailbox_layout *ext;
	const struct psp_mailbox_layout *access;
	const struct psp_tee_regs *tee;
	const struct psp_doorbell_regs *doorbell;
	u32 capability;
	u32 int_enable;
	u32 int_status;
	u32 bootloader_info;
	u32 flags;
};

/**
 * struct ccp_hw - what we drive of one generation of the CCP crypto engine
 * @name: for log lines
 * @offset: where its registers start in the BAR
 * @set_up_rng: nobody before us has set up its random-number generator
 *
 * Only the random-number generator; the crypto queues are left alone.
 */
struct ccp_hw {
	const char *name;
	u32 offset;
	bool set_up_rng;
};

/**
 * enum psp_role - what a PSP is asked for; each has its own master
 * @PSP_ROLE_SEV: SEV and SNP commands
 * @PSP_ROLE_TEE: trusted execution environment
 * @PSP_ROLE_ACCESS: platform access
 * @PSP_ROLE_DBC: dynamic boost control
 * @PSP_ROLE_SFS: seamless firmware servicing
 * @PSP_ROLE_COUNT: number of roles
 */
enum psp_role {
	PSP_ROLE_SEV,
	PSP_ROLE_TEE,
	PSP_ROLE_ACCESS,
	PSP_ROLE_DBC,
	PSP_ROLE_SFS,
	PSP_ROLE_COUNT,
};

struct sev_device;
struct tee_device;
struct access_device;
struct dbc_device;
struct sfs_device;
struct ccp_hwrng;

/**
 * struct psp_device - one PCI function with a PSP, a CCP engine, or both
 * @ref: counted references; the memory lives until the last is gone
 * @node: place in the registry
 * @pdev: the PCI device
 * @dev: its struct device
 * @io: BAR 2
 * @hw: register map of the PSP, or NULL if this function has none
 * @ccp: what we drive of the CCP engine, or NULL if this function has none
 * @capability: the capability word, complemented by what HSTI says
 * @irq: interrupt number of the PSP vector, or 0 when there is none
 * @gone: the driver was unbound: registers must not be touched any more
 * @ext_lock: serialises @ext
 * @ext: TEE and extended-command mailbox
 * @sev: SEV part, or NULL
 * @tee: TEE part, or NULL
 * @access: platform-access part, or NULL
 * @dbc: dynamic boost control part, or NULL
 * @sfs: seamless firmware servicing part, or NULL
 * @hwrng: random-number generator, or NULL
 *
 * The parts are set up by psp_start() and taken down by psp_stop(); between
 * them the pointers do not change.
 */
struct psp_device {
	struct kref ref;
	struct list_head node;
	struct pci_dev *pdev;
	struct device *dev;
	void __iomem *io;
	const struct psp_hw *hw;
	const struct ccp_hw *ccp;
	u32 capability;
	int irq;
	bool gone;
	struct mutex ext_lock;	/* serialises ext */
	struct psp_mailbox ext;

	struct sev_device *sev;
	struct tee_device *tee;
	struct access_device *access;
	struct dbc_device *dbc;
	struct sfs_device *sfs;
	struct ccp_hwrng *hwrng;
};

extern const struct psp_mailbox_ops psp_mmio_ops;

u32 psp_read(struct psp_device *psp, u32 reg);
void psp_write(struct psp_device *psp, u32 reg, u32 val);

struct psp_device *psp_create(struct pci_dev *pdev, void __iomem *io,
			      const struct psp_hw *hw, const struct ccp_hw *ccp);
int psp_request_irq(struct psp_device *psp, int irq, const char *name);
void psp_start(struct psp_device *psp);
void psp_stop(struct psp_device *psp);
int psp_suspend(struct psp_device *psp);
int psp_resume(struct psp_device *psp, bool memory_lost);

void psp_registry_add(struct psp_device *psp);
void psp_registry_remove(struct psp_device *psp);
void psp_registry_go_live(void);

struct psp_device *psp_get(struct psp_device *psp);
struct psp_device *psp_get_master(enum psp_role role);
struct psp_device *psp_get_bound(struct device *dev);
void psp_put(struct psp_device *psp);

DEFINE_FREE(psp_put, struct psp_device *, if (_T) psp_put(_T))

int psp_ext_command(struct psp_device *psp, const char *name, u32 cmd, u64 addr, u32 *status);

/*
 * The parts.  A _create() function is called only where the PSP offers the part,
 * and sets the pointer above as its last step; a _destroy() function quiets the
 * hardware and makes every later call answer -ENODEV, but does not free the
 * part: users may still hold references to the PSP.  psp_put() frees it with
 * kfree() when the last one is gone.  A _publish() function makes the device node;
 * by then the registry hands the PSP out.
 */
int sev_create(struct psp_device *psp);
int sev_start(struct psp_device *psp);
void sev_destroy(struct psp_device *psp);
void sev_interrupt(struct psp_device *psp);
int sev_suspend(struct psp_device *psp);
void sev_resume(struct psp_device *psp);

int tee_create(struct psp_device *psp);
void tee_destroy(struct psp_device *psp);
int tee_resume(struct psp_device *psp);

int access_create(struct psp_device *psp);
void access_destroy(struct psp_device *psp);

int dbc_create(struct psp_device *psp);
void dbc_publish(struct psp_device *psp);
void dbc_destroy(struct psp_device *psp);

int sfs_create(struct psp_device *psp);
void sfs_publish(struct psp_device *psp);
void sfs_destroy(struct psp_device *psp);

void hsti_read(struct psp_device *psp);
extern const struct attribute_group *psp_attribute_groups[];

int hwrng_create(struct psp_device *psp);
void hwrng_destroy(struct psp_device *psp);

#endif /* CCP_PSP_H */
