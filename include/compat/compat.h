/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included into every file. HAVE_* come from the probes (include/compat/probes),
 * never from a version number, because distributions carry features into older kernels.
 *
 * What the newest kernel has in a header is added to that header in shadow/; what no
 * kernel has is in the other headers of this directory. Nothing of the kernel is
 * included here: versions of symbols depend on which types are known, see
 * sev/kvm-file.c.
 */
#ifndef COMPAT_COMPAT_H
#define COMPAT_COMPAT_H

#include "probes.h"

#endif /* COMPAT_COMPAT_H */
