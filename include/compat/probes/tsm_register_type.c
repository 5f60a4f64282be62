// SPDX-License-Identifier: GPL-2.0-only
/* 6.7: tsm_register() with a type and without services (until 6.10) */
/* Exported: tsm_register */
/* Exported: tsm_report_extra_type */
#include <linux/device.h>
#include <linux/tsm.h>

static inline int probe(const struct tsm_ops *ops)
{
	return tsm_register(ops, NULL, &tsm_report_extra_type);
}
