/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this machine has for SNP: the table, the memory around it, the IOMMUs.
 */
#ifndef CCP_RMP_MACHINE_H
#define CCP_RMP_MACHINE_H

#include <linux/types.h>

#include "table.h"

#define RMP_IOMMUS_MAX	32

/* Extended feature register of an IOMMU. */
#define RMP_IOMMU_EFR_SNP	BIT_ULL(63)

/**
 * struct rmp_iommu - one IOMMU as the BIOS describes it
 * @base: physical address of its registers
 * @efr: extended feature register
 * @efr_known: the BIOS tells @efr
 */
struct rmp_iommu {
	u64 base;
	u64 efr;
	bool efr_known;
};

/**
 * struct rmp_iommus - all of them
 * @count: how many; those above RMP_IOMMUS_MAX are left out
 * @iommu: each
 */
struct rmp_iommus {
	unsigned int count;
	struct rmp_iommu iommu[RMP_IOMMUS_MAX];
};

/**
 * struct rmp_surroundings - memory in and around the table
 * @ram_end: first byte behind the highest memory that has to be covered
 * @gap: the highest memory that has to be covered and isn't; empty if there is none
 * @neighbour: the 2 MiB-aligned surroundings of a part of the table that the kernel
 *	uses as memory; empty if there are none
 */
struct rmp_surroundings {
	u64 ram_end;
	struct rmp_range gap;
	struct rmp_range neighbour;
};

const char *rmp_machine_table(struct rmp_table *table);
void rmp_machine_surroundings(const struct rmp_table *table, struct rmp_surroundings *around);
void rmp_machine_iommus(struct rmp_iommus *iommus);

/* iommu.c */
const char *rmp_iommu_shared_mapping(const struct rmp_iommu *iommu, struct rmp_range *range);

#endif /* CCP_RMP_MACHINE_H */
