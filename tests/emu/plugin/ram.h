/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory, mapped a second time, and the right to write to QEMU's mapping of it. */
#ifndef EMU_PLUGIN_RAM_H
#define EMU_PLUGIN_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ram_open(const char *path);
void ram_close(void);
bool ram_is_open(void);
bool ram_find_qemu(void);
int ram_read(uint64_t pa, void *buf, size_t len);
int ram_write(uint64_t pa, const void *buf, size_t len);
bool ram_address(const void *host, uint64_t *pa);
void ram_protect(uint64_t pa, uint64_t end, bool (*closed)(uint64_t pa));

#endif
