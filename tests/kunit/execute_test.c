// SPDX-License-Identifier: GPL-2.0-only
/*
 * One firmware command: what is sent, what comes back, and who owns the memory
 * when it does not.
 */
#include "sev-fixture.h"
#include "fail-nth.h"

static int call(struct sev_fixture *fixture, struct sev_call *c)
{
	int ret;

	mutex_lock(&fixture->sev.lock);
	ret = sev_call_locked(&fixture->sev, c);
	mutex_unlock(&fixture->sev.lock);
	return ret;
}

/* For &fake_answer.act: the firmware reads the struct and writes into it. */
static void activate_swaps(struct fake_mailbox *fake, void *buffer)
{
	struct sev_cmd_activate *data = buffer;

	swap(data->handle, data->asid);
}

static void copies_the_struct_there_and_back(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_activate data = { .handle = 0x11, .asid = 0x22 };
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_ACTIVATE, .act = activate_swaps);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, &data, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, data.handle, 0x22u);
	KUNIT_EXPECT_EQ(test, data.asid, 0x11u);
}

static void copies_the_struct_back_after_a_refusal(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_activate data = { .handle = 0x11, .asid = 0x22 };
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_ACTIVATE, .act = activate_swaps,
			    .status = SEV_RET_ASID_OWNED);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, &data, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_ASID_OWNED);
	KUNIT_EXPECT_EQ(test, data.handle, 0x22u);
}

static void expect_no_address(struct fake_mailbox *fake, void *buffer)
{
	KUNIT_EXPECT_NULL(fake->test, buffer);
}

static void command_without_a_struct_has_no_address(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH, .act = expect_no_address);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_DF_FLUSH, NULL, NULL), 0);
}

struct refused {
	const char *reason;
	u32 id;
	bool data;
	bool gone;
	bool not_started;
	int ret;
};

static const struct refused refused[] = {
	{ "unknown command", .id = 0x7ff, .ret = -EINVAL },
	{ "number wider than the mailbox's", .id = SEV_OP_DF_FLUSH | 0x10000, .ret = -EINVAL },
	{ "struct missing", .id = SEV_OP_ACTIVATE, .ret = -EINVAL },
	{ "struct not wanted", .id = SEV_OP_DF_FLUSH, .data = true, .ret = -EINVAL },
	{ "unbound", .id = SEV_OP_DF_FLUSH, .gone = true, .ret = -ENODEV },
	{ "not started", .id = SEV_OP_DF_FLUSH, .not_started = true, .ret = -ENODEV },
};

static void refused_desc(const struct refused *r, char *desc)
{
	strscpy(desc, r->reason, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refused, refused, refused_desc);

static void never_reaches_the_firmware(struct kunit *test)
{
	const struct refused *r = test->param_value;
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_activate data = { };
	u32 error = 0x77;

	fixture->sev.gone = r->gone;
	fixture->sev.started = !r->not_started;
	/* The fake firmware fails the test if it gets a command. */
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, r->id, r->data ? &data : NULL, &error),
			r->ret);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_EQ(test, fixture->sev.command_buffer_busy, 0ul);
}

static void no_way_of_failing_loses_a_command_buffer(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_activate data = { };
	int i;

	for (i = 0; i < 5 * SEV_COMMAND_BUFFERS; i++) {
		fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_ACTIVATE,
				    .status = SEV_RET_INVALID_GUEST);
		KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, &data, NULL),
				-EIO);
		KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, NULL, NULL),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, fixture->sev.command_buffer_busy, 0ul);
	}
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_ACTIVATE);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, &data, NULL), 0);
}

static void no_buffer_left_is_said_and_changes_nothing(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_activate data = { };
	u32 error = 0x77;
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS; i++)
		KUNIT_EXPECT_NOT_NULL(test, sev_command_buffer_get(&fixture->sev));
	KUNIT_EXPECT_NULL(test, sev_command_buffer_get(&fixture->sev));
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_ACTIVATE, &data, &error), -EBUSY);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
}

static void buffers_are_taken_and_given_back_one_by_one(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_memory *first = sev_command_buffer_get(&fixture->sev);
	struct sev_memory *second = sev_command_buffer_get(&fixture->sev);

	KUNIT_EXPECT_PTR_NE(test, first, second);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(first->mem.va));
	sev_command_buffer_put(&fixture->sev, first);
	sev_command_buffer_put(&fixture->sev, NULL);
	KUNIT_EXPECT_PTR_EQ(test, sev_command_buffer_get(&fixture->sev), first);
	sev_command_buffer_put(&fixture->sev, second);
	sev_command_buffer_put(&fixture->sev, first);
	KUNIT_EXPECT_EQ(test, fixture->sev.command_buffer_busy, 0ul);
}

static void hang_keeps_the_memory_and_ends_the_questions(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_blob *blob = sev_blob_alloc(100);
	struct sev_cmd_blob data = { .len = 100 };
	struct sev_call c = { .id = SEV_OP_GET_ID, .data = &data, .blob = { blob } };

	KUNIT_ASSERT_NOT_NULL(test, blob);
	psp_probe_timeout = 0;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_GET_ID, .hang = true);
	KUNIT_EXPECT_EQ(test, call(fixture, &c), -ETIMEDOUT);
	psp_probe_timeout = 5;
	KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_FALSE(test, list_empty(&fixture->sev.held));
	KUNIT_EXPECT_EQ(test, hweight_long(fixture->sev.command_buffer_busy), 1ul);

	c.error = 0x77;
	KUNIT_EXPECT_EQ(test, call(fixture, &c), -EBUSY);
	KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_NO_FW_CALL);

	/* The owner is done with it; the firmware may not be. */
	sev_blob_put(blob);
	KUNIT_EXPECT_EQ(test, refcount_read(&blob->users), 1u);
	fake_mailbox_check(fixture->fake);
}

static void memory_of_a_killed_sender_outlives_it(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_blob *blob = sev_blob_alloc(3 * PAGE_SIZE);
	struct sev_cmd_blob data = { .len = 100 };
	struct sev_call c = { .id = SEV_OP_GET_ID, .data = &data, .blob = { blob } };
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, blob);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_GET_ID, .delay_ms = 100,
			    .act = sev_fixture_kill);
	fixture->sev.killable = true;
	ret = call(fixture, &c);
	fixture->sev.killable = false;
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_EQ(test, c.error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_FALSE(test, fixture->sev.state_known);
	KUNIT_EXPECT_NOT_NULL(test, fixture->sev.orphan);
	sev_blob_put(blob);
	KUNIT_EXPECT_EQ(test, refcount_read(&blob->users), 1u);

	/* The next command waits for the orphan, and its memory goes. */
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, sev_execute(&fixture->sev, SEV_OP_DF_FLUSH, NULL, NULL), 0);
	KUNIT_EXPECT_NULL(test, fixture->sev.orphan);
	KUNIT_EXPECT_TRUE(test, list_empty(&fixture->sev.held));
	KUNIT_EXPECT_EQ(test, fixture->sev.command_buffer_busy, 0ul);
	fake_mailbox_check(fixture->fake);
}

static void dying_task_of_kvm_still_gets_its_answer(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_handle data = { .handle = 1 };
	int ret;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DECOMMISSION, .delay_ms = 30,
			    .act = sev_fixture_kill);
	ret = sev_execute(&fixture->sev, SEV_OP_DECOMMISSION, &data, NULL);
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_NULL(test, fixture->sev.orphan);
}

static void firmware_that_has_answered_gets_more_time(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	KUNIT_EXPECT_EQ(test, sev_timeout_ms(&fixture->sev), 5000u);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH, .status = SEV_RET_UNSUPPORTED);
	sev_execute(&fixture->sev, SEV_OP_DF_FLUSH, NULL, NULL);
	KUNIT_EXPECT_EQ(test, sev_timeout_ms(&fixture->sev), 100000u);
}

static void timeout_parameter_is_kept_in_bounds(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	psp_probe_timeout = -1;
	KUNIT_EXPECT_EQ(test, sev_timeout_ms(&fixture->sev), 0u);
	psp_probe_timeout = INT_MAX;
	KUNIT_EXPECT_EQ(test, sev_timeout_ms(&fixture->sev), INT_MAX / 1000u * 1000u);
	psp_probe_timeout = 5;
}

static void blob_is_zeroed_and_aligned(struct kunit *test)
{
	struct sev_blob *blob = sev_blob_alloc(PAGE_SIZE + 1);

	KUNIT_ASSERT_NOT_NULL(test, blob);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(blob->data));
	KUNIT_EXPECT_EQ(test, blob->size, PAGE_SIZE + 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(blob->data, 0, 2 * PAGE_SIZE));
	sev_blob_put(blob);
}

static void blob_that_can_not_be_is_null(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, sev_blob_alloc((size_t)PAGE_SIZE << 30));
}

static void user_blob_has_bounds(struct kunit *test)
{
	const u32 too_long = SEV_USER_BLOB_MAX + 1;

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sev_blob_from_user(0, 16)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sev_blob_from_user(PAGE_SIZE, 0)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sev_blob_from_user(PAGE_SIZE, too_long)), -EINVAL);
	/* An address of the kernel. */
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sev_blob_from_user(~0ull << 20, 16)), -EFAULT);
}

static int allocate_all(struct kunit *test, void *ctx)
{
	struct sev_fixture *fixture = ctx;
	struct sev_device *sev __free(kfree) = kzalloc(sizeof(*sev), GFP_KERNEL);
	struct sev_blob *blob;
	int ret;

	if (!sev)
		return -ENOMEM;
	sev->dev = fixture->sev.dev;
	ret = sev_buffers_init(sev);
	if (ret)
		return ret;
	blob = sev_blob_alloc(100);
	if (blob)
		sev_blob_put(blob);
	sev_buffers_free(sev);
	return blob ? 0 : -ENOMEM;
}

static void survives_each_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, allocate_all, sev_fixture_new(test));
}

static void state_follows_the_guests(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_device *sev = &fixture->sev;
	struct sev_cmd_guest_start start = { };
	struct sev_cmd_handle end = { };
	u32 error;
	int i;

	sev->state = SEV_PSTATE_INIT;
	sev->state_known = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_LAUNCH_START,
			    .status = SEV_RET_RESOURCE_LIMIT);
	sev_execute(sev, SEV_OP_LAUNCH_START, &start, &error);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_LAUNCH_START);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_RECEIVE_START);
	sev_execute(sev, SEV_OP_LAUNCH_START, &start, &error);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_WORKING);
	sev_execute(sev, SEV_OP_RECEIVE_START, &start, &error);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_WORKING);
		fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DECOMMISSION);
		sev_execute(sev, SEV_OP_DECOMMISSION, &end, &error);
	}
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);
	fake_mailbox_check(fixture->fake);
}

static void foreign_status_means_something_else_once_firmware_has_answered(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_device *sev = &fixture->sev;

	KUNIT_EXPECT_NOT_NULL(test, strstr(sev_explain(sev, SEV_OP_PLATFORM_STATUS, 0x8003),
					   "is not running"));
	sev->version = (struct sev_version){ 1, 55, 21 };
	KUNIT_EXPECT_NULL(test, strstr(sev_explain(sev, SEV_OP_LAUNCH_UPDATE_VMSA, 0x8006),
				       "is not running"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(sev_explain(sev, SEV_OP_LAUNCH_UPDATE_VMSA, 0x8006),
					   "failed inside this command"));
	/* Those of the API mean what they meant. */
	KUNIT_EXPECT_PTR_EQ(test, sev_explain(sev, SEV_OP_ACTIVATE, SEV_RET_ASID_OWNED),
			    sev_status_find(SEV_RET_ASID_OWNED)->text);
}

static struct kunit_case execute_cases[] = {
	KUNIT_CASE(copies_the_struct_there_and_back),
	KUNIT_CASE(copies_the_struct_back_after_a_refusal),
	KUNIT_CASE(command_without_a_struct_has_no_address),
	KUNIT_CASE_PARAM(never_reaches_the_firmware, refused_gen_params),
	KUNIT_CASE(no_way_of_failing_loses_a_command_buffer),
	KUNIT_CASE(no_buffer_left_is_said_and_changes_nothing),
	KUNIT_CASE(buffers_are_taken_and_given_back_one_by_one),
	KUNIT_CASE(hang_keeps_the_memory_and_ends_the_questions),
	KUNIT_CASE(memory_of_a_killed_sender_outlives_it),
	KUNIT_CASE(dying_task_of_kvm_still_gets_its_answer),
	KUNIT_CASE(firmware_that_has_answered_gets_more_time),
	KUNIT_CASE(timeout_parameter_is_kept_in_bounds),
	KUNIT_CASE(state_follows_the_guests),
	KUNIT_CASE(foreign_status_means_something_else_once_firmware_has_answered),
	KUNIT_CASE(blob_is_zeroed_and_aligned),
	KUNIT_CASE(blob_that_can_not_be_is_null),
	KUNIT_CASE(user_blob_has_bounds),
	KUNIT_CASE(survives_each_failing_allocation),
	{}
};

static struct kunit_suite execute_suite = {
	.name = "execute",
	.test_cases = execute_cases,
};

kunit_test_suite(execute_suite);

MODULE_DESCRIPTION("KUnit suite: execution of firmware commands");
MODULE_LICENSE("GPL");
