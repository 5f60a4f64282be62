// SPDX-License-Identifier: GPL-2.0-only
/* What each page is to the kernel, and how firmware and CPUs agree on it. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define FOREIGN		1u
#define FRESH		2u
#define BY_SHIFT	2
#define BY_MASK		3u
#define ID_SHIFT	4
#define ID_MASK		0xfffu
#define ASID_SHIFT	16
#define LOOK_AGAIN	100000000L	/* nanoseconds, while waiting for the other process */

/* Pages change hands in any order and are looked at by address: a machine has few of them. */
static _Atomic uint32_t *word_of(const struct machine *machine, uint64_t pa)
{
	uint64_t page = pa / MACHINE_PAGE;

	return page < MACHINE_MAX_PAGES ? &machine->file->page[page] : NULL;
}

/**
 * pages_power_on() - all pages are the hypervisor's
 * @machine: the machine
 */
void pages_power_on(struct machine *machine)
{
	struct state_file *f = machine->file;
	size_t head = offsetof(struct state_file, page);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (head + page - 1) & ~(page - 1);

	memset((void *)f->page, 0, whole - head);
	/* The rest becomes a hole, which reads as zeros. */
	if (madvise((uint8_t *)f + whole, sizeof(*f) - whole, MADV_REMOVE))
		memset((uint8_t *)f + whole, 0, sizeof(*f) - whole);
	f->news.first = UINT64_MAX;
	f->news.last = 0;
	f->news.asked = 0;
	f->news.done = 0;
	f->news.watcher = 0;
	f->epoch = 0;
	for (unsigned int i = 0; i < MACHINE_MAX_ASIDS; i++)
		f->guest[i] = 0;
}

/**
 * machine_page() - may the kernel write to a page?
 * @machine: the machine
 * @pa: address in the page
 *
 * It says what the table says, also while no CPU looks at the table: see machine_has_snp().
 *
 * Return: what is known of it.
 */
struct machine_page machine_page(const struct machine *machine, uint64_t pa)
{
	const _Atomic uint32_t *word = word_of(machine, pa);
	uint32_t value = word ? *word : 0;

	return (struct machine_page){
		.foreign = value & FOREIGN,
		.fresh = value & FRESH,
		.by = (enum machine_giver)(value >> BY_SHIFT & BY_MASK),
		.id = value >> ID_SHIFT & ID_MASK,
	};
}

/**
 * machine_seen_page() - it has been looked at what became of a page
 * @machine: the machine, locked by the caller
 * @pa: address in the page
 */
void machine_seen_page(struct machine *machine, uint64_t pa)
{
	_Atomic uint32_t *word = word_of(machine, pa);

	if (word)
		*word &= ~FRESH;
}

/**
 * machine_has_snp() - does any CPU look at the table?
 * @machine: the machine
 *
 * Return: whether SNP is on, on at least one of them.
 */
bool machine_has_snp(const struct machine *machine)
{
	uint64_t syscfg;

	for (unsigned int cpu = 0; cpu < machine_cpus(machine); cpu++)
		if (!machine_msr_read(machine, cpu, MSR_SYSCFG, &syscfg) &&
		    syscfg & SYSCFG_SNP_EN)
			return true;
	return false;
}

static void extend(struct state_news *news, uint64_t first, uint64_t last)
{
	if (first < news->first)
		news->first = first;
	if (last > news->last)
		news->last = last;
}

/**
 * machine_pages_news() - what may be done to some pages has changed
 * @machine: the machine, locked by the caller
 * @pa: start
 * @len: length in bytes
 */
void machine_pages_news(struct machine *machine, uint64_t pa, uint64_t len)
{
	if (len)
		extend(&machine->file->news, pa / MACHINE_PAGE, (pa + len - 1) / MACHINE_PAGE);
}

/* What a launch puts into a page is encrypted; giving the page to a guest alone changes nothing. */
static bool is_launched(const struct fw_rmp_entry *entry, enum machine_giver by)
{
	return by == MACHINE_BY_FIRMWARE && entry->asid && entry->validated && !entry->immutable;
}

static uint32_t new_word(uint32_t old, const struct fw_rmp_entry *entry, enum machine_giver by,
			 unsigned int id)
{
	uint32_t fresh = old & FOREIGN ? old & FRESH : FRESH;

	return entry->assigned ? FOREIGN | fresh | (uint32_t)by << BY_SHIFT | id << ID_SHIFT |
				 entry->asid << ASID_SHIFT : 0;
}

static void note_page(struct machine *machine, const struct rmp *rmp, uint64_t pa,
		      enum machine_giver by, unsigned int id)
{
	_Atomic uint32_t *word = word_of(machine, pa);
	struct fw_rmp_entry entry = { 0 };
	uint32_t old = *word, value;

	if (rmp_get(rmp, pa, &entry))
		entry = (struct fw_rmp_entry){ 0 };
	value = new_word(old, &entry, by, id);
	if (old >> ASID_SHIFT && old >> ASID_SHIFT != value >> ASID_SHIFT)
		machine_guest_left(machine, pa, old >> ASID_SHIFT);
	if (is_launched(&entry, by))
		machine_dirty(machine, pa, MACHINE_PAGE, MACHINE_WROTE_GUEST);
	/* Zeros that stay zeros take up no space. */
	if (old != value)
		*word = value;
}

/**
 * machine_note_pages() - entries of the table have changed
 * @machine: the machine, locked by the caller
 * @rmp: the table
 * @pa: start
 * @len: length in bytes
 * @by: who did it
 * @id: with @by
 */
void machine_note_pages(struct machine *machine, const struct rmp *rmp, uint64_t pa, uint64_t len,
			enum machine_giver by, unsigned int id)
{
	for (uint64_t at = pa & -MACHINE_PAGE; at < pa + len && word_of(machine, at);
	     at += MACHINE_PAGE)
		note_page(machine, rmp, at, by, id);
	machine_pages_news(machine, pa, len);
}

/**
 * machine_note_all() - something has changed that decides about all pages
 * @machine: the machine, locked by the caller
 */
void machine_note_all(struct machine *machine)
{
	extend(&machine->file->news, 0, MACHINE_MAX_PAGES - 1);
}

static void sleep_on(_Atomic uint32_t *word, uint32_t value)
{
	const struct timespec limit = { .tv_nsec = LOOK_AGAIN };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &limit, NULL, 0);
}

static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static bool watched(const struct machine *machine)
{
	uint32_t watcher = machine->file->news.watcher;

	return watcher && (!kill((pid_t)watcher, 0) || errno != ESRCH);
}

/**
 * machine_settle() - wait until the CPUs know of all changes
 * @machine: the machine
 *
 * It does not wait for CPUs that are gone, or don't care.
 */
void machine_settle(struct machine *machine)
{
	struct state_news *news = &machine->file->news;
	uint32_t mine, done;

	if (news->first > news->last || !watched(machine))
		return;
	mine = ++news->asked;
	wake(&news->asked);
	for (done = news->done; (int32_t)(done - mine) < 0 && watched(machine); done = news->done)
		sleep_on(&news->done, done);
}

/**
 * machine_watch() - this process looks at what the firmware tells of pages
 * @machine: the machine
 */
void machine_watch(struct machine *machine)
{
	machine->file->news.watcher = (uint32_t)getpid();
}

/**
 * machine_next_news() - wait for the firmware to ask for a look
 * @machine: the machine
 * @seen: how often it had asked when this was called last, 0 at first; updated
 *
 * Return: false when nobody has to look any more.
 */
bool machine_next_news(struct machine *machine, uint32_t *seen)
{
	struct state_news *news = &machine->file->news;

	while (news->watcher && news->asked == *seen)
		sleep_on(&news->asked, *seen);
	*seen = news->asked;
	return news->watcher;
}

/**
 * machine_take_news() - which pages have changed?
 * @machine: the machine, locked by the caller
 * @pa: start of the memory that has them
 * @end: end of it
 *
 * Return: false when none has.
 */
bool machine_take_news(struct machine *machine, uint64_t *pa, uint64_t *end)
{
	struct state_news *news = &machine->file->news;

	if (news->first > news->last)
		return false;
	*pa = news->first * MACHINE_PAGE;
	*end = (news->last + 1) * MACHINE_PAGE;
	news->first = UINT64_MAX;
	news->last = 0;
	return true;
}

/**
 * machine_news_done() - tell the firmware that its changes are known
 * @machine: the machine
 * @seen: from machine_next_news()
 */
void machine_news_done(struct machine *machine, uint32_t seen)
{
	machine->file->news.done = seen;
	wake(&machine->file->news.done);
}

/**
 * machine_stop_watching() - this process doesn't look any more
 * @machine: the machine
 */
void machine_stop_watching(struct machine *machine)
{
	struct state_news *news = &machine->file->news;

	news->watcher = 0;
	wake(&news->asked);
	wake(&news->done);
}
