// SPDX-License-Identifier: GPL-2.0-only
/*
 * Going over the whole table on all CPUs.
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

#include "sweep.h"

#define SLICE_SIZE	SZ_16M

/**
 * struct sweep_slice - what one CPU does at a time
 * @pa: where it starts
 * @size: bytes
 * @node: the node of its memory, or NUMA_NO_NODE
 */
struct sweep_slice {
	u64 pa;
	size_t size;
	int node;
};

/**
 * struct sweep - one run
 * @slice: all slices
 * @count: how many
 * @taken: bitmap of those that a CPU has taken
 * @call: what is done to each
 * @failed: some slice could not be mapped
 */
struct sweep {
	struct sweep_slice *slice;
	unsigned int count;
	unsigned long *taken;
	void (*call)(void *va, size_t size);
	bool failed;
};

/**
 * struct sweep_worker - one CPU
 * @work: its work
 * @sweep: what it works on
 */
struct sweep_worker {
	struct work_struct work;
	struct sweep *sweep;
};

static void sweep_one(struct sweep *sweep, const struct sweep_slice *slice)
{
	void *va = memremap(slice->pa, slice->size, MEMREMAP_WB);

	if (!va) {
		WRITE_ONCE(sweep->failed, true);
		return;
	}
	sweep->call(va, slice->size);
	memunmap(va);
	cond_resched();
}

static void sweep_work(struct work_struct *work)
{
	struct sweep *sweep = container_of(work, struct sweep_worker, work)->sweep;
	int node = numa_node_id();
	unsigned int i;
	int near;

	for (near = 1; near >= 0; near--)
		for (i = 0; i < sweep->count; i++)
			if ((!near || sweep->slice[i].node == node) &&
			    !test_and_set_bit(i, sweep->taken))
				sweep_one(sweep, &sweep->slice[i]);
}

static int node_of(u64 pa)
{
	return pfn_valid(PHYS_PFN(pa)) ? page_to_nid(pfn_to_page(PHYS_PFN(pa))) : NUMA_NO_NODE;
}

/* With NULL, only counts. */
static unsigned int cut(const struct rmp_table *table, struct sweep_slice *slice)
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
				slice[count] = (struct sweep_slice) {
					.pa = pa,
					.size = min_t(u64, SLICE_SIZE, range.end - pa),
					.node = node_of(pa),
				};
	}
	return count;
}

/**
 * rmp_sweep() - do something to all of the table, on all CPUs at once
 * @table: the table
 * @slice: gets a piece of it, mapped; no entry is in two of them. Runs on several CPUs
 *	at once
 *
 * Context: may sleep; CPUs may not come or go (cpus_read_lock()).
 * Return: 0 or -ENOMEM, then only a part was done
 */
int rmp_sweep(const struct rmp_table *table, void (*slice)(void *va, size_t size))
{
	struct sweep sweep = { .call = slice, .count = cut(table, NULL) };
	struct sweep_worker *workers;
	unsigned int cpu;
	int ret = -ENOMEM;

	workers = kvcalloc(nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	sweep.slice = kvcalloc(sweep.count, sizeof(*sweep.slice), GFP_KERNEL);
	sweep.taken = bitmap_zalloc(sweep.count, GFP_KERNEL);
	if (!workers || !sweep.slice || !sweep.taken)
		goto out;
	cut(table, sweep.slice);

	for_each_online_cpu(cpu) {
		workers[cpu].sweep = &sweep;
		INIT_WORK(&workers[cpu].work, sweep_work);
		queue_work_on(cpu, system_highpri_wq, &workers[cpu].work);
	}
	for_each_online_cpu(cpu)
		flush_work(&workers[cpu].work);
	ret = sweep.failed ? -ENOMEM : 0;
out:
	bitmap_free(sweep.taken);
	kvfree(sweep.slice);
	kvfree(workers);
	return ret;
}
