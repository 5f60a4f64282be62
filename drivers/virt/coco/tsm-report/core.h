/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start and the end of /sys/kernel/config/tsm/report.
 */
#ifndef TSM_REPORT_CORE_H
#define TSM_REPORT_CORE_H

int tsm_core_start(void);
void tsm_core_stop(void);

#endif /* TSM_REPORT_CORE_H */
