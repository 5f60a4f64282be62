// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP is initialised before the legacy platform, and whatever fails on the way leaves
 * nothing half done.
 */
#include "snp-fixture.h"

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

static void check_memory_of_others(struct fake_snp *snp, const struct sev_command *cmd,
				   void *buffer)
{
	struct hv_fixed *mem = list_first_entry(&hv_fixed_all, struct hv_fixed, node);
	struct snp_cmd_init_ex *data = buffer;
	struct snp_range_list *list;
	unsigned int i;
	bool found = false;

	if (cmd->id != SNP_OP_INIT_EX)
		return;
	list = phys_to_virt(__sme_clr(data->list_paddr));
	for (i = 0; i < list->count; i++)
		found |= list->ranges[i].base == virt_to_phys(mem->va) &&
			 list->ranges[i].page_count == SZ_2M / PAGE_SIZE;
	KUNIT_EXPECT_TRUE(snp->test, found);
}

static void memory_of_other_parts_becomes_hv_fixed(struct kunit *test)
{
	struct hv_fixed *mem = hv_fixed_alloc(SZ_2M);
	struct hv_fixed *gone = hv_fixed_alloc(SZ_2M);
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	KUNIT_ASSERT_NOT_NULL(test, gone);
	/* As after an earlier initialisation. */
	gone->fixed = true;
	KUNIT_EXPECT_FALSE(test, hv_fixed_free(gone));
	snp->act = check_memory_of_others;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&hv_fixed_all));
	KUNIT_EXPECT_TRUE(test, mem->fixed);
	hv_fixed_table_is_off();
	KUNIT_EXPECT_TRUE(test, hv_fixed_free(mem));
}

static void snp_comes_before_the_legacy_platform(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->act = check_init_ex;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_EQ(test, snp->ready, 1);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), SNP_FIXTURE_TMR_PAGES);

	/* Again: the firmware is not asked. */
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void no_provider_no_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->fixture->sev.snp.rmp = NULL;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
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
	snp->fixture->sev.state = SEV_PSTATE_UNINIT;
	snp->fixture->sev.state_known = true;
	snp->fixture->sev.version = (struct sev_version){ 1, minor, 9 };
}

static void first_firmware_takes_no_list(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	known_state(snp, 51);
	snp->act = say_1_51;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SNP_OP_INIT, SNP_OP_DF_FLUSH, SNP_OP_PLATFORM_STATUS,
			    SEV_OP_INIT, SEV_OP_DF_FLUSH);
}

static void older_firmware_still_does_sev(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	known_state(snp, 50);
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->fixture->sev.snp.reason, "1.50.9 is too old"));
	snp_fixture_expect_down(snp);
}

static void processors_that_are_not_ready_still_do_sev(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->prepare_ret = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NE(test, snp->fixture->sev.snp.reason[0], '\0');
	snp_fixture_expect_down(snp);
}

static void machine_that_is_not_set_up_for_it_is_not_tried(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	sev_fixture_preflight = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	sev_fixture_preflight = 0;
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, snp->allocs, 0u);
	snp_fixture_expect_down(snp);
}

static void refused_init_is_unwound(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_INIT_EX;
	snp->fail_status = SEV_RET_INVALID_CONFIG;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SEV_OP_INIT,
			    SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->fixture->sev.snp.reason, "INVALID_CONFIG"));
	snp_fixture_expect_down(snp);
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
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_CONFIG);
	KUNIT_EXPECT_NULL(test, snp->fixture->sev.tmr.mem.va);
	snp_fixture_expect_down(snp);
}

static void failed_init_is_not_repeated_before_a_shutdown(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->act = refuse_legacy;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), -EIO);
	snp->count = 0;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PLATFORM_STATE);
	fake_snp_expect_ops(snp, SEV_OP_INIT);

	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	snp->act = NULL;
	snp->fail_op = 0;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
}

static void failed_flush_is_unwound(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_DF_FLUSH;
	snp->fail_status = SEV_RET_WBINVD_REQUIRED;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_SHUTDOWN_EX, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_NOT_NULL(test, strstr(snp->fixture->sev.snp.reason, "SNP_DF_FLUSH"));
	KUNIT_EXPECT_EQ(test, snp->ready, 0);
	snp_fixture_expect_down(snp);
}

static void status_that_is_refused_is_no_obstacle(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SNP_OP_PLATFORM_STATUS;
	snp->fail_status = SEV_RET_INVALID_PARAM;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
}

static void failed_legacy_init_leaves_snp_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SEV_OP_INIT;
	snp->fail_status = SEV_RET_HWSEV_RET_PLATFORM;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_HWSEV_RET_PLATFORM);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_NULL(test, snp->fixture->sev.tmr.mem.va);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
	snp_fixture_expect_down(snp);
}

static void failed_legacy_flush_leaves_snp_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	snp->fail_op = SEV_OP_DF_FLUSH;
	snp->fail_status = SEV_RET_WBINVD_REQUIRED;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), -EIO);
	KUNIT_EXPECT_EQ(test, snp->sev_state, (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
}

static void region_that_can_not_be_given_costs_only_sev_es(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error = 0x77;

	/* The command page of PLATFORM_STATUS is not given: SNP is not up then. */
	snp->give_fails_at = 300;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.snp.up);
	KUNIT_EXPECT_NULL(test, snp->fixture->sev.tmr.mem.va);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
}

static void each_failing_allocation_leaves_nothing_half_done(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	unsigned int n;
	u32 error;

	for (n = 1; n < 50; n++) {
		snp->allocs = 0;
		snp->alloc_fails_at = n;
		KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
		KUNIT_EXPECT_EQ(test, snp->prepared, snp->fixture->sev.snp.up ? 1 : 0);
		KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
		KUNIT_EXPECT_EQ(test, snp_fixture_stop(snp), 0);
		snp_fixture_expect_down(snp);
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
	KUNIT_EXPECT_LT(test, snp_fixture_init(snp, &error), 0);
	psp_cmd_timeout = 100;
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.mbox.dead);
	/* Nobody knows what it has done with the table. */
	KUNIT_EXPECT_EQ(test, snp->prepared, 1);
	KUNIT_EXPECT_FALSE(test, list_empty(&snp->fixture->sev.held));
}

static void legacy_platform_that_is_up_leaves_no_room(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	snp->sev_state = SEV_PSTATE_INIT;
	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_init_locked(&snp->fixture->sev, &error), -EBUSY);
	mutex_unlock(&snp->fixture->sev.lock);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	snp_fixture_expect_down(snp);
}

static struct kunit_case snp_init_cases[] = {
	KUNIT_CASE(memory_of_other_parts_becomes_hv_fixed),
	KUNIT_CASE(snp_comes_before_the_legacy_platform),
	KUNIT_CASE(no_provider_no_snp),
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
	KUNIT_CASE(legacy_platform_that_is_up_leaves_no_room),
	{}
};

static struct kunit_suite snp_init_suite = {
	.name = "snp_init",
	.test_cases = snp_init_cases,
};

kunit_test_suite(snp_init_suite);

MODULE_DESCRIPTION("KUnit suite: SNP is initialised");
MODULE_LICENSE("GPL");
