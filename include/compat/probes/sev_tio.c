// SPDX-License-Identifier: GPL-2.0-only
/* 6.19: the kernel's own ccp has trusted I/O */
#include <linux/types.h>
#include <linux/psp-sev.h>

static inline int probe(struct sev_data_snp_init_ex *init)
{
	return init->tio_en;
}
