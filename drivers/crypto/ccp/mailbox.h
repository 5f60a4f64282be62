/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One PSP mailbox: a command/response register, two address registers, and
 * the rules of waiting for an answer.
 */
#ifndef CCP_MAILBOX_H
#define CCP_MAILBOX_H

#include <linux/device.h>
#include <linux/types.h>
#include <linux/wait.h>

/**
 * struct psp_mailbox_ops - how a mailbox reaches its registers
 * @read: read the 32-bit register at byte offset @reg of the PSP's BAR
 * @write: write the 32-bit register at byte offset @reg of the PSP's BAR
 *
 * The PCI device supplies these for real hardware; a test supplies a script.
 */
struct psp_mailbox_ops {
	u32 (*read)(void *ctx, u32 reg);
	void (*write)(void *ctx, u32 reg, u32 val);
};

/**
 * struct psp_mailbox_layout - registers and bit fields of one kind of mailbox
 * @name: what log lines call it
 * @cmdresp: offset of the command/response register
 * @addr_lo: offset of the register for address bits 31:0
 * @addr_hi: offset of the register for address bits 63:32
 * @cmd_mask: where the command number goes when the register is written
 * @status_mask: where the status is when the register is read
 * @done: bit that the firmware sets when it has answered
 * @recovery: bit that says that the firmware is in recovery mode, or 0
 * @ioc: bit that asks for an interrupt on completion, or 0 where there is none
 * @idle_is_done: @done is also set while the mailbox is idle, so that it has
 *	to be checked before a command is written.  Without it nothing is known about
 *	the register before the first command
 */
struct psp_mailbox_layout {
	const char *name;
	u32 cmdresp;
	u32 addr_lo;
	u32 addr_hi;
	u32 cmd_mask;
	u32 status_mask;
	u32 done;
	u32 recovery;
	u32 ioc;
	bool idle_is_done;
};

/**
 * struct psp_mailbox_request - one command
 * @name: the command's name for log lines
 * @cmd: command number, goes into &psp_mailbox_layout.cmd_mask
 * @addr: physical address of the command buffer (with the C-bit), or 0
 * @timeout_ms: how long the firmware may take
 * @killable: a fatal signal ends the wait; the command goes on without a waiter
 * @atomic: no sleeping (panic): poll with a delay loop
 */
struct psp_mailbox_request {
	const char *name;
	u32 cmd;
	u64 addr;
	unsigned int timeout_ms;
	bool killable;
	bool atomic;
};

/**
 * struct psp_mailbox - state of one mailbox
 * @dev: device for log lines
 * @layout: registers
 * @ops: register access
 * @ctx: first argument of @ops
 * @wait: where a sender sleeps
 * @signalled: the interrupt for the command in flight has arrived
 * @irq: completion interrupts are delivered
 * @dead: the firmware did not answer a command in time and is not asked again
 * @ours: what the registers hold is about a command of this mailbox
 * @in_flight: the name of a command that was sent and not answered yet, or NULL
 * @orphan: a command is in flight whose sender was killed
 * @orphan_name: its name
 * @orphan_deadline: jiffies until which it may be in flight
 * @lost_irqs: answers for which no interrupt came
 *
 * The owner serialises all calls but psp_mailbox_interrupt().
 */
struct psp_mailbox {
	struct device *dev;
	const struct psp_mailbox_layout *layout;
	const struct psp_mailbox_ops *ops;
	void *ctx;
	wait_queue_head_t wait;
	bool signalled;
	bool irq;
	bool dead;
	bool ours;
	const char *in_flight;
	bool orphan;
	const char *orphan_name;
	unsigned long orphan_deadline;
	unsigned long lost_irqs;
};

void psp_mailbox_init(struct psp_mailbox *mbox, struct device *dev,
		      const struct psp_mailbox_layout *layout,
		      const struct psp_mailbox_ops *ops, void *ctx);
int psp_mailbox_send(struct psp_mailbox *mbox, const struct psp_mailbox_request *req,
		     u32 *status);
int psp_mailbox_settle(struct psp_mailbox *mbox, bool killable, u32 *status);
bool psp_mailbox_extra(struct psp_mailbox *mbox, const struct psp_mailbox_request *req,
		       u64 *extra);
void psp_mailbox_interrupt(struct psp_mailbox *mbox);

#endif /* CCP_MAILBOX_H */
