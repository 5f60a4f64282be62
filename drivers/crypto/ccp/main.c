// SPDX-License-Identifier: GPL-2.0-only
/*
 * ccp.ko: AMD Platform Security Processor, Secure Encrypted Virtualization.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "hv-fixed.h"
#include "psp.h"
#include "sp-pci.h"
#include "sev/sev.h"

static struct dentry *ccp_debugfs;

static int __init ccp_init(void)
{
	int ret;

	ccp_debugfs = debugfs_create_dir("ccp", NULL);
	sev_preflight_publish(ccp_debugfs);
	sev_debugfs_publish(ccp_debugfs);
	ret = sp_pci_register();
	if (ret) {
		debugfs_remove(ccp_debugfs);
		return ret;
	}

	/* All PSPs that are present are probed now, so the masters are known. */
	psp_registry_go_live();
	return 0;
}

static void __exit ccp_exit(void)
{
	sp_pci_unregister();
	hv_fixed_exit();
	debugfs_remove(ccp_debugfs);
}

module_init(ccp_init);
module_exit(ccp_exit);

MODULE_DESCRIPTION("AMD Platform Security Processor, Secure Encrypted Virtualization");
MODULE_LICENSE("GPL");
/*
 * dkms replaces a module only by one with a higher version. The in-tree module counts
 * on its own (1.1.0); letters sort after all numbers.
 */
MODULE_VERSION("amd-sev-0.1.0");
