/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports in configfs, 6.7 to 6.10 (Ubuntu 24.04, Proxmox 8), also RHEL 9.4 and 9.5. */
#ifndef SHAPE_LINUX_TSM_H
#define SHAPE_LINUX_TSM_H

#include <linux/types.h>

#define TSM_INBLOB_MAX	64
#define TSM_OUTBLOB_MAX	(32 * 1024)
#define TSM_PRIVLEVEL_MAX 3

struct tsm_desc {
	unsigned int privlevel;
	size_t inblob_len;
	u8 inblob[TSM_INBLOB_MAX];
};

struct tsm_report {
	struct tsm_desc desc;
	size_t outblob_len;
	u8 *outblob;
	size_t auxblob_len;
	u8 *auxblob;
};

struct tsm_ops {
	const char *name;
	const unsigned int privlevel_floor;
	int (*report_new)(struct tsm_report *report, void *data);
};

struct config_item_type;
extern const struct config_item_type tsm_report_default_type;
extern const struct config_item_type tsm_report_extra_type;

int tsm_register(const struct tsm_ops *ops, void *priv, const struct config_item_type *type);
int tsm_unregister(const struct tsm_ops *ops);

#endif /* SHAPE_LINUX_TSM_H */
