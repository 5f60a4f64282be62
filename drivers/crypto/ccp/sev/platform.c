// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of the SEV platform: found, initialised, shut down, gone.
 *
 * The platform is initialised when KVM loads, or when it is needed: for the first
 * guest, or for a /dev/sev command that works on an initialised platform only.
 */
#include <linux/cpufeature.h>
#include <linux/crash_dump.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/cacheflush.h>
#include <asm/smp.h>

#include <compat/kvm.h>

#include "sev.h"

/* So many refusals are reported within so many jiffies. */
#define SEV_REPORT_INTERVAL	(5 * HZ)
#define SEV_REPORT_BURST	100

static int psp_cmd_timeout = 100;
module_param(psp_cmd_timeout, int, 0644);
MODULE_PARM_DESC(psp_cmd_timeout, " default timeout value, in seconds, for PSP commands");

static int psp_probe_timeout = 5;
module_param(psp_probe_timeout, int, 0644);
MODULE_PARM_DESC(psp_probe_timeout,
		 " default timeout value, in seconds, during PSP device probe");

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

	return clamp(seconds, 0, INT_MAX / MSEC_PER_SEC) * MSEC_PER_SEC;
}

/**
 * sev_version_at_least() - is the running firmware new enough?
 * @sev: the SEV part
 * @major: wanted API major
 * @minor: wanted API minor
 *
 * Return: true if the firmware's API version is known and not older
 */
bool sev_version_at_least(const struct sev_device *sev, u8 major, u8 minor)
{
	if (sev->version.major != major)
		return sev->version.major > major;
	return sev->version.minor >= minor;
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

	return psp ? psp->sev : NULL;
}

/**
 * sev_put() - give back the reference of sev_get_master()
 * @sev: the SEV part
 */
void sev_put(struct sev_device *sev)
{
	psp_put(sev->psp);
}

/**
 * sev_platform_query_locked() - ask the firmware for version and state
 * @sev: the SEV part, locked
 * @status: the answer
 * @error: the firmware's status; may be NULL
 *
 * Return: see sev_call_locked()
 */
int sev_platform_query_locked(struct sev_device *sev, struct sev_cmd_platform_status *status,
			      u32 *error)
{
	int ret;

	memset(status, 0, sizeof(*status));
	ret = sev_execute_locked(sev, SEV_OP_PLATFORM_STATUS, status, error);
	if (ret)
		return ret;

	sev->version.major = status->api_major;
	sev->version.minor = status->api_minor;
	sev->version.build = status->build;
	sev->state = status->state;
	sev->state_known = true;
	return 0;
}

/**
 * sev_platform_learn_locked() - make sure that the platform state is known
 * @sev: the SEV part, locked
 * @error: the firmware's status; may be NULL
 *
 * Return: 0 with &sev_device.state right, or see sev_call_locked()
 */
int sev_platform_learn_locked(struct sev_device *sev, u32 *error)
{
	struct sev_cmd_platform_status status;

	/* What was known before an unbind is true no more; asking says so. */
	if (sev->state_known && !sev->gone)
		return 0;
	return sev_platform_query_locked(sev, &status, error);
}

/*
 * The trusted memory region that SEV-ES needs.  It stays allocated until the
 * firmware has given it up: memory that the firmware owns must never get back to
 * the page allocator.
 */
static void sev_tmr_prepare(struct sev_device *sev)
{
	if (!sev->tmr)
		sev->tmr = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
						    get_order(SEV_TMR_LEN));
	if (!sev->tmr) {
		dev_warn(sev->dev, "SEV: TMR allocation failed, SEV-ES support unavailable\n");
		return;
	}
	/* The firmware takes it from DRAM, behind the caches. */
	clflush_cache_range(sev->tmr, SEV_TMR_LEN);
}

static void sev_tmr_release(struct sev_device *sev)
{
	if (sev->tmr && !sev->tmr_owned) {
		free_pages((unsigned long)sev->tmr, get_order(SEV_TMR_LEN));
		sev->tmr = NULL;
	}
}

static void sev_nv_release(struct sev_device *sev)
{
	if (sev->nv && !sev->nv_owned) {
		sev_blob_put(sev->nv);
		sev->nv = NULL;
	}
}

static int sev_send_init(struct sev_device *sev, u32 *error)
{
	struct sev_cmd_init init = {
		.flags = sev->tmr ? SEV_INIT_ES : 0,
		/* The region is given without the C-bit: firmware encrypts it itself. */
		.tmr_paddr = sev->tmr ? __pa(sev->tmr) : 0,
		.tmr_len = sev->tmr ? SEV_TMR_LEN : 0,
	};
	struct sev_cmd_init_ex init_ex = {
		.length = sizeof(init_ex),
		.flags = init.flags,
		.tmr_paddr = init.tmr_paddr,
		.tmr_len = init.tmr_len,
		.nv_paddr = sev->nv ? sev_phys(sev->nv->data) : 0,
		.nv_len = sev->nv ? SEV_NV_LEN : 0,
	};
	struct sev_call call = {
		.id = sev->nv ? SEV_OP_INIT_EX : SEV_OP_INIT,
		.data = sev->nv ? (void *)&init_ex : &init,
		.quiet = true,
	};
	int ret;

	/* Right even if the answer is never seen. */
	sev->tmr_owned = sev->tmr;
	sev->nv_owned = sev->nv;

	ret = sev_call_locked(sev, &call);
	*error = call.error;
	if (ret == -EIO || call.error == SEV_RET_NO_FW_CALL) {
		bool in_flight = sev->orphan;

		sev->tmr_owned = in_flight && sev->tmr;
		sev->nv_owned = in_flight && sev->nv;
	}
	return ret;
}

static int sev_init_once(struct sev_device *sev, u32 *error)
{
	int ret;

	sev_tmr_prepare(sev);
	ret = sev_nv_load(sev);
	if (ret)
		return ret;

	ret = sev_send_init(sev, error);
	if (ret == -EIO && *error == SEV_RET_SECURE_DATA_INVALID) {
		/* The firmware has erased what it could not use; a second try is clean. */
		dev_err(sev->dev,
			"SEV: retrying INIT command because of SECURE_DATA_INVALID error. Retrying once to reset PSP SEV state.\n");
		ret = sev_send_init(sev, error);
	}
	return ret;
}

/**
 * sev_platform_init_locked() - make sure that the platform is initialised
 * @sev: the SEV part, locked
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Does nothing where the platform is initialised already, and in a kdump kernel.
 *
 * Context: may sleep, reads the file of init_ex_path.
 * Return: 0, or see sev_call_locked() and sev_nv_load()
 */
int sev_platform_init_locked(struct sev_device *sev, u32 *error)
{
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	if (is_kdump_kernel())
		return 0;

	ret = sev_platform_learn_locked(sev, error);
	if (ret)
		return ret;
	if (sev->state != SEV_PSTATE_UNINIT) {
		*error = SEV_RET_SUCCESS;
		return 0;
	}

	ret = sev_init_once(sev, error);
	if (ret) {
		dev_err(sev->dev, "SEV: failed to INIT error %#x, rc %d\n", *error, ret);
		if (ret == -EIO)
			sev_report(sev, sev_nv_wanted() ? SEV_OP_INIT_EX : SEV_OP_INIT, *error);
		sev_tmr_release(sev);
		sev_nv_release(sev);
		return ret;
	}
	sev->state = SEV_PSTATE_INIT;

	/* Nothing of the old contents of the ASIDs may linger in any cache. */
	wbinvd_on_all_cpus();
	ret = sev_execute_locked(sev, SEV_OP_DF_FLUSH, NULL, error);
	if (ret) {
		u32 ignored;

		dev_err(sev->dev, "SEV: DF_FLUSH failed %#x, rc %d\n", *error, ret);
		sev_platform_shutdown_locked(sev, &ignored);
		return ret;
	}
	return 0;
}

/**
 * sev_platform_shutdown_locked() - make sure that the platform is not initialised
 * @sev: the SEV part, locked
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Running guests are lost; it is the caller who knows that there are none.
 *
 * Return: 0, or see sev_call_locked(); then the firmware keeps the memory that it
 * was given
 */
int sev_platform_shutdown_locked(struct sev_device *sev, u32 *error)
{
	struct sev_call call = { .id = SEV_OP_SHUTDOWN, .quiet = true };
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	ret = sev_platform_learn_locked(sev, error);
	if (ret)
		return ret;

	if (sev->state != SEV_PSTATE_UNINIT) {
		ret = sev_call_locked(sev, &call);
		*error = call.error;
		if (ret) {
			dev_err(sev->dev, "SEV: failed to SHUTDOWN error %#x, rc %d\n", *error,
				ret);
			if (ret == -EIO)
				sev_report(sev, SEV_OP_SHUTDOWN, *error);
			return ret;
		}
		sev->state = SEV_PSTATE_UNINIT;
	}

	*error = SEV_RET_SUCCESS;
	sev->tmr_owned = false;
	sev->nv_owned = false;
	sev_tmr_release(sev);
	sev_nv_release(sev);
	return 0;
}

/**
 * sev_platform_borrow_locked() - initialise the platform for one command
 * @sev: the SEV part, locked
 * @borrowed: whether sev_platform_return_locked() has to shut it down again
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Return: see sev_platform_init_locked()
 */
int sev_platform_borrow_locked(struct sev_device *sev, bool *borrowed, u32 *error)
{
	int ret;

	*borrowed = false;
	ret = sev_platform_learn_locked(sev, error);
	if (ret || sev->state != SEV_PSTATE_UNINIT)
		return ret;

	ret = sev_platform_init_locked(sev, error);
	*borrowed = !ret;
	return ret;
}

/**
 * sev_platform_return_locked() - leave the platform as it was found
 * @sev: the SEV part, locked
 * @borrowed: from sev_platform_borrow_locked()
 */
void sev_platform_return_locked(struct sev_device *sev, bool borrowed)
{
	u32 error;

	if (!borrowed)
		return;
	if (sev->orphan) {
		dev_notice(sev->dev,
			   "SEV: the platform stays initialised, because the process that used it was killed\n");
		return;
	}

	/* Not to be skipped for a signal that has come meanwhile. */
	sev->killable = false;
	sev_platform_shutdown_locked(sev, &error);
}

/**
 * sev_create() - make the SEV part of a PSP
 * @psp: the PSP, which offers SEV
 *
 * The firmware is not spoken to yet, see sev_start().
 *
 * Return: 0 or -ENOMEM
 */
int sev_create(struct psp_device *psp)
{
	struct sev_device *sev = kzalloc(sizeof(*sev), GFP_KERNEL);

	if (!sev)
		return -ENOMEM;

	sev->psp = psp;
	sev->dev = psp->dev;
	mutex_init(&sev->lock);
	ratelimit_state_init(&sev->reports, SEV_REPORT_INTERVAL, SEV_REPORT_BURST);
	psp_mailbox_init(&sev->mbox, psp->dev, psp->hw->sev, &psp_mmio_ops, psp);
	sev->mbox.irq = psp->irq;
	if (sev_buffers_init(sev)) {
		kfree(sev);
		return -ENOMEM;
	}

	WRITE_ONCE(psp->sev, sev);
	dev_notice(psp->dev, "sev enabled\n");
	return 0;
}

/* What the firmware is, and the update that the file system has for it. */
static void sev_first_contact(struct sev_device *sev)
{
	struct sev_cmd_platform_status status;
	u32 error;
	int ret;

	ret = sev_platform_query_locked(sev, &status, &error);
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

	/*
	 * Tools expect an initialised platform once KVM is there.  With a file for
	 * INIT_EX that is too early: this may be an initramfs without the file, and
	 * the platform would start with new keys.
	 */
	if (boot_cpu_has(X86_FEATURE_SEV) && psp_init_on_probe && !sev_nv_wanted() &&
	    !compat_kvm_announces_guests())
		sev_platform_init_locked(sev, &error);
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
int sev_start(struct psp_device *psp)
{
	struct sev_device *sev = psp->sev;
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
	ret = sev_ioctl_publish(sev);
	sev->published = !ret;
	return ret;
}

/**
 * sev_destroy() - unbind: shut the platform down and answer -ENODEV from now on
 * @psp: the PSP
 *
 * Waits for the command in flight.
 */
void sev_destroy(struct psp_device *psp)
{
	struct sev_device *sev = psp->sev;
	u32 error;

	if (!sev)
		return;

	guard(mutex)(&sev->lock);
	if (sev->published)
		sev_ioctl_withdraw();
	sev->published = false;
	if (sev->started && !sev->mbox.dead)
		sev_platform_shutdown_locked(sev, &error);
	sev->gone = true;

	if (sev->tmr_owned) {
		sev->leaked_pages += SEV_TMR_LEN >> PAGE_SHIFT;
		sev->tmr = NULL;
	}
	if (sev->nv_owned) {
		sev->leaked_pages += SEV_NV_LEN >> PAGE_SHIFT;
		sev->nv = NULL;
	}
	sev_tmr_release(sev);
	sev_nv_release(sev);
	sev_buffers_free(sev);
	if (sev->leaked_pages)
		dev_warn(sev->dev,
			 "SEV: %lu pages are left to the firmware, which never gave them back\n",
			 sev->leaked_pages);
}

/**
 * sev_interrupt() - the SEV mailbox has announced an answer
 * @psp: the PSP
 *
 * Context: hard interrupt
 */
void sev_interrupt(struct psp_device *psp)
{
	struct sev_device *sev = READ_ONCE(psp->sev);

	psp_mailbox_interrupt(&sev->mbox);
}

/**
 * sev_suspend() - the machine goes to sleep, and the PSP forgets its guests
 * @psp: the PSP
 *
 * Return: 0, or -EBUSY while SEV guests exist, because nothing could resume them
 */
int sev_suspend(struct psp_device *psp)
{
	struct sev_device *sev = psp->sev;
	struct sev_cmd_platform_status status;
	u32 error;

	guard(mutex)(&sev->lock);
	if (!sev->started || sev->mbox.dead)
		return 0;
	if (sev_platform_query_locked(sev, &status, &error))
		return 0;
	if (status.guest_count) {
		dev_err(sev->dev,
			"SEV: %u encrypted guests would not survive sleep; shut them down first\n",
			status.guest_count);
		return -EBUSY;
	}
	return sev_platform_shutdown_locked(sev, &error) ? -EBUSY : 0;
}

/**
 * sev_resume() - the machine is awake: the platform state is not known
 * @psp: the PSP
 */
void sev_resume(struct psp_device *psp)
{
	guard(mutex)(&psp->sev->lock);
	psp->sev->state_known = false;
}
