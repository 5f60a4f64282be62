// SPDX-License-Identifier: GPL-2.0-only
/*
 * One PSP mailbox: what is written, how the answer is waited for, and what
 * becomes of a mailbox whose firmware misbehaves.
 */
#include "mailbox-fixture.h"

/* Says by the answer bit that it is ready, and can be in recovery mode. */
static const struct psp_mailbox_layout ready_layout = {
	.name = "ready",
	.cmdresp = 0x570,
	.addr_lo = 0x574,
	.addr_hi = 0x578,
	.cmd_mask = GENMASK(23, 16),
	.status_mask = GENMASK(15, 0),
	.done = BIT(31),
	.recovery = BIT(30),
	.idle_is_done = true,
};

static void sends_command_and_address(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u32 status = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = CMD);
	req.addr = 0;
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 0);
	KUNIT_EXPECT_EQ(test, fixture->fake->addr_lo | fixture->fake->addr_hi, 0);

	fake_mailbox_expect(fixture->fake, .cmd = CMD);
	req.addr = BUFFER;
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_EQ(test, fixture->fake->addr_lo, lower_32_bits(BUFFER));
	KUNIT_EXPECT_EQ(test, fixture->fake->addr_hi, upper_32_bits(BUFFER));
	fake_mailbox_check(fixture->fake);
}

static const u32 statuses[] = { 0, 1, 0x16, 0x47, 0x8003, 0xffff };

static void status_desc(const u32 *status, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#x", *status);
}

KUNIT_ARRAY_PARAM(status, statuses, status_desc);

static void passes_status_on(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	const u32 *expected = test->param_value;
	u32 status = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = *expected);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, *expected);
}

static void polls_until_answered(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status;

	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 5, .reads = 4);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 5);
	KUNIT_EXPECT_FALSE(test, fixture->fake->asked_interrupt);
}

static void asks_for_interrupt_only_when_it_would_come(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u32 status;

	fixture->mbox.irq = true;
	fake_mailbox_expect(fixture->fake, .cmd = CMD);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_TRUE(test, fixture->fake->asked_interrupt);

	req.atomic = true;
	fake_mailbox_expect(fixture->fake, .cmd = CMD);
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_FALSE(test, fixture->fake->asked_interrupt);
}

static void spurious(struct fake_mailbox *fake, void *buffer)
{
	psp_mailbox_interrupt(fake->mbox);
}

/**
 * struct hint - an interrupt and the answer that it may belong to
 * @name: of the case
 * @early: there is one before the command
 * @answer: to the command
 */
struct hint {
	const char *name;
	bool early;
	struct fake_answer answer;
};

static const struct hint hints[] = {
	{ "ends the wait", false, { .delay_ms = 50, .interrupt = true } },
	{ "left by an earlier command", true, { .delay_ms = 20, .interrupt = true } },
	{ "spurious", false, { .delay_ms = 20, .interrupt = true, .act = spurious } },
	{ "right after a look", false,
	  { .interrupt = true, .after_read = true, .act = spurious } },
};

static void hint_desc(const struct hint *hint, char *desc)
{
	strscpy(desc, hint->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hint, hints, hint_desc);

static void interrupt_is_only_a_hint(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	const struct hint *hint = test->param_value;
	struct fake_answer answer = hint->answer;
	u32 status;

	fixture->mbox.irq = true;
	if (hint->early)
		psp_mailbox_interrupt(&fixture->mbox);
	answer.cmd = CMD;
	answer.status = 9;
	fake_mailbox_add(fixture->fake, answer);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 9);
	KUNIT_EXPECT_EQ(test, fixture->mbox.lost_irqs, 0);
}

static void lost_interrupt_is_survived(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	unsigned int i;
	u32 status;

	fixture->mbox.irq = true;
	for (i = 1; i <= 2; i++) {
		fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = i, .delay_ms = 20);
		KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
		KUNIT_EXPECT_EQ(test, status, i);
		KUNIT_EXPECT_EQ(test, fixture->mbox.lost_irqs, i);
	}
	KUNIT_EXPECT_FALSE(test, fixture->mbox.dead);
}

/**
 * struct end - how a mailbox comes to its end
 * @name: of the case
 * @answer: to the last command
 * @ret: what its sender gets
 */
struct end {
	const char *name;
	struct fake_answer answer;
	int ret;
};

static const struct end ends[] = {
	{ "firmware that hangs", { .hang = true }, -ETIMEDOUT },
	{ "device that is gone", { .raw = 0xffffffff }, -ENODEV },
};

static void end_desc(const struct end *end, char *desc)
{
	strscpy(desc, end->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(end, ends, end_desc);

static void dead_mailbox_is_not_asked_again(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	const struct end *end = test->param_value;
	struct psp_mailbox_request req = request(CMD);
	struct fake_answer answer = end->answer;
	u32 status = 0x77;

	req.timeout_ms = 30;
	answer.cmd = CMD;
	fake_mailbox_add(fixture->fake, answer);
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), end->ret);
	KUNIT_EXPECT_TRUE(test, fixture->mbox.dead);
	/* The fake fails the test if this one reaches it. */
	KUNIT_EXPECT_EQ(test, send(fixture, OTHER, &status), -EBUSY);
	KUNIT_EXPECT_EQ(test, status, 0x77);
}

static void new_start_after_init(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	u32 status;

	fixture->mbox.dead = true;
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), -EBUSY);
	psp_mailbox_init(&fixture->mbox, fixture->mbox.dev, &layout, &fake_mailbox_ops,
			 fixture->fake);
	fake_mailbox_expect(fixture->fake, .cmd = CMD);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
}

static void waits_for_its_turn_where_idle_is_visible(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &ready_layout);
	u32 status = 0x77;

	fixture->fake->cmdresp = 0;
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), -EBUSY);
	fixture->fake->cmdresp = BIT(31) | BIT(30);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), -EBUSY);
	KUNIT_EXPECT_FALSE(test, fixture->mbox.dead);
	KUNIT_EXPECT_EQ(test, status, 0x77);

	fixture->fake->cmdresp = BIT(31);
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 4, .reads = 1);
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), 0);
	KUNIT_EXPECT_EQ(test, status, 4);

	fixture->fake->cmdresp = 0xffffffff;
	KUNIT_EXPECT_EQ(test, send(fixture, CMD, &status), -ENODEV);
	KUNIT_EXPECT_TRUE(test, fixture->mbox.dead);
}

static void atomic_sender_does_not_sleep(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u32 status, late_status = 0x77;
	int ret, late;

	req.atomic = true;
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 8, .reads = 50);
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .hang = true);
	/* Kernels that check it complain about a sleep in here. */
	preempt_disable();
	ret = psp_mailbox_send(&fixture->mbox, &req, &status);
	req.timeout_ms = 2;
	late = psp_mailbox_send(&fixture->mbox, &req, &late_status);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, status, 8);
	KUNIT_EXPECT_EQ(test, late, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, late_status, 0x77);
	KUNIT_EXPECT_TRUE(test, fixture->mbox.dead);
}

static void leave_more(struct fake_mailbox *fake, void *buffer)
{
	fake->addr_lo = 0x55;
	fake->addr_hi = 0x66;
}

static void address_registers_may_tell_more_about_an_error(struct kunit *test)
{
	struct fixture *fixture = make_fixture(test, &layout);
	struct psp_mailbox_request req = request(CMD);
	u64 extra;
	u32 status;

	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 0x16);
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_FALSE(test, psp_mailbox_extra(&fixture->mbox, &req, &extra));
	fake_mailbox_expect(fixture->fake, .cmd = CMD, .status = 0x16, .act = leave_more);
	KUNIT_EXPECT_EQ(test, psp_mailbox_send(&fixture->mbox, &req, &status), 0);
	KUNIT_EXPECT_TRUE(test, psp_mailbox_extra(&fixture->mbox, &req, &extra));
	KUNIT_EXPECT_EQ(test, extra, 0x6600000055ull);
}

static struct kunit_case mailbox_cases[] = {
	KUNIT_CASE(sends_command_and_address),
	KUNIT_CASE_PARAM(passes_status_on, status_gen_params),
	KUNIT_CASE(polls_until_answered),
	KUNIT_CASE(asks_for_interrupt_only_when_it_would_come),
	KUNIT_CASE(lost_interrupt_is_survived),
	KUNIT_CASE_PARAM(interrupt_is_only_a_hint, hint_gen_params),
	KUNIT_CASE_PARAM(dead_mailbox_is_not_asked_again, end_gen_params),
	KUNIT_CASE(address_registers_may_tell_more_about_an_error),
	KUNIT_CASE(new_start_after_init),
	KUNIT_CASE(waits_for_its_turn_where_idle_is_visible),
	KUNIT_CASE(atomic_sender_does_not_sleep),
	{}
};

static struct kunit_suite mailbox_suite = {
	.name = "mailbox",
	.test_cases = mailbox_cases,
};

kunit_test_suite(mailbox_suite);

MODULE_DESCRIPTION("KUnit suite: mailbox");
MODULE_LICENSE("GPL");
