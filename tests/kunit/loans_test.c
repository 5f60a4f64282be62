// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legacy commands on an SNP platform: each finds its memory in the state that the
 * firmware wants, and the kernel has all of it back afterwards.
 */
#include "snp-bed.h"

/* Buffers of a command stand here, one per pair of pages, across the boundary. */
#define ROOM_PAGES		8
#define AT			0xf80
#define LEN			0x123
#define PATTERN			0xa5

static struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = snp_bed_up(test);

	fake_snp_begin(snp);
	return snp;
}

/* Pages of the TMR, which the firmware has all the time. */
#define KEPT	(SEV_TMR_LEN_SNP >> PAGE_SHIFT)

static int call(struct fake_snp *snp, struct sev_call *c)
{
	int ret;

	mutex_lock(&snp->bed->sev.lock);
	ret = sev_call_locked(&snp->bed->sev, c);
	mutex_unlock(&snp->bed->sev.lock);
	return ret;
}

/* One command with all its buffers. */
struct errand {
	const struct sev_command *cmd;
	u8 *room;
	u8 data[128];
	u64 seen[SEV_COMMAND_BUFS];
};

static struct errand *errand_now;

static void *errand_buffer(struct errand *e, int i)
{
	return e->room + 2 * i * PAGE_SIZE + AT;
}

static struct errand *errand_new(struct kunit *test, const struct sev_command *cmd)
{
	struct errand *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	u32 len = LEN;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_ASSERT_LE(test, cmd->len, sizeof(e->data));
	e->cmd = cmd;
	/* Pages with a count of users each, as guest memory has. */
	e->room = alloc_pages_exact(ROOM_PAGES * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, e->room);
	for (i = 0; i < SEV_COMMAND_BUFS && cmd->buf[i].dir != SEV_BUF_NONE; i++) {
		u64 addr = sev_phys(errand_buffer(e, i));

		memcpy(e->data + cmd->buf[i].addr_offset, &addr, sizeof(addr));
		if (cmd->buf[i].len_offset != SEV_NO_OFFSET)
			memcpy(e->data + cmd->buf[i].len_offset, &len, sizeof(len));
	}
	errand_now = e;
	return e;
}

static void errand_free(struct errand *e)
{
	free_pages_exact(e->room, ROOM_PAGES * PAGE_SIZE);
}

/* The firmware fills every buffer that it may, and remembers where that was. */
static void errand_fill(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	struct errand *e = errand_now;
	int i;

	if (cmd != e->cmd)
		return;
	for (i = 0; i < SEV_COMMAND_BUFS && cmd->buf[i].dir != SEV_BUF_NONE; i++) {
		e->seen[i] = fake_snp_field(data, cmd->buf[i].addr_offset, sizeof(u64));
		if (cmd->buf[i].dir == SEV_BUF_WRITE)
			memset(phys_to_virt(__sme_clr(e->seen[i])), PATTERN, LEN);
	}
}

static void errand_check(struct kunit *test, struct errand *e)
{
	int i;

	for (i = 0; i < SEV_COMMAND_BUFS && e->cmd->buf[i].dir != SEV_BUF_NONE; i++) {
		const struct sev_command_buffer *buf = &e->cmd->buf[i];
		u8 *at = errand_buffer(e, i);
		bool moved = buf->page == SEV_PAGE_BOUNCE;
		u8 fill = buf->dir == SEV_BUF_WRITE ? PATTERN : 0;

		KUNIT_EXPECT_EQ_MSG(test, e->seen[i] != sev_phys(at), moved, "buffer %d", i);
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(at, fill, LEN), "buffer %d", i);
		KUNIT_EXPECT_EQ(test, at[-1], 0);
		KUNIT_EXPECT_EQ(test, at[LEN], 0);
		/* The caller finds its own addresses. */
		KUNIT_EXPECT_EQ(test, fake_snp_field(e->data, buf->addr_offset, sizeof(u64)),
				sev_phys(at));
	}
}

static void kill_in_debug(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->id != SEV_OP_DBG_DECRYPT)
		return;
	snp->bed->fake->now.delay_ms = 50;
	sev_bed_kill(snp->bed->fake, data);
}

/* Legacy commands with a command struct, but those whose memory the firmware keeps. */
static const void *command_next(const void *prev, char *desc)
{
	const struct sev_command *cmd = prev ? (const struct sev_command *)prev + 1 :
					       sev_commands;

	for (; cmd < sev_commands + ARRAY_SIZE(sev_commands); cmd++) {
		if (cmd->flags & SEV_CMD_SNP || !cmd->len || cmd->id == SEV_OP_INIT ||
		    cmd->id == SEV_OP_INIT_EX || cmd->id == SEV_OP_PLATFORM_STATUS)
			continue;
		strscpy(desc, cmd->name, KUNIT_PARAM_DESC_SIZE);
		return cmd;
	}
	return NULL;
}

static void each_command_finds_its_memory_right(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct errand *e = errand_new(test, test->param_value);
	struct sev_call c = { .id = e->cmd->id, .data = e->data };

	snp->act = errand_fill;
	KUNIT_EXPECT_EQ(test, call(snp, &c), 0);
	errand_check(test, e);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
	KUNIT_EXPECT_EQ(test, snp->count, 1u);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
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
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
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
		KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
		KUNIT_EXPECT_EQ(test, snp->bed->sev.command_buffer_busy, 0ul);
	}
	KUNIT_EXPECT_EQ(test, n, snp->given + 1);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
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
		KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
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
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
	errand_free(e);
}

static void query_of_a_length_lends_only_the_command(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_cmd_blob data = { };
	struct sev_call c = { .id = SEV_OP_PEK_CSR, .data = &data };

	snp->fail_op = SEV_OP_PEK_CSR;
	snp->fail_status = SEV_RET_INVALID_LEN;
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EIO);
	KUNIT_EXPECT_EQ(test, snp->given, 1u);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
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
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
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

/* As KVM has it: it frees what the command was given when the command has timed out. */
static void memory_of_a_hanging_command_without_snp_is_not_the_callers(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->bed->sev;
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
	snp_loans_lose_held(sev);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, (unsigned long)lost);
	errand_free(e);
}

static void killed_user_of_guest_memory_without_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->bed->sev;
	struct errand *e = errand_new(test, sev_command_find(SEV_OP_DBG_DECRYPT));
	struct sev_call c = { .id = SEV_OP_DBG_DECRYPT, .data = e->data };
	struct page *first = virt_to_page(errand_buffer(e, 0));
	int before = page_count(first);
	int ret;

	snp->act = kill_in_debug;
	sev->killable = true;
	ret = call(snp, &c);
	sev->killable = false;
	sev_bed_revive();
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
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->leaked, 1u);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT + 1);
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
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 2ul);
	KUNIT_EXPECT_EQ(test, page_count(first), before + 1);

	put_page(first);
	put_page(first + 1);
	errand_free(e);
}

static void keep_command_page(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->flags & SEV_CMD_WRITES_BUFFER && !snp->keep)
		snp->keep = (u64)snp->bed->fake->addr_hi << 32 | snp->bed->fake->addr_lo;
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
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.command_buffer_busy, 0ul);
}

static void kill_after_fill(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->id != SEV_OP_PEK_CSR)
		return;
	snp->bed->fake->now.delay_ms = 50;
	sev_bed_kill(snp->bed->fake, data);
}

static void memory_of_a_killed_user_stays_until_the_firmware_is_done(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->bed->sev;
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
	sev_bed_revive();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	/* Two pages of the buffer, one of the command. */
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT + 3);

	snp->act = NULL;
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SEV_OP_PDH_GEN, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
	KUNIT_EXPECT_EQ(test, sev->command_buffer_busy, 0ul);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	sev_blob_put(blob);
}

static void memory_of_a_hanging_command_is_lost(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->bed->sev;
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
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT + 2);

	/* No further command gets as far as lending anything. */
	c = (struct sev_call){ .id = SEV_OP_LAUNCH_MEASURE, .data = m->data };
	KUNIT_EXPECT_EQ(test, call(snp, &c), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT + 2);

	mutex_lock(&sev->lock);
	snp_loans_lose_held(sev);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 2ul);
	put_page(first);
	put_page(first + 1);
	errand_free(e);
	errand_free(m);
}

static void own_answer_is_bounced(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	snp->status.current_tcb = 0x1122334455667788;
	mutex_lock(&snp->bed->sev.lock);
	KUNIT_EXPECT_EQ(test, snp_status_locked(&snp->bed->sev, &error), 0);
	mutex_unlock(&snp->bed->sev.lock);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.snp.status.current_tcb, 0x1122334455667788ull);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
}

static void guests_page_is_the_firmwares_until_it_is_freed(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	void *page = snp_firmware_page_alloc(&snp->bed->sev, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, fake_rmp_get(snp, __pa(page)), FAKE_RMP_FIRMWARE);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.snp.pages_out, 1ul);
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.snp.pages_out, 0ul);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 0ul);
}

/* As KVM does after it has had a guest's state decrypted, with the kernel's own functions. */
static void guests_page_that_kvm_takes_back_itself_is_kvms(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->bed->sev;
	void *page = snp_firmware_page_alloc(sev, GFP_KERNEL);
	struct snp_cmd_page reclaim = { .page_paddr = page ? __pa(page) : 0 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SNP_OP_PAGE_RECLAIM, &reclaim, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_rmp_make_shared(__pa(page), 1), 0);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 0ul);
	KUNIT_EXPECT_NULL(test, xa_load(&snp_firmware_pages, PHYS_PFN(__pa(page))));
	KUNIT_EXPECT_EQ(test, snp_bed_stop(snp), 0);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	/* free_page() of KVM: the fake frees it when the test ends. */
}

static void guests_page_that_could_not_be_taken_is_still_out(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	struct sev_device *sev = &snp->bed->sev;
	void *page = snp_firmware_page_alloc(sev, GFP_KERNEL);
	struct snp_cmd_page reclaim = { .page_paddr = page ? __pa(page) : 0 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->keep = __pa(page);
	KUNIT_EXPECT_EQ(test, sev_execute(sev, SNP_OP_PAGE_RECLAIM, &reclaim, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 1ul);
	snp->keep = 0;
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(test, sev->snp.pages_out, 0ul);
}

static void guests_page_that_firmware_keeps_is_lost(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	void *page = snp_firmware_page_alloc(&snp->bed->sev, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	snp->keep = __pa(page);
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(test, snp->leaked, 1u);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.leaked_pages, 1ul);
	KUNIT_EXPECT_EQ(test, snp->bed->sev.snp.pages_out, 0ul);
}

static void guests_page_that_can_not_be_given_is_no_page(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);

	snp->give_fails_at = 1;
	KUNIT_EXPECT_NULL(test, snp_firmware_page_alloc(&snp->bed->sev, GFP_KERNEL));
	snp->alloc_fails_at = 2;
	KUNIT_EXPECT_NULL(test, snp_firmware_page_alloc(&snp->bed->sev, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, snp->bed->sev.snp.pages_out, 0ul);
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), KEPT);
}

static void page_without_snp_is_an_ordinary_one(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u8 *page = snp_firmware_page_alloc(&snp->bed->sev, GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, snp->allocs, 0u);
	page[0] = 1;
	snp_firmware_page_free(page);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static struct kunit_case loans_cases[] = {
	KUNIT_CASE_PARAM(each_command_finds_its_memory_right, command_next),
	KUNIT_CASE_PARAM(refused_command_gives_its_memory_back, command_next),
	KUNIT_CASE_PARAM(page_that_can_not_be_given_stops_the_command, command_next),
	KUNIT_CASE_PARAM(lack_of_memory_stops_the_command, command_next),
	KUNIT_CASE_PARAM(guest_memory_counts_every_page_that_it_touches, extent_gen_params),
	KUNIT_CASE(query_of_a_length_lends_only_the_command),
	KUNIT_CASE_PARAM(address_that_is_no_memory_is_refused, address_gen_params),
	KUNIT_CASE_PARAM(command_without_snp_finds_its_memory_right, command_next),
	KUNIT_CASE(blob_is_not_copied_while_snp_is_down),
	KUNIT_CASE_PARAM(memory_of_a_hanging_command_without_snp_is_not_the_callers, command_next),
	KUNIT_CASE(killed_user_of_guest_memory_without_snp),
	KUNIT_CASE(lost_bounce_buffer_is_counted_and_loses_no_data),
	KUNIT_CASE(lost_guest_page_is_never_freed),
	KUNIT_CASE(lost_command_page_is_replaced),
	KUNIT_CASE(memory_of_a_killed_user_stays_until_the_firmware_is_done),
	KUNIT_CASE(memory_of_a_hanging_command_is_lost),
	KUNIT_CASE(own_answer_is_bounced),
	KUNIT_CASE(guests_page_is_the_firmwares_until_it_is_freed),
	KUNIT_CASE(guests_page_that_kvm_takes_back_itself_is_kvms),
	KUNIT_CASE(guests_page_that_could_not_be_taken_is_still_out),
	KUNIT_CASE(guests_page_that_firmware_keeps_is_lost),
	KUNIT_CASE(guests_page_that_can_not_be_given_is_no_page),
	KUNIT_CASE(page_without_snp_is_an_ordinary_one),
	{}
};

static struct kunit_suite loans_suite = {
	.name = "loans",
	.test_cases = loans_cases,
};

kunit_test_suite(loans_suite);

MODULE_DESCRIPTION("KUnit suite: memory of legacy commands on an SNP platform");
MODULE_LICENSE("GPL");
