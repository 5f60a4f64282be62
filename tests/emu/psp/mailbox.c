// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a command: register write -> fault? -> delay? -> execute -> answer -> interrupt.
 * The register write itself returns at once.
 */
#include <inttypes.h>

#include "device.h"
#include "log.h"
#include "mailbox.h"
#include "worker.h"

static void mailbox_answer(struct mailbox *m, uint32_t status)
{
	if (m->fault.has_status)
		status = m->fault.status;
	stats_done(&m->psp->stats, m->unit, m->sub_id, status);
	log_info("%s %#05x %s buffer %#" PRIx64 ": status %#x after %" PRIu64 " us",
		 unit_name(m->unit), m->sub_id, command_name(m->unit, m->sub_id), m->addr, status,
		 (loop_now_ns() - m->started) / 1000);
	m->cmdresp = MAILBOX_RESPONSE | (status & MAILBOX_STATUS);
	m->busy = false;
	m->hung = false;
	if (m->irq && !m->fault.lost_irq)
		psp_raise(m->psp, m->ops->irq_status);
}

static void mailbox_work(void *arg)
{
	struct mailbox *m = arg;

	m->status = m->ops->execute(m->psp, m->id, m->addr);
}

static void mailbox_work_done(void *arg)
{
	struct mailbox *m = arg;

	mailbox_answer(m, m->status);
}

static void mailbox_execute(void *arg)
{
	struct mailbox *m = arg;

	if (m->fault.has_status && !m->fault.exec) {
		mailbox_answer(m, m->fault.status);
	} else if (m->ops->threaded) {
		worker_start(m->psp->worker, mailbox_work, mailbox_work_done, m);
	} else {
		mailbox_work(m);
		mailbox_answer(m, m->status);
	}
}

/**
 * mailbox_command() - the guest wrote the command register
 * @m: mailbox
 * @value: what it wrote
 */
void mailbox_command(struct mailbox *m, uint32_t value)
{
	struct psp *psp = m->psp;
	bool hit;

	if (m->busy) {
		psp->stats.overruns++;
		log_error("%s: command word %#x while %#05x %s is not answered",
			  unit_name(m->ops->unit), value, m->sub_id,
			  command_name(m->unit, m->sub_id));
		return;
	}
	m->busy = true;
	m->started = loop_now_ns();
	m->cmdresp = value & ~MAILBOX_RESPONSE;
	m->id = (value >> m->ops->id_shift) & m->ops->id_mask;
	m->irq = value & m->ops->irq_request;
	m->addr = (uint64_t)m->hi << 32 | m->lo;
	m->unit = m->ops->unit;
	m->sub_id = m->id;
	if (m->ops->resolve)
		m->ops->resolve(psp, m->addr, &m->unit, &m->sub_id);

	hit = faults_match(psp->faults, m->unit, m->sub_id, &m->fault);
	stats_started(&psp->stats, m->unit, m->sub_id, hit);
	if (hit)
		log_warn("fault: %s %#05x %s", unit_name(m->unit), m->sub_id,
			 command_name(m->unit, m->sub_id));
	if (m->fault.has_garbage)
		psp_set_garbage(psp, m->fault.garbage);
	if (m->fault.spurious_irq)
		psp_raise(psp, m->ops->irq_status);
	if (m->fault.hang)
		m->hung = true;
	else if (m->fault.delay_ms)
		loop_timer_arm(psp->loop, &m->timer, m->fault.delay_ms);
	else
		mailbox_execute(m);
}

/**
 * mailbox_release() - answer a command that hangs after all
 * @m: mailbox
 *
 * Return: false when none hangs.
 */
bool mailbox_release(struct mailbox *m)
{
	if (!m->hung)
		return false;
	m->hung = false;
	mailbox_execute(m);
	return true;
}

/**
 * mailbox_reset() - forget the command in progress
 * @m: mailbox; the worker must be idle
 */
void mailbox_reset(struct mailbox *m)
{
	loop_timer_cancel(m->psp->loop, &m->timer);
	m->cmdresp = m->ops->ready_at_reset ? MAILBOX_RESPONSE : 0;
	m->lo = 0;
	m->hi = 0;
	m->busy = false;
	m->hung = false;
}

/**
 * mailbox_init() - set a mailbox up
 * @m: mailbox
 * @psp: its device
 * @ops: its kind
 */
void mailbox_init(struct mailbox *m, struct psp *psp, const struct mailbox_ops *ops)
{
	m->ops = ops;
	m->psp = psp;
	m->timer = (struct loop_timer){ .fn = mailbox_execute, .arg = m };
	mailbox_reset(m);
}
