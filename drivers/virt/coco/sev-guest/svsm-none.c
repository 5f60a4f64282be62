// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that can't run below a service module.
 */
#include "guest.h"

/**
 * snp_svsm_report() - refuse: there is no service module
 * @guest: the device
 * @report: what was asked
 *
 * Return: -EINVAL
 */
int snp_svsm_report(struct snp_guest *guest, struct tsm_report *report)
{
	dev_err_ratelimited(guest->dev,
			    "this kernel cannot ask a service module (SVSM); 6.11 was the first\n");
	return -EINVAL;
}
