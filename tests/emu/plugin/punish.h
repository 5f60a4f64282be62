/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the machine with a sentence. */
#ifndef EMU_PLUGIN_PUNISH_H
#define EMU_PLUGIN_PUNISH_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "machine/pages.h"

void punish_on_cpu(unsigned int vcpu);
void punish_store(uint64_t pa, const struct fault_place *place, bool foreign)
	__attribute__((noreturn));
void punish_mapping(uint64_t pa, uint64_t size) __attribute__((noreturn));
void punish_hand_over(uint64_t pa) __attribute__((noreturn));

#endif
