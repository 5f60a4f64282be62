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

/* fit.c */
struct rmp_table *rmp_fit_table(struct device *dev);

/* turn.c */
int rmp_turn_on(struct device *dev, const struct rmp_table *table);
void rmp_turn_leave(int hotplug);
void rmp_turn_this_cpu_over(void);
void rmp_turn_off(struct device *dev, const struct rmp_table *table, int hotplug);

/* entries.c */
int rmp_entries_open(struct rmp_entries *entries, const struct rmp_table *table);
void rmp_entries_close(struct rmp_entries *entries);
int rmp_entries_read(const struct rmp_entries *entries, u64 pa, struct rmp_entry *entry);
int rmp_entries_change(const struct rmp_entries *entries, u64 pa,
		       const struct rmp_state *state);

#endif /* CCP_RMP_OWN_H */
