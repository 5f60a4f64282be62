// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store to a page that is not the kernel's ends the machine.
 *
 * When such a page is given away the right to write is taken off it in QEMU's mapping of the
 * memory, so other stores cost nothing. A store then raises SIGSEGV in the thread of the CPU, or of
 * the device, that does it. Only the IOMMUs, whose buffers the firmware protects from everybody
 * else, go on writing to those.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "ram.h"
#include "sevcpu.h"
#include "stores.h"

#define PAGE		0x1000ull
#define IOMMU_ALIGN	8u		/* of what IOMMUs write, 8 or 16 bytes */
#define IOMMU_MOST	16u
#define GDB_RSP		7		/* numbers of registers */
#define GDB_RIP		16
#define KERNEL_CODE	0xffffffff80000000ull
#define KERNEL_CODE_END	0xffffffffff000000ull
#define CALL		0xe8u
#define CALL_LEN	5u
#define STACK_WORDS	256u
#define MOST_CALLERS	12u
#define PATIENCE	10u		/* seconds for telling about callers */

static pthread_t watcher;
static bool watching, snp_is_on;

static __thread unsigned int this_cpu;
static __thread bool on_cpu;

/* The store of an IOMMU that is being let through */
static __thread struct {
	uint64_t page;
	uint8_t before[PAGE];
} step;

static bool is_closed(uint64_t pa)
{
	return snp_is_on && machine_page(sevcpu_machine, pa).foreign;
}

static bool is_open(uint64_t pa)
{
	(void)pa;
	return false;
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
	if (machine_take_news(sevcpu_machine, &pa, &end))
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

static void tell_code(const struct fault_place *place)
{
	struct CPUState *cpu = qemu_get_cpu((int)this_cpu);
	unsigned int callers = 0;
	uint64_t sp, value;

	cpu_restore_state(cpu, place->translated);
	say("sevcpu: by the instruction at %#" PRIx64 "\n", stopped_register(cpu, GDB_RIP));
	sp = stopped_register(cpu, GDB_RSP);
	for (unsigned int i = 0; i < STACK_WORDS && callers < MOST_CALLERS; i++) {
		if (cpu_memory_rw_debug(cpu, sp + i * sizeof(value), &value, sizeof(value), false))
			break;
		if (!is_return(cpu, value))
			continue;
		say("sevcpu: maybe called from %#" PRIx64 "\n", value - CALL_LEN);
		callers++;
	}
}

__attribute__((noreturn))
static void end_machine(uint64_t pa, const struct fault_place *place)
{
	struct machine_page page = machine_page(sevcpu_machine, pa);
	const struct fw_rmp_entry none = { 0 };
	struct fw_rmp_entry entry;
	char giver[80], who[60];

	alarm(PATIENCE);
	tell_giver(&page, giver, sizeof(giver));
	snprintf(who, sizeof(who), place->device ? "a device" : "CPU %u", this_cpu);
	if (table_entry(pa, &entry))
		entry = none;
	say("sevcpu: %s wrote to page %#" PRIx64 " at %#" PRIx64 ", which is not the kernel's: "
	    "state %s since %s\n", who, pa & -PAGE, pa, fw_rmp_state_name(&entry), giver);
	if (on_cpu && place->translated)
		tell_code(place);
	_exit(1);
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
		/* It has just been given back. */
		ram_protect(pa & -PAGE, (pa & -PAGE) + PAGE, is_open);
		return FAULT_AGAIN;
	}
	if (!place->device || !is_iommus(pa))
		end_machine(pa, place);
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
		end_machine(step.page + first, &unknown);
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

/**
 * stores_on_cpu() - this thread is a vCPU
 * @vcpu: which
 */
void stores_on_cpu(unsigned int vcpu)
{
	this_cpu = vcpu;
	on_cpu = true;
}
