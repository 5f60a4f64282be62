// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the SEV part of the master PSP knows about itself, for people.
 *
 * The firmware is not asked, so this works also while it is busy or dead.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "sev.h"

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void show_snp(struct seq_file *m, const struct snp_platform *snp)
{
	seq_printf(m, "snp: %s\n", snp->up ? "up" : "off");
	if (!snp->up)
		seq_printf(m, "snp off because: %s\n", snp->reason);
	if (!snp->rmp)
		return;
	seq_printf(m, "rmp provider: %s\n", snp->rmp->name);
	seq_printf(m, "features: ebx %#x ecx %#x\n", snp->features.ebx, snp->features.ecx);
	seq_printf(m, "current tcb: %#018llx\n", snp->status.current_tcb);
	seq_printf(m, "reported tcb: %#018llx\n", snp->status.reported_tcb);
	if (snp->committed_known)
		seq_printf(m, "committed tcb: %#018llx\n", snp->committed);
	if (snp->max_asid)
		seq_printf(m, "ciphertext hidden: asids 1 to %u\n", snp->max_asid);
	seq_printf(m, "firmware pages of guests: %lu\n", snp->pages_out);
}

static int sev_show(struct seq_file *m, void *unused)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	if (!sev) {
		seq_puts(m, "no PSP with SEV\n");
		return 0;
	}
	if (mutex_lock_killable(&sev->lock))
		return -EINTR;
	seq_printf(m, "device: %s\n", dev_name(sev->dev));
	seq_printf(m, "firmware: %u.%u.%u\n", sev->version.major, sev->version.minor,
		   sev->version.build);
	seq_printf(m, "firmware answers: %s\n", yes_no(!sev->mbox.dead));
	seq_printf(m, "lost interrupts: %lu\n", sev->mbox.lost_irqs);
	seq_printf(m, "leaked pages: %lu\n", sev->leaked_pages);
	show_snp(m, &sev->snp);
	mutex_unlock(&sev->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sev);

/**
 * sev_debugfs_publish() - make the file "sev"
 * @dir: where
 */
void sev_debugfs_publish(struct dentry *dir)
{
	debugfs_create_file("sev", 0400, dir, NULL, &sev_fops);
}
