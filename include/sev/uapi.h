/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This project's own <linux/psp-sev.h>, whatever the include path says.
 *
 * The kernel puts its include directories before those of an external module, so
 * <uapi/linux/psp-sev.h> would find the running kernel's header, where the SNP
 * part may be missing. A path relative to this file cannot be shadowed.
 *
 * The one file that must see the kernel's declarations (the API for kvm_amd)
 * includes the kernel's <linux/psp-sev.h> before anything of ours. Headers shared
 * with that file therefore never embed a struct sev_user_data_snp_* by value.
 */
#ifndef __SEV_UAPI_H
#define __SEV_UAPI_H

#include "../uapi/linux/psp-sev.h"

#endif /* __SEV_UAPI_H */
