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
#define LA57		(1ull << 12)		/* of CR4: five levels of tables */
#define ENTRIES		512u
#define KERNEL_HALF	256u
#define KERNEL_CODE	511u			/* which is mapped a second time there */
#define GIB		(1ull << 30)

/* Where some of the kernel is in any machine, to tell this mapping from others by */
static const uint64_t samples[] = { 0x1000000, 0x1200000, 0x2000000 };

/* An entry for 512 GiB, where it is, and the GiB in there that memory begins with */
static struct {
	bool five_levels;
	unsigned int high, slot, first;
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

/* In a table of entries for 512 GiB each */
static bool find_in_table(uint64_t table, unsigned int from, unsigned int to)
{
	for (unsigned int slot = from; slot < to; slot++) {
		uint64_t entry = entry_of(table, slot);

		for (unsigned int i = 0; entry && i < ENTRIES; i++) {
			if (!is_direct(entry, i))
				continue;
			direct.slot = slot;
			direct.first = i;
			direct.entry = entry;
			return true;
		}
	}
	return false;
}

/* Only a machine whose kernel unpacks itself comes to five levels. */
static bool find(uint64_t cr3, bool five_levels)
{
	direct.five_levels = five_levels;
	if (!five_levels)
		return find_in_table(cr3, KERNEL_HALF, KERNEL_CODE);
	for (direct.high = KERNEL_HALF; direct.high < KERNEL_CODE; direct.high++) {
		uint64_t table = entry_of(cr3, direct.high);

		if (table && find_in_table(table, 0, ENTRIES))
			return true;
	}
	return false;
}

static bool is_known(uint64_t cr3, bool five_levels)
{
	uint64_t table = five_levels ? entry_of(cr3, direct.high) : cr3;

	return direct.entry && direct.five_levels == five_levels && table &&
	       (entry_of(table, direct.slot) ^ direct.entry) >> 12 == 0;
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
	bool five_levels;
	uint64_t cr3;

	if (!ram_is_open() || !(reg_read(vcpu, REG_CR0) & PG))
		return;
	cr3 = reg_read(vcpu, REG_CR3);
	five_levels = reg_read(vcpu, REG_CR4) & LA57;
	/* The tables of a kernel that is gone may hold anything. */
	if (!is_known(cr3, five_levels) && !find(cr3, five_levels))
		kernel_forget();
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
