// SPDX-License-Identifier: GPL-2.0-only
/*
 * One PSP mailbox: write a command, wait for the answer.
 *
 * The answer is announced by an interrupt where the mailbox has one.  The
 * interrupt is only ever a hint to look at the register: it may be late, it may
 * be left over from an earlier command, and it may get lost.  So every wait is
 * cut into slices, and the register is looked at after each.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>

#include "mailbox.h"

#define SLICE_MIN_MS	2
#define SLICE_MAX_MS	500
/* An interrupt that comes this much later than the answer is not lost. */
#define IRQ_GRACE_MS	100
#define ATOMIC_STEP_US	10
#define PREDECESSOR_STEP_MS	10
/* For a command in the register that perhaps nobody has sent. */
#define TRACELESS_WAIT_MS	500u

static u32 mailbox_read(struct psp_mailbox *mbox, u32 reg)
{
	return mbox->ops->read(mbox->ctx, reg);
}

static void mailbox_write(struct psp_mailbox *mbox, u32 reg, u32 val)
{
	mbox->ops->write(mbox->ctx, reg, val);
}

static u32 mailbox_field_get(u32 mask, u32 reg)
{
	return (reg & mask) >> __ffs(mask);
}

static u32 mailbox_field_set(u32 mask, u32 val)
{
	return (val << __ffs(mask)) & mask;
}

static bool mailbox_answered(struct psp_mailbox *mbox, u32 reg)
{
	return PCI_POSSIBLE_ERROR(reg) || (reg & mbox->layout->done);
}

/**
 * psp_mailbox_init() - prepare a mailbox for its first command
 * @mbox: the mailbox
 * @dev: device for log lines
 * @layout: its registers
 * @ops: register access
 * @ctx: first argument of @ops
 *
 * Completion is by polling until the owner sets &psp_mailbox.irq.
 */
void psp_mailbox_init(struct psp_mailbox *mbox, struct device *dev,
		      const struct psp_mailbox_layout *layout,
		      const struct psp_mailbox_ops *ops, void *ctx)
{
	memset(mbox, 0, sizeof(*mbox));
	mbox->dev = dev;
	mbox->layout = layout;
	mbox->ops = ops;
	mbox->ctx = ctx;
	init_waitqueue_head(&mbox->wait);
}

/**
 * psp_mailbox_interrupt() - the completion interrupt has fired
 * @mbox: the mailbox
 *
 * Context: hard interrupt; may run at any time, with or without a command in
 * flight.
 */
void psp_mailbox_interrupt(struct psp_mailbox *mbox)
{
	WRITE_ONCE(mbox->signalled, true);
	wake_up_all(&mbox->wait);
}

static void mailbox_report_lost(struct psp_mailbox *mbox, const char *name)
{
	if (!mbox->lost_irqs++)
		dev_warn(mbox->dev,
			 "%s: the interrupt for %s got lost; the register is polled as well from now on\n",
			 mbox->layout->name, name);
}

/* The answer is there but its interrupt is not: late, or lost? */
static void mailbox_check_lost(struct psp_mailbox *mbox, const char *name)
{
	if (READ_ONCE(mbox->signalled))
		return;
	if (!mbox->lost_irqs &&
	    wait_event_timeout(mbox->wait, READ_ONCE(mbox->signalled),
			       msecs_to_jiffies(IRQ_GRACE_MS)))
		return;
	mailbox_report_lost(mbox, name);
}

static int mailbox_wait_atomic(struct psp_mailbox *mbox, unsigned int timeout_ms, u32 *reg)
{
	unsigned long steps = timeout_ms * (USEC_PER_MSEC / ATOMIC_STEP_US);

	for (;; steps--) {
		*reg = mailbox_read(mbox, mbox->layout->cmdresp);
		if (mailbox_answered(mbox, *reg))
			return 0;
		if (!steps)
			return -ETIMEDOUT;
		udelay(ATOMIC_STEP_US);
	}
}

static int mailbox_wait(struct psp_mailbox *mbox, const char *name, unsigned long deadline,
			bool killable, u32 *reg)
{
	unsigned int slice_ms = SLICE_MIN_MS;
	bool slept = false;

	for (;;) {
		/*
		 * Before the register is read: an interrupt that comes between the two is
		 * that of the answer, and must end the wait below.
		 */
		bool hinted = xchg(&mbox->signalled, false);
		long left;

		*reg = mailbox_read(mbox, mbox->layout->cmdresp);
		if (mailbox_answered(mbox, *reg)) {
			if (slept && mbox->irq && !hinted)
				mailbox_check_lost(mbox, name);
			return 0;
		}

		left = (long)(deadline - jiffies);
		if (left <= 0)
			return -ETIMEDOUT;
		left = min_t(long, left, msecs_to_jiffies(slice_ms));

		if (!killable)
			wait_event_timeout(mbox->wait, READ_ONCE(mbox->signalled), left);
		else if (wait_event_killable_timeout(mbox->wait, READ_ONCE(mbox->signalled),
						     left) < 0)
			return -EINTR;

		slept = true;
		slice_ms = min_t(unsigned int, slice_ms * 2, SLICE_MAX_MS);
	}
}

static int mailbox_gone(struct psp_mailbox *mbox, const char *name)
{
	WRITE_ONCE(mbox->dead, true);
	dev_err(mbox->dev,
		"%s: the PSP's registers read as all ones (command %s): the device is gone or the BIOS blocks access\n",
		mbox->layout->name, name);
	return -ENODEV;
}

static int mailbox_hung(struct psp_mailbox *mbox, const char *name)
{
	const struct psp_mailbox_layout *l = mbox->layout;

	WRITE_ONCE(mbox->dead, true);
	dev_err(mbox->dev,
		"%s: command %s timed out, disabling PSP (registers: cmdresp %#010x, address %#010x:%#010x); rebind the device, or power-cycle the machine, to try again\n",
		l->name, name, mailbox_read(mbox, l->cmdresp), mailbox_read(mbox, l->addr_hi),
		mailbox_read(mbox, l->addr_lo));
	return -ETIMEDOUT;
}

/**
 * psp_mailbox_settle() - wait for a command whose sender was killed
 * @mbox: the mailbox
 * @killable: a fatal signal ends this wait too
 * @status: the firmware's status for it; written only if there was one, on return 0
 *
 * Memory that such a command was given belongs to the firmware until this
 * returns 0.
 *
 * Context: process context, may sleep.  The caller serialises.
 * Return: 0 when nothing is in flight, -EINTR, -ETIMEDOUT when the firmware
 * never answered (the mailbox is dead then), -ENODEV when it is gone.
 */
int psp_mailbox_settle(struct psp_mailbox *mbox, bool killable, u32 *status)
{
	u32 reg;
	int ret;

	if (!mbox->orphan)
		return 0;

	ret = mailbox_wait(mbox, mbox->orphan_name, mbox->orphan_deadline, killable, &reg);
	if (ret == -EINTR)
		return ret;
	if (ret == -ETIMEDOUT)
		return mailbox_hung(mbox, mbox->orphan_name);

	if (PCI_POSSIBLE_ERROR(reg))
		return mailbox_gone(mbox, mbox->orphan_name);

	mbox->orphan = false;
	mbox->in_flight = NULL;
	*status = mailbox_field_get(mbox->layout->status_mask, reg);
	return 0;
}

/*
 * The kernel panics while a command of somebody is in flight, who is not going to see
 * its end: the CPU that waited has been stopped, or the sender was killed.
 */
static int mailbox_settle_atomic(struct psp_mailbox *mbox, unsigned int timeout_ms)
{
	const char *name = mbox->in_flight;
	u32 reg;

	if (!name)
		return 0;
	if (mailbox_wait_atomic(mbox, timeout_ms, &reg))
		return mailbox_hung(mbox, name);
	if (PCI_POSSIBLE_ERROR(reg))
		return mailbox_gone(mbox, name);

	mbox->orphan = false;
	mbox->in_flight = NULL;
	return 0;
}

/* Is the mailbox ready to take a command? */
static int mailbox_check_idle(struct psp_mailbox *mbox, const char *name)
{
	const struct psp_mailbox_layout *l = mbox->layout;
	u32 reg = mailbox_read(mbox, l->cmdresp);

	if (PCI_POSSIBLE_ERROR(reg))
		return mailbox_gone(mbox, name);
	if (l->recovery && (reg & l->recovery)) {
		dev_err(mbox->dev, "%s: the PSP is in recovery mode, %s not sent\n", l->name, name);
		return -EBUSY;
	}
	return reg & l->done ? 0 : -EBUSY;
}

/* A command that somebody has written, and no answer. */
static bool mailbox_in_process(struct psp_mailbox *mbox, u32 reg)
{
	return !mailbox_answered(mbox, reg) && mailbox_field_get(mbox->layout->cmd_mask, reg);
}

/* Drivers also leave an address, or the wish for an interrupt; reset leaves neither. */
static bool mailbox_has_traces(struct psp_mailbox *mbox, u32 reg)
{
	const struct psp_mailbox_layout *l = mbox->layout;

	return (reg & l->ioc) || mailbox_read(mbox, l->addr_lo) || mailbox_read(mbox, l->addr_hi);
}

/*
 * A kernel or driver before this one, or this one before it was unbound, may have left a
 * command that the firmware is slow with.  Its end must not be taken for ours.
 *
 * Nobody says what the register holds before the first command since reset.  So what never
 * ends is no command, and without other traces of a driver the wait is short: that is for
 * the few commands without an address, on a PSP without an interrupt.
 */
static int mailbox_wait_predecessor(struct psp_mailbox *mbox, const struct psp_mailbox_request *req)
{
	const struct psp_mailbox_layout *l = mbox->layout;
	u32 reg = mailbox_read(mbox, l->cmdresp);
	unsigned int wait_ms = req->timeout_ms;
	unsigned long deadline;

	if (!mailbox_in_process(mbox, reg))
		return 0;

	if (mailbox_has_traces(mbox, reg))
		dev_notice(mbox->dev,
			   "%s: an earlier command (%#x) is still in process; waiting for its end\n",
			   l->name, mailbox_field_get(l->cmd_mask, reg));
	else
		wait_ms = min(wait_ms, TRACELESS_WAIT_MS);
	deadline = jiffies + msecs_to_jiffies(wait_ms);
	do {
		if (time_after_eq(jiffies, deadline)) {
			dev_warn(mbox->dev,
				 "%s: command %#x in the register does not end (cmdresp %#010x); going on without it\n",
				 l->name, mailbox_field_get(l->cmd_mask, reg), reg);
			return 0;
		}
		msleep(PREDECESSOR_STEP_MS);
		if (req->killable && fatal_signal_pending(current))
			return -EINTR;
		reg = mailbox_read(mbox, l->cmdresp);
	} while (mailbox_in_process(mbox, reg));
	return 0;
}

/**
 * psp_mailbox_send() - send one command and wait for its answer
 * @mbox: the mailbox
 * @req: the command
 * @status: the firmware's status, 0 for success; written only on return 0
 *
 * Context: process context, may sleep unless &psp_mailbox_request.atomic.  The
 * caller serialises.
 *
 * Return:
 * * 0 - the firmware has answered, see @status
 * * -EINTR - a fatal signal came.  With &psp_mailbox.orphan set the command is
 *   still in flight and what it was given must stay (psp_mailbox_settle()); else it
 *   was not sent
 * * -EBUSY - the mailbox is dead, or another agent is using it; nothing sent
 * * -ETIMEDOUT - no answer in time; the mailbox is dead from now on
 * * -ENODEV - the registers can't be read; the mailbox is dead from now on
 */
int psp_mailbox_send(struct psp_mailbox *mbox, const struct psp_mailbox_request *req,
		     u32 *status)
{
	const struct psp_mailbox_layout *l = mbox->layout;
	bool use_irq = mbox->irq && l->ioc && !req->atomic;
	unsigned long deadline;
	u32 ignored, reg;
	int ret;

	if (mbox->dead)
		return -EBUSY;

	if (req->atomic)
		ret = mailbox_settle_atomic(mbox, req->timeout_ms);
	else
		ret = psp_mailbox_settle(mbox, req->killable, &ignored);
	if (ret)
		return ret;

	if (l->idle_is_done)
		ret = mailbox_check_idle(mbox, req->name);
	else if (!mbox->ours && !req->atomic)
		ret = mailbox_wait_predecessor(mbox, req);
	if (ret)
		return ret;

	mbox->ours = true;
	WRITE_ONCE(mbox->signalled, false);
	mbox->in_flight = req->name;
	mailbox_write(mbox, l->addr_lo, lower_32_bits(req->addr));
	mailbox_write(mbox, l->addr_hi, upper_32_bits(req->addr));
	mailbox_write(mbox, l->cmdresp,
		      mailbox_field_set(l->cmd_mask, req->cmd) | (use_irq ? l->ioc : 0));

	deadline = jiffies + max(msecs_to_jiffies(req->timeout_ms), 1ul);
	if (req->atomic)
		ret = mailbox_wait_atomic(mbox, req->timeout_ms, &reg);
	else
		ret = mailbox_wait(mbox, req->name, deadline, req->killable, &reg);

	if (ret == -EINTR) {
		mbox->orphan = true;
		mbox->orphan_name = req->name;
		mbox->orphan_deadline = deadline;
		return ret;
	}
	if (ret)
		return mailbox_hung(mbox, req->name);
	if (PCI_POSSIBLE_ERROR(reg))
		return mailbox_gone(mbox, req->name);

	mbox->in_flight = NULL;
	*status = mailbox_field_get(l->status_mask, reg);
	return 0;
}

/**
 * psp_mailbox_extra() - has the firmware left more about an error than its status?
 * @mbox: the mailbox, after psp_mailbox_send() with a status that is no success
 * @req: the command
 * @extra: what the address registers hold now
 *
 * Return: true if that is not what was written to them
 */
bool psp_mailbox_extra(struct psp_mailbox *mbox, const struct psp_mailbox_request *req,
		       u64 *extra)
{
	u32 low = mailbox_read(mbox, mbox->layout->addr_lo);
	u32 high = mailbox_read(mbox, mbox->layout->addr_hi);

	*extra = (u64)high << 32 | low;
	return *extra != req->addr;
}
