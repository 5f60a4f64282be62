// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PSP mailbox with a command whose sender does not wait any more: it was killed, its CPU
 * was stopped by a panic, or it was a driver before this one.
 */
#include "mailbox-fixture.h"

#include <linux/sched/signal.h>

static void kill_sender(struct fake_mailbox *fake, void *buffer)
{
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
}

static int send_and_revive(struct fixture *fixture, const struct psp_mailbox_request *req,
			   u32 *status)
{
	int ret = psp_mailbox_send(&fixture->mbox, req, status);

	flush_signals(current);
	disallow_signal(SIGKILL);
	return ret;
}

/* Sends a command whose sender is killed when it has been written. */
static void leave_command(struct fixture *fixture, struct fake_answer answer,
			  unsigned int timeout_ms)
{
	struct psp_mailbox_request req = request(CMD);
	u32 status = 0x77;

	req.killable = true;
	req.timeout_ms = timeout_ms;
	answer.cmd = CMD;
	answer.act = kill_sender;
	fake_mailbox_add(fixture->fake, answer);
	KUNIT_EXPECT_EQ(fixture->fake->test, send_and_revive(fixture, &req, &status), -EINTR);
	KUNIT_EXPECT_EQ(fixture->fake->test, status, 0x77);
	KUNIT_EXPECT_TRUE(fixture->fake->test, fixture->mbox.orphan);
}

static void command_of_a_killed_sender_is_waited_for(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status;

	leave_command(fixture, (struct fake_answer){ .status = 1, .delay_ms = 100 }, LONG_MS);
	/* The fake complains about a command in between. */
	fake_mailbox_expect(fixture->fake, .cmd = OTHER, .status = 2);
	KUNIT_EXPECT_EQ(test, send(fixture, OTHER, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 2);
	KUNIT_EXPECT_FALSE(test, fixture->mbox.orphan);
	fake_mailbox_check(fixture->fake);
}

static void panic_waits_for_the_command_of_a_stopped_cpu(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(OTHER);
	u32 status;

	leave_command(fixture, (struct fake_answer){ .reads = 20 }, LONG_MS);
	req.atomic = true;
	fake_mailbox_expect(fixture->fake, .cmd = OTHER, .status = 3);
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 3);
	KUNIT_EXPECT_FALSE(test, fixture->mbox.orphan);
	fake_mailbox_check(fixture->fake);
}

static void panic_does_not_wait_for_ever(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(OTHER);
	u32 status;

	leave_command(fixture, (struct fake_answer){ .hang = true }, LONG_MS);
	req.atomic = true;
	req.timeout_ms = 20;
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, fixture->mbox.dead);
	fake_mailbox_check(fixture->fake);
}

static void unkillable_sender_gets_its_answer(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u32 status = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 6, .delay_ms = 30,
			    .act = kill_sender);
	KUNIT_EXPECT_EQ(test, send_and_revive(fixture, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 6);
	KUNIT_EXPECT_FALSE(test, fixture->mbox.orphan);
}

static void orphan_without_an_answer_ends_the_mailbox(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status = 0x77;

	leave_command(fixture, (struct fake_answer){ .hang = true }, 50);
	KUNIT_EXPECT_EQ(test, psp_mailbox_settle(&fixture->mbox, false, &status), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, status, 0x77);
	KUNIT_EXPECT_TRUE(test, fixture->mbox.dead);
	KUNIT_EXPECT_EQ(test, send(fixture, OTHER, &status), -EBUSY);
}

static void nothing_to_settle(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status = 0x77;

	KUNIT_EXPECT_EQ(test, psp_mailbox_settle(&fixture->mbox, false, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 0x77);
}

static void late_answer_tells_its_status(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status;

	leave_command(fixture, (struct fake_answer){ .status = 0x1b, .delay_ms = 50 }, LONG_MS);
	KUNIT_EXPECT_EQ(test, psp_mailbox_settle(&fixture->mbox, false, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 0x1b);
}

/**
 * struct trace - what a driver before this one has left beside the number of its command
 * @name: of the case
 * @addr: the address of its buffer
 * @interrupt: it wanted an interrupt
 * @slow_ms: how late the firmware may be
 */
struct trace {
	const char *name;
	u64 addr;
	bool interrupt;
	unsigned int slow_ms;
};

static const struct trace traces[] = {
	{ "interrupt and address", BUFFER, true, 700 },
	{ "interrupt", 0, true, 700 },
	{ "address", BUFFER, false, 700 },
	{ "low half of an address", 0x1000, false, 700 },
	{ "high half of an address", 0x100000000ull, false, 700 },
	{ "nothing", 0, false, 100 },
};

static void trace_desc(const struct trace *trace, char *desc)
{
	strscpy(desc, trace->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(trace, traces, trace_desc);

/* The fake complains about a command that is written while another is in process. */
static void command_of_an_earlier_driver_is_waited_for(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	const struct trace *trace = test->param_value;
	u32 status;

	fake_mailbox_left(fixture->fake, (struct fake_answer){
		.cmd = OTHER, .status = 5, .delay_ms = trace->slow_ms,
		.interrupt = trace->interrupt }, trace->addr);
	fixture->mbox.irq = true;
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 7, .interrupt = true,
			    .delay_ms = 1);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 7);
	KUNIT_EXPECT_EQ(test, fixture->mbox.lost_irqs, 0ul);
	fake_mailbox_check(fixture->fake);
}

static void killed_while_it_waits_for_an_earlier_driver(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u32 status = 0x77;

	fake_mailbox_left(fixture->fake, (struct fake_answer){ .cmd = OTHER, .hang = true },
			  BUFFER);
	req.killable = true;
	kill_sender(fixture->fake, NULL);
	KUNIT_EXPECT_EQ(test, send_and_revive(fixture, &req, &status), -EINTR);
	/* Nothing was sent, so nothing is in flight. */
	KUNIT_EXPECT_FALSE(test, fixture->mbox.orphan);
	KUNIT_EXPECT_EQ(test, fixture->fake->seen, 0u);
}

/* Nobody says what is in the register after a reset. */
static const u32 at_first[] = { 0, BIT(31), BIT(31) | 0x16, BIT(31) | CMD << 16, 1, 0x1234,
	/* A command that nobody has sent. */
	OTHER << 16 };

static void at_first_desc(const u32 *value, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#x", *value);
}

KUNIT_ARRAY_PARAM(at_first, at_first, at_first_desc);

static void register_after_a_reset_holds_up_nobody(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	const u32 *value = test->param_value;
	unsigned long start = jiffies;
	u32 status;

	fixture->fake->cmdresp = *value;
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 3, .reads = 2);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 3);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), LONG_MS / 2);
}

/* Whatever a driver has left beside it. */
static void what_never_ends_is_no_command(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	unsigned long start;
	u32 status;

	fixture->fake->cmdresp = OTHER << 16;
	fixture->fake->addr_lo = 0x1000;
	req.timeout_ms = 800;
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 3);
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 4);
	start = jiffies;
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 3);
	KUNIT_EXPECT_TRUE(test, time_after_eq(jiffies, start + msecs_to_jiffies(800)));
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 4);
	fake_mailbox_check(fixture->fake);
}

static struct kunit_case mailbox_left_cases[] = {
	KUNIT_CASE(command_of_a_killed_sender_is_waited_for),
	KUNIT_CASE(unkillable_sender_gets_its_answer),
	KUNIT_CASE(orphan_without_an_answer_ends_the_mailbox),
	KUNIT_CASE(nothing_to_settle),
	KUNIT_CASE(late_answer_tells_its_status),
	KUNIT_CASE(panic_waits_for_the_command_of_a_stopped_cpu),
	KUNIT_CASE(panic_does_not_wait_for_ever),
	KUNIT_CASE_PARAM(command_of_an_earlier_driver_is_waited_for, trace_gen_params),
	KUNIT_CASE(killed_while_it_waits_for_an_earlier_driver),
	KUNIT_CASE_PARAM(register_after_a_reset_holds_up_nobody, at_first_gen_params),
	KUNIT_CASE(what_never_ends_is_no_command),
	{}
};

static struct kunit_suite mailbox_left_suite = {
	.name = "mailbox_left",
	.test_cases = mailbox_left_cases,
};

kunit_test_suite(mailbox_left_suite);

MODULE_DESCRIPTION("KUnit suite: commands in a mailbox whose sender does not wait");
MODULE_LICENSE("GPL");
