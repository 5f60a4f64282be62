// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP is initialised and shut down in the right order, and whatever fails on the way
 * leaves nothing half done.
 */
#include "sev-bed.h"
#include "fake-rmp.h"

#define TMR_PAGES	(SEV_TMR_LEN_SNP >> PAGE_SHIFT)

static int init(struct fake_snp *snp, u32 *error)
{
	int ret;

	mutex_lock(&snp->bed->sev.lock);
	ret = sev_platform_init_locked(&snp->bed->sev, error);
	mutex_unlock(&snp->bed->sev.lock);
	return ret;
}

static int stop(struct fake_snp *snp)
{
	int ret;

	mutex_lock(&snp->bed->sev.lock);
	ret = sev_platform_stop_locked(&snp->bed->sev);
	mutex_unlock(&snp->bed->sev.lock);
	return ret;
}

static struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	KUNIT_ASSERT_EQ(test, init(snp, &error), 0);
	KUNIT_ASSERT_TRUE(test, snp->bed->sev.snp.up);
	snp->count = 0;
	return snp;
}

/* SNP never was: nothing of it is left anywhere. */
static void expect_down(struct fake_snp *snp)
{
	struct sev_device *sev = &snp->bed->sev;

	KUNIT_EXPECT_FALSE(snp->test, sev->snp.up);
	KUNIT_EXPECT_FALSE(snp->test, sev->snp.prepared);
	KUNIT_EXPECT_EQ(snp->test, snp->prepared, 0);
	KUNIT_EXPECT_EQ(snp->test, snp->snp_state, (u8)SNP_PSTATE_UNINIT);
	KUNIT_EXPECT_EQ(snp->test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_TRUE(snp->test, xa_empty(&snp->allocated));
	KUNIT_EXPECT_NULL(snp->test, sev->snp.panic.notifier_call);
	KUNIT_EXPECT_EQ(snp->test, sev->leaked_pages, 0ul);
	KUNIT_EXPECT_EQ(snp->test, sev->command_buffer_busy, 0ul);
}

static void check_init_ex(struct fake_snp *snp, const struct sev_command *cmd, void *buffer)
{
	struct snp_cmd_init_ex *data = buffer;
	struct sev_cmd_init *legacy = buffer;
	struct snp_range_list *list;

	if (cmd->id == SEV_OP_INIT) {
		KUNIT_EXPECT_EQ(snp->test, legacy->tmr_len, 0x200000u);
		KUNIT_EXPECT_TRUE(snp->test, IS_ALIGNED(legacy->tmr_paddr, 0x200000));
		KUNIT_EXPECT_EQ(snp->test, legacy->flags, SEV_INIT_ES);
	}
	if (cmd->id != SNP_OP_INIT_EX)
		return;
	KUNIT_EXPECT_EQ(snp->test, data->flags, SNP_INIT_RMP | SNP_INIT_LIST);
	KUNIT_EXPECT_EQ(snp->test, data->max_snp_asid, (u16)0);
	KUNIT_EXPECT_NULL(snp->test, memchr_inv(data->rsvd2, 0, sizeof(data->rsvd2)));
	list = phys_to_virt(__sme_clr(data->list_paddr));
	KUNIT_EXPECT_TRUE(snp->test, PAGE_ALIGNED(list));
	KUNIT_EXPECT_GT(snp->test, list->count, 0u);
}

static void snp_comes_before_the_legacy_platform(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->act = check_init_ex;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);

	/* Again: the firmware is not asked. */
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void everything_is_shut_down_in_reverse(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_EQ(test, snp->pages, TMR_PAGES + 1u);
	expect_down(snp);

	/* Again: nothing to do. */
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void can_be_initialised_again(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, stop(snp), 0);
		expect_down(snp);
		KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
		KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	}
}

static void no_keeper_no_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->bed->sev.snp.rmp = NULL;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, snp->allocs, 0u);
}

static void say_1_51(struct fake_snp *snp, const struct sev_command *cmd, void *buffer)
{
	if (cmd->id == SNP_OP_INIT)
		KUNIT_EXPECT_NULL(snp->test, buffer);
}

static void known_state(struct fake_snp *snp, u8 minor)
{
	snp->bed->sev.state = SEV_PSTATE_UNINIT;
	snp->bed->sev.state_known = true;
	snp->bed->sev.version = (struct sev_version){ 1, minor, 9 };
}

static void first_firmware_takes_no_list(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	known_state(snp, 51);
	snp->act = say_1_51;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SNP_OP_INIT, SNP_OP_DF_FLUSH, SNP_OP_PLATFORM_STATUS,
			    SEV_OP_INIT, SEV_OP_DF_FLUSH);
}

static void older_firmware_still_does_sev(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	known_state(snp, 50);
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->bed->sev.snp.why, "1.50.9 is too old"));
	expect_down(snp);
}

static void processors_that_are_not_ready_still_do_sev(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->prepare_ret = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NE(test, snp->bed->sev.snp.why[0], '\0');
	expect_down(snp);
}

static void machine_that_is_not_set_up_for_it_is_not_tried(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	sev_bed_preflight = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	sev_bed_preflight = 0;
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, snp->allocs, 0u);
	expect_down(snp);
}

static void refused_init_is_unwound(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_INIT_EX;
	snp->fail_status = SEV_RET_INVALID_CONFIG;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SEV_OP_INIT,
			    SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->bed->sev.snp.why, "INVALID_CONFIG"));
	expect_down(snp);
}

/* As on processors where SNP is on: the firmware wants it first. */
static void refuse_legacy(struct fake_snp *snp, const struct sev_command *cmd, void *buffer)
{
	snp->fail_op = cmd->id == SEV_OP_INIT ? SEV_OP_INIT : SNP_OP_INIT_EX;
	snp->fail_status = cmd->id == SEV_OP_INIT ? SEV_RET_INVALID_PLATFORM_STATE :
						    SEV_RET_INVALID_CONFIG;
}

static void first_cause_is_what_the_caller_gets(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->act = refuse_legacy;
	KUNIT_EXPECT_EQ(test, init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_CONFIG);
	KUNIT_EXPECT_NULL(test, snp->bed->sev.tmr.mem.va);
	expect_down(snp);
}

static void failed_init_is_not_repeated_before_a_shutdown(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->act = refuse_legacy;
	KUNIT_EXPECT_EQ(test, init(snp, &error), -EIO);
	snp->count = 0;
	KUNIT_EXPECT_EQ(test, init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PLATFORM_STATE);
	fake_snp_expect_ops(snp, SEV_OP_INIT);

	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	snp->act = NULL;
	snp->fail_op = 0;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
}

static void failed_flush_is_unwound(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_DF_FLUSH;
	snp->fail_status = SEV_RET_WBINVD_REQUIRED;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->bed->sev.snp.why, "SNP_DF_FLUSH"));
	expect_down(snp);
}

static void status_that_is_refused_is_no_obstacle(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_PLATFORM_STATUS;
	snp->fail_status = SEV_RET_INVALID_PARAM;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
}

static void failed_legacy_init_leaves_snp_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SEV_OP_INIT;
	snp->fail_status = SEV_RET_HWSEV_RET_PLATFORM;
	KUNIT_EXPECT_EQ(test, init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_HWSEV_RET_PLATFORM);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_NULL(test, snp->bed->sev.tmr.mem.va);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	expect_down(snp);
}

static void failed_legacy_flush_leaves_snp_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SEV_OP_DF_FLUSH;
	snp->fail_status = SEV_RET_WBINVD_REQUIRED;
	KUNIT_EXPECT_EQ(test, init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, snp->sev_state, (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
}

static void region_that_can_not_be_given_costs_only_sev_es(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	/* The command page of PLATFORM_STATUS is not given: SNP is not up then. */
	snp->give_fails_at = 300;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_NULL(test, snp->bed->sev.tmr.mem.va);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
}

static void each_failing_allocation_leaves_nothing_half_done(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	unsigned int n;
	u32 error;

	for (n = 1; n < 50; n++) {
		snp->allocs = 0;
		snp->alloc_fails_at = n;
		KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
		KUNIT_EXPECT_EQ(test, snp->prepared, snp->bed->sev.snp.up ? 1 : 0);
		KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
		KUNIT_EXPECT_EQ(test, stop(snp), 0);
		expect_down(snp);
		if (snp->allocs < n)
			break;
	}
	KUNIT_EXPECT_GT(test, n, 4u);
	KUNIT_EXPECT_LT(test, n, 50u);
}

static void hanging_init_leaves_everything_to_the_firmware(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_INIT_EX;
	psp_cmd_timeout = 0;
	KUNIT_EXPECT_LT(test, init(snp, &error), 0);
	psp_cmd_timeout = 100;
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.mbox.dead);
	/* Nobody knows what it has done with the table. */
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_FALSE(test, list_empty(&snp->bed->sev.held));
}

static void shutdown_flushes_when_told_to(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_nth = 1;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	expect_down(snp);
}

static void shutdown_is_not_repeated_for_ever(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	KUNIT_EXPECT_EQ(test, stop(snp), -EIO);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
}

static void failing_step(struct kunit *test, u32 op, u32 status)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = op;
	snp->fail_status = status;
	KUNIT_EXPECT_EQ(test, stop(snp), -EIO);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);

	/* It can be done later. */
	snp->fail_op = 0;
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	expect_down(snp);
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
	struct fake_snp *snp = make_up(test);

	snp->keep = snp->bed->sev.tmr.mem.pa + 17 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, (unsigned long)TMR_PAGES);
	KUNIT_EXPECT_FALSE(test, snp->bed->sev.snp.up);
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

	snp->bed->sev.snp.features.ecx = f->ecx;
	snp->bed->sev.snp.max_asid = f->max_asid;
	rapl_disable = f->rapl;
	sev_bed_can_restart = f->restart;
	snp->act = check_flags;
	KUNIT_EXPECT_EQ(test, init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, stop(snp), 0);
	rapl_disable = false;
	sev_bed_can_restart = false;
}

static void borrow_and_return(struct fake_snp *snp)
{
	struct sev_device *sev = &snp->bed->sev;
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
	expect_down(snp);
}

static void borrowing_does_not_take_snp_from_others(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	mutex_lock(&snp->bed->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_init_locked(&snp->bed->sev, &error), 0);
	mutex_unlock(&snp->bed->sev.lock);
	borrow_and_return(snp);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->sev_state, (u8)SEV_PSTATE_UNINIT);
}

static void legacy_platform_that_is_up_leaves_no_room(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->sev_state = SEV_PSTATE_INIT;
	mutex_lock(&snp->bed->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_init_locked(&snp->bed->sev, &error), -EBUSY);
	mutex_unlock(&snp->bed->sev.lock);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	expect_down(snp);
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

	snp->bed->fake->serve = left_by_another;
	snp->snp_state = SNP_PSTATE_INIT;
	snp->sev_state = SEV_PSTATE_INIT;
	return snp;
}

static void contact(struct fake_snp *snp)
{
	psp_init_on_probe = false;
	mutex_lock(&snp->bed->sev.lock);
	sev_first_contact(&snp->bed->sev);
	mutex_unlock(&snp->bed->sev.lock);
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
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.state_known);
}

static void platform_that_can_not_be_taken_over_is_left(struct kunit *test)
{
	struct fake_snp *snp = make_left(test);

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_INVALID_PLATFORM_STATE;
	contact(snp);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_FALSE(test, snp->bed->sev.state_known);
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
	snp_panic(&snp->bed->sev.snp.panic, 0, NULL);
}

static void panic_shuts_snp_down(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	unsigned int pages = snp->pages;

	KUNIT_EXPECT_NOT_NULL(test, snp->bed->sev.snp.panic.notifier_call);
	snp->bed->sev.snp.features.ecx = SNP_FEAT_ECX_X86_SHUTDOWN;
	/* Whoever has the lock has been stopped. */
	mutex_lock(&snp->bed->sev.lock);
	panic_now(snp);
	mutex_unlock(&snp->bed->sev.lock);
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
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SNP_OP_SHUTDOWN_EX;
	snp->fail_nth = 1;
	snp->fail_status = SEV_RET_DFFLUSH_REQUIRED;
	panic_now(snp);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_FALSE(test, snp->bed->sev.snp.up);
}

static void panic_that_can_not_shut_down_leaves_the_table_alone(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_INVALID_PLATFORM_STATE;
	panic_now(snp);
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_TRUE(test, snp->bed->sev.snp.up);
}

static void panic_after_a_hang_asks_nothing(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->bed->sev.mbox.dead = true;
	panic_now(snp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static struct kunit_case snp_cases[] = {
	KUNIT_CASE(snp_comes_before_the_legacy_platform),
	KUNIT_CASE(everything_is_shut_down_in_reverse),
	KUNIT_CASE(can_be_initialised_again),
	KUNIT_CASE(no_keeper_no_snp),
	KUNIT_CASE(first_firmware_takes_no_list),
	KUNIT_CASE(older_firmware_still_does_sev),
	KUNIT_CASE(processors_that_are_not_ready_still_do_sev),
	KUNIT_CASE(machine_that_is_not_set_up_for_it_is_not_tried),
	KUNIT_CASE(refused_init_is_unwound),
	KUNIT_CASE(first_cause_is_what_the_caller_gets),
	KUNIT_CASE(failed_init_is_not_repeated_before_a_shutdown),
	KUNIT_CASE(failed_flush_is_unwound),
	KUNIT_CASE(status_that_is_refused_is_no_obstacle),
	KUNIT_CASE(failed_legacy_init_leaves_snp_up),
	KUNIT_CASE(failed_legacy_flush_leaves_snp_up),
	KUNIT_CASE(region_that_can_not_be_given_costs_only_sev_es),
	KUNIT_CASE(each_failing_allocation_leaves_nothing_half_done),
	KUNIT_CASE(hanging_init_leaves_everything_to_the_firmware),
	KUNIT_CASE(shutdown_flushes_when_told_to),
	KUNIT_CASE(shutdown_is_not_repeated_for_ever),
	KUNIT_CASE(shutdown_that_fails_leaves_it_up),
	KUNIT_CASE(snp_stays_while_the_legacy_platform_stays),
	KUNIT_CASE(page_that_firmware_keeps_is_lost_and_counted),
	KUNIT_CASE_PARAM(what_is_asked_for_is_what_is_known, flags_gen_params),
	KUNIT_CASE(borrowed_platform_goes_down_as_a_whole),
	KUNIT_CASE(borrowing_does_not_take_snp_from_others),
	KUNIT_CASE(legacy_platform_that_is_up_leaves_no_room),
	KUNIT_CASE(platform_of_an_earlier_kernel_is_shut_down),
	KUNIT_CASE(platform_that_can_not_be_taken_over_is_left),
	KUNIT_CASE(other_refusals_are_no_reason_to_shut_down),
	KUNIT_CASE(panic_shuts_snp_down),
	KUNIT_CASE(panic_flushes_when_told_to),
	KUNIT_CASE(panic_that_can_not_shut_down_leaves_the_table_alone),
	KUNIT_CASE(panic_after_a_hang_asks_nothing),
	{}
};

static struct kunit_suite snp_suite = {
	.name = "snp",
	.test_cases = snp_cases,
};

kunit_test_suite(snp_suite);

MODULE_DESCRIPTION("KUnit suite: SNP is initialised and shut down");
MODULE_LICENSE("GPL");
