/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands with all their buffers on an SNP platform, and a firmware that fills those.
 */
#ifndef KUNIT_CMD_MAP_FIXTURE_H
#define KUNIT_CMD_MAP_FIXTURE_H

#include "snp-fixture.h"

/* Buffers of a command stand here, one per pair of pages, across the boundary. */
#define ROOM_PAGES		8
#define AT			0xf80
#define LEN			0x123
#define PATTERN			0xa5

static struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = snp_fixture_up(test);

	fake_snp_begin(snp);
	return snp;
}

/* Pages of the TMR, which the firmware has all the time. */
#define TMR_PAGES	(SEV_TMR_LEN_SNP >> PAGE_SHIFT)

static int call(struct fake_snp *snp, struct sev_call *c)
{
	int ret;

	mutex_lock(&snp->fixture->sev.lock);
	ret = sev_call_locked(&snp->fixture->sev, c);
	mutex_unlock(&snp->fixture->sev.lock);
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

#endif /* KUNIT_CMD_MAP_FIXTURE_H */
