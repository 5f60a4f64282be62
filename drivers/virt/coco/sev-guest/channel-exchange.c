// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exchanges one message of a channel with the host: waits while the host is busy, and
 * says what its errors mean.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include <uapi/linux/sev-guest.h>
#include <sev/uapi.h>

#include "../../../crypto/ccp/sev/status.h"
#include "channel-state.h"
#include "trace.h"

#define BUSY_DELAY_MAX_MS	2000

static bool channel_is_unwanted(struct snp_channel *ch)
{
	return READ_ONCE(ch->closing) && !ch->settling;
}

/*
 * Waits for a host that is busy. Gives up when somebody wants the task or the
 * channel gone: the message stays open, the key stays good.
 */
static int channel_wait_busy(struct snp_channel *ch, unsigned int delay_ms)
{
	long left = ch->deadline - jiffies;
	int ret;

	if (left <= 0) {
		/* Who settles has something else to say. */
		if (!ch->settling)
			dev_warn_ratelimited(ch->config.dev,
					     "the host has put requests off for %u s (it limits their rate): ask less often; VMPCK%u stays usable\n",
					     ch->config.busy_limit_ms / 1000, ch->config.vmpck);
		return -ETIMEDOUT;
	}
	/* The last time is at the very end. */
	ret = wait_event_killable_timeout(ch->wait, channel_is_unwanted(ch),
					  min_t(long, left, msecs_to_jiffies(delay_ms)));
	if (ret < 0)
		return -EINTR;
	return channel_is_unwanted(ch) ? -ENODEV : 0;
}

/**
 * snp_channel_refused() - count and tell that an exchange was refused
 * @ch: the channel, locked
 * @exchange: with the word of the host or the firmware
 */
void snp_channel_refused(struct snp_channel *ch, const struct snp_exchange *exchange)
{
	u32 error = SNP_GUEST_FW_ERR(exchange->exitinfo2);
	const struct sev_status_text *status = sev_status_find(error);
	const char *name = status->name, *text = sev_status_while_running(status);

	snp_channel_count(&ch->stats.refused);
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

/**
 * snp_channel_exchange() - one message to the host and back
 * @ch: the channel, locked
 * @msg: the sealed message; it is sent again and again while the host is busy, until
 *	&snp_channel.deadline, but at least once
 * @exchange: with the shared pages; what the host said afterwards
 *
 * Context: process context, may sleep
 * Return: 0, -EINTR, -ENODEV, -ETIMEDOUT as of snp_channel_request(), or -EIO if
 * there was no exit to the host
 */
int snp_channel_exchange(struct snp_channel *ch, const struct snp_msg_page *msg,
			 struct snp_exchange *exchange)
{
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
		snp_channel_count(&ch->stats.exchanges);
		trace_sev_guest_exchange(ch->config.vmpck, msg->header.seqno, msg->header.type,
					 exchange->extended, ret, exchange->exitinfo2);
		if (ret) {
			snp_channel_refused(ch, exchange);
			return -EIO;
		}
		if (exchange->exitinfo2 >> SNP_GUEST_VMM_ERR_SHIFT != SNP_GUEST_VMM_ERR_BUSY)
			return 0;

		snp_channel_count(&ch->stats.busy);
		ret = channel_wait_busy(ch, delay_ms);
		if (ret)
			return ret;
		delay_ms = clamp_t(unsigned int, delay_ms * 2, 1, BUSY_DELAY_MAX_MS);
	}
}
