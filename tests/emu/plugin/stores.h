/* SPDX-License-Identifier: GPL-2.0-only */
/* Stores to pages that are not the kernel's end the machine. */
#ifndef EMU_PLUGIN_STORES_H
#define EMU_PLUGIN_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/pages.h"

bool stores_open(void);
void stores_close(void);
bool stores_ready(void);
void stores_apply(void);

#endif
