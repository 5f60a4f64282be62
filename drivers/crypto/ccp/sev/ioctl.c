// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev
 *
 * A command is checked and its input copied before the firmware is locked, and
 * its output copied after: a process whose memory is slow to come (userfaultfd,
 * FUSE) holds up nobody but itself.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "../services.h"
#include "ioctl.h"

#define GET_ID_MAJOR	0
#define GET_ID_MINOR	16

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

/*
 * For commands that work on an initialised platform only.  Initialising changes
 * the platform, so a descriptor that is not writable may not cause it.
 */
static int ioctl_call_initialised(struct sev_ioctl *io, struct sev_call *call)
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
	if (!ret)
		ret = sev_platform_borrow_locked(sev, &borrowed, &io->error);
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

/**
 * struct sev_out - a user buffer that the firmware fills
 * @blob: where the firmware writes, NULL for a query of the length
 * @uaddr: where the user wants it
 * @len: size of @uaddr
 */
struct sev_out {
	struct sev_blob *blob;
	u64 uaddr;
	u32 len;
};

static void sev_out_free(struct sev_out *out)
{
	if (out->blob)
		sev_blob_put(out->blob);
}

static int sev_out_alloc(struct sev_out *out, u64 uaddr, u32 len)
{
	out->uaddr = uaddr;
	out->len = len;
	if (!access_ok(u64_to_user_ptr(uaddr), len))
		return -EFAULT;
	out->blob = sev_blob_alloc(len);
	return out->blob ? 0 : -ENOMEM;
}

static u64 sev_out_phys(const struct sev_out *out)
{
	return out->blob ? sev_phys(out->blob->data) : 0;
}

/* @used comes from the firmware and is not trusted. */
static int sev_out_copy(const struct sev_out *out, u32 used)
{
	if (!out->blob)
		return 0;
	used = min_t(size_t, used, min_t(size_t, out->len, out->blob->size));
	return copy_to_user(u64_to_user_ptr(out->uaddr), out->blob->data, used) ? -EFAULT : 0;
}

static int ioctl_factory_reset(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_FACTORY_RESET };
	struct sev_device *sev = io->sev;
	int ret = ioctl_lock(io);

	if (ret)
		return ret;

	sev->state_known = false;
	ret = sev_platform_learn_locked(sev, &io->error);
	if (!ret && sev->state == SEV_PSTATE_WORKING) {
		dev_notice_ratelimited(sev->dev,
				       "SEV: FACTORY_RESET refused, guests are running: shut them down first\n");
		io->error = SEV_RET_NO_FW_CALL;
		ret = -EBUSY;
	}
	if (!ret)
		ret = sev_platform_shutdown_locked(sev, &io->error);
	if (!ret) {
		ret = sev_call_locked(sev, &call);
		io->error = call.error;
	}
	if (!ret)
		sev_nv_erase(sev);
	ioctl_unlock(io);
	return ret;
}

static int ioctl_platform_status(struct sev_ioctl *io)
{
	struct sev_cmd_platform_status status;
	int ret = ioctl_lock(io);

	static_assert(sizeof(status) == sizeof(struct sev_user_data_status));

	if (ret)
		return ret;
	ret = sev_platform_query_locked(io->sev, &status, &io->error);
	ioctl_unlock(io);
	return ret ?: ioctl_copy_out(io, &status, sizeof(status));
}

static int ioctl_pek_gen(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_PEK_GEN };

	return ioctl_call_initialised(io, &call);
}

static int ioctl_pdh_gen(struct sev_ioctl *io)
{
	struct sev_call call = { .id = SEV_OP_PDH_GEN };

	return ioctl_call_initialised(io, &call);
}

/*
 * For commands whose struct is nothing but a buffer to fill.  Without a buffer it is
 * a query of the length.
 */
static int ioctl_fetch(struct sev_ioctl *io, u32 id, u32 longest,
		       int (*run)(struct sev_ioctl *io, struct sev_call *call))
{
	struct sev_out out __cleanup(sev_out_free) = { };
	struct sev_user_data_get_id2 input;
	struct sev_cmd_blob data = { };
	struct sev_call call = { .id = id, .data = &data };
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	static_assert(sizeof(input) == sizeof(struct sev_user_data_pek_csr));
	static_assert(offsetof(typeof(input), length) ==
		      offsetof(struct sev_user_data_pek_csr, length));

	if (ret)
		return ret;

	if (input.address && input.length) {
		if (input.length > longest)
			return -EFAULT;
		/* No firmware fills more; a larger user buffer is no error. */
		ret = sev_out_alloc(&out, input.address,
				    min_t(u32, input.length, SEV_USER_BLOB_MAX));
		if (ret)
			return ret;
		data.paddr = sev_out_phys(&out);
		data.len = out.len;
		call.blob[0] = out.blob;
	}

	ret = run(io, &call);

	/* The length is the answer to a query, and a hint after a refusal. */
	input.length = data.len;
	if (io->error != SEV_RET_NO_FW_CALL && ioctl_copy_out(io, &input, sizeof(input)))
		return -EFAULT;
	return ret ?: sev_out_copy(&out, data.len);
}

static int ioctl_pek_csr(struct sev_ioctl *io)
{
	return ioctl_fetch(io, SEV_OP_PEK_CSR, SEV_USER_BLOB_MAX, ioctl_call_initialised);
}

static int ioctl_pdh_cert_export(struct sev_ioctl *io)
{
	struct sev_out chain __cleanup(sev_out_free) = { };
	struct sev_out pdh __cleanup(sev_out_free) = { };
	struct sev_user_data_pdh_cert_export input;
	struct sev_cmd_pdh_cert_export data = { };
	struct sev_call call = { .id = SEV_OP_PDH_CERT_EXPORT, .data = &data };
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	if (ret)
		return ret;

	if (input.pdh_cert_address && input.pdh_cert_len && input.cert_chain_address &&
	    input.cert_chain_len) {
		if (input.pdh_cert_len > SEV_USER_BLOB_MAX ||
		    input.cert_chain_len > SEV_USER_BLOB_MAX)
			return -EFAULT;
		ret = sev_out_alloc(&pdh, input.pdh_cert_address, input.pdh_cert_len);
		ret = ret ?: sev_out_alloc(&chain, input.cert_chain_address,
					   input.cert_chain_len);
		if (ret)
			return ret;
		data.pdh_paddr = sev_out_phys(&pdh);
		data.pdh_len = input.pdh_cert_len;
		data.chain_paddr = sev_out_phys(&chain);
		data.chain_len = input.cert_chain_len;
		call.blob[0] = pdh.blob;
		call.blob[1] = chain.blob;
	}

	ret = ioctl_call_initialised(io, &call);

	input.pdh_cert_len = data.pdh_len;
	input.cert_chain_len = data.chain_len;
	if (io->error != SEV_RET_NO_FW_CALL && ioctl_copy_out(io, &input, sizeof(input)))
		return -EFAULT;
	ret = ret ?: sev_out_copy(&pdh, data.pdh_len);
	return ret ?: sev_out_copy(&chain, data.chain_len);
}

static int ioctl_pek_cert_import(struct sev_ioctl *io)
{
	struct sev_blob *pek __free(sev_blob) = NULL;
	struct sev_blob *oca __free(sev_blob) = NULL;
	struct sev_user_data_pek_cert_import input;
	struct sev_cmd_pek_cert_import data = { };
	struct sev_call call = { .id = SEV_OP_PEK_CERT_IMPORT, .data = &data };
	int ret = ioctl_copy_in(io, &input, sizeof(input));

	if (ret)
		return ret;

	pek = sev_blob_from_user(input.pek_cert_address, input.pek_cert_len);
	if (IS_ERR(pek))
		return PTR_ERR(pek);
	oca = sev_blob_from_user(input.oca_cert_address, input.oca_cert_len);
	if (IS_ERR(oca))
		return PTR_ERR(oca);

	data.pek_paddr = sev_phys(pek->data);
	data.pek_len = pek->size;
	data.oca_paddr = sev_phys(oca->data);
	data.oca_len = oca->size;
	call.blob[0] = pek;
	call.blob[1] = oca;
	return ioctl_call_initialised(io, &call);
}

static int ioctl_get_id_supported(struct sev_ioctl *io)
{
	bool known = io->sev->version.major || io->sev->version.minor;

	/* A firmware that has not answered yet: the command itself will tell why. */
	if (!known || sev_version_at_least(io->sev, GET_ID_MAJOR, GET_ID_MINOR))
		return 0;
	dev_notice_ratelimited(io->sev->dev, "SEV: firmware %u.%u has no GET_ID, %u.%u is needed\n",
			       io->sev->version.major, io->sev->version.minor, GET_ID_MAJOR,
			       GET_ID_MINOR);
	return -EOPNOTSUPP;
}

static int ioctl_get_id(struct sev_ioctl *io)
{
	struct sev_out id __cleanup(sev_out_free) = { };
	struct sev_cmd_blob data = { };
	struct sev_call call = { .id = SEV_OP_GET_ID, .data = &data };
	int ret = ioctl_get_id_supported(io);

	if (ret)
		return ret;

	dev_warn_once(io->sev->dev, "SEV_GET_ID command is deprecated, use SEV_GET_ID2\n");
	ret = sev_out_alloc(&id, (uintptr_t)io->data, sizeof(struct sev_user_data_get_id));
	if (ret)
		return ret;
	data.paddr = sev_out_phys(&id);
	data.len = id.len;
	call.blob[0] = id.blob;

	/* Two fixed halves: what the firmware did not fill is zero. */
	ret = ioctl_call(io, &call);
	return ret ?: sev_out_copy(&id, id.len);
}

static int ioctl_get_id2(struct sev_ioctl *io)
{
	int ret = ioctl_get_id_supported(io);

	return ret ?: ioctl_fetch(io, SEV_OP_GET_ID, U32_MAX, ioctl_call);
}

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

static int ioctl_check(const struct sev_ioctl_op *op, const struct sev_ioctl *io)
{
	if (op->data && !io->data) {
		dev_notice_ratelimited(io->sev->dev, "SEV: %s without a data address\n", op->name);
		/* As the copy would; SNP commands say it in their own way. */
		return op - ioctl_ops >= SNP_PLATFORM_STATUS ? -EINVAL : -EFAULT;
	}
	if (op->write && !io->writable) {
		dev_notice_ratelimited(io->sev->dev,
				       "SEV: %s changes the platform: open /dev/sev for writing\n",
				       op->name);
		return -EPERM;
	}
	return 0;
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

	/* Also after a failure: the status says more than the errno. */
	if (copy_to_user(uarg, &issue, sizeof(issue)))
		return -EFAULT;
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
 * sev_ioctl_publish() - make /dev/sev appear
 * @sev: a SEV part that is ready for commands
 *
 * There is one node for all PSPs; commands go to the master, whichever that is at
 * the moment.  Open descriptors outlive an unbind, and work again after a rebind.
 *
 * Return: 0 or a negative errno
 */
int sev_ioctl_publish(struct sev_device *sev)
{
	int ret = psp_node_get(&sev_node);

	if (ret)
		dev_err(sev->dev, "SEV: could not register /dev/sev (%d)\n", ret);
	return ret;
}

/**
 * sev_ioctl_withdraw() - make /dev/sev vanish with the last PSP
 */
void sev_ioctl_withdraw(void)
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
