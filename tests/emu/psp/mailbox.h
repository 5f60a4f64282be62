/* SPDX-License-Identifier: GPL-2.0-only */
/* A mailbox: command and response register plus the address of a buffer. */
#ifndef EMU_PSP_MAILBOX_H
#define EMU_PSP_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "loop.h"
#include "timing.h"

#define MAILBOX_RESPONSE	0x80000000u
#define MAILBOX_STATUS		0x0000ffffu

struct psp;

/**
 * struct mailbox_ops - what makes one mailbox differ from another
 * @unit: interface for faults and statistics
 * @id_mask: command in the register, after shifting
 * @id_shift: where the command is in the register
 * @irq_request: bit with which a command asks for an interrupt, 0 when it can't
 * @irq_status: bit in the interrupt status register
 * @ready_at_reset: the response bit is set before the first command
 * @threaded: @execute may take long and runs in the worker
 * @resolve: for a command that carries others: find out which; may be NULL
 * @execute: carry out a command; returns the status
 */
struct mailbox_ops {
	enum psp_unit unit;
	uint32_t id_mask;
	unsigned int id_shift;
	uint32_t irq_request, irq_status;
	bool ready_at_reset, threaded;
	void (*resolve)(struct psp *psp, uint64_t addr, enum psp_unit *unit, uint32_t *id);
	uint32_t (*execute)(struct psp *psp, uint32_t id, uint64_t addr);
};

/**
 * struct mailbox - state of one mailbox
 * @ops: its kind
 * @psp: the device
 * @cmdresp: command and response register
 * @lo: address register, bits 31:0
 * @hi: address register, bits 63:32
 * @busy: a command was given and not answered
 * @hung: it will not be answered by itself
 * @irq: it asks for an interrupt
 * @id: the command in progress
 * @addr: its buffer
 * @status: its result, set in the worker
 * @unit: for faults and statistics, after @resolve
 * @sub_id: the same
 * @fault: what shall happen to it
 * @timing: when it happens
 * @timer: delays it, and its answer
 * @irq_timer: delays the interrupt; may outlast the command
 * @started: when it was given
 */
struct mailbox {
	const struct mailbox_ops *ops;
	struct psp *psp;
	uint32_t cmdresp, lo, hi;
	bool busy, hung, irq;
	uint32_t id;
	uint64_t addr;
	uint32_t status;
	enum psp_unit unit;
	uint32_t sub_id;
	struct fault_action fault;
	struct timing timing;
	struct loop_timer timer, irq_timer;
	uint64_t started;
};

void mailbox_init(struct mailbox *m, struct psp *psp, const struct mailbox_ops *ops);
void mailbox_reset(struct mailbox *m);
void mailbox_command(struct mailbox *m, uint32_t value);
bool mailbox_release(struct mailbox *m);
bool mailbox_occupy(struct mailbox *m, unsigned int ms);

#endif
