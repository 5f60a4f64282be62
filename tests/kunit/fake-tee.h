/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trusted OS behind the command ring of a fake PSP, for suites that include
 * tee.c first.
 */
#ifndef KUNIT_FAKE_TEE_H
#define KUNIT_FAKE_TEE_H

#include <linux/workqueue.h>

#include "fake-psp.h"

#define WPTR	0x950
#define RPTR	0x954

/* Generous where only a failing test would wait, short where every run does. */
#define LONG_MS		20000
#define SHORT_MS	30

static const struct psp_tee_regs regs = { .wptr = WPTR, .rptr = RPTR };

#define SCRIPT	8

/**
 * struct firmware_state - the trusted OS
 * @fake: its PSP
 * @ext_cmd: commands that have to come to the PSP mailbox, in this order
 * @ext_ret: what becomes of them
 * @ext_status: their status
 * @expected: how many will come
 * @seen: how many came
 * @setup: what RING_INIT said
 * @ring: the ring, where it is
 * @wptr: the register
 * @rptr: the register
 * @commands: how many it took out of the ring
 * @status: what it answers
 * @answers: it does answer
 * @takes: it takes commands out of the ring
 * @delay_ms: time it needs
 * @work: answers later
 */
struct firmware_state {
	struct fake_psp *fake;
	u32 ext_cmd[SCRIPT];
	int ext_ret[SCRIPT];
	u32 ext_status[SCRIPT];
	unsigned int expected;
	unsigned int seen;
	struct tee_setup setup;
	struct tee_entry *ring;
	u32 wptr;
	u32 rptr;
	unsigned int commands;
	u32 status;
	bool answers;
	bool takes;
	unsigned int delay_ms;
	struct delayed_work work;
};

/* Turns every byte over, so that an answer is not the question. */
static void fw_process(struct firmware_state *fw)
{
	while (fw->takes && fw->rptr != fw->wptr) {
		struct tee_entry *entry = fw->ring + fw->rptr / sizeof(*entry);
		size_t i;

		fw->commands++;
		for (i = 0; i < sizeof(entry->buf); i++)
			entry->buf[i] = ~entry->buf[i];
		entry->status = fw->status;
		fw->rptr = (fw->rptr + sizeof(*entry)) % TEE_RING_SIZE;
		if (!fw->answers)
			continue;
		/* Pairs with the read of the state in tee_wait(). */
		smp_store_release(&entry->state, TEE_STATE_COMPLETED);
	}
}

static void fw_work(struct work_struct *work)
{
	fw_process(container_of(to_delayed_work(work), struct firmware_state, work));
}

static u32 fw_read(struct fake_psp *fake, u32 reg)
{
	struct firmware_state *fw = fake->priv;

	if (reg == RPTR)
		return READ_ONCE(fw->rptr);
	if (reg == WPTR)
		return READ_ONCE(fw->wptr);
	KUNIT_FAIL(fake->test, "read of register %#x", reg);
	return 0;
}

static void fw_write(struct fake_psp *fake, u32 reg, u32 val)
{
	struct firmware_state *fw = fake->priv;

	KUNIT_EXPECT_EQ(fake->test, reg, WPTR);
	KUNIT_EXPECT_LT(fake->test, val, TEE_RING_SIZE);
	WRITE_ONCE(fw->wptr, val);
	if (fw->delay_ms)
		schedule_delayed_work(&fw->work, msecs_to_jiffies(fw->delay_ms));
	else
		fw_process(fw);
}

static int fw_ext(struct fake_psp *fake, u32 cmd, void *buf, u32 *status)
{
	struct firmware_state *fw = fake->priv;
	unsigned int n = fw->seen++;

	if (n >= fw->expected) {
		KUNIT_FAIL(fake->test, "command %u to the PSP mailbox, none expected", cmd);
		return -EBUSY;
	}
	KUNIT_EXPECT_EQ(fake->test, cmd, fw->ext_cmd[n]);
	*status = fw->ext_status[n];
	if (cmd == PSP_MBOX_CMD_RING_INIT && !fw->ext_ret[n] && !fw->ext_status[n]) {
		memcpy(&fw->setup, buf, sizeof(fw->setup));
		fw->ring = phys_to_virt(((u64)fw->setup.addr_hi << 32 | fw->setup.addr_lo) &
					~sme_me_mask);
		fw->wptr = 0;
		fw->rptr = 0;
	}
	return fw->ext_ret[n];
}

static void fw_expect(struct firmware_state *fw, u32 cmd, int ret, u32 status)
{
	fw->ext_cmd[fw->expected] = cmd;
	fw->ext_ret[fw->expected] = ret;
	fw->ext_status[fw->expected] = status;
	fw->expected++;
}

static void fw_stop(void *ctx)
{
	struct firmware_state *fw = ctx;

	cancel_delayed_work_sync(&fw->work);
}

static struct firmware_state *fw_new(struct kunit *test)
{
	struct firmware_state *fw = kunit_kzalloc(test, sizeof(*fw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fw);
	fw->fake = fake_psp_new(test);
	fw->fake->hw.tee = &regs;
	fw->fake->read = fw_read;
	fw->fake->write = fw_write;
	fw->fake->ext = fw_ext;
	fw->fake->priv = fw;
	fw->takes = true;
	fw->answers = true;
	INIT_DELAYED_WORK(&fw->work, fw_work);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fw_stop, fw), 0);
	return fw;
}

static inline struct tee_device *tee_of(const struct fake_psp *fake)
{
	return fake->psp.part[PSP_ROLE_TEE];
}

/* A TEE that is up; taken down at the end, with a firmware that obeys. */
static void tee_down(void *ctx)
{
	struct firmware_state *fw = ctx;

	if (!tee_of(fw->fake)->ring)
		return;
	fw_expect(fw, PSP_MBOX_CMD_RING_DESTROY, 0, 0);
	part_destroy(&fw->fake->psp, &tee_part);
	KUNIT_EXPECT_EQ(fw->fake->test, fw->seen, fw->expected);
}

static struct firmware_state *tee_up(struct kunit *test)
{
	struct firmware_state *fw = fw_new(test);

	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, 0);
	KUNIT_ASSERT_EQ(test, tee_create(&fw->fake->psp), 0);
	tee_of(fw->fake)->timeout_ms = LONG_MS;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, tee_down, fw), 0);
	return fw;
}

#endif /* KUNIT_FAKE_TEE_H */
