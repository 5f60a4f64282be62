// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/firmware/sev: how SEV and SNP stand, for tools and for people.
 *
 * What is shown is what the driver knows.  The firmware is not asked and no lock waited for,
 * so this works also while it is busy or dead; everything shown without the lock is
 * of a size that is read at once.  Only vulnerabilities/ has to ask, and says EBUSY rather
 * than wait.
 */
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "sev.h"

#define SEV_DIR		"sev"

/* What all show functions of this file do, given the SEV part */
#define SEV_ATTR(_name, _mode, _show)						\
static ssize_t _show##_file(struct kobject *dir, struct kobj_attribute *attr, char *buf) \
{										\
	struct sev_device *sev __free(sev_put) = sev_get_master();		\
										\
	return sev ? _show(sev, buf) : -ENODEV;					\
}										\
static struct kobj_attribute attr_##_show = __ATTR(_name, _mode, _show##_file, NULL)

static ssize_t psp_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_name(sev->dev));
}
SEV_ATTR(psp, 0444, psp_show);

static const char *state_name(const struct sev_device *sev)
{
	static const char * const names[] = {
		[SEV_PSTATE_UNINIT] = "uninit",
		[SEV_PSTATE_INIT] = "init",
		[SEV_PSTATE_WORKING] = "working",
	};
	u8 state = READ_ONCE(sev->state);

	if (READ_ONCE(sev->mbox.dead))
		return "dead";
	return READ_ONCE(sev->state_known) && state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

static ssize_t state_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "%s\n", state_name(sev));
}
SEV_ATTR(state, 0444, state_show);

static ssize_t version_show(struct sev_device *sev, char *buf)
{
	u8 major = READ_ONCE(sev->version.major);
	u8 minor = READ_ONCE(sev->version.minor);

	if (!major && !minor)
		return -ENODATA;
	return sysfs_emit(buf, "%u.%u.%u\n", major, minor, READ_ONCE(sev->version.build));
}
SEV_ATTR(version, 0444, version_show);

static ssize_t leaked_pages_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "%lu\n", READ_ONCE(sev->leaked_pages));
}
SEV_ATTR(leaked_pages, 0444, leaked_pages_show);

static ssize_t last_failure_show(struct sev_device *sev, char *buf)
{
	u64 failure = READ_ONCE(sev->last_failure);
	const struct sev_command *cmd = sev_command_find(lower_32_bits(failure));
	u32 error = upper_32_bits(failure);

	if (!cmd)
		return sysfs_emit(buf, "none\n");
	if (error == (u32)SEV_RET_NO_FW_CALL)
		return sysfs_emit(buf, "%s no answer\n", cmd->name);
	return sysfs_emit(buf, "%s %s %#x\n", cmd->name, sev_status_find(error)->name, error);
}
SEV_ATTR(last_failure, 0400, last_failure_show);

static struct attribute *sev_attrs[] = {
	&attr_psp_show.attr,
	&attr_state_show.attr,
	&attr_version_show.attr,
	&attr_leaked_pages_show.attr,
	&attr_last_failure_show.attr,
	NULL
};

static const struct attribute_group sev_group = { .attrs = sev_attrs };

static ssize_t snp_state_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(sev->snp.up) ? "init" : "uninit");
}
SEV_ATTR(state, 0444, snp_state_show);

/* It may have addresses in it. */
static ssize_t snp_off_reason_show(struct sev_device *sev, char *buf)
{
	char reason[SNP_REASON_LEN];

	snp_reason_read(sev, reason);
	return sysfs_emit(buf, "%s\n", READ_ONCE(sev->snp.up) ? "" : reason);
}
SEV_ATTR(off_reason, 0400, snp_off_reason_show);

static ssize_t snp_preflight_show(struct sev_device *sev, char *buf)
{
	char verdict[SNP_REASON_LEN];
	int ret = sev_preflight_verdict(READ_ONCE(sev->snp.up), verdict, sizeof(verdict));

	return ret ?: sysfs_emit(buf, "%s\n", verdict);
}
SEV_ATTR(preflight, 0400, snp_preflight_show);

static ssize_t snp_rmp_show(struct sev_device *sev, char *buf)
{
	const struct rmp_ops *rmp = READ_ONCE(sev->snp.rmp);

	return sysfs_emit(buf, "%s\n", rmp ? rmp->name : "none");
}
SEV_ATTR(rmp, 0444, snp_rmp_show);

static ssize_t snp_features_show(struct sev_device *sev, char *buf)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{ SNP_FEAT_ECX_VLEK, "vlek" },
		{ SNP_FEAT_ECX_X86_SHUTDOWN, "x86_shutdown" },
		{ SNP_FEAT_ECX_RAPL_DIS, "rapl_disable" },
		{ SNP_FEAT_ECX_CIPHERTEXT_HIDING, "ciphertext_hiding" },
		{ SNP_FEAT_ECX_AES_256_XTS, "aes_256_xts" },
		{ SNP_FEAT_ECX_CXL, "cxl" },
		{ SNP_FEAT_ECX_VERIFY_MITIGATION, "verify_mitigation" },
	};
	u32 ecx = READ_ONCE(sev->snp.features.ecx);
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (ecx & names[i].bit)
			len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "", names[i].name);
	return len + sysfs_emit_at(buf, len, "\n");
}
SEV_ATTR(features, 0444, snp_features_show);

static ssize_t snp_policy_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "0x%llx\n", snp_policy_bits(sev));
}
SEV_ATTR(policy, 0444, snp_policy_show);

static ssize_t snp_hidden_asids_show(struct sev_device *sev, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(sev->snp.max_asid));
}
SEV_ATTR(ciphertext_hiding_asids, 0444, snp_hidden_asids_show);

static struct attribute *snp_attrs[] = {
	&attr_snp_state_show.attr,
	&attr_snp_off_reason_show.attr,
	&attr_snp_preflight_show.attr,
	&attr_snp_rmp_show.attr,
	&attr_snp_features_show.attr,
	&attr_snp_policy_show.attr,
	&attr_snp_hidden_asids_show.attr,
	NULL
};

static const struct attribute_group snp_group = { .name = "snp", .attrs = snp_attrs };

static int tcb_current(struct sev_device *sev, u64 *tcb)
{
	*tcb = READ_ONCE(sev->snp.status.current_tcb);
	return READ_ONCE(sev->snp.status_known) ? 0 : -ENODATA;
}

static int tcb_reported(struct sev_device *sev, u64 *tcb)
{
	*tcb = READ_ONCE(sev->snp.status.reported_tcb);
	return READ_ONCE(sev->snp.status_known) ? 0 : -ENODATA;
}

static int tcb_committed(struct sev_device *sev, u64 *tcb)
{
	*tcb = READ_ONCE(sev->snp.committed);
	return READ_ONCE(sev->snp.committed_known) ? 0 : -ENODATA;
}

/**
 * struct tcb_attr - a part of a TCB version
 * @file: the file; its name is that of the part
 * @version: which TCB version
 */
struct tcb_attr {
	struct kobj_attribute file;
	int (*version)(struct sev_device *sev, u64 *tcb);
};

static ssize_t tcb_raw_show(struct kobject *dir, struct kobj_attribute *file, char *buf)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u64 tcb;
	int ret = sev ? container_of(file, struct tcb_attr, file)->version(sev, &tcb) : -ENODEV;

	return ret ?: sysfs_emit(buf, "%#018llx\n", tcb);
}

static ssize_t tcb_part_show(struct kobject *dir, struct kobj_attribute *file, char *buf)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u64 tcb;
	u8 part;
	int ret = sev ? container_of(file, struct tcb_attr, file)->version(sev, &tcb) : -ENODEV;

	if (ret)
		return ret;
	if (!snp_tcb_field(snp_tcb_layout_here(), file->attr.name, tcb, &part))
		return -ENODATA;
	return sysfs_emit(buf, "%u\n", part);
}

/* Not every family has every part. */
static umode_t tcb_visible(struct kobject *dir, struct attribute *attr, int n)
{
	u8 ignored;

	return !n || snp_tcb_field(snp_tcb_layout_here(), attr->name, 0, &ignored) ?
		attr->mode : 0;
}

#define TCB_ATTR(which, part, show) \
	static struct tcb_attr which##_##part = { __ATTR(part, 0444, show, NULL), which }

#define TCB_GROUP(which)							\
TCB_ATTR(which, raw, tcb_raw_show);						\
TCB_ATTR(which, fmc, tcb_part_show);						\
TCB_ATTR(which, boot_loader, tcb_part_show);					\
TCB_ATTR(which, tee, tcb_part_show);						\
TCB_ATTR(which, snp, tcb_part_show);						\
TCB_ATTR(which, microcode, tcb_part_show);					\
static struct attribute *which##_attrs[] = {					\
	&which##_raw.file.attr,							\
	&which##_fmc.file.attr,							\
	&which##_boot_loader.file.attr,						\
	&which##_tee.file.attr,							\
	&which##_snp.file.attr,							\
	&which##_microcode.file.attr,						\
	NULL									\
};										\
static const struct attribute_group which##_group = {				\
	.name = #which,								\
	.attrs = which##_attrs,							\
	.is_visible = tcb_visible,						\
}

TCB_GROUP(tcb_current);
TCB_GROUP(tcb_reported);
TCB_GROUP(tcb_committed);

/* The lock for one command that a signal may end; gives it back on its own if it fails. */
static int mitigations_ask(struct sev_device *sev, u64 vector)
{
	u32 error;
	int ret;

	sev->killable = true;
	ret = snp_verify_mitigation_locked(sev, vector, &error);
	sev->killable = false;
	if (ret == -EINVAL)
		dev_notice(sev->dev,
			   "SEV-SNP: mitigation %#llx is not in place, the firmware says %#x; see AMD's security bulletins for what it takes\n",
			   vector, sev->snp.mitigations.failure);
	return ret;
}

static int mitigations_read(struct sev_device *sev, struct snp_mitigation_result *result)
{
	int ret = 0;

	if (!mutex_trylock(&sev->lock))
		return -EBUSY;
	if (!sev->snp.mitigations_known)
		ret = mitigations_ask(sev, 0);
	*result = sev->snp.mitigations;
	mutex_unlock(&sev->lock);
	return ret;
}

static ssize_t supported_show(struct sev_device *sev, char *buf)
{
	struct snp_mitigation_result result;
	int ret = mitigations_read(sev, &result);

	return ret ?: sysfs_emit(buf, "0x%llx\n", result.supported);
}
SEV_ATTR(supported_mitigations, 0400, supported_show);

static ssize_t verified_show(struct sev_device *sev, char *buf)
{
	struct snp_mitigation_result result;
	int ret = mitigations_read(sev, &result);

	return ret ?: sysfs_emit(buf, "0x%llx\n", result.verified);
}

static ssize_t verified_show_file(struct kobject *dir, struct kobj_attribute *attr, char *buf)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	return sev ? verified_show(sev, buf) : -ENODEV;
}

static ssize_t verified_store_file(struct kobject *dir, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u64 vector;
	int ret = kstrtoull(buf, 0, &vector);

	if (!sev)
		return -ENODEV;
	if (ret)
		return ret;
	if (hweight64(vector) != 1) {
		dev_notice(sev->dev,
			   "SEV-SNP: mitigation %#llx refused: write one bit of supported_mitigations\n",
			   vector);
		return -EINVAL;
	}
	if (mutex_lock_killable(&sev->lock))
		return -EINTR;
	ret = mitigations_ask(sev, vector);
	mutex_unlock(&sev->lock);
	return ret ?: count;
}

static struct kobj_attribute attr_verified =
	__ATTR(verified_mitigations, 0600, verified_show_file, verified_store_file);

static struct attribute *vulnerabilities_attrs[] = {
	&attr_supported_show.attr,
	&attr_verified.attr,
	NULL
};

static const struct attribute_group vulnerabilities_group = {
	.name = "vulnerabilities",
	.attrs = vulnerabilities_attrs,
};

static int create_groups(struct sev_device *sev, struct kobject *dir)
{
	int ret = sysfs_create_group(dir, &sev_group) ?: sysfs_create_group(dir, &snp_group);

	/* The firmware has not been asked for them where there can't be SNP. */
	if (!ret && sev->snp.rmp)
		ret = sysfs_create_group(dir, &tcb_current_group) ?:
		      sysfs_create_group(dir, &tcb_reported_group) ?:
		      sysfs_create_group(dir, &tcb_committed_group);
	if (!ret && snp_can_verify_mitigations(sev))
		ret = sysfs_create_group(dir, &vulnerabilities_group);
	return ret;
}

/* A kernel may have something there. */
static bool is_taken(void)
{
	struct kernfs_node *node = kernfs_find_and_get(firmware_kobj->sd, SEV_DIR);

	kernfs_put(node);
	return node;
}

/**
 * sev_sysfs_withdraw() - take it away
 * @dir: &sev_device.sysfs, or NULL
 *
 * Context: waits for readers and writers, so the caller must not hold &sev_device.lock.
 */
void sev_sysfs_withdraw(struct kobject *dir)
{
	if (!dir)
		return;
	kobject_del(dir);
	kobject_put(dir);
}

/**
 * sev_sysfs_publish() - make /sys/firmware/sev
 * @sev: the SEV part, locked; what it is and can is known
 *
 * That it can't be made is no reason to be without SEV.
 */
void sev_sysfs_publish(struct sev_device *sev)
{
	struct kobject *dir = NULL;
	int ret = is_taken() ? -EEXIST : 0;

	if (!ret) {
		dir = kobject_create_and_add(SEV_DIR, firmware_kobj);
		ret = dir ? create_groups(sev, dir) : -ENOMEM;
	}
	if (!ret) {
		sev->sysfs = dir;
		return;
	}
	dev_notice(sev->dev, "SEV: there will be nothing in /sys/firmware/" SEV_DIR " (%d)%s\n",
		   ret, ret == -EEXIST ? ": another part of the kernel has it" : "");
	sev_sysfs_withdraw(dir);
}
