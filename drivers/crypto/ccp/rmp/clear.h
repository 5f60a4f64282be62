/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCP_RMP_CLEAR_H
#define CCP_RMP_CLEAR_H

#include "table.h"

int rmp_clear_table(const struct rmp_table *table, void (*clear)(void *va, size_t size));

#endif /* CCP_RMP_CLEAR_H */
