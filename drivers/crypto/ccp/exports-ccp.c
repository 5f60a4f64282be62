// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ccp-crypto imports: the CCP crypto queues, which this module does not drive.
 *
 * The version of ccp_enqueue_cmd() that the kernel's own ccp-crypto asks for covers
 * private types of the in-tree driver, reached through struct ccp_cmd.  A function
 * that refuses without a look at its argument serves them all, so for genksyms, and
 * only for it, the argument is a type by which the versions are equal
 * (scripts/version-tag).
 */
#include <linux/module.h>
#include <linux/printk.h>

#ifdef __GENKSYMS__
#include "views.h"
#define ccp_cmd CCP_CMD_TAG
#else
#include <linux/ccp.h>
#endif

/**
 * ccp_present() - is there a CCP whose crypto queues can be used?
 *
 * Return: -ENODEV: none is driven by this module.
 */
int ccp_present(void)
{
	pr_info_once("ccp: the crypto queues of the CCP are not driven by this module; the kernel's other implementations are used\n");
	return -ENODEV;
}
EXPORT_SYMBOL_GPL(ccp_present);

/**
 * ccp_version() - version of the first CCP
 *
 * Return: 0: there is none.
 */
unsigned int ccp_version(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(ccp_version);

/**
 * ccp_enqueue_cmd() - give a command to a CCP
 * @cmd: the command
 *
 * Return: -ENODEV: there is none to give it to.
 */
int ccp_enqueue_cmd(struct ccp_cmd *cmd)
{
	return -ENODEV;
}
EXPORT_SYMBOL_GPL(ccp_enqueue_cmd);
