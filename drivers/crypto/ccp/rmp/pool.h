/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that can change hands on kernels that don't know the reverse map table.
 */
#ifndef CCP_RMP_POOL_H
#define CCP_RMP_POOL_H

#include <linux/list.h>
#include <linux/mutex.h>

#include "rmp.h"

/**
 * struct rmp_pool - chunks of 2 MiB, and who has which page of them
 * @lock: protects all below
 * @chunks: the chunks
 * @leaked: pages that are never given out again
 * @keep: keep an empty chunk for the next user
 */
struct rmp_pool {
	struct mutex lock;	/* protects all below */
	struct list_head chunks;
	unsigned long leaked;
	bool keep;
};

int rmp_pool_alloc(struct rmp_pool *pool, struct rmp_memory *mem, unsigned int npages);
void rmp_pool_free(struct rmp_pool *pool, struct rmp_memory *mem);
bool rmp_pool_owns(struct rmp_pool *pool, u64 pa, unsigned int npages);
void rmp_pool_leak(struct rmp_pool *pool, u64 pa, unsigned int npages);
void rmp_pool_keep(struct rmp_pool *pool, bool keep);

#endif /* CCP_RMP_POOL_H */
