// SPDX-License-Identifier: GPL-2.0-only
/* Which memory may be in caches that are not written back. */
#include "file.h"

#define PAGE		MACHINE_PAGE
#define WHO_SHIFT	30
#define EPOCH_MASK	((1u << WHO_SHIFT) - 1)

static _Atomic uint32_t *word_of(const struct machine *machine, uint64_t pa)
{
	uint64_t page = pa / PAGE;

	return page < MACHINE_MAX_PAGES ? &machine->file->dirty[page] : NULL;
}

/**
 * machine_dirty() - somebody has written with encryption, and won't any more
 * @machine: the machine, locked by the caller
 * @pa: start of the memory
 * @len: length in bytes
 * @who: somebody
 */
void machine_dirty(struct machine *machine, uint64_t pa, uint64_t len, enum machine_writer who)
{
	uint32_t epoch = ++machine->file->epoch;

	for (uint64_t at = pa & -PAGE; at < pa + len; at += PAGE) {
		_Atomic uint32_t *word = word_of(machine, at);

		if (word)
			*word = epoch | (uint32_t)who << WHO_SHIFT;
	}
	machine_pages_news(machine, pa, len);
}

/**
 * machine_undirty() - it is in no cache, or whoever wrote goes on writing
 * @machine: the machine
 * @pa: start of the memory
 * @len: length in bytes
 */
void machine_undirty(struct machine *machine, uint64_t pa, uint64_t len)
{
	for (uint64_t at = pa & -PAGE; at < pa + len; at += PAGE) {
		_Atomic uint32_t *word = word_of(machine, at);

		if (word && *word)
			*word = 0;
	}
}

/* One that has stopped before the memory was written has nothing of it. */
static bool has_written_back(const struct state_cpu *cpu, uint32_t epoch)
{
	if (!cpu->present || cpu->written >= epoch)
		return true;
	return cpu->life != CPU_RUNS && cpu->stopped < epoch;
}

/**
 * machine_is_dirty() - may a page still be in the cache of a CPU?
 * @machine: the machine
 * @pa: address in the page
 * @cpu: set to one that has not written back; may be NULL
 * @who: set to who wrote; may be NULL
 *
 * Return: false if all CPUs have written back since.
 */
bool machine_is_dirty(const struct machine *machine, uint64_t pa, unsigned int *cpu,
		      enum machine_writer *who)
{
	const _Atomic uint32_t *word = word_of(machine, pa);
	uint32_t value = word ? *word : 0;

	for (unsigned int i = 0; value && i < MACHINE_MAX_CPUS; i++) {
		if (has_written_back(&machine->file->cpu[i], value & EPOCH_MASK))
			continue;
		if (cpu)
			*cpu = i;
		if (who)
			*who = (enum machine_writer)(value >> WHO_SHIFT);
		return true;
	}
	return false;
}

/**
 * machine_guest_runs() - a CPU goes into a guest
 * @machine: the machine
 * @asid: the guest's
 */
void machine_guest_runs(struct machine *machine, uint32_t asid)
{
	if (asid < MACHINE_MAX_ASIDS)
		machine->file->guest[asid] = ++machine->file->epoch;
}

/**
 * machine_guest_left() - a page is a guest's no more
 * @machine: the machine, locked by the caller
 * @pa: address in the page
 * @asid: the guest's
 *
 * If it has run, it may have written to it until it ran last.
 */
void machine_guest_left(struct machine *machine, uint64_t pa, uint32_t asid)
{
	uint32_t epoch = asid < MACHINE_MAX_ASIDS ? machine->file->guest[asid] : 0;
	_Atomic uint32_t *word = word_of(machine, pa);

	if (word && epoch && epoch > (*word & EPOCH_MASK))
		*word = epoch | (uint32_t)MACHINE_WROTE_GUEST << WHO_SHIFT;
}

/**
 * machine_note_wbinvd() - a CPU wrote back its caches
 * @machine: the machine
 * @cpu: number of the CPU
 */
void machine_note_wbinvd(struct machine *machine, unsigned int cpu)
{
	machine->file->cpu[cpu].written = machine->file->epoch;
	machine->file->cpu[cpu].wbinvds++;
}

/**
 * machine_cpu_runs() - a CPU executes something
 * @machine: the machine
 * @cpu: number of the CPU
 */
void machine_cpu_runs(struct machine *machine, unsigned int cpu)
{
	struct state_cpu *c = &machine->file->cpu[cpu];

	if (c->life == CPU_RUNS)
		return;
	/* What has been written while it was off is not in its caches. */
	if (c->written >= c->stopped)
		c->written = machine->file->epoch;
	c->life = CPU_RUNS;
}

/**
 * machine_cpu_halts() - a CPU stops for good, until somebody starts it again
 * @machine: the machine
 * @cpu: number of the CPU
 */
void machine_cpu_halts(struct machine *machine, unsigned int cpu)
{
	struct state_cpu *c = &machine->file->cpu[cpu];

	c->stopped = machine->file->epoch;
	c->life = CPU_IS_OFF;
}

/**
 * machine_cpu_is_off() - is a CPU off, and were its caches written back before?
 * @machine: the machine
 * @cpu: number of the CPU
 *
 * Return: true if so; false also if there is no such CPU.
 */
bool machine_cpu_is_off(const struct machine *machine, unsigned int cpu)
{
	const struct state_cpu *c = &machine->file->cpu[cpu];

	return c->present && c->life == CPU_IS_OFF && c->written >= c->stopped;
}
