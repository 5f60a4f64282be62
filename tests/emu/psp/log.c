// SPDX-License-Identifier: GPL-2.0-only
/* The firmware model logs from the worker thread, so everything here is under one lock. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "log.h"
#include "loop.h"

#define LOG_KEEP	512u
#define LOG_WIDTH	240

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_TRACE] = "trace",
};

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_ring[LOG_KEEP][LOG_WIDTH];
static unsigned int log_count;
static uint64_t log_start;
static FILE *log_file;
static bool log_trace_on;

/**
 * log_open() - choose where the log goes
 * @path: file to append to, or NULL for stderr
 *
 * Return: 0 or a negative errno.
 */
int log_open(const char *path)
{
	log_start = loop_now_ns();
	if (!path) {
		log_file = stderr;
		return 0;
	}
	log_file = fopen(path, "ae");
	if (!log_file)
		return -errno;
	setvbuf(log_file, NULL, _IOLBF, 0);
	return 0;
}

/** log_close() - close the log file; later lines are only kept in memory */
void log_close(void)
{
	if (log_file && log_file != stderr)
		fclose(log_file);
	log_file = NULL;
}

/**
 * log_set_trace() - switch LOG_TRACE lines
 * @on: write them
 */
void log_set_trace(bool on)
{
	pthread_mutex_lock(&log_lock);
	log_trace_on = on;
	pthread_mutex_unlock(&log_lock);
}

/**
 * log_tracing() - are LOG_TRACE lines written?
 *
 * Return: true when they are.
 */
bool log_tracing(void)
{
	bool on;

	pthread_mutex_lock(&log_lock);
	on = log_trace_on;
	pthread_mutex_unlock(&log_lock);
	return on;
}

/**
 * log_line() - write one line
 * @level: importance
 * @fmt: printf format without newline
 */
void log_line(enum log_level level, const char *fmt, ...)
{
	uint64_t us = (loop_now_ns() - log_start) / 1000;
	va_list ap;
	char *line;
	int n;

	pthread_mutex_lock(&log_lock);
	line = log_ring[log_count++ % LOG_KEEP];
	n = snprintf(line, LOG_WIDTH, "%5llu.%06llu %-5s ", (unsigned long long)(us / 1000000),
		     (unsigned long long)(us % 1000000), level_names[level]);
	va_start(ap, fmt);
	vsnprintf(line + n, LOG_WIDTH - (size_t)n, fmt, ap);
	va_end(ap);
	if (log_file)
		fprintf(log_file, "%s\n", line);
	pthread_mutex_unlock(&log_lock);
}

/**
 * log_tail() - hand out the last lines that were written, oldest first
 * @lines: how many at most
 * @emit: called for each line
 * @arg: first argument of @emit
 */
void log_tail(unsigned int lines, void (*emit)(void *arg, const char *line), void *arg)
{
	char line[LOG_WIDTH];
	unsigned int first, end;

	pthread_mutex_lock(&log_lock);
	end = log_count;
	pthread_mutex_unlock(&log_lock);
	if (lines > LOG_KEEP)
		lines = LOG_KEEP;
	first = end > lines ? end - lines : 0;
	for (unsigned int i = first; i != end; i++) {
		pthread_mutex_lock(&log_lock);
		memcpy(line, log_ring[i % LOG_KEEP], LOG_WIDTH);
		pthread_mutex_unlock(&log_lock);
		emit(arg, line);
	}
}
