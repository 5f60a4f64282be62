// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware update.
 *
 * A downloaded firmware runs until the machine is reset. Below API 1.50 the committed version stays
 * behind: it is the new firmware that would raise it, when it gets the same image once more.
 */
#include <stdlib.h>

#include "image.h"
#include "internal.h"
#include "sev/snp.h"

#define AUTO_COMMIT_MAJOR	1
#define AUTO_COMMIT_MINOR	50

static bool older(const struct fw_version *a, const struct fw_version *b)
{
	if (a->major != b->major)
		return a->major < b->major;
	if (a->minor != b->minor)
		return a->minor < b->minor;
	return a->build < b->build;
}

static uint32_t judge(struct fw *fw, const void *image, uint32_t len, struct fw_version *new)
{
	struct image_header header;

	switch (image_check(image, len, fw->cfg.family, &header)) {
	case IMAGE_GOOD:
		break;
	case IMAGE_BAD_LENGTH:
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "%u bytes are not the length of the image", len);
	case IMAGE_BAD_FORMAT:
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE,
				 "this is not a firmware image: it has no $PS1");
	case IMAGE_BAD_MAKER:
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE,
				 "firmware %u.%u.%u is not for this machine", header.major,
				 header.minor, header.build);
	case IMAGE_BAD_SIGNATURE:
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE,
				 "image for family %#x is not signed for family %#x",
				 header.family, fw->cfg.family);
	}
	*new = (struct fw_version){ header.major, header.minor, header.build, header.svn };
	if (new->svn < fw->committed.svn)
		return fw_refuse(fw, SEV_RET_BAD_SVN,
				 "image has security version %u, committed is %u", new->svn,
				 fw->committed.svn);
	if (older(new, &fw->committed))
		return fw_refuse(fw, SEV_RET_BAD_VERSION,
				 "image is %u.%u.%u, committed is %u.%u.%u", new->major,
				 new->minor, new->build, fw->committed.major,
				 fw->committed.minor, fw->committed.build);
	return 0;
}

/* SNP must not lose the ground under its feet. */
static uint32_t check_snp(struct fw *fw, const struct fw_version *new)
{
	struct fw_version old = fw->running;
	bool lost;

	fw->running = *new;
	lost = fw->snp.up && !fw_has_snp(fw);
	fw->running = old;
	if (!lost)
		return 0;
	return fw_refuse(fw, SEV_RET_SHUTDOWN_REQUIRED, "firmware %u.%u has no SNP, which is on",
			 new->major, new->minor);
}

static uint32_t update(struct fw *fw, uint64_t pa, uint32_t len, bool commit)
{
	struct fw_version old = fw->running;
	struct fw_version new;
	uint32_t status;
	void *image;

	if (pa % SEV_FIRMWARE_ALIGN)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "image at %#llx is not aligned to %u bytes",
				 (unsigned long long)pa, SEV_FIRMWARE_ALIGN);
	if (len < IMAGE_MIN || len > IMAGE_MAX)
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "an image has %zu to %u bytes, not %u",
				 IMAGE_MIN, IMAGE_MAX, len);
	image = malloc(len);
	if (!image)
		return fw_refuse(fw, SEV_RET_RESOURCE_LIMIT, "no memory for %u bytes", len);
	status = fw_read(fw, "image", pa, image, len);
	if (!status)
		status = judge(fw, image, len, &new);
	if (!status)
		status = check_snp(fw, &new);
	free(image);
	if (status)
		return status;
	fw->running = new;
	if (commit)
		fw->committed = new;
	fw_log(fw, FW_LOG_INFO, "firmware updated from %u.%u.%u to %u.%u.%u, %s", old.major,
	       old.minor, old.build, new.major, new.minor, new.build,
	       commit ? "committed" : "not committed");
	return 0;
}

/**
 * fw_download_firmware() - DOWNLOAD_FIRMWARE
 * @fw: instance
 * @cmd: struct sev_cmd_blob
 *
 * Return: status.
 */
uint32_t fw_download_firmware(struct fw *fw, void *cmd)
{
	const struct sev_cmd_blob *in = cmd;

	return update(fw, in->paddr, in->len,
		      fw_api_at_least(fw, AUTO_COMMIT_MAJOR, AUTO_COMMIT_MINOR));
}

/**
 * fw_download_firmware_ex() - SNP_DOWNLOAD_FIRMWARE_EX: also while SNP guests run
 * @fw: instance
 * @cmd: struct snp_cmd_download_firmware_ex
 *
 * Return: status.
 */
uint32_t fw_download_firmware_ex(struct fw *fw, void *cmd)
{
	const struct snp_cmd_download_firmware_ex *in = cmd;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->rsvd || in->flags & ~SNP_DOWNLOAD_COMMIT)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "reserved field is %#x, flags are %#x", in->rsvd, in->flags);
	return update(fw, in->fw_paddr, in->fw_len, in->flags & SNP_DOWNLOAD_COMMIT);
}
