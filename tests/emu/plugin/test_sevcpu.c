// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: what every SEV host has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_qemu.h"

static void encryption_leaf_says_what_was_configured(void **state)
{
	(void)state;
	boot("mode=host");
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX] & 0xf, 0xf);
	assert_int_equal(values[0][RBX], 51);
	assert_int_equal(values[0][RCX], 509);
	assert_int_equal(values[0][RDX], 100);

	boot("mode=host,cbit=47,reduction=5,asids=15,min-sev-asid=5,es=off");
	assert_true(cpuid(1, 0x8000001f, 7));
	assert_int_equal(values[1][RAX] & 0xf, 0x7);
	assert_int_equal(values[1][RBX], 47 | 5 << 6);
	assert_int_equal(values[1][RCX], 15);
	assert_int_equal(values[1][RDX], 5);

	boot("mode=host,sme=off,sev=off,es=off");
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX], 0);
	assert_int_equal(values[0][RCX], 0);
}

static void svm_has_what_kvm_demands(void **state)
{
	(void)state;
	boot("mode=host");
	assert_true(cpuid(0, 0x8000000a, 0));
	assert_int_equal(values[0][RDX] & 0xcb, 0xcb);
	assert_true(cpuid(0, 0x80000000, 0));
	assert_true(values[0][RAX] >= 0x8000001f && values[0][RAX] < 0x80000026);
	assert_memory_equal(&values[0][RBX], "Auth", 4);
	assert_memory_equal(&values[0][RDX], "enti", 4);
	assert_memory_equal(&values[0][RCX], "cAMD", 4);
}

static void other_leaves_and_instructions_are_left_to_qemu(void **state)
{
	static const uint32_t leaves[] = { 0, 1, 7, 0x80000001, 0x80000008, 0x80000022 };

	(void)state;
	boot("mode=host");
	for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		assert_false(cpuid(0, leaves[i], 0));
		assert_int_equal(values[0][RBX], 0xb);
		assert_int_equal(values[0][RDX], 0xd);
	}
	assert_false(run(0, "\x0f\xa3\xc0", 3, 0));
	assert_false(run(0, "\x0f", 1, 0));
	assert_false(run(0, "\x90", 1, 0));
}

static void msrs_are_per_cpu_and_bits_of_the_bios_stick(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
	assert_true(wrmsr(0, 0xc0010010, 0x1234500000000ull | 1u << 20));
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 0x1234500000000ull | 1u << 20 | 1u << 23);
	assert_true(rdmsr(1, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
	assert_true(wrmsr(1, 0xc0010015, 0));
	assert_true(rdmsr(1, 0xc0010015, &value));
	assert_int_equal(value, 1);
	assert_false(rdmsr(0, 0xc0000080, &value));
	assert_false(wrmsr(0, 0xc0000080, 1));

	boot("mode=host,sme=off,smm-lock=off");
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value & 1u << 23, 0);
	assert_true(rdmsr(0, 0xc0010015, &value));
	assert_int_equal(value, 0);
}

static void user_mode_can_read_cpuid_but_no_msr(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	values[0][CS] = 0x33;
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_false(rdmsr(0, 0xc0010010, &value));
	assert_false(wrmsr(0, 0xc0010010, 0));
	values[0][CS] = 0x10;
	assert_true(rdmsr(0, 0xc0010010, &value));
	assert_int_equal(value, 1u << 23);
}

static void next_instruction_is_the_one_after(void **state)
{
	(void)state;
	boot("mode=host");
	/* Translated at an alias, and rip is still that of the start of the block. */
	values[0][RIP] = 0xffffffff81000f80;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0x7fc4));
	assert_true(new_pc == 0xffffffff81000fc6);
	/* The block goes on in the next page. */
	values[0][RIP] = 0xffffffff81000ff0;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0x8004));
	assert_true(new_pc == 0xffffffff81001006);
	/* Real mode: the address is linear, the instruction pointer is not. */
	values[0][CR0] = 0;
	values[0][CS] = 0xf123;
	values[0][RIP] = 0x0ff0;
	values[0][RAX] = 0x8000001f;
	assert_true(run(0, "\x0f\xa2", 2, 0xf1230 + 0x0ffa));
	assert_true(new_pc == 0x0ffc);
}

static void real_mode_has_privilege(void **state)
{
	uint64_t value;

	(void)state;
	boot("mode=host");
	values[0][CR0] = 0;
	values[0][CS] = 0xf003;
	assert_true(rdmsr(0, 0xc0010015, &value));
	assert_int_equal(value, 1);
}

static void instructions_are_counted_on_request(void **state)
{
	(void)state;
	boot("mode=host,count=off");
	assert_false(cpuid(0, 0x53455600, 0));
	boot("mode=host,count=on");
	for (int i = 0; i < 10; i++)
		run(0, "\x90", 1, 0);
	for (int i = 0; i < 5; i++)
		run(1, "\x90", 1, 0);
	scoreboard.value[2] = 1ull << 32;
	assert_true(cpuid(0, 0x53455600, 0));
	assert_int_equal(values[0][RAX], 16);
	assert_int_equal(values[0][RDX], 1);
	assert_int_equal(values[0][RBX], 0x43564553);
	assert_true(cpuid(1, 0x53455600, 1));
	assert_int_equal(values[1][RAX], 6);
	assert_int_equal(values[1][RDX], 0);
}

static void other_machines_and_interfaces_are_refused(void **state)
{
	char args[] = "mode=host";

	(void)state;
	assert_int_equal(install(8, 8, "x86_64", args), -1);
	assert_int_equal(install(6, 8, "x86_64", args), -1);
	assert_int_equal(install(4, 6, "x86_64", args), -1);
	assert_int_equal(install(7, 7, "aarch64", args), -1);
	assert_int_equal(qemu_plugin_version, 7);
}

static void bad_options_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "cbit=51", "mode=none", "mode", "mode=host,cbit=3", "mode=host,cbit=",
		"mode=host,es", "mode=host,es=maybe", "mode=host,asids=99999",
		"mode=host,asids=1x", "mode=host,what=on", "mode=host,sevens=on",
		"mode=host,snp=1", "mode=host,rmp-base=", "mode=host,rmp-base=0x1z",
		"mode=host,rmp-shift=29", "mode=host,machine=", "mode=host,machine=/no/such/file",
		"mode=host,msr=", "mode=host,msr=0:c0010010", "mode=host,msr=65:c0010010:0",
		"mode=host,msr=0:c0000080:0", "mode=host,stuck=all:c0010010:1:2",
		"mode=guest,family=0x17", "mode=guest,api=1.50.1", "mode=guest,api=1.55",
		"mode=guest,api=1.55.256", "mode=guest,api=2.55.21", "mode=guest,api=1.55.21x",
		"mode=guest,answer=",
		"mode=guest,answer=kind", "mode=guest,answer=busy:", "mode=guest,answer=busy:1:",
		"mode=guest,answer=busy:1:2:3", "mode=guest,answer=busy:x",
		"mode=guest,vmpl=4", "mode=guest,host-data=00", "mode=guest,policy=x",
		"mode=guest,host-data=-111111122222222333333334444444455555555666666667777777788888888",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char args[120];

		snprintf(args, sizeof(args), "%s", bad[i]);
		assert_int_equal(install(7, 7, "x86_64", args), -1);
	}
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(svm_has_what_kvm_demands),
		TEST(encryption_leaf_says_what_was_configured),
		TEST(other_leaves_and_instructions_are_left_to_qemu),
		TEST(msrs_are_per_cpu_and_bits_of_the_bios_stick),
		TEST(user_mode_can_read_cpuid_but_no_msr),
		TEST(next_instruction_is_the_one_after),
		TEST(real_mode_has_privilege),
		TEST(other_machines_and_interfaces_are_refused),
		TEST(bad_options_are_refused),
		TEST(instructions_are_counted_on_request),
	};

	return cmocka_run_group_tests_name("sevcpu", tests, NULL, NULL);
}
