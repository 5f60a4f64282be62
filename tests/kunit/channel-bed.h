/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel on a firmware and a host that tests make up. Include after channel.c.
 */
#ifndef KUNIT_CHANNEL_BED_H
#define KUNIT_CHANNEL_BED_H

#include <kunit/device.h>

#include "fake-guest-host.h"

/**
 * struct channel_bed - what every case has
 * @test: the running test
 * @host: firmware and host
 * @config: of the channel
 * @channel: the channel
 * @asked: requests made, which makes each of them another one
 */
struct channel_bed {
	struct kunit *test;
	struct fake_guest_host *host;
	struct snp_channel_config config;
	struct snp_channel *channel;
	u32 asked;
};

static inline int bed_exchange(void *ctx, struct snp_exchange *exchange)
{
	struct channel_bed *bed = ctx;

	KUNIT_ASSERT_PTR_EQ(bed->test, exchange->request, bed->host->request);
	KUNIT_ASSERT_PTR_EQ(bed->test, exchange->response, bed->host->response);
	return fake_guest_host_exchange(bed->host, exchange->extended, &exchange->certs_pages,
					&exchange->exitinfo2);
}

static const struct snp_channel_ops bed_ops = {
	.exchange = bed_exchange,
};

static inline void bed_close(struct channel_bed *bed)
{
	struct snp_channel *channel = bed->channel;

	bed->channel = NULL;
	if (channel)
		snp_channel_destroy(channel);
}

/* Lets go of the channel, and opens it anew as a reload of the module would. */
static inline void bed_reopen(struct channel_bed *bed)
{
	bed_close(bed);
	bed->channel = snp_channel_create(&bed->config);
	if (IS_ERR(bed->channel))
		bed->channel = NULL;
	KUNIT_ASSERT_NOT_NULL(bed->test, bed->channel);
}

static inline int channel_bed_init(struct kunit *test)
{
	struct channel_bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bed);
	test->priv = bed;
	bed->test = test;
	bed->host = fake_guest_host_new(test);
	bed->config = (struct snp_channel_config) {
		.dev = kunit_device_register(test, "sev-guest"),
		.ops = &bed_ops,
		.ctx = bed,
		.key = bed->host->secrets->vmpck[0],
		.counter = &bed->host->secrets->os.seqno[0],
		.request = bed->host->request,
		.response = bed->host->response,
		.busy_limit_ms = SNP_CHANNEL_BUSY_LIMIT_MS,
	};
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bed->config.dev);
	bed_reopen(bed);
	return 0;
}

static inline void channel_bed_exit(struct kunit *test)
{
	struct channel_bed *bed = test->priv;

	if (bed)
		bed_close(bed);
}

/**
 * struct bed_question - one request for a report, and its answer
 * @report: what is asked
 * @answer: the answer
 * @req: for the channel
 */
struct bed_question {
	struct snp_report_req report;
	u8 answer[256];
	struct snp_request req;
};

static inline void bed_fill(struct bed_question *question, u32 number)
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
static inline int bed_send(struct channel_bed *bed, struct bed_question *question)
{
	int ret = snp_channel_request(bed->channel, &question->req);

	if (!ret) {
		KUNIT_EXPECT_EQ(bed->test, question->req.answer_len, (size_t)32 + FAKE_REPORT_SIZE);
		KUNIT_EXPECT_EQ_MSG(bed->test, memcmp(question->answer + 32,
						      question->report.user_data, 64), 0,
				    "the answer is that to another question");
	} else {
		KUNIT_EXPECT_EQ(bed->test, question->req.answer_len, (size_t)0);
	}
	return ret;
}

static inline int bed_ask(struct channel_bed *bed)
{
	struct bed_question question;

	bed_fill(&question, ++bed->asked);
	question.report.vmpl = bed->config.vmpl;
	return bed_send(bed, &question);
}

static inline int bed_ask_extended(struct channel_bed *bed, unsigned int pages, u64 *needed,
				   u64 *exitinfo2)
{
	struct bed_question question;
	int ret;

	bed_fill(&question, ++bed->asked);
	question.report.vmpl = bed->config.vmpl;
	question.req.extended = true;
	question.req.certs_pages = pages;
	ret = bed_send(bed, &question);
	*needed = question.req.certs_needed;
	*exitinfo2 = question.req.exitinfo2;
	return ret;
}

/* From now on the host does this, and then it is honest. */
#define bed_script(bed, ...) do {						\
	static const u8 steps[] = { __VA_ARGS__ };				\
										\
	(bed)->host->script = steps;						\
	(bed)->host->script_len = ARRAY_SIZE(steps);				\
	(bed)->host->exchanges = 0;						\
} while (0)

static inline bool bed_key_is_there(struct channel_bed *bed)
{
	return snp_channel_alive(bed->channel) &&
	       memchr_inv(bed->host->secrets->vmpck[0], 0, SNP_VMPCK_SIZE);
}

#endif /* KUNIT_CHANNEL_BED_H */
