// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of commands whose end nobody sees, and what the firmware does not give back: none
 * of it is written to or freed.
 */
#include "cmd-map-fixture.h"

static void kill_in_debug(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->id != SEV_OP_DBG_DECRYPT)
		return;
	snp->fixture->fake->now.delay_ms = 50;
	sev_fixture_kill(snp->fixture->fake, data);
}

/* As KVM has it: it frees what the command was given when the command has timed out. */
static void memory_of_a_hanging_command_without_snp_is_not_the_callers(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };
	unsigned int lost = 0;
	int before[SEV_COMMAND_BUFS], i;

	for (i = 0; i < SEV_COMMAND_BUFS; i++)
		before[i] = page_count(virt_to_page(errand_buffer(e, i)));
	snp->act = errand_fill;
	snp->fail_op = e->cmd->id;
	psp_probe_timeout = 0;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -ETIMEDOUT);
	psp_probe_timeout = 5;

	for (i = 0; i < SEV_COMMAND_BUFS && e->cmd->buf[i].dir != SEV_BUF_NONE; i++) {
		const struct sev_command_buffer *buf = &e->cmd->buf[i];
		struct page *first = virt_to_page(errand_buffer(e, i));
		bool kept = page_count(first) == before[i] + 1;

		if (buf->dir != SEV_BUF_WRITE)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, kept, buf->page == SEV_PAGE_GUEST, "buffer %d", i);
		KUNIT_EXPECT_EQ_MSG(test, e->seen[i] == sev_phys(errand_buffer(e, i)), kept,
				    "buffer %d", i);
		lost += kept ? 2 : 1;
		if (kept) {
			put_page(first);
			put_page(first + 1);
		}
	}
	mutex_lock(&sev->lock);
	sev_cmd_map_lose_held(sev);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, (unsigned long)lost);
	errand_free(e);
}

static void killed_user_of_guest_memory_without_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_DBG_DECRYPT));
	struct sev_call c = { .id = SEV_OP_DBG_DECRYPT, .data = e->data };
	struct page *first = virt_to_page(errand_buffer(e, 0));
	int before = page_count(first);
	int ret;

	snp->act = kill_in_debug;
	sev->killable = true;
	ret = call(snp, &c);
	sev->killable = false;
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_EQ(test, page_count(first), before + 1);

	snp->act = NULL;
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SEV_OP_PDH_GEN, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, page_count(first), before);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	errand_free(e);
}

/* The firmware never lets go of what the last buffer of the command was. */
static void keep_buffer(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	errand_fill(snp, cmd, data);
	if (cmd == errand_now->cmd)
		snp->keep = round_down(__sme_clr(errand_now->seen[0]), PAGE_SIZE);
}

static void lost_bounce_buffer_is_counted_and_loses_no_data(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_LAUNCH_MEASURE));
	struct sev_call c = { .id = SEV_OP_LAUNCH_MEASURE, .data = e->data };

	snp->act = keep_buffer;
	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	errand_check(test, e);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->leaked, 1u);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES + 1);
	errand_free(e);
}

static void lost_guest_page_is_never_freed(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_LAUNCH_UPDATE_DATA));
	struct sev_call c = { .id = SEV_OP_LAUNCH_UPDATE_DATA, .data = e->data };
	struct page *first = virt_to_page(errand_buffer(e, 0));
	int before = page_count(first);

	snp->act = keep_buffer;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EFAULT);
	KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_SUCCESS);
	/* It could not be told whether the second would be let go. */
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 2ul);
	KUNIT_EXPECT_EQ(test, page_count(first), before + 1);

	put_page(first);
	put_page(first + 1);
	errand_free(e);
}

static void keep_command_page(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->flags & SEV_CMD_WRITES_BUFFER && !snp->keep)
		snp->keep = (u64)snp->fixture->fake->addr_hi << 32 | snp->fixture->fake->addr_lo;
}

static void lost_command_page_is_replaced(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_cmd_guest_status data = { .handle = 7 };
	struct sev_call c = { .id = SEV_OP_GUEST_STATUS, .data = &data };
	int i;

	snp->act = keep_command_page;
	for (i = 0; i < 3 * SEV_COMMAND_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.command_buffer_busy, 0ul);
}

static void kill_after_fill(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->id != SEV_OP_PEK_CSR)
		return;
	snp->fixture->fake->now.delay_ms = 50;
	sev_fixture_kill(snp->fixture->fake, data);
}

static void memory_of_a_killed_user_stays_until_the_firmware_is_done(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	struct sev_blob *blob = sev_blob_alloc(0x1800);
	struct sev_cmd_blob data = { };
	struct sev_call c = { .id = SEV_OP_PEK_CSR, .data = &data };
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, blob);
	data.paddr = sev_phys(blob->data);
	data.len = 0x1800;
	c.blob[0] = blob;
	snp->act = kill_after_fill;
	sev->killable = true;
	ret = call(snp, &c);
	sev->killable = false;
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	/* Two pages of the buffer, one of the command. */
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES + 3);

	snp->act = NULL;
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SEV_OP_PDH_GEN, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES);
	KUNIT_EXPECT_EQ(test, sev->command_buffer_busy, 0ul);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	sev_blob_put(blob);
}

static void memory_of_a_hanging_command_is_lost(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->fixture->sev;
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_LAUNCH_UPDATE_DATA));
	struct errand *m = errand_new(test, sev_command_find(SEV_OP_LAUNCH_MEASURE));
	struct sev_call c = { .id = SEV_OP_LAUNCH_UPDATE_DATA, .data = e->data };
	struct page *first = virt_to_page(errand_buffer(e, 0));
	int before = page_count(first);

	snp->fail_op = SEV_OP_LAUNCH_UPDATE_DATA;
	psp_cmd_timeout = 0;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -ETIMEDOUT);
	psp_cmd_timeout = 100;
	KUNIT_EXPECT_EQ(test, page_count(first), before + 1);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES + 2);

	/* No further command gets as far as mapping anything. */
	c = (struct sev_call){ .id = SEV_OP_LAUNCH_MEASURE, .data = m->data };
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), TMR_PAGES + 2);

	mutex_lock(&sev->lock);
	sev_cmd_map_lose_held(sev);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 2ul);
	put_page(first);
	put_page(first + 1);
	errand_free(e);
	errand_free(m);
}

static struct kunit_case cmd_map_lost_cases[] = {
	KUNIT_CASE_PARAM(memory_of_a_hanging_command_without_snp_is_not_the_callers, command_next),
	KUNIT_CASE(killed_user_of_guest_memory_without_snp),
	KUNIT_CASE(lost_bounce_buffer_is_counted_and_loses_no_data),
	KUNIT_CASE(lost_guest_page_is_never_freed),
	KUNIT_CASE(lost_command_page_is_replaced),
	KUNIT_CASE(memory_of_a_killed_user_stays_until_the_firmware_is_done),
	KUNIT_CASE(memory_of_a_hanging_command_is_lost),
	{}
};

static struct kunit_suite cmd_map_lost_suite = {
	.name = "cmd_map_lost",
	.test_cases = cmd_map_lost_cases,
};

kunit_test_suite(cmd_map_lost_suite);

MODULE_DESCRIPTION("KUnit suite: memory that commands lose");
MODULE_LICENSE("GPL");
