/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of a transport that the kernel provides, with a kernel that tests
 * make up.
 */
#ifndef KUNIT_KERNEL_FIXTURE_H
#define KUNIT_KERNEL_FIXTURE_H

#include <compat/snp-guest.h>

static struct snp_msg_desc *fake_msg_alloc(void);
static int fake_msg_init(struct snp_msg_desc *desc, int vmpck);
static void fake_msg_free(struct snp_msg_desc *desc);
static int fake_send(struct snp_msg_desc *desc, struct snp_guest_req *req, void *certs,
		     unsigned int *certs_pages, u64 *exitinfo2);

#define snp_msg_alloc	fake_msg_alloc
#define snp_msg_init	fake_msg_init
#define snp_msg_free	fake_msg_free
#define compat_snp_send	fake_send

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "transport-kernel.c"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <kunit/device.h>
#include <kunit/test.h>

#define KEY_BYTES	64
#define STACK_BYTES	96

/**
 * struct kernel_fixture - what every case has
 * @test: the running test
 * @guest: the device
 * @desc: the kernel's descriptor
 * @secrets: the page of secrets
 * @descs: descriptors that are there
 * @alloc_fails: there are no more
 * @alloc_result: an error, or NULL, that comes instead then
 * @init_ret: what becomes of choosing a key
 * @ret: what becomes of requests
 * @exitinfo2: what host and firmware say
 * @pages_wanted: room for certificates that the host wants
 * @lose_key: the kernel gives the key up
 * @not_sent: the kernel does not even begin
 * @shared: certificate pages that the transport has freed
 * @slow: requests wait until the test lets them go on
 * @began: the kernel has a request
 * @go_on: the host is not busy any more
 * @freed: the kernel's descriptor was given back
 * @sent: requests so far
 * @number: of the last message
 * @left_behind: the counter that a next kernel would have found then
 * @seen: the last request
 * @certs: its pages for certificates
 * @certs_pages: how many
 * @payload: what was in it
 */
struct kernel_fixture {
	struct kunit *test;
	struct snp_guest guest;
	struct snp_msg_desc *desc;
	struct snp_secrets *secrets;
	int descs;
	bool alloc_fails;
	struct snp_msg_desc *alloc_result;
	int init_ret;
	int ret;
	u64 exitinfo2;
	unsigned int pages_wanted;
	bool lose_key;
	bool not_sent;
	void *shared;
	bool slow;
	struct completion began;
	struct completion go_on;
	struct completion freed;
	unsigned int sent;
	u32 number;
	u32 left_behind;
	struct snp_guest_req seen;
	void *certs;
	unsigned int certs_pages;
	u8 payload[STACK_BYTES];
};

static struct kernel_fixture *fixture_now;

static struct snp_msg_desc *fake_msg_alloc(void)
{
	struct kernel_fixture *fixture = fixture_now;

	if (fixture->alloc_fails)
		return fixture->alloc_result;
	fixture->descs++;
	return fixture->desc;
}

static int fake_msg_init(struct snp_msg_desc *desc, int vmpck)
{
	if (fixture_now->init_ret)
		return fixture_now->init_ret;
	desc->vmpck_id = vmpck == -1 ? 0 : vmpck;
	desc->vmpck = fixture_now->secrets->vmpck[desc->vmpck_id];
	desc->os_area_msg_seqno = &fixture_now->secrets->os.seqno[desc->vmpck_id];
	return 0;
}

static void fake_msg_free(struct snp_msg_desc *desc)
{
	fixture_now->descs--;
	complete(&fixture_now->freed);
}

void snp_shared_free(struct device *dev, void *memory, unsigned int pages)
{
	if (!memory)
		return;
	KUNIT_EXPECT_EQ(fixture_now->test, pages, (unsigned int)SNP_CERTS_PAGES);
	fixture_now->shared = memory;
}

static int fake_send(struct snp_msg_desc *desc, struct snp_guest_req *req, void *certs,
		     unsigned int *certs_pages, u64 *exitinfo2)
{
	struct kernel_fixture *fixture = fixture_now;

	fixture->sent++;
	fixture->number = *desc->os_area_msg_seqno + 1;
	fixture->left_behind = fixture->secrets->os.seqno[desc->vmpck_id];
	fixture->seen = *req;
	fixture->certs = certs;
	fixture->certs_pages = *certs_pages;
	/* As some kernels demand. */
	KUNIT_EXPECT_TRUE(fixture->test, virt_addr_valid(req->req_buf));
	KUNIT_EXPECT_TRUE(fixture->test, virt_addr_valid(req->resp_buf));
	memcpy(fixture->payload, req->req_buf, min_t(size_t, req->req_sz, STACK_BYTES));
	if (fixture->slow) {
		complete(&fixture->began);
		wait_for_completion(&fixture->go_on);
	}
	if (!desc->vmpck || fixture->not_sent)
		return -ENOTTY;
	/* Whatever host and firmware have said. */
	*desc->os_area_msg_seqno += 2;
	*exitinfo2 = fixture->exitinfo2;
	if (fixture->pages_wanted)
		*certs_pages = fixture->pages_wanted;
	if (fixture->lose_key)
		desc->vmpck = NULL;
	if (!fixture->ret)
		memset(req->resp_buf, 0xab, req->resp_sz);
	return fixture->ret;
}

static int kernel_fixture_init(struct kunit *test)
{
	struct kernel_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->test = test;
	fixture->desc = kunit_kzalloc(test, sizeof(*fixture->desc), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->desc);
	fixture->secrets = kunit_kzalloc(test, sizeof(*fixture->secrets), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->secrets);
	memset(fixture->secrets->vmpck[0], 1, SNP_VMPCK_SIZE);
	memset(fixture->secrets->vmpck[3], 1, SNP_VMPCK_SIZE);
	fixture->desc->secrets = (void *)fixture->secrets;
	fixture->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->guest.dev);
	fixture_now = fixture;
	init_completion(&fixture->began);
	init_completion(&fixture->go_on);
	init_completion(&fixture->freed);
	test->priv = fixture;
	return 0;
}

static void kernel_fixture_exit(struct kunit *test)
{
	struct kernel_fixture *fixture = test->priv;

	if (fixture && fixture->guest.transport.ops) {
		reinit_completion(&fixture->freed);
		fixture->guest.transport.ops->destroy(fixture->guest.transport.ctx);
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&fixture->freed, 10 * HZ));
	}
	if (fixture)
		KUNIT_EXPECT_EQ(test, fixture->descs, 0);
	fixture_now = NULL;
}

static struct kernel_fixture *opened(struct kunit *test)
{
	struct kernel_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, snp_transport_open(&fixture->guest, -1), 0);
	return fixture;
}

/* With the payload on the stack, as callers have it. */
static int ask(struct kernel_fixture *fixture, struct snp_request *req, u8 *answer, size_t max)
{
	u8 payload[STACK_BYTES];

	memset(payload, 0x5c, sizeof(payload));
	req->type = SNP_MSG_KEY;
	req->version = 1;
	req->payload = payload;
	req->size = sizeof(payload);
	req->answer = answer;
	req->answer_max = max;
	return fixture->guest.transport.ops->request(fixture->guest.transport.ctx, req);
}

#endif /* KUNIT_KERNEL_FIXTURE_H */
