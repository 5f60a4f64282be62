/* SPDX-License-Identifier: GPL-2.0-only */
/* When answers come: nothing that a driver may rely on says that it is always the same. */
#ifndef EMU_PSP_TIMING_H
#define EMU_PSP_TIMING_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct timing - what happens when to one command; microseconds
 * @start: until it is carried out
 * @answer: from then until the register reads done
 * @irq: from then until the interrupt
 * @early_irq: there is an interrupt before it is carried out, too
 */
struct timing {
	unsigned int start, answer, irq;
	bool early_irq;
};

struct timing timing_of(uint64_t seed, uint64_t command);

#endif
