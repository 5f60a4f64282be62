/* SPDX-License-Identifier: GPL-2.0-only */
/* The posted rapl_disable of kvm_amd. */
#ifndef SHAPE_LINUX_PSP_SEV_H
#define SHAPE_LINUX_PSP_SEV_H

#define sev_platform_init_args sev_platform_init_args_of_7_2
#define sev_platform_init sev_platform_init_of_7_2
#include_next <linux/psp-sev.h>
#undef sev_platform_init_args
#undef sev_platform_init

struct sev_platform_init_args {
	int error;
	bool probe;
	unsigned int max_snp_asid;
	bool rapl_disable;
};

int sev_platform_init(struct sev_platform_init_args *args);

#endif /* SHAPE_LINUX_PSP_SEV_H */
