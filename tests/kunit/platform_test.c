// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initialising the platform and shutting it down, and what the firmware keeps when
 * one of the steps fails.
 */
#include "sev-fixture.h"
#include "fail-nth.h"

static int init(struct sev_fixture *fixture, u32 *error)
{
	int ret;

	mutex_lock(&fixture->sev.lock);
	ret = sev_platform_init_locked(&fixture->sev, error);
	mutex_unlock(&fixture->sev.lock);
	return ret;
}

static int shut_down(struct sev_fixture *fixture, u32 *error)
{
	int ret;

	mutex_lock(&fixture->sev.lock);
	ret = sev_platform_shutdown_locked(&fixture->sev, error);
	mutex_unlock(&fixture->sev.lock);
	return ret;
}

static void check_init(struct fake_mailbox *fake, void *buffer)
{
	struct sev_fixture *fixture = fake->priv;
	struct sev_cmd_init *data = buffer;

	KUNIT_EXPECT_EQ(fake->test, data->flags, SEV_INIT_ES);
	KUNIT_EXPECT_EQ(fake->test, data->tmr_paddr, fixture->sev.tmr.mem.pa);
	KUNIT_EXPECT_EQ(fake->test, data->tmr_len, 0x100000u);
	KUNIT_EXPECT_TRUE(fake->test, IS_ALIGNED(data->tmr_paddr, 0x100000));
}

static void bring_up(struct sev_fixture *fixture)
{
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_ASSERT_EQ(fixture->fake->test, init(fixture, &error), 0);
}

static void initialises_once(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT, .act = check_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, fixture->sev.tmr_owned);

	/* Again: the firmware is not asked. */
	error = 0x77;
	KUNIT_EXPECT_EQ(test, init(fixture, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_mailbox_check(fixture->fake);
}

static void platform_that_runs_already_is_left_alone(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_working);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);
}

/* From here on nothing of what the firmware has written to may be freed without a flush. */
static void forget_flushes(struct fake_mailbox *fake, void *buffer)
{
	sev_fixture_flushes = 0;
}

static void refused_init_gives_the_region_back(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT, .status = SEV_RET_HWSEV_RET_PLATFORM,
			    .act = forget_flushes);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), -EIO);
	KUNIT_EXPECT_EQ(test, sev_fixture_flushes, 1u);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_HWSEV_RET_PLATFORM);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);
}

static void invalid_secure_data_is_tried_once_more(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT,
			    .status = SEV_RET_SECURE_DATA_INVALID);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT, .act = check_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_mailbox_check(fixture->fake);
}

static void secure_data_that_stays_invalid_is_not_tried_for_ever(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT,
			    .status = SEV_RET_SECURE_DATA_INVALID);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT,
			    .status = SEV_RET_SECURE_DATA_INVALID);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SECURE_DATA_INVALID);
	fake_mailbox_check(fixture->fake);
}

static void failed_flush_is_unwound(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH,
			    .status = SEV_RET_WBINVD_REQUIRED);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_WBINVD_REQUIRED);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);
	fake_mailbox_check(fixture->fake);
}

static void hanging_init_leaves_the_region_to_the_firmware(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT, .hang = true);
	psp_cmd_timeout = 0;
	KUNIT_EXPECT_EQ(test, init(fixture, &error), -ETIMEDOUT);
	psp_cmd_timeout = 100;
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_TRUE(test, fixture->sev.tmr_owned);
	KUNIT_EXPECT_NOT_NULL(test, fixture->sev.tmr.mem.va);
}

static void shutdown_gives_the_region_back(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	bring_up(fixture);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN, .act = forget_flushes);
	KUNIT_EXPECT_EQ(test, shut_down(fixture, &error), 0);
	KUNIT_EXPECT_EQ(test, sev_fixture_flushes, 1u);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_UNINIT);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);

	/* Again: nothing to do. */
	KUNIT_EXPECT_EQ(test, shut_down(fixture, &error), 0);
	fake_mailbox_check(fixture->fake);
}

static void refused_shutdown_keeps_the_region(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	bring_up(fixture);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN,
			    .status = SEV_RET_INVALID_PLATFORM_STATE);
	KUNIT_EXPECT_EQ(test, shut_down(fixture, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PLATFORM_STATE);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, fixture->sev.tmr_owned);
	KUNIT_EXPECT_NOT_NULL(test, fixture->sev.tmr.mem.va);
}

static void status_that_is_refused_stops_the_init(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	/* The SEV application is not running: no command of the API works. */
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS, .status = 0x8003);
	KUNIT_EXPECT_EQ(test, init(fixture, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, 0x8003u);
	fake_mailbox_check(fixture->fake);
}

static void query_remembers_version_and_state(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_platform_status status;
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	mutex_lock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_query_locked(&fixture->sev, &status, &error), 0);
	mutex_unlock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, fixture->sev.version.major, (u8)1);
	KUNIT_EXPECT_EQ(test, fixture->sev.version.minor, (u8)55);
	KUNIT_EXPECT_EQ(test, fixture->sev.version.build, (u8)21);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, fixture->sev.state_known);
}

static void versions_compare_by_major_first(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.version = (struct sev_version){ .major = 1, .minor = 2 };
	KUNIT_EXPECT_TRUE(test, sev_version_at_least(&fixture->sev, 0, 16));
	KUNIT_EXPECT_TRUE(test, sev_version_at_least(&fixture->sev, 1, 2));
	KUNIT_EXPECT_FALSE(test, sev_version_at_least(&fixture->sev, 1, 3));
	KUNIT_EXPECT_FALSE(test, sev_version_at_least(&fixture->sev, 2, 0));
}

static void borrowed_platform_is_returned(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	bool borrowed = false;
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	mutex_lock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_borrow_locked(&fixture->sev, &borrowed, &error), 0);
	KUNIT_EXPECT_TRUE(test, borrowed);
	sev_platform_return_locked(&fixture->sev, borrowed);
	mutex_unlock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_UNINIT);
	fake_mailbox_check(fixture->fake);
}

static void platform_of_others_is_not_shut_down(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	bool borrowed = true;
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_working);
	mutex_lock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_borrow_locked(&fixture->sev, &borrowed, &error), 0);
	KUNIT_EXPECT_FALSE(test, borrowed);
	sev_platform_return_locked(&fixture->sev, borrowed);
	mutex_unlock(&fixture->sev.lock);
	fake_mailbox_check(fixture->fake);
}

static int init_and_shut_down(struct kunit *test, void *ctx)
{
	struct sev_fixture *fixture = ctx;
	u32 error;
	int ret;

	/* Start over: the firmware is not initialised. */
	fixture->fake->expected = 0;
	fixture->fake->seen = 0;
	fixture->sev.state = SEV_PSTATE_UNINIT;
	fixture->sev.state_known = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	ret = init(fixture, &error);
	return ret ?: shut_down(fixture, &error);
}

static void survives_each_failing_allocation(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	int ret;

	if (!fail_nth_available())
		kunit_skip(test, "kernel without fault injection");

	/* Without the region there is no SEV-ES, but SEV goes on. */
	fail_nth_arm(1);
	ret = init_and_shut_down(test, fixture);
	KUNIT_EXPECT_TRUE(test, fail_nth_disarm());
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_NULL(test, fixture->sev.tmr.mem.va);
	fake_mailbox_check(fixture->fake);
}

static struct kunit_case platform_cases[] = {
	KUNIT_CASE(initialises_once),
	KUNIT_CASE(platform_that_runs_already_is_left_alone),
	KUNIT_CASE(refused_init_gives_the_region_back),
	KUNIT_CASE(invalid_secure_data_is_tried_once_more),
	KUNIT_CASE(secure_data_that_stays_invalid_is_not_tried_for_ever),
	KUNIT_CASE(failed_flush_is_unwound),
	KUNIT_CASE(hanging_init_leaves_the_region_to_the_firmware),
	KUNIT_CASE(shutdown_gives_the_region_back),
	KUNIT_CASE(refused_shutdown_keeps_the_region),
	KUNIT_CASE(status_that_is_refused_stops_the_init),
	KUNIT_CASE(query_remembers_version_and_state),
	KUNIT_CASE(versions_compare_by_major_first),
	KUNIT_CASE(borrowed_platform_is_returned),
	KUNIT_CASE(platform_of_others_is_not_shut_down),
	KUNIT_CASE(survives_each_failing_allocation),
	{}
};

static struct kunit_suite platform_suite = {
	.name = "platform",
	.test_cases = platform_cases,
};

kunit_test_suite(platform_suite);

MODULE_DESCRIPTION("KUnit suite: life of the SEV platform");
MODULE_LICENSE("GPL");
