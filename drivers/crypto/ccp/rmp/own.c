// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reverse map table on kernels that don't know it (snp=bringup): this module clears
 * it, turns SNP on everywhere and changes its entries.
 *
 * Such a kernel has no handler for faults that the table causes.  So nothing is begun
 * before all preconditions are checked, and the firmware gets memory from rmp_pool
 * only, where no such fault can happen.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "own.h"
#include "pool.h"
#include "rmp.h"

/**
 * struct own_rmp - the table of this machine; there is but one
 * @lock: serialises turning on and off, protects all below
 * @table: where it is, NULL while SNP is off
 * @entries: what is in it
 * @hotplug: from rmp_cpus_enable_snp()
 * @pool: memory for the firmware
 */
static struct own_rmp {
	struct mutex lock;	/* see above */
	struct rmp_table *table;
	struct rmp_entries entries;
	int hotplug;
	struct rmp_pool pool;
} own = {
	.lock = __MUTEX_INITIALIZER(own.lock),
	.pool.lock = __MUTEX_INITIALIZER(own.pool.lock),
	.pool.chunks = LIST_HEAD_INIT(own.pool.chunks),
};

static int own_probe(struct device *dev)
{
	struct rmp_table *table __free(kfree) = rmp_validate_machine(dev);

	return PTR_ERR_OR_ZERO(table);
}

static int own_prepare(struct device *dev)
{
	struct rmp_table *table __free(kfree) = NULL;
	int ret;

	guard(mutex)(&own.lock);
	if (own.table)
		return 0;
	table = rmp_validate_machine(dev);
	if (IS_ERR(table))
		return PTR_ERR(table);
	ret = rmp_entries_open(&own.entries, table);
	if (ret)
		return ret;

	dev_warn(dev,
		 "SEV-SNP: snp=bringup: this kernel has no support for SNP hosts; use it for work on firmware only\n");
	ret = rmp_cpus_enable_snp(dev, table);
	if (ret < 0) {
		rmp_entries_close(&own.entries);
		return ret;
	}

	own.hotplug = ret;
	own.table = no_free_ptr(table);
	rmp_pool_keep(&own.pool, true);
	return 0;
}

static int own_make_firmware(u64 pa, unsigned int npages, unsigned int *done)
{
	const struct rmp_state firmware = { .assigned = 1, .immutable = 1 };
	int ret = 0;

	*done = 0;
	if (!rmp_pool_owns(&own.pool, pa, npages)) {
		pr_err_ratelimited("SEV-SNP: page 0x%llx can't be given to the firmware: with snp=bringup only memory of this driver can, because the kernel maps the rest with large pages\n",
				   pa);
		return -EOPNOTSUPP;
	}
	for (; *done < npages && !ret; *done += !ret)
		ret = rmp_entries_change(&own.entries, pa + (u64)*done * PAGE_SIZE, &firmware);
	return ret;
}

static int own_make_shared(u64 pa, unsigned int npages)
{
	const struct rmp_state shared = { };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < npages && !ret; i++)
		ret = rmp_entries_change(&own.entries, pa + (u64)i * PAGE_SIZE, &shared);
	return ret;
}

static void own_leak(u64 pa, unsigned int npages)
{
	pr_warn("SEV-SNP: Leaking PFN range 0x%llx-0x%llx\n", pa >> PAGE_SHIFT,
		(pa >> PAGE_SHIFT) + npages);
	rmp_pool_leak(&own.pool, pa, npages);
}

/* The memory is the driver's, and so charged to nobody. */
static int own_alloc(struct rmp_memory *mem, unsigned int npages, gfp_t gfp)
{
	return rmp_pool_alloc(&own.pool, mem, npages);
}

static void own_free(struct rmp_memory *mem)
{
	struct rmp_entry entry;
	unsigned int i;

	if (!mem->va)
		return;
	for (i = 0; i < mem->npages; i++) {
		u64 pa = mem->pa + (u64)i * PAGE_SIZE;

		if (rmp_enabled_here() && rmp_pool_owns(&own.pool, pa, 1) &&
		    !rmp_entries_read(&own.entries, pa, &entry) && WARN_ON_ONCE(entry.assigned))
			own_leak(pa, 1);
	}
	rmp_pool_free(&own.pool, mem);
}

/*
 * The firmware has released what it kept for the IOMMUs, but where that is only it and
 * the IOMMU driver know.  Released pages are those that nobody guards any more.
 */
static void take_released_back(struct device *dev)
{
	unsigned long count = 0;
	struct rmp_entry entry;
	unsigned int i;
	u64 pa;

	for (i = 0; i < own.table->count; i++) {
		u64 start = (u64)i << own.table->shift;
		u64 end = start + own.table->segment[i].covered;

		for (pa = start; pa < end; pa += PAGE_SIZE) {
			if (!pfn_valid(PHYS_PFN(pa)) || rmp_entries_read(&own.entries, pa, &entry))
				continue;
			if (entry.assigned && !entry.immutable && !entry.asid &&
			    !own_make_shared(pa, 1))
				count++;
			if (!(pa & (SZ_1G - 1)))
				cond_resched();
		}
	}
	dev_info(dev, "SEV-SNP: memory that the firmware has released is the kernel's again (pages: %lu)\n",
		 count);
}

static void forget(void)
{
	rmp_entries_close(&own.entries);
	kfree(own.table);
	own.table = NULL;
}

static void own_shutdown(struct device *dev, bool panic)
{
	if (panic) {
		rmp_cpus_prepare_kdump();
		return;
	}

	guard(mutex)(&own.lock);
	if (!own.table)
		return;
	rmp_pool_keep(&own.pool, false);
	if (rmp_enabled_here())
		take_released_back(dev);
	rmp_cpus_disable_snp(dev, own.table, own.hotplug);
	forget();
}

/*
 * The table keeps working without us.  What matters is that the CPU hotplug callback
 * goes: its code is about to.  Chunks of the pool with pages of the firmware are never
 * freed.
 */
static void own_abandon(struct device *dev)
{
	guard(mutex)(&own.lock);
	if (!own.table)
		return;
	rmp_pool_keep(&own.pool, false);
	rmp_cpus_abandon(own.hotplug);
	forget();
}

const struct rmp_ops rmp_own_ops = {
	.name = "bringup",
	.probe = own_probe,
	.prepare = own_prepare,
	.shutdown = own_shutdown,
	.abandon = own_abandon,
	.make_firmware = own_make_firmware,
	.make_shared = own_make_shared,
	.leak = own_leak,
	.alloc = own_alloc,
	.free = own_free,
};
