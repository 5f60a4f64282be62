// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest: what a program gets with which key of the channel, and derived keys in
 * the version that new firmware has.
 */
#include <linux/delay.h>

#include "report-fixture.h"

static u32 status_in_answer(struct report_fixture *fixture)
{
	u32 status;

	memcpy(&status, at(fixture, USER_RESP), sizeof(status));
	return status;
}

/* What a guest at one level gets with one key, if it asks for each level in turn. */
static void check_levels(struct report_fixture *fixture, unsigned int vmpl, unsigned int vmpck)
{
	static const unsigned int cmds[] = { SNP_GET_REPORT, SNP_GET_DERIVED_KEY };
	struct snp_derived_key_req *key = at(fixture, USER_REQ);
	struct kunit *test = fixture->channel->test;
	unsigned int asked, i;

	for (asked = 0; asked < 4; asked++) {
		long ret = asked < max(vmpl, vmpck) ? -EACCES : 0;

		for (i = 0; i < ARRAY_SIZE(cmds); i++) {
			arg_of(fixture);
			report_of(fixture)->vmpl = asked;
			if (cmds[i] == SNP_GET_DERIVED_KEY)
				*key = (struct snp_derived_key_req){ .vmpl = asked };
			memset(at(fixture, USER_RESP), 0xff, 64);
			KUNIT_EXPECT_EQ_MSG(test, call(fixture, cmds[i]), ret,
					    "VMPL %u, VMPCK%u, asked for %u", vmpl, vmpck, asked);
			/* Untouched, or good. */
			KUNIT_EXPECT_EQ_MSG(test, status_in_answer(fixture), ret ? U32_MAX : 0,
					    "VMPL %u, VMPCK%u, asked for %u", vmpl, vmpck, asked);
		}
	}
}

static void level_below_that_of_the_key_is_refused_too(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	unsigned int vmpl, vmpck;

	for (vmpck = 0; vmpck < SNP_VMPCK_COUNT; vmpck++) {
		fixture->guest->vmpck = vmpck;
		fixture->channel->config.vmpck = vmpck;
		fixture_reopen(fixture->channel);
		for (vmpl = 0; vmpl < 4; vmpl++) {
			fixture->guest->vmpl = vmpl;
			check_levels(fixture, vmpl, vmpck);
		}
	}
	/* There is no level 4, which only the firmware says. */
	arg_of(fixture);
	report_of(fixture)->vmpl = 4;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), 0l);
	KUNIT_EXPECT_EQ(test, status_in_answer(fixture), (u32)SEV_RET_INVALID_PARAM);
}

static long ask_for_key(struct report_fixture *fixture, u8 version)
{
	struct snp_guest_request_ioctl *arg = arg_of(fixture);

	memset(at(fixture, USER_REQ), 0, sizeof(struct snp_derived_key_req));
	arg->msg_version = version;
	return call(fixture, SNP_GET_DERIVED_KEY);
}

static void set_firmware(struct report_fixture *fixture, u8 current_minor, u8 committed_minor)
{
	struct fake_guest_host *host = fixture->channel->host;

	host->report_size = FAKE_REPORT_LONG;
	host->current_build = (struct snp_report_build){ 4, current_minor, 1 };
	host->committed_build = (struct snp_report_build){ 4, committed_minor, 1 };
}

static void keys_of_version_2_only_go_to_firmware_that_knows_them(struct kunit *test)
{
	static const struct {
		u8 current_minor, committed_minor;
		long ret;
	} rows[] = {
		{ 51, 51, -EINVAL }, { 55, 55, -EINVAL }, { 57, 57, -EINVAL },
		{ 58, 55, 0 }, { 58, 58, 0 }, { 60, 58, 0 },
		/* Cannot be, and so it is not what matters. */
		{ 55, 58, -EINVAL },
	};
	struct report_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fixture->guest->keys_v2 = false;
		set_firmware(fixture, rows[i].current_minor, rows[i].committed_minor);
		KUNIT_EXPECT_EQ_MSG(test, ask_for_key(fixture, 2), rows[i].ret, "row %zu", i);
		/* Nothing is in the way of the next one. */
		KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel->channel), 0u);
		KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 1), 0l);
		KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 3), (long)-EINVAL);
	}
}

static void version_of_the_firmware_is_kept_when_it_is_committed(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct fake_guest_host *host = fixture->channel->host;

	set_firmware(fixture, 58, 55);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, host->answered, 4ull);
	/* The host may take such firmware back while the guest runs. */
	set_firmware(fixture, 55, 55);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, host->answered, 5ull);

	set_firmware(fixture, 58, 58);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, host->answered, 7ull);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, host->answered, 8ull);
}

/* The host goes back to older firmware when the report has been made. */
static void take_firmware_back(struct fake_guest_host *host)
{
	if (host->answered)
		host->current_build.minor = 55;
}

static void firmware_taken_back_in_between_stops_requests_until_it_is_back(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = at(fixture, USER_ARG);

	set_firmware(fixture, 58, 55);
	fixture->channel->host->before = take_firmware_back;
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), (long)-EIO);
	KUNIT_EXPECT_EQ(test, arg->fw_error, (u32)SEV_RET_INVALID_PARAM);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 1), (long)-EIO);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture->channel));

	fixture->channel->host->before = NULL;
	set_firmware(fixture, 58, 55);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 1), 0l);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel->channel), 0u);
}

static unsigned long deadlines[2];

/* Takes its time, and notes for how long it could. */
static void note_deadline(struct fake_guest_host *host)
{
	if (host->answered < ARRAY_SIZE(deadlines))
		deadlines[host->answered] = fixture_now->channel->channel->deadline;
	msleep(50);
}

static void question_for_the_firmware_takes_time_of_the_request(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;

	set_firmware(fixture, 58, 55);
	fixture->channel->host->before = note_deadline;
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
	KUNIT_EXPECT_EQ(test, fixture->channel->host->answered, 2ull);
	KUNIT_EXPECT_EQ(test, deadlines[1], deadlines[0]);
	fixture->channel->host->before = NULL;
}

static void question_for_the_firmware_fails_like_the_request_itself(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = at(fixture, USER_ARG);

	set_firmware(fixture, 58, 58);
	fixture_script(fixture->channel, HOST_FAILS);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), (long)-EIO);
	KUNIT_EXPECT_EQ(test, arg->vmm_error, 0xffu);
	/* And no report at all is no firmware at all. */
	fixture->channel->host->report_size = 0;
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), (long)-EINVAL);
	set_firmware(fixture, 58, 58);
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
}

static void refused_report_says_nothing_about_the_version(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_derived_key_req *key = at(fixture, USER_REQ);
	struct snp_guest_request_ioctl *arg = arg_of(fixture);

	set_firmware(fixture, 58, 58);
	/* A level that there is not: the firmware refuses the report for it. */
	fixture->guest->vmpl = 4;
	memset(key, 0, sizeof(*key));
	key->vmpl = 4;
	arg->msg_version = 2;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_DERIVED_KEY), (long)-EIO);
	KUNIT_EXPECT_FALSE(test, fixture->guest->keys_v2);
	fixture->guest->vmpl = 0;
	KUNIT_EXPECT_EQ(test, ask_for_key(fixture, 2), 0l);
}

static struct kunit_case report_keys_cases[] = {
	KUNIT_CASE(level_below_that_of_the_key_is_refused_too),
	KUNIT_CASE(keys_of_version_2_only_go_to_firmware_that_knows_them),
	KUNIT_CASE(version_of_the_firmware_is_kept_when_it_is_committed),
	KUNIT_CASE(firmware_taken_back_in_between_stops_requests_until_it_is_back),
	KUNIT_CASE(question_for_the_firmware_takes_time_of_the_request),
	KUNIT_CASE(question_for_the_firmware_fails_like_the_request_itself),
	KUNIT_CASE(refused_report_says_nothing_about_the_version),
	{}
};

static struct kunit_suite report_keys_suite = {
	.name = "report_keys",
	.init = report_fixture_init,
	.exit = report_fixture_exit,
	.test_cases = report_keys_cases,
};

kunit_test_suite(report_keys_suite);

MODULE_DESCRIPTION("KUnit suite: /dev/sev-guest and its keys");
MODULE_LICENSE("GPL");
