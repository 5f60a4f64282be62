/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_PANIC_NOTIFIER_H
#define COMPAT_LINUX_PANIC_NOTIFIER_H

/* 5.14; before, the list is declared with panic(). */
#ifdef HAVE_LINUX_PANIC_NOTIFIER_H
#include_next <linux/panic_notifier.h>
#else
#include <linux/kernel.h>
#include <linux/notifier.h>
#endif

#endif /* COMPAT_LINUX_PANIC_NOTIFIER_H */
