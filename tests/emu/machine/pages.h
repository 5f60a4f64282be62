/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages the kernel may not write to, and since when.
 *
 * It follows from the reverse map table, but the CPUs can't look it up at each store. So whoever
 * changes the table notes here which pages that is about, and the CPUs' side takes the right to
 * write off them. The firmware, which is another process, waits for that before it says that a
 * command is done.
 */
#ifndef EMU_MACHINE_PAGES_H
#define EMU_MACHINE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "rmp.h"

#define MACHINE_PAGE		0x1000ull
#define MACHINE_MAX_PAGES	(1u << 24)	/* 64 GiB */

/**
 * enum machine_giver - who made a page what it is
 * @MACHINE_BY_FIRMWARE: a command of the firmware, by its id
 * @MACHINE_BY_CPU: RMPUPDATE, by the number of the CPU
 * @MACHINE_BY_TABLE: what the table said when SNP was turned on, by the number of the CPU
 */
enum machine_giver { MACHINE_BY_FIRMWARE, MACHINE_BY_CPU, MACHINE_BY_TABLE };

/**
 * struct machine_page - a page as the kernel has to see it
 * @foreign: it is not the hypervisor's, which must not write to it
 * @fresh: it was the hypervisor's when machine_seen_page() was called last
 * @by: who changed it last
 * @id: with @by
 */
struct machine_page {
	bool foreign, fresh;
	enum machine_giver by;
	unsigned int id;
};

struct machine_page machine_page(const struct machine *machine, uint64_t pa);
void machine_seen_page(struct machine *machine, uint64_t pa);
bool machine_has_snp(const struct machine *machine);
void machine_note_pages(struct machine *machine, const struct rmp *rmp, uint64_t pa, uint64_t len,
			enum machine_giver by, unsigned int id);
void machine_pages_news(struct machine *machine, uint64_t pa, uint64_t len);
void machine_note_all(struct machine *machine);
void machine_settle(struct machine *machine);

/* The CPUs' side */
void machine_watch(struct machine *machine);
bool machine_next_news(struct machine *machine, uint32_t *seen);
bool machine_take_news(struct machine *machine, uint64_t *pa, uint64_t *end);
void machine_news_done(struct machine *machine, uint32_t seen);
void machine_stop_watching(struct machine *machine);

#endif
