// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver does around the kernel's own exchange of messages: memory that the
 * kernel can take, lengths that can be true, and an errno for a key that is gone.
 *
 * Kernels: 7.2 7.3
 */
#include "kernel-fixture.h"

MODULE_LICENSE("GPL");

static void request_reaches_the_kernel_in_memory_that_it_can_take(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_request req = {};
	u8 answer[KEY_BYTES + 8] = {};

	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), 0);
	KUNIT_EXPECT_EQ(test, fixture->seen.req_sz, (size_t)STACK_BYTES);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->payload, 0x5c, STACK_BYTES));
	KUNIT_EXPECT_EQ(test, fixture->seen.resp_sz, (size_t)KEY_BYTES + 16);
	KUNIT_EXPECT_EQ(test, fixture->seen.exit_code, (u64)SVM_VMGEXIT_GUEST_REQUEST);
	KUNIT_EXPECT_EQ(test, req.answer_len, (size_t)KEY_BYTES);
	KUNIT_EXPECT_NULL(test, memchr_inv(answer, 0xab, KEY_BYTES));
	KUNIT_EXPECT_NULL(test, memchr_inv(answer + KEY_BYTES, 0, 8));
}

static void certificates_make_it_the_other_request(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_request req = { .extended = true, .certs = fixture, .certs_pages = 4 };
	u8 answer[KEY_BYTES];

	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), 0);
	KUNIT_EXPECT_EQ(test, fixture->seen.exit_code, (u64)SVM_VMGEXIT_EXT_GUEST_REQUEST);
	KUNIT_EXPECT_PTR_EQ(test, fixture->certs, (void *)fixture);
	KUNIT_EXPECT_EQ(test, fixture->certs_pages, 4u);
	KUNIT_EXPECT_EQ(test, req.certs_needed, 0ull);
}

static void only_room_that_can_be_wanted_is_passed_on(struct kunit *test)
{
	static const struct {
		unsigned int pages;
		bool extended;
		u64 exitinfo2;
		u64 needed;
	} cases[] = {
		{ 5, true, SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN), 5 },
		{ 5, false, SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN), 0 },
		{ 5, true, SNP_GUEST_VMM_ERR(9), 0 },
		{ 4, true, SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN), 0 },
		{ U32_MAX, true, SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN), 0 },
		{ 1 << 20, true, SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN), 0 },
	};
	struct kernel_fixture *fixture = opened(test);
	u8 answer[KEY_BYTES];
	size_t i;

	fixture->ret = -EIO;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snp_request req = { .extended = cases[i].extended, .certs_pages = 4 };

		fixture->pages_wanted = cases[i].pages;
		fixture->exitinfo2 = cases[i].exitinfo2;
		KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -EIO);
		KUNIT_EXPECT_EQ_MSG(test, req.certs_needed, cases[i].needed, "case %zu", i);
		KUNIT_EXPECT_EQ(test, req.exitinfo2, cases[i].exitinfo2);
		KUNIT_EXPECT_EQ(test, req.answer_len, (size_t)0);
	}
}

static void key_that_the_kernel_gave_up_has_an_errno_of_its_own(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_transport *transport = &fixture->guest.transport;
	struct snp_request req = {};
	u8 answer[KEY_BYTES];

	KUNIT_EXPECT_TRUE(test, transport->ops->alive(transport->ctx));
	fixture->lose_key = true;
	fixture->ret = -EBADMSG;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -EBADMSG);
	KUNIT_EXPECT_FALSE(test, transport->ops->alive(transport->ctx));
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -ENOKEY);
}

static void requests_that_cannot_be_are_not_sent(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_request req = { .size = 8, .version = 1 };
	struct snp_transport *transport = &fixture->guest.transport;

	KUNIT_EXPECT_EQ(test, transport->ops->request(transport->ctx, &req), -EINVAL);
	req.size = 0;
	KUNIT_EXPECT_EQ(test, transport->ops->request(transport->ctx, &req), -EINVAL);
	req.size = 32;
	req.version = 0;
	KUNIT_EXPECT_EQ(test, transport->ops->request(transport->ctx, &req), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->sent, 0u);
}

static void closed_transport_takes_no_requests(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_request req = {};
	u8 answer[KEY_BYTES];

	fixture->guest.transport.ops->close(fixture->guest.transport.ctx);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -ENODEV);
	KUNIT_EXPECT_EQ(test, fixture->sent, 0u);
}

static void what_can_be_counted_is_counted(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_transport *transport = &fixture->guest.transport;
	struct snp_channel_stats stats;
	struct snp_request req = {};
	u8 answer[KEY_BYTES];

	ask(fixture, &req, answer, KEY_BYTES);
	fixture->ret = -EIO;
	ask(fixture, &req, answer, KEY_BYTES);
	transport->ops->stats(transport->ctx, &stats);
	KUNIT_EXPECT_EQ(test, stats.requests, 2ull);
	KUNIT_EXPECT_EQ(test, stats.failures, 1ull);
	KUNIT_EXPECT_EQ(test, transport->ops->keys_alive(transport->ctx), 9u);
	KUNIT_EXPECT_NULL(test, transport->ops->unanswered);
}

static void counter_moves_on_before_the_kernel_sees_a_request(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	u32 *counter = &fixture->secrets->os.seqno[0];
	struct snp_request req = {};
	u8 answer[KEY_BYTES];

	*counter = 4;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), 0);
	KUNIT_EXPECT_EQ(test, fixture->number, 5u);
	KUNIT_EXPECT_EQ(test, fixture->left_behind, 6u);
	KUNIT_EXPECT_EQ(test, *counter, 6u);
	/* Refused or not, the number is used. */
	fixture->ret = -EIO;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -EIO);
	KUNIT_EXPECT_EQ(test, fixture->number, 7u);
	KUNIT_EXPECT_EQ(test, *counter, 8u);
	/* What was not sent has not used it. */
	fixture->not_sent = true;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -ENOTTY);
	KUNIT_EXPECT_EQ(test, *counter, 8u);
}

static void last_number_is_not_followed_by_the_first(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	u32 *counter = &fixture->secrets->os.seqno[0];
	struct snp_request req = {};
	u8 answer[KEY_BYTES];

	*counter = U32_MAX - 1;
	fixture->not_sent = true;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -ENOTTY);
	KUNIT_EXPECT_EQ(test, fixture->left_behind, U32_MAX - 1);
	KUNIT_EXPECT_EQ(test, *counter, U32_MAX - 1);
}

static void descriptor_that_is_not_to_be_had_is_no_transport(struct kunit *test)
{
	struct kernel_fixture *fixture = test->priv;

	fixture->alloc_fails = true;
	fixture->alloc_result = ERR_PTR(-ENOMEM);
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, 0), -ENOMEM);
	fixture->alloc_result = NULL;
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, 0), -ENODEV);
	KUNIT_EXPECT_NULL(test, fixture->guest.transport.ops);
}

static void key_that_the_kernel_does_not_take_leaves_nothing(struct kunit *test)
{
	struct kernel_fixture *fixture = test->priv;

	fixture->init_ret = -EINVAL;
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->descs, 0);
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, -2), -EINVAL);
	KUNIT_EXPECT_NULL(test, fixture->guest.transport.ops);
}

static struct kunit_case kernel_cases[] = {
	KUNIT_CASE(request_reaches_the_kernel_in_memory_that_it_can_take),
	KUNIT_CASE(certificates_make_it_the_other_request),
	KUNIT_CASE(only_room_that_can_be_wanted_is_passed_on),
	KUNIT_CASE(key_that_the_kernel_gave_up_has_an_errno_of_its_own),
	KUNIT_CASE(requests_that_cannot_be_are_not_sent),
	KUNIT_CASE(closed_transport_takes_no_requests),
	KUNIT_CASE(what_can_be_counted_is_counted),
	KUNIT_CASE(counter_moves_on_before_the_kernel_sees_a_request),
	KUNIT_CASE(last_number_is_not_followed_by_the_first),
	KUNIT_CASE(descriptor_that_is_not_to_be_had_is_no_transport),
	KUNIT_CASE(key_that_the_kernel_does_not_take_leaves_nothing),
	{}
};

static struct kunit_suite kernel_suite = {
	.name = "transport_kernel",
	.init = kernel_fixture_init,
	.exit = kernel_fixture_exit,
	.test_cases = kernel_cases,
};

kunit_test_suite(kernel_suite);
