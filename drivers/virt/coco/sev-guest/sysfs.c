// SPDX-License-Identifier: GPL-2.0-only
/*
 * State for people, in /sys/bus/platform/devices/sev-guest/. The files are there
 * while the driver is bound.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "guest.h"

static struct snp_guest *to_guest(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t vmpl_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_guest(dev)->vmpl);
}
static DEVICE_ATTR_RO(vmpl);

static ssize_t vmpck_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_guest(dev)->vmpck);
}
static DEVICE_ATTR_RO(vmpck);

static ssize_t vmpck_alive_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct snp_transport *transport = &to_guest(dev)->transport;

	return sysfs_emit(buf, "%d\n", transport->ops->alive(transport->ctx));
}
static DEVICE_ATTR_RO(vmpck_alive);

/* Numbers of the keys that the page of secrets still has. */
static ssize_t keys_alive_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct snp_transport *transport = &to_guest(dev)->transport;
	unsigned int i, mask = transport->ops->keys_alive(transport->ctx);
	int len = 0;

	for (i = 0; i < SNP_VMPCK_COUNT; i++) {
		if (mask & BIT(i))
			len += sysfs_emit_at(buf, len, "%s%u", len ? " " : "", i);
	}
	return len + sysfs_emit_at(buf, len, "\n");
}
static DEVICE_ATTR_RO(keys_alive);

static ssize_t unanswered_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct snp_transport *transport = &to_guest(dev)->transport;

	return sysfs_emit(buf, "%u\n", transport->ops->unanswered(transport->ctx));
}
static DEVICE_ATTR_RO(unanswered);

#define STAT_ATTR(name)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{										\
	struct snp_transport *transport = &to_guest(dev)->transport;		\
	struct snp_channel_stats stats;						\
										\
	transport->ops->stats(transport->ctx, &stats);				\
	return sysfs_emit(buf, "%llu\n", stats.name);				\
}										\
static DEVICE_ATTR_RO(name)

STAT_ATTR(requests);
STAT_ATTR(failures);
STAT_ATTR(exchanges);
STAT_ATTR(busy);
STAT_ATTR(refused);
STAT_ATTR(forged);
STAT_ATTR(recovered);

static struct attribute *snp_guest_attrs[] = {
	&dev_attr_vmpl.attr,
	&dev_attr_vmpck.attr,
	&dev_attr_vmpck_alive.attr,
	&dev_attr_keys_alive.attr,
	&dev_attr_requests.attr,
	&dev_attr_failures.attr,
	/* From here on: what only a channel of our own can know. */
	&dev_attr_unanswered.attr,
	&dev_attr_exchanges.attr,
	&dev_attr_busy.attr,
	&dev_attr_refused.attr,
	&dev_attr_forged.attr,
	&dev_attr_recovered.attr,
	NULL
};

#define KNOWN_TO_ALL	6

static umode_t snp_guest_attr_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct snp_transport *transport = &to_guest(kobj_to_dev(kobj))->transport;

	return n < KNOWN_TO_ALL || transport->ops->unanswered ? attr->mode : 0;
}

static const struct attribute_group snp_guest_group = {
	.attrs = snp_guest_attrs,
	.is_visible = snp_guest_attr_visible,
};

const struct attribute_group *snp_guest_groups[] = {
	&snp_guest_group,
	NULL
};
