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
 * @PSP_ROLE_HSTI: security attributes; nobody asks a PSP for them but its own sysfs files
 * @PSP_ROLE_HWRNG: random-number generator of the CCP engine; asked by the kernel's hwrng core
 * @PSP_ROLE_COUNT: number of roles
 */
enum psp_role {
	PSP_ROLE_SEV,
	PSP_ROLE_TEE,
	PSP_ROLE_ACCESS,
	PSP_ROLE_DBC,
	PSP_ROLE_SFS,
	PSP_ROLE_HSTI,
	PSP_ROLE_HWRNG,
	PSP_ROLE_COUNT,
};

struct psp_device;

/**
 * struct psp_part_ops - a part: something that a PCI function may offer
 * @name: for log lines
 * @role: what it is; its state is &psp_device.part of that number
 * @engine: it is of the CCP engine, and does not need a PSP that can be accessed
 * @irq: bits of the interrupt status register that are for @interrupt
 * @offered: whether this one has it, by register map and capability word
 * @create: brings it up. Sets &psp_device.part as its last step, or leaves it NULL where there is
 *	nothing to keep. A negative errno leaves the part out and the others alone
 * @publish: makes its device node; the registry hands the PSP out by now
 * @start: this PSP is the master, and all PSPs that are there are known; may come again
 * @suspend: the machine goes to sleep; an error keeps it awake
 * @resume: the machine is awake; @memory_lost: it comes from hibernation, and the PSP has
 *	forgotten all addresses
 * @interrupt: an interrupt for it, in hard interrupt context
 * @destroy: quiets the hardware and makes every later call answer -ENODEV. Does not free the
 *	state, because users may still hold references to the PSP: psp_put() does that with
 *	kfree() when the last one is gone
 *
 * All but @offered and @create may be NULL. All but these are called only while there is a state.
 */
struct psp_part_ops {
	const char *name;
	enum psp_role role;
	bool engine;
	u32 irq;
	bool (*offered)(const struct psp_device *psp);
	int (*create)(struct psp_device *psp);
	void (*publish)(struct psp_device *psp);
	int (*start)(struct psp_device *psp);
	int (*suspend)(struct psp_device *psp);
	int (*resume)(struct psp_device *psp, bool memory_lost);
	void (*interrupt)(struct psp_device *psp);
	void (*destroy)(struct psp_device *psp);
};

/**
 * struct psp_parts - all parts that there are
 * @ops: in the order in which they start; they stop the other way round
 * @count: how many
 */
struct psp_parts {
	const struct psp_part_ops *const *ops;
	unsigned int count;
};

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
 * @parts: what it may offer
 * @part: state of each part by role, NULL where there is none
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

	const struct psp_parts *parts;
	void *part[PSP_ROLE_COUNT];
};

extern const struct psp_mailbox_ops psp_mmio_ops;

u32 psp_read(struct psp_device *psp, u32 reg);
void psp_write(struct psp_device *psp, u32 reg, u32 val);

struct psp_device *psp_create(struct pci_dev *pdev, void __iomem *io,
			      const struct psp_hw *hw, const struct ccp_hw *ccp,
			      const struct psp_parts *parts);
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

#endif /* CCP_PSP_H */
