// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine sleeps: not with guests, never without a way back for SNP, and what was there
 * before is there afterwards.
 */
#include "snp-fixture.h"

static void say_two_guests(struct fake_mailbox *fake, void *buffer)
{
	sev_fixture_say_working(fake, buffer);
	((struct sev_cmd_platform_status *)buffer)->guest_count = 2;
}

static void guests_keep_the_machine_awake(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS, .act = say_two_guests);
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), -EBUSY);
	fake_mailbox_check(fixture->fake);
}

static void platform_is_shut_down_before_sleep(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), 0);
	KUNIT_EXPECT_TRUE(test, fixture->sev.state_known);
	/* Who knows what the firmware did meanwhile. */
	sev_resume(&fixture->psp, false);
	KUNIT_EXPECT_FALSE(test, fixture->sev.state_known);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN,
			    .status = SEV_RET_HWSEV_RET_UNSAFE);
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), -EBUSY);
	fake_mailbox_check(fixture->fake);
}

static void firmware_that_can_not_be_asked_does_not_prevent_sleep(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.started = false;
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), 0);
	fixture->sev.started = true;
	fixture->sev.mbox.dead = true;
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), 0);
}

static void guests_that_the_firmware_does_not_tell_of_are_not_forgotten(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.state = SEV_PSTATE_WORKING;
	fixture->sev.state_known = true;
	fixture->sev.guests = 1;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .status = SEV_RET_HWSEV_RET_PLATFORM);
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), -EBUSY);
	fake_mailbox_check(fixture->fake);
}

static struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	/* KVM has come and taken the processors. */
	snp->kvm = true;
	sev_fixture_sleep = PM_SUSPEND_TO_IDLE;
	sev_fixture_can_restart = false;
	return snp;
}

static void stays_awake(struct fake_snp *snp)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(snp->test, sev_suspend(&snp->fixture->psp), -EBUSY);
	KUNIT_EXPECT_TRUE(snp->test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(snp->test, snp->snp_state, (u8)SNP_PSTATE_INIT);
	for (i = 0; i < snp->count; i++)
		KUNIT_EXPECT_TRUE(snp->test, snp->ops[i] == SEV_OP_PLATFORM_STATUS ||
				  snp->ops[i] == SNP_OP_PLATFORM_STATUS);
	snp->count = 0;
	/* Nobody slept, so nothing has to come back. */
	sev_resume(&snp->fixture->psp, false);
	KUNIT_EXPECT_EQ(snp->test, snp->count, 0u);
}

static void snp_guests_keep_the_machine_awake(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->status.guest_count = 3;
	stays_awake(snp);
	/* KVM has pages for one that the firmware does not know yet. */
	snp->status.guest_count = 0;
	snp->fixture->sev.snp.pages_out = 1;
	stays_awake(snp);
	/* A firmware that does not answer any more has its guests all the same. */
	snp->fixture->sev.mbox.dead = true;
	stays_awake(snp);
	snp->fixture->sev.snp.pages_out = 0;
}

static void firmware_that_does_not_tell_of_guests_keeps_the_machine_awake(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SEV_OP_PLATFORM_STATUS;
	snp->fail_status = SEV_RET_HWSEV_RET_UNSAFE;
	stays_awake(snp);
}

static void snp_comes_back(struct fake_snp *snp)
{
	KUNIT_EXPECT_EQ(snp->test, sev_suspend(&snp->fixture->psp), 0);
	KUNIT_EXPECT_FALSE(snp->test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(snp->test, snp->snp_state, (u8)SNP_PSTATE_UNINIT);
	snp->count = 0;
	sev_resume(&snp->fixture->psp, false);
	/* The legacy platform waits until somebody needs it. */
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_TRUE(snp->test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(snp->test, sev_fixture_parked, 0ull);
	KUNIT_EXPECT_EQ(snp->test, snp->fixture->sev.leaked_pages, 0ul);

	/* Hibernation wakes twice. */
	sev_resume(&snp->fixture->psp, false);
	KUNIT_EXPECT_EQ(snp->test, snp->count, 0u);
}

static void snp_is_there_again_for_a_kvm_that_has_not_gone(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	int i;

	for (i = 0; i < 3; i++)
		snp_comes_back(snp);
}

static void snp_comes_back_to_processors_without_it(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fixture->sev.snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	sev_fixture_can_restart = true;
	sev_fixture_sleep = PM_SUSPEND_MEM;
	snp_comes_back(snp);
	KUNIT_EXPECT_TRUE(test, sev_fixture_snp_on);
}

static void snp_that_could_not_come_back_is_not_taken_away(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	sev_fixture_sleep = PM_SUSPEND_MEM;
	stays_awake(snp);
	/* Hibernation has no such state; the kernel that restores turns SNP on when it boots. */
	sev_fixture_sleep = PM_SUSPEND_ON;
	snp_comes_back(snp);
}

static void snp_that_was_not_there_does_not_come(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	KUNIT_EXPECT_EQ(test, sev_suspend(&snp->fixture->psp), 0);
	snp->count = 0;
	sev_resume(&snp->fixture->psp, false);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
}

static void save_areas_come_back_also_if_snp_does_not(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	KUNIT_EXPECT_EQ(test, sev_suspend(&snp->fixture->psp), 0);
	snp->fail_op = SNP_OP_INIT_EX;
	snp->fail_status = SEV_RET_INVALID_CONFIG;
	sev_resume(&snp->fixture->psp, false);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, sev_fixture_parked, 0ull);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->fixture->sev.snp.reason, "SNP_INIT_EX has failed"));
}

static void snp_is_not_tried_without_memory_for_the_save_areas(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	KUNIT_EXPECT_EQ(test, sev_suspend(&snp->fixture->psp), 0);
	snp->count = 0;
	sev_fixture_park_fails = true;
	sev_resume(&snp->fixture->psp, false);
	sev_fixture_park_fails = false;
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
}

static void refused_shutdown_keeps_snp_and_the_machine_awake(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_status = SEV_RET_ACTIVE;
	KUNIT_EXPECT_EQ(test, sev_suspend(&snp->fixture->psp), -EBUSY);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	snp->count = 0;
	sev_resume(&snp->fixture->psp, false);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static struct kunit_case sleep_cases[] = {
	KUNIT_CASE(guests_keep_the_machine_awake),
	KUNIT_CASE(platform_is_shut_down_before_sleep),
	KUNIT_CASE(firmware_that_can_not_be_asked_does_not_prevent_sleep),
	KUNIT_CASE(guests_that_the_firmware_does_not_tell_of_are_not_forgotten),
	KUNIT_CASE(snp_guests_keep_the_machine_awake),
	KUNIT_CASE(firmware_that_does_not_tell_of_guests_keeps_the_machine_awake),
	KUNIT_CASE(snp_is_there_again_for_a_kvm_that_has_not_gone),
	KUNIT_CASE(snp_comes_back_to_processors_without_it),
	KUNIT_CASE(snp_that_could_not_come_back_is_not_taken_away),
	KUNIT_CASE(snp_that_was_not_there_does_not_come),
	KUNIT_CASE(save_areas_come_back_also_if_snp_does_not),
	KUNIT_CASE(snp_is_not_tried_without_memory_for_the_save_areas),
	KUNIT_CASE(refused_shutdown_keeps_snp_and_the_machine_awake),
	{}
};

static struct kunit_suite sleep_suite = {
	.name = "sleep",
	.test_cases = sleep_cases,
};

kunit_test_suite(sleep_suite);

MODULE_DESCRIPTION("KUnit suite: sleep of the machine");
MODULE_LICENSE("GPL");
