// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of memory for SNP_INIT_EX: what is no ordinary memory becomes HV-fixed, so
 * that no guest can be given a page of it.
 */
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../hv-fixed.h"
#include "sev.h"

#define RANGES_MAX \
	((PAGE_SIZE - sizeof(struct snp_range_list)) / sizeof(struct snp_range))
/* What fits into &snp_range.page_count, in whole GiB so that pieces stay aligned. */
#define RANGE_PAGES_MAX		round_down((u64)U32_MAX, SZ_1G >> PAGE_SHIFT)

/**
 * struct snp_span - a piece of physical memory
 * @start: first byte
 * @end: first byte after it
 */
struct snp_span {
	u64 start;
	u64 end;
};

/**
 * struct snp_spans - pieces in ascending order that don't touch each other
 * @span: the pieces
 * @count: how many
 */
struct snp_spans {
	struct snp_span span[RANGES_MAX];
	unsigned int count;
};

/* Kinds of memory in /proc/iomem. These are not the numbers of the BIOS (E820). */
static const unsigned long fixed_kinds[] = {
	IORES_DESC_RESERVED,
	IORES_DESC_ACPI_TABLES,
	IORES_DESC_ACPI_NV_STORAGE,
	IORES_DESC_PERSISTENT_MEMORY,
	IORES_DESC_PERSISTENT_MEMORY_LEGACY,
};

/* Pieces that overlap or touch become one. */
static int spans_add(struct snp_spans *spans, u64 start, u64 end)
{
	unsigned int first, last;

	start = round_down(start, PAGE_SIZE);
	end = round_up(end, PAGE_SIZE);

	for (first = 0; first < spans->count && spans->span[first].end < start; first++)
		;
	for (last = first; last < spans->count && spans->span[last].start <= end; last++) {
		start = min(start, spans->span[last].start);
		end = max(end, spans->span[last].end);
	}

	if (spans->count - (last - first) >= RANGES_MAX)
		return -E2BIG;
	memmove(&spans->span[first + 1], &spans->span[last],
		(spans->count - last) * sizeof(*spans->span));
	spans->count -= last - first;
	spans->count++;
	spans->span[first] = (struct snp_span){ start, end };
	return 0;
}

/* What is left of the piece before and behind becomes one piece each. */
static int spans_remove(struct snp_spans *spans, u64 start, u64 end)
{
	unsigned int i;

	start = round_up(start, PAGE_SIZE);
	end = round_down(end, PAGE_SIZE);
	for (i = 0; start < end && i < spans->count; i++) {
		struct snp_span old = spans->span[i];
		int ret;

		if (old.end <= start || old.start >= end)
			continue;
		spans->count--;
		memmove(&spans->span[i], &spans->span[i + 1],
			(spans->count - i) * sizeof(*spans->span));
		ret = old.start < start ? spans_add(spans, old.start, start) : 0;
		if (!ret && old.end > end)
			ret = spans_add(spans, end, old.end);
		if (ret)
			return ret;
		/* The piece in front, if there is one, is in its place now. */
		i -= old.start >= start;
	}
	return 0;
}

/* The end of a resource is inclusive. */
static u64 resource_end(const struct resource *res)
{
	return min_t(u64, res->end, (u64)BIT_ULL(52) - 1) + 1;
}

static int spans_add_resource(struct resource *res, void *arg)
{
	u64 end = resource_end(res);

	return res->start < end ? spans_add(arg, res->start, end) : 0;
}

static int spans_remove_resource(struct resource *res, void *arg)
{
	u64 end = resource_end(res);

	return res->start < end ? spans_remove(arg, res->start, end) : 0;
}

static int spans_add_memory(void *ctx, u64 start, u64 end)
{
	return spans_add(ctx, start, end);
}

static int spans_write(const struct snp_spans *spans, struct snp_range_list *list)
{
	unsigned int i;

	list->count = 0;
	for (i = 0; i < spans->count; i++) {
		u64 base = spans->span[i].start;
		u64 pages = (spans->span[i].end - base) >> PAGE_SHIFT;

		while (pages) {
			u32 some = min(pages, RANGE_PAGES_MAX);

			if (list->count == RANGES_MAX)
				return -E2BIG;
			list->ranges[list->count++] = (struct snp_range){
				.base = base,
				.page_count = some,
			};
			base += (u64)some << PAGE_SHIFT;
			pages -= some;
		}
	}
	return 0;
}

/**
 * snp_ranges_fill() - list the memory of this machine that becomes HV-fixed
 * @dev: for log lines
 * @list: a zeroed page
 *
 * Return: 0, -ENOMEM, or -E2BIG if the list does not fit into the page
 */
int snp_ranges_fill(struct device *dev, struct snp_range_list *list)
{
	struct snp_spans *spans __free(kfree) = kzalloc(sizeof(*spans), GFP_KERNEL);
	int ret = 0;
	int i;

	if (!spans)
		return -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(fixed_kinds) && ret != -E2BIG; i++)
		/* -EINVAL: there is none of this kind. */
		ret = walk_iomem_res_desc(fixed_kinds[i], IORESOURCE_MEM, 0, U64_MAX, spans,
					  spans_add_resource);
	/*
	 * Persistent memory that was made ordinary memory (dax/kmem) is one like any other:
	 * what is allocated there may go to the firmware or to a guest.
	 */
	if (ret != -E2BIG)
		ret = walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, 0, U64_MAX, spans,
					  spans_remove_resource);
	if (ret != -E2BIG)
		ret = hv_fixed_tell(spans_add_memory, spans);
	if (!ret)
		ret = spans_write(spans, list);
	if (ret)
		dev_err(dev,
			"SEV-SNP: /proc/iomem and this driver have more than %zu separate reserved ranges, which the firmware can't take\n",
			RANGES_MAX);
	return ret;
}
