/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel on a firmware and a host that tests make up. Include after channel.c.
 */
#ifndef KUNIT_CHANNEL_FIXTURE_H
#define KUNIT_CHANNEL_FIXTURE_H

#include <kunit/device.h>

#include "fake-guest-host.h"

/**
 * struct channel_fixture - what every case has
 * @test: the running test
 * @host: firmware and host
 * @config: of the channel
 * @channel: the channel
 * @asked: requests made, which makes each of them another one
 */
struct channel_fixture {
	struct kunit *test;
	struct fake_guest_host *host;
	struct snp_channel_config config;
	struct snp_channel *channel;
	u32 asked;
};

static inline int fixture_exchange(void *ctx, struct snp_exchange *exchange)
{
	struct channel_fixture *fixture = ctx;

	KUNIT_ASSERT_PTR_EQ(fixture->test, exchange->request, fixture->host->request);
	KUNIT_ASSERT_PTR_EQ(fixture->test, exchange->response, fixture->host->response);
	return fake_guest_host_exchange(fixture->host, exchange->extended, &exchange->certs_pages,
					&exchange->exitinfo2);
}

static const struct snp_channel_ops fixture_ops = {
	.exchange = fixture_exchange,
};

static inline void fixture_close(struct channel_fixture *fixture)
{
	struct snp_channel *channel = fixture->channel;

	fixture->channel = NULL;
	if (channel)
		snp_channel_destroy(channel);
}

/* Lets go of the channel, and opens it anew as a reload of the module would. */
static inline void fixture_reopen(struct channel_fixture *fixture)
{
	fixture_close(fixture);
	fixture->channel = snp_channel_create(&fixture->config);
	if (IS_ERR(fixture->channel))
		fixture->channel = NULL;
	KUNIT_ASSERT_NOT_NULL(fixture->test, fixture->channel);
}

static inline int channel_fixture_init(struct kunit *test)
{
	struct channel_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	test->priv = fixture;
	fixture->test = test;
	fixture->host = fake_guest_host_new(test);
	fixture->config = (struct snp_channel_config) {
		.dev = kunit_device_register(test, "sev-guest"),
		.ops = &fixture_ops,
		.ctx = fixture,
		.key = fixture->host->secrets->vmpck[0],
		.counter = &fixture->host->secrets->os.seqno[0],
		.request = fixture->host->request,
		.response = fixture->host->response,
		.busy_limit_ms = SNP_CHANNEL_BUSY_LIMIT_MS,
	};
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->config.dev);
	fixture_reopen(fixture);
	return 0;
}

static inline void channel_fixture_exit(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;

	if (fixture)
		fixture_close(fixture);
}

/**
 * struct fixture_question - one request for a report, and its answer
 * @report: what is asked
 * @answer: the answer
 * @req: for the channel
 */
struct fixture_question {
	struct snp_report_req report;
	u8 answer[256];
	struct snp_request req;
};

static inline void fixture_fill(struct fixture_question *question, u32 number)
{
	memset(question, 0, sizeof(*question));
	memset(question->report.user_data, 0x5a, sizeof(question->report.user_data));
	memcpy(question->report.user_data, &number, sizeof(number));
	question->req = (struct snp_request) {
		.type = SNP_MSG_REPORT,
		.version = 1,
		.payload = &question->report,
		.size = sizeof(question->report),
		.answer = question->answer,
		.answer_max = sizeof(question->answer),
		.exitinfo2 = 0xff,
	};
}

/* Asks; an answer has to be that to this very question. */
static inline int fixture_send(struct channel_fixture *fixture, struct fixture_question *question)
{
	int ret = snp_channel_request(fixture->channel, &question->req);

	if (!ret) {
		KUNIT_EXPECT_EQ(fixture->test, question->req.answer_len,
				(size_t)32 + FAKE_REPORT_SIZE);
		KUNIT_EXPECT_EQ_MSG(fixture->test, memcmp(question->answer + 32,
							  question->report.user_data, 64), 0,
				    "the answer is that to another question");
	} else {
		KUNIT_EXPECT_EQ(fixture->test, question->req.answer_len, (size_t)0);
	}
	return ret;
}

static inline int fixture_ask(struct channel_fixture *fixture)
{
	struct fixture_question question;

	fixture_fill(&question, ++fixture->asked);
	question.report.vmpl = fixture->config.vmpl;
	return fixture_send(fixture, &question);
}

static inline int fixture_ask_extended(struct channel_fixture *fixture, unsigned int pages,
				       u64 *needed, u64 *exitinfo2)
{
	struct fixture_question question;
	int ret;

	fixture_fill(&question, ++fixture->asked);
	question.report.vmpl = fixture->config.vmpl;
	question.req.extended = true;
	question.req.certs_pages = pages;
	ret = fixture_send(fixture, &question);
	*needed = question.req.certs_needed;
	*exitinfo2 = question.req.exitinfo2;
	return ret;
}

/* From now on the host does this, and then it is honest. */
#define fixture_script(fixture, ...) do {					\
	static const u8 steps[] = { __VA_ARGS__ };				\
										\
	(fixture)->host->script = steps;					\
	(fixture)->host->script_len = ARRAY_SIZE(steps);			\
	(fixture)->host->exchanges = 0;						\
} while (0)

static inline bool fixture_key_is_there(struct channel_fixture *fixture)
{
	return snp_channel_alive(fixture->channel) &&
	       memchr_inv(fixture->host->secrets->vmpck[0], 0, SNP_VMPCK_SIZE);
}

#endif /* KUNIT_CHANNEL_FIXTURE_H */
