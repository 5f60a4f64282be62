// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seamless firmware servicing. Package format and status numbers are not public; the emulated
 * ones are: a package begins with "SFSP", its patch level (32 bits), and the SHA-256 of
 * everything after these 40 bytes up to its length (32 bits at 40).
 */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define SFS_GET_FW_VERSIONS	0x01u
#define SFS_UPDATE		0x02u

#define SFS_BAD_TOTAL_SIZE	0x02u
#define SFS_BAD_PACKAGE_SIZE	0x04u
#define SFS_BAD_SIGNATURE	0x07u
#define SFS_OLD_PATCH_LEVEL	0x0cu
#define SFS_BAD_BUFFER		0x0eu

#define SFS_PAGE		4096u
#define SFS_ALIGN		65536u
#define SFS_MAX			(2u << 20)
#define SFS_FILL		0xc7
#define SFS_EXT_STATUS_AT	12u	/* first word after the header */

struct sfs_package {
	char magic[4];
	uint32_t level;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint32_t len;
};

static uint32_t sfs_versions(struct psp *psp, uint64_t buffer, uint32_t len)
{
	uint8_t page[SFS_PAGE];

	if (len != 2 * SFS_PAGE)
		return SFS_BAD_TOTAL_SIZE;
	if (psp_dma_read(psp, buffer + SFS_PAGE, page, sizeof(page)))
		return SFS_BAD_BUFFER;
	for (uint32_t i = 0; i < sizeof(page); i++)
		if (page[i] != SFS_FILL)
			return SFS_BAD_BUFFER;
	memcpy(page, "SFSV", 4);
	memcpy(page + 4, &psp->services.sfs_level, 4);
	memcpy(page + 8, &psp->cfg.bootloader, 4);
	return psp_dma_write(psp, buffer + SFS_PAGE, page, sizeof(page)) ? SFS_BAD_BUFFER : 0;
}

static uint32_t sfs_check(struct psp *psp, const uint8_t *data, uint32_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct sfs_package p;

	memcpy(&p, data, sizeof(p));
	if (memcmp(p.magic, "SFSP", 4))
		return SFS_BAD_SIGNATURE;
	if (p.len > len - sizeof(p))
		return SFS_BAD_PACKAGE_SIZE;
	SHA256(data + sizeof(p), p.len, digest);
	if (memcmp(digest, p.digest, sizeof(digest)))
		return SFS_BAD_SIGNATURE;
	if (p.level <= psp->services.sfs_level)
		return SFS_OLD_PATCH_LEVEL;
	psp->services.sfs_level = p.level;
	return 0;
}

static uint32_t sfs_update(struct psp *psp, uint64_t buffer, uint32_t len)
{
	uint32_t status = SFS_BAD_BUFFER;
	uint8_t *data;

	if (!len || len % SFS_ALIGN || len > SFS_MAX)
		return SFS_BAD_TOTAL_SIZE;
	len -= SFS_PAGE;
	data = malloc(len);
	if (data && !psp_dma_read(psp, buffer + SFS_PAGE, data, len))
		status = sfs_check(psp, data, len);
	free(data);
	return status;
}

/**
 * sfs_execute() - a firmware servicing command
 * @psp: device
 * @id: sub-command
 * @buffer: guest-physical address of the whole buffer, header included
 * @len: its length
 *
 * Return: status; the extended status behind the header repeats it with bit 16 set.
 */
uint32_t sfs_execute(struct psp *psp, uint32_t id, uint64_t buffer, uint32_t len)
{
	uint32_t status = SFS_BAD_BUFFER;
	uint32_t extended;

	if (fw_fixed_memory(psp->fw, buffer, len))
		status = id == SFS_UPDATE ? sfs_update(psp, buffer, len) :
					    sfs_versions(psp, buffer, len);
	extended = status ? 0x10000u | status : 0;
	if (psp_dma_write(psp, buffer + SFS_EXT_STATUS_AT, &extended, sizeof(extended)))
		status = SFS_BAD_BUFFER;
	return status;
}
