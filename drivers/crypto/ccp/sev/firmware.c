// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware from the file system: which file, and what became of it.
 */
#include <linux/firmware.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <asm/processor.h>

#include "sev.h"

#define FIRMWARE_NAME_LEN	64

/* The firmware can't update itself before this API version. */
#define DOWNLOAD_MAJOR		0
#define DOWNLOAD_MINOR		15

/* Before this one the committed version follows only a second download. */
#define COMMIT_MAJOR		1
#define COMMIT_MINOR		50

MODULE_FIRMWARE("amd/amd_sev_fam17h_model0xh.sbin");
MODULE_FIRMWARE("amd/amd_sev_fam17h_model3xh.sbin");
MODULE_FIRMWARE("amd/amd_sev_fam19h_model0xh.sbin");
MODULE_FIRMWARE("amd/amd_sev_fam19h_model1xh.sbin");
MODULE_FIRMWARE("amd/amd_sev_fam19h_modelaxh.sbin");
MODULE_FIRMWARE("amd/amd_sev_fam1ah_model0xh.sbin");

/* The nth name to look for, the most specific one first; false when there is none. */
static bool firmware_name(char *name, size_t size, unsigned int n, u8 family, u8 model)
{
	switch (n) {
	case 0:
		snprintf(name, size, "amd/amd_sev_fam%.2xh_model%.2xh.sbin", family, model);
		return true;
	case 1:
		snprintf(name, size, "amd/amd_sev_fam%.2xh_model%.1xxh.sbin", family, model >> 4);
		return true;
	case 2:
		snprintf(name, size, "amd/sev.fw");
		return true;
	default:
		return false;
	}
}

static const struct firmware *firmware_find(struct sev_device *sev, char *name, size_t size)
{
	const struct firmware *fw;
	unsigned int n;
	int ret;

	for (n = 0; firmware_name(name, size, n, boot_cpu_data.x86, boot_cpu_data.x86_model); n++) {
		ret = firmware_request_nowarn(&fw, name, sev->dev);
		if (!ret)
			return fw;
		if (ret == -ENOENT)
			dev_info(sev->dev, "SEV: firmware file %s: not found\n", name);
		else
			dev_warn(sev->dev, "SEV: firmware file %s: error %d\n", name, ret);
	}
	return NULL;
}

static int firmware_download(struct sev_device *sev, struct sev_blob *image, u32 *error)
{
	struct sev_cmd_blob data = {
		.paddr = sev_phys(image->data),
		.len = image->size,
	};
	struct sev_call call = {
		.id = SEV_OP_DOWNLOAD_FIRMWARE,
		.data = &data,
		.blob = { image },
		.quiet = true,
	};
	int ret = sev_call_locked(sev, &call);

	*error = call.error;
	return ret;
}

/* Send the image as often as this firmware needs it. */
static int firmware_install(struct sev_device *sev, struct sev_blob *image, u32 *error)
{
	bool twice = !sev_version_at_least(sev, COMMIT_MAJOR, COMMIT_MINOR);
	int ret = firmware_download(sev, image, error);

	if (ret || !twice)
		return ret;

	/* The first download updated the running version, this one the committed. */
	return firmware_download(sev, image, error);
}

static void firmware_report_failure(struct sev_device *sev, const char *name, int ret, u32 error)
{
	const struct sev_status_text *status = sev_status_find(error);

	dev_warn(sev->dev,
		 "SEV: firmware file %s was not installed: DOWNLOAD_FIRMWARE rc %d, %s (%#x): %s; going on with %u.%u.%u\n",
		 name, ret, status->name, error, sev_status_while_running(status),
		 sev->version.major, sev->version.minor, sev->version.build);
}

/**
 * sev_firmware_update_locked() - install the firmware that the file system has
 * @sev: the SEV part, locked; its version is known and the platform is not
 *	initialised
 *
 * Nothing here is fatal: the firmware of the BIOS goes on running.
 *
 * Context: may sleep; loads a file.
 */
void sev_firmware_update_locked(struct sev_device *sev)
{
	struct sev_blob *image __free(sev_blob) = NULL;
	struct sev_cmd_platform_status status;
	struct sev_version old = sev->version;
	const struct firmware *fw;
	char name[FIRMWARE_NAME_LEN];
	u32 error;
	int ret;

	if (!sev_version_at_least(sev, DOWNLOAD_MAJOR, DOWNLOAD_MINOR)) {
		dev_info(sev->dev,
			 "SEV: firmware %u.%u.%u can't be updated by the kernel, only by the BIOS\n",
			 old.major, old.minor, old.build);
		return;
	}
	if (sev->state != SEV_PSTATE_UNINIT) {
		dev_info(sev->dev, "SEV: the platform is in use, so its firmware is left as it is\n");
		return;
	}

	fw = firmware_find(sev, name, sizeof(name));
	if (!fw)
		return;

	dev_info(sev->dev, "SEV: firmware file %s: found, %zu bytes\n", name, fw->size);
	image = fw->size ? sev_blob_alloc(fw->size) : NULL;
	if (image)
		memcpy(image->data, fw->data, fw->size);
	release_firmware(fw);
	if (!image) {
		dev_warn(sev->dev, "SEV: firmware file %s is empty or does not fit into memory\n",
			 name);
		return;
	}

	ret = firmware_install(sev, image, &error);
	if (ret) {
		firmware_report_failure(sev, name, ret, error);
		return;
	}

	/* What older kernels say, and what guides look for. */
	dev_info(sev->dev, "SEV firmware update successful\n");
	if (sev_platform_query_locked(sev, &status, &error))
		return;
	if (memcmp(&old, &sev->version, sizeof(old)))
		dev_info(sev->dev, "SEV firmware updated from %d.%d.%d to %d.%d.%d\n", old.major,
			 old.minor, old.build, sev->version.major, sev->version.minor,
			 sev->version.build);
	else
		dev_info(sev->dev, "SEV: firmware file %s holds the version that is already running\n",
			 name);
}
