/* SPDX-License-Identifier: GPL-2.0-only */
/* What ends a program. Apart from the CPUs: the C library has names of registers of its own. */
#ifndef EMU_PLUGIN_TEST_END_H
#define EMU_PLUGIN_TEST_END_H

void ends(void (*what)(void), const char *sentence);

#endif
