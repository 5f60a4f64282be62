// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"

static struct stats_entry *stats_find(struct stats *stats, enum psp_unit unit, uint32_t id)
{
	for (unsigned int i = 0; i < STATS_MAX; i++) {
		struct stats_entry *e = &stats->entry[i];

		if (!e->used)
			*e = (struct stats_entry){ .unit = unit, .id = id, .used = true };
		if (e->unit == unit && e->id == id)
			return e;
	}
	return NULL;
}

/**
 * stats_started() - a command was given
 * @stats: counters
 * @unit: interface
 * @id: command
 * @fault: a fault hits it
 */
void stats_started(struct stats *stats, enum psp_unit unit, uint32_t id, bool fault)
{
	struct stats_entry *e = stats_find(stats, unit, id);

	if (e) {
		e->started++;
		e->faults += fault;
	}
}

/**
 * stats_done() - a command was answered
 * @stats: counters
 * @unit: interface
 * @id: command
 * @status: the answer
 */
void stats_done(struct stats *stats, enum psp_unit unit, uint32_t id, uint32_t status)
{
	struct stats_entry *e = stats_find(stats, unit, id);

	if (e) {
		e->done++;
		e->failed += status != 0;
		e->last_status = status;
	}
}

/**
 * stats_clear() - set all counters to zero
 * @stats: counters
 */
void stats_clear(struct stats *stats)
{
	memset(stats, 0, sizeof(*stats));
}

/**
 * stats_list() - write all counters
 * @stats: counters
 * @emit: called with one line after another
 * @arg: first argument of @emit
 */
void stats_list(const struct stats *stats, void (*emit)(void *arg, const char *line), void *arg)
{
	char line[200];

	for (unsigned int i = 0; i < STATS_MAX && stats->entry[i].used; i++) {
		const struct stats_entry *e = &stats->entry[i];

		snprintf(line, sizeof(line),
			 "%s %#05x %s started=%" PRIu64 " done=%" PRIu64 " failed=%" PRIu64
			 " faults=%" PRIu64 " last=%#x", unit_name(e->unit), e->id,
			 command_name(e->unit, e->id), e->started, e->done, e->failed, e->faults,
			 e->last_status);
		emit(arg, line);
	}
	snprintf(line, sizeof(line), "device overruns=%" PRIu64 " bad-access=%" PRIu64
		 " resets=%" PRIu64 " clients=%" PRIu64, stats->overruns, stats->bad_access,
		 stats->resets, stats->clients);
	emit(arg, line);
}
