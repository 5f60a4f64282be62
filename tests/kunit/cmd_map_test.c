// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legacy commands on an SNP platform: each finds its memory in the state that the
 * firmware wants, and the kernel has all of it back afterwards.
 */
#include "cmd-map-fixture.h"

static void each_command_finds_its_memory_right(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };

	snp->act = errand_fill;
	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	errand_check(test, e);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
	KUNIT_EXPECT_EQ(test, snp->count, 1u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	errand_free(e);
}

static void refused_command_gives_its_memory_back(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };

	snp->fail_op = e->cmd->id;
	snp->fail_status = SEV_RET_INVALID_GUEST;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EIO);
	KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_INVALID_GUEST);
	KUNIT_EXPECT_NULL(test, memchr_inv(e->room, 0, ROOM_PAGES * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	errand_free(e);
}

static void page_that_can_not_be_given_stops_the_command(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };
	unsigned int n;

	for (n = 1; n < 20; n++) {
		snp->given = 0;
		snp->give_fails_at = n;
		if (!call(snp, &c))
			break;
		KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_NO_FW_CALL);
		KUNIT_EXPECT_EQ(test, snp->count, 0u);
		KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
		KUNIT_EXPECT_EQ(test, snp->fixture->sev.command_buffer_busy, 0ul);
	}
	KUNIT_EXPECT_EQ(test, n, snp->given + 1);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	errand_free(e);
}

static void lack_of_memory_stops_the_command(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };
	unsigned int n;

	for (n = 1; n < 20; n++) {
		snp->allocs = 0;
		snp->alloc_fails_at = n;
		if (!call(snp, &c))
			break;
		KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_NO_FW_CALL);
		KUNIT_EXPECT_EQ(test, snp->count, 0u);
		KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
	}
	KUNIT_EXPECT_EQ(test, n, snp->allocs + 1);
	errand_free(e);
}

struct extent {
	u32 at;
	u32 len;
	unsigned int pages;
};

static const struct extent extents[] = {
	{ 0, 1, 1 },
	{ 0, 4096, 1 },
	{ 0, 4097, 2 },
	{ 4095, 1, 1 },
	{ 4095, 2, 2 },
	{ 16, 4096, 2 },
	{ 4080, 4112, 2 },
	{ 4080, 4113, 3 },
	{ 0xf80, 0x6000, 7 },
};

static void extent_desc(const struct extent *extent, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes at %u", extent->len, extent->at);
}

KUNIT_ARRAY_PARAM(extent, extents, extent_desc);

static void guest_memory_counts_every_page_that_it_touches(struct kunit *test)
{
	const struct extent *extent = test->param_value;
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_LAUNCH_UPDATE_DATA));
	struct sev_cmd_guest_blob data = {
		.paddr = sev_phys(e->room + extent->at),
		.len = extent->len,
	};
	struct sev_call c = { .id = SEV_OP_LAUNCH_UPDATE_DATA, .data = &data };

	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	KUNIT_EXPECT_EQ(test, snp->given, extent->pages);
	KUNIT_EXPECT_EQ(test, snp->pages, extent->pages);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
	errand_free(e);
}

static void query_of_a_length_maps_only_the_command(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_cmd_blob data = { };
	struct sev_call c = { .id = SEV_OP_PEK_CSR, .data = &data };

	snp->fail_op = SEV_OP_PEK_CSR;
	snp->fail_status = SEV_RET_INVALID_LEN;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EIO);
	KUNIT_EXPECT_EQ(test, snp->given, 1u);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
}

static const u64 no_memory[] = { BIT_ULL(50), U64_MAX - 0x100, 1ull << 45 };

static void address_desc(const u64 *address, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#llx", *address);
}

KUNIT_ARRAY_PARAM(address, no_memory, address_desc);

static void address_that_is_no_memory_is_refused(struct kunit *test)
{
	const u64 *address = test->param_value;
	struct fake_snp *snp = make_up(test);
	struct sev_cmd_blob blob = { .paddr = *address, .len = 0x200 };
	struct sev_cmd_guest_blob guest = { .paddr = *address, .len = 0x200 };
	struct sev_call c = { .id = SEV_OP_PEK_CSR, .data = &blob };
	struct sev_call g = { .id = SEV_OP_LAUNCH_UPDATE_DATA, .data = &guest };

	KUNIT_EXPECT_EQ(test, call(snp, &c), -EFAULT);
	KUNIT_EXPECT_EQ(test, call(snp, &g), -EFAULT);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_EQ(test, snp->given, 0u);
}

/* Without SNP the callers' memory is theirs all the same, see below. */
static void command_without_snp_finds_its_memory_right(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };

	snp->act = errand_fill;
	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	errand_check(test, e);
	KUNIT_EXPECT_EQ(test, snp->given, 0u);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 0ul);
	errand_free(e);
}

static void blob_is_not_copied_while_snp_is_down(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_PEK_CSR));
	struct sev_blob *blob = sev_blob_alloc(LEN);
	struct sev_call c = { .id = SEV_OP_PEK_CSR, .data = e->data, .blob = { blob } };

	KUNIT_ASSERT_NOT_NULL(test, blob);
	snp->act = errand_fill;
	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	KUNIT_EXPECT_EQ(test, e->seen[0], sev_phys(errand_buffer(e, 0)));
	sev_blob_put(blob);
	errand_free(e);
}

static void own_answer_is_bounced(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	snp->status.current_tcb = 0x1122334455667788;
	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_status_locked(&snp->fixture->sev, &error), 0);
	mutex_unlock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.status.current_tcb, 0x1122334455667788ull);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
}

static struct kunit_case cmd_map_cases[] = {
	KUNIT_CASE_PARAM(each_command_finds_its_memory_right, command_next),
	KUNIT_CASE_PARAM(refused_command_gives_its_memory_back, command_next),
	KUNIT_CASE_PARAM(page_that_can_not_be_given_stops_the_command, command_next),
	KUNIT_CASE_PARAM(lack_of_memory_stops_the_command, command_next),
	KUNIT_CASE_PARAM(guest_memory_counts_every_page_that_it_touches, extent_gen_params),
	KUNIT_CASE(query_of_a_length_maps_only_the_command),
	KUNIT_CASE_PARAM(address_that_is_no_memory_is_refused, address_gen_params),
	KUNIT_CASE_PARAM(command_without_snp_finds_its_memory_right, command_next),
	KUNIT_CASE(blob_is_not_copied_while_snp_is_down),
	KUNIT_CASE(own_answer_is_bounced),
	{}
};

static struct kunit_suite cmd_map_suite = {
	.name = "cmd_map",
	.test_cases = cmd_map_cases,
};

kunit_test_suite(cmd_map_suite);

MODULE_DESCRIPTION("KUnit suite: memory of commands");
MODULE_LICENSE("GPL");
