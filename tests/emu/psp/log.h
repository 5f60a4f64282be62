/* SPDX-License-Identifier: GPL-2.0-only */
/* Log of the device server: a file (or stderr) and the last lines in memory. */
#ifndef EMU_PSP_LOG_H
#define EMU_PSP_LOG_H

#include <stdbool.h>
#include <stdio.h>

/**
 * enum log_level - importance of a line
 * @LOG_ERROR: the driver or the VM did something that real hardware would not forgive
 * @LOG_WARN: suspicious, or a fault that was injected
 * @LOG_INFO: commands and life cycle
 * @LOG_TRACE: every register access and message; only written after log_set_trace()
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_TRACE };

int log_open(const char *path);
void log_close(void);
void log_set_trace(bool on);
bool log_tracing(void);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_tail(unsigned int lines, void (*emit)(void *arg, const char *line), void *arg);

#define log_error(...)	log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO, __VA_ARGS__)
#define log_trace(...)	do { if (log_tracing()) log_line(LOG_TRACE, __VA_ARGS__); } while (0)

#endif
