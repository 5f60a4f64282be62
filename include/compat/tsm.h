/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernels don't agree upon in those who make reports for configfs.
 */
#ifndef COMPAT_TSM_H
#define COMPAT_TSM_H

#include <linux/tsm.h>

#ifdef HAVE_TSM_REGISTER_TYPE

#include <compat/tsm-files.h>

/* The files of a report are those of its type. */
#define COMPAT_TSM_VISIBLE(attr, bin_attr)

/* Reports of services come with SVSM, which guests of such a kernel don't have. */
static inline const char *compat_tsm_service(const struct tsm_report_desc *desc)
{
	return NULL;
}

#else

/* Initialises the members of a struct tsm_report_ops that say which files there are. */
#define COMPAT_TSM_VISIBLE(attr, bin_attr) \
	.report_attr_visible = (attr), .report_bin_attr_visible = (bin_attr)

static inline const char *compat_tsm_service(const struct tsm_report_desc *desc)
{
	return desc->service_provider;
}

#endif

#endif /* COMPAT_TSM_H */
