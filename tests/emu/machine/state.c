// SPDX-License-Identifier: GPL-2.0-only
/* The file that CPUs and firmware share. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define STATE_MAGIC	0x4d564553u	/* "SEVM", set once the CPUs are on */
#define LOCK_PATIENCE	1000u		/* attempts, before it is looked who has the lock */

/* First register and number of those that follow it */
static const struct {
	uint32_t first, count;
} msr_blocks[] = {
	{ MSR_MTRR_FIX64K_00000, 1 },
	{ MSR_MTRR_FIX16K_80000, 2 },
	{ MSR_MTRR_FIX4K_C0000, 8 },
	{ MSR_SYSCFG, 1 },
	{ MSR_HWCR, 1 },
	{ MSR_IORR_BASE0, 4 },
	{ MSR_TOP_MEM, 1 },
	{ MSR_TOM2, 1 },
	{ MSR_TSEG_BASE, 2 },
	{ MSR_VM_HSAVE_PA, 1 },
	{ MSR_RMP_BASE, 2 },
	{ MSR_RMP_CFG, 1 },
	{ MSR_DEBUG_STATUS, 1 },
};

#define NUM_BLOCKS	(sizeof(msr_blocks) / sizeof(msr_blocks[0]))
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	int err;

	if (fd < 0)
		return -1;
	/* Whoever comes first makes it as long as it has to be; the other finds it so. */
	if (!fstat(fd, &st) && st.st_size != 0 && st.st_size != sizeof(struct state_file))
		errno = EINVAL;
	else if (!ftruncate(fd, sizeof(struct state_file)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/**
 * machine_open() - map the shared state
 * @path: file, made if it isn't there; NULL for a state that is not shared
 *
 * Return: the machine, or NULL with errno set; EINVAL is a file of another kind.
 */
struct machine *machine_open(const char *path)
{
	int fd = path ? open_file(path) : -1;
	int flags = path ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
	struct machine *machine;
	void *map;

	if (path && fd < 0)
		return NULL;
	map = mmap(NULL, sizeof(struct state_file), PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return NULL;
	machine = malloc(sizeof(*machine));
	if (machine)
		machine->file = map;
	else
		munmap(map, sizeof(struct state_file));
	return machine;
}

/**
 * machine_close() - unmap the shared state; the file stays
 * @machine: the machine, or NULL
 */
void machine_close(struct machine *machine)
{
	if (!machine)
		return;
	munmap(machine->file, sizeof(*machine->file));
	free(machine);
}

/**
 * machine_power_on() - begin with no CPU, all registers zero
 * @machine: the machine
 * @form: how the CPUs keep RMP entries
 *
 * Only the CPUs' side calls it, before it adds a CPU.
 */
void machine_power_on(struct machine *machine, enum machine_form form)
{
	struct state_file *f = machine->file;

	f->magic = 0;
	f->form = form;
	f->lock = 0;
	f->num_ranges = 0;
	for (unsigned int i = 0; i < MACHINE_MAX_CPUS; i++) {
		f->cpu[i].present = 0;
		f->cpu[i].wbinvds = 0;
		f->cpu[i].written = 0;
		f->cpu[i].stopped = 0;
		f->cpu[i].life = CPU_NEVER_RAN;
		for (unsigned int k = 0; k < MAX_MSRS; k++)
			f->cpu[i].msr[k] = 0;
	}
	pages_power_on(machine);
	f->magic = STATE_MAGIC;
}

/**
 * machine_is_on() - do CPUs share this state?
 * @machine: the machine
 *
 * Return: false before the CPUs' side has called machine_power_on().
 */
bool machine_is_on(const struct machine *machine)
{
	return machine->file->magic == STATE_MAGIC;
}

/**
 * machine_form() - how the CPUs keep RMP entries
 * @machine: the machine
 *
 * Return: the form.
 */
enum machine_form machine_form(const struct machine *machine)
{
	return machine->file->form == MACHINE_RMP_RAW ? MACHINE_RMP_RAW : MACHINE_RMP_HIDDEN;
}

static int msr_slot(uint32_t msr)
{
	unsigned int slot = 0;

	for (unsigned int i = 0; i < NUM_BLOCKS; i++) {
		if (msr - msr_blocks[i].first < msr_blocks[i].count)
			return (int)(slot + msr - msr_blocks[i].first);
		slot += msr_blocks[i].count;
	}
	return -1;
}

/**
 * machine_knows_msr() - is this one of the registers that are shared?
 * @msr: number of the register
 *
 * Return: true if it is.
 */
bool machine_knows_msr(uint32_t msr)
{
	return msr_slot(msr) >= 0;
}

/**
 * machine_add_cpu() - a CPU is there
 * @machine: the machine
 * @cpu: its number, below MACHINE_MAX_CPUS
 */
void machine_add_cpu(struct machine *machine, unsigned int cpu)
{
	machine->file->cpu[cpu].present = 1;
}

/**
 * machine_cpus() - how many CPUs are there?
 * @machine: the machine
 *
 * Return: the number of the last one plus one, 0 when the machine is off.
 */
unsigned int machine_cpus(const struct machine *machine)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MACHINE_MAX_CPUS && machine_is_on(machine); i++)
		if (machine->file->cpu[i].present)
			n = i + 1;
	return n;
}

static _Atomic uint64_t *msr_of(const struct machine *machine, unsigned int cpu, uint32_t msr)
{
	int slot = msr_slot(msr);

	if (slot < 0 || cpu >= machine_cpus(machine))
		return NULL;
	return &machine->file->cpu[cpu].msr[slot];
}

/**
 * machine_msr_read() - value of a register
 * @machine: the machine
 * @cpu: number of the CPU
 * @msr: number of the register
 * @value: set to its value
 *
 * Return: 0, or -ENOENT when there is no such CPU or the register isn't shared.
 */
int machine_msr_read(const struct machine *machine, unsigned int cpu, uint32_t msr,
		     uint64_t *value)
{
	_Atomic uint64_t *cell = msr_of(machine, cpu, msr);

	if (!cell)
		return -ENOENT;
	*value = *cell;
	return 0;
}

/**
 * machine_msr_write() - set a register
 * @machine: the machine
 * @cpu: number of the CPU
 * @msr: number of the register
 * @value: its new value
 *
 * Return: 0, or -ENOENT when there is no such CPU or the register isn't shared.
 */
int machine_msr_write(struct machine *machine, unsigned int cpu, uint32_t msr, uint64_t value)
{
	_Atomic uint64_t *cell = msr_of(machine, cpu, msr);

	if (!cell)
		return -ENOENT;
	*cell = value;
	return 0;
}

/**
 * machine_wbinvds() - how often did a CPU write back its caches?
 * @machine: the machine
 * @cpu: number of the CPU, below MACHINE_MAX_CPUS
 *
 * Return: a number that grows, and wraps.
 */
unsigned int machine_wbinvds(const struct machine *machine, unsigned int cpu)
{
	return machine->file->cpu[cpu].wbinvds;
}

/**
 * machine_lock() - be the only one who changes the RMP, the ranges, or what is known of pages
 * @machine: the machine
 *
 * It is held for some memory accesses at most. What a process has locked that ends, nobody has.
 */
void machine_lock(struct machine *machine)
{
	_Atomic uint32_t *lock = &machine->file->lock;
	uint32_t holder = 0, me = (uint32_t)getpid();

	for (unsigned int n = 1; !atomic_compare_exchange_strong(lock, &holder, me); n++) {
		if (n % LOCK_PATIENCE == 0 && kill((pid_t)holder, 0) && errno == ESRCH)
			atomic_compare_exchange_strong(lock, &holder, 0);
		sched_yield();
		holder = 0;
	}
}

/**
 * machine_unlock() - let others in
 * @machine: the machine, locked by the caller
 */
void machine_unlock(struct machine *machine)
{
	machine->file->lock = 0;
}

/**
 * machine_set_ranges() - say where the IOMMUs write to
 * @machine: the machine
 * @range: all the ranges
 * @count: how many; those beyond MACHINE_MAX_RANGES are dropped
 */
void machine_set_ranges(struct machine *machine, const struct machine_range *range,
			unsigned int count)
{
	if (count > MACHINE_MAX_RANGES)
		count = MACHINE_MAX_RANGES;
	machine_lock(machine);
	for (unsigned int i = 0; i < count; i++)
		machine->file->range[i] = range[i];
	machine->file->num_ranges = count;
	machine_unlock(machine);
}

/**
 * machine_get_range() - where do the IOMMUs write to?
 * @machine: the machine
 * @index: which of the ranges
 * @range: set
 *
 * Return: 0, or -ENOENT behind the last.
 */
int machine_get_range(struct machine *machine, unsigned int index, struct machine_range *range)
{
	int ret = -ENOENT;

	machine_lock(machine);
	if (index < MACHINE_MAX_RANGES && index < machine->file->num_ranges) {
		*range = machine->file->range[index];
		ret = 0;
	}
	machine_unlock(machine);
	return ret;
}
