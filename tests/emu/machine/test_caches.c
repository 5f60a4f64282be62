// SPDX-License-Identifier: GPL-2.0-only
/* Who has written what, and who has written it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "caches.h"
#include "pages.h"

#define CPUS	3u
#define PAGE	0x7000ull
#define LEN	0x3000ull

static struct machine *machine;

static int setup(void **state)
{
	(void)state;
	machine = machine_open(NULL);
	if (!machine)
		return -1;
	machine_power_on(machine, MACHINE_RMP_RAW);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		machine_add_cpu(machine, cpu);
		machine_cpu_runs(machine, cpu);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(machine);
	return 0;
}

static bool dirty(uint64_t pa)
{
	return machine_is_dirty(machine, pa, NULL, NULL);
}

static void write_back(unsigned int first, unsigned int count)
{
	for (unsigned int cpu = first; cpu < first + count; cpu++)
		machine_note_wbinvd(machine, cpu);
}

static void each_cpu_has_to_write_back_afterwards(void **state)
{
	enum machine_writer who = MACHINE_WROTE_GUEST;
	unsigned int cpu = 9;

	(void)state;
	write_back(0, CPUS);
	machine_dirty(machine, PAGE, LEN, MACHINE_WROTE_TMR);
	assert_false(dirty(PAGE - 1));
	assert_true(dirty(PAGE));
	assert_true(dirty(PAGE + LEN - 1));
	assert_false(dirty(PAGE + LEN));
	write_back(0, CPUS - 1);
	assert_true(machine_is_dirty(machine, PAGE, &cpu, &who));
	assert_int_equal(cpu, CPUS - 1);
	assert_int_equal(who, MACHINE_WROTE_TMR);
	write_back(CPUS - 1, 1);
	assert_false(dirty(PAGE));
	machine_dirty(machine, PAGE, 1, MACHINE_WROTE_NV);
	assert_true(machine_is_dirty(machine, PAGE, NULL, &who));
	assert_int_equal(who, MACHINE_WROTE_NV);
	assert_false(dirty(PAGE + 0x1000));
}

static void cpus_that_were_off_have_nothing(void **state)
{
	(void)state;
	assert_false(machine_cpu_is_off(machine, 1));
	assert_false(machine_cpu_is_off(machine, CPUS));
	machine_cpu_halts(machine, 1);
	assert_true(machine_cpu_is_off(machine, 1));
	assert_false(machine_cpu_is_off(machine, CPUS));
	machine_dirty(machine, PAGE, LEN, MACHINE_WROTE_TMR);
	write_back(0, 1);
	write_back(2, 1);
	assert_false(dirty(PAGE));
	machine_cpu_runs(machine, 1);
	assert_false(machine_cpu_is_off(machine, 1));
	assert_false(dirty(PAGE));
	machine_dirty(machine, PAGE, LEN, MACHINE_WROTE_TMR);
	write_back(0, 1);
	write_back(2, 1);
	assert_true(dirty(PAGE));
	write_back(1, 1);
	machine_add_cpu(machine, CPUS);
	assert_false(dirty(PAGE));
}

static void a_cpu_that_goes_without_writing_back_keeps_it(void **state)
{
	(void)state;
	machine_dirty(machine, PAGE, LEN, MACHINE_WROTE_TMR);
	machine_cpu_halts(machine, 1);
	assert_false(machine_cpu_is_off(machine, 1));
	write_back(0, 1);
	write_back(2, 1);
	assert_true(dirty(PAGE));
	machine_cpu_runs(machine, 1);
	assert_true(dirty(PAGE));
	write_back(1, 1);
	assert_false(dirty(PAGE));
}

static void whoever_writes_again_may(void **state)
{
	(void)state;
	machine_dirty(machine, PAGE, LEN, MACHINE_WROTE_TMR);
	machine_undirty(machine, PAGE + 0x1000, 0x1000);
	assert_true(dirty(PAGE));
	assert_false(dirty(PAGE + 0x1000));
	assert_true(dirty(PAGE + 0x2000));
}

static void a_guest_writes_as_long_as_it_runs(void **state)
{
	(void)state;
	machine_guest_left(machine, PAGE, 5);
	assert_false(dirty(PAGE));
	machine_guest_runs(machine, 5);
	write_back(0, CPUS);
	machine_guest_left(machine, PAGE, 5);
	assert_false(dirty(PAGE));
	machine_guest_runs(machine, 5);
	machine_guest_runs(machine, 6);
	machine_guest_left(machine, PAGE, 5);
	assert_true(dirty(PAGE));
	write_back(0, CPUS);
	assert_false(dirty(PAGE));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_cpu_has_to_write_back_afterwards),
		TEST(cpus_that_were_off_have_nothing),
		TEST(a_cpu_that_goes_without_writing_back_keeps_it),
		TEST(whoever_writes_again_may),
		TEST(a_guest_writes_as_long_as_it_runs),
	};

	return cmocka_run_group_tests_name("caches", tests, NULL, NULL);
}
