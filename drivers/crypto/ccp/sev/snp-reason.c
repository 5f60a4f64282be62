// SPDX-License-Identifier: GPL-2.0-only
/* Why SNP is not up, for those who ask later. */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sev.h"

/**
 * snp_reason_set() - remember why SNP is not up
 * @sev: the SEV part, locked
 * @fmt: one clause
 */
void snp_reason_set(struct sev_device *sev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	spin_lock(&sev->snp.reason_lock);
	vsnprintf(sev->snp.reason, sizeof(sev->snp.reason), fmt, args);
	spin_unlock(&sev->snp.reason_lock);
	va_end(args);
}

/**
 * snp_reason_read() - why SNP is not up
 * @sev: the SEV part, locked or not
 * @reason: out: one clause
 */
void snp_reason_read(struct sev_device *sev, char reason[SNP_REASON_LEN])
{
	spin_lock(&sev->snp.reason_lock);
	strscpy(reason, sev->snp.reason, SNP_REASON_LEN);
	spin_unlock(&sev->snp.reason_lock);
}
