/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel from within: what channel.c, channel-numbers.c and channel-exchange.c share.
 * All of it is used with the channel's lock held.
 */
#ifndef SEV_GUEST_CHANNEL_STATE_H
#define SEV_GUEST_CHANNEL_STATE_H

#include <linux/compiler.h>
#include <linux/semaphore.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "channel.h"

/**
 * struct snp_channel - one key and its numbers
 * @config: what it is made of
 * @lock: held during a request. A semaphore because its waiters get it in the order
 *	in which they came, and can be killed.
 * @wait: where a request waits for a busy host
 * @closing: no more requests
 * @settling: nobody asks any more, and what is open is to be got out of the way
 * @deadline: until when a busy host is waited for, in jiffies
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
	bool settling;
	unsigned long deadline;
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

static inline void snp_channel_count(u64 *what)
{
	/* Read without the lock. */
	WRITE_ONCE(*what, *what + 1);
}

/* Is a message without an authentic answer there? */
static inline bool snp_channel_is_open(const struct snp_channel *ch)
{
	return ch->first != ch->next;
}

int snp_channel_seal(struct snp_channel *ch, const struct snp_request *req);
int snp_channel_step(struct snp_channel *ch, struct snp_request *req, u64 own);

int snp_channel_exchange(struct snp_channel *ch, const struct snp_msg_page *msg,
			 struct snp_exchange *exchange);
void snp_channel_refused(struct snp_channel *ch, const struct snp_exchange *exchange);

#endif /* SEV_GUEST_CHANNEL_STATE_H */
