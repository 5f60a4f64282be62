// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seamless firmware servicing: asks which firmware the PSP's components run, and
 * hands the PSP update packages, through /dev/sfs.
 *
 * The firmware reads and writes one buffer of 2 MiB, which is there as long as the
 * PSP is bound and is mapped uncached: the firmware does not look into caches.  Beside
 * SNP it takes only a buffer that is HV-fixed.
 */
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <uapi/linux/psp-sfs.h>

#include "hv-fixed.h"
#include "parts.h"
#include "psp.h"
#include "services.h"

#define SFS_BUFFER_SIZE		SZ_2M
#define SFS_HEADER_SIZE		SZ_4K
#define SFS_PACKAGE_ALIGN	SZ_64K
/* The firmware expects the answer's memory to be filled with this. */
#define SFS_VERSIONS_FILL	0xc7

/**
 * struct sfs_buffer - what the firmware reads and writes
 * @header: the header of an extended command
 * @extended_status: detail to its status
 * @reserved: 0
 * @payload: the answer, or an update package
 */
struct sfs_buffer {
	struct psp_ext_header header;
	u32 extended_status;
	u8 reserved[SFS_HEADER_SIZE - sizeof(struct psp_ext_header) - sizeof(u32)];
	u8 payload[SFS_BUFFER_SIZE - SFS_HEADER_SIZE];
};

static_assert(offsetof(struct sfs_buffer, extended_status) == 12);
static_assert(offsetof(struct sfs_buffer, payload) == 4096);
static_assert(sizeof(struct sfs_buffer) == SFS_BUFFER_SIZE);

/**
 * struct sfs_device - the firmware-servicing part of one PSP
 * @psp: the PSP
 * @lock: one request at a time; protects all below
 * @gone: unbound
 * @published: stands behind /dev/sfs
 * @memory: where @buffer is
 * @buffer: what the firmware is given
 * @in_use: the firmware may still be using @buffer
 */
struct sfs_device {
	struct psp_device *psp;
	struct mutex lock;
	bool gone;
	bool published;
	struct hv_fixed *memory;
	struct sfs_buffer *buffer;
	bool in_use;
};

/**
 * struct sfs_status - what the firmware says about a request
 * @status: status of the command
 * @extended_status: detail to @status
 */
struct sfs_status {
	u32 status;
	u32 extended_status;
};

/* The buffer's payload is set up for @size bytes, header page included. */
static int sfs_send(struct sfs_device *sfs, const char *name, u32 service, size_t size,
		    struct sfs_status *status)
{
	struct sfs_buffer *buf = sfs->buffer;
	int ret;

	memset(buf, 0, SFS_HEADER_SIZE);
	buf->header.size = size;
	ret = psp_ext_request(sfs->psp, name, service, &buf->header);
	if (ret == -ETIMEDOUT || ret == -ENODEV)
		sfs->in_use = true;
	status->status = buf->header.status;
	status->extended_status = buf->extended_status;
	if (ret == -EIO)
		dev_dbg(sfs->psp->dev, "sfs: %s refused, status %#x, extended status %#x\n",
			name, status->status, status->extended_status);
	return ret;
}

static int sfs_versions(struct sfs_device *sfs, void *blob, struct sfs_status *status)
{
	int ret;

	guard(mutex)(&sfs->lock);
	if (sfs->gone)
		return -ENODEV;

	memset(sfs->buffer->payload, SFS_VERSIONS_FILL, TEE_EXT_CMD_BUFFER_SIZE);
	ret = sfs_send(sfs, "SFS_GET_FW_VERSIONS", PSP_SERVICE_SFS_VERSIONS,
		       SFS_HEADER_SIZE + TEE_EXT_CMD_BUFFER_SIZE, status);
	memcpy(blob, sfs->buffer->payload, TEE_EXT_CMD_BUFFER_SIZE);
	return ret;
}

static int sfs_update(struct sfs_device *sfs, const u8 *package, size_t len,
		      struct sfs_status *status)
{
	size_t size;

	if (len > SFS_BUFFER_SIZE - SFS_HEADER_SIZE) {
		dev_warn_ratelimited(sfs->psp->dev,
				     "sfs: the package has %zu bytes, more than the %zu that the firmware can take\n",
				     len, (size_t)SFS_BUFFER_SIZE - SFS_HEADER_SIZE);
		return -E2BIG;
	}
	size = ALIGN(SFS_HEADER_SIZE + len, SFS_PACKAGE_ALIGN);

	guard(mutex)(&sfs->lock);
	if (sfs->gone)
		return -ENODEV;

	memcpy(sfs->buffer->payload, package, len);
	memset(sfs->buffer->payload + len, 0, size - SFS_HEADER_SIZE - len);
	return sfs_send(sfs, "SFS_UPDATE", PSP_SERVICE_SFS_UPDATE, size, status);
}

/* Is there a component of @name that leads out of the directory? */
static bool sfs_name_escapes(const char *name)
{
	const char *dots = name;

	while ((dots = strstr(dots, ".."))) {
		if ((dots == name || dots[-1] == '/') && (!dots[2] || dots[2] == '/'))
			return true;
		dots += 2;
	}
	return false;
}

static int sfs_load_package(struct sfs_device *sfs, const char *name,
			    const struct firmware **package)
{
	char path[sizeof("amd/") + PAYLOAD_NAME_SIZE];
	int ret;

	/* Kernels before 6.11 do not look at this themselves. */
	if (sfs_name_escapes(name))
		return -ENOENT;

	snprintf(path, sizeof(path), "amd/%s", name);
	ret = firmware_request_nowarn(package, path, sfs->psp->dev);
	if (!ret)
		return 0;
	dev_warn_ratelimited(sfs->psp->dev, "sfs: could not load the package %s (%d)\n", path, ret);
	return -ENOENT;
}

static long sfs_ioctl_versions(struct sfs_device *sfs, struct sfs_user_get_fw_versions __user *user)
{
	struct sfs_user_get_fw_versions *answer __free(kfree) = NULL;
	struct sfs_status status;
	int ret;

	answer = kzalloc(sizeof(*answer), GFP_KERNEL);
	if (!answer)
		return -ENOMEM;

	ret = sfs_versions(sfs, answer->blob, &status);
	if (ret && ret != -EIO)
		return ret;

	answer->sfs_status = status.status;
	answer->sfs_extended_status = status.extended_status;
	return copy_to_user(user, answer, sizeof(*answer)) ? -EFAULT : ret;
}

static long sfs_ioctl_update(struct sfs_device *sfs, struct sfs_user_update_package __user *user)
{
	struct sfs_user_update_package answer;
	const struct firmware *package;
	struct sfs_status status;
	int ret;

	if (copy_from_user(&answer, user, sizeof(answer)))
		return -EFAULT;
	if (!memchr(answer.payload_name, 0, sizeof(answer.payload_name)))
		return -EINVAL;

	ret = sfs_load_package(sfs, answer.payload_name, &package);
	if (ret)
		return ret;
	ret = sfs_update(sfs, package->data, package->size, &status);
	release_firmware(package);
	if (ret && ret != -EIO)
		return ret;

	answer.sfs_status = status.status;
	answer.sfs_extended_status = status.extended_status;
	return copy_to_user(user, &answer, sizeof(answer)) ? -EFAULT : ret;
}

static long sfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct psp_device *psp __free(psp_put) = psp_get_master(PSP_ROLE_SFS);
	void __user *user = (void __user *)arg;

	if (!psp)
		return -ENODEV;

	switch (cmd) {
	case SFSIOCFWVERS:
		return sfs_ioctl_versions(psp->part[PSP_ROLE_SFS], user);
	case SFSIOCUPDATEPKG:
		if (!(file->f_mode & FMODE_WRITE))
			return -EPERM;
		return sfs_ioctl_update(psp->part[PSP_ROLE_SFS], user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations sfs_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = sfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct psp_node sfs_node = PSP_NODE_INIT(sfs_node, "sfs", &sfs_fops);

static int sfs_alloc_buffer(struct sfs_device *sfs)
{
	int ret;

	sfs->memory = hv_fixed_alloc(SFS_BUFFER_SIZE);
	if (!sfs->memory)
		return -ENOMEM;

	sfs->buffer = sfs->memory->va;
	ret = set_memory_uc((unsigned long)sfs->buffer, SFS_BUFFER_SIZE / PAGE_SIZE);
	if (ret)
		hv_fixed_free(sfs->memory);
	return ret;
}

static void sfs_free_buffer(struct sfs_device *sfs)
{
	unsigned long addr = (unsigned long)sfs->buffer;

	sfs->buffer = NULL;
	if (sfs->in_use)
		dev_err(sfs->psp->dev,
			"sfs: a request was never answered, its 2 MiB stay with the firmware\n");
	else if (set_memory_wb(addr, SFS_BUFFER_SIZE / PAGE_SIZE))
		dev_err(sfs->psp->dev, "sfs: could not make 2 MiB cacheable again, they are lost\n");
	else if (!hv_fixed_free(sfs->memory))
		dev_dbg(sfs->psp->dev,
			"sfs: the buffer is HV-fixed and can't be freed before SNP is off on the processors\n");
}

/**
 * sfs_create() - bring up firmware servicing of a PSP
 * @psp: the PSP, which has it
 *
 * Return: 0 or a negative errno
 */
static int sfs_create(struct psp_device *psp)
{
	struct sfs_device *sfs = kzalloc(sizeof(*sfs), GFP_KERNEL);
	int ret;

	if (!sfs)
		return -ENOMEM;

	sfs->psp = psp;
	mutex_init(&sfs->lock);
	ret = sfs_alloc_buffer(sfs);
	if (ret) {
		kfree(sfs);
		return ret;
	}

	dev_notice(psp->dev, "SFS support is available\n");
	psp->part[PSP_ROLE_SFS] = sfs;
	return 0;
}

/**
 * sfs_publish() - let programs in
 * @psp: the PSP, which the registry hands out by now
 */
static void sfs_publish(struct psp_device *psp)
{
	struct sfs_device *sfs = psp->part[PSP_ROLE_SFS];
	int ret;

	ret = psp_node_get(&sfs_node);
	if (ret)
		dev_err(psp->dev, "sfs: could not make /dev/sfs (%d)\n", ret);
	sfs->published = !ret;
}

/**
 * sfs_destroy() - take down firmware servicing of a PSP
 * @psp: the PSP
 *
 * Context: may sleep; waits for a request in flight.
 */
static void sfs_destroy(struct psp_device *psp)
{
	struct sfs_device *sfs = psp->part[PSP_ROLE_SFS];

	if (sfs->published)
		psp_node_put(&sfs_node);

	guard(mutex)(&sfs->lock);
	sfs->gone = true;
	sfs_free_buffer(sfs);
}

static bool sfs_offered(const struct psp_device *psp)
{
	return (psp->capability & PSP_CAP_SFS) && psp->hw->ext;
}

const struct psp_part_ops sfs_part = {
	.name = "sfs",
	.role = PSP_ROLE_SFS,
	.offered = sfs_offered,
	.create = sfs_create,
	.publish = sfs_publish,
	.destroy = sfs_destroy,
};
