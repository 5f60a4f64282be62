// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of the SEV part of a PSP: found, started, asleep, unbound.
 */
#include <linux/cpufeature.h>
#include <linux/crash_dump.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <compat/kvm.h>
#include <compat/rmp.h>

#include "../parts.h"
#include "sev.h"

/* So many refusals are reported within so many jiffies. */
#define SEV_REPORT_INTERVAL	(5 * HZ)
#define SEV_REPORT_BURST	100

static bool psp_init_on_probe = true;
module_param(psp_init_on_probe, bool, 0444);
MODULE_PARM_DESC(psp_init_on_probe,
		 " if true, the SEV platform is initialised when KVM loads, or, where KVM does not ask for it, with this module. Else it is initialised on first use");

/**
 * sev_init_on_probe() - shall the platform be initialised when KVM loads?
 *
 * Return: the psp_init_on_probe parameter
 */
bool sev_init_on_probe(void)
{
	return psp_init_on_probe;
}

/**
 * sev_create() - make the SEV part of a PSP
 * @psp: the PSP, which offers SEV
 *
 * The firmware is not spoken to yet, see sev_start().
 *
 * Return: 0 or -ENOMEM
 */
static int sev_create(struct psp_device *psp)
{
	struct sev_device *sev = kzalloc(sizeof(*sev), GFP_KERNEL);

	if (!sev)
		return -ENOMEM;

	sev->psp = psp;
	sev->dev = psp->dev;
	mutex_init(&sev->lock);
	spin_lock_init(&sev->snp.reason_lock);
	ratelimit_state_init(&sev->reports, SEV_REPORT_INTERVAL, SEV_REPORT_BURST);
	psp_mailbox_init(&sev->mbox, psp->dev, psp->hw->sev, &psp_mmio_ops, psp);
	sev->mbox.irq = psp->irq;
	sev->reclaim = snp_page_reclaim;
	if (sev_buffers_init(sev)) {
		kfree(sev);
		return -ENOMEM;
	}

	WRITE_ONCE(psp->part[PSP_ROLE_SEV], sev);
	dev_notice(psp->dev, "sev enabled\n");
	return 0;
}

/*
 * KVM of this kernel asks for the platform when a guest is created, but tools expect an
 * initialised one once KVM is there, and SNP can't come up any more when KVM has taken the
 * processors.
 *
 * With a file for INIT_EX it is too early for legacy SEV: this may be an initramfs without
 * the file, and the platform would start with new keys.
 */
static void sev_init_for_kvm(struct sev_device *sev)
{
	u32 error;

	if (psp_init_on_probe && !sev_nv_wanted())
		sev_platform_init_locked(sev, &error);
	else if (sev->snp.rmp && (psp_init_on_probe || compat_rmp_in_kernel()))
		snp_init_locked(sev, &error);
}

/* What the firmware is, and the update that the file system has for it. */
static void sev_first_contact(struct sev_device *sev)
{
	struct sev_cmd_platform_status status;
	u32 error;
	int ret;

	ret = sev_platform_ask_locked(sev, &status, &error);
	if (ret == -EIO && snp_is_left_over(error)) {
		/* What the firmware says to anything else is a consequence. */
		if (snp_take_over_locked(sev))
			return;
		ret = sev_platform_ask_locked(sev, &status, &error);
	}
	if (ret == -EIO)
		sev_report(sev, SEV_OP_PLATFORM_STATUS, error);
	if (ret) {
		dev_err(sev->dev, "SEV: failed to get status. Error: %#x\n", error);
		return;
	}

	if (!boot_cpu_has(X86_FEATURE_SEV)) {
		dev_notice(sev->dev, "SEV: memory encryption not enabled by BIOS\n");
		dev_notice(sev->dev,
			   "SEV: guests can't be started; look for SMEE, \"Secure Memory Encryption\" or \"SEV\" in the BIOS set-up\n");
	} else {
		sev_firmware_update_locked(sev);
	}

	dev_info(sev->dev, "SEV API:%d.%d build:%d\n", sev->version.major, sev->version.minor,
		 sev->version.build);
	WRITE_ONCE(sev->snp.rmp, rmp_select(sev->dev));
	snp_reason_set(sev, sev->snp.rmp ? "nobody has asked for it yet; loading kvm_amd does" :
		       "the kernel log says why");
	if (!sev->snp.rmp)
		sev_preflight_check(sev);
	snp_learn_locked(sev);

	if (boot_cpu_has(X86_FEATURE_SEV) && !compat_kvm_announces_guests())
		sev_init_for_kvm(sev);
}

/**
 * sev_start() - speak to the firmware for the first time, publish /dev/sev
 * @psp: the master PSP
 *
 * The device node is published even if the firmware does not answer, so that
 * tools can ask why.  Does nothing in a kdump kernel, where the firmware's state
 * belongs to the kernel that crashed, and when called again.
 *
 * Context: may sleep; loads firmware.
 * Return: 0 or a negative errno
 */
static int sev_start(struct psp_device *psp)
{
	struct sev_device *sev = sev_of(psp);
	int ret;

	if (is_kdump_kernel()) {
		dev_notice(sev->dev, "SEV: left alone in a kdump kernel\n");
		return 0;
	}

	guard(mutex)(&sev->lock);
	if (sev->started || sev->gone)
		return 0;
	sev->started = true;
	sev_first_contact(sev);
	sev_sysfs_publish(sev);
	ret = sev_node_publish(sev);
	sev->published = !ret;
	return ret;
}

/*
 * Guests of SNP go on running, so the processors must not be without it. Pages that KVM has
 * without a guest are no reason: nobody runs in them.
 */
static unsigned int sev_end_locked(struct sev_device *sev)
{
	unsigned int guests = snp_guests_locked(sev);
	u32 ignored;

	/* A command whose sender was killed may be about to change the keys. */
	sev_platform_learn_locked(sev, &ignored);
	sev_nv_give_up(sev);
	if (sev->mbox.dead)
		return guests;
	if (guests)
		sev_platform_shutdown_locked(sev, &ignored);
	else
		sev_platform_stop_locked(sev);
	return guests;
}

static void sev_stop_locked(struct sev_device *sev)
{
	unsigned int guests = 0;

	if (sev->published)
		sev_node_withdraw();
	sev->published = false;
	if (sev->started)
		guests = sev_end_locked(sev);
	snp_panic_unregister(sev);
	sev->gone = true;

	if (sev->tmr_owned)
		sev_memory_lose(sev, &sev->tmr);
	if (sev->nv_owned)
		sev_memory_lose(sev, &sev->nv);
	sev_tmr_release(sev);
	sev_nv_release(sev);
	sev_buffers_free(sev);
	if (sev->snp.prepared)
		snp_abandon_locked(sev, guests);
	else if (sev->leaked_pages)
		dev_warn(sev->dev,
			 "SEV: memory is left to the firmware, which never gave it back (pages: %lu)\n",
			 sev->leaked_pages);
}

/**
 * sev_destroy() - unbind: shut the platform down and answer -ENODEV from now on
 * @psp: the PSP
 *
 * Waits for the command in flight.
 */
static void sev_destroy(struct psp_device *psp)
{
	struct sev_device *sev = sev_of(psp);
	struct kobject *sysfs;

	/* Its files take the lock, and it does not go before they are done. */
	scoped_guard(mutex, &sev->lock) {
		sev_stop_locked(sev);
		sysfs = sev->sysfs;
		sev->sysfs = NULL;
	}
	sev_sysfs_withdraw(sysfs);
}

/**
 * sev_interrupt() - the SEV mailbox has announced an answer
 * @psp: the PSP
 *
 * Context: hard interrupt
 */
static void sev_interrupt(struct psp_device *psp)
{
	struct sev_device *sev = READ_ONCE(psp->part[PSP_ROLE_SEV]);

	psp_mailbox_interrupt(&sev->mbox);
}

static bool sev_offered(const struct psp_device *psp)
{
	return (psp->capability & PSP_CAP_SEV) && psp->hw->sev;
}

const struct psp_part_ops sev_part = {
	.name = "sev",
	.role = PSP_ROLE_SEV,
	.irq = PSP_INT_SEV,
	.offered = sev_offered,
	.create = sev_create,
	.start = sev_start,
	.suspend = sev_suspend,
	.resume = sev_resume,
	.interrupt = sev_interrupt,
	.destroy = sev_destroy,
};
