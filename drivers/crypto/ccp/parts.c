// SPDX-License-Identifier: GPL-2.0-only
/* What a PSP, and the CCP engine beside it, may offer. */
#include <linux/kernel.h>

#include "parts.h"

/* A part may use in its create() what stands above it. */
static const struct psp_part_ops *const parts[] = {
	&sev_part,
	&tee_part,
	&sfs_part,
	&access_part,
	&dbc_part,
	&hsti_part,
	&hwrng_part,
};

const struct psp_parts psp_parts = {
	.ops = parts,
	.count = ARRAY_SIZE(parts),
};
