// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last words to the SNP firmware before a panic ends in a crash kernel or a reset.
 *
 * One CPU is left.  Nothing may sleep, no lock may be waited for, and no memory changes
 * hands: only the firmware has to let go of the IOMMUs and of the RMP table.
 */
#include <linux/kernel.h>
#include <linux/panic_notifier.h>
#include <linux/string.h>
#include <asm/special_insns.h>

#include <compat/rmp.h>

#include "sev.h"

/* The crash kernel waits for this. */
#define PANIC_TIMEOUT_MS	10000

static int panic_send(struct sev_device *sev, u32 id, const void *data, size_t len, u32 *status)
{
	const struct sev_command *cmd = sev_command_find(id);
	struct psp_mailbox_request req = {
		.name = cmd->name,
		.cmd = id,
		.timeout_ms = PANIC_TIMEOUT_MS,
		.atomic = true,
	};
	int ret;

	*status = SEV_RET_NO_FW_CALL;
	if (len) {
		memcpy(sev->snp.panic_page.mem.va, data, len);
		req.addr = sev_memory_phys(&sev->snp.panic_page);
	}
	ret = psp_mailbox_send(&sev->mbox, &req, status);
	return ret ?: *status ? -EIO : 0;
}

static int panic_shut_down(struct sev_device *sev, u32 *status)
{
	struct snp_cmd_shutdown_ex data = {
		.length = sizeof(data),
		.flags = SNP_SHUTDOWN_IOMMU,
	};
	int ret;

	if (sev->snp.features.ecx & SNP_FEAT_ECX_X86_SHUTDOWN)
		data.flags |= SNP_SHUTDOWN_X86;

	/* Also if it is initialised no more: that is no error. */
	ret = panic_send(sev, SEV_OP_SHUTDOWN, NULL, 0, status);
	if (ret)
		return ret;

	/*
	 * The other CPUs do this when they are stopped, where the kernel knows SNP.  Where
	 * it doesn't, DF_FLUSH is refused if ASIDs were in use, and SNP stays initialised.
	 */
	wbinvd();
	ret = panic_send(sev, SNP_OP_SHUTDOWN_EX, &data, sizeof(data), status);
	if (ret != -EIO || *status != SEV_RET_DFFLUSH_REQUIRED)
		return ret;
	ret = panic_send(sev, SNP_OP_DF_FLUSH, NULL, 0, status);
	return ret ?: panic_send(sev, SNP_OP_SHUTDOWN_EX, &data, sizeof(data), status);
}

static int snp_panic(struct notifier_block *nb, unsigned long reason, void *arg)
{
	struct sev_device *sev = container_of(nb, struct sev_device, snp.panic);
	u32 status;
	int ret;

	if (!sev->snp.up || sev->mbox.dead)
		return NOTIFY_DONE;

	ret = panic_shut_down(sev, &status);
	if (ret) {
		dev_emerg(sev->dev,
			  "SEV-SNP: still on, rc %d, error %#x: a crash kernel may not come up\n",
			  ret, status);
		return NOTIFY_DONE;
	}
	sev->snp.up = false;
	sev->snp.rmp->shutdown(sev->dev, true);
	return NOTIFY_DONE;
}

/**
 * snp_panic_register() - shut SNP down when the kernel panics
 * @sev: the SEV part, locked; SNP has come up
 */
void snp_panic_register(struct sev_device *sev)
{
	if (sev->snp.panic.notifier_call)
		return;
	sev->snp.panic.notifier_call = snp_panic;
	atomic_notifier_chain_register(&panic_notifier_list, &sev->snp.panic);

	/* Kernels that know SNP run the notifiers first. */
	if (!compat_rmp_in_kernel())
		dev_notice(sev->dev,
			   "SEV-SNP: if there is a crash kernel, set crash_kexec_post_notifiers in /sys/module/kernel/parameters, or it starts with SNP on\n");
}

/**
 * snp_panic_unregister() - there is nothing to shut down in a panic
 * @sev: the SEV part, locked
 */
void snp_panic_unregister(struct sev_device *sev)
{
	if (!sev->snp.panic.notifier_call)
		return;
	atomic_notifier_chain_unregister(&panic_notifier_list, &sev->snp.panic);
	sev->snp.panic.notifier_call = NULL;
}
