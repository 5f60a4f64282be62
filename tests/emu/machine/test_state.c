// SPDX-License-Identifier: GPL-2.0-only
/* The shared state, mapped twice as two processes do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rmp.h"

static char path[64];
static struct machine *cpus, *firmware;

static int setup(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/machine-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	cpus = machine_open(path);
	firmware = machine_open(path);
	return cpus && firmware ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(cpus);
	machine_close(firmware);
	return unlink(path);
}

static void registers_are_per_cpu_and_seen_from_both_sides(void **state)
{
	static const uint32_t msrs[] = {
		0x250, 0x258, 0x259, 0x268, 0x26f, 0xc0010010, 0xc0010015, 0xc0010016, 0xc0010019,
		0xc001001a, 0xc001001d, 0xc0010112, 0xc0010113, 0xc0010117, 0xc0010132, 0xc0010133,
		0xc0010136, 0xc0011006,
	};
	const unsigned int n = sizeof(msrs) / sizeof(msrs[0]);
	uint64_t value;

	(void)state;
	machine_power_on(cpus, MACHINE_RMP_RAW);
	machine_add_cpu(cpus, 0);
	machine_add_cpu(cpus, 1);
	for (unsigned int i = 0; i < n; i++) {
		assert_true(machine_knows_msr(msrs[i]));
		assert_int_equal(machine_msr_write(cpus, 0, msrs[i], 100 + i), 0);
		assert_int_equal(machine_msr_write(firmware, 1, msrs[i], 200 + i), 0);
	}
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(machine_msr_read(firmware, 0, msrs[i], &value), 0);
		assert_int_equal(value, 100 + i);
		assert_int_equal(machine_msr_read(cpus, 1, msrs[i], &value), 0);
		assert_int_equal(value, 200 + i);
	}
}

static void what_is_not_there_has_no_value(void **state)
{
	uint64_t value = 1;

	(void)state;
	machine_power_on(cpus, MACHINE_RMP_RAW);
	assert_int_equal(machine_msr_read(firmware, 0, MSR_SYSCFG, &value), -ENOENT);
	machine_add_cpu(cpus, 0);
	assert_int_equal(machine_msr_read(firmware, 0, MSR_SYSCFG, &value), 0);
	assert_int_equal(machine_msr_read(firmware, 1, MSR_SYSCFG, &value), -ENOENT);
	assert_int_equal(machine_msr_read(firmware, 0, 0xc0000080, &value), -ENOENT);
	assert_int_equal(machine_msr_read(firmware, 0, 0x257, &value), -ENOENT);
	assert_int_equal(machine_msr_write(firmware, 0, 0x270, 1), -ENOENT);
	assert_int_equal(machine_msr_write(firmware, MACHINE_MAX_CPUS, MSR_SYSCFG, 1), -ENOENT);
	assert_false(machine_knows_msr(0xc0010134));
}

static void power_on_forgets(void **state)
{
	struct machine_range range = { 1, 2 };
	uint64_t value;

	(void)state;
	machine_power_on(cpus, MACHINE_RMP_RAW);
	assert_true(machine_is_on(firmware));
	machine_add_cpu(cpus, 1);
	machine_msr_write(cpus, 1, MSR_HWCR, 1);
	machine_note_wbinvd(cpus, 1);
	machine_set_ranges(cpus, &range, 1);
	assert_int_equal(machine_cpus(firmware), 2);
	assert_int_equal(machine_wbinvds(firmware, 1), 1);
	assert_int_equal(machine_wbinvds(firmware, 0), 0);
	machine_power_on(cpus, MACHINE_RMP_HIDDEN);
	assert_int_equal(machine_cpus(firmware), 0);
	assert_int_equal(machine_wbinvds(firmware, 1), 0);
	assert_int_equal(machine_get_range(firmware, 0, &range), -ENOENT);
	assert_int_equal(machine_form(firmware), MACHINE_RMP_HIDDEN);
	machine_add_cpu(cpus, 1);
	assert_int_equal(machine_msr_read(firmware, 1, MSR_HWCR, &value), 0);
	assert_int_equal(value, 0);
}

static void ranges_replace_each_other(void **state)
{
	struct machine_range range[MACHINE_MAX_RANGES + 1], got;

	(void)state;
	for (unsigned int i = 0; i <= MACHINE_MAX_RANGES; i++)
		range[i] = (struct machine_range){ 0x1000 * i, 0x2000 + i };
	machine_power_on(cpus, MACHINE_RMP_RAW);
	machine_set_ranges(cpus, range, MACHINE_MAX_RANGES + 1);
	assert_int_equal(machine_get_range(firmware, MACHINE_MAX_RANGES - 1, &got), 0);
	assert_int_equal(got.pa, 0x1000 * (MACHINE_MAX_RANGES - 1));
	assert_int_equal(machine_get_range(firmware, MACHINE_MAX_RANGES, &got), -ENOENT);
	machine_set_ranges(cpus, range + 3, 1);
	assert_int_equal(machine_get_range(firmware, 0, &got), 0);
	assert_int_equal(got.pa, 0x3000);
	assert_int_equal(got.len, 0x2003);
	assert_int_equal(machine_get_range(firmware, 1, &got), -ENOENT);
}

static int no_memory(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx, (void)pa, (void)buf, (void)len;
	return -EFAULT;
}

static void table_is_where_the_registers_of_the_cpu_say(void **state)
{
	const struct rmp_memory mem = { .read = no_memory };
	struct rmp rmp;

	(void)state;
	machine_power_on(cpus, MACHINE_RMP_HIDDEN);
	machine_add_cpu(cpus, 0);
	machine_add_cpu(cpus, 1);
	machine_msr_write(cpus, 0, MSR_RMP_BASE, 0x100000);
	machine_msr_write(cpus, 0, MSR_RMP_END, 0x1fffff);
	machine_msr_write(cpus, 1, MSR_RMP_CFG, 0x1e01);
	rmp_of_machine(&rmp, firmware, 0, &mem);
	assert_int_equal(rmp.base, 0x100000);
	assert_int_equal(rmp.end, 0x1fffff);
	assert_int_equal(rmp.cfg, 0);
	assert_int_equal(rmp.form, MACHINE_RMP_HIDDEN);
	rmp_of_machine(&rmp, firmware, 1, &mem);
	assert_int_equal(rmp.base, 0);
	assert_int_equal(rmp.cfg, 0x1e01);
}

static void a_lock_ends_with_the_process_that_has_it(void **state)
{
	pid_t pid;

	(void)state;
	machine_power_on(cpus, MACHINE_RMP_RAW);
	pid = fork();
	if (!pid) {
		machine_lock(cpus);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	machine_lock(firmware);
	machine_unlock(firmware);
}

static void a_file_of_another_kind_is_refused(void **state)
{
	(void)state;
	assert_int_equal(truncate(path, 10), 0);
	errno = 0;
	assert_null(machine_open(path));
	assert_int_equal(errno, EINVAL);
	assert_null(machine_open("/proc/no/such/file"));
}

static void a_state_without_a_file_is_not_shared(void **state)
{
	struct machine *alone = machine_open(NULL);

	(void)state;
	assert_non_null(alone);
	machine_power_on(alone, MACHINE_RMP_RAW);
	machine_power_on(cpus, MACHINE_RMP_RAW);
	machine_add_cpu(alone, 3);
	assert_int_equal(machine_cpus(alone), 4);
	assert_int_equal(machine_cpus(cpus), 0);
	machine_close(alone);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_are_per_cpu_and_seen_from_both_sides),
		TEST(what_is_not_there_has_no_value),
		TEST(power_on_forgets),
		TEST(ranges_replace_each_other),
		TEST(table_is_where_the_registers_of_the_cpu_say),
		TEST(a_lock_ends_with_the_process_that_has_it),
		TEST(a_file_of_another_kind_is_refused),
		TEST(a_state_without_a_file_is_not_shared),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
