/* SPDX-License-Identifier: GPL-2.0-only */
/* SNP hosts of 7.1, whose snp_prepare() returns nothing, and the posted RMPOPT. */
#define snp_prepare snp_prepare_of_7_2
#include_next <asm/sev.h>
#undef snp_prepare

void snp_prepare(void);
void snp_setup_rmpopt(void);
