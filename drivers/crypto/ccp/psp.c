// SPDX-License-Identifier: GPL-2.0-only
/*
 * One Platform Security Processor (PSP), and the registry of all of them.
 *
 * A PSP offers several independent services (SEV, TEE, platform access, ...).
 * One that fails to start leaves the others alone.
 *
 * Users reach a PSP through the registry and hold a counted reference.  Unbinding
 * the device is possible at any moment: the registry stops handing the PSP out,
 * each service refuses new work, and the memory goes with the last reference.
 */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "psp.h"

#define PSP_EXT_TIMEOUT_MS	10000

static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry);
static bool registry_live;

/*
 * The lowest PCI address ever seen for each role.  On a machine with several
 * sockets only the PSP of the first one takes commands for all; when that one is
 * unbound, the role stays empty instead of wandering to one that would hang.
 */
static u64 registry_lowest[PSP_ROLE_COUNT] = {
	[0 ... PSP_ROLE_COUNT - 1] = U64_MAX,
};

/**
 * psp_read() - read a register
 * @psp: the PSP
 * @reg: byte offset in BAR 2
 *
 * Return: the value, all ones where the device does not answer.
 */
u32 psp_read(struct psp_device *psp, u32 reg)
{
	return ioread32(psp->io + reg);
}

/**
 * psp_write() - write a register
 * @psp: the PSP
 * @reg: byte offset in BAR 2
 * @val: the value
 */
void psp_write(struct psp_device *psp, u32 reg, u32 val)
{
	iowrite32(val, psp->io + reg);
}

static u32 psp_mmio_read(void *ctx, u32 reg)
{
	return psp_read(ctx, reg);
}

static void psp_mmio_write(void *ctx, u32 reg, u32 val)
{
	psp_write(ctx, reg, val);
}

const struct psp_mailbox_ops psp_mmio_ops = {
	.read = psp_mmio_read,
	.write = psp_mmio_write,
};

static u64 psp_address(const struct psp_device *psp)
{
	return (u64)pci_domain_nr(psp->pdev->bus) << 16 | pci_dev_id(psp->pdev);
}

static void psp_release(struct kref *ref)
{
	struct psp_device *psp = container_of(ref, struct psp_device, ref);
	enum psp_role role;

	for (role = 0; role < PSP_ROLE_COUNT; role++)
		kfree(psp->part[role]);
	put_device(psp->dev);
	kfree(psp);
}

/**
 * psp_get() - take one more reference
 * @psp: the PSP, of which the caller holds a reference
 *
 * Return: @psp
 */
struct psp_device *psp_get(struct psp_device *psp)
{
	kref_get(&psp->ref);
	return psp;
}

/**
 * psp_put() - give back a reference
 * @psp: the PSP
 */
void psp_put(struct psp_device *psp)
{
	kref_put(&psp->ref, psp_release);
}

static struct psp_device *registry_find_master(enum psp_role role)
{
	struct psp_device *psp;

	lockdep_assert_held(&registry_lock);

	list_for_each_entry(psp, &registry, node)
		if (psp->part[role] && psp_address(psp) == registry_lowest[role])
			return psp;
	return NULL;
}

/**
 * psp_get_master() - the PSP that speaks for the machine
 * @role: for which service
 *
 * Context: may sleep.
 * Return: a counted reference for psp_put(), or NULL when no PSP is bound that
 * offers the service.
 */
struct psp_device *psp_get_master(enum psp_role role)
{
	struct psp_device *psp;

	guard(mutex)(&registry_lock);
	psp = registry_find_master(role);
	return psp ? psp_get(psp) : NULL;
}

static const struct psp_part_ops *psp_find_part(const struct psp_device *psp, enum psp_role role)
{
	unsigned int i;

	for (i = 0; i < psp->parts->count; i++)
		if (psp->parts->ops[i]->role == role)
			return psp->parts->ops[i];
	return NULL;
}

static void registry_start_masters(void)
{
	enum psp_role role;

	for (role = 0; role < PSP_ROLE_COUNT; role++) {
		struct psp_device *psp __free(psp_put) = psp_get_master(role);
		const struct psp_part_ops *part = psp ? psp_find_part(psp, role) : NULL;

		if (part && part->start)
			part->start(psp);
	}
}

/**
 * psp_registry_add() - let users find a PSP
 * @psp: the PSP, after psp_start()
 *
 * Its parts are started here if it is the master: while the module loads that is not
 * known before all PSPs have been probed, and psp_registry_go_live() does it.
 */
void psp_registry_add(struct psp_device *psp)
{
	const struct psp_part_ops *part;
	enum psp_role role;
	unsigned int i;
	bool live;

	scoped_guard(mutex, &registry_lock) {
		list_add_tail(&psp->node, &registry);
		for (role = 0; role < PSP_ROLE_COUNT; role++)
			if (psp->part[role])
				registry_lowest[role] = min(registry_lowest[role],
							    psp_address(psp));
		live = registry_live;
	}

	for (i = 0; i < psp->parts->count; i++) {
		part = psp->parts->ops[i];
		if (psp->part[part->role] && part->publish)
			part->publish(psp);
	}
	if (live)
		registry_start_masters();
}

/**
 * psp_registry_remove() - stop handing out a PSP
 * @psp: the PSP
 *
 * References that are out stay valid.
 */
void psp_registry_remove(struct psp_device *psp)
{
	guard(mutex)(&registry_lock);
	list_del_init(&psp->node);
	dev_set_drvdata(psp->dev, NULL);
}

/**
 * psp_get_bound() - the PSP of a device
 * @dev: the device, which this driver was bound to at some time
 *
 * For its sysfs attributes: when the machine goes down the driver lets go of the device
 * while the attributes are still there.
 *
 * Context: may sleep.
 * Return: a counted reference for psp_put(), or NULL when it is not bound any more.
 */
struct psp_device *psp_get_bound(struct device *dev)
{
	struct psp_device *psp;

	guard(mutex)(&registry_lock);
	psp = dev_get_drvdata(dev);
	return psp ? psp_get(psp) : NULL;
}

/**
 * psp_registry_go_live() - all PSPs that were there at module load are probed
 */
void psp_registry_go_live(void)
{
	scoped_guard(mutex, &registry_lock)
		registry_live = true;

	registry_start_masters();
}

/**
 * psp_ext_command() - send a command through the TEE and extended mailbox
 * @psp: the PSP
 * @name: the command's name for log lines
 * @cmd: the command
 * @addr: physical address of its buffer
 * @status: the firmware's status, written only on return 0
 *
 * Context: may sleep up to 10 s.
 * Return: see psp_mailbox_send(); -ENODEV also after unbind and on a PSP that
 * has no such mailbox.
 */
int psp_ext_command(struct psp_device *psp, const char *name, u32 cmd, u64 addr, u32 *status)
{
	struct psp_mailbox_request req = {
		.name = name,
		.cmd = cmd,
		.addr = addr,
		.timeout_ms = PSP_EXT_TIMEOUT_MS,
	};

	guard(mutex)(&psp->ext_lock);
	if (psp->gone || !psp->hw || !psp->hw->ext)
		return -ENODEV;
	return psp_mailbox_send(&psp->ext, &req, status);
}

static irqreturn_t psp_irq(int irq, void *data)
{
	struct psp_device *psp = data;
	u32 status = psp_read(psp, psp->hw->int_status);
	const struct psp_part_ops *part;
	unsigned int i;

	/* Writing the bits back clears them. */
	psp_write(psp, psp->hw->int_status, status);

	for (i = 0; i < psp->parts->count; i++) {
		part = psp->parts->ops[i];
		if ((status & part->irq) && READ_ONCE(psp->part[part->role]))
			part->interrupt(psp);
	}
	return IRQ_HANDLED;
}

static void psp_enable_interrupts(struct psp_device *psp)
{
	psp_write(psp, psp->hw->int_status, ~0u);
	psp_write(psp, psp->hw->int_enable, psp->irq ? ~0u : 0);
}

/**
 * psp_create() - make the object for one PCI function
 * @pdev: the PCI device
 * @io: its mapped BAR 2
 * @hw: its PSP, or NULL
 * @ccp: its CCP engine, or NULL
 * @parts: what they may offer
 *
 * Return: the PSP with one reference held, or NULL when memory is short.
 */
struct psp_device *psp_create(struct pci_dev *pdev, void __iomem *io,
			      const struct psp_hw *hw, const struct ccp_hw *ccp,
			      const struct psp_parts *parts)
{
	struct psp_device *psp = kzalloc(sizeof(*psp), GFP_KERNEL);

	if (!psp)
		return NULL;

	kref_init(&psp->ref);
	INIT_LIST_HEAD(&psp->node);
	mutex_init(&psp->ext_lock);
	psp->pdev = pdev;
	psp->dev = get_device(&pdev->dev);
	psp->io = io;
	psp->hw = hw;
	psp->ccp = ccp;
	psp->parts = parts;
	if (hw && hw->ext)
		psp_mailbox_init(&psp->ext, psp->dev, hw->ext, &psp_mmio_ops, psp);
	return psp;
}

/* A part that does not come up is reported and left out. */
static void psp_start_parts(struct psp_device *psp, bool engine)
{
	const struct psp_part_ops *part;
	unsigned int i;
	int ret;

	for (i = 0; i < psp->parts->count; i++) {
		part = psp->parts->ops[i];
		if (part->engine != engine || !part->offered(psp))
			continue;
		ret = part->create(psp);
		if (ret)
			dev_err(psp->dev, "%s initialization failed (%d), going on without it\n",
				part->name, ret);
	}
}

static void psp_start_services(struct psp_device *psp)
{
	const struct psp_hw *hw = psp->hw;
	u32 cap = psp_read(psp, hw->capability);

	if (cap == PSP_CAP_BLOCKED) {
		dev_notice(psp->dev,
			   "psp: unable to access the device: you might be running a broken BIOS.\n");
		return;
	}

	psp->capability = cap;
	dev_dbg(psp->dev, "psp: %s, capability %#x\n", hw->name, cap);
	if (!(cap & (PSP_CAP_SEV | PSP_CAP_TEE)))
		dev_info(psp->dev, "psp: does not support SEV or TEE\n");
	else if (!(cap & PSP_CAP_SEV) || !hw->sev)
		dev_info(psp->dev, "psp: does not support SEV\n");

	psp_enable_interrupts(psp);

	psp_start_parts(psp, false);
	dev_notice(psp->dev, "psp enabled\n");
}

/**
 * psp_start() - bring up what a PSP offers
 * @psp: the PSP; its interrupt vector is set up
 *
 * Nothing here is fatal for the device: a part that fails says so and is left
 * out.  What only a master does is done when it is clear which PSP is, see
 * psp_registry_add().
 */
void psp_start(struct psp_device *psp)
{
	if (psp->hw)
		psp_start_services(psp);
	psp_start_parts(psp, true);
}

/**
 * psp_request_irq() - connect the PSP's interrupt
 * @psp: the PSP
 * @irq: Linux interrupt number
 * @name: what /proc/interrupts shows; must live as long as the device is bound
 *
 * Return: 0 or a negative errno; without the interrupt the PSP is polled.
 */
int psp_request_irq(struct psp_device *psp, int irq, const char *name)
{
	int ret;

	psp_write(psp, psp->hw->int_enable, 0);
	ret = request_irq(irq, psp_irq, 0, name, psp);
	if (!ret)
		psp->irq = irq;
	return ret;
}

/**
 * psp_stop() - take down everything that psp_start() brought up
 * @psp: the PSP; psp_registry_remove() has run
 *
 * No register is touched after this.
 *
 * Context: may sleep; waits for commands in flight.
 */
void psp_stop(struct psp_device *psp)
{
	const struct psp_part_ops *part;
	unsigned int i;

	for (i = psp->parts->count; i--;) {
		part = psp->parts->ops[i];
		if (psp->part[part->role] && part->destroy)
			part->destroy(psp);
	}

	scoped_guard(mutex, &psp->ext_lock)
		psp->gone = true;

	if (psp->hw)
		psp_write(psp, psp->hw->int_enable, 0);
	if (psp->irq)
		free_irq(psp->irq, psp);
	psp->irq = 0;
}

static int psp_resume_part(struct psp_device *psp, const struct psp_part_ops *part,
			   bool memory_lost)
{
	return psp->part[part->role] && part->resume ? part->resume(psp, memory_lost) : 0;
}

/**
 * psp_suspend() - the machine goes to sleep
 * @psp: the PSP
 *
 * Return: 0, or -EBUSY when something would be lost that nobody can bring back.
 */
int psp_suspend(struct psp_device *psp)
{
	const struct psp_part_ops *part;
	unsigned int i;
	int ret;

	for (i = psp->parts->count; i--;) {
		part = psp->parts->ops[i];
		if (!psp->part[part->role] || !part->suspend)
			continue;
		ret = part->suspend(psp);
		if (!ret)
			continue;
		while (++i < psp->parts->count)
			psp_resume_part(psp, psp->parts->ops[i], false);
		return ret;
	}
	return 0;
}

/**
 * psp_resume() - the machine is awake again
 * @psp: the PSP
 * @memory_lost: it comes from hibernation: the PSP has forgotten all addresses
 *
 * Return: 0 or a negative errno, the first of any part; the others are awake then
 */
int psp_resume(struct psp_device *psp, bool memory_lost)
{
	int ret = 0, error;
	unsigned int i;

	if (!psp->hw)
		return 0;
	psp_enable_interrupts(psp);
	for (i = 0; i < psp->parts->count; i++) {
		error = psp_resume_part(psp, psp->parts->ops[i], memory_lost);
		ret = ret ?: error;
	}
	return ret;
}
