// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the platform and the file of INIT_EX: who changes them, and what becomes of those
 * that could not be stored.
 */
#include "nv-fixture.h"

static void check_init_ex(struct fake_mailbox *fake, void *buffer)
{
	struct sev_fixture *fixture = fake->priv;
	struct sev_cmd_init_ex *data = buffer;

	KUNIT_EXPECT_EQ(fake->test, data->length, (u32)sizeof(*data));
	KUNIT_EXPECT_EQ(fake->test, data->nv_len, 0x8000u);
	KUNIT_EXPECT_EQ(fake->test, data->nv_paddr, sev_memory_phys(&fixture->sev.nv));
	memset(fixture->sev.nv.mem.va, 0x77, SEV_NV_LEN);
}

static void write_new_key(struct fake_mailbox *fake, void *buffer)
{
	struct sev_fixture *fixture = fake->priv;

	memset(fixture->sev.nv.mem.va, 0x78, SEV_NV_LEN);
}

static void commands_that_change_keys_write_the_file(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	u32 error;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	fixture->sev.state = SEV_PSTATE_UNINIT;
	fixture->sev.state_known = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_init_locked(&fixture->sev, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, sev_execute_locked(&fixture->sev, SEV_OP_PEK_GEN, NULL, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	mutex_unlock(&fixture->sev.lock);
	fake_mailbox_check(fixture->fake);
}

/* A platform that INIT_EX has initialised, with the keys of the file. */
static struct sev_fixture *fixture_initialised(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	u32 error;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x77, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	fixture->sev.state = SEV_PSTATE_UNINIT;
	fixture->sev.state_known = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&fixture->sev.lock);
	KUNIT_ASSERT_EQ(test, sev_platform_init_locked(&fixture->sev, &error), 0);
	mutex_unlock(&fixture->sev.lock);
	return fixture;
}

static void change_that_can_not_be_stored_keeps_the_platform_up(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_device *sev = &fixture->sev;
	u32 error = 0x77;

	steps = 0;
	fail_step = 1;
	mutex_lock(&sev->lock);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, sev_execute_locked(sev, SEV_OP_PEK_GEN, NULL, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	/* The fake firmware fails the test if it gets a SHUTDOWN. */
	steps = 0;
	KUNIT_EXPECT_EQ(test, sev_platform_shutdown_locked(sev, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);

	fail_step = 0;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, sev_platform_shutdown_locked(sev, &error), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	KUNIT_EXPECT_FALSE(test, sev->nv_unsaved);
	mutex_unlock(&sev->lock);
	fake_mailbox_check(fixture->fake);
}

static void next_command_stores_what_could_not_be_stored(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_ioctl io = { .sev = &fixture->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PEK_GEN };

	steps = 0;
	fail_step = 1;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), -ENOSPC);
	KUNIT_EXPECT_EQ(test, io.error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);

	KUNIT_EXPECT_EQ(test, ioctl_lock(&io), 0);
	ioctl_unlock(&io);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
}

static void new_keys_that_can_not_be_stored_are_an_error_of_the_init(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	struct sev_device *sev = &fixture->sev;
	u32 error = 0x77;
	bool borrowed;

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	sev->state = SEV_PSTATE_UNINIT;
	sev->state_known = true;
	fail_step = 1;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_borrow_locked(sev, &borrowed, &error), -ENOSPC);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	KUNIT_EXPECT_FALSE(test, borrowed);
	KUNIT_EXPECT_EQ(test, sev->state, (u8)SEV_PSTATE_INIT);
	KUNIT_EXPECT_TRUE(test, sev->nv_owned);
	KUNIT_EXPECT_TRUE(test, sev->tmr_owned);
	mutex_unlock(&sev->lock);
	fake_mailbox_check(fixture->fake);
}

static void last_try_is_made_when_the_driver_goes(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_device *sev = &fixture->sev;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	sev_destroy(&fixture->psp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x79);
	fake_mailbox_check(fixture->fake);
}

static void keys_that_are_lost_do_not_keep_the_driver(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_device *sev = &fixture->sev;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	steps = 0;
	fail_step = 1;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	sev_destroy(&fixture->psp);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x77);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	fake_mailbox_check(fixture->fake);
}

/* Its end is seen before the last try, so that the platform is not kept for keys that are lost. */
static void keys_of_a_killed_command_do_not_keep_the_driver(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_device *sev = &fixture->sev;
	struct sev_call call = { .id = SEV_OP_PEK_GEN };

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .delay_ms = 50,
			    .act = sev_fixture_kill);
	mutex_lock(&sev->lock);
	sev->killable = true;
	KUNIT_EXPECT_EQ(test, sev_call_locked(sev, &call), -EINTR);
	sev->killable = false;
	mutex_unlock(&sev->lock);
	sev_fixture_revive();

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	init_ex_path = NV_NOWHERE;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	sev_destroy(&fixture->psp);
	KUNIT_EXPECT_EQ(test, sev->leaked_pages, 0ul);
	fake_mailbox_check(fixture->fake);
}

static void keys_of_a_platform_that_lost_its_state_are_stored(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);
	struct sev_cmd_platform_status status;
	struct sev_device *sev = &fixture->sev;
	u32 error;

	memset(sev->nv.mem.va, 0x79, SEV_NV_LEN);
	sev->nv_unsaved = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_query_locked(sev, &status, &error), 0);
	mutex_unlock(&sev->lock);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x79);
	KUNIT_EXPECT_NULL(test, sev->nv.mem.va);
	KUNIT_EXPECT_FALSE(test, sev->nv_unsaved);
}

static void sleep_does_not_lose_keys(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_initialised(test);

	fixture->sev.nv_unsaved = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	/* The fake firmware fails the test if it gets a SHUTDOWN. */
	KUNIT_EXPECT_EQ(test, sev_suspend(&fixture->psp), -EBUSY);
	fake_mailbox_check(fixture->fake);
}

static void platform_of_an_earlier_driver_is_initialised_with_the_file(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	struct sev_ioctl io = { .sev = &fixture->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PEK_GEN };

	KUNIT_ASSERT_EQ(test, nv_file_put(NV_FILE, 0x11, SEV_NV_LEN), (ssize_t)SEV_NV_LEN);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT_EX, .act = check_init_ex);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .act = write_new_key);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), 0);
	KUNIT_EXPECT_EQ(test, nv_file_look(), 0x78);
	/* It was initialised before, and is so afterwards. */
	KUNIT_EXPECT_EQ(test, fixture->sev.state, (u8)SEV_PSTATE_INIT);
	fake_mailbox_check(fixture->fake);
}

static void keys_are_not_changed_where_a_guest_keeps_the_file_out(struct kunit *test)
{
	struct sev_fixture *fixture = fixture_with_file(test, NV_FILE);
	struct sev_ioctl io = { .sev = &fixture->sev, .name = "TEST", .writable = true };
	struct sev_call c = { .id = SEV_OP_PDH_GEN };

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_working);
	KUNIT_EXPECT_EQ(test, ioctl_call_initialised(&io, &c), -EBUSY);
	KUNIT_EXPECT_EQ(test, io.error, (u32)SEV_RET_NO_FW_CALL);
	fake_mailbox_check(fixture->fake);
}

static struct kunit_case nvdata_keys_cases[] = {
	KUNIT_CASE(commands_that_change_keys_write_the_file),
	KUNIT_CASE(change_that_can_not_be_stored_keeps_the_platform_up),
	KUNIT_CASE(next_command_stores_what_could_not_be_stored),
	KUNIT_CASE(new_keys_that_can_not_be_stored_are_an_error_of_the_init),
	KUNIT_CASE(last_try_is_made_when_the_driver_goes),
	KUNIT_CASE(keys_that_are_lost_do_not_keep_the_driver),
	KUNIT_CASE(keys_of_a_killed_command_do_not_keep_the_driver),
	KUNIT_CASE(keys_of_a_platform_that_lost_its_state_are_stored),
	KUNIT_CASE(sleep_does_not_lose_keys),
	KUNIT_CASE(platform_of_an_earlier_driver_is_initialised_with_the_file),
	KUNIT_CASE(keys_are_not_changed_where_a_guest_keeps_the_file_out),
	{}
};

static struct kunit_suite nvdata_keys_suite = {
	.name = "nvdata_keys",
	.test_cases = nvdata_keys_cases,
};

kunit_test_suite(nvdata_keys_suite);

MODULE_DESCRIPTION("KUnit suite: the platform's keys and their file");
MODULE_LICENSE("GPL");
