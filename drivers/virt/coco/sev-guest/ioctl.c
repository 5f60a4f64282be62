// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest. The interface is that of the in-tree driver; 32-bit programs are
 * served as well.
 *
 * No lock is held while user memory is read or written: a program that never lets
 * one of its pages come in stops nobody but itself.
 */
#include <linux/cleanup.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "guest.h"

/* What a caller finds in exitinfo2 when neither host nor firmware was asked. */
#define EXITINFO2_NOT_ASKED	0xff

/**
 * struct snp_call - one ioctl
 * @guest: the device
 * @io: the argument, in the layout of 64-bit programs
 * @ext_size: bytes of the caller's struct snp_ext_report_req
 */
struct snp_call {
	struct snp_guest *guest;
	struct snp_guest_request_ioctl io;
	size_t ext_size;
};

static void __user *call_req(const struct snp_call *call)
{
	return u64_to_user_ptr(call->io.req_data);
}

static void __user *call_resp(const struct snp_call *call)
{
	return u64_to_user_ptr(call->io.resp_data);
}

static void call_begin(const struct snp_call *call, struct snp_request *req)
{
	memset(req, 0, sizeof(*req));
	req->version = call->io.msg_version;
	req->exitinfo2 = call->io.exitinfo2;
}

static int call_get_report(struct snp_call *call)
{
	struct snp_report_resp *answer __free(kfree) = NULL;
	struct snp_report_req report;
	struct snp_request req;
	int ret;

	if (copy_from_user(&report, call_req(call), sizeof(report)))
		return -EFAULT;
	answer = kzalloc(sizeof(*answer), GFP_KERNEL_ACCOUNT);
	if (!answer)
		return -ENOMEM;

	call_begin(call, &req);
	ret = snp_guest_report(call->guest, &req, &report, answer);
	call->io.exitinfo2 = req.exitinfo2;
	if (ret)
		return ret;
	return copy_to_user(call_resp(call), answer, sizeof(*answer)) ? -EFAULT : 0;
}

static int call_get_derived_key(struct snp_call *call)
{
	struct snp_derived_key_resp answer = {};
	struct snp_derived_key_req key;
	struct snp_request req;
	int ret;

	if (copy_from_user(&key, call_req(call), sizeof(key)))
		return -EFAULT;

	call_begin(call, &req);
	ret = snp_guest_derived_key(call->guest, &req, &key, &answer);
	call->io.exitinfo2 = req.exitinfo2;
	if (!ret && copy_to_user(call_resp(call), &answer, sizeof(answer)))
		ret = -EFAULT;
	memzero_explicit(&answer, sizeof(answer));
	return ret;
}

/* How many pages for certificates the caller has; none is fine. */
static int call_certs_pages(const struct snp_ext_report_req *ext, unsigned int *pages)
{
	*pages = 0;
	if (!ext->certs_len || !ext->certs_address)
		return 0;
	if (ext->certs_len > SNP_CERTS_MAX || !IS_ALIGNED(ext->certs_len, PAGE_SIZE))
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(ext->certs_address), ext->certs_len))
		return -EFAULT;
	*pages = ext->certs_len / PAGE_SIZE;
	return 0;
}

/* With the certificates in @req->certs, which the host can still write to. */
static int call_ext_report(struct snp_call *call, struct snp_ext_report_req *ext,
			   struct snp_request *req, struct snp_report_resp *answer)
{
	int ret = snp_guest_report(call->guest, req, &ext->data, answer);

	call->io.exitinfo2 = req->exitinfo2;
	if (req->certs_needed) {
		ext->certs_len = req->certs_needed << PAGE_SHIFT;
		if (copy_to_user(call_req(call), ext, call->ext_size))
			ret = -EFAULT;
	}
	if (ret)
		return ret;
	if (req->certs && copy_to_user(u64_to_user_ptr(ext->certs_address), req->certs,
				       ext->certs_len))
		return -EFAULT;
	return copy_to_user(call_resp(call), answer, sizeof(*answer)) ? -EFAULT : 0;
}

static int call_get_ext_report(struct snp_call *call)
{
	struct snp_report_resp *answer __free(kfree) = NULL;
	struct snp_ext_report_req ext = {};
	struct snp_request req;
	int ret;

	if (copy_from_user(&ext, call_req(call), call->ext_size))
		return -EFAULT;
	call_begin(call, &req);
	req.extended = true;
	ret = call_certs_pages(&ext, &req.certs_pages);
	if (ret)
		return ret;
	answer = kzalloc(sizeof(*answer), GFP_KERNEL_ACCOUNT);
	if (!answer)
		return -ENOMEM;
	if (req.certs_pages) {
		req.certs = snp_guest_certs_get(call->guest);
		if (!req.certs)
			return -ENOMEM;
	}

	ret = call_ext_report(call, &ext, &req, answer);
	snp_guest_certs_put(call->guest, req.certs);
	return ret;
}

/**
 * struct snp_ioctl - one command of /dev/sev-guest
 * @number: without the size of its argument
 * @name: for log lines
 * @run: what it does
 */
struct snp_ioctl {
	unsigned int number;
	const char *name;
	int (*run)(struct snp_call *call);
};

static const struct snp_ioctl snp_ioctls[] = {
	{ _IOC_NR(SNP_GET_REPORT), "SNP_GET_REPORT", call_get_report },
	{ _IOC_NR(SNP_GET_DERIVED_KEY), "SNP_GET_DERIVED_KEY", call_get_derived_key },
	{ _IOC_NR(SNP_GET_EXT_REPORT), "SNP_GET_EXT_REPORT", call_get_ext_report },
};

static const struct snp_ioctl *ioctl_find(struct snp_guest *guest, unsigned int cmd,
					  size_t size)
{
	size_t i;

	if (_IOC_TYPE(cmd) != SNP_GUEST_REQ_IOC_TYPE)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(snp_ioctls); i++) {
		if (cmd == _IOC(_IOC_READ | _IOC_WRITE, SNP_GUEST_REQ_IOC_TYPE,
				snp_ioctls[i].number, size))
			return &snp_ioctls[i];
	}
	dev_err_ratelimited(guest->dev,
			    "there is no ioctl %#x: reports (0), derived keys (1) and reports with certificates (2) can be asked for\n",
			    cmd);
	return NULL;
}

static int ioctl_run(const struct snp_ioctl *ioctl, struct snp_call *call)
{
	call->io.exitinfo2 = EXITINFO2_NOT_ASKED;
	if (!call->io.req_data || !call->io.resp_data)
		return -EINVAL;
	return ioctl->run(call);
}

static long snp_guest_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct snp_call call = {
		.guest = file->private_data,
		.ext_size = sizeof(struct snp_ext_report_req),
	};
	void __user *user = (void __user *)arg;
	const struct snp_ioctl *ioctl = ioctl_find(call.guest, cmd, sizeof(call.io));
	int ret;

	if (!ioctl)
		return -ENOTTY;
	if (copy_from_user(&call.io, user, sizeof(call.io)))
		return -EFAULT;
	if (!call.io.msg_version)
		return -EINVAL;

	ret = ioctl_run(ioctl, &call);
	/* Memory of the caller stays as it is if there is nothing to say. */
	if (call.io.exitinfo2 && copy_to_user(user, &call.io, sizeof(call.io)))
		return -EFAULT;
	return ret;
}

#ifdef CONFIG_COMPAT
/**
 * struct snp_request_ioctl32 - struct snp_guest_request_ioctl of 32-bit programs
 * @msg_version: as there
 * @req_data: as there
 * @resp_data: as there
 * @exitinfo2: as there
 */
struct snp_request_ioctl32 {
	u8 msg_version;
	compat_u64 req_data;
	compat_u64 resp_data;
	compat_u64 exitinfo2;
};

/* struct snp_ext_report_req has no padding at its end there. */
#define EXT_REPORT_SIZE32	108

static_assert(sizeof(struct snp_request_ioctl32) == 28);
static_assert(offsetofend(struct snp_ext_report_req, certs_len) == EXT_REPORT_SIZE32);

static long snp_guest_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct snp_call call = {
		.guest = file->private_data,
		.ext_size = EXT_REPORT_SIZE32,
	};
	struct snp_request_ioctl32 io32 = {};
	void __user *user = compat_ptr(arg);
	const struct snp_ioctl *ioctl;
	int ret;

	/* Programs that lay it out as 64-bit ones do, which have another number. */
	if (_IOC_SIZE(cmd) == sizeof(call.io))
		return snp_guest_ioctl(file, cmd, (unsigned long)user);
	ioctl = ioctl_find(call.guest, cmd, sizeof(io32));
	if (!ioctl)
		return -ENOTTY;
	if (copy_from_user(&io32, user, sizeof(io32)))
		return -EFAULT;
	if (!io32.msg_version)
		return -EINVAL;

	call.io.msg_version = io32.msg_version;
	call.io.req_data = io32.req_data;
	call.io.resp_data = io32.resp_data;
	ret = ioctl_run(ioctl, &call);
	io32.exitinfo2 = call.io.exitinfo2;
	if (io32.exitinfo2 && copy_to_user(user, &io32, sizeof(io32)))
		return -EFAULT;
	return ret;
}
#endif

static int snp_guest_open(struct inode *inode, struct file *file)
{
	struct snp_guest *guest = container_of(file->private_data, struct snp_guest, misc);

	kref_get(&guest->ref);
	file->private_data = guest;
	return 0;
}

static int snp_guest_release(struct inode *inode, struct file *file)
{
	snp_guest_put(file->private_data);
	return 0;
}

const struct file_operations snp_guest_fops = {
	.owner = THIS_MODULE,
	.open = snp_guest_open,
	.release = snp_guest_release,
	.unlocked_ioctl = snp_guest_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = snp_guest_compat_ioctl,
#endif
};
