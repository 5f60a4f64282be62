// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long it takes to clear a reverse map table: one CPU with one memset(), and all CPUs
 * as the driver does it.  The table is memory that the kernel was told to leave alone.
 */
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "rmp/table.c"
#include "rmp/clear.c"

#define ROUNDS	5

static unsigned long base;
module_param(base, ulong, 0);
MODULE_PARM_DESC(base, " where the table is");

static unsigned long size;
module_param(size, ulong, 0);
MODULE_PARM_DESC(size, " its size in bytes");

static void clear(void *va, size_t len)
{
	memset(va, 0, len);
}

static int one_cpu(const struct rmp_table *table)
{
	void *va = memremap(table->base, table->size, MEMREMAP_WB);

	if (!va)
		return -ENOMEM;
	clear(va, table->size);
	memunmap(va);
	return 0;
}

static int all_cpus(const struct rmp_table *table)
{
	int ret;

	cpus_read_lock();
	ret = rmp_clear_table(table, clear);
	cpus_read_unlock();
	return ret;
}

static int __init bench_init(void)
{
	const struct {
		const char *name;
		int (*run)(const struct rmp_table *table);
	} ways[] = { { "one", one_cpu }, { "all", all_cpus } };
	struct rmp_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int ret = table ? 0 : -ENOMEM;
	unsigned int round, way;

	if (table) {
		table->base = base;
		table->size = size;
	}
	/* The first round is for memory that the host has not given to the machine yet. */
	for (round = 0; round <= ROUNDS && !ret; round++) {
		for (way = 0; way < ARRAY_SIZE(ways) && !ret; way++) {
			ktime_t start = ktime_get();

			ret = ways[way].run(table);
			if (round && !ret)
				pr_info("rmp-clear: cpus=%u bytes=%lu %s_us=%lld\n",
					num_online_cpus(), size, ways[way].name,
					ktime_us_delta(ktime_get(), start));
		}
	}
	kfree(table);
	return ret;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark: clearing the reverse map table");
MODULE_LICENSE("GPL");
