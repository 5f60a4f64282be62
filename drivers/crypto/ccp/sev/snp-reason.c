// SPDX-License-Identifier: GPL-2.0-only
/* Why SNP is not up, for those who ask later. */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sev.h"

/**
 * snp_why() - remember why SNP is not up
 * @sev: the SEV part, locked
 * @fmt: one clause
 */
void snp_why(struct sev_device *sev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	spin_lock(&sev->snp.why_lock);
	vsnprintf(sev->snp.why, sizeof(sev->snp.why), fmt, args);
	spin_unlock(&sev->snp.why_lock);
	va_end(args);
}

/**
 * snp_why_read() - why SNP is not up
 * @sev: the SEV part, locked or not
 * @why: out: one clause
 */
void snp_why_read(struct sev_device *sev, char why[SNP_WHY_LEN])
{
	spin_lock(&sev->snp.why_lock);
	strscpy(why, sev->snp.why, SNP_WHY_LEN);
	spin_unlock(&sev->snp.why_lock);
}
