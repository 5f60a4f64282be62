/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the provider for kernels that don't know the reverse map table (own.c).
 */
#ifndef CCP_RMP_OWN_H
#define CCP_RMP_OWN_H

#include <linux/device.h>
#include <linux/types.h>

#include "insn.h"
#include "table.h"

/**
 * struct rmp_entries - a way to the entries of the table
 * @table: the table, NULL while SNP is off
 * @map: entries of each segment; NULL on processors that have RMPREAD
 */
struct rmp_entries {
	const struct rmp_table *table;
	void **map;
};

/* validate.c */
struct rmp_table *rmp_validate_machine(struct device *dev);

/* snp-cpus.c */
int rmp_cpus_enable_snp(struct device *dev, const struct rmp_table *table);
void rmp_cpus_abandon(int hotplug);
void rmp_cpus_prepare_kdump(void);
void rmp_cpus_disable_snp(struct device *dev, const struct rmp_table *table, int hotplug);

/* entries.c */
int rmp_entries_open(struct rmp_entries *entries, const struct rmp_table *table);
void rmp_entries_close(struct rmp_entries *entries);
int rmp_entries_read(const struct rmp_entries *entries, u64 pa, struct rmp_entry *entry);
int rmp_entries_change(const struct rmp_entries *entries, u64 pa,
		       const struct rmp_state *state);

#endif /* CCP_RMP_OWN_H */
