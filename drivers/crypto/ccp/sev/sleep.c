// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep of the machine, and who has to be asked before SNP is taken away.
 *
 * Guests live in the firmware and do not survive that it loses its power, so with a guest
 * the machine stays awake.  Without one everything is shut down.  SNP is initialised again
 * when the machine wakes up, because a KVM that has been there all the time goes on
 * believing in it; the legacy platform is when somebody needs it.
 */
#include <linux/suspend.h>

#include "sev.h"

/**
 * snp_guests_locked() - how many SNP guests are there?
 * @sev: the SEV part, locked
 *
 * A page that KVM has got for a guest is no guest: KVM may be about to make one, or may have
 * lost the page for good.  It only stands for one where the firmware does not tell.
 *
 * Return: how many there are; where nobody knows, 1 if KVM has such a page
 */
unsigned int snp_guests_locked(struct sev_device *sev)
{
	u32 error;

	if (!sev->snp.up)
		return 0;
	if (!sev->mbox.dead && !snp_status_locked(sev, &error))
		return sev->snp.status.guest_count;
	return !!sev->snp.pages_out;
}

/* The processors lose all their registers, not only the PSP its memory. */
static bool processors_are_reset(void)
{
	return (__force int)pm_suspend_target_state > (__force int)PM_SUSPEND_TO_IDLE;
}

static int sleep_check(struct sev_device *sev)
{
	struct sev_cmd_platform_status status = { };
	/* What KVM has got for a guest that it is about to make would not survive either. */
	unsigned int guests = snp_guests_locked(sev) ?: sev->snp.up && sev->snp.pages_out;
	int ret = sev->mbox.dead ? 0 : sev_platform_query_locked(sev, &status, NULL);

	if (ret && sev->snp.up) {
		dev_err(sev->dev,
			"SEV: the firmware does not tell whether there are guests, so the machine stays awake\n");
		return -EBUSY;
	}
	if (sev->nv_unsaved) {
		dev_err(sev->dev,
			"SEV: the file of init_ex_path does not hold the platform's keys, and sleep would lose them; make its directory writable, and then use /dev/sev once\n");
		return -EBUSY;
	}
	/* Firmware that does not tell has those that KVM has made. */
	guests += ret ? sev->guests : status.guest_count;
	if (guests) {
		dev_err(sev->dev,
			"SEV: encrypted guests (%u) would not survive sleep; shut them down first\n",
			guests);
		return -EBUSY;
	}
	if (sev->snp.up && processors_are_reset() && !rmp_can_restart(sev->snp.rmp)) {
		dev_err(sev->dev,
			"SEV-SNP: this kernel can't turn SNP on again after such a sleep, only when it boots; unload kvm_amd first, and ccp as well if that is not enough, or use suspend-to-idle (freeze)\n");
		return -EBUSY;
	}
	return 0;
}

static int suspend_locked(struct sev_device *sev)
{
	bool had_snp;

	if (sleep_check(sev))
		return -EBUSY;
	if (sev->mbox.dead)
		return 0;

	had_snp = sev->snp.up;
	if (sev_platform_stop_locked(sev))
		return -EBUSY;
	sev->snp.asleep = had_snp;
	return 0;
}

/**
 * sev_suspend() - the machine goes to sleep, and the PSP forgets its guests
 * @psp: the PSP
 *
 * Return: 0, or -EBUSY while there are guests, because nothing could resume them, while keys
 * are in no file, because the disk may sleep already, or where SNP would not come back
 */
int sev_suspend(struct psp_device *psp)
{
	struct sev_device *sev = sev_of(psp);
	int ret;

	guard(mutex)(&sev->lock);
	if (!sev->started)
		return 0;
	sev->nv_offline = true;
	ret = suspend_locked(sev);
	sev->nv_offline = false;
	return ret;
}

/*
 * KVM has taken the host save areas again before its devices were resumed, and the firmware
 * wants that there are none.  All processes are frozen, so nobody enters a guest meanwhile.
 */
static int snp_wake(struct sev_device *sev, u32 *error)
{
	u64 *areas = rmp_park_save_areas();
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	if (!areas)
		return -ENOMEM;
	ret = snp_init_locked(sev, error);
	rmp_unpark_save_areas(areas);
	return ret;
}

/**
 * sev_resume() - the machine is awake: the platform state is not known
 * @psp: the PSP
 * @memory_lost: the PSP has forgotten all addresses; it is told them with each command
 *
 * Return: 0: that SNP is not up again keeps nothing else from waking up, and the log says so
 */
int sev_resume(struct psp_device *psp, bool memory_lost)
{
	struct sev_device *sev = sev_of(psp);
	u32 error;
	int ret;

	guard(mutex)(&sev->lock);
	WRITE_ONCE(sev->state_known, false);
	if (!sev->snp.asleep)
		return 0;

	sev->snp.asleep = false;
	ret = snp_wake(sev, &error);
	if (!ret)
		return 0;
	if (!sev->snp.failed)
		snp_reason_set(sev,
			       "it could not be initialised after sleep (rc %d); unload and load kvm_amd",
			       ret);
	sev->snp.failed = true;
	dev_err(sev->dev,
		"SEV-SNP: not up again after sleep (rc %d, error %#x); unload kvm_amd and load it again to start SNP guests\n",
		ret, error);
	return 0;
}
