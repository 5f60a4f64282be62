/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included into every file: lets the sources read like those for the newest
 * kernel. HAVE_* come from the probes (include/compat/probes), never from a version
 * number, because distributions carry features into older kernels.
 */
#ifndef COMPAT_COMPAT_H
#define COMPAT_COMPAT_H

#include "probes.h"

/*
 * Versions of symbols depend on which types are known (sev/kvm-file.c): nothing may
 * be included on behalf of genksyms.
 */
#ifndef __GENKSYMS__
#endif /* __GENKSYMS__ */

#endif /* COMPAT_COMPAT_H */
