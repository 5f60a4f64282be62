/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the small services of a PSP (boost control, firmware servicing, security
 * attributes) have in common: numbered requests that go either through the
 * extended commands of the PSP mailbox or through the platform-access mailbox, and
 * a device node that several PSPs can stand behind.
 */
#ifndef CCP_SERVICES_H
#define CCP_SERVICES_H

#include <linux/build_bug.h>
#include <linux/io.h>
#include <linux/mem_encrypt.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "psp.h"

/* Both ways share one number space. */
#define PSP_SERVICE_SFS_VERSIONS	0x01
#define PSP_SERVICE_SFS_UPDATE		0x02
#define PSP_SERVICE_HSTI_QUERY		0x14
#define PSP_SERVICE_DBC_NONCE		0x65
#define PSP_SERVICE_DBC_UID		0x66
#define PSP_SERVICE_DBC_GET_PARAM	0x67
#define PSP_SERVICE_DBC_SET_PARAM	0x68

/**
 * struct psp_ext_header - start of the buffer of an extended command
 * @size: bytes in the buffer, this header included
 * @service: PSP_SERVICE_*
 * @status: out: 0 or what went wrong, numbers of the service
 */
struct psp_ext_header {
	u32 size;
	u32 service;
	u32 status;
};

static_assert(sizeof(struct psp_ext_header) == 12);

/**
 * struct psp_access_header - start of the buffer of a platform-access message
 * @size: bytes in the buffer, this header included
 * @status: out: 0 or what went wrong, numbers of the service
 */
struct psp_access_header {
	u32 size;
	u32 status;
};

static_assert(sizeof(struct psp_access_header) == 8);

/**
 * psp_ext_request() - ask for a service through the PSP mailbox
 * @psp: the PSP
 * @name: what is asked for, for log lines
 * @service: PSP_SERVICE_*
 * @req: the request, in memory that is physically contiguous; its size is set
 *
 * Context: may sleep up to 10 s.
 * Return: 0, -EIO with &psp_ext_header.status set when the firmware said no, or
 * another negative errno of psp_ext_command().  After -ETIMEDOUT and -ENODEV the
 * firmware may still be writing to @req.
 */
static inline int psp_ext_request(struct psp_device *psp, const char *name, u32 service,
				  struct psp_ext_header *req)
{
	u32 status;
	int ret;

	req->service = service;
	req->status = 0;
	ret = psp_ext_command(psp, name, PSP_MBOX_CMD_EXTENDED, __sme_pa(req), &status);
	if (ret)
		return ret;
	if (status)
		req->status = status;
	return status ? -EIO : 0;
}

int access_send(struct psp_device *psp, u32 service, struct psp_access_header *req);

/**
 * struct psp_node - a device node that several PSPs can stand behind
 * @lock: protects all below
 * @users: PSPs that do
 * @misc: the node, there while @users is not 0
 */
struct psp_node {
	struct mutex lock;
	unsigned int users;
	struct miscdevice misc;
};

#define PSP_NODE_INIT(node, _name, _fops) {				\
	.lock = __MUTEX_INITIALIZER((node).lock),			\
	.misc = {							\
		.name = (_name),					\
		.fops = (_fops),					\
		.mode = 0600,						\
	},								\
}

/**
 * psp_node_get() - let one more PSP stand behind a node
 * @node: the node
 *
 * Return: 0 or a negative errno
 */
static inline int psp_node_get(struct psp_node *node)
{
	int ret = 0;

	guard(mutex)(&node->lock);
	if (!node->users) {
		/* Older kernels leave the number of the last time in it. */
		node->misc.minor = MISC_DYNAMIC_MINOR;
		ret = misc_register(&node->misc);
	}
	if (!ret)
		node->users++;
	return ret;
}

/**
 * psp_node_put() - one PSP less stands behind a node
 * @node: the node
 *
 * Descriptors that are open stay so; their calls get to see that no PSP is left.
 */
static inline void psp_node_put(struct psp_node *node)
{
	guard(mutex)(&node->lock);
	if (!--node->users)
		misc_deregister(&node->misc);
}

#endif /* CCP_SERVICES_H */
