/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of a report, where the kernel does not number them: it makes no reports, or gives a
 * report the files of its type.
 */
#ifndef COMPAT_TSM_FILES_H
#define COMPAT_TSM_FILES_H

/* For &tsm_report_ops.report_attr_visible. */
enum tsm_attr_index {
	TSM_REPORT_GENERATION,
	TSM_REPORT_PROVIDER,
	TSM_REPORT_PRIVLEVEL,
	TSM_REPORT_PRIVLEVEL_FLOOR,
	TSM_REPORT_SERVICE_PROVIDER,
	TSM_REPORT_SERVICE_GUID,
	TSM_REPORT_SERVICE_MANIFEST_VER,
};

/* For &tsm_report_ops.report_bin_attr_visible. */
enum tsm_bin_attr_index {
	TSM_REPORT_INBLOB,
	TSM_REPORT_OUTBLOB,
	TSM_REPORT_AUXBLOB,
	TSM_REPORT_MANIFESTBLOB,
};

#endif /* COMPAT_TSM_FILES_H */
