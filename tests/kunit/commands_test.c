// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command table is consistent, and agrees with the published lengths.
 */
#include "sev/commands.c"

#include <kunit/test.h>

/* What other drivers send: ids and lengths, collected from their sources. */
static const struct {
	u16 id;
	u16 len;
} lengths[] = {
	{ 0x001, 20 }, { 0x002, 0 }, { 0x003, 0 }, { 0x004, 12 }, { 0x005, 0 }, { 0x006, 12 },
	{ 0x007, 28 }, { 0x008, 28 }, { 0x009, 0 }, { 0x00a, 0 }, { 0x00b, 12 }, { 0x00c, 12 },
	{ 0x00d, 36 }, { 0x020, 4 }, { 0x021, 8 }, { 0x022, 4 }, { 0x023, 13 }, { 0x030, 36 },
	{ 0x031, 20 }, { 0x032, 20 }, { 0x033, 20 }, { 0x034, 52 }, { 0x035, 4 }, { 0x036, 36 },
	{ 0x040, 68 }, { 0x041, 52 }, { 0x042, 48 }, { 0x043, 4 }, { 0x044, 4 }, { 0x050, 36 },
	{ 0x051, 52 }, { 0x052, 52 }, { 0x053, 4 }, { 0x060, 28 }, { 0x061, 28 }, { 0x081, 0 },
	{ 0x083, 8 }, { 0x084, 0 }, { 0x085, 64 }, { 0x086, 8 }, { 0x090, 8 }, { 0x091, 12 },
	{ 0x092, 16 }, { 0x093, 8 }, { 0x094, 24 }, { 0x0a0, 48 }, { 0x0a1, 32 }, { 0x0a2, 64 },
	{ 0x0b0, 24 }, { 0x0b1, 24 }, { 0x0b2, 64 }, { 0x0c7, 8 }, { 0x0c8, 8 }, { 0x0c9, 64 },
	{ 0x0cb, 4 }, { 0x0cd, 16 }, { 0x0ce, 16 }, { 0x0d0, 16 }, { 0x0d1, 16 }, { 0x0d2, 32 },
	{ 0x0d3, 16 }, { 0x0d4, 80 }, { 0x0d5, 48 },
};

static void lengths_are_those_that_others_send(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		const struct sev_command *cmd = sev_command_find(lengths[i].id);

		if (!cmd) {
			KUNIT_FAIL(test, "command %#x is not known", lengths[i].id);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, cmd->len, lengths[i].len, "%s", cmd->name);
	}
}

static void every_row_is_found_and_no_other(struct kunit *test)
{
	size_t i, found = 0;
	u32 id;

	for (i = 0; i < ARRAY_SIZE(sev_commands); i++) {
		KUNIT_EXPECT_PTR_EQ(test, sev_command_find(sev_commands[i].id), &sev_commands[i]);
		if (i)
			KUNIT_EXPECT_LT(test, sev_commands[i - 1].id, sev_commands[i].id);
	}
	for (id = 0; id <= 0x1000; id++)
		found += !!sev_command_find(id);
	KUNIT_EXPECT_EQ(test, found, ARRAY_SIZE(sev_commands));
	KUNIT_EXPECT_NULL(test, sev_command_find(0));
	KUNIT_EXPECT_NULL(test, sev_command_find(0x10001));
	KUNIT_EXPECT_NULL(test, sev_command_find(0xffffffff));
}

static void commands_without_a_published_struct_cannot_be_sent(struct kunit *test)
{
	static const u32 ids[] = { 0x082, 0x095, 0x0c0, 0x0c1, 0x0c2, 0x0c3, 0x0c6 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		KUNIT_EXPECT_NULL(test, sev_command_find(ids[i]));
}

static void check_buffer(struct kunit *test, const struct sev_command *cmd,
			 const struct sev_command_buffer *buf)
{
	KUNIT_EXPECT_LE_MSG(test, buf->addr_offset + sizeof(u64), cmd->len, "%s", cmd->name);
	if (buf->len_offset == SEV_NO_OFFSET) {
		KUNIT_EXPECT_GT_MSG(test, buf->fixed_len, 0, "%s", cmd->name);
		return;
	}
	KUNIT_EXPECT_LE_MSG(test, buf->len_offset + sizeof(u32), cmd->len, "%s", cmd->name);
	KUNIT_EXPECT_EQ_MSG(test, buf->fixed_len, 0, "%s", cmd->name);
	/* A length inside of the address would be a slip of the table. */
	KUNIT_EXPECT_TRUE_MSG(test, buf->len_offset + sizeof(u32) <= buf->addr_offset ||
			      buf->addr_offset + sizeof(u64) <= buf->len_offset, "%s", cmd->name);
}

static void buffers_lie_inside_their_command(struct kunit *test)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sev_commands); i++) {
		const struct sev_command *cmd = &sev_commands[i];
		bool ended = false, read = false;

		KUNIT_EXPECT_LE(test, cmd->len, PAGE_SIZE);
		for (j = 0; j < SEV_COMMAND_BUFS; j++) {
			const struct sev_command_buffer *buf = &cmd->buf[j];

			if (buf->dir == SEV_BUF_NONE) {
				ended = true;
				continue;
			}
			KUNIT_EXPECT_FALSE_MSG(test, ended, "%s: a gap", cmd->name);
			if (buf->dir == SEV_BUF_WRITE)
				KUNIT_EXPECT_FALSE_MSG(test, read, "%s: order", cmd->name);
			read |= buf->dir == SEV_BUF_READ;
			check_buffer(test, cmd, buf);
		}
	}
}

static void flags_agree_with_the_rest(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sev_commands); i++) {
		const struct sev_command *cmd = &sev_commands[i];

		KUNIT_EXPECT_GT(test, strlen(cmd->name), 0);
		KUNIT_EXPECT_EQ_MSG(test, !!(cmd->flags & SEV_CMD_SNP), cmd->id > 0x80, "%s",
				    cmd->name);
		if (!cmd->len)
			KUNIT_EXPECT_FALSE_MSG(test, cmd->flags & SEV_CMD_WRITES_BUFFER, "%s",
					       cmd->name);
		if (!(cmd->flags & SEV_CMD_SNP))
			KUNIT_EXPECT_FALSE_MSG(test, cmd->states & (SNP_IN_UNINIT | SNP_IN_INIT),
					       "%s", cmd->name);
	}
}

static void secrets_change_with_these_commands(struct kunit *test)
{
	static const u16 changing[] = { 0x003, 0x005, 0x007, 0x009, 0x00d };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sev_commands); i++) {
		bool expected = false;

		for (j = 0; j < ARRAY_SIZE(changing); j++)
			expected |= sev_commands[i].id == changing[j];
		KUNIT_EXPECT_EQ_MSG(test, !!(sev_commands[i].flags & SEV_CMD_NV_CHANGING), expected,
				    "%s", sev_commands[i].name);
	}
}

static const struct {
	u16 id;
	u8 sev;
	u8 snp;
	bool allowed;
} states[] = {
	/* INIT */
	{ 0x001, SEV_PSTATE_UNINIT, 0, true }, { 0x001, SEV_PSTATE_INIT, 0, false },
	{ 0x001, SEV_PSTATE_WORKING, 0, false }, { 0x001, SEV_PSTATE_UNINIT, 1, true },
	/* SHUTDOWN and PLATFORM_STATUS, always */
	{ 0x002, SEV_PSTATE_UNINIT, 0, true }, { 0x002, SEV_PSTATE_WORKING, 1, true },
	{ 0x004, SEV_PSTATE_UNINIT, 0, true }, { 0x004, SEV_PSTATE_WORKING, 1, true },
	/* PEK_GEN: not with guests */
	{ 0x005, SEV_PSTATE_UNINIT, 0, false }, { 0x005, SEV_PSTATE_INIT, 0, true },
	{ 0x005, SEV_PSTATE_WORKING, 0, false },
	/* PEK_CSR */
	{ 0x006, SEV_PSTATE_UNINIT, 0, false }, { 0x006, SEV_PSTATE_INIT, 0, true },
	{ 0x006, SEV_PSTATE_WORKING, 0, true },
	/* DOWNLOAD_FIRMWARE */
	{ 0x00b, SEV_PSTATE_UNINIT, 0, true }, { 0x00b, SEV_PSTATE_INIT, 0, false },
	/* SNP_INIT_EX: before both */
	{ 0x085, SEV_PSTATE_UNINIT, 0, true }, { 0x085, SEV_PSTATE_INIT, 0, false },
	{ 0x085, SEV_PSTATE_UNINIT, 1, false },
	/* SNP_GCTX_CREATE: whatever legacy SEV does */
	{ 0x093, SEV_PSTATE_UNINIT, 0, false }, { 0x093, SEV_PSTATE_UNINIT, 1, true },
	{ 0x093, SEV_PSTATE_WORKING, 1, true },
};

static void commands_have_their_states(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		const struct sev_command *cmd = sev_command_find(states[i].id);

		KUNIT_ASSERT_NOT_NULL(test, cmd);
		KUNIT_EXPECT_EQ_MSG(test, sev_command_allowed(cmd, states[i].sev, states[i].snp),
				    states[i].allowed, "%s in SEV state %u, SNP state %u",
				    cmd->name, states[i].sev, states[i].snp);
	}
}

/* What legacy commands need once SNP is up; a command not listed needs nothing. */
static const struct page_rule {
	u16 id;
	bool writes_command;
	u8 bounce;
	u8 guest;
	u8 keep;
} page_rules[] = {
	{ 0x001, .keep = 1 },			/* INIT */
	{ 0x004, true },			/* PLATFORM_STATUS */
	{ 0x006, true, .bounce = 1 },		/* PEK_CSR */
	{ 0x008, true, .bounce = 2 },		/* PDH_CERT_EXPORT */
	{ 0x00c, true, .bounce = 1 },		/* GET_ID */
	{ 0x00d, .keep = 2 },			/* INIT_EX */
	{ 0x023, true },			/* GUEST_STATUS */
	{ 0x030, true },			/* LAUNCH_START */
	{ 0x031, .guest = 1 },			/* LAUNCH_UPDATE_DATA */
	{ 0x032, .guest = 1 },			/* LAUNCH_UPDATE_VMSA */
	{ 0x033, true, .bounce = 1 },		/* LAUNCH_MEASURE */
	{ 0x034, .guest = 1 },			/* LAUNCH_UPDATE_SECRET */
	{ 0x036, true, .bounce = 1 },		/* ATTESTATION_REPORT */
	{ 0x040, true, .bounce = 1 },		/* SEND_START */
	{ 0x041, true, .bounce = 2 },		/* SEND_UPDATE_DATA */
	{ 0x042, true, .bounce = 2 },		/* SEND_UPDATE_VMSA */
	{ 0x050, true },			/* RECEIVE_START */
	{ 0x051, .guest = 1 },			/* RECEIVE_UPDATE_DATA */
	{ 0x052, .guest = 1 },			/* RECEIVE_UPDATE_VMSA */
	{ 0x060, .guest = 1 },			/* DBG_DECRYPT */
	{ 0x061, .guest = 1 },			/* DBG_ENCRYPT */
};

static unsigned int buffers_with_rule(const struct sev_command *cmd, enum sev_page_rule rule)
{
	unsigned int i, n = 0;

	for (i = 0; i < SEV_COMMAND_BUFS; i++)
		n += cmd->buf[i].dir == SEV_BUF_WRITE && cmd->buf[i].page == rule;
	return n;
}

static void legacy_commands_have_their_page_rules(struct kunit *test)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sev_commands); i++) {
		const struct sev_command *cmd = &sev_commands[i];
		struct page_rule rule = {};

		if (cmd->flags & SEV_CMD_SNP)
			continue;
		for (j = 0; j < ARRAY_SIZE(page_rules); j++)
			if (page_rules[j].id == cmd->id)
				rule = page_rules[j];

		KUNIT_EXPECT_EQ_MSG(test, !!(cmd->flags & SEV_CMD_WRITES_BUFFER),
				    rule.writes_command, "%s", cmd->name);
		KUNIT_EXPECT_EQ_MSG(test, buffers_with_rule(cmd, SEV_PAGE_BOUNCE), rule.bounce,
				    "%s", cmd->name);
		KUNIT_EXPECT_EQ_MSG(test, buffers_with_rule(cmd, SEV_PAGE_GUEST), rule.guest,
				    "%s", cmd->name);
		KUNIT_EXPECT_EQ_MSG(test, buffers_with_rule(cmd, SEV_PAGE_KEEP), rule.keep,
				    "%s", cmd->name);
		/* Nothing that the firmware writes is left without a rule. */
		KUNIT_EXPECT_EQ_MSG(test, buffers_with_rule(cmd, SEV_PAGE_ANY), 0, "%s", cmd->name);
	}
}

static struct kunit_case commands_cases[] = {
	KUNIT_CASE(lengths_are_those_that_others_send),
	KUNIT_CASE(every_row_is_found_and_no_other),
	KUNIT_CASE(commands_without_a_published_struct_cannot_be_sent),
	KUNIT_CASE(buffers_lie_inside_their_command),
	KUNIT_CASE(flags_agree_with_the_rest),
	KUNIT_CASE(secrets_change_with_these_commands),
	KUNIT_CASE(commands_have_their_states),
	KUNIT_CASE(legacy_commands_have_their_page_rules),
	{}
};

static struct kunit_suite commands_suite = {
	.name = "commands",
	.test_cases = commands_cases,
};

kunit_test_suite(commands_suite);

MODULE_DESCRIPTION("KUnit suite: command table");
MODULE_LICENSE("GPL");
