/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCP_RMP_SWEEP_H
#define CCP_RMP_SWEEP_H

#include "table.h"

int rmp_sweep(const struct rmp_table *table, void (*slice)(void *va, size_t size));

#endif /* CCP_RMP_SWEEP_H */
