// SPDX-License-Identifier: GPL-2.0-only
/* Setting the reverse map table up, and what of it the firmware keeps for itself. */
#include <string.h>

#include "internal.h"

#define BOOKKEEPING	0x4000ULL
#define ENTRY_SIZE	16
#define SEGMENTS	512
#define RECLAIM_MINOR	53	/* first API 1.x that leaves pages of the IOMMUs in Reclaim */
#define GIB		(1ULL << 30)
#define SEGMENT_GIB	0xfffffULL		/* what a segment covers, in GiB */
#define SEGMENT_BASE	0x000ffffffff00000ULL

static bool hold(struct fw_region *list, unsigned int *count, uint64_t pa, uint64_t len)
{
	if (*count == FW_MAX_HELD)
		return false;
	list[(*count)++] = (struct fw_region){ pa, len };
	return true;
}

/* Note the memory of a segmented table; the first page after the bookkeeping lists it. */
static uint32_t find_segments(struct fw *fw, const struct fw_rmp_place *place)
{
	uint64_t list[SEGMENTS];
	unsigned int i;
	uint32_t status;

	status = fw_read(fw, "RMP segment table", place->base + BOOKKEEPING, list, sizeof(list));
	if (status)
		return SEV_RET_RMP_INITIALIZATION_FAILED;
	for (i = 0; i < SEGMENTS; i++) {
		uint64_t base = list[i] & SEGMENT_BASE;
		uint64_t covers = (list[i] & SEGMENT_GIB) * GIB;

		if (!covers)
			continue;
		if (covers > 1ULL << place->shift)
			covers = 1ULL << place->shift;
		if (!fw_is_ram(fw, base, covers / PAGE_4K * ENTRY_SIZE))
			return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
					 "RMP segment %u at %#llx is not RAM", i,
					 (unsigned long long)base);
		hold(fw->snp.table, &fw->snp.table_count, base, covers / PAGE_4K * ENTRY_SIZE);
	}
	return 0;
}

/* Everything is the hypervisor's: the table may hold what an earlier kernel left there. */
static void clear_table(struct fw *fw, const struct fw_rmp_place *place)
{
	static const struct fw_rmp_entry hypervisor;
	struct fw_rmp_entry entry;
	uint64_t pa = 0;
	uint64_t end;

	if (place->segmented)
		end = (uint64_t)SEGMENTS << place->shift;
	else
		end = (place->end - place->base - BOOKKEEPING) / ENTRY_SIZE * PAGE_4K;
	while (pa < end) {
		if (fw->ops.rmp_read(fw->ctx, pa, &entry)) {
			pa = (pa / GIB + 1) * GIB;	/* segments cover whole GiB */
			continue;
		}
		if (entry.assigned || entry.immutable || entry.validated || entry.vmsa ||
		    entry.huge || entry.asid || entry.gpa)
			fw->ops.rmp_write(fw->ctx, pa, &hypervisor);
		pa += PAGE_4K;
	}
}

/**
 * fw_rmp_init() - Set the table up: all memory is the hypervisor's, but for the table itself
 * @fw: instance
 * @place: where the table is
 *
 * Return: 0 or RMP_INITIALIZATION_FAILED (said in the log).
 */
uint32_t fw_rmp_init(struct fw *fw, const struct fw_rmp_place *place)
{
	uint32_t status = 0;
	unsigned int i;

	fw->snp.rmp_ready = false;
	fw->snp.table_count = 0;
	fw->snp.iommu_count = 0;
	if (place->segmented && (place->shift < 30 || place->shift > 42))
		return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
				 "RMP_CFG has segments of 2^%u bytes", place->shift);
	if (place->segmented)
		status = find_segments(fw, place);
	if (status) {
		fw->snp.table_count = 0;
		return status;
	}
	hold(fw->snp.table, &fw->snp.table_count, place->base, place->end - place->base);
	clear_table(fw, place);
	for (i = 0; i < fw->snp.table_count; i++)
		fw_pages_mark(fw, fw->snp.table[i].pa, fw->snp.table[i].len, FW_PAGE_FIRMWARE);
	fw->snp.rmp_ready = true;
	return 0;
}

/**
 * fw_rmp_take_iommu() - Protect what the IOMMUs write to
 * @fw: instance with a table
 *
 * Return: 0 or RMP_INITIALIZATION_FAILED (said in the log).
 */
uint32_t fw_rmp_take_iommu(struct fw *fw)
{
	uint64_t pa, len;
	unsigned int i;

	if (!fw->ops.iommu_range)
		return 0;
	for (i = 0; !fw->ops.iommu_range(fw->ctx, i, &pa, &len); i++) {
		len = (len + PAGE_4K - 1) & -PAGE_4K;
		pa = fw_address(fw, pa);
		if (pa % PAGE_4K || !len || !fw_is_ram(fw, pa, len))
			return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
					 "buffer %u of the IOMMUs, %#llx with %#llx bytes, is not free RAM",
					 i, (unsigned long long)pa, (unsigned long long)len);
		if (!hold(fw->snp.iommu, &fw->snp.iommu_count, pa, len))
			return fw_refuse(fw, SEV_RET_RESOURCE_LIMIT,
					 "the IOMMUs have more than %u buffers", FW_MAX_HELD);
		fw_pages_mark(fw, pa, len, FW_PAGE_FIRMWARE);
	}
	fw_log(fw, FW_LOG_INFO, "%u buffers of the IOMMUs are protected", i);
	return 0;
}

/**
 * fw_rmp_give_iommu_back() - Let the kernel have the IOMMUs' buffers again
 * @fw: instance
 *
 * Early firmware made them normal memory itself, which later turned out to confuse the hardware's
 * count of protected pages.
 */
void fw_rmp_give_iommu_back(struct fw *fw)
{
	enum fw_page_state state = fw_api_at_least(fw, 1, RECLAIM_MINOR) ? FW_PAGE_RECLAIM :
								       FW_PAGE_HYPERVISOR;
	unsigned int i;

	for (i = 0; i < fw->snp.iommu_count; i++)
		fw_pages_mark(fw, fw->snp.iommu[i].pa, fw->snp.iommu[i].len, state);
	fw->snp.iommu_count = 0;
}
