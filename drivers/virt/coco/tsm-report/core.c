// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/config/tsm/report for kernels that do not have it (before 6.7): the
 * same directories, files and rules as in those that do.
 *
 * Whoever wants a report makes a directory, writes what it shall be about into the
 * files there and reads the result. Each write starts a new generation; the first
 * read after it has the report made, later reads get the same one.
 *
 * There is one provider at a time, and directories exist only while there is one.
 */
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/tsm.h>

#include "core.h"

/* Largest result that can be read. */
#define BLOB_MAX	SZ_16M

/**
 * struct tsm_item - one directory
 * @item: for configfs
 * @lock: for the following; held while a report is made, which may take long
 * @report: what it is about, and the result
 * @written: generation of what it is about
 * @made: generation that the result belongs to; 0 if there is none
 */
struct tsm_item {
	struct config_item item;
	struct mutex lock;
	struct tsm_report report;
	u64 written;
	u64 made;
};

/* Files that there can be, and the end of the list. */
#define ATTRS		(TSM_REPORT_SERVICE_MANIFEST_VER + 1)
#define BIN_ATTRS	(TSM_REPORT_MANIFESTBLOB + 1)

/**
 * struct tsm_core - what the module keeps
 * @lock: for all of it; read: the provider is in use. Who holds a directory's lock
 *	can take it, not the other way round
 * @ops: the provider, or NULL
 * @data: argument for it
 * @items: directories that exist
 * @attrs: the files that the provider has
 * @bin_attrs: the same for binary files
 * @type: a directory with these
 */
struct tsm_core {
	struct rw_semaphore lock;
	const struct tsm_report_ops *ops;
	void *data;
	atomic_t items;
	struct configfs_attribute *attrs[ATTRS + 1];
	struct configfs_bin_attribute *bin_attrs[BIN_ATTRS + 1];
	struct config_item_type type;
};

static struct tsm_core core = {
	.lock = __RWSEM_INITIALIZER(core.lock),
};

static struct tsm_item *to_item(struct config_item *item)
{
	return container_of(item, struct tsm_item, item);
}

static ssize_t tsm_generation_show(struct config_item *item, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(to_item(item)->written));
}
CONFIGFS_ATTR_RO(tsm_, generation);

/* Returns with @core.lock held for reading, unless it is an error. */
static int core_get_provider(void)
{
	if (down_read_killable(&core.lock))
		return -EINTR;
	if (core.ops)
		return 0;
	up_read(&core.lock);
	return -ENXIO;
}

static ssize_t tsm_provider_show(struct config_item *item, char *buf)
{
	ssize_t ret = core_get_provider();

	if (ret)
		return ret;
	ret = sysfs_emit(buf, "%s\n", core.ops->name);
	up_read(&core.lock);
	return ret;
}
CONFIGFS_ATTR_RO(tsm_, provider);

/* What a report shall be about is written in between these two. */
static int item_begin(struct tsm_item *item)
{
	return mutex_lock_killable(&item->lock);
}

static void item_end(struct tsm_item *item)
{
	WRITE_ONCE(item->written, item->written + 1);
	mutex_unlock(&item->lock);
}

static ssize_t tsm_privlevel_store(struct config_item *item, const char *buf, size_t len)
{
	unsigned int level, floor;
	int ret = kstrtouint(buf, 0, &level);

	if (!ret)
		ret = core_get_provider();
	if (ret)
		return ret;
	floor = core.ops->privlevel_floor;
	up_read(&core.lock);
	if (level < floor || level > TSM_REPORT_PRIVLEVEL_MAX) {
		pr_err_ratelimited("tsm_report: privilege level %u is not between %u and %u\n",
				   level, floor, TSM_REPORT_PRIVLEVEL_MAX);
		return -EINVAL;
	}
	ret = item_begin(to_item(item));
	if (ret)
		return ret;
	to_item(item)->report.desc.privlevel = level;
	item_end(to_item(item));
	return len;
}
CONFIGFS_ATTR_WO(tsm_, privlevel);

static ssize_t tsm_privlevel_floor_show(struct config_item *item, char *buf)
{
	ssize_t ret = core_get_provider();

	if (ret)
		return ret;
	ret = sysfs_emit(buf, "%u\n", core.ops->privlevel_floor);
	up_read(&core.lock);
	return ret;
}
CONFIGFS_ATTR_RO(tsm_, privlevel_floor);

static ssize_t tsm_service_provider_store(struct config_item *item, const char *buf, size_t len)
{
	size_t name_len = len && buf[len - 1] == '\n' ? len - 1 : len;
	char *name = kstrndup(buf, name_len, GFP_KERNEL);
	int ret;

	if (!name)
		return -ENOMEM;
	ret = item_begin(to_item(item));
	if (ret) {
		kfree(name);
		return ret;
	}
	kfree(to_item(item)->report.desc.service_provider);
	to_item(item)->report.desc.service_provider = name;
	item_end(to_item(item));
	return len;
}
CONFIGFS_ATTR_WO(tsm_, service_provider);

static ssize_t tsm_service_guid_store(struct config_item *item, const char *buf, size_t len)
{
	guid_t guid;
	int ret = guid_parse(buf, &guid);

	if (!ret)
		ret = item_begin(to_item(item));
	if (ret)
		return ret;
	to_item(item)->report.desc.service_guid = guid;
	item_end(to_item(item));
	return len;
}
CONFIGFS_ATTR_WO(tsm_, service_guid);

static ssize_t tsm_service_manifest_version_store(struct config_item *item, const char *buf,
						  size_t len)
{
	unsigned int version;
	int ret = kstrtouint(buf, 0, &version);

	if (!ret)
		ret = item_begin(to_item(item));
	if (ret)
		return ret;
	to_item(item)->report.desc.service_manifest_version = version;
	item_end(to_item(item));
	return len;
}
CONFIGFS_ATTR_WO(tsm_, service_manifest_version);

static ssize_t tsm_inblob_write(struct config_item *item, const void *buf, size_t len)
{
	struct tsm_report_desc *desc = &to_item(item)->report.desc;
	int ret;

	if (len > sizeof(desc->inblob))
		return -EFBIG;
	ret = item_begin(to_item(item));
	if (ret)
		return ret;
	memcpy(desc->inblob, buf, len);
	desc->inblob_len = len;
	item_end(to_item(item));
	return len;
}
CONFIGFS_BIN_ATTR_WO(tsm_, inblob, NULL, TSM_REPORT_INBLOB_MAX);

static void item_drop_blobs(struct tsm_item *item)
{
	struct tsm_report *report = &item->report;

	kvfree(report->outblob);
	kvfree(report->auxblob);
	kvfree(report->manifestblob);
	report->outblob = NULL;
	report->auxblob = NULL;
	report->manifestblob = NULL;
	report->outblob_len = 0;
	report->auxblob_len = 0;
	report->manifestblob_len = 0;
	item->made = 0;
}

/* Has the report made that was asked for. If it is there nobody has to make it. */
static int item_make(struct tsm_item *item)
{
	int ret;

	lockdep_assert_held(&item->lock);
	if (!item->report.desc.inblob_len)
		return -EINVAL;
	if (item->made == item->written)
		return 0;
	ret = core_get_provider();
	if (ret)
		return ret;

	item_drop_blobs(item);
	ret = core.ops->report_new(&item->report, core.data);
	up_read(&core.lock);
	if (ret < 0) {
		item_drop_blobs(item);
		return ret;
	}
	item->made = item->written;
	return 0;
}

/* Without a buffer configfs asks for the size only. */
static ssize_t item_read(struct config_item *cfg, u8 *const *blob, const size_t *len, void *buf,
			 size_t count)
{
	struct tsm_item *item = to_item(cfg);
	ssize_t ret;

	if (mutex_lock_killable(&item->lock))
		return -EINTR;
	ret = item_make(item);
	if (!ret && !buf)
		ret = *len;
	else if (!ret)
		ret = min(count, *len);
	if (ret > 0 && buf)
		memcpy(buf, *blob, ret);
	mutex_unlock(&item->lock);
	return ret;
}

static ssize_t tsm_outblob_read(struct config_item *item, void *buf, size_t count)
{
	struct tsm_report *report = &to_item(item)->report;

	return item_read(item, &report->outblob, &report->outblob_len, buf, count);
}
CONFIGFS_BIN_ATTR_RO(tsm_, outblob, NULL, BLOB_MAX);

static ssize_t tsm_auxblob_read(struct config_item *item, void *buf, size_t count)
{
	struct tsm_report *report = &to_item(item)->report;

	return item_read(item, &report->auxblob, &report->auxblob_len, buf, count);
}
CONFIGFS_BIN_ATTR_RO(tsm_, auxblob, NULL, BLOB_MAX);

static ssize_t tsm_manifestblob_read(struct config_item *item, void *buf, size_t count)
{
	struct tsm_report *report = &to_item(item)->report;

	return item_read(item, &report->manifestblob, &report->manifestblob_len, buf, count);
}
CONFIGFS_BIN_ATTR_RO(tsm_, manifestblob, NULL, BLOB_MAX);

static struct configfs_attribute *const all_attrs[ATTRS] = {
	[TSM_REPORT_GENERATION] = &tsm_attr_generation,
	[TSM_REPORT_PROVIDER] = &tsm_attr_provider,
	[TSM_REPORT_PRIVLEVEL] = &tsm_attr_privlevel,
	[TSM_REPORT_PRIVLEVEL_FLOOR] = &tsm_attr_privlevel_floor,
	[TSM_REPORT_SERVICE_PROVIDER] = &tsm_attr_service_provider,
	[TSM_REPORT_SERVICE_GUID] = &tsm_attr_service_guid,
	[TSM_REPORT_SERVICE_MANIFEST_VER] = &tsm_attr_service_manifest_version,
};

static struct configfs_bin_attribute *const all_bin_attrs[BIN_ATTRS] = {
	[TSM_REPORT_INBLOB] = &tsm_attr_inblob,
	[TSM_REPORT_OUTBLOB] = &tsm_attr_outblob,
	[TSM_REPORT_AUXBLOB] = &tsm_attr_auxblob,
	[TSM_REPORT_MANIFESTBLOB] = &tsm_attr_manifestblob,
};

static void tsm_item_release(struct config_item *cfg)
{
	struct tsm_item *item = to_item(cfg);

	item_drop_blobs(item);
	kfree(item->report.desc.service_provider);
	mutex_destroy(&item->lock);
	kfree(item);
}

static struct configfs_item_operations tsm_item_ops = {
	.release = tsm_item_release,
};

static struct config_item *tsm_make_item(struct config_group *group, const char *name)
{
	struct tsm_item *item;
	int ret;

	item = kzalloc(sizeof(*item), GFP_KERNEL);
	if (!item)
		return ERR_PTR(-ENOMEM);
	ret = core_get_provider();
	if (ret) {
		kfree(item);
		return ERR_PTR(ret);
	}
	mutex_init(&item->lock);
	atomic_inc(&core.items);
	config_item_init_type_name(&item->item, name, &core.type);
	up_read(&core.lock);
	return &item->item;
}

/* A report of this very directory may be in the making. */
static void tsm_drop_item(struct config_group *group, struct config_item *item)
{
	atomic_dec(&core.items);
	config_item_put(item);
}

static struct configfs_group_operations tsm_group_ops = {
	.make_item = tsm_make_item,
	.drop_item = tsm_drop_item,
};

static const struct config_item_type tsm_group_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &tsm_group_ops,
};

static const struct config_item_type tsm_root_type = {
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem tsm_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "tsm",
			.ci_type = &tsm_root_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(tsm_subsystem.su_mutex),
};

/* Makes the type of directories that have the files of a provider. */
static void core_build_type(const struct tsm_report_ops *ops)
{
	unsigned int i, count = 0;

	for (i = 0; i < ATTRS; i++) {
		if (!ops->report_attr_visible || ops->report_attr_visible(i))
			core.attrs[count++] = all_attrs[i];
	}
	core.attrs[count] = NULL;
	for (i = 0, count = 0; i < BIN_ATTRS; i++) {
		if (!ops->report_bin_attr_visible || ops->report_bin_attr_visible(i))
			core.bin_attrs[count++] = all_bin_attrs[i];
	}
	core.bin_attrs[count] = NULL;
	core.type = (struct config_item_type) {
		.ct_owner = THIS_MODULE,
		.ct_item_ops = &tsm_item_ops,
		.ct_attrs = core.attrs,
		.ct_bin_attrs = core.bin_attrs,
	};
}

/**
 * tsm_report_register() - become the one who makes reports
 * @ops: how; has to stay until tsm_report_unregister()
 * @priv: argument for it
 *
 * Return: 0, or -EBUSY if there is another one, or directories of an earlier one
 */
int tsm_report_register(const struct tsm_report_ops *ops, void *priv)
{
	guard(rwsem_write)(&core.lock);
	if (core.ops) {
		pr_err("tsm_report: \"%s\" ops already registered\n", core.ops->name);
		return -EBUSY;
	}
	if (atomic_read(&core.items)) {
		pr_err("tsm_report: configfs/tsm/report not empty\n");
		return -EBUSY;
	}
	core_build_type(ops);
	core.ops = ops;
	core.data = priv;
	return 0;
}
EXPORT_SYMBOL_GPL(tsm_report_register);

/**
 * tsm_report_unregister() - stop making reports
 * @ops: as registered
 *
 * Waits for a report in the making. Directories that are left have the reports that
 * were made, and answer -ENXIO if there is to be another one.
 *
 * Return: 0, or -EBUSY if @ops is not who is registered
 */
int tsm_report_unregister(const struct tsm_report_ops *ops)
{
	guard(rwsem_write)(&core.lock);
	if (core.ops != ops)
		return -EBUSY;
	if (atomic_read(&core.items))
		pr_warn("tsm_report: \"%s\" unregistered with items present in configfs/tsm/report\n",
			ops->name);
	core.ops = NULL;
	core.data = NULL;
	return 0;
}
EXPORT_SYMBOL_GPL(tsm_report_unregister);

static struct config_group *report_group;

/**
 * tsm_core_start() - make /sys/kernel/config/tsm/report
 *
 * Return: 0 or a negative errno
 */
int tsm_core_start(void)
{
	int ret;

	config_group_init(&tsm_subsystem.su_group);
	ret = configfs_register_subsystem(&tsm_subsystem);
	if (ret) {
		pr_err("tsm_report: cannot make /sys/kernel/config/tsm (%d)\n", ret);
		return ret;
	}
	report_group = configfs_register_default_group(&tsm_subsystem.su_group, "report",
						       &tsm_group_type);
	if (IS_ERR(report_group)) {
		configfs_unregister_subsystem(&tsm_subsystem);
		return PTR_ERR(report_group);
	}
	return 0;
}

/**
 * tsm_core_stop() - take it away; nobody is registered
 */
void tsm_core_stop(void)
{
	configfs_unregister_default_group(report_group);
	configfs_unregister_subsystem(&tsm_subsystem);
}
