/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the driver that becomes HV-fixed with SNP.
 */
#ifndef CCP_HV_FIXED_H
#define CCP_HV_FIXED_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct hv_fixed - some of it
 * @node: place among all others
 * @va: its address in the direct map
 * @order: its size, as get_order() counts
 * @owned: somebody uses it; if not, it waits until it can be freed
 * @told: it was in the last list that the firmware was given
 * @fixed: it may be HV-fixed
 */
struct hv_fixed {
	struct list_head node;
	void *va;
	unsigned int order;
	bool owned;
	bool told;
	bool fixed;
};

struct hv_fixed *hv_fixed_alloc(size_t size);
bool hv_fixed_free(struct hv_fixed *mem);
int hv_fixed_tell(int (*tell)(void *ctx, u64 start, u64 end), void *ctx);
void hv_fixed_table_is_new(void);
void hv_fixed_table_is_off(void);
void hv_fixed_close(bool closed);
void hv_fixed_exit(void);

#endif /* CCP_HV_FIXED_H */
