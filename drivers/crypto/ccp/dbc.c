// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic boost control: lets an authenticated program tune power and frequency
 * limits of a client processor, through /dev/dbc.
 *
 * Requests go through the extended commands of the PSP mailbox where the PSP says
 * so, else through the platform-access mailbox.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <uapi/linux/psp-dbc.h>

#include "parts.h"
#include "psp.h"
#include "services.h"

/**
 * union dbc_payload - what follows the header of a request
 * @nonce: of DBCIOCNONCE
 * @uid: of DBCIOCUID
 * @param: of DBCIOCPARAM
 */
union dbc_payload {
	struct dbc_user_nonce nonce;
	struct dbc_user_setuid uid;
	struct dbc_user_param param;
};

/**
 * struct dbc_ext_request - a request by the PSP mailbox
 * @header: the header
 * @payload: the user's data, then the answer's
 */
struct dbc_ext_request {
	struct psp_ext_header header;
	union dbc_payload payload;
};

/**
 * struct dbc_access_request - a request by the platform-access mailbox
 * @header: the header
 * @payload: the user's data, then the answer's
 */
struct dbc_access_request {
	struct psp_access_header header;
	union dbc_payload payload;
};

static_assert(offsetof(struct dbc_ext_request, payload) == 12);
static_assert(offsetof(struct dbc_access_request, payload) == 8);

/**
 * struct dbc_device - the boost-control part of one PSP
 * @psp: the PSP
 * @lock: one request at a time; protects all below
 * @gone: unbound
 * @published: stands behind /dev/dbc
 * @page: what the firmware is given, NULL where requests take the other way
 * @in_use: the firmware may still be writing to @page
 */
struct dbc_device {
	struct psp_device *psp;
	struct mutex lock;
	bool gone;
	bool published;
	struct dbc_ext_request *page;
	bool in_use;
};

/**
 * struct dbc_error - what a firmware status means
 * @status: the status
 * @error: negative errno
 */
struct dbc_error {
	u32 status;
	int error;
};

static const struct dbc_error dbc_errors[] = {
	{ 0x0001, -EACCES },	/* access denied; for a nonce: already authenticated */
	{ 0x0004, -E2BIG },	/* more data than the request has */
	{ 0x0006, -EINVAL },	/* bad parameter */
	{ 0x0007, -EAGAIN },	/* not now */
	{ 0x0009, -ENOENT },	/* not implemented */
	{ 0x000d, -EBUSY },	/* busy */
	{ 0x0307, -ENOENT },	/* no such message */
	{ 0x300f, -ENFILE },	/* too many identities */
	{ 0x3072, -EPERM },	/* wrong signature */
};

static int dbc_status_to_errno(u32 status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dbc_errors); i++)
		if (dbc_errors[i].status == status)
			return dbc_errors[i].error;
	return -EIO;
}

static int dbc_send_ext(struct dbc_device *dbc, u32 service, void *payload, size_t len,
			u32 *status)
{
	struct dbc_ext_request *req = dbc->page;
	int ret;

	memset(req, 0, sizeof(*req));
	req->header.size = sizeof(req->header) + len;
	memcpy(&req->payload, payload, len);
	ret = psp_ext_request(dbc->psp, "DBC", service, &req->header);
	if (ret == -ETIMEDOUT || ret == -ENODEV)
		dbc->in_use = true;
	if (!ret)
		memcpy(payload, &req->payload, len);
	*status = req->header.status;
	return ret;
}

static int dbc_send_access(struct dbc_device *dbc, u32 service, void *payload, size_t len,
			   u32 *status)
{
	struct dbc_access_request req = { .header.size = sizeof(req.header) + len };
	int ret;

	memcpy(&req.payload, payload, len);
	ret = access_send(dbc->psp, service, &req.header);
	if (!ret)
		memcpy(payload, &req.payload, len);
	*status = req.header.status;
	return ret;
}

static int dbc_send(struct dbc_device *dbc, u32 service, void *payload, size_t len)
{
	u32 status;
	int ret;

	lockdep_assert_held(&dbc->lock);

	if (dbc->gone)
		return -ENODEV;
	if (dbc->page)
		ret = dbc_send_ext(dbc, service, payload, len, &status);
	else
		ret = dbc_send_access(dbc, service, payload, len, &status);
	if (ret != -EIO)
		return ret;

	dev_dbg(dbc->psp->dev, "dbc: message %#x refused, status %#x\n", service, status);
	return dbc_status_to_errno(status);
}

static int dbc_nonce(struct dbc_device *dbc, union dbc_payload *payload)
{
	int ret;

	guard(mutex)(&dbc->lock);
	ret = dbc_send(dbc, PSP_SERVICE_DBC_NONCE, payload, sizeof(payload->nonce));
	if (ret != -EAGAIN)
		return ret;

	/* A refusal has left the request as it was. */
	dev_dbg(dbc->psp->dev, "dbc: asking for a nonce once more\n");
	return dbc_send(dbc, PSP_SERVICE_DBC_NONCE, payload, sizeof(payload->nonce));
}

static int dbc_uid(struct dbc_device *dbc, union dbc_payload *payload)
{
	guard(mutex)(&dbc->lock);
	return dbc_send(dbc, PSP_SERVICE_DBC_UID, payload, sizeof(payload->uid));
}

static int dbc_param(struct dbc_device *dbc, union dbc_payload *payload)
{
	u32 service;

	switch (payload->param.msg_index) {
	case PARAM_SET_FMAX_CAP:
	case PARAM_SET_PWR_CAP:
	case PARAM_SET_GFX_MODE:
		service = PSP_SERVICE_DBC_SET_PARAM;
		break;
	case PARAM_GET_FMAX_CAP:
	case PARAM_GET_PWR_CAP:
	case PARAM_GET_GFX_MODE:
	case PARAM_GET_CURR_TEMP:
	case PARAM_GET_FMAX_MAX:
	case PARAM_GET_FMAX_MIN:
	case PARAM_GET_SOC_PWR_MAX:
	case PARAM_GET_SOC_PWR_MIN:
	case PARAM_GET_SOC_PWR_CUR:
		service = PSP_SERVICE_DBC_GET_PARAM;
		break;
	default:
		return -EINVAL;
	}

	guard(mutex)(&dbc->lock);
	return dbc_send(dbc, service, payload, sizeof(payload->param));
}

/**
 * struct dbc_command - one ioctl
 * @cmd: its number, which has the size of its struct in it
 * @run: what it does
 */
struct dbc_command {
	unsigned int cmd;
	int (*run)(struct dbc_device *dbc, union dbc_payload *payload);
};

static const struct dbc_command dbc_commands[] = {
	{ DBCIOCNONCE, dbc_nonce },
	{ DBCIOCUID, dbc_uid },
	{ DBCIOCPARAM, dbc_param },
};

static const struct dbc_command *dbc_command_find(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dbc_commands); i++)
		if (dbc_commands[i].cmd == cmd)
			return &dbc_commands[i];
	return NULL;
}

static long dbc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_DBC);
	const struct dbc_command *command = dbc_command_find(cmd);
	void __user *user = (void __user *)arg;
	union dbc_payload payload = { };
	int ret;

	if (!psp)
		return -ENODEV;
	if (!command)
		return -ENOTTY;
	if (copy_from_user(&payload, user, _IOC_SIZE(cmd)))
		return -EFAULT;

	ret = command->run(psp->part[PSP_ROLE_DBC], &payload);
	if (ret)
		return ret;

	/* Also for DBCIOCUID, whose number does not say so. */
	return copy_to_user(user, &payload, _IOC_SIZE(cmd)) ? -EFAULT : 0;
}

static const struct file_operations dbc_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = dbc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct psp_node dbc_node = PSP_NODE_INIT(dbc_node, "dbc", &dbc_fops);

/* Most firmware that could have boost control does not: ask for a nonce to see. */
static bool dbc_answers(struct dbc_device *dbc)
{
	union dbc_payload payload = { };
	int ret = dbc_nonce(dbc, &payload);

	if (ret == -EACCES)
		dev_dbg(dbc->psp->dev, "dbc: another driver or kernel has authenticated already\n");
	else if (ret)
		dev_dbg(dbc->psp->dev, "dbc: not available (%d)\n", ret);
	return !ret || ret == -EACCES;
}

static void dbc_free_page(struct dbc_device *dbc)
{
	if (dbc->in_use)
		dev_err(dbc->psp->dev,
			"dbc: a request was never answered, its page stays with the firmware\n");
	else
		free_page((unsigned long)dbc->page);
	dbc->page = NULL;
}

/**
 * dbc_create() - bring up boost control of a PSP
 * @psp: the PSP, which may have it
 *
 * Return: 0, also when there is none, or a negative errno
 */
static int dbc_create(struct psp_device *psp)
{
	struct dbc_device *dbc = kzalloc(sizeof(*dbc), GFP_KERNEL);

	if (!dbc)
		return -ENOMEM;

	dbc->psp = psp;
	mutex_init(&dbc->lock);
	if (psp->capability & PSP_CAP_DBC_EXTENDED) {
		dbc->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!dbc->page) {
			kfree(dbc);
			return -ENOMEM;
		}
	}

	if (!dbc_answers(dbc)) {
		dbc_free_page(dbc);
		kfree(dbc);
		return 0;
	}
	psp->part[PSP_ROLE_DBC] = dbc;
	return 0;
}

/**
 * dbc_publish() - let programs in
 * @psp: the PSP, which the registry hands out by now
 */
static void dbc_publish(struct psp_device *psp)
{
	struct dbc_device *dbc = psp->part[PSP_ROLE_DBC];
	int ret;

	ret = psp_node_get(&dbc_node);
	if (ret)
		dev_err(psp->dev, "dbc: could not make /dev/dbc (%d)\n", ret);
	dbc->published = !ret;
}

/**
 * dbc_destroy() - take down boost control of a PSP
 * @psp: the PSP
 *
 * Context: may sleep; waits for a request in flight.
 */
static void dbc_destroy(struct psp_device *psp)
{
	struct dbc_device *dbc = psp->part[PSP_ROLE_DBC];

	if (dbc->published)
		psp_node_put(&dbc_node);

	guard(mutex)(&dbc->lock);
	dbc->gone = true;
	dbc_free_page(dbc);
}

static bool dbc_offered(const struct psp_device *psp)
{
	return ((psp->capability & PSP_CAP_DBC_EXTENDED) && psp->hw->ext) ||
	       ((psp->hw->flags & PSP_HW_DBC) && psp->hw->access);
}

const struct psp_part_ops dbc_part = {
	.name = "dbc",
	.role = PSP_ROLE_DBC,
	.offered = dbc_offered,
	.create = dbc_create,
	.publish = dbc_publish,
	.destroy = dbc_destroy,
};
