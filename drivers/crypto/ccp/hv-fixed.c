// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the driver that becomes HV-fixed with SNP.
 *
 * Parts of the PSP other than SEV only use memory that no guest can be given once SNP is
 * up.  SNP_INIT_EX is told which, and from then on nobody can change its state: neither
 * for a guest nor for the firmware.  If it went back to the page allocator, whoever got it
 * next would fail in doing so.  So it stays until the table is made anew without it, or is
 * not looked at any more, and serves the next who asks meanwhile.
 */
#include <linux/cleanup.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hv-fixed.h"

/* One table for the machine, and so one list for all PSPs. */
static DEFINE_MUTEX(hv_fixed_lock);
static LIST_HEAD(hv_fixed_all);
/* SNP is initialised, or about to be, so the table takes nothing new. */
static bool hv_fixed_closed;

static void hv_fixed_drop(struct hv_fixed *mem)
{
	list_del(&mem->node);
	free_pages((unsigned long)mem->va, mem->order);
	kfree(mem);
}

static struct hv_fixed *hv_fixed_reuse(unsigned int order)
{
	struct hv_fixed *mem;

	list_for_each_entry(mem, &hv_fixed_all, node) {
		if (mem->owned || mem->order != order)
			continue;
		memset(mem->va, 0, PAGE_SIZE << order);
		mem->owned = true;
		return mem;
	}
	return NULL;
}

/**
 * hv_fixed_alloc() - allocate memory that becomes HV-fixed when SNP is initialised
 * @size: bytes, a power of two
 *
 * The memory is zeroed and aligned to its size.  While SNP is initialised there is only what
 * is HV-fixed already and nobody uses.
 *
 * Context: may sleep.
 * Return: the memory, or NULL when memory is short, or SNP is initialised
 */
struct hv_fixed *hv_fixed_alloc(size_t size)
{
	struct hv_fixed *mem;

	guard(mutex)(&hv_fixed_lock);
	mem = hv_fixed_reuse(get_order(size));
	if (mem)
		return mem;
	if (hv_fixed_closed) {
		pr_notice("ccp: no memory can be made HV-fixed while SNP is initialised; the PSP has to be bound before\n");
		return NULL;
	}

	mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	if (!mem)
		return NULL;
	mem->order = get_order(size);
	mem->va = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, mem->order);
	if (!mem->va) {
		kfree(mem);
		return NULL;
	}
	mem->owned = true;
	list_add_tail(&mem->node, &hv_fixed_all);
	return mem;
}

/**
 * hv_fixed_free() - the memory is not needed any more
 * @mem: from hv_fixed_alloc(), mapped as it was then
 *
 * Context: may sleep.
 * Return: true if it is the kernel's again; false if that has to wait
 */
bool hv_fixed_free(struct hv_fixed *mem)
{
	guard(mutex)(&hv_fixed_lock);
	mem->owned = false;
	if (mem->fixed)
		return false;
	hv_fixed_drop(mem);
	return true;
}

/**
 * hv_fixed_tell() - list the memory for SNP_INIT_EX
 * @tell: gets the first byte of a piece, and the first one behind it; not 0 ends the list
 * @ctx: for @tell
 *
 * From here on all that is listed is taken for HV-fixed: nobody knows what firmware that
 * refuses has done to the table.
 *
 * Context: may sleep.
 * Return: 0, or what @tell has returned
 */
int hv_fixed_tell(int (*tell)(void *ctx, u64 start, u64 end), void *ctx)
{
	struct hv_fixed *mem;
	int ret = 0;

	guard(mutex)(&hv_fixed_lock);
	list_for_each_entry(mem, &hv_fixed_all, node) {
		u64 start = virt_to_phys(mem->va);

		mem->told = mem->owned && !ret;
		if (!mem->told)
			continue;
		mem->fixed = true;
		ret = tell(ctx, start, start + (PAGE_SIZE << mem->order));
	}
	return ret;
}

/**
 * hv_fixed_table_is_new() - SNP was initialised with what hv_fixed_tell() has told
 *
 * What it has not told is ordinary memory in the new table.
 *
 * Context: may sleep.
 */
void hv_fixed_table_is_new(void)
{
	struct hv_fixed *mem, *next;

	guard(mutex)(&hv_fixed_lock);
	list_for_each_entry_safe(mem, next, &hv_fixed_all, node) {
		mem->fixed = mem->told;
		if (!mem->owned && !mem->fixed)
			hv_fixed_drop(mem);
	}
}

/**
 * hv_fixed_close() - SNP is being initialised, or is not any more
 * @closed: it is
 *
 * Context: may sleep.
 */
void hv_fixed_close(bool closed)
{
	guard(mutex)(&hv_fixed_lock);
	hv_fixed_closed = closed;
}

/**
 * hv_fixed_exit() - the module goes: leave what can't be freed
 *
 * Context: may sleep.
 */
void hv_fixed_exit(void)
{
	struct hv_fixed *mem, *next;
	unsigned long lost = 0;

	guard(mutex)(&hv_fixed_lock);
	list_for_each_entry_safe(mem, next, &hv_fixed_all, node) {
		lost += 1ul << mem->order;
		list_del(&mem->node);
		kfree(mem);
	}
	if (lost)
		pr_notice("ccp: memory can't be used before the next boot, because it may be HV-fixed in the RMP table, or the firmware works on it (pages: %lu)\n",
			  lost);
}

/**
 * hv_fixed_table_is_off() - the processors don't look at the table any more
 *
 * Context: may sleep.
 */
void hv_fixed_table_is_off(void)
{
	struct hv_fixed *mem, *next;

	guard(mutex)(&hv_fixed_lock);
	list_for_each_entry_safe(mem, next, &hv_fixed_all, node) {
		mem->fixed = false;
		if (!mem->owned)
			hv_fixed_drop(mem);
	}
}
