/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The message channel: one communication key, its sequence numbers, and the exchange
 * of messages with the firmware through a host that nobody has to trust.
 */
#ifndef SEV_GUEST_CHANNEL_H
#define SEV_GUEST_CHANNEL_H

#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/semaphore.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "message.h"

/**
 * struct snp_exchange - one exit to the host with a request
 * @request: the sealed request, in a shared page
 * @response: shared page for the answer
 * @extended: ask the host for its certificates as well
 * @certs: shared pages for them, or NULL
 * @certs_pages: how many those are; what the host needs if it says that they are
 *	too few
 * @exitinfo2: what the host and the firmware said: SNP_GUEST_ERR()
 */
struct snp_exchange {
	struct snp_msg_page *request;
	struct snp_msg_page *response;
	bool extended;
	void *certs;
	u64 certs_pages;
	u64 exitinfo2;
};

/**
 * struct snp_channel_ops - how messages travel
 * @exchange: hand the request over and come back with the host's word in
 *	&snp_exchange.exitinfo2; a negative errno says that there was no exit
 *
 * The kernel supplies it for real guests; a test supplies a firmware and a host.
 */
struct snp_channel_ops {
	int (*exchange)(void *ctx, struct snp_exchange *exchange);
};

/**
 * struct snp_request - one request, all of it the caller's
 * @type: &enum snp_msg_type
 * @version: of the payload, not 0
 * @extended: ask the host for certificates as well
 * @payload: the request
 * @size: its bytes
 * @answer: where the payload of the answer goes
 * @answer_max: bytes there
 * @answer_len: bytes of the answer
 * @deadline: in jiffies; for how long a host that is busy is waited for. 0: as long as one
 *	request may take
 * @certs: shared pages for certificates, or NULL; NULL afterwards if the transport
 *	keeps them, because the kernel is still at the request
 * @certs_pages: how many those are
 * @certs_needed: how many the host asks for if they were too few, else 0
 * @exitinfo2: the last word of host and firmware; unchanged if nobody was asked
 */
struct snp_request {
	u8 type;
	u8 version;
	bool extended;
	const void *payload;
	size_t size;
	void *answer;
	size_t answer_max;
	size_t answer_len;
	unsigned long deadline;
	void *certs;
	unsigned int certs_pages;
	u64 certs_needed;
	u64 exitinfo2;
};

/**
 * struct snp_channel_config - what a channel is made of
 * @dev: device for log lines
 * @ops: how messages travel
 * @ctx: first argument of @ops
 * @vmpck: number of the key
 * @vmpl: privilege level that sync messages name: one that the key is good for
 * @key: the key, in the page of secrets; wiped there when the channel gives it up
 * @counter: the key's sequence number, in the page of secrets
 * @request: shared page for requests
 * @response: shared page for answers
 * @busy_limit_ms: for how long the host may put a request off, whatever else it does
 *	with it in between
 * @busy_delay_ms: how long to wait before the first repetition; doubled each time
 *	up to two seconds
 */
struct snp_channel_config {
	struct device *dev;
	const struct snp_channel_ops *ops;
	void *ctx;
	unsigned int vmpck;
	unsigned int vmpl;
	u8 *key;
	u32 *counter;
	struct snp_msg_page *request;
	struct snp_msg_page *response;
	unsigned int busy_limit_ms;
	unsigned int busy_delay_ms;
};

#define SNP_CHANNEL_BUSY_LIMIT_MS	60000
#define SNP_CHANNEL_BUSY_DELAY_MS	50
/* For how long a busy host may hold up the end of a channel. */
#define SNP_CHANNEL_SETTLE_MS		1500

/**
 * struct snp_channel_stats - what a channel has seen
 * @requests: requests of users
 * @failures: those of them that failed
 * @exchanges: exits to the host
 * @busy: exchanges that the host put off
 * @refused: exchanges that the host or the firmware refused
 * @forged: answers that were not authentic
 * @recovered: times that a lost answer was got over
 */
struct snp_channel_stats {
	u64 requests;
	u64 failures;
	u64 exchanges;
	u64 busy;
	u64 refused;
	u64 forged;
	u64 recovered;
};

/**
 * snp_deadline() - some time from now
 * @ms: how long from now
 *
 * Return: for &snp_request.deadline, never 0
 */
static inline unsigned long snp_deadline(unsigned int ms)
{
	return jiffies + msecs_to_jiffies(ms) ?: 1;
}

struct snp_channel;

struct snp_channel *snp_channel_create(const struct snp_channel_config *config);
void snp_channel_close(struct snp_channel *channel);
void snp_channel_settle(struct snp_channel *channel);
void snp_channel_destroy(struct snp_channel *channel);
int snp_channel_request(struct snp_channel *channel, struct snp_request *req);
bool snp_channel_alive(struct snp_channel *channel);
unsigned int snp_channel_unanswered(struct snp_channel *channel);
void snp_channel_stats(struct snp_channel *channel, struct snp_channel_stats *stats);

#endif /* SEV_GUEST_CHANNEL_H */
