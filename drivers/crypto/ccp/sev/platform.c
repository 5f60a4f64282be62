// SPDX-License-Identifier: GPL-2.0-only
/*
 * The legacy platform: initialised and shut down.
 *
 * It is initialised when KVM loads, or when it is needed: for the first guest, or for a
 * /dev/sev command that works on an initialised platform only.  Where the machine can
 * have SNP, that is initialised first: the firmware wants it so.
 */
#include <linux/crash_dump.h>
#include <asm/smp.h>

#include "sev.h"

static int sev_send_init(struct sev_device *sev, u32 *error)
{
	bool tmr = sev->tmr.mem.va;
	bool nv = sev->nv.mem.va;
	struct sev_cmd_init init = {
		.flags = tmr ? SEV_INIT_ES : 0,
		/* The region is given without the C-bit: firmware encrypts it itself. */
		.tmr_paddr = sev->tmr.mem.pa,
		.tmr_len = sev->tmr.mem.npages << PAGE_SHIFT,
	};
	struct sev_cmd_init_ex init_ex = {
		.length = sizeof(init_ex),
		.flags = init.flags,
		.tmr_paddr = init.tmr_paddr,
		.tmr_len = init.tmr_len,
		.nv_paddr = nv ? sev_memory_phys(&sev->nv) : 0,
		.nv_len = nv ? SEV_NV_LEN : 0,
	};
	struct sev_call call = {
		.id = nv ? SEV_OP_INIT_EX : SEV_OP_INIT,
		.data = nv ? (void *)&init_ex : &init,
		.quiet = true,
	};
	int ret;

	/* Right even if the answer is never seen. */
	sev->tmr_owned = tmr;
	sev->nv_owned = nv;
	sev->flush_due = true;

	ret = sev_call_locked(sev, &call);
	*error = call.error;
	if (call.error) {
		bool in_flight = sev->orphan && sev->orphan->id == call.id;

		sev->tmr_owned = in_flight && tmr;
		sev->nv_owned = in_flight && nv;
	}
	return ret;
}

static int sev_init_once(struct sev_device *sev, u32 *error)
{
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	sev_tmr_prepare(sev);
	ret = sev_nv_prepare(sev);
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

static void sev_report_init(struct sev_device *sev, int ret, u32 error)
{
	/* What SNP said is the cause, and stands above this. */
	if (sev->snp.failed && ret == -EIO) {
		dev_info(sev->dev,
			 "SEV: as a consequence INIT is refused too, error %#x, rc %d\n", error,
			 ret);
		return;
	}
	dev_err(sev->dev, "SEV: failed to INIT error %#x, rc %d\n", error, ret);
	if (ret == -EIO)
		sev_report(sev, sev_nv_wanted() ? SEV_OP_INIT_EX : SEV_OP_INIT, error);
}

/* Nothing of the old contents of the ASIDs may linger in any cache. */
static int sev_flush(struct sev_device *sev, u32 *error)
{
	u32 ignored;
	int ret;

	wbinvd_on_all_cpus();
	ret = sev_execute_locked(sev, SEV_OP_DF_FLUSH, NULL, error);
	if (!ret) {
		sev->flush_due = false;
		return 0;
	}
	dev_err(sev->dev, "SEV: DF_FLUSH failed %#x, rc %d\n", *error, ret);
	sev_platform_shutdown_locked(sev, &ignored);
	return ret;
}

static int sev_init_legacy(struct sev_device *sev, u32 *error)
{
	int ret = sev_init_once(sev, error);
	/* Initialised, with keys that no file holds: who uses them has to know. */
	int unsaved = *error ? 0 : ret;

	if (*error) {
		sev_report_init(sev, ret, *error);
		sev_tmr_release(sev);
		sev_nv_release(sev);
		return ret;
	}
	WRITE_ONCE(sev->state, SEV_PSTATE_INIT);
	return sev_flush(sev, error) ?: unsaved;
}

/* Initialised by an earlier driver or kernel, with a file of its own or none, and no guest. */
static bool sev_keys_are_elsewhere(const struct sev_device *sev)
{
	return sev->state == SEV_PSTATE_INIT && sev_nv_wanted() && !sev->nv_owned;
}

/**
 * sev_platform_init_locked() - make sure that the platform is initialised
 * @sev: the SEV part, locked
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Does nothing where the platform is initialised already, and in a kdump kernel.  One that
 * does not keep its keys in the file of init_ex_path is initialised anew, if it has no guest.
 * SNP comes first where the machine has it.  If that fails, SEV and SEV-ES are tried
 * all the same; while the processors have SNP on the firmware may refuse them.
 *
 * Context: may sleep, reads the file of init_ex_path.
 * Return: 0, or see sev_call_locked() and sev_nv_load(); that of SNP, if both failed.  With
 * @error 0 it is initialised, but its keys are new and could not be stored.
 */
int sev_platform_init_locked(struct sev_device *sev, u32 *error)
{
	int ret, snp_ret;
	u32 snp_error;

	*error = SEV_RET_NO_FW_CALL;
	if (is_kdump_kernel())
		return 0;

	ret = sev_platform_learn_locked(sev, error);
	if (ret)
		return ret;
	if (sev_keys_are_elsewhere(sev)) {
		dev_notice(sev->dev,
			   "SEV: initialised by an earlier driver, without the file of init_ex_path; initialising it anew\n");
		ret = sev_platform_shutdown_locked(sev, error);
		if (ret)
			return ret;
	}
	if (sev->state != SEV_PSTATE_UNINIT) {
		*error = SEV_RET_SUCCESS;
		/* Who sent INIT may have been killed before the flush. */
		return sev->flush_due && sev->state == SEV_PSTATE_INIT ? sev_flush(sev, error) : 0;
	}

	snp_ret = snp_init_locked(sev, &snp_error);
	ret = sev_init_legacy(sev, error);
	if (ret && *error && snp_ret && snp_ret != -ENODEV) {
		*error = snp_error;
		return snp_ret;
	}
	return ret;
}

/**
 * sev_platform_shutdown_locked() - make sure that the platform is not initialised
 * @sev: the SEV part, locked
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Running guests are lost; it is the caller who knows that there are none.  Keys are not:
 * those that are in no file are written first, or the platform stays initialised.
 *
 * Return: 0, or see sev_call_locked() and sev_nv_store(); then the firmware keeps the
 * memory that it was given
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
		ret = sev->nv_unsaved ? sev_nv_store(sev) : 0;
		if (ret) {
			*error = SEV_RET_NO_FW_CALL;
			dev_err(sev->dev,
				"SEV: not shut down, because its keys would be lost with it\n");
			return ret;
		}
		ret = sev_call_locked(sev, &call);
		*error = call.error;
		if (ret) {
			dev_err(sev->dev, "SEV: failed to SHUTDOWN error %#x, rc %d\n", *error,
				ret);
			if (ret == -EIO)
				sev_report(sev, SEV_OP_SHUTDOWN, *error);
			return ret;
		}
		WRITE_ONCE(sev->state, SEV_PSTATE_UNINIT);
	}

	*error = SEV_RET_SUCCESS;
	sev_platform_memory_release(sev);
	return 0;
}

/**
 * sev_platform_stop_locked() - shut down everything, SNP included
 * @sev: the SEV part, locked
 *
 * Guests are lost; it is the caller who knows that there are none.
 *
 * Return: 0, or see sev_call_locked()
 */
int sev_platform_stop_locked(struct sev_device *sev)
{
	u32 error;
	int ret;

	ret = sev_platform_shutdown_locked(sev, &error);
	if (!ret)
		return snp_shutdown_locked(sev, &error);
	if (sev->snp.up)
		dev_info(sev->dev, "SEV-SNP: stays initialised as a consequence\n");
	return ret;
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
	bool had_snp = sev->snp.up;
	bool was_off;
	int ret;

	*borrowed = false;
	ret = sev_platform_learn_locked(sev, error);
	was_off = sev->state == SEV_PSTATE_UNINIT;
	if (ret || !(was_off || sev_keys_are_elsewhere(sev)))
		return ret;

	ret = sev_platform_init_locked(sev, error);
	sev->snp.borrowed = !had_snp && sev->snp.up;
	*borrowed = !ret && was_off;
	/* With keys that could not be stored it stays initialised, and so does SNP. */
	if (ret && sev->snp.borrowed && sev->state_known && sev->state == SEV_PSTATE_UNINIT) {
		u32 ignored;

		snp_shutdown_locked(sev, &ignored);
		sev->snp.borrowed = false;
	}
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
	if (sev->snp.borrowed)
		sev_platform_stop_locked(sev);
	else
		sev_platform_shutdown_locked(sev, &error);
	sev->snp.borrowed = false;
}

