// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of the SEV part: what is said to the firmware first and last, also where an earlier
 * kernel has left SNP on, and that /dev/sev comes and goes with it.
 */
#include "snp-fixture.h"

/* With SNP left on, the page of a command is in the wrong state. */
#define LEFT_ON		(SEV_RET_INVALID_PAGE_STATE + SEV_STATUS_BUFFER)

static void withdraw(void *ctx)
{
	struct sev_device *sev = ctx;

	if (sev->published)
		sev_node_withdraw();
}

/* Nobody has spoken to it yet. */
static struct sev_fixture *found(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.started = false;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, withdraw, &fixture->sev), 0);
	return fixture;
}

static void expect_published(struct kunit *test, struct sev_fixture *fixture)
{
	KUNIT_EXPECT_TRUE(test, fixture->sev.published);
	KUNIT_EXPECT_EQ(test, sev_node.users, 1u);
	fake_mailbox_check(fixture->fake);
}

/* Unbound, and no word to the firmware. */
static void expect_quiet_end(struct kunit *test, struct sev_fixture *fixture)
{
	u32 error;

	sev_destroy(&fixture->psp);
	KUNIT_EXPECT_EQ(test, sev_node.users, 0u);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_DF_FLUSH, NULL, &error), -ENODEV);
	fake_mailbox_check(fixture->fake);
}

static void version_is_asked_for_first(struct kunit *test)
{
	struct sev_fixture *fixture = found(test);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	KUNIT_EXPECT_EQ(test, sev_start(&fixture->psp), 0);
	KUNIT_EXPECT_EQ(test, fixture->sev.version.build, (u8)21);
	expect_published(test, fixture);

	/* Again: nothing happens. */
	KUNIT_EXPECT_EQ(test, sev_start(&fixture->psp), 0);
	expect_published(test, fixture);
	expect_quiet_end(test, fixture);
	/* Nor after the end. */
	KUNIT_EXPECT_EQ(test, sev_start(&fixture->psp), 0);
	KUNIT_EXPECT_EQ(test, sev_node.users, 0u);
}

static void snp_is_asked_about_where_there_can_be_any(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev->started = false;
	sev_fixture_rmp = &fake_rmp_ops;
	snp->status.flags = SNP_STATUS_FEATURE_INFO;
	snp->features.ecx = SNP_FEAT_ECX_RAPL_DIS;
	KUNIT_EXPECT_EQ(test, sev_start(&snp->fixture->psp), 0);
	sev_fixture_rmp = NULL;
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_PLATFORM_STATUS,
			    SNP_OP_FEATURE_INFO);
	KUNIT_EXPECT_EQ(test, sev->snp.features.ecx, SNP_FEAT_ECX_RAPL_DIS);
	KUNIT_EXPECT_NE(test, sev->snp.reason[0], '\0');
	sev_destroy(&snp->fixture->psp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

/**
 * struct left - what an earlier kernel has left behind
 * @name: of the case
 * @ended: afterwards the platform is ours
 * @answers: what the firmware gets, and what it says to that
 */
struct left {
	const char *name;
	bool ended;
	struct fake_answer answers[6];
};

/* Without the legacy platform shut down the firmware refuses the rest. */
static const struct left lefts[] = {
	{ "SNP", true, {
		{ .cmd = SEV_OP_PLATFORM_STATUS, .status = LEFT_ON },
		{ .cmd = SEV_OP_SHUTDOWN },
		{ .cmd = SNP_OP_SHUTDOWN_EX, .status = SEV_RET_DFFLUSH_REQUIRED },
		{ .cmd = SNP_OP_DF_FLUSH },
		{ .cmd = SNP_OP_SHUTDOWN_EX },
		{ .cmd = SEV_OP_PLATFORM_STATUS, .act = sev_fixture_say_uninit },
	} },
	{ "SNP that stays on", false, {
		{ .cmd = SEV_OP_PLATFORM_STATUS, .status = LEFT_ON },
		{ .cmd = SEV_OP_SHUTDOWN },
		{ .cmd = SNP_OP_SHUTDOWN_EX, .status = SEV_RET_INVALID_PLATFORM_STATE },
	} },
	{ "guests of the legacy platform", false, {
		{ .cmd = SEV_OP_PLATFORM_STATUS, .status = LEFT_ON },
		{ .cmd = SEV_OP_SHUTDOWN, .status = SEV_RET_INVALID_PLATFORM_STATE },
	} },
	{ "nothing, but it refuses", false, {
		{ .cmd = SEV_OP_PLATFORM_STATUS, .status = SEV_RET_HWSEV_RET_PLATFORM },
	} },
};

static void left_desc(const struct left *left, char *desc)
{
	strscpy(desc, left->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(left, lefts, left_desc);

static void what_an_earlier_kernel_has_left_is_shut_down(struct kunit *test)
{
	const struct left *left = test->param_value;
	struct sev_fixture *fixture = found(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(left->answers) && left->answers[i].cmd; i++)
		fake_mailbox_add(fixture->fake, left->answers[i]);
	KUNIT_EXPECT_EQ(test, sev_start(&fixture->psp), 0);
	KUNIT_EXPECT_EQ(test, fixture->sev.state_known, left->ended);
	KUNIT_EXPECT_EQ(test, fixture->sev.version.build, (u8)(left->ended ? 21 : 0));
	/* People can ask why, whatever has come of it. */
	expect_published(test, fixture);
	if (left->ended)
		expect_quiet_end(test, fixture);
}

static void silent_firmware_has_a_node_too(struct kunit *test)
{
	struct sev_fixture *fixture = found(test);

	psp_probe_timeout = 0;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS, .hang = true);
	KUNIT_EXPECT_EQ(test, sev_start(&fixture->psp), 0);
	psp_probe_timeout = 5;
	KUNIT_EXPECT_TRUE(test, fixture->sev.mbox.dead);
	expect_published(test, fixture);
	expect_quiet_end(test, fixture);
}

static void unbinding_ends_everything(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev_destroy(&snp->fixture->psp);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_TRUE(test, xa_empty(&snp->allocated));
	KUNIT_EXPECT_NULL(test, sev->snp.panic.notifier_call);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
}

static void unbinding_a_dead_firmware_loses_what_it_has(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	struct sev_device *sev = &snp->fixture->sev;

	KUNIT_ASSERT_TRUE(test, sev->tmr_owned);
	sev->mbox.dead = true;
	sev_destroy(&snp->fixture->psp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, (ulong)(SEV_TMR_LEN_SNP >> PAGE_SHIFT));
	KUNIT_EXPECT_NULL(test, sev->snp.panic.notifier_call);
}

static void unbinding_under_snp_guests_leaves_snp_on(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev->snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	sev_fixture_can_restart = true;
	snp->status.guest_count = 2;
	sev_destroy(&snp->fixture->psp);
	sev_fixture_can_restart = false;
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, snp->abandoned, 1);
	KUNIT_EXPECT_TRUE(test, sev_fixture_snp_on);
	KUNIT_EXPECT_EQ(test, snp->snp_state, (u8)SNP_PSTATE_INIT);
	/* Nothing is left of what was ours. */
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_TRUE(test, xa_empty(&snp->allocated));
	KUNIT_EXPECT_NULL(test, sev->snp.panic.notifier_call);
}

/* KVM has got it for a guest that it never made, or has lost it. */
static void unbinding_with_a_page_of_kvm(struct fake_snp *snp, int abandoned)
{
	struct sev_device *sev = &snp->fixture->sev;
	void *page = snp_firmware_page_alloc(sev, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(snp->test, page);
	snp->count = 0;
	sev_destroy(&snp->fixture->psp);
	KUNIT_EXPECT_EQ(snp->test, snp->abandoned, abandoned);
	KUNIT_EXPECT_EQ(snp->test, snp->snp_state,
			(u8)(abandoned ? SNP_PSTATE_INIT : SNP_PSTATE_UNINIT));
	/* It can be given back all the same, if only to be counted as lost. */
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(snp->test, sev->snp.pages_out, 0ul);
	KUNIT_EXPECT_FALSE(snp->test, snp_firmware_pages_out());
}

static void page_of_kvm_without_a_guest_does_not_keep_snp_on(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	unbinding_with_a_page_of_kvm(snp, 0);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
}

static void page_of_kvm_keeps_snp_on_if_the_firmware_does_not_tell(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_PLATFORM_STATUS;
	snp->fail_status = SEV_RET_HWSEV_RET_PLATFORM;
	unbinding_with_a_page_of_kvm(snp, 1);
}

static void guests_that_kvm_has_already_are_not_taken_over(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	void *page;
	u32 error;

	mutex_lock(&sev->lock);
	KUNIT_ASSERT_EQ(test, snp_init_locked(sev, &error), 0);
	mutex_unlock(&sev->lock);
	page = snp_firmware_page_alloc(sev, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->count = 0;
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, snp_take_over_locked(sev), -EBUSY);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	snp_firmware_page_free(page);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, snp_take_over_locked(sev), 0);
	mutex_unlock(&sev->lock);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(version_is_asked_for_first),
	KUNIT_CASE(snp_is_asked_about_where_there_can_be_any),
	KUNIT_CASE_PARAM(what_an_earlier_kernel_has_left_is_shut_down, left_gen_params),
	KUNIT_CASE(silent_firmware_has_a_node_too),
	KUNIT_CASE(unbinding_ends_everything),
	KUNIT_CASE(unbinding_a_dead_firmware_loses_what_it_has),
	KUNIT_CASE(unbinding_under_snp_guests_leaves_snp_on),
	KUNIT_CASE(page_of_kvm_without_a_guest_does_not_keep_snp_on),
	KUNIT_CASE(page_of_kvm_keeps_snp_on_if_the_firmware_does_not_tell),
	KUNIT_CASE(guests_that_kvm_has_already_are_not_taken_over),
	{}
};

static struct kunit_suite device_suite = {
	.name = "device",
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);

MODULE_DESCRIPTION("KUnit suite: life of the SEV part");
MODULE_LICENSE("GPL");
