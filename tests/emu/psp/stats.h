/* SPDX-License-Identifier: GPL-2.0-only */
/* What the device was asked to do, for tests. */
#ifndef EMU_PSP_STATS_H
#define EMU_PSP_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

#define STATS_MAX	128

/**
 * struct stats_entry - one command of one unit
 * @unit: interface
 * @id: command
 * @used: the entry is in use
 * @started: times it was given
 * @done: times it was answered
 * @failed: answers with a status other than 0
 * @faults: times a fault hit it
 * @last_status: status of the last answer
 */
struct stats_entry {
	enum psp_unit unit;
	uint32_t id;
	bool used;
	uint64_t started, done, failed, faults;
	uint32_t last_status;
};

/**
 * struct stats - all counters
 * @entry: commands, in the order in which they were first seen
 * @overruns: commands that were given while the one before was not answered
 * @bad_access: register accesses with a width or at an offset that the hardware lacks
 * @resets: device resets
 * @clients: virtual machines that have come and gone
 */
struct stats {
	struct stats_entry entry[STATS_MAX];
	uint64_t overruns, bad_access, resets, clients;
};

void stats_started(struct stats *stats, enum psp_unit unit, uint32_t id, bool fault);
void stats_done(struct stats *stats, enum psp_unit unit, uint32_t id, uint32_t status);
void stats_clear(struct stats *stats);
void stats_list(const struct stats *stats, void (*emit)(void *arg, const char *line), void *arg);

#endif
