// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands of /dev/sev have in common.
 *
 * A command is checked and its input copied before the firmware is locked, and
 * its output copied after: a process whose memory is slow to come (userfaultfd,
 * FUSE) holds up nobody but itself.
 */
#include <linux/uaccess.h>

#include "ioctl.h"

/**
 * ioctl_lock() - take the firmware for this process
 * @io: the command; waits for it end when the process is killed
 *
 * Return: 0 or -EINTR
 */
int ioctl_lock(struct sev_ioctl *io)
{
	if (mutex_lock_killable(&io->sev->lock))
		return -EINTR;
	io->sev->killable = true;
	sev_nv_retry(io->sev);
	return 0;
}

/**
 * ioctl_unlock() - let others have the firmware
 * @io: the command, after ioctl_lock()
 */
void ioctl_unlock(struct sev_ioctl *io)
{
	io->sev->killable = false;
	mutex_unlock(&io->sev->lock);
}

/**
 * ioctl_call() - send one firmware command, whatever the platform's state
 * @io: the command of /dev/sev; gets the status
 * @call: the firmware command
 *
 * Return: see sev_call_locked()
 */
int ioctl_call(struct sev_ioctl *io, struct sev_call *call)
{
	int ret = ioctl_lock(io);

	if (ret)
		return ret;
	ret = sev_call_locked(io->sev, call);
	io->error = call->error;
	ioctl_unlock(io);
	return ret;
}

/* A guest keeps the platform from being initialised anew with the file of init_ex_path. */
static int ioctl_check_keys(struct sev_ioctl *io, const struct sev_call *call)
{
	if (!(sev_command_find(call->id)->flags & SEV_CMD_NV_CHANGING) || !sev_nv_wanted() ||
	    io->sev->nv_owned)
		return 0;
	dev_notice_ratelimited(io->sev->dev,
			       "SEV: %s refused: an earlier driver has initialised the platform, and the new keys would be in no file; shut down all guests first\n",
			       io->name);
	io->error = SEV_RET_NO_FW_CALL;
	return -EBUSY;
}

/**
 * ioctl_call_initialised() - send one firmware command to an initialised platform
 * @io: the command of /dev/sev; gets the status
 * @call: the firmware command
 *
 * Initialises the platform for it and shuts it down again.  That changes the platform, so
 * a descriptor that is not writable may not cause it.
 *
 * Return: -EPERM if it would have to; -EBUSY if the command changes keys and there is no
 * place for them; else see sev_call_locked()
 */
int ioctl_call_initialised(struct sev_ioctl *io, struct sev_call *call)
{
	struct sev_device *sev = io->sev;
	bool borrowed = false;
	int ret = ioctl_lock(io);

	if (ret)
		return ret;

	ret = sev_platform_learn_locked(sev, &io->error);
	if (!ret && sev->state == SEV_PSTATE_UNINIT && !io->writable) {
		dev_notice_ratelimited(sev->dev,
				       "SEV: %s needs an initialised platform; open /dev/sev for writing to have it initialised\n",
				       io->name);
		io->error = SEV_RET_NO_FW_CALL;
		ret = -EPERM;
	}
	if (!ret && io->writable)
		ret = sev_platform_borrow_locked(sev, &borrowed, &io->error);
	if (!ret)
		ret = ioctl_check_keys(io, call);
	if (!ret) {
		ret = sev_call_locked(sev, call);
		io->error = call->error;
	}
	sev_platform_return_locked(sev, borrowed);
	ioctl_unlock(io);
	return ret;
}

/**
 * ioctl_copy_in() - copy the command's struct from the user
 * @io: the command
 * @to: where to
 * @size: its size
 *
 * Return: 0 or -EFAULT
 */
int ioctl_copy_in(struct sev_ioctl *io, void *to, size_t size)
{
	return copy_from_user(to, io->data, size) ? -EFAULT : 0;
}

/**
 * ioctl_copy_out() - copy the command's struct to the user
 * @io: the command
 * @from: where from
 * @size: its size
 *
 * Return: 0 or -EFAULT
 */
int ioctl_copy_out(struct sev_ioctl *io, const void *from, size_t size)
{
	return copy_to_user(io->data, from, size) ? -EFAULT : 0;
}
