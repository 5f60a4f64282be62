// SPDX-License-Identifier: GPL-2.0-only
/* The SEV part that speaks for the machine, and how patient its users are with it. */
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/time64.h>

#include "sev.h"

static int psp_cmd_timeout = 100;
module_param(psp_cmd_timeout, int, 0644);
MODULE_PARM_DESC(psp_cmd_timeout, " default timeout value, in seconds, for PSP commands");

static int psp_probe_timeout = 5;
module_param(psp_probe_timeout, int, 0644);
MODULE_PARM_DESC(psp_probe_timeout,
		 " default timeout value, in seconds, during PSP device probe");

/**
 * sev_timeout_ms() - how long the firmware may take for one command
 * @sev: the SEV part, locked
 *
 * A PSP that has never answered is given up on sooner, so that broken firmware
 * does not hold up the boot.
 *
 * Return: milliseconds
 */
unsigned int sev_timeout_ms(const struct sev_device *sev)
{
	int seconds = READ_ONCE(*(sev->responded ? &psp_cmd_timeout : &psp_probe_timeout));

	return clamp_t(int, seconds, 0, INT_MAX / MSEC_PER_SEC) * MSEC_PER_SEC;
}

/**
 * sev_get_master() - the SEV part that speaks for the machine
 *
 * Return: with a reference held for sev_put(), or NULL when no PSP with SEV is
 * bound
 */
struct sev_device *sev_get_master(void)
{
	struct psp_device *psp = psp_get_master(PSP_ROLE_SEV);

	return psp ? sev_of(psp) : NULL;
}

/**
 * sev_put() - give back the reference of sev_get_master()
 * @sev: the SEV part
 */
void sev_put(struct sev_device *sev)
{
	psp_put(sev->psp);
}
