// SPDX-License-Identifier: GPL-2.0-only
/* Versions and what follows from them. */
#include "internal.h"

#define SNP_FIRST_MINOR	51	/* SNP_INIT without parameters; API 1.x */

/* struct tcb_layout - Which byte of a TCB version is which component, per family */
struct tcb_layout {
	unsigned int family;
	uint8_t svn_byte;
	uint8_t others[8];	/* the components that an update of this firmware leaves alone */
};

/*
 * Family 19h: boot loader, TEE, four reserved, SNP, microcode. Family 1Ah puts the FMC first and
 * has SNP right after the TEE. The values are made up, but none is zero by accident.
 */
static const struct tcb_layout tcb_layouts[] = {
	{ 0x19, 6, { 0x04, 0x01, 0, 0, 0, 0, 0, 0xd3 } },
	{ 0x1a, 3, { 0x01, 0x02, 0x01, 0, 0, 0, 0, 0x44 } },
};

/**
 * fw_boot_version() - The firmware in the boot flash
 * @fw: instance
 *
 * Return: its version.
 */
struct fw_version fw_boot_version(const struct fw *fw)
{
	return (struct fw_version){
		.major = (uint8_t)fw->cfg.api_major,
		.minor = (uint8_t)fw->cfg.api_minor,
		.build = (uint8_t)fw->cfg.build,
		.svn = (uint8_t)fw->cfg.svn,
	};
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
 * fw_has_snp() - Whether chip and running firmware know SNP
 * @fw: instance
 *
 * Return: false before family 19h or API 1.51.
 */
bool fw_has_snp(const struct fw *fw)
{
	return fw->cfg.family >= 0x19 && fw_api_at_least(fw, 1, SNP_FIRST_MINOR);
}

/**
 * fw_tcb() - TCB version in the layout of the family
 * @fw: instance
 * @svn: security version of the SEV firmware
 *
 * Return: TCB version, 0 on a family without SNP.
 */
uint64_t fw_tcb(const struct fw *fw, uint8_t svn)
{
	uint64_t tcb = 0;
	size_t i, byte;

	for (i = 0; i < ARRAY_SIZE(tcb_layouts); i++) {
		const struct tcb_layout *layout = &tcb_layouts[i];

		if (layout->family != fw->cfg.family)
			continue;
		for (byte = 0; byte < 8; byte++)
			tcb |= (uint64_t)layout->others[byte] << (8 * byte);
		tcb |= (uint64_t)svn << (8 * layout->svn_byte);
	}
	return tcb;
}
