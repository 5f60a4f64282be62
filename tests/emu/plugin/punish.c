// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentences that end a machine. First comes what is wrong, then, as far as it can be found out,
 * which code did it. All of it goes out by write(2): QEMU may be anywhere.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/caches.h"
#include "punish.h"
#include "sevcpu.h"

#define PAGE		0x1000ull
#define GDB_RSP		7		/* numbers of registers */
#define GDB_RIP		16
#define KERNEL_CODE	0xffffffff80000000ull
#define KERNEL_CODE_END	0xffffffffff000000ull
#define CALL		0xe8u
#define CALL_LEN	5u
#define STACK_WORDS	256u
#define MOST_CALLERS	12u
#define PATIENCE	10u		/* seconds for telling about callers */

static __thread unsigned int this_cpu;
static __thread bool on_cpu;

static void say(const char *format, ...)
{
	char line[300];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 1)
		len = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(1);
}

static void tell_giver(const struct machine_page *page, char *text, size_t len)
{
	static const char *const cpu[] = {
		[MACHINE_BY_CPU] = "RMPUPDATE on", [MACHINE_BY_TABLE] = "SNP was turned on by",
	};

	if (page->by == MACHINE_BY_FIRMWARE)
		snprintf(text, len, "%s", fw_command_name(page->id));
	else
		snprintf(text, len, "%s CPU %u", cpu[page->by], page->id);
}

static uint64_t stopped_register(struct CPUState *cpu, int number)
{
	struct GByteArray *buf = g_byte_array_new();
	uint64_t value = 0;

	if (gdb_read_register(cpu, buf, number) == sizeof(value))
		memcpy(&value, buf->data, sizeof(value));
	return value;
}

/* Could this be where a call returns to? There is code before it that calls. */
static bool is_return(struct CPUState *cpu, uint64_t value)
{
	uint8_t call;

	return value >= KERNEL_CODE && value < KERNEL_CODE_END &&
	       !cpu_memory_rw_debug(cpu, value - CALL_LEN, &call, sizeof(call), false) &&
	       call == CALL;
}

static void tell_code(uint64_t pc)
{
	struct CPUState *cpu = qemu_get_cpu((int)this_cpu);
	uint64_t sp = stopped_register(cpu, GDB_RSP), value;
	unsigned int callers = 0;

	say("sevcpu: by the instruction at %#" PRIx64 "\n", pc);
	for (unsigned int i = 0; i < STACK_WORDS && callers < MOST_CALLERS; i++) {
		if (cpu_memory_rw_debug(cpu, sp + i * sizeof(value), &value, sizeof(value), false))
			break;
		if (!is_return(cpu, value))
			continue;
		say("sevcpu: maybe called from %#" PRIx64 "\n", value - CALL_LEN);
		callers++;
	}
}

static void tell_state(uint64_t pa, char *text, size_t len)
{
	struct machine_page page = machine_page(sevcpu_machine, pa);
	struct fw_rmp_entry entry;
	char giver[80];

	if (table_entry(pa, &entry))
		entry = (struct fw_rmp_entry){ 0 };
	tell_giver(&page, giver, sizeof(giver));
	snprintf(text, len, "state %s since %s", fw_rmp_state_name(&entry), giver);
}

/* Whose caches? */
static void tell_caches(uint64_t pa, char *text, size_t len)
{
	static const char *const writers[] = {
		[MACHINE_WROTE_TMR] = "it was the firmware's trusted memory region",
		[MACHINE_WROTE_NV] = "it was the firmware's area for non-volatile data",
		[MACHINE_WROTE_GUEST] = "it was a guest's",
	};
	enum machine_writer who = MACHINE_WROTE_GUEST;
	unsigned int cpu = 0;

	machine_is_dirty(sevcpu_machine, pa, &cpu, &who);
	snprintf(text, len, "%s, and CPU %u has not written back its caches since", writers[who],
		 cpu);
}

/**
 * punish_store() - a CPU or a device has written to what is not the kernel's
 * @pa: where
 * @place: what has done it
 * @foreign: the page is somebody else's; otherwise it may be in caches
 */
void punish_store(uint64_t pa, const struct fault_place *place, bool foreign)
{
	struct CPUState *cpu = on_cpu ? qemu_get_cpu((int)this_cpu) : NULL;
	char reason[160], who[30];

	alarm(PATIENCE);
	snprintf(who, sizeof(who), place->device ? "a device" : "CPU %u", this_cpu);
	if (foreign)
		tell_state(pa, reason, sizeof(reason));
	else
		tell_caches(pa, reason, sizeof(reason));
	say("sevcpu: %s wrote to page %#" PRIx64 " at %#" PRIx64 ", which %s: %s\n", who,
	    pa & -PAGE, pa, foreign ? "is not the kernel's" : "may still be in caches", reason);
	if (cpu && place->translated) {
		cpu_restore_state(cpu, place->translated);
		tell_code(stopped_register(cpu, GDB_RIP));
	}
	_exit(1);
}

__attribute__((noreturn))
static void tell_change(uint64_t pa, const char *what)
{
	char state[160];

	alarm(PATIENCE);
	tell_state(pa, state, sizeof(state));
	say("sevcpu: page %#" PRIx64 " is not the kernel's any more (%s), but %s\n", pa & -PAGE,
	    state, what);
	if (on_cpu)
		tell_code(insn_next());
	_exit(1);
}

/**
 * punish_mapping() - a page is given away under a mapping of the kernel that is too large
 * @pa: the page
 * @size: of the mapping
 */
void punish_mapping(uint64_t pa, uint64_t size)
{
	char text[160];

	snprintf(text, sizeof(text), "the kernel maps it and its neighbours by one page of %" PRIu64
		 " MiB: it could not write to any of them", size >> 20);
	tell_change(pa, text);
}

/**
 * punish_hand_over() - a page that may be in caches is given away
 * @pa: the page
 */
void punish_hand_over(uint64_t pa)
{
	char caches[160], text[200];

	tell_caches(pa, caches, sizeof(caches));
	snprintf(text, sizeof(text), "may still be in caches: %s", caches);
	tell_change(pa, text);
}

/**
 * punish_on_cpu() - this thread is a vCPU
 * @vcpu: which
 */
void punish_on_cpu(unsigned int vcpu)
{
	this_cpu = vcpu;
	on_cpu = true;
}
