// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TEE's command ring: how it is handed to the firmware and got back, and what
 * becomes of commands when the firmware is slow, full, dead or gone.
 */
#include "tee.c"

#include <linux/completion.h>
#include <linux/kthread.h>

#include "fail-nth.h"
#include "fake-tee.h"

static int process(u32 *status)
{
	u8 buf[16] = { };

	return psp_tee_process_cmd(TEE_CMD_ID_INVOKE_CMD, buf, sizeof(buf), status);
}

static void ring_is_handed_over(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct tee_device *tee = tee_of(fw->fake);

	KUNIT_EXPECT_EQ(test, fw->setup.size, 32 * 1024);
	KUNIT_EXPECT_PTR_EQ(test, fw->ring, tee->ring);
	KUNIT_EXPECT_EQ(test, (unsigned long)tee->ring % PAGE_SIZE, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(fw->ring, 0, TEE_RING_SIZE));
	KUNIT_EXPECT_EQ(test, psp_check_tee_status(), 0);
}

static void ring_of_an_earlier_driver_is_replaced(struct kunit *test)
{
	struct firmware_state *fw = fw_new(test);

	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, TEE_RING_BUSY);
	fw_expect(fw, PSP_MBOX_CMD_RING_DESTROY, 0, 0);
	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, 0);
	KUNIT_ASSERT_EQ(test, tee_create(&fw->fake->psp), 0);
	KUNIT_EXPECT_EQ(test, fw->seen, 3);
	KUNIT_EXPECT_NOT_NULL(test, tee_of(fw->fake));
	tee_down(fw);
}

/**
 * struct bad_start - RING_INIT fails
 * @name: how
 * @cmd: commands in order, 0 ends them
 * @ret: what becomes of them
 * @status: their status
 * @error: what tee_create() says
 */
struct bad_start {
	const char *name;
	u32 cmd[3];
	int ret[3];
	u32 status[3];
	int error;
};

#define INIT	PSP_MBOX_CMD_RING_INIT
#define DESTROY	PSP_MBOX_CMD_RING_DESTROY

static const struct bad_start bad_starts[] = {
	{ "refused", { INIT }, { 0 }, { 0x0a }, -EIO },
	{ "unanswered", { INIT }, { -ETIMEDOUT }, { 0 }, -ETIMEDOUT },
	{ "gone", { INIT }, { -ENODEV }, { 0 }, -ENODEV },
	{ "mailbox in use", { INIT }, { -EBUSY }, { 0 }, -EBUSY },
	{ "busy twice", { INIT, DESTROY, INIT }, { 0 }, { TEE_RING_BUSY, 0, TEE_RING_BUSY }, -EIO },
	{ "busy, destroy refused", { INIT, DESTROY }, { 0 }, { TEE_RING_BUSY, 3 }, -EIO },
	{ "busy, destroy unanswered", { INIT, DESTROY }, { 0, -ETIMEDOUT }, { TEE_RING_BUSY },
	  -ETIMEDOUT },
};

static void bad_start_desc(const struct bad_start *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_start, bad_starts, bad_start_desc);

static void bad_start_leaves_no_tee(struct kunit *test)
{
	const struct bad_start *bad = test->param_value;
	struct firmware_state *fw = fw_new(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(bad->cmd) && bad->cmd[i]; i++)
		fw_expect(fw, bad->cmd[i], bad->ret[i], bad->status[i]);
	KUNIT_EXPECT_EQ(test, tee_create(&fw->fake->psp), bad->error);
	KUNIT_EXPECT_NULL(test, tee_of(fw->fake));
	KUNIT_EXPECT_EQ(test, fw->seen, fw->expected);
	/* There is nothing to take down. */
	part_destroy(&fw->fake->psp, &tee_part);
	KUNIT_EXPECT_EQ(test, fw->seen, fw->expected);
}

static void ring_returns_to_the_kernel_when_released(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct page *page = fake_page_watch(tee_of(fw->fake)->ring);

	tee_down(fw);
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
}

static void ring_stays_with_a_firmware_that_does_not_let_go(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct page *page = fake_page_watch(tee_of(fw->fake)->ring);

	fw_expect(fw, PSP_MBOX_CMD_RING_DESTROY, -ETIMEDOUT, 0);
	part_destroy(&fw->fake->psp, &tee_part);
	fake_page_expect_kept(test, page, get_order(TEE_RING_SIZE));
}

static void command_and_answer_pass(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status = 0x77;
	u8 buf[20];
	int i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i;
	fw->status = 0xbeef;
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(TEE_CMD_ID_OPEN_SESSION, buf, sizeof(buf),
						  &status), 0);
	KUNIT_EXPECT_EQ(test, status, 0xbeef);
	for (i = 0; i < sizeof(buf); i++)
		KUNIT_EXPECT_EQ(test, buf[i], (u8)~i);
	KUNIT_EXPECT_EQ(test, fw->ring[0].cmd, TEE_CMD_ID_OPEN_SESSION);
	KUNIT_EXPECT_EQ(test, fw->ring[0].flag, TEE_FLAG_COLLECTED);
	/* The rest of the entry was cleared before it was sent. */
	KUNIT_EXPECT_EQ(test, fw->ring[0].buf[sizeof(buf)], 0xff);
}

static void arguments_are_checked(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u8 *buf = kunit_kzalloc(test, 1024, GFP_KERNEL);
	u32 status = 0x77;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(1, NULL, 4, &status), -EINVAL);
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(1, buf, 4, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(1, buf, 0, &status), -EINVAL);
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(1, buf, 989, &status), -EINVAL);
	KUNIT_EXPECT_EQ(test, status, 0x77);
	KUNIT_EXPECT_EQ(test, fw->commands, 0);
	KUNIT_EXPECT_EQ(test, psp_tee_process_cmd(1, buf, 988, &status), 0);
	KUNIT_EXPECT_EQ(test, fw->commands, 1);
}

static void nobody_there(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status = 0x77;

	fw->fake->bound = false;
	KUNIT_EXPECT_EQ(test, psp_check_tee_status(), -ENODEV);
	KUNIT_EXPECT_EQ(test, process(&status), -ENODEV);
	KUNIT_EXPECT_EQ(test, status, 0);
}

static void ring_goes_round(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;
	int i;

	for (i = 1; i <= 3 * TEE_ENTRIES; i++) {
		KUNIT_ASSERT_EQ(test, process(&status), 0);
		KUNIT_ASSERT_EQ(test, fw->wptr, i % TEE_ENTRIES * 1024);
	}
	KUNIT_EXPECT_EQ(test, fw->commands, 3 * TEE_ENTRIES);
}

static void full_ring_makes_callers_wait(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct tee_device *tee = tee_of(fw->fake);
	u32 status;

	/* The write pointer may not catch up with the read pointer. */
	fw->rptr = 1024;
	tee->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->commands, 0);
	KUNIT_EXPECT_EQ(test, fw->wptr, 0);
	KUNIT_EXPECT_FALSE(test, tee->dead);

	fw->rptr = 0;
	tee->timeout_ms = LONG_MS;
	KUNIT_EXPECT_EQ(test, process(&status), 0);
}

static void full_ring_at_its_end(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;
	int i;

	for (i = 0; i < TEE_ENTRIES - 1; i++)
		KUNIT_ASSERT_EQ(test, process(&status), 0);
	/* One round behind: the next entry after the last is the first. */
	fw->rptr = 0;
	tee_of(fw->fake)->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	fw->rptr = fw->wptr;
}

static void uncollected_answer_is_not_overwritten(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;

	fw->ring[0].flag = TEE_FLAG_WAITING;
	fw->ring[0].buf[0] = 0x5a;
	tee_of(fw->fake)->timeout_ms = SHORT_MS;
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->ring[0].buf[0], 0x5a);

	fw->ring[0].flag = TEE_FLAG_COLLECTED;
	KUNIT_EXPECT_EQ(test, process(&status), 0);
}

static void kill_me(void)
{
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
}

static void revive_me(void)
{
	flush_signals(current);
	disallow_signal(SIGKILL);
}

static void waiting_for_an_entry_can_be_killed(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;
	int ret;

	fw->rptr = 1024;
	kill_me();
	ret = process(&status);
	revive_me();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_EQ(test, fw->wptr, 0);
	KUNIT_EXPECT_FALSE(test, tee_of(fw->fake)->dead);
	fw->rptr = 0;
}

static void command_that_was_sent_can_not_be_killed(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;
	int ret;

	fw->delay_ms = 50;
	kill_me();
	ret = process(&status);
	revive_me();
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, fw->commands, 1);
}

static void unanswered_command_ends_the_tee(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status = 0x77;

	tee_of(fw->fake)->timeout_ms = SHORT_MS;
	fw->answers = false;
	KUNIT_EXPECT_EQ(test, process(&status), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fw->ring[0].flag, TEE_FLAG_TIMED_OUT);
	KUNIT_EXPECT_EQ(test, fw->commands, 1);

	fw->answers = true;
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	KUNIT_EXPECT_EQ(test, status, 0);
	KUNIT_EXPECT_EQ(test, fw->commands, 1);
	/* It is still a TEE. */
	KUNIT_EXPECT_EQ(test, psp_check_tee_status(), 0);
}

static void device_that_is_gone_ends_the_tee(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;

	fw->rptr = (u32)PCI_ERROR_RESPONSE;
	KUNIT_EXPECT_EQ(test, process(&status), -ENODEV);
	fw->rptr = 0;
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->commands, 0);
}

static void hibernation_starts_the_ring_anew(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;

	tee_of(fw->fake)->timeout_ms = SHORT_MS;
	fw->answers = false;
	KUNIT_ASSERT_EQ(test, process(&status), -ETIMEDOUT);

	/* The kernel that read the image back had a driver, too. */
	fw->answers = true;
	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, TEE_RING_BUSY);
	fw_expect(fw, PSP_MBOX_CMD_RING_DESTROY, 0, 0);
	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, 0);
	KUNIT_EXPECT_EQ(test, tee_resume(&fw->fake->psp, true), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(fw->ring, 0, TEE_RING_SIZE));

	tee_of(fw->fake)->timeout_ms = LONG_MS;
	KUNIT_EXPECT_EQ(test, process(&status), 0);
	KUNIT_EXPECT_EQ(test, fw->wptr, 1024);
}

static void failed_restart_after_hibernation_ends_the_tee(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	u32 status;

	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, 0x0a);
	KUNIT_EXPECT_EQ(test, tee_resume(&fw->fake->psp, true), -EIO);
	KUNIT_EXPECT_EQ(test, process(&status), -EBUSY);
	KUNIT_EXPECT_EQ(test, fw->commands, 0);
}

/**
 * struct caller - somebody in a thread of its own
 * @seed: first byte of its commands
 * @count: how many commands
 * @ret: the first failure, or 0
 * @wrong: answers that were not its own
 * @done: it is through
 */
struct caller {
	u8 seed;
	int count;
	int ret;
	int wrong;
	struct completion done;
};

static int call(void *data)
{
	struct caller *caller = data;
	u32 status;
	int i;

	for (i = 0; i < caller->count && !caller->ret; i++) {
		u8 buf[2] = { caller->seed, i };

		caller->ret = psp_tee_process_cmd(TEE_CMD_ID_INVOKE_CMD, buf, sizeof(buf),
						  &status);
		if (buf[0] != (u8)~caller->seed || buf[1] != (u8)~i)
			caller->wrong++;
	}
	complete(&caller->done);
	return 0;
}

static void start_caller(struct kunit *test, struct caller *caller, u8 seed, int count)
{
	*caller = (struct caller){ .seed = seed, .count = count };
	init_completion(&caller->done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(call, caller, "caller-%u", seed)));
}

static void callers_get_their_own_answers(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct caller callers[4];
	int i;

	fw->delay_ms = 1;
	for (i = 0; i < ARRAY_SIZE(callers); i++)
		start_caller(test, &callers[i], i + 1, 2 * TEE_ENTRIES);
	for (i = 0; i < ARRAY_SIZE(callers); i++) {
		wait_for_completion(&callers[i].done);
		KUNIT_EXPECT_EQ(test, callers[i].ret, 0);
		KUNIT_EXPECT_EQ(test, callers[i].wrong, 0);
	}
	KUNIT_EXPECT_EQ(test, fw->commands, ARRAY_SIZE(callers) * 2 * TEE_ENTRIES);
}

static void unbinding_waits_for_commands(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	struct caller caller;
	u32 status;

	fw->delay_ms = 100;
	start_caller(test, &caller, 9, 1);
	while (!READ_ONCE(fw->wptr))
		usleep_range(500, 1000);

	tee_down(fw);
	wait_for_completion(&caller.done);
	KUNIT_EXPECT_EQ(test, caller.ret, 0);
	KUNIT_EXPECT_EQ(test, caller.wrong, 0);

	/* Somebody who got hold of the PSP before that. */
	KUNIT_EXPECT_EQ(test, process(&status), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->commands, 1);
}

static void unbinding_does_not_wait_for_an_entry(struct kunit *test)
{
	struct firmware_state *fw = tee_up(test);
	unsigned long start = jiffies;
	struct caller caller;

	fw->rptr = 1024;
	start_caller(test, &caller, 9, 1);
	msleep(20);
	tee_down(fw);
	wait_for_completion(&caller.done);
	KUNIT_EXPECT_EQ(test, caller.ret, -ENODEV);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, start + msecs_to_jiffies(LONG_MS)));
	fw->rptr = 0;
}

static int create_and_destroy(struct kunit *test, void *ctx)
{
	struct firmware_state *fw = ctx;
	int ret;

	fw->seen = 0;
	fw->expected = 0;
	fw_expect(fw, PSP_MBOX_CMD_RING_INIT, 0, 0);
	fw_expect(fw, PSP_MBOX_CMD_RING_DESTROY, 0, 0);
	ret = tee_create(&fw->fake->psp);
	if (!ret)
		part_destroy(&fw->fake->psp, &tee_part);
	kfree(tee_of(fw->fake));
	fw->fake->psp.part[PSP_ROLE_TEE] = NULL;
	return ret;
}

static void allocations_may_fail(struct kunit *test)
{
	fail_each_allocation(test, create_and_destroy, fw_new(test));
}

static struct kunit_case tee_cases[] = {
	KUNIT_CASE(ring_is_handed_over),
	KUNIT_CASE(ring_of_an_earlier_driver_is_replaced),
	KUNIT_CASE_PARAM(bad_start_leaves_no_tee, bad_start_gen_params),
	KUNIT_CASE(ring_returns_to_the_kernel_when_released),
	KUNIT_CASE(ring_stays_with_a_firmware_that_does_not_let_go),
	KUNIT_CASE(command_and_answer_pass),
	KUNIT_CASE(arguments_are_checked),
	KUNIT_CASE(nobody_there),
	KUNIT_CASE(ring_goes_round),
	KUNIT_CASE(full_ring_makes_callers_wait),
	KUNIT_CASE(full_ring_at_its_end),
	KUNIT_CASE(uncollected_answer_is_not_overwritten),
	KUNIT_CASE(waiting_for_an_entry_can_be_killed),
	KUNIT_CASE(command_that_was_sent_can_not_be_killed),
	KUNIT_CASE(unanswered_command_ends_the_tee),
	KUNIT_CASE(device_that_is_gone_ends_the_tee),
	KUNIT_CASE(hibernation_starts_the_ring_anew),
	KUNIT_CASE(failed_restart_after_hibernation_ends_the_tee),
	KUNIT_CASE(callers_get_their_own_answers),
	KUNIT_CASE(unbinding_waits_for_commands),
	KUNIT_CASE(unbinding_does_not_wait_for_an_entry),
	KUNIT_CASE(allocations_may_fail),
	{}
};

static struct kunit_suite tee_suite = {
	.name = "tee",
	.test_cases = tee_cases,
};

kunit_test_suite(tee_suite);

MODULE_DESCRIPTION("KUnit suite: TEE command ring");
MODULE_LICENSE("GPL");
