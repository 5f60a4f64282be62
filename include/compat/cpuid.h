/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuid() */
#ifndef COMPAT_CPUID_H
#define COMPAT_CPUID_H

#include <linux/types.h>

#ifdef HAVE_ASM_CPUID_API_H
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

#endif /* COMPAT_CPUID_H */
