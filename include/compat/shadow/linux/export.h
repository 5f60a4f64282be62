/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_EXPORT_H
#define COMPAT_LINUX_EXPORT_H

#include_next <linux/export.h>

/*
 * 6.16: a symbol for certain modules only. Without a way to say so, the licence is
 * all that it can be restricted by.
 */
#ifndef EXPORT_SYMBOL_FOR_MODULES
#ifdef EXPORT_SYMBOL_GPL_FOR_MODULES
#define EXPORT_SYMBOL_FOR_MODULES(sym, mods) EXPORT_SYMBOL_GPL_FOR_MODULES(sym, mods)
#else
#define EXPORT_SYMBOL_FOR_MODULES(sym, ...) EXPORT_SYMBOL_GPL(sym)
#endif
#endif

#endif /* COMPAT_LINUX_EXPORT_H */
