// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store to a page that is not the kernel's ends the machine.
 *
 * When such a page is given away the right to write is taken off it in QEMU's mapping of the
 * memory, so other stores cost nothing. A store then raises SIGSEGV in the thread of the CPU, or of
 * the device, that does it. Only the IOMMUs, whose buffers the firmware protects from everybody
 * else, go on writing to those.
 */
#include <pthread.h>
#include <stdio.h>

#include "fault.h"
#include "kernel.h"
#include "machine/caches.h"
#include "punish.h"
#include "ram.h"
#include "sevcpu.h"
#include "stores.h"

#define PAGE		0x1000ull
#define IOMMU_ALIGN	8u		/* of what IOMMUs write, 8 or 16 bytes */
#define IOMMU_MOST	16u

static pthread_t watcher;
static bool watching, snp_is_on;

/* The store of an IOMMU that is being let through */
static __thread struct {
	uint64_t page;
	uint8_t before[PAGE];
} step;

static bool is_foreign(uint64_t pa)
{
	return snp_is_on && machine_page(sevcpu_machine, pa).foreign;
}

static bool is_closed(uint64_t pa)
{
	return is_foreign(pa) || machine_is_dirty(sevcpu_machine, pa, NULL, NULL);
}

static bool is_open(uint64_t pa)
{
	(void)pa;
	return false;
}

/* Pages of 2 MiB, or 512 that all are somebody else's, may have a mapping of 2 MiB. */
static void check_mapping(uint64_t block)
{
	unsigned int count = 0;
	struct fw_rmp_entry entry;
	uint64_t first = 0, size;

	for (uint64_t pa = block; pa < block + RMP_LARGE; pa += PAGE) {
		if (!machine_page(sevcpu_machine, pa).foreign)
			continue;
		if (!count++)
			first = pa;
	}
	size = count ? kernel_page_size(first) : 0;
	if (size < RMP_LARGE || (size == RMP_LARGE && count == RMP_LARGE / PAGE))
		return;
	if (size == RMP_LARGE && !table_entry(first, &entry) && entry.huge)
		return;
	punish_mapping(first, size);
}

/* What was somebody else's before is where the kernel has found it: it may follow another. */
static void check_news(uint64_t pa, uint64_t end)
{
	uint64_t top = sevcpu_config.top_mem2 ? sevcpu_config.top_mem2 : sevcpu_config.top_mem;
	uint64_t checked = UINT64_MAX;

	for (uint64_t at = pa; at < end && at < top; at += PAGE) {
		if (!machine_page(sevcpu_machine, at).fresh)
			continue;
		if (machine_is_dirty(sevcpu_machine, at, NULL, NULL))
			punish_hand_over(at);
		if (!sevcpu_config.mixed && checked != (at & -RMP_LARGE)) {
			checked = at & -RMP_LARGE;
			check_mapping(checked);
		}
		machine_undirty(sevcpu_machine, at, PAGE);
		machine_seen_page(sevcpu_machine, at);
	}
}

/**
 * stores_apply() - give and take rights according to what has changed
 *
 * The machine is locked by the caller.
 */
void stores_apply(void)
{
	uint64_t pa, end;

	snp_is_on = machine_has_snp(sevcpu_machine);
	if (!ram_is_open() || !machine_take_news(sevcpu_machine, &pa, &end))
		return;
	if (snp_is_on)
		check_news(pa, end);
	ram_protect(pa, end, is_closed);
}

static void *watch(void *arg)
{
	uint32_t seen = 0;

	while (machine_next_news(sevcpu_machine, &seen)) {
		machine_lock(sevcpu_machine);
		stores_apply();
		machine_unlock(sevcpu_machine);
		machine_news_done(sevcpu_machine, seen);
	}
	return arg;
}

/* The firmware knows where the IOMMUs write to. */
static bool is_iommus(uint64_t pa)
{
	struct machine_range range;

	for (unsigned int i = 0; !machine_get_range(sevcpu_machine, i, &range); i++)
		if (pa - range.pa < range.len)
			return true;
	return false;
}

static enum fault_answer on_store(const void *host, const struct fault_place *place)
{
	uint64_t pa;

	if (!ram_address(host, &pa))
		return FAULT_OTHERS;
	if (!machine_has_snp(sevcpu_machine) || !machine_page(sevcpu_machine, pa).foreign) {
		if (machine_is_dirty(sevcpu_machine, pa, NULL, NULL))
			punish_store(pa, place, false);
		/* It has just been given back, or it is in no cache any more. */
		ram_protect(pa & -PAGE, (pa & -PAGE) + PAGE, is_open);
		return FAULT_AGAIN;
	}
	if (!place->device || !is_iommus(pa))
		punish_store(pa, place, true);
	step.page = pa & -PAGE;
	ram_read(step.page, step.before, PAGE);
	ram_protect(step.page, step.page + PAGE, is_open);
	return FAULT_STEP;
}

/* Nobody else has used the moment. */
static void after_step(void)
{
	static const struct fault_place unknown = { .device = true };
	unsigned int first = PAGE, last = 0;
	uint8_t after[PAGE];

	ram_protect(step.page, step.page + PAGE, is_closed);
	ram_read(step.page, after, PAGE);
	for (unsigned int i = 0; i < PAGE; i++) {
		if (after[i] == step.before[i])
			continue;
		if (first == PAGE)
			first = i;
		last = i;
	}
	if (first != PAGE && last - (first & -IOMMU_ALIGN) >= IOMMU_MOST)
		punish_store(step.page + first, &unknown, true);
}

static const struct fault_ops watch_stores = { .store = on_store, .stepped = after_step };

/**
 * stores_open() - begin
 *
 * Return: false when it can't be; said on stderr.
 */
bool stores_open(void)
{
	if (!sevcpu_config.ram)
		return true;
	if (ram_open(sevcpu_config.ram))
		return true;
	perror("sevcpu: the machine's memory");
	return false;
}

/** stores_close() - end what stores_open() and stores_ready() have begun */
void stores_close(void)
{
	if (watching) {
		machine_stop_watching(sevcpu_machine);
		pthread_join(watcher, NULL);
		fault_release();
	}
	watching = false;
	ram_close();
}

/**
 * stores_ready() - QEMU has its memory; may be called more than once
 *
 * Return: false when stores can't be watched; said on stderr.
 */
bool stores_ready(void)
{
	if (!ram_is_open() || watching)
		return true;
	if (!ram_find_qemu())
		return false;
	fault_catch(&watch_stores);
	machine_watch(sevcpu_machine);
	watching = !pthread_create(&watcher, NULL, watch, NULL);
	return watching;
}
