// SPDX-License-Identifier: GPL-2.0-only
/* Versions of the firmware. */
#include "internal.h"

#define SNP_FIRST_MINOR	51	/* SNP_INIT without parameters; API 1.x */

/**
 * fw_boot() - Run the firmware in the boot flash
 * @fw: instance
 */
void fw_boot(struct fw *fw)
{
	fw->running = (struct fw_version){
		.major = (uint8_t)fw->cfg.api_major,
		.minor = (uint8_t)fw->cfg.api_minor,
		.build = (uint8_t)fw->cfg.build,
		.svn = (uint8_t)fw->cfg.svn,
	};
	fw->committed = fw->running;
	if (fw->cfg.committed_svn)
		fw->committed.svn = (uint8_t)fw->cfg.committed_svn;
}

/**
 * fw_api_at_least() - Compare the running firmware's API
 * @fw: instance
 * @major: API version
 * @minor: API version
 *
 * Return: true if the running firmware is that version or newer.
 */
bool fw_api_at_least(const struct fw *fw, unsigned int major, unsigned int minor)
{
	if (fw->running.major != major)
		return fw->running.major > major;
	return fw->running.minor >= minor;
}

/**
 * fw_since() - Whether the running firmware has something that came at another time per processor
 * @fw: instance
 * @since: by &enum fw_generation; a processor that has no entry never got it
 *
 * Return: true if it has it.
 */
bool fw_since(const struct fw *fw, const struct fw_since since[FW_GENERATIONS])
{
	const struct fw_since *first = &since[fw_generation(fw)];

	if (!first->minor)
		return false;
	if (fw->running.major != 1)
		return fw->running.major > 1;
	if (fw->running.minor != first->minor)
		return fw->running.minor > first->minor;
	return fw->running.build >= first->build;
}

/**
 * fw_has_snp() - Whether chip and running firmware know SNP
 * @fw: instance
 *
 * Return: false before family 19h or API 1.51.
 */
bool fw_has_snp(const struct fw *fw)
{
	return fw_generation(fw) >= FW_MILAN && fw_api_at_least(fw, 1, SNP_FIRST_MINOR);
}
