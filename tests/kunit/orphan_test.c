// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands whose sender was killed while the firmware worked on them: what they did to the
 * platform is known from their late answer only, and nothing may go on as if they had done
 * nothing, or what they could not.
 */
#include <linux/fs.h>

/* The keys are read into memory, which must not be the firmware's at that moment. */
static ssize_t watched_read(struct file *file, void *buf, size_t count, loff_t *pos);

#define kernel_read	watched_read
#include "snp-fixture.h"
#undef kernel_read

#include "nv-file.h"

static ssize_t watched_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	if (fake_snp_now && is_vmalloc_addr(buf))
		KUNIT_EXPECT_EQ_MSG(fake_snp_now->test,
				    fake_rmp_get(fake_snp_now, PFN_PHYS(vmalloc_to_pfn(buf))),
				    FAKE_RMP_HYPERVISOR, "file read into a page of the firmware");
	return kernel_read(file, buf, count, pos);
}

static void restore(void *ctx)
{
	init_ex_path = NULL;
}

/* The file holds 0x11; SNP is up if @snp_up, the legacy platform is not initialised. */
static struct fake_snp *machine(struct kunit *test, bool snp_up)
{
	struct fake_snp *snp = fake_snp_new(test);

	init_ex_path = (char *)NV_FILE;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore, NULL), 0);
	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	if (!snp_up)
		snp->fixture->sev.snp.rmp = NULL;
	return snp;
}

/* What the firmware does with the file's data in each command. */
static u32 kill_in;
static u8 writes;

static void serve(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	struct sev_device *sev = &snp->fixture->sev;

	if (writes && cmd->flags & SEV_CMD_NV_CHANGING && sev->nv.mem.va)
		memset(sev->nv.mem.va, writes, SEV_NV_LEN);
	if (cmd->id != kill_in)
		return;
	kill_in = 0;
	snp->fixture->fake->now.delay_ms = 50;
	sev_fixture_kill(snp->fixture->fake, data);
}

/* The same with the legacy platform initialised, and keys of @byte in the file unless that is 0. */
static struct fake_snp *machine_in_use(struct kunit *test, bool snp_up, u8 byte)
{
	struct fake_snp *snp = machine(test, snp_up);
	u32 error;

	writes = byte;
	snp->act = serve;
	KUNIT_ASSERT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_ASSERT_EQ(test, nv_file_look(), byte ?: 0x11);
	return snp;
}

/* Whatever the command was, no page is left where it was not before. */
static void expect_nothing_kept(struct fake_snp *snp)
{
	KUNIT_EXPECT_NULL(snp->test, snp->fixture->sev.tmr.mem.va);
	KUNIT_EXPECT_NULL(snp->test, snp->fixture->sev.nv.mem.va);
	KUNIT_EXPECT_EQ(snp->test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_EQ(snp->test, snp->fixture->sev.leaked_pages, 0ul);
}

/* As /dev/sev does it, by a process that is killed in the command @id. */
static int killed_in(struct fake_snp *snp, u32 id, int (*run)(struct sev_device *sev))
{
	struct sev_device *sev = &snp->fixture->sev;
	int ret;

	snp->act = serve;
	kill_in = id;
	mutex_lock(&sev->lock);
	sev->killable = true;
	ret = run(sev);
	sev->killable = false;
	mutex_unlock(&sev->lock);
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(snp->test, ret, -EINTR);
	KUNIT_EXPECT_NOT_NULL(snp->test, sev->orphan);
	return ret;
}

static int run_init(struct sev_device *sev)
{
	u32 error;

	return sev_platform_init_locked(sev, &error);
}

static int run_shutdown(struct sev_device *sev)
{
	u32 error;

	return sev_platform_shutdown_locked(sev, &error);
}

static int run_command(struct sev_device *sev, u32 id)
{
	struct sev_call call = { .id = id };

	return sev_call_locked(sev, &call);
}

static int run_reset(struct sev_device *sev)
{
	return run_command(sev, SEV_OP_FACTORY_RESET);
}

static int run_pek_gen(struct sev_device *sev)
{
	return run_command(sev, SEV_OP_PEK_GEN);
}

static int run_commit(struct sev_device *sev)
{
	struct snp_cmd_commit data = { .length = sizeof(data) };
	struct sev_call call = { .id = SNP_OP_COMMIT, .data = &data };

	return sev_call_locked(sev, &call);
}

static u8 ask(struct fake_snp *snp)
{
	struct sev_cmd_platform_status status;
	u32 error;

	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(snp->test, sev_platform_query_locked(&snp->fixture->sev, &status, &error),
			0);
	mutex_unlock(&snp->fixture->sev.lock);
	return status.state;
}

static const bool with_snp[] = { false, true };

static void snp_desc(const bool *snp, char *desc)
{
	strscpy(desc, *snp ? "SNP up" : "SNP down", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(snp, with_snp, snp_desc);

static void shutdown_is_followed_by_a_clean_init(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, *(const bool *)test->param_value, 0x21);
	struct sev_device *sev = &snp->fixture->sev;
	u32 error;

	killed_in(snp, SEV_OP_SHUTDOWN, run_shutdown);

	/* Reading the file into pages of the firmware fails the test. */
	writes = 0x22;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x22);
	KUNIT_EXPECT_TRUE(test, sev->nv_owned);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
}

static void shutdown_gives_the_memory_back(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, *(const bool *)test->param_value, 0x21);
	struct sev_device *sev = &snp->fixture->sev;

	killed_in(snp, SEV_OP_SHUTDOWN, run_shutdown);
	KUNIT_EXPECT_EQ(test, ask(snp), (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_FALSE(test, sev->tmr_owned);
	KUNIT_EXPECT_FALSE(test, sev->nv_owned);
	expect_nothing_kept(snp);
}

static void refused_shutdown_leaves_the_memory_with_the_firmware(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, *(const bool *)test->param_value, 0);
	struct sev_device *sev = &snp->fixture->sev;

	snp->fail_op = SEV_OP_SHUTDOWN;
	snp->fail_status = SEV_RET_HWSEV_RET_PLATFORM;
	killed_in(snp, SEV_OP_SHUTDOWN, run_shutdown);
	KUNIT_EXPECT_EQ(test, ask(snp), (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, sev->tmr_owned);
	KUNIT_EXPECT_TRUE(test, sev->nv_owned);
	KUNIT_EXPECT_NOT_NULL(test, sev->nv.mem.va);
}

static void init_ex_that_worked_is_stored(struct kunit *test)
{
	struct fake_snp *snp = machine(test, *(const bool *)test->param_value);

	writes = 0x31;
	killed_in(snp, SEV_OP_INIT_EX, run_init);
	KUNIT_EXPECT_EQ(test, ask(snp), (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x31);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.nv_owned);
	KUNIT_EXPECT_TRUE(test, snp->fixture->sev.tmr_owned);
}

/* The first guest would be refused otherwise. */
static void init_that_worked_is_followed_by_a_flush(struct kunit *test)
{
	struct fake_snp *snp = machine(test, *(const bool *)test->param_value);
	u32 error;

	writes = 0;
	killed_in(snp, SEV_OP_INIT_EX, run_init);
	snp->count = 0;
	sev_fixture_flushes = 0;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, sev_fixture_flushes, 1u);

	/* Once is enough. */
	snp->count = 0;
	KUNIT_EXPECT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void init_ex_that_failed_leaves_the_file_alone(struct kunit *test)
{
	struct fake_snp *snp = machine(test, *(const bool *)test->param_value);

	writes = 0x32;
	snp->fail_op = SEV_OP_INIT_EX;
	snp->fail_status = SEV_RET_SECURE_DATA_INVALID;
	killed_in(snp, SEV_OP_INIT_EX, run_init);
	KUNIT_EXPECT_EQ(test, ask(snp), (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x11);
	expect_nothing_kept(snp);
}

static void new_key_is_stored(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, *(const bool *)test->param_value, 0x41);

	writes = 0x42;
	killed_in(snp, SEV_OP_PEK_GEN, run_pek_gen);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x41);
	ask(snp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x42);
}

static const struct reset {
	const char *name;
	u32 status;
	int file;
} resets[] = {
	{ "done", 0, 0xff },
	{ "refused", SEV_RET_INVALID_PLATFORM_STATE, 0x11 },
};

static void reset_desc(const struct reset *reset, char *desc)
{
	strscpy(desc, reset->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reset, resets, reset_desc);

static void factory_reset_erases_the_file_if_it_is_done(struct kunit *test)
{
	const struct reset *reset = test->param_value;
	struct fake_snp *snp = machine(test, false);

	writes = 0;
	snp->fail_op = reset->status ? SEV_OP_FACTORY_RESET : 0;
	snp->fail_status = reset->status;
	killed_in(snp, SEV_OP_FACTORY_RESET, run_reset);
	ask(snp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), reset->file);
}

static void commit_makes_the_committed_version_unknown(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, true, 0);
	struct sev_device *sev = &snp->fixture->sev;

	sev->snp.committed_known = true;
	sev->snp.committed = 1;
	killed_in(snp, SNP_OP_COMMIT, run_commit);
	ask(snp);
	KUNIT_EXPECT_FALSE(test, sev->snp.committed_known);
}

static int run_status(struct sev_device *sev)
{
	struct sev_cmd_platform_status status = { };
	struct sev_call call = { .id = SEV_OP_PLATFORM_STATUS, .data = &status };

	return sev_call_locked(sev, &call);
}

/* Taking back the command page of the first command is a command whose end nobody sees. */
static void buffer_of_a_reclaim_that_hangs_stays_with_the_firmware(struct kunit *test)
{
	struct fake_snp *snp = machine_in_use(test, true, 0);
	struct sev_device *sev = &snp->fixture->sev;
	struct sev_cmd_platform_status status;
	u32 error;

	killed_in(snp, SEV_OP_PLATFORM_STATUS, run_status);
	snp->fail_op = SNP_OP_PAGE_RECLAIM;
	sev->responded = false;
	psp_probe_timeout = 0;
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_NE(test, sev_platform_query_locked(sev, &status, &error), 0);
	mutex_unlock(&sev->lock);
	psp_probe_timeout = 5;

	KUNIT_EXPECT_PTR_EQ(test, sev->orphan, sev_command_find(SNP_OP_PAGE_RECLAIM));
	KUNIT_ASSERT_NOT_NULL(test, sev->orphan_buffer);
	KUNIT_EXPECT_EQ(test, sev->command_buffer_busy,
			BIT(sev->orphan_buffer - sev->snp.command_buffer));
}

static struct kunit_case orphan_cases[] = {
	KUNIT_CASE_PARAM(shutdown_is_followed_by_a_clean_init, snp_gen_params),
	KUNIT_CASE_PARAM(shutdown_gives_the_memory_back, snp_gen_params),
	KUNIT_CASE_PARAM(refused_shutdown_leaves_the_memory_with_the_firmware, snp_gen_params),
	KUNIT_CASE_PARAM(init_ex_that_worked_is_stored, snp_gen_params),
	KUNIT_CASE_PARAM(init_that_worked_is_followed_by_a_flush, snp_gen_params),
	KUNIT_CASE_PARAM(init_ex_that_failed_leaves_the_file_alone, snp_gen_params),
	KUNIT_CASE_PARAM(new_key_is_stored, snp_gen_params),
	KUNIT_CASE_PARAM(factory_reset_erases_the_file_if_it_is_done, reset_gen_params),
	KUNIT_CASE(commit_makes_the_committed_version_unknown),
	KUNIT_CASE(buffer_of_a_reclaim_that_hangs_stays_with_the_firmware),
	{}
};

static struct kunit_suite orphan_suite = {
	.name = "orphan",
	.test_cases = orphan_cases,
};

kunit_test_suite(orphan_suite);

MODULE_DESCRIPTION("KUnit suite: commands whose sender was killed");
MODULE_LICENSE("GPL");
