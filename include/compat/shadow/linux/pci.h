/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPAT_LINUX_PCI_H
#define COMPAT_LINUX_PCI_H

#include_next <linux/pci.h>

/* 5.17: what a device that does not answer reads as */
#ifndef PCI_ERROR_RESPONSE
#define PCI_ERROR_RESPONSE (~0ULL)
#endif

#ifndef PCI_POSSIBLE_ERROR
#define PCI_POSSIBLE_ERROR(val) ((val) == (typeof(val))PCI_ERROR_RESPONSE)
#endif

#endif /* COMPAT_LINUX_PCI_H */
