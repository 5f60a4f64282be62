// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform access: the mailbox and the doorbell through which other drivers and the
 * small services reach the platform's firmware.
 *
 * The mailbox is shared with the platform's own firmware, so it can be busy with a
 * command that isn't ours, and somebody else's command can overtake ours.  One
 * command that takes too long means nothing for the next, so nothing is given up
 * for good here.
 *
 * The firmware is given a page of ours and never the caller's memory: a caller may
 * free its request when the call comes back with an error.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/mem_encrypt.h>
#include <linux/pci.h>
#include <linux/psp-platform-access.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "parts.h"
#include "psp.h"
#include "services.h"

#define ACCESS_TIMEOUT_MS	500
#define ACCESS_POLL_US		50

static_assert(sizeof(struct psp_req_buffer_hdr) == sizeof(struct psp_access_header));

/**
 * struct access_device - the platform-access part of one PSP
 * @psp: the PSP
 * @mailbox_lock: one message at a time; protects @page and @in_use
 * @doorbell_lock: one ring at a time
 * @gone: unbound; written under both locks, read under either
 * @page: what the firmware is given, NULL if this PSP has only a doorbell
 * @in_use: the firmware may still be using @page
 * @timeout_ms: how long the firmware may take
 */
struct access_device {
	struct psp_device *psp;
	struct mutex mailbox_lock;
	struct mutex doorbell_lock;
	bool gone;
	void *page;
	bool in_use;
	unsigned int timeout_ms;
};

/* Wait until one of @bits is set, or the device is gone (all are set then). */
static int access_poll(struct access_device *access, u32 reg, u32 bits, u32 *val)
{
	return read_poll_timeout(psp_read, *val, *val & bits, ACCESS_POLL_US,
				 access->timeout_ms * USEC_PER_MSEC, false, access->psp, reg);
}

static int access_wait_idle(struct access_device *access)
{
	const struct psp_mailbox_layout *l = access->psp->hw->access;
	u32 val;

	if (access_poll(access, l->cmdresp, l->done | l->recovery, &val)) {
		dev_dbg(access->psp->dev, "platform access: the mailbox is in use\n");
		return -EBUSY;
	}
	if (PCI_POSSIBLE_ERROR(val))
		return -ENODEV;
	if (val & l->recovery) {
		dev_dbg(access->psp->dev, "platform access: the PSP is in recovery mode\n");
		return -EBUSY;
	}
	access->in_use = false;
	return 0;
}

/* Have the firmware process what is in the page. */
static int access_exchange(struct access_device *access, u32 service, u32 *status)
{
	const struct psp_mailbox_layout *l = access->psp->hw->access;
	struct psp_device *psp = access->psp;
	u64 addr = __sme_pa(access->page);
	u32 val;

	psp_write(psp, l->addr_lo, lower_32_bits(addr));
	psp_write(psp, l->addr_hi, upper_32_bits(addr));
	psp_write(psp, l->cmdresp, (service << __ffs(l->cmd_mask)) & l->cmd_mask);

	access->in_use = true;
	if (access_poll(access, l->cmdresp, l->done, &val)) {
		dev_dbg(psp->dev, "platform access: message %#x timed out\n", service);
		return -ETIMEDOUT;
	}
	if (PCI_POSSIBLE_ERROR(val))
		return -ENODEV;
	access->in_use = false;

	/* Another agent's addresses: then the answer is another agent's too. */
	if (psp_read(psp, l->addr_lo) != lower_32_bits(addr) ||
	    psp_read(psp, l->addr_hi) != upper_32_bits(addr)) {
		dev_dbg(psp->dev, "platform access: another message has overwritten %#x\n",
			service);
		return -EBUSY;
	}

	*status = val & l->status_mask;
	return 0;
}

/**
 * access_send() - ask for a service through the platform-access mailbox
 * @psp: the PSP
 * @service: PSP_SERVICE_*
 * @req: the request with its size set; replaced by the answer on 0 and -EIO
 *
 * Context: may sleep, 0.5 s until the mailbox is free and 0.5 s for the answer.
 *
 * Return:
 * * 0 - done
 * * -EIO - the firmware said no, see &psp_access_header.status
 * * -EINVAL - the request is smaller than its header or larger than a page
 * * -EBUSY - the mailbox is in recovery, or somebody else uses it
 * * -ETIMEDOUT - no answer in time
 * * -ENODEV - the PSP was unbound, is gone, or has no such mailbox
 */
int access_send(struct psp_device *psp, u32 service, struct psp_access_header *req)
{
	struct access_device *access = psp->part[PSP_ROLE_ACCESS];
	struct psp_access_header *answer;
	u32 size = req->size;
	u32 status;
	int ret;

	if (!access || !psp->hw->access)
		return -ENODEV;
	if (size < sizeof(*req) || size > PAGE_SIZE)
		return -EINVAL;

	guard(mutex)(&access->mailbox_lock);
	if (access->gone)
		return -ENODEV;

	ret = access_wait_idle(access);
	if (ret)
		return ret;

	memcpy(access->page, req, size);
	ret = access_exchange(access, service, &status);
	if (ret)
		return ret;

	answer = access->page;
	if (status)
		answer->status = status;
	memcpy(req, answer, size);
	/* The firmware has no say in how large the caller's memory is. */
	req->size = size;
	return req->status ? -EIO : 0;
}

/* A command that is in process has the ready bit clear. */
static int access_ring(struct access_device *access, u32 msg, u32 *result)
{
	const struct psp_doorbell_regs *regs = access->psp->hw->doorbell;
	struct psp_device *psp = access->psp;
	u32 val;

	guard(mutex)(&access->doorbell_lock);
	if (access->gone)
		return -ENODEV;

	if (access_poll(access, regs->cmd, PSP_DOORBELL_READY, &val)) {
		dev_err(psp->dev, "doorbell command not done processing\n");
		return -EBUSY;
	}
	if (PCI_POSSIBLE_ERROR(val))
		return -ENODEV;

	psp_write(psp, regs->cmd, msg & PSP_DOORBELL_MSG_MASK);
	psp_write(psp, regs->button, PSP_DOORBELL_RING);

	if (access_poll(access, regs->cmd, PSP_DOORBELL_READY, &val))
		return -ETIMEDOUT;
	if (PCI_POSSIBLE_ERROR(val))
		return -ENODEV;

	val &= PSP_DOORBELL_MSG_MASK;
	if (val && result)
		*result = val;
	return val ? -EIO : 0;
}

/**
 * access_create() - bring up platform access of a PSP
 * @psp: the PSP, which has the mailbox, the doorbell or both
 *
 * Return: 0 or a negative errno
 */
static int access_create(struct psp_device *psp)
{
	struct access_device *access = kzalloc(sizeof(*access), GFP_KERNEL);

	if (!access)
		return -ENOMEM;

	access->psp = psp;
	mutex_init(&access->mailbox_lock);
	mutex_init(&access->doorbell_lock);
	access->timeout_ms = ACCESS_TIMEOUT_MS;
	if (psp->hw->access) {
		access->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!access->page) {
			kfree(access);
			return -ENOMEM;
		}
	}

	dev_dbg(psp->dev, "platform access enabled\n");
	psp->part[PSP_ROLE_ACCESS] = access;
	return 0;
}

/**
 * access_destroy() - take down platform access of a PSP
 * @psp: the PSP
 *
 * Context: may sleep; waits for messages in flight.
 */
static void access_destroy(struct psp_device *psp)
{
	struct access_device *access = psp->part[PSP_ROLE_ACCESS];

	guard(mutex)(&access->mailbox_lock);
	guard(mutex)(&access->doorbell_lock);
	access->gone = true;
	if (access->in_use && access_wait_idle(access))
		dev_err(psp->dev,
			"platform access: a message was never answered, its page stays with the firmware\n");
	else
		free_page((unsigned long)access->page);
	access->page = NULL;
}

/**
 * psp_check_platform_access_status() - is there a PSP with platform access?
 *
 * Return: 0 or -ENODEV
 */
int psp_check_platform_access_status(void)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_ACCESS);

	return psp ? 0 : -ENODEV;
}
EXPORT_SYMBOL(psp_check_platform_access_status);

/**
 * psp_send_platform_access_msg() - send a message to the platform's firmware
 * @msg: the message
 * @req: its buffer: header and data in one piece of memory; the answer on return
 *
 * Context: may sleep.
 * Return: see access_send()
 */
int psp_send_platform_access_msg(enum psp_platform_access_msg msg, struct psp_request *req)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_ACCESS);

	return psp ? access_send(psp, msg, (struct psp_access_header *)req) : -ENODEV;
}
EXPORT_SYMBOL_GPL(psp_send_platform_access_msg);

/**
 * psp_ring_platform_doorbell() - ring the platform's doorbell
 * @msg: the message, 8 bits
 * @result: out: why not, only written on -EIO; may be NULL
 *
 * Context: may sleep.
 *
 * Return:
 * * 0 - heard and done
 * * -EIO - the firmware said no, see @result
 * * -EBUSY - an earlier message is still in process
 * * -ETIMEDOUT - no answer in time
 * * -ENODEV - no PSP with a doorbell is bound
 */
int psp_ring_platform_doorbell(int msg, u32 *result)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_ACCESS);

	if (!psp || !psp->hw->doorbell)
		return -ENODEV;
	return access_ring(psp->part[PSP_ROLE_ACCESS], msg, result);
}
EXPORT_SYMBOL_GPL(psp_ring_platform_doorbell);

static bool access_offered(const struct psp_device *psp)
{
	return psp->hw->access || psp->hw->doorbell;
}

const struct psp_part_ops access_part = {
	.name = "platform access",
	.role = PSP_ROLE_ACCESS,
	.offered = access_offered,
	.create = access_create,
	.destroy = access_destroy,
};
