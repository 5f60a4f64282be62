// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message channel: which message may be sent under which sequence number.
 *
 * The number of a message is the IV of its cipher, so one rule stands above all: no
 * two different messages under one number, ever. And the firmware takes exactly one
 * number next, which moves on when it has answered. The host carries the messages
 * and can hold them back, answer in the firmware's name, or lose answers; only an
 * authentic answer proves anything.
 *
 * So numbers are used in this way:
 *
 *  - A number is taken from the counter in the page of secrets, and the counter is
 *    moved on, before the host sees the message. Whoever goes on from the counter,
 *    this driver after a reload or the next kernel, can't use it again.
 *  - A message without an authentic answer is "open". As long as one is, nothing
 *    but open messages is sent, each as the very same bytes.
 *  - If the firmware does not take the number of an open message (AEAD_OFLOW), it
 *    may have answered an earlier sending, and the answer got lost. Then it expects
 *    a later number, and what goes out under later numbers until an authentic answer
 *    comes is always the same: the sync message, whose bytes follow from the number.
 *    That is why they need no storing, however many answers get lost.
 *  - An authentic answer to a number closes it and all before it.
 *
 * So nothing that a host says or does costs the key: as soon as it behaves, the
 * next requests find the number that the firmware is at. Only when the numbers are
 * used up would another message need a number twice, and the key is given up.
 *
 * Documentation/guest-channel.rst has the states in a picture.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/linux/sev-guest.h>
#include <sev/uapi.h>

#include "../../../crypto/ccp/sev/status.h"
#include "channel.h"
#include "trace.h"

/* Exchanges that one request may cost, repetitions for a busy host not counted. */
#define REQUEST_STEPS		12
#define BUSY_DELAY_MAX_MS	2000
#define SYNC_VERSION		1

/**
 * struct snp_channel - one key and its numbers
 * @config: what it is made of
 * @lock: held during a request. A semaphore because its waiters get it in the order
 *	in which they came, and can be killed.
 * @wait: where a request waits for a busy host
 * @closing: no more requests
 * @key: the key, or NULL when it was given up
 * @first: the oldest open number; @next if none is open
 * @next: the first number that was never used
 * @seek: the number to be tried next when there are open ones
 * @sent: the highest number that was ever sent
 * @stored: the open number that is not a sync message, or 0
 * @head: what the stored message says about itself
 * @sealed: the stored message
 * @sync: a sync message
 * @answer: private copy of an answer
 * @stats: what happened; written with @lock held, read without
 */
struct snp_channel {
	struct snp_channel_config config;
	struct semaphore lock;
	wait_queue_head_t wait;
	bool closing;
	struct snp_msg_key *key;
	u64 first;
	u64 next;
	u64 seek;
	u64 sent;
	u64 stored;
	struct snp_msg_head head;
	struct snp_msg_page *sealed;
	struct snp_msg_page *sync;
	struct snp_msg_page *answer;
	struct snp_channel_stats stats;
};

static void count(u64 *what)
{
	/* Read without the lock. */
	WRITE_ONCE(*what, *what + 1);
}

static void channel_give_up(struct snp_channel *ch, const char *reason)
{
	dev_alert(ch->config.dev,
		  "Disabling VMPCK%u communication key to prevent IV reuse. (%s; load the module with vmpck_id= to use another key)\n",
		  ch->config.vmpck, reason);
	memzero_explicit(ch->config.key, SNP_VMPCK_SIZE);
	snp_msg_key_free(ch->key);
	WRITE_ONCE(ch->key, NULL);
}

/* Takes the next number for good. */
static int channel_take_number(struct snp_channel *ch)
{
	if (ch->next >= U32_MAX) {
		dev_err(ch->config.dev, "request message sequence counter overflow\n");
		channel_give_up(ch, "all sequence numbers are used up");
		return -ENOKEY;
	}
	WRITE_ONCE(ch->next, ch->next + 2);
	WRITE_ONCE(*ch->config.counter, (u32)(ch->next - 1));
	return 0;
}

static int channel_seal_sync(struct snp_channel *ch, struct snp_msg_head *head)
{
	struct snp_report_req payload = { .vmpl = ch->config.vmpl };

	head->type = SNP_MSG_REPORT;
	head->version = SYNC_VERSION;
	head->vmpck = ch->config.vmpck;
	head->size = sizeof(payload);
	return snp_msg_seal(ch->key, ch->sync, head, &payload);
}

/* Opens a new number with the message of a user. Nothing else is open. */
static int channel_seal_new(struct snp_channel *ch, const struct snp_request *req)
{
	int ret;

	ch->head.seqno = ch->next;
	ch->head.type = req->type;
	ch->head.version = req->version;
	ch->head.vmpck = ch->config.vmpck;
	ch->head.size = req->size;
	ret = snp_msg_seal(ch->key, ch->sealed, &ch->head, req->payload);
	if (ret)
		return ret;
	ret = channel_take_number(ch);
	if (ret)
		return ret;
	ch->stored = ch->head.seqno;
	ch->seek = ch->head.seqno;
	return 0;
}

/*
 * Waits for a host that is busy. Gives up when somebody wants the task or the
 * channel gone: the message stays open, the key stays good.
 */
static int channel_wait_busy(struct snp_channel *ch, unsigned long deadline, unsigned int delay_ms)
{
	int ret;

	if (time_after_eq(jiffies, deadline)) {
		dev_warn_ratelimited(ch->config.dev,
				     "the host has put requests off for %u s (it limits their rate): ask less often; VMPCK%u stays usable\n",
				     ch->config.busy_limit_ms / 1000, ch->config.vmpck);
		return -ETIMEDOUT;
	}
	ret = wait_event_killable_timeout(ch->wait, READ_ONCE(ch->closing),
					  msecs_to_jiffies(delay_ms));
	if (ret < 0)
		return -EINTR;
	return READ_ONCE(ch->closing) ? -ENODEV : 0;
}

static void channel_report_refusal(struct snp_channel *ch, const struct snp_exchange *exchange)
{
	const struct sev_status *status = sev_status_find(SNP_GUEST_FW_ERR(exchange->exitinfo2));
	const char *name = status->name, *text = status->text;

	count(&ch->stats.refused);
	if (exchange->exitinfo2 == (u64)SEV_RET_NO_FW_CALL) {
		name = "no exit";
		text = "the kernel could not hand the request over to the host";
	} else if (exchange->exitinfo2 >> SNP_GUEST_VMM_ERR_SHIFT) {
		name = "host error";
		text = "the host does not carry requests to the firmware, ask whoever runs it";
	}
	dev_err_ratelimited(ch->config.dev,
			    "Detected error from ASP request. rc: %d, exitinfo2: 0x%llx (%s: %s)\n",
			    -EIO, exchange->exitinfo2, name, text);
}

/* One message to the host and back, again and again while the host is busy. */
static int channel_carry(struct snp_channel *ch, const struct snp_msg_page *msg,
			 struct snp_exchange *exchange)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(ch->config.busy_limit_ms);
	unsigned int delay_ms = ch->config.busy_delay_ms;
	u64 certs_pages = exchange->certs_pages;
	int ret;

	for (;;) {
		if (fatal_signal_pending(current))
			return -EINTR;

		/* The host can write to both pages at any time. */
		memcpy(ch->config.request, msg, sizeof(*msg));
		memset(ch->config.response, 0, sizeof(*ch->config.response));
		exchange->certs_pages = certs_pages;
		exchange->exitinfo2 = (u64)SEV_RET_NO_FW_CALL;
		ret = ch->config.ops->exchange(ch->config.ctx, exchange);
		count(&ch->stats.exchanges);
		trace_sev_guest_exchange(ch->config.vmpck, msg->header.seqno, msg->header.type,
					 exchange->extended, ret, exchange->exitinfo2);
		if (ret) {
			channel_report_refusal(ch, exchange);
			return -EIO;
		}
		if (exchange->exitinfo2 >> SNP_GUEST_VMM_ERR_SHIFT != SNP_GUEST_VMM_ERR_BUSY)
			return 0;

		count(&ch->stats.busy);
		ret = channel_wait_busy(ch, deadline, delay_ms);
		if (ret)
			return ret;
		delay_ms = clamp_t(unsigned int, delay_ms * 2, 1, BUSY_DELAY_MAX_MS);
	}
}

/* What the host says of the buffer for certificates, if it can be true. */
static u64 certs_needed(const struct snp_exchange *exchange, unsigned int had)
{
	if (!exchange->extended ||
	    exchange->exitinfo2 != SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN) ||
	    exchange->certs_pages <= had || exchange->certs_pages > U32_MAX >> PAGE_SHIFT)
		return 0;
	return exchange->certs_pages;
}

/* The firmware does not expect this number, or the host says so. */
static void channel_seek_on(struct snp_channel *ch, u64 number, bool fresh)
{
	/* All open numbers were tried once more: begin with the oldest again. */
	ch->seek = fresh ? ch->first : number + 2;
	if (number == ch->stored && fresh)
		dev_warn_ratelimited(ch->config.dev,
				     "the firmware does not expect message %llu: something else uses VMPCK%u, or the host misleads us\n",
				     number, ch->config.vmpck);
}

/* An authentic answer has come: this number and all before it are done. */
static void channel_close_number(struct snp_channel *ch, u64 number)
{
	if (ch->stored && ch->stored <= number) {
		ch->stored = 0;
		memzero_explicit(ch->sealed, sizeof(*ch->sealed));
	}
	WRITE_ONCE(ch->first, number + 2);
	ch->seek = ch->first;
}

/* Reads the answer to a message out of the shared page. */
static int channel_open_answer(struct snp_channel *ch, const struct snp_msg_head *head)
{
	const char *why;
	int ret;

	memcpy(ch->answer, ch->config.response, sizeof(*ch->answer));
	ret = snp_msg_open(ch->key, ch->answer, head, SNP_MSG_PAYLOAD_MAX, &why);
	if (ret < 0) {
		count(&ch->stats.forged);
		dev_warn_ratelimited(ch->config.dev,
				     "Detected unexpected decode failure from ASP. rc: %d (answer to message %llu: %s)\n",
				     ret, head->seqno, why);
	}
	return ret;
}

/* The bytes of an open number, or those to open the next one with. */
static const struct snp_msg_page *channel_message(struct snp_channel *ch, u64 number,
						  struct snp_msg_head *head)
{
	int ret;

	if (number == ch->stored) {
		*head = ch->head;
		return ch->sealed;
	}
	head->seqno = number;
	ret = channel_seal_sync(ch, head);
	if (!ret && number == ch->next)
		ret = channel_take_number(ch);
	return ret ? ERR_PTR(ret) : ch->sync;
}

/*
 * Sends the message under &snp_channel.seek on behalf of a request, whose own
 * message has the number @own.
 *
 * Returns the bytes of the authentic answer; -EBADMSG, -EOVERFLOW or -ENOSPC if
 * another step can help; or what ends the request.
 */
static int channel_step(struct snp_channel *ch, struct snp_request *req, u64 own)
{
	struct snp_exchange exchange = {
		.request = ch->config.request,
		.response = ch->config.response,
	};
	const struct snp_msg_page *msg;
	struct snp_msg_head head;
	u64 number = ch->seek;
	bool fresh;
	int ret;

	msg = channel_message(ch, number, &head);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	fresh = number > ch->sent;
	ch->sent = max(ch->sent, number);
	if (req->extended && number == own && !req->certs_needed) {
		exchange.extended = true;
		exchange.certs = req->certs;
		exchange.certs_pages = req->certs_pages;
	}

	ret = channel_carry(ch, msg, &exchange);
	req->exitinfo2 = exchange.exitinfo2;
	if (ret)
		return ret;

	if (!exchange.exitinfo2) {
		ret = channel_open_answer(ch, &head);
		if (ret >= 0)
			channel_close_number(ch, number);
		return ret;
	}
	if (exchange.exitinfo2 == SNP_GUEST_ERR(0, SEV_RET_AEAD_OFLOW)) {
		count(&ch->stats.refused);
		channel_seek_on(ch, number, fresh);
		return -EOVERFLOW;
	}
	if (exchange.extended) {
		req->certs_needed = certs_needed(&exchange, req->certs_pages);
		if (req->certs_needed)
			return -ENOSPC;
	}
	channel_report_refusal(ch, &exchange);
	return -EIO;
}

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

		if (ch->first == ch->next) {
			ret = channel_seal_new(ch, req);
			if (ret)
				return ret;
			own = ch->stored;
		}
		number = ch->seek;
		ret = channel_step(ch, req, own);
		if (ret >= 0) {
			if (number == own)
				ret = channel_deliver(ch, req, ret);
			/* May be somebody's derived key. */
			memzero_explicit(ch->answer, sizeof(*ch->answer));
			if (number == own)
				return ret;
			count(&ch->stats.recovered);
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
 * Requests take turns in the order in which they come. Nothing of the caller's is
 * touched during an exchange but what @req points to, which must be kernel memory.
 *
 * Context: process context, may sleep; @req->certs are shared pages
 * Return: 0, or
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
	int ret;

	req->answer_len = 0;
	req->certs_needed = 0;
	if (down_killable(&ch->lock))
		return -EINTR;

	if (READ_ONCE(ch->closing)) {
		ret = -ENODEV;
	} else if (!ch->key) {
		dev_err_ratelimited(ch->config.dev,
				    "VMPCK is disabled (VMPCK%u); load the module with vmpck_id= to use another key\n",
				    ch->config.vmpck);
		ret = -ENOKEY;
	} else {
		count(&ch->stats.requests);
		ret = channel_run(ch, req);
		if (req->certs_needed && ret != -EINTR && ret != -ENODEV) {
			memzero_explicit(req->answer, req->answer_len);
			req->answer_len = 0;
			req->exitinfo2 = SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN);
			ret = -EIO;
		}
		if (ret)
			count(&ch->stats.failures);
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
	struct snp_request nobody = {};
	int steps;

	for (steps = 0; steps < REQUEST_STEPS && ch->first != ch->next; steps++) {
		int ret = channel_step(ch, &nobody, 0);

		if (ret < 0 && ret != -EBADMSG && ret != -EOVERFLOW)
			break;
	}
	if (ch->first != ch->next)
		dev_warn(ch->config.dev,
			 "message %llu to the firmware stays without an answer; if VMPCK%u does not work when the driver is loaded again, choose another with vmpck_id=\n",
			 ch->first, ch->config.vmpck);
}

/**
 * snp_channel_destroy() - wipe and free a channel
 * @ch: the channel; nobody has it any more
 *
 * Context: process context; may ask the firmware, but does not wait for the host
 */
void snp_channel_destroy(struct snp_channel *ch)
{
	ch->closing = true;
	if (ch->key && ch->first != ch->next)
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
