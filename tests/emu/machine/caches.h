/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose encrypted content may still be in caches.
 *
 * A guest that runs on a CPU leaves what it has written in that CPU's caches, and so does a CPU
 * that saves a guest's registers for the firmware. Written back too late, it lands on what the
 * next owner of the memory has there. So a CPU has to write back its caches between the last time
 * that somebody may have written and the first store of the next owner.
 *
 * Time is counted in epochs: each new piece of such memory begins one.
 */
#ifndef EMU_MACHINE_CACHES_H
#define EMU_MACHINE_CACHES_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

#define MACHINE_MAX_ASIDS	1024u

/**
 * enum machine_writer - who has written with encryption
 * @MACHINE_WROTE_TMR: CPUs, for the firmware, into its trusted memory region
 * @MACHINE_WROTE_NV: the firmware, into what INIT_EX gave it for non-volatile data
 * @MACHINE_WROTE_GUEST: a guest, or its launch
 */
enum machine_writer { MACHINE_WROTE_TMR, MACHINE_WROTE_NV, MACHINE_WROTE_GUEST };

void machine_dirty(struct machine *machine, uint64_t pa, uint64_t len, enum machine_writer who);
void machine_undirty(struct machine *machine, uint64_t pa, uint64_t len);
bool machine_is_dirty(const struct machine *machine, uint64_t pa, unsigned int *cpu,
		      enum machine_writer *who);
void machine_guest_runs(struct machine *machine, uint32_t asid);
void machine_guest_left(struct machine *machine, uint64_t pa, uint32_t asid);
void machine_cpu_runs(struct machine *machine, unsigned int cpu);
void machine_cpu_halts(struct machine *machine, unsigned int cpu);
bool machine_cpu_is_off(const struct machine *machine, unsigned int cpu);

#endif
