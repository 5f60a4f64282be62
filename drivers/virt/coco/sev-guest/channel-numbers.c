// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which message of a channel may be sent under which sequence number.
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
#include <linux/kernel.h>
#include <linux/string.h>

#include <uapi/linux/sev-guest.h>
#include <sev/uapi.h>

#include "channel-state.h"

#define SYNC_VERSION	1

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

/**
 * snp_channel_seal() - open a new number with the message of a user
 * @ch: the channel, locked, with no open number
 * @req: the request; &snp_channel.stored is its number afterwards
 *
 * Return: 0, -EINVAL for what cannot be sent, -ENOKEY if the numbers are used up, or
 * what the cipher says
 */
int snp_channel_seal(struct snp_channel *ch, const struct snp_request *req)
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
	const char *reason;
	int ret;

	memcpy(ch->answer, ch->config.response, sizeof(*ch->answer));
	ret = snp_msg_open(ch->key, ch->answer, head, SNP_MSG_PAYLOAD_MAX, &reason);
	if (ret < 0) {
		snp_channel_count(&ch->stats.forged);
		dev_warn_ratelimited(ch->config.dev,
				     "Detected unexpected decode failure from ASP. rc: %d (answer to message %llu: %s)\n",
				     ret, head->seqno, reason);
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
 * The firmware, or the host in its name, takes no message but this one under this
 * number, and not this one either.
 */
static void channel_report_jam(struct snp_channel *ch, u64 number)
{
	dev_err_ratelimited(ch->config.dev,
			    "message %llu of an earlier request is in the way, and only the same again may be sent: if this goes on, load the module with vmpck_id= to use another key than VMPCK%u\n",
			    number, ch->config.vmpck);
}

/**
 * snp_channel_step() - one exchange with the message under &snp_channel.seek
 * @ch: the channel, locked, with an open number
 * @req: the request on whose behalf it is
 * @own: number of that request's own message, 0 if it has none
 *
 * Context: process context, may sleep
 * Return: bytes of the authentic answer, which is in &snp_channel.answer; -EBADMSG,
 * -EOVERFLOW or -ENOSPC if another step can help; or what ends the request
 */
int snp_channel_step(struct snp_channel *ch, struct snp_request *req, u64 own)
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

	ret = snp_channel_exchange(ch, msg, &exchange);
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
		snp_channel_count(&ch->stats.refused);
		channel_seek_on(ch, number, fresh);
		return -EOVERFLOW;
	}
	if (exchange.extended) {
		req->certs_needed = certs_needed(&exchange, req->certs_pages);
		if (req->certs_needed)
			return -ENOSPC;
	}
	snp_channel_refused(ch, &exchange);
	if (number != own && req->payload)
		channel_report_jam(ch, number);
	return -EIO;
}
