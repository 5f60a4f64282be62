// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SNP commands of /dev/sev.
 */
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "ioctl.h"

/* The user has to know why, and what to do. */
static int ioctl_snp_check(struct sev_ioctl *io)
{
	char reason[SNP_REASON_LEN];

	if (READ_ONCE(io->sev->snp.up))
		return 0;
	snp_reason_read(io->sev, reason);
	dev_notice_ratelimited(io->sev->dev, "SEV-SNP: %s refused: SNP is not initialised: %s\n",
			       io->name, reason);
	return -ENODEV;
}

/**
 * ioctl_snp_platform_status() - SNP_PLATFORM_STATUS of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_snp_platform_status(struct sev_ioctl *io)
{
	struct snp_platform_status status;
	int ret;

	static_assert(sizeof(status) == sizeof(struct sev_user_data_snp_status));

	ret = ioctl_lock(io);
	if (ret)
		return ret;
	ret = snp_status_locked(io->sev, &io->error);
	status = io->sev->snp.status;
	ioctl_unlock(io);
	return ret ?: ioctl_copy_out(io, &status, sizeof(status));
}

/* Some old tools call it by mistake, and it can't be undone. */
static void commit_tell(const struct sev_ioctl *io)
{
	const struct sev_device *sev = io->sev;
	char tcb[] = "0x0123456789abcdef";

	if (sev->snp.committed_known)
		snprintf(tcb, sizeof(tcb), "%#018llx", sev->snp.committed);
	else
		strscpy(tcb, "unknown", sizeof(tcb));
	dev_notice(sev->dev,
		   "SEV-SNP: %s[%d] has committed firmware %u.%u.%u, TCB version %s; this can't be undone\n",
		   current->comm, task_pid_nr(current), sev->version.major, sev->version.minor,
		   sev->version.build, tcb);
}

/**
 * ioctl_snp_commit() - SNP_COMMIT of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_snp_commit(struct sev_ioctl *io)
{
	struct snp_cmd_commit data = { .length = sizeof(data) };
	struct sev_call call = { .id = SNP_OP_COMMIT, .data = &data };
	struct snp_platform *snp = &io->sev->snp;
	u32 ignored;
	int ret;

	ret = ioctl_lock(io);
	if (ret)
		return ret;
	ret = sev_call_locked(io->sev, &call);
	io->error = call.error;
	if (!ret) {
		/* What runs is what is committed now. */
		bool seen = snp->status_known && !snp_status_locked(io->sev, &ignored);

		WRITE_ONCE(snp->committed, snp->status.current_tcb);
		WRITE_ONCE(snp->committed_known, seen);
		commit_tell(io);
	}
	ioctl_unlock(io);
	return ret;
}

static void config_explain(struct sev_ioctl *io, u64 wanted, u64 limit, const char *limit_name,
			   const char *remedy)
{
	const struct snp_tcb_layout *layout = snp_tcb_layout_here();
	u8 want, have;
	const char *field = snp_tcb_above(layout, wanted, limit, &want, &have);

	if (field)
		dev_notice_ratelimited(io->sev->dev,
				       "SEV-SNP: %s refused: %s %u of the TCB version is above the %s one, which is %u%s\n",
				       io->name, field, want, limit_name, have, remedy);
}

static bool tcb_exceeds(u64 wanted, u64 limit)
{
	u8 want, have;

	return snp_tcb_above(snp_tcb_layout_here(), wanted, limit, &want, &have);
}

/*
 * The firmware accepts what is not above the committed TCB version, but tells that one to
 * nobody.  It is known after a commit, and when the reported version was made to follow
 * it; before, it is somewhere between the reported and the current one.
 *
 * What the firmware would refuse is refused with its own status, which tools can explain.
 */
static int config_check(struct sev_ioctl *io, u64 wanted)
{
	struct snp_platform *snp = &io->sev->snp;

	if (tcb_exceeds(wanted, snp->status.current_tcb))
		config_explain(io, wanted, snp->status.current_tcb, "running", "");
	else if (snp->committed_known && tcb_exceeds(wanted, snp->committed))
		config_explain(io, wanted, snp->committed, "committed",
			       "; commit first (SNP_COMMIT), which can't be undone");
	else
		return 0;
	io->error = SEV_RET_INVALID_PARAM;
	return -EIO;
}

static int config_set(struct sev_ioctl *io, struct snp_cmd_config *data)
{
	struct sev_call call = { .id = SNP_OP_CONFIG, .data = data };
	struct snp_platform *snp = &io->sev->snp;
	u64 wanted = data->reported_tcb;
	u32 ignored;
	int ret;

	ret = ioctl_snp_check(io) ?: snp_status_locked(io->sev, &io->error);
	if (ret)
		return ret;
	ret = config_check(io, wanted);
	if (ret)
		return ret;

	ret = sev_call_locked(io->sev, &call);
	io->error = call.error;
	if (ret == -EIO && call.error == SEV_RET_INVALID_PARAM)
		config_explain(io, wanted, snp->status.reported_tcb, "reported",
			       ", and the committed one is not above that either: commit first (SNP_COMMIT), which can't be undone");
	if (!ret) {
		bool seen = !snp_status_locked(io->sev, &ignored);

		/* Set to 0 it follows the committed one. */
		if (!wanted) {
			WRITE_ONCE(snp->committed, snp->status.reported_tcb);
			WRITE_ONCE(snp->committed_known, seen);
		}
	}
	return ret;
}

/**
 * ioctl_snp_set_config() - SNP_SET_CONFIG of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_snp_set_config(struct sev_ioctl *io)
{
	struct snp_cmd_config data;
	int ret = ioctl_snp_check(io) ?: ioctl_copy_in(io, &data, sizeof(data));

	static_assert(sizeof(data) == sizeof(struct sev_user_data_snp_config));

	if (ret)
		return ret;
	ret = ioctl_lock(io);
	if (ret)
		return ret;
	ret = config_set(io, &data);
	ioctl_unlock(io);
	return ret;
}

/**
 * ioctl_snp_vlek_load() - SNP_VLEK_LOAD of /dev/sev
 * @io: the command
 *
 * Return: 0 or a negative errno
 */
int ioctl_snp_vlek_load(struct sev_ioctl *io)
{
	struct sev_blob *key __free(sev_blob) = NULL;
	struct sev_user_data_snp_vlek_load input;
	struct snp_cmd_vlek_load data = { .length = sizeof(data) };
	struct sev_call call = { .id = SNP_OP_VLEK_LOAD, .data = &data };
	int ret = ioctl_snp_check(io) ?: ioctl_copy_in(io, &input, sizeof(input));

	if (ret)
		return ret;
	if (input.len != sizeof(input) || input.vlek_wrapped_version) {
		dev_notice_ratelimited(io->sev->dev,
				       "SEV-SNP: %s refused: length %u, version %u; only %zu and 0 are known\n",
				       io->name, input.len, input.vlek_wrapped_version,
				       sizeof(input));
		return -EINVAL;
	}

	key = sev_blob_from_user(input.vlek_wrapped_address, SNP_VLEK_HASHSTICK_LEN);
	if (IS_ERR(key))
		return PTR_ERR(key);
	data.vlek_paddr = sev_phys(key->data);
	call.blob[0] = key;
	return ioctl_call(io, &call);
}
