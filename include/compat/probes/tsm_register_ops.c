// SPDX-License-Identifier: GPL-2.0-only
/* 6.11: tsm_register() with services and without a type (until 6.15) */
/* Exported: tsm_register */
#include <linux/device.h>
#include <linux/tsm.h>

static inline int probe(const struct tsm_ops *ops, const struct tsm_desc *desc)
{
	if (!desc->service_provider || !ops->report_attr_visible(TSM_REPORT_SERVICE_GUID))
		return -1;
	return tsm_register(ops, NULL);
}
