/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/sev-guest on a channel of channel-bed.h.  User memory is an array, so every copy can
 * fail, and none may happen while a lock is held.
 */
#ifndef KUNIT_REPORT_BED_H
#define KUNIT_REPORT_BED_H

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

#include "channel-bed.h"

/* Where a program has what. */
#define USER_BASE	0x10000ul
#define USER_SIZE	0x10000ul
#define USER_ARG	(USER_BASE + 0x100)
#define USER_REQ	(USER_BASE + 0x1000)
#define USER_RESP	(USER_BASE + 0x2000)
#define USER_CERTS	(USER_BASE + 0x8000)

/**
 * struct report_bed - what every case has
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
struct report_bed {
	struct channel_bed *channel;
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
static struct report_bed *bed_now;

static unsigned long fake_copy(void *to, const void *from, unsigned long size, unsigned long user)
{
	struct report_bed *bed = bed_now;
	void *memory;

	bed->copies++;
	KUNIT_EXPECT_EQ_MSG(bed->channel->test, down_trylock(&bed->channel->channel->lock), 0,
			    "user memory is copied during an exchange");
	up(&bed->channel->channel->lock);
	KUNIT_EXPECT_TRUE(bed->channel->test, down_write_trylock(&bed->guest->gate));
	up_write(&bed->guest->gate);

	if (user < USER_BASE || user + size > USER_BASE + USER_SIZE ||
	    bed->copies == bed->fail_copy)
		return size;
	memory = bed->user + (user - USER_BASE);
	if ((unsigned long)to == user)
		memcpy(memory, from, size);
	else
		memcpy(to, memory, size);
	return 0;
}

static int fake_set_memory(unsigned long address, int pages, bool shared)
{
	if (bed_now->set_memory_fails)
		return -EIO;
	bed_now->shared += shared ? pages : -pages;
	return 0;
}

void snp_guest_put(struct snp_guest *guest)
{
}

static int report_exchange(void *ctx, struct snp_exchange *exchange)
{
	struct report_bed *bed = ctx;
	int ret = bed_exchange(bed->channel, exchange);

	bed->seen_certs = exchange->certs;
	if (exchange->certs && !exchange->exitinfo2)
		memset(exchange->certs, bed->certs, 0x1000);
	return ret;
}

static const struct snp_channel_ops report_channel_ops = {
	.exchange = report_exchange,
};

static int bed_request(void *ctx, struct snp_request *req)
{
	struct channel_bed *channel = ctx;

	return snp_channel_request(channel->channel, req);
}

static const struct snp_transport_ops bed_transport_ops = {
	.request = bed_request,
};

static int report_bed_init(struct kunit *test)
{
	struct report_bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, bed);
	ret = channel_bed_init(test);
	if (ret)
		return ret;
	bed->channel = test->priv;
	bed->channel->config.ops = &report_channel_ops;
	bed->channel->config.ctx = bed;
	bed_reopen(bed->channel);
	bed->user = kunit_kzalloc(test, USER_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bed->user);
	bed->guest = kunit_kzalloc(test, sizeof(*bed->guest), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bed->guest);
	init_rwsem(&bed->guest->gate);
	bed->guest->dev = bed->channel->config.dev;
	bed->guest->transport.ops = &bed_transport_ops;
	bed->guest->transport.ctx = bed->channel;
	bed->file.private_data = bed->guest;
	bed_now = bed;
	test->priv = bed;
	return 0;
}

static void report_bed_exit(struct kunit *test)
{
	struct report_bed *bed = test->priv;

	if (!bed || !bed_now)
		return;
	bed->set_memory_fails = false;
	snp_shared_free(bed->guest->dev, xchg(&bed->guest->certs, NULL), SNP_CERTS_PAGES);
	KUNIT_EXPECT_EQ(test, bed->shared, 0);
	bed_close(bed->channel);
	bed_now = NULL;
}

static void *at(struct report_bed *bed, unsigned long user)
{
	return bed->user + (user - USER_BASE);
}

/* Fills in the argument of a call as programs do. */
static struct snp_guest_request_ioctl *arg_of(struct report_bed *bed)
{
	struct snp_guest_request_ioctl *arg = at(bed, USER_ARG);

	memset(arg, 0, sizeof(*arg));
	arg->msg_version = 1;
	arg->req_data = USER_REQ;
	arg->resp_data = USER_RESP;
	arg->exitinfo2 = 0x1234;
	return arg;
}

static struct snp_report_req *report_of(struct report_bed *bed)
{
	struct snp_report_req *report = at(bed, USER_REQ);

	memset(report, 0, sizeof(*report));
	memset(report->user_data, 0x77, sizeof(report->user_data));
	return report;
}

static inline struct snp_ext_report_req *ext_of(struct report_bed *bed, u64 address, u32 len)
{
	struct snp_ext_report_req *ext = at(bed, USER_REQ);

	memset(ext, 0, sizeof(*ext));
	memset(ext->data.user_data, 0x66, sizeof(ext->data.user_data));
	ext->certs_address = address;
	ext->certs_len = len;
	return ext;
}

static long call(struct report_bed *bed, unsigned int cmd)
{
	bed->copies = 0;
	return snp_guest_ioctl(&bed->file, cmd, USER_ARG);
}

#endif /* KUNIT_REPORT_BED_H */
