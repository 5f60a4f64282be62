/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.7: reports in /sys/kernel/config/tsm/report, with the names of 6.16. Where the
 * kernel makes none, whatever it has in a header of this name, our tsm_report module
 * does what these functions say.
 */
#if defined(HAVE_TSM_REPORT_REGISTER) || defined(HAVE_TSM_REGISTER_OPS) || \
	defined(HAVE_TSM_REGISTER_TYPE)

#include <linux/device.h>
#include_next <linux/tsm.h>

#ifndef COMPAT_LINUX_TSM_H
#define COMPAT_LINUX_TSM_H

#ifndef HAVE_TSM_REPORT_REGISTER
#define tsm_report_ops		tsm_ops
#define tsm_report_desc		tsm_desc
#define tsm_report_unregister	tsm_unregister
#endif

#if defined(HAVE_TSM_REGISTER_OPS)
#define tsm_report_register	tsm_register
#elif defined(HAVE_TSM_REGISTER_TYPE)
/* The type with a privilege level and with what belongs to a report. */
#define tsm_report_register(ops, priv)	tsm_register(ops, priv, &tsm_report_extra_type)
#endif

#endif /* COMPAT_LINUX_TSM_H */

#else

#ifndef COMPAT_LINUX_TSM_H
#define COMPAT_LINUX_TSM_H

#include <linux/types.h>
#include <linux/uuid.h>

#include <compat/tsm-files.h>

#define TSM_REPORT_INBLOB_MAX	64
#define TSM_REPORT_PRIVLEVEL_MAX 3

/**
 * struct tsm_report_desc - what a report shall be about
 * @privlevel: privilege level of the guest
 * @inblob_len: bytes of @inblob
 * @inblob: data to be put into the report
 * @service_provider: who else shall make the report, or NULL
 * @service_guid: service to be attested by it
 * @service_manifest_version: version of that service's manifest
 */
struct tsm_report_desc {
	unsigned int privlevel;
	size_t inblob_len;
	u8 inblob[TSM_REPORT_INBLOB_MAX];
	char *service_provider;
	guid_t service_guid;
	unsigned int service_manifest_version;
};

/**
 * struct tsm_report - a report and what it is about
 * @desc: what it is about
 * @outblob_len: bytes of @outblob
 * @outblob: the report, from kvmalloc()
 * @auxblob_len: bytes of @auxblob
 * @auxblob: what belongs to it, such as certificates, from kvmalloc(), or NULL
 * @manifestblob_len: bytes of @manifestblob
 * @manifestblob: what services say of themselves, from kvmalloc(), or NULL
 */
struct tsm_report {
	struct tsm_report_desc desc;
	size_t outblob_len;
	u8 *outblob;
	size_t auxblob_len;
	u8 *auxblob;
	size_t manifestblob_len;
	u8 *manifestblob;
};

/**
 * struct tsm_report_ops - who makes reports
 * @name: what the file "provider" says
 * @privlevel_floor: lowest privilege level that can be asked for
 * @report_new: make the report that &tsm_report.desc describes; 0 or an errno
 * @report_attr_visible: is there a file &enum tsm_attr_index? All if NULL
 * @report_bin_attr_visible: is there a binary file &enum tsm_bin_attr_index? All
 *	if NULL
 */
struct tsm_report_ops {
	const char *name;
	unsigned int privlevel_floor;
	int (*report_new)(struct tsm_report *report, void *data);
	bool (*report_attr_visible)(int n);
	bool (*report_bin_attr_visible)(int n);
};

int tsm_report_register(const struct tsm_report_ops *ops, void *priv);
int tsm_report_unregister(const struct tsm_report_ops *ops);

#endif /* COMPAT_LINUX_TSM_H */

#endif
