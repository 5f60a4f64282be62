// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a command: register write -> fault? -> delay? -> execute -> delay? -> answer -> delay?
 * -> interrupt. The register write itself returns at once.
 */
#include <inttypes.h>

#include "device.h"
#include "log.h"
#include "mailbox.h"
#include "worker.h"

static void mailbox_irq(void *arg)
{
	struct mailbox *m = arg;

	psp_raise(m->psp, m->ops->irq_status);
}

static void mailbox_answer(void *arg)
{
	struct mailbox *m = arg;
	uint32_t status = m->fault.has_status ? m->fault.status : m->status;

	stats_done(&m->psp->stats, m->unit, m->sub_id, status);
	log_info("%s %#05x %s buffer %#" PRIx64 ": status %#x after %" PRIu64 " us",
		 unit_name(m->unit), m->sub_id, command_name(m->unit, m->sub_id), m->addr, status,
		 (loop_now_ns() - m->started) / 1000);
	m->cmdresp = MAILBOX_RESPONSE | (status & MAILBOX_STATUS);
	m->busy = false;
	m->hung = false;
	if (!m->irq || m->fault.lost_irq)
		return;
	if (m->timing.irq)
		loop_timer_arm_us(m->psp->loop, &m->irq_timer, m->timing.irq);
	else
		mailbox_irq(m);
}

/* Go on with @fn, now or later. */
static void mailbox_after(struct mailbox *m, unsigned int us, loop_fn fn)
{
	m->timer.fn = fn;
	if (us)
		loop_timer_arm_us(m->psp->loop, &m->timer, us);
	else
		fn(m);
}

static void mailbox_work(void *arg)
{
	struct mailbox *m = arg;

	m->status = m->ops->execute(m->psp, m->id, m->addr);
}

static void mailbox_work_done(void *arg)
{
	struct mailbox *m = arg;

	mailbox_after(m, m->timing.answer, mailbox_answer);
}

static void mailbox_execute(void *arg)
{
	struct mailbox *m = arg;

	if (m->fault.has_status && !m->fault.exec) {
		mailbox_work_done(m);
	} else if (m->ops->threaded) {
		worker_start(m->psp->worker, mailbox_work, mailbox_work_done, m);
	} else {
		mailbox_work(m);
		mailbox_work_done(m);
	}
}

static void mailbox_take_time(struct mailbox *m)
{
	struct timing *t = &m->timing;

	*t = timing_of(m->psp->cfg.seed, m->psp->commands++);
	if (t->start || t->answer || t->irq || t->early_irq)
		log_info("time: %s %#05x starts after %u us, answers after %u us, interrupts after %u us%s",
			 unit_name(m->unit), m->sub_id, t->start, t->answer, t->irq,
			 t->early_irq ? " and at once" : "");
	if (m->fault.late_irq_ms)
		t->irq = m->fault.late_irq_ms * 1000;
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
	mailbox_take_time(m);
	if (m->fault.spurious_irq || (m->irq && m->timing.early_irq))
		psp_raise(psp, m->ops->irq_status);
	if (m->fault.hang)
		m->hung = true;
	else
		mailbox_after(m, m->fault.delay_ms * 1000 + m->timing.start, mailbox_execute);
}

/**
 * mailbox_occupy() - as if a command of somebody before the driver were still worked on
 * @m: mailbox
 * @ms: how long that takes; then the register reads done
 *
 * Return: false when there is a command already.
 */
bool mailbox_occupy(struct mailbox *m, unsigned int ms)
{
	if (m->busy)
		return false;
	m->busy = true;
	m->irq = false;
	m->cmdresp = 0;
	m->id = 0;
	m->status = 0;
	m->unit = m->ops->unit;
	m->sub_id = 0;
	m->fault = (struct fault_action){ 0 };
	m->timing = (struct timing){ 0 };
	m->started = loop_now_ns();
	m->timer.fn = mailbox_answer;
	loop_timer_arm(m->psp->loop, &m->timer, ms);
	return true;
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
	loop_timer_cancel(m->psp->loop, &m->irq_timer);
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
	m->irq_timer = (struct loop_timer){ .fn = mailbox_irq, .arg = m };
	mailbox_reset(m);
}
