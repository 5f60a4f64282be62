// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that can change hands on kernels that don't know the reverse map table.
 *
 * A CPU that writes through a mapping of 2 MiB is stopped if only one of the 512 pages
 * behind it is not the hypervisor's, and the kernel maps all memory with such large
 * pages.  So pages for the firmware come from whole chunks of 2 MiB in which nobody
 * else has memory, and are written to through a second mapping of small pages.  The
 * kernel's own mapping is never used and never split.
 */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "pool.h"

#define CHUNK_ORDER	9
#define CHUNK_PAGES	512

/**
 * struct rmp_chunk - 2 MiB
 * @node: place in the pool
 * @pages: the memory
 * @va: its mapping of small pages
 * @used: pages that somebody has, or that are leaked
 * @leaked: those that are
 */
struct rmp_chunk {
	struct list_head node;
	struct page *pages;
	void *va;
	DECLARE_BITMAP(used, CHUNK_PAGES);
	DECLARE_BITMAP(leaked, CHUNK_PAGES);
};

static void chunk_free(struct rmp_chunk *chunk)
{
	vunmap(chunk->va);
	__free_pages(chunk->pages, CHUNK_ORDER);
	kfree(chunk);
}

static struct rmp_chunk *chunk_alloc(void)
{
	struct page **list __free(kfree) = NULL;
	struct rmp_chunk *chunk;
	unsigned int i;

	list = kcalloc(CHUNK_PAGES, sizeof(*list), GFP_KERNEL);
	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	if (!list || !chunk) {
		kfree(chunk);
		return NULL;
	}

	chunk->pages = alloc_pages(GFP_KERNEL | __GFP_NOWARN, CHUNK_ORDER);
	if (!chunk->pages) {
		kfree(chunk);
		return NULL;
	}
	for (i = 0; i < CHUNK_PAGES; i++)
		list[i] = chunk->pages + i;
	chunk->va = vmap(list, CHUNK_PAGES, VM_MAP, PAGE_KERNEL);
	if (!chunk->va) {
		__free_pages(chunk->pages, CHUNK_ORDER);
		kfree(chunk);
		return NULL;
	}
	return chunk;
}

static struct rmp_chunk *chunk_find(struct rmp_pool *pool, u64 pa, unsigned int npages,
				    unsigned int *first)
{
	struct rmp_chunk *chunk;

	list_for_each_entry(chunk, &pool->chunks, node) {
		u64 start = page_to_phys(chunk->pages);

		if (pa < start || pa - start >= (u64)CHUNK_PAGES << PAGE_SHIFT)
			continue;
		*first = (pa - start) >> PAGE_SHIFT;
		return npages <= CHUNK_PAGES - *first ? chunk : NULL;
	}
	return NULL;
}

static bool chunk_take(struct rmp_chunk *chunk, struct rmp_memory *mem, unsigned int npages)
{
	unsigned long at;

	at = bitmap_find_next_zero_area(chunk->used, CHUNK_PAGES, 0, npages,
					roundup_pow_of_two(npages) - 1);
	if (at >= CHUNK_PAGES)
		return false;
	bitmap_set(chunk->used, at, npages);
	mem->va = chunk->va + at * PAGE_SIZE;
	mem->pa = page_to_phys(chunk->pages) + at * PAGE_SIZE;
	mem->npages = npages;
	memset(mem->va, 0, npages * PAGE_SIZE);
	return true;
}

/**
 * rmp_pool_alloc() - take zeroed pages
 * @pool: the pool
 * @mem: filled in
 * @npages: 1 to 512
 *
 * Context: may sleep.
 * Return: 0, -EINVAL or -ENOMEM
 */
int rmp_pool_alloc(struct rmp_pool *pool, struct rmp_memory *mem, unsigned int npages)
{
	struct rmp_chunk *chunk;

	if (!npages || npages > CHUNK_PAGES)
		return -EINVAL;

	guard(mutex)(&pool->lock);
	list_for_each_entry(chunk, &pool->chunks, node)
		if (chunk_take(chunk, mem, npages))
			return 0;

	chunk = chunk_alloc();
	if (!chunk)
		return -ENOMEM;
	list_add_tail(&chunk->node, &pool->chunks);
	chunk_take(chunk, mem, npages);
	return 0;
}

static void drop_empty_chunks(struct rmp_pool *pool)
{
	struct rmp_chunk *chunk, *next;
	bool keep = pool->keep;

	list_for_each_entry_safe(chunk, next, &pool->chunks, node) {
		if (!bitmap_empty(chunk->used, CHUNK_PAGES))
			continue;
		if (keep) {
			keep = false;
			continue;
		}
		list_del(&chunk->node);
		chunk_free(chunk);
	}
}

/**
 * rmp_pool_free() - give pages back
 * @pool: the pool
 * @mem: from rmp_pool_alloc(); those of its pages that were leaked stay so
 */
void rmp_pool_free(struct rmp_pool *pool, struct rmp_memory *mem)
{
	struct rmp_chunk *chunk;
	unsigned int i, first;

	guard(mutex)(&pool->lock);
	chunk = chunk_find(pool, mem->pa, mem->npages, &first);
	if (WARN_ON_ONCE(!chunk))
		return;
	for (i = first; i < first + mem->npages; i++)
		if (!test_bit(i, chunk->leaked))
			__clear_bit(i, chunk->used);
	*mem = (struct rmp_memory) { };
	drop_empty_chunks(pool);
}

/**
 * rmp_pool_owns() - did these pages come from here?
 * @pool: the pool
 * @pa: address of the first
 * @npages: how many
 *
 * Return: true if all of them are given out and not leaked
 */
bool rmp_pool_owns(struct rmp_pool *pool, u64 pa, unsigned int npages)
{
	struct rmp_chunk *chunk;
	unsigned int i, first;

	guard(mutex)(&pool->lock);
	chunk = chunk_find(pool, pa, npages, &first);
	for (i = 0; chunk && i < npages; i++)
		if (!test_bit(first + i, chunk->used) || test_bit(first + i, chunk->leaked))
			return false;
	return chunk;
}

/**
 * rmp_pool_leak() - these pages are the firmware's for good
 * @pool: the pool
 * @pa: address of the first
 * @npages: how many
 *
 * Their chunk is never freed.
 */
void rmp_pool_leak(struct rmp_pool *pool, u64 pa, unsigned int npages)
{
	struct rmp_chunk *chunk;
	unsigned int i, first;

	guard(mutex)(&pool->lock);
	chunk = chunk_find(pool, pa, npages, &first);
	if (WARN_ON_ONCE(!chunk))
		return;
	for (i = first; i < first + npages; i++)
		if (!__test_and_set_bit(i, chunk->leaked)) {
			__set_bit(i, chunk->used);
			pool->leaked++;
		}
}

/**
 * rmp_pool_keep() - shall an empty chunk wait for the next user?
 * @pool: the pool
 * @keep: if not, it is freed now
 */
void rmp_pool_keep(struct rmp_pool *pool, bool keep)
{
	guard(mutex)(&pool->lock);
	pool->keep = keep;
	drop_empty_chunks(pool);
}
