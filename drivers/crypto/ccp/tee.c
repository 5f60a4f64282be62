// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trusted execution environment: the command ring of the PSP's trusted OS, used
 * by the TEE driver (amdtee).
 *
 * The ring lies in our memory and belongs to the firmware from RING_INIT until it
 * has confirmed RING_DESTROY.  If it never does, the memory is kept for good.
 *
 * Commands hand the firmware physical addresses of the caller's memory, which the
 * caller frees when its call comes back with an error.  So a command that is in
 * the ring is waited for, signal or not, until its time is up; only the wait for
 * a free entry can be killed.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/psp-tee.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "parts.h"
#include "psp.h"

#define TEE_ENTRIES		32
#define TEE_TIMEOUT_MS		10000
#define TEE_POLL_US		500
#define TEE_FULL_POLL_MS	10

/* Status of RING_INIT: there is a ring already, left by an earlier driver. */
#define TEE_RING_BUSY		0x0d

/* &tee_entry.state, written by the firmware from TEE_STATE_PROCESS on. */
#define TEE_STATE_INIT		0
#define TEE_STATE_COMPLETED	2

/* &tee_entry.flag, for the driver's own use. */
#define TEE_FLAG_WAITING	1
#define TEE_FLAG_TIMED_OUT	2
#define TEE_FLAG_COLLECTED	3

/**
 * struct tee_entry - one command in the ring, and its answer
 * @cmd: command number
 * @state: TEE_STATE_*
 * @status: what the trusted OS says
 * @reserved0: 0
 * @pdata: not used
 * @reserved1: 0
 * @buf: the command's data, then the answer's
 * @flag: TEE_FLAG_*
 */
struct tee_entry {
	u32 cmd;
	u32 state;
	u32 status;
	u32 reserved0;
	u64 pdata;
	u32 reserved1[2];
	u8 buf[988];
	u32 flag;
};

static_assert(offsetof(struct tee_entry, pdata) == 16);
static_assert(offsetof(struct tee_entry, buf) == 32);
static_assert(offsetof(struct tee_entry, flag) == 1020);
static_assert(sizeof(struct tee_entry) == 1024);

#define TEE_RING_SIZE		(TEE_ENTRIES * sizeof(struct tee_entry))

/**
 * struct tee_setup - buffer of RING_INIT
 * @addr_lo: physical address of the ring, bits 31:0
 * @addr_hi: bits 63:32
 * @size: bytes in the ring
 */
struct tee_setup {
	u32 addr_lo;
	u32 addr_hi;
	u32 size;
};

static_assert(sizeof(struct tee_setup) == 12);

/**
 * struct tee_device - the TEE part of one PSP
 * @psp: the PSP
 * @users: held for reading by every caller, for writing while the ring is set up
 *	or taken down
 * @gone: unbound; set before @users is taken for writing
 * @dead: the firmware left a command unanswered; it gets no more of them
 * @lock: serialises submission; protects @wptr
 * @wptr: offset of the next free entry
 * @ring: the ring, NULL when there is none
 * @setup: buffer of RING_INIT, shares the fate of @ring
 * @timeout_ms: how long the firmware may take for a command, or to free an entry
 */
struct tee_device {
	struct psp_device *psp;
	struct rw_semaphore users;
	bool gone;
	bool dead;
	struct mutex lock;
	u32 wptr;
	struct tee_entry *ring;
	struct tee_setup *setup;
	unsigned int timeout_ms;
};

static int tee_ring_alloc(struct tee_device *tee)
{
	tee->setup = (void *)get_zeroed_page(GFP_KERNEL);
	tee->ring = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(TEE_RING_SIZE));
	if (tee->setup && tee->ring)
		return 0;

	free_page((unsigned long)tee->setup);
	tee->setup = NULL;
	free_pages((unsigned long)tee->ring, get_order(TEE_RING_SIZE));
	tee->ring = NULL;
	return -ENOMEM;
}

/* Only what the firmware has given up may go back to the kernel. */
static void tee_ring_free(struct tee_device *tee, bool released)
{
	if (released) {
		free_page((unsigned long)tee->setup);
		free_pages((unsigned long)tee->ring, get_order(TEE_RING_SIZE));
	} else {
		dev_err(tee->psp->dev,
			"tee: the firmware did not give up the ring, its %zu KiB stay with it\n",
			TEE_RING_SIZE / SZ_1K);
	}
	tee->setup = NULL;
	tee->ring = NULL;
}

static int tee_ring_stop(struct tee_device *tee)
{
	u32 status;
	int ret;

	ret = psp_ext_command(tee->psp, "RING_DESTROY", PSP_MBOX_CMD_RING_DESTROY, 0, &status);
	if (ret) {
		dev_err(tee->psp->dev, "tee: ring destroy command failed (%d)\n", ret);
		return ret;
	}
	if (status) {
		dev_err(tee->psp->dev, "tee: ring destroy command failed (%#010x)\n", status);
		return -EIO;
	}
	return 0;
}

static int tee_ring_init_once(struct tee_device *tee, u32 *status)
{
	phys_addr_t ring = __sme_pa(tee->ring);
	int ret;

	memset(tee->ring, 0, TEE_RING_SIZE);
	tee->wptr = 0;
	tee->setup->addr_lo = lower_32_bits(ring);
	tee->setup->addr_hi = upper_32_bits(ring);
	tee->setup->size = TEE_RING_SIZE;

	ret = psp_ext_command(tee->psp, "RING_INIT", PSP_MBOX_CMD_RING_INIT,
			      __sme_pa(tee->setup), status);
	if (ret == -ETIMEDOUT)
		dev_err(tee->psp->dev,
			"tee: ring init command timed out, disabling TEE support\n");
	else if (ret)
		dev_err(tee->psp->dev, "tee: ring init command could not be sent (%d)\n", ret);
	return ret;
}

/* Give the firmware the ring.  @taken: it may have it, whatever is returned. */
static int tee_ring_start(struct tee_device *tee, bool *taken)
{
	u32 status;
	int ret;

	ret = tee_ring_init_once(tee, &status);
	if (!ret && status == TEE_RING_BUSY) {
		dev_info(tee->psp->dev,
			 "tee: the firmware has a ring of an earlier driver, replacing it\n");
		ret = tee_ring_stop(tee);
		if (!ret)
			ret = tee_ring_init_once(tee, &status);
	}

	*taken = !ret || ret == -ETIMEDOUT || ret == -ENODEV;
	if (ret)
		return ret;
	if (status) {
		*taken = false;
		dev_err(tee->psp->dev, "tee: ring init command failed (%#010x)\n", status);
		return -EIO;
	}
	return 0;
}

/**
 * tee_create() - bring up the TEE of a PSP
 * @psp: the PSP, which has one
 *
 * Return: 0 or a negative errno
 */
static int tee_create(struct psp_device *psp)
{
	struct tee_device *tee;
	bool taken;
	int ret;

	tee = kzalloc(sizeof(*tee), GFP_KERNEL);
	if (!tee)
		return -ENOMEM;

	tee->psp = psp;
	init_rwsem(&tee->users);
	mutex_init(&tee->lock);
	tee->timeout_ms = TEE_TIMEOUT_MS;

	ret = tee_ring_alloc(tee);
	if (ret)
		goto free_tee;
	ret = tee_ring_start(tee, &taken);
	if (ret)
		goto free_ring;

	dev_notice(psp->dev, "tee enabled\n");
	psp->part[PSP_ROLE_TEE] = tee;
	return 0;

free_ring:
	tee_ring_free(tee, !taken);
free_tee:
	kfree(tee);
	return ret;
}

/**
 * tee_destroy() - take down the TEE of a PSP
 * @psp: the PSP
 *
 * Context: may sleep; waits for commands in flight.
 */
static void tee_destroy(struct psp_device *psp)
{
	struct tee_device *tee = psp->part[PSP_ROLE_TEE];

	WRITE_ONCE(tee->gone, true);
	down_write(&tee->users);
	/* A firmware that left a command unanswered may still obey this one. */
	if (tee->ring)
		tee_ring_free(tee, !tee_ring_stop(tee));
	up_write(&tee->users);
}

/**
 * tee_resume() - give the firmware the ring again, after hibernation
 * @psp: the PSP
 * @memory_lost: it comes from there; else the firmware still has the ring
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; the TEE is dead then.
 */
static int tee_resume(struct psp_device *psp, bool memory_lost)
{
	struct tee_device *tee = psp->part[PSP_ROLE_TEE];
	bool taken;
	int ret;

	if (!memory_lost)
		return 0;
	down_write(&tee->users);
	ret = tee->gone ? -ENODEV : tee_ring_start(tee, &taken);
	/* The power was off in between, so this is a new start for a dead one. */
	tee->dead = ret;
	up_write(&tee->users);
	return ret;
}

/* -EAGAIN when there is no free entry. */
static int tee_try_submit(struct tee_device *tee, u32 cmd, const void *buf, size_t len,
			  struct tee_entry **slot)
{
	const struct psp_tee_regs *regs = tee->psp->hw->tee;
	struct tee_entry *entry;
	u32 next, rptr;

	guard(mutex)(&tee->lock);

	if (READ_ONCE(tee->dead))
		return -EBUSY;

	rptr = psp_read(tee->psp, regs->rptr);
	if (PCI_POSSIBLE_ERROR(rptr)) {
		dev_err(tee->psp->dev, "tee: the PSP's registers read as all ones, disabling TEE\n");
		WRITE_ONCE(tee->dead, true);
		return -ENODEV;
	}

	entry = tee->ring + tee->wptr / sizeof(*entry);
	next = (tee->wptr + sizeof(*entry)) % TEE_RING_SIZE;
	/*
	 * Full, or the answer of the last round has not been collected yet.  Pairs
	 * with the release in tee_process().
	 */
	if (next == rptr || smp_load_acquire(&entry->flag) == TEE_FLAG_WAITING)
		return -EAGAIN;

	memset(entry, 0, sizeof(*entry));
	memcpy(entry->buf, buf, len);
	entry->cmd = cmd;
	entry->state = TEE_STATE_INIT;
	entry->flag = TEE_FLAG_WAITING;

	tee->wptr = next;
	psp_write(tee->psp, regs->wptr, next);
	*slot = entry;
	return 0;
}

static int tee_submit(struct tee_device *tee, u32 cmd, const void *buf, size_t len,
		      struct tee_entry **slot)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(tee->timeout_ms);
	int ret;

	for (;;) {
		ret = tee_try_submit(tee, cmd, buf, len, slot);
		if (ret != -EAGAIN)
			return ret;

		if (READ_ONCE(tee->gone))
			return -ENODEV;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, deadline)) {
			dev_err(tee->psp->dev,
				"tee: ring buffer full for %u ms, command %#x not sent\n",
				tee->timeout_ms, cmd);
			return -EBUSY;
		}
		schedule_timeout_killable(msecs_to_jiffies(TEE_FULL_POLL_MS));
	}
}

static int tee_wait(struct tee_device *tee, struct tee_entry *entry)
{
	u32 state;

	if (!read_poll_timeout(READ_ONCE, state, state == TEE_STATE_COMPLETED, TEE_POLL_US,
			       (u64)tee->timeout_ms * USEC_PER_MSEC, false, entry->state))
		return 0;

	WRITE_ONCE(tee->dead, true);
	dev_err(tee->psp->dev,
		"tee: command 0x%x timed out, disabling PSP (ring: read %#x, write %#x)\n",
		entry->cmd, psp_read(tee->psp, tee->psp->hw->tee->rptr),
		psp_read(tee->psp, tee->psp->hw->tee->wptr));
	return -ETIMEDOUT;
}

static int tee_process(struct tee_device *tee, u32 cmd, void *buf, size_t len, u32 *status)
{
	struct tee_entry *entry;
	int ret;

	if (READ_ONCE(tee->gone))
		return -ENODEV;
	if (READ_ONCE(tee->dead))
		return -EBUSY;

	ret = tee_submit(tee, cmd, buf, len, &entry);
	if (ret)
		return ret;

	ret = tee_wait(tee, entry);
	if (ret) {
		WRITE_ONCE(entry->flag, TEE_FLAG_TIMED_OUT);
		return ret;
	}

	/* The firmware wrote the answer before it wrote the state. */
	dma_rmb();
	memcpy(buf, entry->buf, len);
	*status = entry->status;
	/* From here on somebody else may use the entry. */
	smp_store_release(&entry->flag, TEE_FLAG_COLLECTED);
	return 0;
}

/**
 * psp_tee_process_cmd() - have the trusted OS process a command
 * @cmd_id: the command
 * @buf: its data; on success replaced by the answer's
 * @len: bytes in @buf, at most 988
 * @status: out: what the trusted OS says, valid on success
 *
 * Context: may sleep, 10 s for an entry of the ring and 10 s for the answer.
 *
 * Return:
 * * 0 - the trusted OS has answered, see @status
 * * -EINVAL - an argument is missing or @len is out of range
 * * -ENODEV - no PSP with a TEE is bound
 * * -EBUSY - the TEE left an earlier command unanswered, or its ring stays full
 * * -EINTR - a fatal signal came before the command was sent
 * * -ETIMEDOUT - no answer; from now on all calls get -EBUSY
 */
int psp_tee_process_cmd(enum tee_cmd_id cmd_id, void *buf, size_t len, u32 *status)
{
	struct tee_device *tee;
	int ret;

	if (!buf || !status || !len || len > sizeof_field(struct tee_entry, buf))
		return -EINVAL;
	*status = 0;

	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_TEE);

	if (!psp)
		return -ENODEV;
	tee = psp->part[PSP_ROLE_TEE];

	down_read(&tee->users);
	ret = tee_process(tee, cmd_id, buf, len, status);
	up_read(&tee->users);
	return ret;
}
EXPORT_SYMBOL(psp_tee_process_cmd);

/**
 * psp_check_tee_status() - is there a TEE to talk to?
 *
 * Return: 0 or -ENODEV
 */
int psp_check_tee_status(void)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_TEE);

	return psp ? 0 : -ENODEV;
}
EXPORT_SYMBOL(psp_check_tee_status);

static bool tee_offered(const struct psp_device *psp)
{
	return (psp->capability & PSP_CAP_TEE) && psp->hw->tee && psp->hw->ext;
}

const struct psp_part_ops tee_part = {
	.name = "tee",
	.role = PSP_ROLE_TEE,
	.offered = tee_offered,
	.create = tee_create,
	.resume = tee_resume,
	.destroy = tee_destroy,
};
