// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel maps all memory once, in the order of its addresses, from some GiB on. That part of
 * its page tables is the same for all processes and stays: it is looked for when a CPU comes by,
 * and then known also where no CPU is at hand. With KASLR the place differs from boot to boot.
 */
#include "kernel.h"
#include "ram.h"
#include "sevcpu.h"

#define PRESENT		(1ull << 0)
#define LARGE		(1ull << 7)
#define ADDRESS		0x000ffffffffff000ull
#define PG		(1ull << 31)		/* of CR0 */
#define ENTRIES		512u
#define KERNEL_HALF	256u
#define KERNEL_CODE	511u			/* which is mapped a second time there */
#define GIB		(1ull << 30)

/* Where some of the kernel is in any machine, to tell this mapping from others by */
static const uint64_t samples[] = { 0x1000000, 0x1200000, 0x2000000 };

/* An entry of the first level, where it is, and the GiB in there that memory begins with */
static struct {
	unsigned int slot, first;
	uint64_t entry;
} direct;

static uint64_t entry_of(uint64_t table, unsigned int index)
{
	uint64_t entry = 0;

	ram_read((table & ADDRESS & ~(1ull << sevcpu_config.cbit)) + index * sizeof(entry), &entry,
		 sizeof(entry));
	return entry & PRESENT ? entry : 0;
}

/* Walks from an entry that is for a GiB. Returns the size of the page. */
static uint64_t walk(uint64_t entry, uint64_t offset, uint64_t *pa)
{
	unsigned int shift = 30;

	while (entry && shift > 12 && !(entry & LARGE)) {
		shift -= 9;
		entry = entry_of(entry, (unsigned int)(offset >> shift) % ENTRIES);
	}
	*pa = (entry & ADDRESS & ~(1ull << sevcpu_config.cbit) & -(1ull << shift)) |
	      (offset & ((1ull << shift) - 1));
	return entry ? 1ull << shift : 0;
}

static bool is_direct(uint64_t table, unsigned int first)
{
	uint64_t entry = entry_of(table, first), pa;

	for (unsigned int i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (!walk(entry, samples[i], &pa) || pa != samples[i])
			return false;
	return true;
}

static bool find_in_slot(uint64_t cr3, unsigned int slot)
{
	uint64_t table = entry_of(cr3, slot);

	for (unsigned int i = 0; table && i < ENTRIES; i++) {
		if (!is_direct(table, i))
			continue;
		direct.slot = slot;
		direct.first = i;
		direct.entry = table;
		return true;
	}
	return false;
}

/** kernel_forget() - power on */
void kernel_forget(void)
{
	direct.entry = 0;
}

/**
 * kernel_look() - a CPU executes something
 * @vcpu: which
 */
void kernel_look(unsigned int vcpu)
{
	uint64_t cr3;

	if (!ram_is_open() || !(reg_read(vcpu, REG_CR0) & PG))
		return;
	cr3 = reg_read(vcpu, REG_CR3);
	if (direct.entry && (entry_of(cr3, direct.slot) ^ direct.entry) >> 12 == 0)
		return;
	for (unsigned int slot = KERNEL_HALF; slot < KERNEL_CODE; slot++)
		if (find_in_slot(cr3, slot))
			return;
}

/**
 * kernel_page_size() - by what does the kernel map a page?
 * @pa: its physical address
 *
 * Return: size of the page that its page tables have there, 0 when it is not mapped or not known.
 */
uint64_t kernel_page_size(uint64_t pa)
{
	uint64_t index = direct.first + pa / GIB, found, size;

	/* Machines here have so little memory that one entry of the first level is enough. */
	if (!direct.entry || index >= ENTRIES)
		return 0;
	size = walk(entry_of(direct.entry, (unsigned int)index), pa % GIB, &found);
	return found == pa ? size : 0;
}
