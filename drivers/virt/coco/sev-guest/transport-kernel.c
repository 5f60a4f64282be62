// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the firmware on kernels that exchange messages themselves, because they
 * need it before there are modules. Numbers, repetitions and the end of a key are
 * the kernel's; here is what it leaves to its callers.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/snp-guest.h>

#include "guest.h"
#include "trace.h"

/* What the kernel asks for behind the room for an answer. */
#define TAG_ROOM	SNP_MSG_TAG_SIZE

/**
 * struct kernel_transport - the kernel's channel
 * @dev: device for log lines
 * @desc: what the kernel calls it
 * @lock: held during a request; its waiters take turns and can be killed, which the
 *	kernel's own lock does not offer
 * @closing: no more requests
 * @stats: as far as it can be seen from here; written with @lock held
 */
struct kernel_transport {
	struct device *dev;
	struct snp_msg_desc *desc;
	struct semaphore lock;
	bool closing;
	struct snp_channel_stats stats;
};

static void count(u64 *what)
{
	/* Read without the lock. */
	WRITE_ONCE(*what, *what + 1);
}

/* The kernel takes the key out of its descriptor when it gives it up. */
static bool kernel_alive(void *ctx)
{
	struct kernel_transport *transport = ctx;

	return READ_ONCE(transport->desc->vmpck);
}

/* What the host says of the buffer for certificates, if it can be true. */
static u64 kernel_certs_needed(const struct snp_request *req, unsigned int pages)
{
	if (!req->extended ||
	    req->exitinfo2 != SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN) ||
	    pages <= req->certs_pages || pages > U32_MAX >> PAGE_SHIFT)
		return 0;
	return pages;
}

/*
 * @memory: for the request, and behind it the answer with its tag; some kernels take
 * only what is in their linear mapping, which a caller's stack is not
 */
static int kernel_send(struct kernel_transport *transport, struct snp_request *req, void *memory)
{
	struct snp_guest_req kernel_req = {
		.req_buf = memory,
		.req_sz = req->size,
		.resp_buf = memory + req->size,
		.resp_sz = req->answer_max + TAG_ROOM,
		.exit_code = req->extended ? SVM_VMGEXIT_EXT_GUEST_REQUEST :
					     SVM_VMGEXIT_GUEST_REQUEST,
		.vmpck_id = transport->desc->vmpck_id,
		.msg_version = req->version,
		.msg_type = req->type,
		.certs_data = req->certs,
	};
	int ret;

	memcpy(memory, req->payload, req->size);
	kernel_req.input.data_npages = req->certs_pages;
	ret = compat_snp_send(transport->desc, &kernel_req, &req->exitinfo2);
	if (ret)
		req->certs_needed = kernel_certs_needed(req, kernel_req.input.data_npages);
	if (ret && !kernel_alive(transport)) {
		dev_err_ratelimited(transport->dev,
				    "VMPCK is disabled (VMPCK%d); load the module with vmpck_id= to use another key\n",
				    transport->desc->vmpck_id);
		/* The request that ended it says by itself what happened. */
		if (ret == -ENOTTY)
			ret = -ENOKEY;
	}
	return ret;
}

static int kernel_request_locked(struct kernel_transport *transport, struct snp_request *req)
{
	void *memory;
	int ret;

	if (READ_ONCE(transport->closing))
		return -ENODEV;
	if (!req->size || req->size % SNP_MSG_BLOCK || !req->version)
		return -EINVAL;
	memory = kzalloc(req->size + req->answer_max + TAG_ROOM, GFP_KERNEL_ACCOUNT);
	if (!memory)
		return -ENOMEM;

	count(&transport->stats.requests);
	ret = kernel_send(transport, req, memory);
	if (ret) {
		count(&transport->stats.failures);
	} else {
		memcpy(req->answer, memory + req->size, req->answer_max);
		req->answer_len = req->answer_max;
	}
	kfree_sensitive(memory);
	return ret;
}

static int kernel_request(void *ctx, struct snp_request *req)
{
	struct kernel_transport *transport = ctx;
	int ret;

	req->answer_len = 0;
	req->certs_needed = 0;
	if (down_killable(&transport->lock))
		return -EINTR;
	ret = kernel_request_locked(transport, req);
	trace_sev_guest_request(transport->desc->vmpck_id, req->type, ret, req->exitinfo2);
	up(&transport->lock);
	return ret;
}

static unsigned int kernel_keys_alive(void *ctx)
{
	struct kernel_transport *transport = ctx;
	const struct snp_secrets *secrets = (void *)transport->desc->secrets;
	unsigned int i, mask = 0;

	for (i = 0; i < SNP_VMPCK_COUNT; i++) {
		if (memchr_inv(secrets->vmpck[i], 0, SNP_VMPCK_SIZE))
			mask |= BIT(i);
	}
	return mask;
}

static void kernel_stats(void *ctx, struct snp_channel_stats *stats)
{
	struct kernel_transport *transport = ctx;

	*stats = (struct snp_channel_stats) {
		.requests = READ_ONCE(transport->stats.requests),
		.failures = READ_ONCE(transport->stats.failures),
	};
}

static void kernel_close(void *ctx)
{
	struct kernel_transport *transport = ctx;

	WRITE_ONCE(transport->closing, true);
}

static void kernel_destroy(void *ctx)
{
	struct kernel_transport *transport = ctx;

	snp_msg_free(transport->desc);
	kfree(transport);
}

static const struct snp_transport_ops kernel_ops = {
	.request = kernel_request,
	.alive = kernel_alive,
	.keys_alive = kernel_keys_alive,
	.stats = kernel_stats,
	.close = kernel_close,
	.destroy = kernel_destroy,
};

/**
 * snp_transport_open() - find the way to the firmware
 * @guest: the device; its transport and its key's number are set
 * @vmpck: number of the key, or -1 for that of the guest's privilege level
 *
 * Context: process context, may sleep
 * Return: 0, -EINVAL for a key that cannot be or is empty, or what the kernel says
 */
int snp_transport_open(struct snp_guest *guest, int vmpck)
{
	struct kernel_transport *transport;
	struct snp_msg_desc *desc;
	int ret;

	if (vmpck < -1 || vmpck >= SNP_VMPCK_COUNT) {
		dev_err(guest->dev, "Invalid VMPCK%d communication key\n", vmpck);
		return -EINVAL;
	}
	transport = kzalloc(sizeof(*transport), GFP_KERNEL);
	if (!transport)
		return -ENOMEM;
	desc = snp_msg_alloc();
	if (IS_ERR_OR_NULL(desc)) {
		kfree(transport);
		return desc ? PTR_ERR(desc) : -ENODEV;
	}
	/* Says itself what is wrong with a key. */
	ret = snp_msg_init(desc, vmpck);
	if (ret) {
		snp_msg_free(desc);
		kfree(transport);
		return ret;
	}
	transport->dev = guest->dev;
	transport->desc = desc;
	sema_init(&transport->lock, 1);
	guest->vmpck = desc->vmpck_id;
	guest->transport.ops = &kernel_ops;
	guest->transport.ctx = transport;
	return 0;
}
