// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message channel: its life, and requests, one at a time. Which message is sent
 * under which number is decided in channel-numbers.c.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/linux/sev-guest.h>

#include "channel-state.h"
#include "trace.h"

/* Exchanges that one request may cost, repetitions for a busy host not counted. */
#define REQUEST_STEPS		12

/* Hands an answer over to whom it belongs. */
static int channel_deliver(struct snp_channel *ch, struct snp_request *req, size_t len)
{
	if (len > req->answer_max)
		return -EBADMSG;
	memcpy(req->answer, ch->answer->payload, len);
	req->answer_len = len;
	return 0;
}

static int channel_run(struct snp_channel *ch, struct snp_request *req)
{
	int steps, ret = -EIO;
	u64 own = 0;

	for (steps = 0; steps < REQUEST_STEPS; steps++) {
		u64 number;

		if (!snp_channel_is_open(ch)) {
			ret = snp_channel_seal(ch, req);
			if (ret)
				return ret;
			own = ch->stored;
		}
		number = ch->seek;
		ret = snp_channel_step(ch, req, own);
		if (ret >= 0) {
			if (number == own)
				ret = channel_deliver(ch, req, ret);
			/* May be somebody's derived key. */
			memzero_explicit(ch->answer, sizeof(*ch->answer));
			if (number == own)
				return ret;
			snp_channel_count(&ch->stats.recovered);
			ret = -EIO;
		} else if (ret != -EBADMSG && ret != -EOVERFLOW && ret != -ENOSPC) {
			return ret;
		}
	}
	return ret == -EBADMSG ? ret : -EIO;
}

/**
 * snp_channel_request() - send one request and wait for its answer
 * @ch: the channel
 * @req: the request
 *
 * Requests take turns in the order in which they come. A busy host is waited for until
 * &snp_request.deadline, or &snp_channel_config.busy_limit_ms after the request was made,
 * turns included; each request is sent at least once. Nothing of the caller's is touched
 * during an exchange but what @req points to, which must be kernel memory.
 *
 * Context: process context, may sleep; @req->certs are shared pages
 *
 * Return:
 * * 0 - done
 * * -EINVAL - not a request that the firmware could take; nothing was sent
 * * -EINTR - a fatal signal came
 * * -ENODEV - the channel is being closed
 * * -ENOKEY - the key was given up
 * * -ETIMEDOUT - the host has put the request off for too long
 * * -EBADMSG - no authentic answer
 * * -EIO - refused, see @req->exitinfo2; with @req->certs_needed set: the firmware
 *   took the request, but the host wants more room for its certificates
 *
 * After an error the request can be repeated: the key is only lost with -ENOKEY.
 */
int snp_channel_request(struct snp_channel *ch, struct snp_request *req)
{
	unsigned long deadline = req->deadline ?: snp_deadline(ch->config.busy_limit_ms);
	int ret;

	req->answer_len = 0;
	req->certs_needed = 0;
	if (down_killable(&ch->lock))
		return -EINTR;
	ch->deadline = deadline;

	if (READ_ONCE(ch->closing)) {
		ret = -ENODEV;
	} else if (!ch->key) {
		dev_err_ratelimited(ch->config.dev,
				    "VMPCK is disabled (VMPCK%u); load the module with vmpck_id= to use another key\n",
				    ch->config.vmpck);
		ret = -ENOKEY;
	} else {
		snp_channel_count(&ch->stats.requests);
		ret = channel_run(ch, req);
		if (req->certs_needed && ret != -EINTR && ret != -ENODEV) {
			memzero_explicit(req->answer, req->answer_len);
			req->answer_len = 0;
			req->exitinfo2 = SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN);
			ret = -EIO;
		}
		if (ret)
			snp_channel_count(&ch->stats.failures);
	}
	trace_sev_guest_request(ch->config.vmpck, req->type, ret, req->exitinfo2);
	up(&ch->lock);
	return ret;
}

/**
 * snp_channel_create() - open the channel
 * @config: what it is made of; copied
 *
 * Context: process context, may sleep
 * Return: the channel, or an ERR_PTR: -ENOKEY for an empty key
 */
struct snp_channel *snp_channel_create(const struct snp_channel_config *config)
{
	struct snp_channel *ch;

	if (!memchr_inv(config->key, 0, SNP_VMPCK_SIZE)) {
		dev_err(config->dev, "Empty VMPCK%u communication key\n", config->vmpck);
		return ERR_PTR(-ENOKEY);
	}

	ch = kzalloc(sizeof(*ch), GFP_KERNEL);
	if (!ch)
		return ERR_PTR(-ENOMEM);
	ch->config = *config;
	sema_init(&ch->lock, 1);
	init_waitqueue_head(&ch->wait);
	/* The last number used, that of an answer; odd if its owner was cut off. */
	ch->next = (u64)READ_ONCE(*config->counter) + 1;
	ch->next |= 1;
	ch->first = ch->next;
	ch->seek = ch->next;

	ch->sealed = kzalloc(sizeof(*ch->sealed), GFP_KERNEL);
	ch->sync = kzalloc(sizeof(*ch->sync), GFP_KERNEL);
	ch->answer = kzalloc(sizeof(*ch->answer), GFP_KERNEL);
	ch->key = snp_msg_key_new(config->key);
	if (IS_ERR(ch->key)) {
		int ret = PTR_ERR(ch->key);

		ch->key = NULL;
		snp_channel_destroy(ch);
		dev_err(config->dev, "cannot prepare AES-256-GCM (%d): is the gcm module there?\n",
			ret);
		return ERR_PTR(ret);
	}
	if (!ch->sealed || !ch->sync || !ch->answer) {
		snp_channel_destroy(ch);
		return ERR_PTR(-ENOMEM);
	}
	return ch;
}

/**
 * snp_channel_close() - no more requests
 * @ch: the channel
 *
 * Those that wait for a busy host or for their turn end with -ENODEV.
 */
void snp_channel_close(struct snp_channel *ch)
{
	WRITE_ONCE(ch->closing, true);
	wake_up_all(&ch->wait);
}

/*
 * The stored message goes away with the channel. Get it out of the firmware's way
 * if that is possible; the number is not used again either way.
 */
static void channel_settle(struct snp_channel *ch)
{
	/* Each of the open numbers may have to be tried. */
	unsigned int steps = REQUEST_STEPS + snp_channel_unanswered(ch);
	struct snp_request nobody = {};

	/* A little patience can save the key. */
	ch->settling = true;
	ch->deadline = jiffies + msecs_to_jiffies(min_t(unsigned int, ch->config.busy_limit_ms,
							SNP_CHANNEL_SETTLE_MS));
	while (steps-- && snp_channel_is_open(ch)) {
		int ret = snp_channel_step(ch, &nobody, 0);

		if (ret < 0 && ret != -EBADMSG && ret != -EOVERFLOW)
			break;
	}
	if (snp_channel_is_open(ch))
		dev_warn(ch->config.dev,
			 "message %llu to the firmware stays without an answer; if VMPCK%u does not work when the driver is loaded again, choose another with vmpck_id=\n",
			 ch->first, ch->config.vmpck);
}

/**
 * snp_channel_settle() - no more requests, and no open message
 * @ch: the channel
 *
 * For a kernel that ends while the channel may be in use: whoever has the key next
 * does not know what was sent, so nothing should be open.
 *
 * Context: process context, may sleep; for SNP_CHANNEL_SETTLE_MS if the host is busy
 */
void snp_channel_settle(struct snp_channel *ch)
{
	snp_channel_close(ch);
	/* Requests that have the lock give it up now. */
	down(&ch->lock);
	if (ch->key && snp_channel_is_open(ch))
		channel_settle(ch);
	up(&ch->lock);
}

/**
 * snp_channel_destroy() - wipe and free a channel
 * @ch: the channel; nobody has it any more
 *
 * Context: process context, may sleep; while a message is open it asks the firmware,
 * and waits for SNP_CHANNEL_SETTLE_MS if the host is busy
 */
void snp_channel_destroy(struct snp_channel *ch)
{
	if (ch->key && snp_channel_is_open(ch))
		channel_settle(ch);
	snp_msg_key_free(ch->key);
	kfree_sensitive(ch->sealed);
	kfree_sensitive(ch->sync);
	kfree_sensitive(ch->answer);
	kfree_sensitive(ch);
}

/**
 * snp_channel_alive() - has the channel its key?
 * @ch: the channel
 *
 * Return: false after the key was given up
 */
bool snp_channel_alive(struct snp_channel *ch)
{
	return READ_ONCE(ch->key);
}

/**
 * snp_channel_unanswered() - messages without an authentic answer
 * @ch: the channel
 *
 * Return: how many numbers are open; 0 unless something has gone wrong
 */
unsigned int snp_channel_unanswered(struct snp_channel *ch)
{
	u64 first = READ_ONCE(ch->first);
	u64 next = READ_ONCE(ch->next);

	return next > first ? (next - first) / 2 : 0;
}

/**
 * snp_channel_stats() - what the channel has seen
 * @ch: the channel
 * @stats: filled
 */
void snp_channel_stats(struct snp_channel *ch, struct snp_channel_stats *stats)
{
	stats->requests = READ_ONCE(ch->stats.requests);
	stats->failures = READ_ONCE(ch->stats.failures);
	stats->exchanges = READ_ONCE(ch->stats.exchanges);
	stats->busy = READ_ONCE(ch->stats.busy);
	stats->refused = READ_ONCE(ch->stats.refused);
	stats->forged = READ_ONCE(ch->stats.forged);
	stats->recovered = READ_ONCE(ch->stats.recovered);
}
