/* SPDX-License-Identifier: GPL-2.0-only */
/* The content of the shared file, for the sources of this directory only. */
#ifndef EMU_MACHINE_FILE_H
#define EMU_MACHINE_FILE_H

#include <stdatomic.h>

#include "caches.h"
#include "pages.h"
#include "state.h"

#define MAX_MSRS	32u

/* What a CPU that was never started has in its caches is nobody's. */
enum cpu_life { CPU_NEVER_RAN, CPU_RUNS, CPU_IS_OFF };

/**
 * struct state_cpu - a CPU
 * @present: there is one
 * @wbinvds: how often it wrote back its caches
 * @msr: its registers
 * @written: epoch in which it wrote back last
 * @stopped: epoch in which it stopped last
 * @life: an enum cpu_life
 */
struct state_cpu {
	_Atomic uint32_t present, wbinvds;
	_Atomic uint64_t msr[MAX_MSRS];
	_Atomic uint32_t written, stopped, life;
};

/**
 * struct state_news - what the firmware tells the CPUs of pages
 * @first: lowest page that has changed since they last looked
 * @last: highest of them, below @first when none has
 * @asked: how often the firmware waited for them to look; the word that they sleep on
 * @done: how often they did; the word that the firmware sleeps on
 * @watcher: process that looks, 0 while there is none
 */
struct state_news {
	_Atomic uint64_t first, last;
	_Atomic uint32_t asked, done, watcher;
};

/*
 * Zeros are a machine that is off. @epoch, @guest (by ASID) and @dirty are about caches. Of the
 * pages only those that change hands take up space.
 */
struct state_file {
	_Atomic uint32_t magic, form, lock, num_ranges;
	struct machine_range range[MACHINE_MAX_RANGES];
	struct state_cpu cpu[MACHINE_MAX_CPUS];
	struct state_news news;
	_Atomic uint32_t epoch, guest[MACHINE_MAX_ASIDS];
	_Atomic uint32_t page[MACHINE_MAX_PAGES], dirty[MACHINE_MAX_PAGES];
};

struct machine {
	struct state_file *file;
};

void pages_power_on(struct machine *machine);

#endif
