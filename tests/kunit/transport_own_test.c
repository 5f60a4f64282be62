// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a channel of our own stands on: the page of secrets and two shared pages. And
 * that all of it is given back, whatever could not be had.
 *
 * Kernels: 6.1 6.12 dev
 */
#include <linux/set_memory.h>

#include <compat/snp-guest.h>

static void fake_exit(bool extended, u64 request, u64 response, u64 certs, u64 *certs_pages,
		      u64 *exitinfo2);
static void *fake_secrets(const void *platform_data);
static void fake_secrets_unmap(void *secrets);
static int fake_set_memory(unsigned long address, int pages, bool shared);

#define compat_snp_exit			fake_exit
#define compat_snp_secrets		fake_secrets
#define compat_snp_secrets_unmap	fake_secrets_unmap
#define set_memory_decrypted(address, pages) fake_set_memory(address, pages, true)
#define set_memory_encrypted(address, pages) fake_set_memory(address, pages, false)

#include "message.c"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "channel-numbers.c"
#include "channel-exchange.c"
#include "channel.c"
#include "shared.c"
#include "transport-own.c"

#include "../../drivers/crypto/ccp/sev/status.c"

#include <kunit/device.h>

#include "fake-guest-host.h"
#include "fail-nth.h"

MODULE_LICENSE("GPL");

/**
 * struct own_fixture - what every case has
 * @host: firmware and host
 * @guest: the device
 * @shared: pages that are shared
 * @mapped: mappings of the page of secrets
 * @no_secrets: nobody knows where it is
 * @share_fails: the page that can't be shared, counted from 1
 * @shares: pages that were to be shared
 * @no_exit: there is no way to the host
 * @certs: where the certificates are to go
 */
struct own_fixture {
	struct fake_guest_host *host;
	struct snp_guest guest;
	int shared;
	int mapped;
	bool no_secrets;
	int share_fails;
	int shares;
	bool no_exit;
	u64 certs;
};

static struct own_fixture *fixture_now;

static void fake_exit(bool extended, u64 request, u64 response, u64 certs, u64 *certs_pages,
		      u64 *exitinfo2)
{
	struct own_fixture *fixture = fixture_now;

	if (fixture->no_exit) {
		*exitinfo2 = ~0ull;
		return;
	}
	fixture->certs = certs;
	fixture->host->request = __va(request);
	fixture->host->response = __va(response);
	fake_guest_host_exchange(fixture->host, extended, certs_pages, exitinfo2);
}

static void *fake_secrets(const void *platform_data)
{
	if (fixture_now->no_secrets)
		return NULL;
	fixture_now->mapped++;
	return fixture_now->host->secrets;
}

static void fake_secrets_unmap(void *secrets)
{
	fixture_now->mapped--;
}

static int fake_set_memory(unsigned long address, int pages, bool shared)
{
	if (shared && ++fixture_now->shares == fixture_now->share_fails)
		return -EIO;
	fixture_now->shared += shared ? pages : -pages;
	return 0;
}

static int own_fixture_init(struct kunit *test)
{
	struct own_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->host = fake_guest_host_new(test);
	fixture->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->guest.dev);
	fixture_now = fixture;
	test->priv = fixture;
	return 0;
}

static void own_fixture_exit(struct kunit *test)
{
	fixture_now = NULL;
}

static void expect_nothing_left(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;

	KUNIT_EXPECT_EQ(test, fixture->shared, 0);
	KUNIT_EXPECT_EQ(test, fixture->mapped, 0);
}

static void expect_no_transport(struct kunit *test, int vmpck, int ret)
{
	struct own_fixture *fixture = test->priv;

	fixture->shares = 0;
	KUNIT_EXPECT_EQ(test, snp_transport_open(&fixture->guest, vmpck), ret);
	KUNIT_EXPECT_NULL(test, fixture->guest.transport.ops);
	expect_nothing_left(test);
}

static void open_transport(struct kunit *test, int vmpck)
{
	struct own_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, snp_transport_open(&fixture->guest, vmpck), 0);
	KUNIT_EXPECT_EQ(test, fixture->shared, 2);
	KUNIT_EXPECT_EQ(test, fixture->mapped, 1);
}

static void close_transport(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;

	fixture->guest.transport.ops->close(fixture->guest.transport.ctx);
	fixture->guest.transport.ops->destroy(fixture->guest.transport.ctx);
	expect_nothing_left(test);
}

static int ask(struct own_fixture *fixture, struct snp_request *req)
{
	static struct snp_report_req report;
	static u8 answer[256];

	memset(report.user_data, 0x42, sizeof(report.user_data));
	memset(answer, 0, sizeof(answer));
	req->type = SNP_MSG_REPORT;
	req->version = 1;
	req->payload = &report;
	req->size = sizeof(report);
	req->answer = answer;
	req->answer_max = sizeof(answer);
	return fixture->guest.transport.ops->request(fixture->guest.transport.ctx, req) ?:
	       memcmp(answer + 32, report.user_data, sizeof(report.user_data));
}

static void request_goes_by_the_shared_pages(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;
	struct snp_request req = {};
	struct snp_channel_stats stats;

	open_transport(test, 0);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), 0);
	KUNIT_EXPECT_EQ(test, fixture->certs, 0ull);
	KUNIT_EXPECT_EQ(test, fixture->host->secrets->os.seqno[0], 2u);
	fixture->guest.transport.ops->stats(fixture->guest.transport.ctx, &stats);
	KUNIT_EXPECT_EQ(test, stats.exchanges, 1ull);
	KUNIT_EXPECT_TRUE(test, fixture->guest.transport.ops->alive(fixture->guest.transport.ctx));
	KUNIT_EXPECT_EQ(test,
			fixture->guest.transport.ops->unanswered(fixture->guest.transport.ctx), 0u);
	close_transport(test);
}

static void certificates_go_where_the_caller_wants_them(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;
	struct snp_request req = { .extended = true, .certs_pages = 1 };

	req.certs = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req.certs);
	open_transport(test, 0);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), 0);
	KUNIT_EXPECT_EQ(test, fixture->certs, (u64)__pa(req.certs));
	KUNIT_EXPECT_TRUE(test, fixture->host->extended);
	close_transport(test);
}

static void exit_that_did_not_happen_is_no_answer(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;
	struct snp_request req = {};

	open_transport(test, 0);
	fixture->no_exit = true;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), -EIO);
	fixture->no_exit = false;
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), 0);
	close_transport(test);
}

static void key_is_that_of_the_level_unless_one_is_chosen(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;

	memcpy(fixture->host->secrets->vmpck[2], fixture->host->secrets->vmpck[0], SNP_VMPCK_SIZE);
	fixture->guest.vmpl = 2;
	open_transport(test, -1);
	KUNIT_EXPECT_EQ(test, fixture->guest.vmpck, 2u);
	KUNIT_EXPECT_EQ(test,
			fixture->guest.transport.ops->keys_alive(fixture->guest.transport.ctx), 5u);
	close_transport(test);
	open_transport(test, 0);
	KUNIT_EXPECT_EQ(test, fixture->guest.vmpck, 0u);
	close_transport(test);
}

static void sync_messages_name_a_level_that_the_key_is_for(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;
	const struct own_transport *own;

	memcpy(fixture->host->secrets->vmpck[3], fixture->host->secrets->vmpck[0], SNP_VMPCK_SIZE);
	fixture->guest.vmpl = 1;
	open_transport(test, 3);
	own = fixture->guest.transport.ctx;
	KUNIT_EXPECT_EQ(test, own->channel->config.vmpl, 3u);
	close_transport(test);
	open_transport(test, 0);
	own = fixture->guest.transport.ctx;
	KUNIT_EXPECT_EQ(test, own->channel->config.vmpl, 1u);
	close_transport(test);
}

static void settled_transport_has_sent_what_was_open(struct kunit *test)
{
	static const u8 script[] = { HOST_FAILS };
	struct own_fixture *fixture = test->priv;
	struct snp_request req = {};

	open_transport(test, 0);
	fixture->host->script = script;
	fixture->host->script_len = ARRAY_SIZE(script);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), -EIO);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, 0ull);
	fixture->guest.transport.ops->settle(fixture->guest.transport.ctx);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, 2ull);
	/* All is in place still, but nobody can ask. */
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), -ENODEV);
	KUNIT_EXPECT_EQ(test, fixture->shared, 2);
	close_transport(test);
}

static void key_that_cannot_be_is_refused(struct kunit *test)
{
	expect_no_transport(test, 4, -EINVAL);
	expect_no_transport(test, -2, -EINVAL);
	expect_no_transport(test, INT_MAX, -EINVAL);
}

static void empty_key_has_an_errno_of_its_own(struct kunit *test)
{
	expect_no_transport(test, 1, -ENOKEY);
}

static void without_secrets_there_is_no_way(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;

	fixture->no_secrets = true;
	expect_no_transport(test, 0, -ENODEV);
}

static void page_that_cannot_be_shared_ends_it(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;

	for (fixture->share_fails = 1; fixture->share_fails <= 2; fixture->share_fails++)
		expect_no_transport(test, 0, -ENOMEM);
}

static void closed_transport_takes_no_requests(struct kunit *test)
{
	struct own_fixture *fixture = test->priv;
	struct snp_request req = {};

	open_transport(test, 0);
	fixture->guest.transport.ops->close(fixture->guest.transport.ctx);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req), -ENODEV);
	fixture->guest.transport.ops->destroy(fixture->guest.transport.ctx);
	expect_nothing_left(test);
}

static int open_and_close(struct kunit *test, void *ctx)
{
	struct own_fixture *fixture = ctx;
	int ret = snp_transport_open(&fixture->guest, 0);

	if (!ret)
		fixture->guest.transport.ops->destroy(fixture->guest.transport.ctx);
	if (fixture->shared || fixture->mapped)
		return -EBUSY;
	return ret;
}

static void opening_survives_every_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, open_and_close, test->priv);
}

static struct kunit_case own_cases[] = {
	KUNIT_CASE(request_goes_by_the_shared_pages),
	KUNIT_CASE(certificates_go_where_the_caller_wants_them),
	KUNIT_CASE(exit_that_did_not_happen_is_no_answer),
	KUNIT_CASE(key_is_that_of_the_level_unless_one_is_chosen),
	KUNIT_CASE(sync_messages_name_a_level_that_the_key_is_for),
	KUNIT_CASE(settled_transport_has_sent_what_was_open),
	KUNIT_CASE(key_that_cannot_be_is_refused),
	KUNIT_CASE(empty_key_has_an_errno_of_its_own),
	KUNIT_CASE(without_secrets_there_is_no_way),
	KUNIT_CASE(page_that_cannot_be_shared_ends_it),
	KUNIT_CASE(closed_transport_takes_no_requests),
	KUNIT_CASE(opening_survives_every_failing_allocation),
	{}
};

static struct kunit_suite own_suite = {
	.name = "transport_own",
	.init = own_fixture_init,
	.exit = own_fixture_exit,
	.test_cases = own_cases,
};

kunit_test_suite(own_suite);
