// SPDX-License-Identifier: GPL-2.0-only
/*
 * TEE command ring. The guest writes entries and moves the write pointer; the TEE answers in
 * place and moves the read pointer. Nothing interrupts: the guest polls the entry.
 */
#include <stddef.h>
#include <string.h>

#include "device.h"
#include "log.h"
#include "tee_cmd.h"

/* Status of the ring commands in the PSP mailbox. */
#define RING_ALREADY_INITIALISED	0x0d
#define RING_BAD_PARAMETER		0x06

#define ENTRY_INIT			0
#define ENTRY_PROCESS			1
#define ENTRY_COMPLETED			2

struct ring_setup {
	uint32_t lo, hi, size;
};

struct ring_entry {
	uint32_t id, state, status, reserved;
	uint64_t pdata;
	uint32_t reserved2[2];
	uint8_t buf[988];
	uint32_t flag;
} __attribute__((packed));

_Static_assert(sizeof(struct ring_entry) == TEE_ENTRY_SIZE, "TEE ring entry");
_Static_assert(sizeof(struct tee_cmd) <= sizeof(((struct ring_entry *)NULL)->buf), "TEE command");

static void tee_next(struct psp *psp)
{
	struct tee *tee = &psp->tee;

	tee->stuck = false;
	tee->waiting = false;
	tee->rptr = (tee->rptr + TEE_ENTRY_SIZE) % tee->size;
}

static int tee_answer(struct psp *psp, struct ring_entry *entry, uint64_t addr)
{
	struct tee *tee = &psp->tee;
	uint32_t state = ENTRY_COMPLETED;
	int ret;

	if (tee->fault.has_status && !tee->fault.exec) {
		entry->status = tee->fault.status;
	} else {
		struct tee_cmd cmd;

		memcpy(&cmd, entry->buf, sizeof(cmd));
		entry->status = tee_execute(psp, entry->id, &cmd);
		memcpy(entry->buf, &cmd, sizeof(cmd));
		if (tee->fault.has_status)
			entry->status = tee->fault.status;
	}
	stats_done(&psp->stats, UNIT_TEE, entry->id, entry->status);
	log_info("tee %#x %s: status %#x", entry->id, command_name(UNIT_TEE, entry->id),
		 entry->status);
	ret = psp_dma_write(psp, addr + offsetof(struct ring_entry, status), &entry->status,
			    sizeof(entry->status));
	if (!ret)
		ret = psp_dma_write(psp, addr + offsetof(struct ring_entry, buf), entry->buf,
				    sizeof(entry->buf));
	/* The state comes last: it tells the guest that the rest is there. */
	if (!ret)
		ret = psp_dma_write(psp, addr + offsetof(struct ring_entry, state), &state,
				    sizeof(state));
	return ret;
}

/* Returns false when the entry is not answered now. */
static bool tee_begin(struct psp *psp, const struct ring_entry *entry)
{
	struct tee *tee = &psp->tee;
	bool hit = faults_match(psp->faults, UNIT_TEE, entry->id, &tee->fault);

	stats_started(&psp->stats, UNIT_TEE, entry->id, hit);
	if (entry->state != ENTRY_INIT)
		log_error("tee: entry at %#x has state %u, not 0", tee->rptr, entry->state);
	if (tee->fault.has_garbage)
		psp_set_garbage(psp, tee->fault.garbage);
	tee->stuck = tee->fault.hang;
	tee->waiting = tee->fault.delay_ms && !tee->stuck;
	if (tee->waiting)
		loop_timer_arm(psp->loop, &tee->timer, tee->fault.delay_ms);
	return !tee->stuck && !tee->waiting;
}

static int tee_process(struct psp *psp, bool begun)
{
	struct tee *tee = &psp->tee;
	uint64_t addr = tee->ring + tee->rptr;
	struct ring_entry entry;
	uint32_t state = ENTRY_PROCESS;
	int ret = psp_dma_read(psp, addr, &entry, sizeof(entry));

	if (!ret && !begun) {
		if (!tee_begin(psp, &entry))
			return psp_dma_write(psp, addr + offsetof(struct ring_entry, state),
					     &state, sizeof(state));
	}
	if (!ret)
		ret = tee_answer(psp, &entry, addr);
	tee_next(psp);
	return ret;
}

static void tee_run(struct psp *psp)
{
	struct tee *tee = &psp->tee;

	while (tee->ring && !tee->stuck && !tee->waiting && tee->rptr != tee->wptr)
		if (tee_process(psp, false))
			log_error("tee: ring at %#llx is not in memory",
				  (unsigned long long)tee->ring);
}

/* The entry at the read pointer, held back by a fault, is answered now. */
static void tee_resume(void *arg)
{
	struct psp *psp = arg;

	if (tee_process(psp, true))
		log_error("tee: the ring's memory is gone");
	tee_run(psp);
}

/**
 * tee_release() - answer a command that hangs after all
 * @psp: device
 *
 * Return: false when none hangs.
 */
bool tee_release(struct psp *psp)
{
	if (!psp->tee.stuck)
		return false;
	tee_resume(psp);
	return true;
}

/**
 * tee_kick() - the guest moved the write pointer
 * @psp: device
 * @wptr: new write pointer
 */
void tee_kick(struct psp *psp, uint32_t wptr)
{
	struct tee *tee = &psp->tee;

	if (!tee->ring || wptr >= tee->size || wptr % TEE_ENTRY_SIZE) {
		log_error("tee: write pointer %#x is not in the ring", wptr);
		return;
	}
	tee->wptr = wptr;
	tee_run(psp);
}

/**
 * tee_ring_init() - mailbox command TEE_RING_INIT
 * @psp: device
 * @addr: guest-physical address of the ring's description
 *
 * Return: mailbox status.
 */
uint32_t tee_ring_init(struct psp *psp, uint64_t addr)
{
	struct tee *tee = &psp->tee;
	struct ring_setup setup;

	if (tee->ring)
		return RING_ALREADY_INITIALISED;
	if (psp_dma_read(psp, addr, &setup, sizeof(setup)))
		return RING_BAD_PARAMETER;
	if (!setup.size || setup.size % TEE_ENTRY_SIZE ||
	    setup.size > TEE_MAX_ENTRIES * TEE_ENTRY_SIZE || setup.lo % 4096)
		return RING_BAD_PARAMETER;
	tee->ring = (uint64_t)setup.hi << 32 | setup.lo;
	tee->size = setup.size;
	tee->rptr = 0;
	tee->wptr = 0;
	return 0;
}

/**
 * tee_ring_destroy() - mailbox command TEE_RING_DESTROY
 * @psp: device
 *
 * Return: mailbox status.
 */
uint32_t tee_ring_destroy(struct psp *psp)
{
	if (!psp->tee.ring)
		return RING_BAD_PARAMETER;
	tee_reset(psp);
	return 0;
}

/**
 * tee_reset() - forget the ring and everything that was made through it
 * @psp: device
 */
void tee_reset(struct psp *psp)
{
	loop_timer_cancel(psp->loop, &psp->tee.timer);
	memset(&psp->tee, 0, sizeof(psp->tee));
	tee_init(psp);
}

/**
 * tee_init() - prepare the TEE of a new device
 * @psp: device
 */
void tee_init(struct psp *psp)
{
	psp->tee.timer = (struct loop_timer){ .fn = tee_resume, .arg = psp };
}
