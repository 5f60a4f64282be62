// SPDX-License-Identifier: GPL-2.0-only
/* 6.16: cpuid() is in <asm/cpuid/api.h>, no longer in <asm/processor.h> */
#include <linux/types.h>
#include <asm/cpuid/api.h>

static inline void probe(unsigned int *reg)
{
	cpuid(0, reg, reg, reg, reg);
}
