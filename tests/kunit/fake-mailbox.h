/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scripted firmware behind the register operations of a PSP mailbox.
 *
 *	struct fake_mailbox *fake = fake_mailbox_new(test, &layout);
 *
 *	psp_mailbox_init(&mbox, dev, &layout, &fake_mailbox_ops, fake);
 *	fake_mailbox_expect(fake, .cmd = 0x04, .status = 0x1);
 *	... send command 4 ...
 *	fake_mailbox_check(fake);
 *
 * Commands must come in the order in which they are expected; any other one
 * fails the test, unless there is a &fake_mailbox.serve function, which answers
 * whatever is not expected. Time plays no part unless an answer asks for it: by
 * default the answer is there when the register is read for the first time.
 */
#ifndef KUNIT_FAKE_MAILBOX_H
#define KUNIT_FAKE_MAILBOX_H

#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/workqueue.h>
#include <kunit/test.h>

#include "mailbox.h"

#define FAKE_MAILBOX_SCRIPT	64

/* Registers and fields of a SEV mailbox; @_name is what log lines begin with. */
#define FAKE_MAILBOX_LAYOUT(_name) {					\
	.name = (_name),						\
	.cmdresp = 0x980,						\
	.addr_lo = 0x9e0,						\
	.addr_hi = 0x9e4,						\
	.cmd_mask = GENMASK(26, 16),					\
	.status_mask = GENMASK(15, 0),					\
	.done = BIT(31),						\
	.ioc = BIT(0),							\
}

struct fake_mailbox;

/**
 * struct fake_answer - how the firmware reacts to one command
 * @cmd: the command that has to come
 * @status: what goes into the status field
 * @reads: how many reads of the register still find no answer
 * @delay_ms: answer only after this time, however often the register is read
 * @interrupt: the completion interrupt fires with the answer, if it was asked for
 * @after_read: the answer comes right after a read that did not find it, not before
 * @hang: there never is an answer
 * @raw: when not 0, the register reads as this value instead of an answer
 * @act: called when the command is written, before the answer: look at the
 *	command buffer or fill it
 */
struct fake_answer {
	u32 cmd;
	u32 status;
	unsigned int reads;
	unsigned int delay_ms;
	bool interrupt;
	bool after_read;
	bool hang;
	u32 raw;
	void (*act)(struct fake_mailbox *fake, void *buffer);
};

/**
 * struct fake_mailbox - the scripted firmware
 * @test: the test to fail
 * @layout: registers
 * @mbox: whom to interrupt; set by a test that wants interrupts
 * @priv: for the test's &fake_answer.act and @serve
 * @serve: answers commands that are not expected: returns their status
 * @cmdresp: command/response register
 * @addr_lo: address register, low half
 * @addr_hi: address register, high half
 * @script: the commands that are expected
 * @expected: how many there are
 * @seen: how many of them have come
 * @now: the last one
 * @busy: it is not answered yet
 * @asked_interrupt: it asked for an interrupt
 * @reads: reads of the command/response register since it came
 * @work: answers later
 */
struct fake_mailbox {
	struct kunit *test;
	const struct psp_mailbox_layout *layout;
	struct psp_mailbox *mbox;
	void *priv;
	u32 (*serve)(struct fake_mailbox *fake, u32 cmd, void *buffer);

	u32 cmdresp;
	u32 addr_lo;
	u32 addr_hi;

	struct fake_answer script[FAKE_MAILBOX_SCRIPT];
	unsigned int expected;
	unsigned int seen;
	struct fake_answer now;
	bool busy;
	bool asked_interrupt;
	unsigned int reads;
	struct delayed_work work;
};

static inline void fake_mailbox_answer(struct fake_mailbox *fake)
{
	const struct psp_mailbox_layout *l = fake->layout;
	const struct fake_answer *answer = &fake->now;

	WRITE_ONCE(fake->cmdresp, answer->raw ?: l->done |
		   ((answer->status << __ffs(l->status_mask)) & l->status_mask));
	WRITE_ONCE(fake->busy, false);
	if (answer->interrupt && fake->asked_interrupt && fake->mbox)
		psp_mailbox_interrupt(fake->mbox);
}

static inline void fake_mailbox_work(struct work_struct *work)
{
	fake_mailbox_answer(container_of(to_delayed_work(work), struct fake_mailbox, work));
}

static inline u32 fake_mailbox_read(void *ctx, u32 reg)
{
	struct fake_mailbox *fake = ctx;
	const struct psp_mailbox_layout *l = fake->layout;

	if (reg == l->addr_lo)
		return fake->addr_lo;
	if (reg == l->addr_hi)
		return fake->addr_hi;
	if (reg != l->cmdresp) {
		KUNIT_FAIL(fake->test, "read of register %#x, which is not the mailbox's", reg);
		return 0;
	}
	if (READ_ONCE(fake->busy)) {
		const struct fake_answer *answer = &fake->now;
		u32 before = READ_ONCE(fake->cmdresp);

		if (!answer->hang && !answer->delay_ms && fake->reads++ >= answer->reads)
			fake_mailbox_answer(fake);
		if (answer->after_read)
			return before;
	}
	return READ_ONCE(fake->cmdresp);
}

static inline void fake_mailbox_command(struct fake_mailbox *fake, u32 val)
{
	const struct psp_mailbox_layout *l = fake->layout;
	u32 cmd = (val & l->cmd_mask) >> __ffs(l->cmd_mask);
	u64 addr = (u64)fake->addr_hi << 32 | fake->addr_lo;
	void *buffer = addr ? phys_to_virt(addr) : NULL;

	if (fake->busy)
		KUNIT_FAIL(fake->test, "command %#x written while %#x is in flight", cmd,
			   fake->now.cmd);
	if (val & ~(l->cmd_mask | l->ioc))
		KUNIT_FAIL(fake->test, "command %#x written with stray bits: %#x", cmd, val);

	if (fake->seen < fake->expected) {
		fake->now = fake->script[fake->seen++];
		KUNIT_EXPECT_EQ(fake->test, cmd, fake->now.cmd);
		if (fake->now.act)
			fake->now.act(fake, buffer);
	} else if (fake->serve) {
		fake->now = (struct fake_answer){ .cmd = cmd };
		fake->now.status = fake->serve(fake, cmd, buffer);
	} else {
		fake->now = (struct fake_answer){ .cmd = cmd, .status = l->status_mask };
		KUNIT_FAIL(fake->test, "command %#x, none expected", cmd);
	}

	fake->cmdresp = val;
	fake->asked_interrupt = val & l->ioc;
	fake->reads = 0;
	WRITE_ONCE(fake->busy, true);
	if (fake->now.delay_ms)
		schedule_delayed_work(&fake->work, msecs_to_jiffies(fake->now.delay_ms));
}

static inline void fake_mailbox_write(void *ctx, u32 reg, u32 val)
{
	struct fake_mailbox *fake = ctx;
	const struct psp_mailbox_layout *l = fake->layout;

	if (reg == l->cmdresp)
		fake_mailbox_command(fake, val);
	else if (reg == l->addr_lo)
		fake->addr_lo = val;
	else if (reg == l->addr_hi)
		fake->addr_hi = val;
	else
		KUNIT_FAIL(fake->test, "write of register %#x, which is not the mailbox's", reg);
}

static const struct psp_mailbox_ops fake_mailbox_ops = {
	.read = fake_mailbox_read,
	.write = fake_mailbox_write,
};

static inline void fake_mailbox_stop(void *ctx)
{
	struct fake_mailbox *fake = ctx;

	cancel_delayed_work_sync(&fake->work);
}

/**
 * fake_mailbox_new() - make a firmware that knows no command yet
 * @test: the running test, which also owns the result
 * @layout: registers
 *
 * Return: never NULL; the test ends when there is no memory
 */
static inline struct fake_mailbox *fake_mailbox_new(struct kunit *test,
						    const struct psp_mailbox_layout *layout)
{
	struct fake_mailbox *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->test = test;
	fake->layout = layout;
	fake->cmdresp = layout->idle_is_done ? layout->done : 0;
	INIT_DELAYED_WORK(&fake->work, fake_mailbox_work);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_mailbox_stop, fake), 0);
	return fake;
}

/**
 * fake_mailbox_expect() - one more command will come
 * @fake: the firmware
 * @...: the command and what becomes of it: initialisers of &struct fake_answer
 */
#define fake_mailbox_expect(fake, ...) \
	fake_mailbox_add(fake, (struct fake_answer){ __VA_ARGS__ })

static inline void fake_mailbox_add(struct fake_mailbox *fake, struct fake_answer answer)
{
	KUNIT_ASSERT_LT(fake->test, fake->expected, FAKE_MAILBOX_SCRIPT);
	fake->script[fake->expected++] = answer;
}

/**
 * fake_mailbox_left() - an earlier driver has left a command
 * @fake: the firmware
 * @answer: the command and what becomes of it; its @interrupt was asked for
 * @addr: the address that was written for it, 0 for a command without one
 */
static inline void fake_mailbox_left(struct fake_mailbox *fake, struct fake_answer answer,
				     u64 addr)
{
	fake->now = answer;
	fake->cmdresp = answer.cmd << __ffs(fake->layout->cmd_mask);
	if (answer.interrupt)
		fake->cmdresp |= fake->layout->ioc;
	fake->asked_interrupt = answer.interrupt;
	fake->addr_lo = lower_32_bits(addr);
	fake->addr_hi = upper_32_bits(addr);
	fake->reads = 0;
	WRITE_ONCE(fake->busy, true);
	if (answer.delay_ms)
		schedule_delayed_work(&fake->work, msecs_to_jiffies(answer.delay_ms));
}

/**
 * fake_mailbox_check() - expect that all expected commands have come by now
 * @fake: the firmware
 */
static inline void fake_mailbox_check(struct fake_mailbox *fake)
{
	KUNIT_EXPECT_EQ(fake->test, fake->seen, fake->expected);
}

#endif /* KUNIT_FAKE_MAILBOX_H */
