// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the processor is fused and what firmware the PSP runs, as attributes of the
 * PCI device.
 *
 * The security bits are in the capability word.  A PSP that leaves them out may tell
 * them when asked for its host security test interface (HSTI).
 */
#include <linux/device.h>
#include <linux/mem_encrypt.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "parts.h"
#include "psp.h"
#include "services.h"

/* The answer's bit 0 is the capability word's bit 8. */
#define HSTI_SHIFT		8

/**
 * struct hsti_request - ask for the security bits
 * @header: the header
 * @bits: out: the bits
 */
struct hsti_request {
	struct psp_access_header header;
	u32 bits;
};

static_assert(sizeof(struct hsti_request) == 12);

static void hsti_query(struct psp_device *psp)
{
	struct hsti_request req = { .header.size = sizeof(req) };
	int ret;

	ret = access_send(psp, PSP_SERVICE_HSTI_QUERY, &req.header);
	if (ret) {
		dev_dbg(psp->dev, "psp: no security attributes (%d, status %#x)\n",
			ret, req.header.status);
		return;
	}
	psp->capability |= PSP_CAP_SECURITY_REPORTING | req.bits << HSTI_SHIFT;
}

/**
 * hsti_read() - find out the security attributes of a PSP
 * @psp: the PSP, with platform access set up if it has it
 *
 * Asks for them where the capability word does not have them.  A PSP that does not
 * tell has no such attributes; nothing else depends on them.
 *
 * Context: may sleep.
 * Return: 0
 */
static int hsti_read(struct psp_device *psp)
{
	if (!(psp->capability & PSP_CAP_SECURITY_REPORTING) && (psp->hw->flags & PSP_HW_HSTI))
		hsti_query(psp);

	if (!(psp->capability & PSP_CAP_SECURITY_REPORTING) || !(psp->capability & PSP_CAP_TSME))
		return 0;
	if (sme_me_mask)
		dev_notice(psp->dev,
			   "psp: Both TSME and SME are active, SME is unnecessary when TSME is active.\n");
	else
		dev_notice(psp->dev, "psp: TSME enabled\n");
	return 0;
}

static bool hsti_offered(const struct psp_device *psp)
{
	return psp->hw;
}

const struct psp_part_ops hsti_part = {
	.name = "hsti",
	.role = PSP_ROLE_HSTI,
	.offered = hsti_offered,
	.create = hsti_read,
};

/**
 * struct hsti_attribute - one security bit
 * @attr: the sysfs attribute
 * @bit: PSP_CAP_*
 */
struct hsti_attribute {
	struct device_attribute attr;
	u32 bit;
};

static ssize_t hsti_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct hsti_attribute *hsti = container_of(attr, struct hsti_attribute, attr);
	struct psp_device *psp __free(psp_put) = psp_get_bound(dev);

	if (!psp)
		return -ENODEV;
	return sysfs_emit(buf, "%d\n", !!(psp->capability & hsti->bit));
}

#define HSTI_ATTR(_name, _bit)						\
	static struct hsti_attribute hsti_##_name = {			\
		.attr = __ATTR(_name, 0444, hsti_show, NULL),		\
		.bit = (_bit),						\
	}

HSTI_ATTR(fused_part, PSP_CAP_FUSED_PART);
HSTI_ATTR(boot_integrity, PSP_CAP_BOOT_INTEGRITY);
HSTI_ATTR(debug_lock_on, PSP_CAP_DEBUG_LOCK_ON);
HSTI_ATTR(tsme_status, PSP_CAP_TSME);
HSTI_ATTR(anti_rollback_status, PSP_CAP_ANTI_ROLLBACK);
HSTI_ATTR(rpmc_production_enabled, PSP_CAP_RPMC_PRODUCTION);
HSTI_ATTR(rpmc_spirom_available, PSP_CAP_RPMC_SPIROM);
HSTI_ATTR(hsp_tpm_available, PSP_CAP_HSP_TPM);
HSTI_ATTR(rom_armor_enforced, PSP_CAP_ROM_ARMOR);

static struct attribute *hsti_attributes[] = {
	&hsti_fused_part.attr.attr,
	&hsti_boot_integrity.attr.attr,
	&hsti_debug_lock_on.attr.attr,
	&hsti_tsme_status.attr.attr,
	&hsti_anti_rollback_status.attr.attr,
	&hsti_rpmc_production_enabled.attr.attr,
	&hsti_rpmc_spirom_available.attr.attr,
	&hsti_hsp_tpm_available.attr.attr,
	&hsti_rom_armor_enforced.attr.attr,
	NULL,
};

static umode_t hsti_visible(struct kobject *kobj, struct attribute *attr, int index)
{
	struct psp_device *psp = dev_get_drvdata(kobj_to_dev(kobj));

	return psp && (psp->capability & PSP_CAP_SECURITY_REPORTING) ? attr->mode : 0;
}

static const struct attribute_group hsti_group = {
	.attrs = hsti_attributes,
	.is_visible = hsti_visible,
};

/**
 * struct version_attribute - one firmware version
 * @attr: the sysfs attribute
 * @reg: offset of the register that it is in, 0 if this PSP does not tell
 */
struct version_attribute {
	struct device_attribute attr;
	u32 (*reg)(const struct psp_device *psp);
};

static u32 bootloader_register(const struct psp_device *psp)
{
	return psp->hw->bootloader_info;
}

static u32 tee_register(const struct psp_device *psp)
{
	return psp->hw->tee && (psp->capability & PSP_CAP_TEE) ? psp->hw->tee->info : 0;
}

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct version_attribute *version = container_of(attr, struct version_attribute, attr);
	struct psp_device *psp __free(psp_put) = psp_get_bound(dev);
	u32 val;

	if (!psp)
		return -ENODEV;
	/* Registers are not touched after psp_stop(). */
	guard(mutex)(&psp->ext_lock);
	if (psp->gone)
		return -ENODEV;
	val = psp_read(psp, version->reg(psp));
	return sysfs_emit(buf, "%02x.%02x.%02x.%02x\n", val >> 24, val >> 16 & 0xff,
			  val >> 8 & 0xff, val & 0xff);
}

static struct version_attribute version_bootloader = {
	.attr = __ATTR(bootloader_version, 0444, version_show, NULL),
	.reg = bootloader_register,
};

static struct version_attribute version_tee = {
	.attr = __ATTR(tee_version, 0444, version_show, NULL),
	.reg = tee_register,
};

static struct attribute *version_attributes[] = {
	&version_bootloader.attr.attr,
	&version_tee.attr.attr,
	NULL,
};

static umode_t version_visible(struct kobject *kobj, struct attribute *attr, int index)
{
	struct version_attribute *version = container_of(attr, struct version_attribute, attr.attr);
	struct psp_device *psp = dev_get_drvdata(kobj_to_dev(kobj));
	u32 reg;

	if (!psp || !psp->hw)
		return 0;
	reg = version->reg(psp);
	/* The BIOS may hide the register. */
	return reg && !PCI_POSSIBLE_ERROR(psp_read(psp, reg)) ? attr->mode : 0;
}

static const struct attribute_group version_group = {
	.attrs = version_attributes,
	.is_visible = version_visible,
};

const struct attribute_group *psp_attribute_groups[] = {
	&hsti_group,
	&version_group,
	NULL,
};
