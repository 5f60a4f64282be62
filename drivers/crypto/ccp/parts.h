/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts that a PSP may offer. The base knows none of them, see struct psp_parts. */
#ifndef CCP_PARTS_H
#define CCP_PARTS_H

#include "psp.h"

extern const struct psp_part_ops sev_part;
extern const struct psp_part_ops tee_part;
extern const struct psp_part_ops sfs_part;
extern const struct psp_part_ops access_part;
extern const struct psp_part_ops dbc_part;
extern const struct psp_part_ops hsti_part;
extern const struct psp_part_ops hwrng_part;

extern const struct psp_parts psp_parts;

/* Of hsti.c: files of the PCI device */
extern const struct attribute_group *psp_attribute_groups[];

#endif /* CCP_PARTS_H */
