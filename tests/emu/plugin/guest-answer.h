/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hostile host does to a message or to its answer. */
#ifndef EMU_PLUGIN_GUEST_ANSWER_H
#define EMU_PLUGIN_GUEST_ANSWER_H

#include "guest.h"

/**
 * struct guest_answer - How a request is treated
 * @name: for people
 * @before: the firmware does not see it
 * @result: what the host says, if the firmware has nothing against the request
 * @pages: what it says of pages needed for certificates, or 0
 * @alter: changes the answer of the firmware; returns false if the guest gets none
 */
struct guest_answer {
	const char *name;
	bool before;
	uint64_t result;
	uint64_t pages;
	bool (*alter)(uint8_t response[GUEST_PAGE]);
};

const struct guest_answer *guest_answer_next(void);
bool guest_answer_alter(const struct guest_answer *answer, uint8_t response[GUEST_PAGE]);
bool guest_answer_any(void);

#endif
