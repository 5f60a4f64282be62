// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP is shut down after the legacy platform, in a panic too, and what can't be shut down
 * is left in order.
 */
#include "snp-fixture.h"

static void everything_is_shut_down_in_reverse(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_EQ(test, snp->pages, SNP_FIXTURE_TMR_PAGES + 1u);
	snp_fixture_expect_down(snp);

	/* Again: nothing to do. */
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void can_be_initialised_again(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	u32 error;
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
		snp_fixture_expect_down(snp);
		KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
		KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	}
}

static void shutdown_flushes_when_told_to(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_nth = 1;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	snp_fixture_expect_down(snp);
}

static unsigned int flushes_at_shutdown;

static void note_flushes(struct fake_snp *snp, const struct sev_command *cmd, void *buffer)
{
	if (cmd->id == SNP_OP_SHUTDOWN_EX)
		flushes_at_shutdown = sev_fixture_flushes;
}

/* Also where there is no TMR that would be freed before, which needs it as well. */
static void shutdown_finds_caches_written_back(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	u32 error;

	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_shutdown_locked(sev, &error), 0);
	sev_fixture_flushes = 0;
	flushes_at_shutdown = 0;
	snp->act = note_flushes;
	KUNIT_EXPECT_EQ(test, snp_shutdown_locked(sev, &error), 0);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, flushes_at_shutdown, 1u);
}

static void shutdown_is_not_repeated_for_ever(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), -EIO);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
}

static void failing_step(struct kunit *test, u32 op, u32 status)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = op;
	snp->fail_status = status;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), -EIO);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);

	/* It can be done later. */
	snp->fail_op = 0;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	snp_fixture_expect_down(snp);
}

static void shutdown_that_fails_leaves_it_up(struct kunit *test)
{
	failing_step(test, SNP_OP_SHUTDOWN_EX, SEV_RET_SHUTDOWN_INCOMPLETE);
}

static void snp_stays_while_the_legacy_platform_stays(struct kunit *test)
{
	failing_step(test, SEV_OP_SHUTDOWN, SEV_RET_INVALID_PLATFORM_STATE);
}

static void page_that_firmware_keeps_is_lost_and_counted(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->keep = snp->fixture->sev.tmr.mem.pa + 17 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, (unsigned long)SNP_FIXTURE_TMR_PAGES);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
}

struct flags {
	const char *name;
	u32 ecx;
	bool rapl;
	u16 max_asid;
	bool restart;
	u32 init;
	u32 shutdown;
};

#define INIT_BASE	(SNP_INIT_RMP | SNP_INIT_LIST)
#define ALL_FEATURES	(SNP_FEAT_ECX_RAPL_DIS | SNP_FEAT_ECX_CIPHERTEXT_HIDING | \
			 SNP_FEAT_ECX_X86_SHUTDOWN)

static const struct flags flags[] = {
	{ "nothing asked for", ALL_FEATURES, .init = INIT_BASE, .shutdown = SNP_SHUTDOWN_IOMMU },
	{ "RAPL off", ALL_FEATURES, .rapl = true, .init = INIT_BASE | SNP_INIT_RAPL_DIS,
	  .shutdown = SNP_SHUTDOWN_IOMMU },
	{ "RAPL off is not known", 0, .rapl = true, .init = INIT_BASE,
	  .shutdown = SNP_SHUTDOWN_IOMMU },
	{ "ciphertext hiding", ALL_FEATURES, .max_asid = 99,
	  .init = INIT_BASE | SNP_INIT_CIPHERTEXT_HIDING, .shutdown = SNP_SHUTDOWN_IOMMU },
	{ "processors can be restarted", ALL_FEATURES, .restart = true, .init = INIT_BASE,
	  .shutdown = SNP_SHUTDOWN_IOMMU | SNP_SHUTDOWN_X86 },
	{ "firmware leaves the processors alone", 0, .restart = true, .init = INIT_BASE,
	  .shutdown = SNP_SHUTDOWN_IOMMU },
};

static void flags_desc(const struct flags *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(flags, flags, flags_desc);

static void check_flags(struct fake_snp *snp, const struct sev_command *cmd, void *buffer)
{
	const struct flags *f = snp->test->param_value;
	struct snp_cmd_shutdown_ex *down = buffer;
	struct snp_cmd_init_ex *up = buffer;

	if (cmd->id == SNP_OP_INIT_EX) {
		KUNIT_EXPECT_EQ(snp->test, up->flags, f->init);
		KUNIT_EXPECT_EQ(snp->test, up->max_snp_asid, f->max_asid);
	}
	if (cmd->id == SNP_OP_SHUTDOWN_EX) {
		KUNIT_EXPECT_EQ(snp->test, down->flags, f->shutdown);
		KUNIT_EXPECT_EQ(snp->test, down->length, (u32)sizeof(*down));
	}
}

static void what_is_asked_for_is_what_is_known(struct kunit *test)
{
	const struct flags *f = test->param_value;
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->fixture->sev.snp.features.ecx = f->ecx;
	snp->fixture->sev.snp.max_asid = f->max_asid;
	rapl_disable = f->rapl;
	sev_fixture_can_restart = f->restart;
	snp->act = check_flags;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	rapl_disable = false;
	sev_fixture_can_restart = false;
}

static void other_memory_is_ordinary_once_the_processors_are_off(struct kunit *test)
{
	struct hv_fixed *mem = hv_fixed_alloc(SZ_2M);
	struct fake_snp *snp;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	snp = snp_fixture_up(test);
	KUNIT_EXPECT_TRUE(test, mem->fixed);
	snp->fixture->sev.snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	KUNIT_EXPECT_TRUE(test, mem->fixed);

	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &(u32){ 0 }), 0);
	sev_fixture_can_restart = true;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	sev_fixture_can_restart = false;
	KUNIT_EXPECT_FALSE(test, mem->fixed);
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(mem));
}

/* Nobody is asked about pages that the firmware still had then. */
static void given_memory_is_ordinary_once_the_processors_are_off(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	struct sev_memory memory = {};
	unsigned int reclaimed;

	KUNIT_ASSERT_EQ(test, sev_memory_alloc(sev, &memory, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(test, sev_memory_give(sev, &memory), 0);
	sev->snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	sev_fixture_can_restart = true;
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	sev_fixture_can_restart = false;

	reclaimed = snp->pages;
	KUNIT_EXPECT_EQ(test, sev_memory_take(sev, &memory), 0);
	KUNIT_EXPECT_EQ(test, snp->pages, reclaimed);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	sev_memory_free(sev, &memory);
}

static void borrow_and_return(struct fake_snp *snp)
{
	struct sev_device *sev = &snp->fixture->sev;
	bool borrowed = false;
	u32 error;

	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(snp->test, sev_platform_borrow_locked(sev, &borrowed, &error), 0);
	KUNIT_EXPECT_TRUE(snp->test, borrowed);
	sev_platform_return_locked(sev, borrowed);
	mutex_unlock(&sev->lock);
}

static void borrowed_platform_goes_down_as_a_whole(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	borrow_and_return(snp);
	snp_fixture_expect_down(snp);
}

static void borrowing_that_fails_leaves_no_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	bool borrowed = true;
	u32 error;

	snp->fail_op = SEV_OP_INIT;
	snp->fail_status = SEV_RET_HWSEV_RET_PLATFORM;
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_borrow_locked(sev, &borrowed, &error), -EIO);
	sev_platform_return_locked(sev, borrowed);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_FALSE(test, borrowed);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_HWSEV_RET_PLATFORM);
	snp_fixture_expect_down(snp);
}

static void borrowing_does_not_take_snp_from_others(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_init_locked(&snp->fixture->sev, &error), 0);
	mutex_unlock(&snp->fixture->sev.lock);
	borrow_and_return(snp);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->sev_state, (u8)SEV_PSTATE_UNINIT);
}

/* No page is left but these, and nothing is called any more. */
static void expect_abandoned(struct fake_snp *snp, unsigned int kept)
{
	struct sev_device *sev = &snp->fixture->sev;

	KUNIT_EXPECT_EQ(snp->test, snp->abandoned, 1);
	KUNIT_EXPECT_EQ(snp->test, snp->prepared, 0);
	KUNIT_EXPECT_EQ(snp->test, sev->leaked_pages, (unsigned long)kept);
	KUNIT_EXPECT_EQ(snp->test, fake_rmp_count(snp), snp->leaked);
	KUNIT_EXPECT_NULL(snp->test, sev->snp.panic.notifier_call);
	KUNIT_EXPECT_FALSE(snp->test, sev->snp.up);
	KUNIT_EXPECT_FALSE(snp->test, sev->snp.prepared);
}

static void driver_that_goes_takes_snp_with_it(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	sev_destroy(&snp->fixture->psp);
	KUNIT_EXPECT_EQ(test, snp->abandoned, 0);
	snp_fixture_expect_down(snp);
}

static void driver_goes_though_shutdown_is_refused(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_status = SEV_RET_SHUTDOWN_INCOMPLETE;
	sev_destroy(&snp->fixture->psp);
	/* The firmware has let go of all that was the driver's. */
	expect_abandoned(snp, 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&snp->allocated));
	KUNIT_EXPECT_EQ(test, snp->snp_state, (u8)SNP_PSTATE_INIT);

	/* Unbound a second time there is nothing to do. */
	sev_destroy(&snp->fixture->psp);
	KUNIT_EXPECT_EQ(test, snp->abandoned, 1);
}

static void driver_goes_though_the_legacy_platform_stays(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	unsigned long tmr = PHYS_PFN(snp->fixture->sev.tmr.mem.pa);

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_INVALID_PLATFORM_STATE;
	sev_destroy(&snp->fixture->psp);
	expect_abandoned(snp, SNP_FIXTURE_TMR_PAGES);
	KUNIT_EXPECT_EQ(test, snp->leaked, SNP_FIXTURE_TMR_PAGES);
	KUNIT_EXPECT_NOT_NULL(test, xa_load(&snp->allocated, tmr));
}

static void driver_goes_though_shutdown_hangs(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	psp_cmd_timeout = 0;
	sev_destroy(&snp->fixture->psp);
	psp_cmd_timeout = 100;
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.mbox.dead);
	/* The firmware may still read the page of the command. */
	expect_abandoned(snp, 1);
	KUNIT_EXPECT_FALSE(test, xa_empty(&snp->allocated));
}

static void driver_goes_though_init_hangs(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_blob *list;
	u32 error;

	snp->fail_op = SNP_OP_INIT_EX;
	psp_cmd_timeout = 0;
	KUNIT_EXPECT_LT(test, snp_fixture_init(snp, &error), 0);
	psp_cmd_timeout = 100;
	KUNIT_ASSERT_FALSE(test, list_empty(&snp->fixture->sev.held));
	list = list_first_entry(&snp->fixture->sev.held, struct sev_blob, node);
	sev_destroy(&snp->fixture->psp);
	/* The page of the command, and the list of HV-fixed memory. */
	expect_abandoned(snp, 2);
	/* Only this test knows that no firmware has it. */
	sev_blob_put(list);
}

/* The page of a command that writes is not the firmware's. */
static u32 left_by_another(struct fake_mailbox *fake, u32 op, void *data)
{
	struct fake_snp *snp = fake_snp_now;

	if (snp->count < ARRAY_SIZE(snp->ops))
		snp->ops[snp->count++] = op;
	if (op == snp->fail_op && (++snp->same == snp->fail_nth || !snp->fail_nth))
		return snp->fail_status;
	if (op == SEV_OP_PLATFORM_STATUS && snp->snp_state == SNP_PSTATE_INIT)
		return SEV_RET_INVALID_PAGE_STATE + SEV_STATUS_BUFFER;
	return fake_snp_run(snp, op, data);
}

static struct fake_snp *make_left(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	snp->fixture->fake->serve = left_by_another;
	snp->snp_state = SNP_PSTATE_INIT;
	snp->sev_state = SEV_PSTATE_INIT;
	return snp;
}

static void contact(struct fake_snp *snp)
{
	psp_init_on_probe = false;
	mutex_lock(&snp->fixture->sev.lock);
	sev_first_contact(&snp->fixture->sev);
	mutex_unlock(&snp->fixture->sev.lock);
	psp_init_on_probe = true;
}

static void platform_of_an_earlier_kernel_is_shut_down(struct kunit *test)
{
	struct fake_snp *snp = make_left(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_nth = 1;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	contact(snp);
	/* What is there of firmware files decides whether more commands follow. */
	snp->count = min(snp->count, 6u);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX,
			    SNP_OP_DF_FLUSH, SNP_OP_SHUTDOWN_EX, SEV_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, snp->snp_state, (u8)SNP_PSTATE_UNINIT);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.state_known);
}

static void platform_that_can_not_be_taken_over_is_left(struct kunit *test)
{
	struct fake_snp *snp = make_left(test);

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_INVALID_PLATFORM_STATE;
	contact(snp);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.state_known);
}

static void other_refusals_are_no_reason_to_shut_down(struct kunit *test)
{
	struct fake_snp *snp = make_left(test);

	snp->fail_op = SEV_OP_PLATFORM_STATUS;
	snp->fail_status = 0x8003;
	contact(snp);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS);
}

static void panic_now(struct fake_snp *snp)
{
	snp_panic(&snp->fixture->sev.snp.panic, 0, NULL);
}

static void panic_shuts_snp_down(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);
	unsigned int pages = snp->pages;

	KUNIT_EXPECT_NOT_NULL(test, snp->fixture->sev.snp.panic.notifier_call);
	snp->fixture->sev.snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	/* Whoever has the lock has been stopped. */
	mutex_lock(&snp->fixture->sev.lock);
	panic_now(snp);
	mutex_unlock(&snp->fixture->sev.lock);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_EQ(test, snp->prepared, 0);
	/* No memory is moved around. */
	KUNIT_EXPECT_EQ(test, snp->pages, pages);

	/* Again: it is done. */
	panic_now(snp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void panic_flushes_when_told_to(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_nth = 1;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	panic_now(snp);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
}

static void panic_that_can_not_shut_down_leaves_the_table_alone(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_INVALID_PLATFORM_STATE;
	panic_now(snp);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
}

static void panic_after_a_hang_asks_nothing(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	snp->fixture->sev.mbox.dead = true;
	panic_now(snp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static struct kunit_case snp_shutdown_cases[] = {
	KUNIT_CASE(everything_is_shut_down_in_reverse),
	KUNIT_CASE(can_be_initialised_again),
	KUNIT_CASE(shutdown_flushes_when_told_to),
	KUNIT_CASE(shutdown_finds_caches_written_back),
	KUNIT_CASE(shutdown_is_not_repeated_for_ever),
	KUNIT_CASE(shutdown_that_fails_leaves_it_up),
	KUNIT_CASE(snp_stays_while_the_legacy_platform_stays),
	KUNIT_CASE(page_that_firmware_keeps_is_lost_and_counted),
	KUNIT_CASE_PARAM(what_is_asked_for_is_what_is_known, flags_gen_params),
	KUNIT_CASE(other_memory_is_ordinary_once_the_processors_are_off),
	KUNIT_CASE(given_memory_is_ordinary_once_the_processors_are_off),
	KUNIT_CASE(borrowed_platform_goes_down_as_a_whole),
	KUNIT_CASE(borrowing_that_fails_leaves_no_snp),
	KUNIT_CASE(borrowing_does_not_take_snp_from_others),
	KUNIT_CASE(driver_that_goes_takes_snp_with_it),
	KUNIT_CASE(driver_goes_though_shutdown_is_refused),
	KUNIT_CASE(driver_goes_though_the_legacy_platform_stays),
	KUNIT_CASE(driver_goes_though_shutdown_hangs),
	KUNIT_CASE(driver_goes_though_init_hangs),
	KUNIT_CASE(platform_of_an_earlier_kernel_is_shut_down),
	KUNIT_CASE(platform_that_can_not_be_taken_over_is_left),
	KUNIT_CASE(other_refusals_are_no_reason_to_shut_down),
	KUNIT_CASE(panic_shuts_snp_down),
	KUNIT_CASE(panic_flushes_when_told_to),
	KUNIT_CASE(panic_that_can_not_shut_down_leaves_the_table_alone),
	KUNIT_CASE(panic_after_a_hang_asks_nothing),
	{}
};

static struct kunit_suite snp_shutdown_suite = {
	.name = "snp_shutdown",
	.test_cases = snp_shutdown_cases,
};

kunit_test_suite(snp_shutdown_suite);

MODULE_DESCRIPTION("KUnit suite: SNP is shut down");
MODULE_LICENSE("GPL");
