/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of a transport that the kernel provides, with a kernel that tests
 * make up.
 */
#ifndef KUNIT_KERNEL_BED_H
#define KUNIT_KERNEL_BED_H

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
 * struct kernel_bed - what every case has
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
struct kernel_bed {
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

static struct kernel_bed *bed_now;

static struct snp_msg_desc *fake_msg_alloc(void)
{
	struct kernel_bed *bed = bed_now;

	if (bed->alloc_fails)
		return bed->alloc_result;
	bed->descs++;
	return bed->desc;
}

static int fake_msg_init(struct snp_msg_desc *desc, int vmpck)
{
	if (bed_now->init_ret)
		return bed_now->init_ret;
	desc->vmpck_id = vmpck == -1 ? 0 : vmpck;
	desc->vmpck = bed_now->secrets->vmpck[desc->vmpck_id];
	desc->os_area_msg_seqno = &bed_now->secrets->os.seqno[desc->vmpck_id];
	return 0;
}

static void fake_msg_free(struct snp_msg_desc *desc)
{
	bed_now->descs--;
	complete(&bed_now->freed);
}

void snp_shared_free(struct device *dev, void *memory, unsigned int pages)
{
	if (!memory)
		return;
	KUNIT_EXPECT_EQ(bed_now->test, pages, (unsigned int)SNP_CERTS_PAGES);
	bed_now->shared = memory;
}

static int fake_send(struct snp_msg_desc *desc, struct snp_guest_req *req, void *certs,
		     unsigned int *certs_pages, u64 *exitinfo2)
{
	struct kernel_bed *bed = bed_now;

	bed->sent++;
	bed->number = *desc->os_area_msg_seqno + 1;
	bed->left_behind = bed->secrets->os.seqno[desc->vmpck_id];
	bed->seen = *req;
	bed->certs = certs;
	bed->certs_pages = *certs_pages;
	/* As some kernels demand. */
	KUNIT_EXPECT_TRUE(bed->test, virt_addr_valid(req->req_buf));
	KUNIT_EXPECT_TRUE(bed->test, virt_addr_valid(req->resp_buf));
	memcpy(bed->payload, req->req_buf, min_t(size_t, req->req_sz, STACK_BYTES));
	if (bed->slow) {
		complete(&bed->began);
		wait_for_completion(&bed->go_on);
	}
	if (!desc->vmpck || bed->not_sent)
		return -ENOTTY;
	/* Whatever host and firmware have said. */
	*desc->os_area_msg_seqno += 2;
	*exitinfo2 = bed->exitinfo2;
	if (bed->pages_wanted)
		*certs_pages = bed->pages_wanted;
	if (bed->lose_key)
		desc->vmpck = NULL;
	if (!bed->ret)
		memset(req->resp_buf, 0xab, req->resp_sz);
	return bed->ret;
}

static int kernel_bed_init(struct kunit *test)
{
	struct kernel_bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bed);
	bed->test = test;
	bed->desc = kunit_kzalloc(test, sizeof(*bed->desc), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bed->desc);
	bed->secrets = kunit_kzalloc(test, sizeof(*bed->secrets), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bed->secrets);
	memset(bed->secrets->vmpck[0], 1, SNP_VMPCK_SIZE);
	memset(bed->secrets->vmpck[3], 1, SNP_VMPCK_SIZE);
	bed->desc->secrets = (void *)bed->secrets;
	bed->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bed->guest.dev);
	bed_now = bed;
	init_completion(&bed->began);
	init_completion(&bed->go_on);
	init_completion(&bed->freed);
	test->priv = bed;
	return 0;
}

static void kernel_bed_exit(struct kunit *test)
{
	struct kernel_bed *bed = test->priv;

	if (bed && bed->guest.transport.ops) {
		reinit_completion(&bed->freed);
		bed->guest.transport.ops->destroy(bed->guest.transport.ctx);
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&bed->freed, 10 * HZ));
	}
	if (bed)
		KUNIT_EXPECT_EQ(test, bed->descs, 0);
	bed_now = NULL;
}

static struct kernel_bed *opened(struct kunit *test)
{
	struct kernel_bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, snp_transport_open(&bed->guest, -1), 0);
	return bed;
}

/* With the payload on the stack, as callers have it. */
static int ask(struct kernel_bed *bed, struct snp_request *req, u8 *answer, size_t max)
{
	u8 payload[STACK_BYTES];

	memset(payload, 0x5c, sizeof(payload));
	req->type = SNP_MSG_KEY;
	req->version = 1;
	req->payload = payload;
	req->size = sizeof(payload);
	req->answer = answer;
	req->answer_max = max;
	return bed->guest.transport.ops->request(bed->guest.transport.ctx, req);
}

#endif /* KUNIT_KERNEL_BED_H */
