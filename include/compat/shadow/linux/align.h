/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_ALIGN_H
#define COMPAT_LINUX_ALIGN_H

#ifdef HAVE_LINUX_ALIGN_H
#include_next <linux/align.h>
#else
#include <linux/kernel.h>
#endif

#endif /* COMPAT_LINUX_ALIGN_H */
