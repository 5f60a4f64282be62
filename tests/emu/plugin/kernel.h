/* SPDX-License-Identifier: GPL-2.0-only */
/* How the kernel maps memory. */
#ifndef EMU_PLUGIN_KERNEL_H
#define EMU_PLUGIN_KERNEL_H

#include <stdint.h>

void kernel_forget(void);
void kernel_look(unsigned int vcpu);
uint64_t kernel_page_size(uint64_t pa);

#endif
