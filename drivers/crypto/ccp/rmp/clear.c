// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clears the whole table, on all CPUs.
 *
 * It has 4 MiB per GiB of memory, so it takes one CPU seconds on a large machine.  It
 * is cut into slices, and each CPU takes those of its own node before it helps others.
 */
#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "clear.h"

#define SLICE_SIZE	SZ_16M

/**
 * struct rmp_clear_slice - what one CPU does at a time
 * @pa: where it starts
 * @size: bytes
 * @node: the node of its memory, or NUMA_NO_NODE
 */
struct rmp_clear_slice {
	u64 pa;
	size_t size;
	int node;
};

/**
 * struct rmp_clear - one run
 * @slice: all slices
 * @count: how many
 * @taken: bitmap of those that a CPU has taken
 * @clear: clears one
 * @failed: some slice could not be mapped
 */
struct rmp_clear {
	struct rmp_clear_slice *slice;
	unsigned int count;
	unsigned long *taken;
	void (*clear)(void *va, size_t size);
	bool failed;
};

/**
 * struct rmp_clear_worker - one CPU
 * @work: its work
 * @run: what it works on
 */
struct rmp_clear_worker {
	struct work_struct work;
	struct rmp_clear *run;
};

static void clear_one(struct rmp_clear *run, const struct rmp_clear_slice *slice)
{
	void *va = memremap(slice->pa, slice->size, MEMREMAP_WB);

	if (!va) {
		WRITE_ONCE(run->failed, true);
		return;
	}
	run->clear(va, slice->size);
	memunmap(va);
	cond_resched();
}

static void clear_work(struct work_struct *work)
{
	struct rmp_clear *run = container_of(work, struct rmp_clear_worker, work)->run;
	int node = numa_node_id();
	unsigned int i;
	int near;

	for (near = 1; near >= 0; near--)
		for (i = 0; i < run->count; i++)
			if ((!near || run->slice[i].node == node) &&
			    !test_and_set_bit(i, run->taken))
				clear_one(run, &run->slice[i]);
}

static int node_of(u64 pa)
{
	return pfn_valid(PHYS_PFN(pa)) ? page_to_nid(pfn_to_page(PHYS_PFN(pa))) : NUMA_NO_NODE;
}

/* With NULL, only counts. */
static unsigned int cut(const struct rmp_table *table, struct rmp_clear_slice *slice)
{
	struct rmp_range range;
	unsigned int i, count = 0;
	u64 pa;

	for (i = 0; rmp_table_memory(table, i, &range); i++) {
		/* The list of the segments is the BIOS's. */
		if (!i && table->segmented)
			range.end = range.start + RMP_BOOKKEEPING;
		for (pa = range.start; pa < range.end; pa += SLICE_SIZE, count++)
			if (slice)
				slice[count] = (struct rmp_clear_slice) {
					.pa = pa,
					.size = min_t(u64, SLICE_SIZE, range.end - pa),
					.node = node_of(pa),
				};
	}
	return count;
}

/**
 * rmp_clear_table() - clear all of the table, on all CPUs at once
 * @table: the table
 * @clear: clears a piece of it that is mapped; no entry is in two of them.  Runs on several
 *	CPUs at once
 *
 * Context: may sleep; CPUs may not come or go (cpus_read_lock()).
 * Return: 0 or -ENOMEM, then only a part was cleared
 */
int rmp_clear_table(const struct rmp_table *table, void (*clear)(void *va, size_t size))
{
	struct rmp_clear run = { .clear = clear, .count = cut(table, NULL) };
	struct rmp_clear_worker *workers;
	unsigned int cpu;
	int ret = -ENOMEM;

	workers = kvcalloc(nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	run.slice = kvcalloc(run.count, sizeof(*run.slice), GFP_KERNEL);
	run.taken = bitmap_zalloc(run.count, GFP_KERNEL);
	if (!workers || !run.slice || !run.taken)
		goto out;
	cut(table, run.slice);

	for_each_online_cpu(cpu) {
		workers[cpu].run = &run;
		INIT_WORK(&workers[cpu].work, clear_work);
		queue_work_on(cpu, system_highpri_wq, &workers[cpu].work);
	}
	for_each_online_cpu(cpu)
		flush_work(&workers[cpu].work);
	ret = run.failed ? -ENOMEM : 0;
out:
	bitmap_free(run.taken);
	kvfree(run.slice);
	kvfree(workers);
	return ret;
}
