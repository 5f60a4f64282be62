// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node /dev/sev: who may open it for what, and which command goes where.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "../services.h"
#include "ioctl.h"

/**
 * struct sev_ioctl_op - how one command of /dev/sev is served
 * @name: for log lines
 * @write: it changes the platform and needs a writable descriptor
 * @data: it has a struct in user memory
 * @run: does it
 */
struct sev_ioctl_op {
	const char *name;
	bool write;
	bool data;
	int (*run)(struct sev_ioctl *io);
};

#define SEV_IOCTL_RO(cmd, has_data, fn) \
	[cmd] = { .name = #cmd, .data = has_data, .run = fn }
#define SEV_IOCTL_WR(cmd, has_data, fn) \
	[cmd] = { .name = #cmd, .write = true, .data = has_data, .run = fn }

static const struct sev_ioctl_op ioctl_ops[SEV_MAX] = {
	SEV_IOCTL_WR(SEV_FACTORY_RESET, false, ioctl_factory_reset),
	SEV_IOCTL_RO(SEV_PLATFORM_STATUS, true, ioctl_platform_status),
	SEV_IOCTL_WR(SEV_PEK_GEN, false, ioctl_pek_gen),
	SEV_IOCTL_WR(SEV_PEK_CSR, true, ioctl_pek_csr),
	SEV_IOCTL_WR(SEV_PDH_GEN, false, ioctl_pdh_gen),
	SEV_IOCTL_RO(SEV_PDH_CERT_EXPORT, true, ioctl_pdh_cert_export),
	SEV_IOCTL_WR(SEV_PEK_CERT_IMPORT, true, ioctl_pek_cert_import),
	SEV_IOCTL_RO(SEV_GET_ID, true, ioctl_get_id),
	SEV_IOCTL_RO(SEV_GET_ID2, true, ioctl_get_id2),
	SEV_IOCTL_RO(SNP_PLATFORM_STATUS, true, ioctl_snp_platform_status),
	/* Irreversible: it raises the committed version for good. */
	SEV_IOCTL_WR(SNP_COMMIT, false, ioctl_snp_commit),
	SEV_IOCTL_WR(SNP_SET_CONFIG, true, ioctl_snp_set_config),
	SEV_IOCTL_WR(SNP_VLEK_LOAD, true, ioctl_snp_vlek_load),
};

static int ioctl_no_data(const struct sev_ioctl_op *op, const struct sev_ioctl *io, int ret)
{
	dev_notice_ratelimited(io->sev->dev, "SEV: %s has no data address\n", op->name);
	return ret;
}

/* In the order of the kernel's own driver: commands of SNP look at the address first. */
static int ioctl_check(const struct sev_ioctl_op *op, const struct sev_ioctl *io)
{
	bool no_data = op->data && !io->data;

	if (no_data && op - ioctl_ops >= SNP_PLATFORM_STATUS)
		return ioctl_no_data(op, io, -EINVAL);
	if (op->write && !io->writable) {
		dev_notice_ratelimited(io->sev->dev,
				       "SEV: %s changes the platform: open /dev/sev for writing\n",
				       op->name);
		return -EPERM;
	}
	return no_data ? ioctl_no_data(op, io, -EFAULT) : 0;
}

static long ioctl_issue(struct file *file, struct sev_issue_cmd *arg)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	const struct sev_ioctl_op *op;
	struct sev_ioctl io = {
		.sev = sev,
		.data = u64_to_user_ptr(arg->data),
		.writable = file->f_mode & FMODE_WRITE,
		.error = SEV_RET_NO_FW_CALL,
	};
	long ret;

	arg->error = io.error;
	if (!sev)
		return -ENODEV;
	if (arg->cmd >= SEV_MAX) {
		dev_notice_ratelimited(sev->dev, "SEV: /dev/sev has no command %u\n", arg->cmd);
		return -EINVAL;
	}

	op = &ioctl_ops[array_index_nospec(arg->cmd, SEV_MAX)];
	io.name = op->name;
	ret = ioctl_check(op, &io);
	if (!ret)
		ret = op->run(&io);
	arg->error = io.error;
	return ret;
}

static long sev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct sev_issue_cmd __user *uarg = (void __user *)arg;
	struct sev_issue_cmd issue;
	long ret;

	if (cmd != SEV_ISSUE_CMD)
		return -ENOTTY;
	if (copy_from_user(&issue, uarg, sizeof(issue)))
		return -EFAULT;

	ret = ioctl_issue(file, &issue);

	/*
	 * Also after a failure: the status says more than the errno.  A program that
	 * tries which numbers there are gets its EINVAL, writable struct or not.
	 */
	if (copy_to_user(uarg, &issue, sizeof(issue)))
		return issue.cmd > SEV_MAX ? ret : -EFAULT;
	return ret;
}

static const struct file_operations sev_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = sev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct psp_node sev_node = PSP_NODE_INIT(sev_node, "sev", &sev_fops);

/**
 * sev_node_publish() - make /dev/sev appear
 * @sev: a SEV part that is ready for commands
 *
 * There is one node for all PSPs; commands go to the master, whichever that is at
 * the moment.  Open descriptors outlive an unbind, and work again after a rebind.
 *
 * Return: 0 or a negative errno
 */
int sev_node_publish(struct sev_device *sev)
{
	int ret = psp_node_get(&sev_node);

	if (ret)
		dev_err(sev->dev, "SEV: could not register /dev/sev (%d)\n", ret);
	return ret;
}

/**
 * sev_node_withdraw() - make /dev/sev vanish with the last PSP
 */
void sev_node_withdraw(void)
{
	psp_node_put(&sev_node);
}

/**
 * sev_issue_from_file() - firmware command on behalf of KVM's user
 * @file: what the user says is an open /dev/sev
 * @id: command id
 * @data: its struct
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * An open descriptor is what entitles a process to SEV guests.
 *
 * Return: -EBADF if @file is not ours, else see sev_call_locked()
 */
int sev_issue_from_file(struct file *file, unsigned int id, void *data, int *error)
{
	struct sev_device *sev __free(sev_put) = NULL;

	if (error)
		*error = SEV_RET_NO_FW_CALL;
	if (!file || file->f_op != &sev_fops)
		return -EBADF;

	sev = sev_get_master();
	return sev ? sev_execute(sev, id, data, error) : -ENODEV;
}
