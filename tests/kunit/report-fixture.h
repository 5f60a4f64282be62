/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/sev-guest on a channel of channel-fixture.h.  User memory is an array, so every copy can
 * fail, and none may happen while a lock is held.
 */
#ifndef KUNIT_REPORT_FIXTURE_H
#define KUNIT_REPORT_FIXTURE_H

#include <linux/set_memory.h>
#include <linux/uaccess.h>

static unsigned long fake_copy(void *to, const void *from, unsigned long size,
			       unsigned long user);

static unsigned long fake_from_user(void *to, const void __user *from, unsigned long size)
{
	return fake_copy(to, (__force const void *)from, size, (unsigned long)from);
}

static unsigned long fake_to_user(void __user *to, const void *from, unsigned long size)
{
	return fake_copy((__force void *)to, from, size, (unsigned long)to);
}

static bool fake_access_ok(const void __user *address, unsigned long size)
{
	return (unsigned long)address + size < 1ul << 47;
}

#undef access_ok
#define access_ok	fake_access_ok
#define copy_from_user	fake_from_user
#define copy_to_user	fake_to_user

static int fake_set_memory(unsigned long address, int pages, bool shared);

#define set_memory_decrypted(address, pages) fake_set_memory(address, pages, true)
#define set_memory_encrypted(address, pages) fake_set_memory(address, pages, false)

#include "message.c"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "channel-numbers.c"
#include "channel-exchange.c"
#include "channel.c"
#include "report.c"
#include "ioctl.c"
#include "shared.c"

#include "../../drivers/crypto/ccp/sev/status.c"

#include "channel-fixture.h"

/* Where a program has what. */
#define USER_BASE	0x10000ul
#define USER_SIZE	0x10000ul
#define USER_ARG	(USER_BASE + 0x100)
#define USER_REQ	(USER_BASE + 0x1000)
#define USER_RESP	(USER_BASE + 0x2000)
#define USER_CERTS	(USER_BASE + 0x8000)

/**
 * struct report_fixture - what every case has
 * @channel: a channel and what is behind it
 * @guest: the device
 * @file: an open file
 * @user: user memory
 * @copies: copies so far
 * @fail_copy: the copy that fails, 0 for none
 * @shared: pages that are shared
 * @set_memory_fails: pages can't be shared, or made private again
 * @certs: the host's certificates
 * @seen_certs: where the host put them
 */
struct report_fixture {
	struct channel_fixture *channel;
	struct snp_guest *guest;
	struct file file;
	u8 *user;
	unsigned int copies;
	unsigned int fail_copy;
	int shared;
	bool set_memory_fails;
	u8 certs;
	void *seen_certs;
};

/* One test runs at a time. */
static struct report_fixture *fixture_now;

static unsigned long fake_copy(void *to, const void *from, unsigned long size, unsigned long user)
{
	struct report_fixture *fixture = fixture_now;
	void *memory;

	fixture->copies++;
	KUNIT_EXPECT_EQ_MSG(fixture->channel->test, down_trylock(&fixture->channel->channel->lock),
			    0, "user memory is copied during an exchange");
	up(&fixture->channel->channel->lock);
	KUNIT_EXPECT_TRUE(fixture->channel->test, down_write_trylock(&fixture->guest->gate));
	up_write(&fixture->guest->gate);

	if (user < USER_BASE || user + size > USER_BASE + USER_SIZE ||
	    fixture->copies == fixture->fail_copy)
		return size;
	memory = fixture->user + (user - USER_BASE);
	if ((unsigned long)to == user)
		memcpy(memory, from, size);
	else
		memcpy(to, memory, size);
	return 0;
}

static int fake_set_memory(unsigned long address, int pages, bool shared)
{
	if (fixture_now->set_memory_fails)
		return -EIO;
	fixture_now->shared += shared ? pages : -pages;
	return 0;
}

void snp_guest_put(struct snp_guest *guest)
{
}

static int report_exchange(void *ctx, struct snp_exchange *exchange)
{
	struct report_fixture *fixture = ctx;
	int ret = fixture_exchange(fixture->channel, exchange);

	fixture->seen_certs = exchange->certs;
	if (exchange->certs && !exchange->exitinfo2)
		memset(exchange->certs, fixture->certs, 0x1000);
	return ret;
}

static const struct snp_channel_ops report_channel_ops = {
	.exchange = report_exchange,
};

static int fixture_request(void *ctx, struct snp_request *req)
{
	struct channel_fixture *channel = ctx;

	return snp_channel_request(channel->channel, req);
}

static const struct snp_transport_ops fixture_transport_ops = {
	.request = fixture_request,
};

static int report_fixture_init(struct kunit *test)
{
	struct report_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	ret = channel_fixture_init(test);
	if (ret)
		return ret;
	fixture->channel = test->priv;
	fixture->channel->config.ops = &report_channel_ops;
	fixture->channel->config.ctx = fixture;
	fixture_reopen(fixture->channel);
	fixture->user = kunit_kzalloc(test, USER_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->user);
	fixture->guest = kunit_kzalloc(test, sizeof(*fixture->guest), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->guest);
	init_rwsem(&fixture->guest->gate);
	fixture->guest->dev = fixture->channel->config.dev;
	fixture->guest->transport.ops = &fixture_transport_ops;
	fixture->guest->transport.ctx = fixture->channel;
	fixture->file.private_data = fixture->guest;
	fixture_now = fixture;
	test->priv = fixture;
	return 0;
}

static void report_fixture_exit(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;

	if (!fixture || !fixture_now)
		return;
	fixture->set_memory_fails = false;
	snp_shared_free(fixture->guest->dev, xchg(&fixture->guest->certs, NULL), SNP_CERTS_PAGES);
	KUNIT_EXPECT_EQ(test, fixture->shared, 0);
	fixture_close(fixture->channel);
	fixture_now = NULL;
}

static void *at(struct report_fixture *fixture, unsigned long user)
{
	return fixture->user + (user - USER_BASE);
}

/* Fills in the argument of a call as programs do. */
static struct snp_guest_request_ioctl *arg_of(struct report_fixture *fixture)
{
	struct snp_guest_request_ioctl *arg = at(fixture, USER_ARG);

	memset(arg, 0, sizeof(*arg));
	arg->msg_version = 1;
	arg->req_data = USER_REQ;
	arg->resp_data = USER_RESP;
	arg->exitinfo2 = 0x1234;
	return arg;
}

static struct snp_report_req *report_of(struct report_fixture *fixture)
{
	struct snp_report_req *report = at(fixture, USER_REQ);

	memset(report, 0, sizeof(*report));
	memset(report->user_data, 0x77, sizeof(report->user_data));
	return report;
}

static inline struct snp_ext_report_req *ext_of(struct report_fixture *fixture, u64 address,
						u32 len)
{
	struct snp_ext_report_req *ext = at(fixture, USER_REQ);

	memset(ext, 0, sizeof(*ext));
	memset(ext->data.user_data, 0x66, sizeof(ext->data.user_data));
	ext->certs_address = address;
	ext->certs_len = len;
	return ext;
}

static long call(struct report_fixture *fixture, unsigned int cmd)
{
	fixture->copies = 0;
	return snp_guest_ioctl(&fixture->file, cmd, USER_ARG);
}

#endif /* KUNIT_REPORT_FIXTURE_H */
