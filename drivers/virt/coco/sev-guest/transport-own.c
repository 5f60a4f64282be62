// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the firmware on kernels that leave it to this driver: a channel of our
 * own, on the page of secrets and two shared pages.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/snp-guest.h>

#include "guest.h"

/**
 * struct own_transport - the channel and what it stands on
 * @dev: device for log lines
 * @secrets: the page of secrets, mapped
 * @request: shared page
 * @response: shared page
 * @channel: the channel
 */
struct own_transport {
	struct device *dev;
	struct snp_secrets *secrets;
	struct snp_msg_page *request;
	struct snp_msg_page *response;
	struct snp_channel *channel;
};

static int own_exchange(void *ctx, struct snp_exchange *exchange)
{
	compat_snp_exit(exchange->extended, __pa(exchange->request), __pa(exchange->response),
			exchange->certs ? __pa(exchange->certs) : 0, &exchange->certs_pages,
			&exchange->exitinfo2);
	return exchange->exitinfo2 == ~0ull ? -EIO : 0;
}

static const struct snp_channel_ops own_channel_ops = {
	.exchange = own_exchange,
};

static int own_request(void *ctx, struct snp_request *req)
{
	struct own_transport *own = ctx;

	return snp_channel_request(own->channel, req);
}

static bool own_alive(void *ctx)
{
	struct own_transport *own = ctx;

	return snp_channel_alive(own->channel);
}

static unsigned int own_keys_alive(void *ctx)
{
	struct own_transport *own = ctx;
	unsigned int i, mask = 0;

	for (i = 0; i < SNP_VMPCK_COUNT; i++) {
		if (memchr_inv(own->secrets->vmpck[i], 0, SNP_VMPCK_SIZE))
			mask |= BIT(i);
	}
	return mask;
}

static unsigned int own_unanswered(void *ctx)
{
	struct own_transport *own = ctx;

	return snp_channel_unanswered(own->channel);
}

static void own_stats(void *ctx, struct snp_channel_stats *stats)
{
	struct own_transport *own = ctx;

	snp_channel_stats(own->channel, stats);
}

static void own_close(void *ctx)
{
	struct own_transport *own = ctx;

	snp_channel_close(own->channel);
}

static void own_settle(void *ctx)
{
	struct own_transport *own = ctx;

	snp_channel_settle(own->channel);
}

static void own_destroy(void *ctx)
{
	struct own_transport *own = ctx;

	if (own->channel)
		snp_channel_destroy(own->channel);
	snp_shared_free(own->dev, own->request, 1);
	snp_shared_free(own->dev, own->response, 1);
	if (own->secrets)
		compat_snp_secrets_unmap(own->secrets);
	kfree(own);
}

static const struct snp_transport_ops own_ops = {
	.request = own_request,
	.alive = own_alive,
	.keys_alive = own_keys_alive,
	.unanswered = own_unanswered,
	.stats = own_stats,
	.close = own_close,
	.settle = own_settle,
	.destroy = own_destroy,
};

static int own_open_channel(struct own_transport *own, unsigned int vmpck, unsigned int vmpl)
{
	struct snp_channel_config config = {
		.dev = own->dev,
		.ops = &own_channel_ops,
		.vmpck = vmpck,
		.vmpl = vmpl,
		.key = own->secrets->vmpck[vmpck],
		.counter = &own->secrets->os.seqno[vmpck],
		.request = own->request,
		.response = own->response,
		.busy_limit_ms = SNP_CHANNEL_BUSY_LIMIT_MS,
		.busy_delay_ms = SNP_CHANNEL_BUSY_DELAY_MS,
	};
	struct snp_channel *channel = snp_channel_create(&config);

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	own->channel = channel;
	return 0;
}

/**
 * snp_transport_open() - find the way to the firmware
 * @guest: the device; its transport and its key's number are set
 * @vmpck: number of the key, or -1 for that of the guest's privilege level
 *
 * Context: process context, may sleep
 * Return: 0, -EINVAL for a key that cannot be, -ENOKEY for one that is empty,
 * -ENODEV without a page of secrets, or -ENOMEM
 */
int snp_transport_open(struct snp_guest *guest, int vmpck)
{
	struct own_transport *own;
	int ret;

	if (vmpck == -1)
		vmpck = guest->vmpl;
	if (vmpck < 0 || vmpck >= SNP_VMPCK_COUNT) {
		dev_err(guest->dev, "Invalid VMPCK%d communication key\n", vmpck);
		return -EINVAL;
	}

	own = kzalloc(sizeof(*own), GFP_KERNEL);
	if (!own)
		return -ENOMEM;
	own->dev = guest->dev;
	own->secrets = compat_snp_secrets(guest->dev->platform_data);
	if (!own->secrets) {
		dev_err(guest->dev, "the kernel does not say where the page of secrets is\n");
		own_destroy(own);
		return -ENODEV;
	}
	own->request = snp_shared_alloc(own->dev, 1);
	own->response = snp_shared_alloc(own->dev, 1);
	if (!own->request || !own->response) {
		own_destroy(own);
		return -ENOMEM;
	}
	ret = own_open_channel(own, vmpck, max_t(unsigned int, vmpck, guest->vmpl));
	if (ret) {
		own_destroy(own);
		return ret;
	}
	guest->vmpck = vmpck;
	guest->transport.ops = &own_ops;
	guest->transport.ctx = own;
	return 0;
}
