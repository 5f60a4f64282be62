// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the reverse map table: read and changed by this module itself.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "insn.h"
#include "msr.h"
#include "own.h"

/* Entries of the same 2 MiB are locked for some microseconds at most. */
#define OVERLAP_RETRIES		1000

static bool has_rmpread(void)
{
	return rmp_cpuid(RMP_CPUID_SEV).eax & RMP_CPUID_SEV_RMPREAD;
}

static void unmap_entries(void **map, unsigned int count)
{
	unsigned int i;

	for (i = 0; map && i < count; i++)
		if (map[i])
			memunmap(map[i]);
	kfree(map);
}

static void **map_entries(const struct rmp_table *table)
{
	void **map = kcalloc(table->count, sizeof(*map), GFP_KERNEL);
	unsigned int i;

	for (i = 0; map && i < table->count; i++) {
		const struct rmp_segment *segment = &table->segment[i];

		if (!segment->covered)
			continue;
		map[i] = memremap(segment->pa, segment->covered / SZ_4K * RMP_ENTRY_SIZE,
				  MEMREMAP_WB);
		if (!map[i]) {
			unmap_entries(map, i);
			return NULL;
		}
	}
	return map;
}

/**
 * rmp_entries_open() - make the entries of a table readable
 * @entries: filled in
 * @table: the table, which has to stay until rmp_entries_close()
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM
 */
int rmp_entries_open(struct rmp_entries *entries, const struct rmp_table *table)
{
	entries->map = NULL;
	if (!has_rmpread()) {
		entries->map = map_entries(table);
		if (!entries->map)
			return -ENOMEM;
	}
	entries->table = table;
	return 0;
}

/**
 * rmp_entries_close() - the reverse
 * @entries: nothing can be read any more; may be closed already
 */
void rmp_entries_close(struct rmp_entries *entries)
{
	if (entries->table)
		unmap_entries(entries->map, entries->table->count);
	*entries = (struct rmp_entries) { };
}

/**
 * rmp_entries_read() - whose is a page?
 * @entries: the entries
 * @pa: an address in the page
 * @entry: filled in
 *
 * Return: 0, -ENXIO if the table does not describe the page or is not open, or -EIO
 */
int rmp_entries_read(const struct rmp_entries *entries, u64 pa, struct rmp_entry *entry)
{
	u8 answer[RMP_ENTRY_SIZE] __aligned(RMP_ENTRY_SIZE);
	const struct rmp_table *table = entries->table;
	u64 offset;

	if (!table || !rmp_table_entry(table, pa))
		return -ENXIO;
	if (!entries->map) {
		if (rmpread(pa, answer))
			return -EIO;
		rmp_entry_from_rmpread(entry, answer);
		return 0;
	}
	/* The second half of an entry is the processor's own. */
	offset = rmp_table_entry(table, pa) - table->segment[pa >> table->shift].pa;
	rmp_entry_from_table(entry,
			     READ_ONCE(*(u64 *)(entries->map[pa >> table->shift] + offset)));
	return 0;
}

/**
 * rmp_entries_change() - change whose a page is
 * @entries: the entries, for the log line if it fails
 * @pa: the page
 * @state: what its entry is to say
 *
 * Return: 0, -EBUSY if another CPU does not get done with a page of the same 2 MiB, or
 * -EFAULT if the processor does not allow it
 */
int rmp_entries_change(const struct rmp_entries *entries, u64 pa,
		       const struct rmp_state *state)
{
	struct rmp_entry entry = { };
	unsigned int tries = 0;
	int code;

	do {
		code = rmpupdate(pa, state);
		if (code == RMPUPDATE_OVERLAP)
			udelay(1);
	} while (code == RMPUPDATE_OVERLAP && ++tries < OVERLAP_RETRIES);
	if (!code)
		return 0;

	pr_err_ratelimited("SEV-SNP: RMPUPDATE failed for PFN %llx, pg_level: %d, ret: %d\n",
			   pa >> PAGE_SHIFT, 1, code);
	if (!rmp_entries_read(entries, pa, &entry))
		pr_err_ratelimited("SEV-SNP: PFN 0x%llx: %s, %s, ASID %u, GPA 0x%llx%s%s%s\n",
				   pa >> PAGE_SHIFT, entry.assigned ? "assigned" : "hypervisor",
				   entry.huge ? "2 MiB" : "4 KiB", entry.asid, entry.gpa,
				   entry.immutable ? ", immutable" : "",
				   entry.validated ? ", validated" : "",
				   entry.vmsa ? ", VMSA" : "");
	return code == RMPUPDATE_OVERLAP ? -EBUSY : -EFAULT;
}
