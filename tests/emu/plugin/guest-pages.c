// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of an SNP guest are its own and which it shares with the host, and which of its own
 * it has accepted by PVALIDATE. Everything is its own and accepted when the kernel starts.
 */
#include <string.h>

#include "guest.h"

#define MAX_PAGES		(0x100000000ull / GUEST_PAGE)
#define PAGES_PER_2M		512u

/* Results of PVALIDATE */
#define VALIDATE_DONE		0u
#define VALIDATE_INPUT		1u
#define VALIDATE_SIZE_MISMATCH	6u

#define SIGNATURE		0x50564553u	/* "SEVP" */

/* Page state change operations */
#define PSC_PRIVATE		1u
#define PSC_SHARED		2u
#define PSC_SMASH		3u
#define PSC_UNSMASH		4u

static struct {
	bool shared, validated;
} pages[MAX_PAGES];

static uint64_t num_pages;
static uint32_t num_shared;

/* A host that does not do what it is asked for: which operations, as bits, and how often yet */
static struct {
	unsigned int ops, left;
	uint32_t refused;
} refusal;

/**
 * guest_pages_reset() - a kernel starts
 * @end: end of its memory
 */
void guest_pages_reset(uint64_t end)
{
	num_shared = 0;
	memset(&refusal, 0, sizeof(refusal));
	num_pages = end / GUEST_PAGE;
	if (num_pages > MAX_PAGES)
		guest_fatal("has memory above 4 GiB, which is not supported");
	for (uint64_t gfn = 0; gfn < num_pages; gfn++) {
		pages[gfn].shared = false;
		pages[gfn].validated = true;
	}
}

/**
 * guest_page_shared() - can the host read and write a page
 * @pa: address in it, without C-bit
 *
 * Return: true if the guest has asked for that.
 */
bool guest_page_shared(uint64_t pa)
{
	uint64_t gfn = pa >> GUEST_PAGE_SHIFT;

	return gfn < num_pages && pages[gfn].shared;
}

/**
 * guest_page_private() - is a page memory that the guest has for itself
 * @pa: address in it, without C-bit
 *
 * Return: true if it is, and is validated.
 */
bool guest_page_private(uint64_t pa)
{
	uint64_t gfn = pa >> GUEST_PAGE_SHIFT;

	return gfn < num_pages && !pages[gfn].shared && pages[gfn].validated;
}

static void make_shared(uint64_t gfn)
{
	if (pages[gfn].validated)
		guest_fatal("makes page %#llx shared without taking its validation back",
			    (unsigned long long)gfn << GUEST_PAGE_SHIFT);
	num_shared += !pages[gfn].shared;
	pages[gfn].shared = true;
}

static void make_private(uint64_t gfn)
{
	if (!pages[gfn].shared)
		return;
	pages[gfn].shared = false;
	pages[gfn].validated = false;
	num_shared--;
}

/**
 * guest_page_command() - the CPUID leaf about shared pages
 * @subleaf: ECX: which changes to refuse, 1 those to private and 2 those to shared pages, in bits 7
 *	to 0, and how many of them in bits 31 to 8; 0 only asks
 * @out: filled in: shared pages, a signature, how many changes were refused, how many still will be
 *
 * Return: false if there are no such operations.
 */
bool guest_page_command(uint32_t subleaf, uint32_t out[4])
{
	if ((subleaf & 0xff) > (PSC_PRIVATE | PSC_SHARED))
		return false;
	if (subleaf) {
		refusal.ops = subleaf & 0xff;
		refusal.left = subleaf >> 8;
	}
	out[0] = num_shared;
	out[1] = SIGNATURE;
	out[2] = refusal.refused;
	out[3] = refusal.left;
	return true;
}

static bool is_refused(unsigned int op)
{
	if (op > PSC_SHARED || !(refusal.ops & op) || !refusal.left)
		return false;
	refusal.left--;
	refusal.refused++;
	return true;
}

/**
 * guest_page_change() - the guest asks for a page state change
 * @gfn: number of the page
 * @op: operation
 * @large: of 2 MiB
 *
 * The run ends if that makes no sense.
 *
 * Return: false if the host was told to refuse it.
 */
bool guest_page_change(uint64_t gfn, unsigned int op, bool large)
{
	uint64_t count = large ? PAGES_PER_2M : 1;

	if (op < PSC_PRIVATE || op > PSC_UNSMASH || gfn % count || gfn > num_pages ||
	    num_pages - gfn < count)
		guest_fatal("page state change %u of page number %#llx, %s, makes no sense", op,
			    (unsigned long long)gfn, large ? "of 2 MiB" : "of 4 KiB");
	if (is_refused(op))
		return false;
	for (uint64_t i = gfn; i < gfn + count; i++) {
		if (op == PSC_SHARED)
			make_shared(i);
		else if (op == PSC_PRIVATE)
			make_private(i);
	}
	return true;
}

/**
 * guest_page_validate() - PVALIDATE
 * @pa: address of the page, without C-bit
 * @large: of 2 MiB
 * @validate: validate it, or take that back
 * @unchanged: set to true if it was like that before
 *
 * Return: the result code.
 */
unsigned int guest_page_validate(uint64_t pa, bool large, bool validate, bool *unchanged)
{
	uint64_t gfn = pa >> GUEST_PAGE_SHIFT;
	uint64_t count = large ? PAGES_PER_2M : 1;
	uint64_t shared = 0;

	if (gfn % count)
		return VALIDATE_INPUT;
	if (gfn > num_pages || num_pages - gfn < count)
		guest_fatal("PVALIDATE of page %#llx, which is no memory", (unsigned long long)pa);
	for (uint64_t i = gfn; i < gfn + count; i++)
		shared += pages[i].shared;
	/* The host keeps a range that is partly shared in small pages. */
	if (large && shared && shared < count)
		return VALIDATE_SIZE_MISMATCH;
	if (shared)
		guest_fatal("PVALIDATE of page %#llx, which is shared with the host",
			    (unsigned long long)pa);
	*unchanged = true;
	for (uint64_t i = gfn; i < gfn + count; i++) {
		if (pages[i].validated != validate)
			*unchanged = false;
		pages[i].validated = validate;
	}
	return VALIDATE_DONE;
}
