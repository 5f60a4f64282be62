// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module of core.c.
 */
#include <linux/module.h>

#include "core.h"

static int __init tsm_report_init(void)
{
	return tsm_core_start();
}
module_init(tsm_report_init);

static void __exit tsm_report_exit(void)
{
	tsm_core_stop();
}
module_exit(tsm_report_exit);

MODULE_AUTHOR("amd-sev contributors");
MODULE_DESCRIPTION("Attestation reports through configfs, for kernels without");
MODULE_VERSION("amd-sev-0.1.0");
MODULE_LICENSE("GPL");
