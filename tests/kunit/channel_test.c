// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message channel: which message goes out under which number, whatever the host
 * does. The firmware of these tests ends a test when a number is used twice.
 */
#include <linux/random.h>

#include "message.c"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "channel-numbers.c"
#include "channel-exchange.c"
#include "channel.c"

#include "../../drivers/crypto/ccp/sev/status.c"

#include "channel-fixture.h"
#include "fail-nth.h"

static void numbers_begin_at_one_and_count_the_answers(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	unsigned int i;

	for (i = 1; i <= 5; i++) {
		KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
		KUNIT_EXPECT_EQ(test, fixture->host->request->header.seqno, (u64)(2 * i - 1));
		KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 2 * i);
		KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)(2 * i));
	}
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)5);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
}

static void numbers_go_on_where_the_last_owner_stopped(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, fixture_ask(fixture), 0);
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)2);
	KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 4);
}

static void counter_moves_on_before_the_host_sees_a_message(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture_script(fixture, HOST_FAILS);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -EIO);
	/* Whoever reads the counter now will not use number 1 again. */
	KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 2);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)0);
}

static void derived_keys_leave_no_copy_behind(struct kunit *test)
{
	struct snp_derived_key_req ask = { .guest_field_select = 0x1122334455667788ull };
	struct channel_fixture *fixture = test->priv;
	u8 answer[64];
	struct snp_request req = {
		.type = SNP_MSG_KEY,
		.version = 1,
		.payload = &ask,
		.size = sizeof(ask),
		.answer = answer,
		.answer_max = sizeof(answer),
	};

	KUNIT_EXPECT_EQ(test, snp_channel_request(fixture->channel, &req), 0);
	KUNIT_EXPECT_EQ(test, req.answer_len, sizeof(answer));
	KUNIT_EXPECT_EQ(test, memcmp(answer + 32, &ask, sizeof(ask)), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->channel->answer, 0, SNP_MSG_PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->channel->sealed, 0, SNP_MSG_PAGE_SIZE));
}

static void shared_pages_never_hold_plaintext(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_fill(&question, 1);
	KUNIT_ASSERT_EQ(test, fixture_send(fixture, &question), 0);
	KUNIT_EXPECT_NE(test, memcmp(fixture->host->request->payload, &question.report,
				     sizeof(question.report)), 0);
	KUNIT_EXPECT_NE(test, memcmp(fixture->host->response->payload, question.answer,
				     question.req.answer_len), 0);
}

static void what_the_firmware_would_refuse_costs_no_number(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_fill(&question, 1);
	question.req.version = 0;
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -EINVAL);
	KUNIT_EXPECT_EQ(test, question.req.exitinfo2, (u64)0xff);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)0);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
}

static void answer_that_does_not_fit_is_not_written(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_fill(&question, 1);
	question.req.answer_max = 32 + FAKE_REPORT_SIZE - 16;
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -EBADMSG);
	KUNIT_EXPECT_NULL(test, memchr_inv(question.answer, 0, sizeof(question.answer)));
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)1);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void busy_host_gets_the_same_bytes_again(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct snp_channel_stats stats;

	fixture_script(fixture, HOST_BUSY, HOST_BUSY, HOST_BUSY);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)4);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
	snp_channel_stats(fixture->channel, &stats);
	KUNIT_EXPECT_EQ(test, stats.busy, (u64)3);
	KUNIT_EXPECT_EQ(test, stats.failures, (u64)0);
}

static void host_that_stays_busy_costs_the_request_but_not_the_key(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;
	struct snp_msg_page *first = kunit_kzalloc(test, sizeof(*first), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, first);
	fixture->config.busy_limit_ms = 0;
	fixture_reopen(fixture);
	fixture_script(fixture, HOST_BUSY);
	fixture_fill(&question, 1);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, question.req.exitinfo2,
			(u64)SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_BUSY));
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 1u);
	memcpy(first, fixture->host->request, sizeof(*first));

	/* The next request first gets the old one out of the way. */
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)3);
	KUNIT_EXPECT_EQ(test, memcmp(fixture->host->tags[0], first->header.tag, SNP_MSG_TAG_SIZE),
			0);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)4);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
}

static void too_few_pages_for_certificates_name_the_number_needed(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	u64 needed, exitinfo2;

	fixture->host->certs_pages = 3;
	KUNIT_EXPECT_EQ(test, fixture_ask_extended(fixture, 1, &needed, &exitinfo2), -EIO);
	KUNIT_EXPECT_EQ(test, needed, (u64)3);
	KUNIT_EXPECT_EQ(test, exitinfo2, (u64)SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN));
	/* The same message went out again without the wish for certificates. */
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)2);
	KUNIT_EXPECT_FALSE(test, fixture->host->extended);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);

	KUNIT_EXPECT_EQ(test, fixture_ask_extended(fixture, 3, &needed, &exitinfo2), 0);
	KUNIT_EXPECT_EQ(test, needed, (u64)0);
	KUNIT_EXPECT_EQ(test, exitinfo2, (u64)0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)3);
}

static void numbers_of_pages_that_make_no_sense_are_not_passed_on(struct kunit *test)
{
	static const unsigned int pages[] = { 0, 1, 4, U32_MAX >> PAGE_SHIFT, UINT_MAX };
	struct channel_fixture *fixture = test->priv;
	u64 needed, exitinfo2;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		bool sensible = pages[i] == U32_MAX >> PAGE_SHIFT;

		fixture_script(fixture, HOST_WANTS_CERTS);
		fixture->host->certs_pages = pages[i];
		KUNIT_EXPECT_EQ(test, fixture_ask_extended(fixture, 4, &needed, &exitinfo2), -EIO);
		KUNIT_EXPECT_EQ(test, needed, (u64)(sensible ? pages[i] : 0));
		fixture->host->certs_pages = 0;
		KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	}
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
}

static void certificates_are_no_answer_to_a_plain_request(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture->host->certs_pages = 4;
	fixture_script(fixture, HOST_WANTS_CERTS);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -EIO);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void lost_answer_is_got_over_within_the_request(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct snp_channel_stats stats;

	fixture_script(fixture, HOST_SWALLOWS);
	/* 1 lost, 1 again: not expected any more, 3: sync, 5: the question anew. */
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)4);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)6);
	KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 6);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
	snp_channel_stats(fixture->channel, &stats);
	KUNIT_EXPECT_EQ(test, stats.recovered, (u64)1);
	KUNIT_EXPECT_EQ(test, stats.forged, (u64)1);
}

static void request_that_the_host_kept_is_answered_when_sent_again(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture_script(fixture, HOST_KEEPS);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)2);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
}

static void sequence_error_that_the_host_makes_up_is_got_over(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	/* Even if it keeps to it for so long that new numbers are used. */
	fixture_script(fixture, HOST_CLAIMS_SEQUENCE, HOST_CLAIMS_SEQUENCE, HOST_CLAIMS_SEQUENCE,
		       HOST_CLAIMS_SEQUENCE);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	/* The new numbers are still open, with sync messages. */
	KUNIT_EXPECT_GT(test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
}

static void refusal_ends_the_request_and_keeps_the_message(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_script(fixture, HOST_CLAIMS_PARAM);
	fixture_fill(&question, 1);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -EIO);
	KUNIT_EXPECT_EQ(test, question.req.exitinfo2, (u64)SEV_RET_INVALID_PARAM);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)1);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 1u);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)3);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)4);
}

static void without_an_exit_the_firmware_was_not_asked(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_script(fixture, HOST_NO_EXIT);
	fixture_fill(&question, 1);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -EIO);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void many_lost_answers_in_a_row_cost_no_key(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	u8 *script = kunit_kmalloc(test, 300, GFP_KERNEL);
	unsigned int tries;
	int ret = -EIO;

	KUNIT_ASSERT_NOT_NULL(test, script);
	memset(script, HOST_SWALLOWS, 300);
	fixture->host->script = script;
	fixture->host->script_len = 300;
	while (fixture->host->exchanges < 300)
		KUNIT_ASSERT_NE(test, fixture_ask(fixture), 0);
	for (tries = 0; tries < 100 && ret; tries++)
		ret = fixture_ask(fixture);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
}

static void rewrite_request(struct fake_guest_host *host)
{
	get_random_bytes(host->request, sizeof(*host->request));
}

static void what_the_host_writes_into_the_request_page_is_not_sent_again(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture->host->after = rewrite_request;
	fixture_script(fixture, HOST_BUSY, HOST_KEEPS, HOST_FLIPS, HOST_BUSY);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void last_number_is_used_and_then_the_key_is_given_up(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;

	fixture_close(fixture);
	fake_guest_host_rewind(fixture->host, 0xfffffffc, 0);
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->request->header.seqno, 0xfffffffdull);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));

	fixture_fill(&question, 7);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -ENOKEY);
	KUNIT_EXPECT_EQ(test, question.req.exitinfo2, (u64)0xff);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -ENOKEY);
	KUNIT_EXPECT_FALSE(test, snp_channel_alive(fixture->channel));
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->host->secrets->vmpck[0], 0, SNP_VMPCK_SIZE));
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)1);
	KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 0xfffffffeu);
}

static void numbers_also_run_out_while_getting_over_a_lost_answer(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture_close(fixture);
	fake_guest_host_rewind(fixture->host, 0xfffffffc, 0);
	fixture_reopen(fixture);
	fixture_script(fixture, HOST_SWALLOWS);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -ENOKEY);
	KUNIT_EXPECT_FALSE(test, snp_channel_alive(fixture->channel));
}

static void empty_key_makes_no_channel(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct snp_channel *channel;

	memset(fixture->host->secrets->vmpck[0], 0, SNP_VMPCK_SIZE);
	channel = snp_channel_create(&fixture->config);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(channel), -ENOKEY);
}

static void open_message_is_got_out_of_the_way_when_the_channel_goes(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture_script(fixture, HOST_FAILS);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -EIO);
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)3);
}

static void busy_host_is_waited_for_when_the_channel_goes(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	fixture_script(fixture, HOST_FAILS, HOST_BUSY, HOST_BUSY);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -EIO);
	snp_channel_close(fixture->channel);
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)4);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)2);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void number_is_not_used_again_after_a_reload_whatever_happened(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	enum host_does does;

	for (does = HOST_BUSY; does < HOST_DOES_COUNT; does++) {
		u8 script[32];
		unsigned int i;

		memset(script, does, sizeof(script));
		fixture_close(fixture);
		fake_guest_host_rewind(fixture->host, 0, 1000);
		fixture->config.busy_limit_ms = 0;
		fixture_reopen(fixture);
		/* Nobody gets an answer until after the reload. */
		fixture->host->script = script;
		fixture->host->script_len = sizeof(script);
		fixture->host->exchanges = 0;
		KUNIT_EXPECT_NE(test, fixture_ask(fixture), 0);
		fixture_reopen(fixture);
		fixture->host->script_len = 0;
		/* Used numbers and new contents: the fake firmware would notice. */
		for (i = 0; i < 4; i++)
			fixture_ask(fixture);
		KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
	}
}

static void closed_channel_takes_no_requests(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	snp_channel_close(fixture->channel);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -ENODEV);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)0);
}

static int open_channel(struct kunit *test, void *data)
{
	struct channel_fixture *fixture = data;
	struct snp_channel *channel = snp_channel_create(&fixture->config);

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	snp_channel_destroy(channel);
	return 0;
}

static void channel_survives_every_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, open_channel, test->priv);
}

static struct kunit_case channel_cases[] = {
	KUNIT_CASE(numbers_begin_at_one_and_count_the_answers),
	KUNIT_CASE(numbers_go_on_where_the_last_owner_stopped),
	KUNIT_CASE(counter_moves_on_before_the_host_sees_a_message),
	KUNIT_CASE(derived_keys_leave_no_copy_behind),
	KUNIT_CASE(shared_pages_never_hold_plaintext),
	KUNIT_CASE(what_the_firmware_would_refuse_costs_no_number),
	KUNIT_CASE(answer_that_does_not_fit_is_not_written),
	KUNIT_CASE(busy_host_gets_the_same_bytes_again),
	KUNIT_CASE(host_that_stays_busy_costs_the_request_but_not_the_key),
	KUNIT_CASE(too_few_pages_for_certificates_name_the_number_needed),
	KUNIT_CASE(numbers_of_pages_that_make_no_sense_are_not_passed_on),
	KUNIT_CASE(certificates_are_no_answer_to_a_plain_request),
	KUNIT_CASE(lost_answer_is_got_over_within_the_request),
	KUNIT_CASE(request_that_the_host_kept_is_answered_when_sent_again),
	KUNIT_CASE(sequence_error_that_the_host_makes_up_is_got_over),
	KUNIT_CASE(refusal_ends_the_request_and_keeps_the_message),
	KUNIT_CASE(without_an_exit_the_firmware_was_not_asked),
	KUNIT_CASE(many_lost_answers_in_a_row_cost_no_key),
	KUNIT_CASE(what_the_host_writes_into_the_request_page_is_not_sent_again),
	KUNIT_CASE(last_number_is_used_and_then_the_key_is_given_up),
	KUNIT_CASE(numbers_also_run_out_while_getting_over_a_lost_answer),
	KUNIT_CASE(empty_key_makes_no_channel),
	KUNIT_CASE(open_message_is_got_out_of_the_way_when_the_channel_goes),
	KUNIT_CASE(busy_host_is_waited_for_when_the_channel_goes),
	KUNIT_CASE(number_is_not_used_again_after_a_reload_whatever_happened),
	KUNIT_CASE(closed_channel_takes_no_requests),
	KUNIT_CASE(channel_survives_every_failing_allocation),
	{}
};

static struct kunit_suite channel_suite = {
	.name = "channel",
	.init = channel_fixture_init,
	.exit = channel_fixture_exit,
	.test_cases = channel_cases,
};

kunit_test_suite(channel_suite);

MODULE_DESCRIPTION("KUnit suite: message channel");
MODULE_LICENSE("GPL");
