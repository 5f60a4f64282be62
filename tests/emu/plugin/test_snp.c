// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: what an SNP host has on top. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/rmp.h"
#include "test_qemu.h"

#define MILAN	"mode=host,snp=on,rmp-base=0x20000000,rmp-size=0x404000,top-mem=0x40000000"
#define TURIN	"mode=host,snp=on,rmpread=on,rmp-shift=30,rmp-base=0x20000000,rmp-size=0xa00000"
#define SNP	(1ull << 24)
#define LARGE	0x200000ull

static uint64_t msr(unsigned int vcpu, uint32_t index)
{
	uint64_t value = 0;

	assert_true(rdmsr(vcpu, index, &value));
	return value;
}

static void snp_on(void)
{
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		assert_true(wrmsr(i, 0xc0010010, msr(i, 0xc0010010) | SNP));
}

/* RMPUPDATE; false when it was left to QEMU, which raises #UD. */
static bool rmpupdate(uint64_t pa, uint64_t gpa, uint32_t flags, uint32_t asid)
{
	memset(fake_page, 0, sizeof(fake_page));
	memcpy(fake_page, &gpa, 8);
	memcpy(fake_page + 8, &flags, 4);
	memcpy(fake_page + 12, &asid, 4);
	values[1][RAX] = pa;
	values[1][RCX] = FAKE_PAGE;
	return run(1, "\xf2\x0f\x01\xfe", 4, 0);
}

static bool rmpread(uint64_t pa)
{
	memset(fake_page, 0xee, sizeof(fake_page));
	values[0][RAX] = pa;
	values[0][RCX] = FAKE_PAGE;
	return run(0, "\xf2\x0f\x01\xfd", 4, 0);
}

static bool psmash(uint64_t pa)
{
	values[0][RAX] = pa;
	return run(0, "\xf3\x0f\x01\xff", 4, 0);
}

static uint64_t raw(uint64_t pa)
{
	uint64_t word;

	memcpy(&word, fake_ram + RMP_BOOKKEEPING + pa / 256, sizeof(word));
	return word;
}

static void processors_say_what_they_have(void **state)
{
	(void)state;
	boot(MILAN);
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX] & (1 << 4 | 1 << 21 | 1 << 23), 1 << 4);
	assert_int_equal(values[0][RBX] >> 12 & 0xf, 4);
	assert_true(cpuid(0, 0x80000000, 0));
	assert_int_equal(values[0][RAX], 0x80000021);
	assert_false(cpuid(0, 0x80000025, 0));

	boot(TURIN);
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX] & (1 << 4 | 1 << 21 | 1 << 23), 1 << 4 | 1 << 21 | 1 << 23);
	assert_true(cpuid(0, 0x80000000, 0));
	assert_int_equal(values[0][RAX], 0x80000025);
	assert_true(cpuid(0, 0x80000025, 0));
	assert_true((values[0][RAX] & 0x3f) <= 30 && (values[0][RAX] >> 6 & 0x3f) >= 30);
	assert_true(cpuid(0, 0x80000023, 0));
	assert_int_equal(values[0][RAX] | values[0][RBX] | values[0][RDX], 0);

	boot("mode=host,snp=off,rmpread=off");
	assert_true(cpuid(0, 0x8000001f, 0));
	assert_int_equal(values[0][RAX] & 1 << 4, 0);
}

static void registers_are_as_the_bios_leaves_them(void **state)
{
	uint64_t value;

	(void)state;
	boot(MILAN);
	assert_int_equal(msr(0, 0xc0010132), 0x20000000);
	assert_int_equal(msr(3, 0xc0010133), 0x20403fff);
	assert_int_equal(msr(0, 0xc0010136), 0);
	assert_int_equal(msr(0, 0xc001001a), 0x40000000);
	assert_int_equal(msr(0, 0xc0011006), 0);
	boot(TURIN);
	assert_int_equal(msr(0, 0xc0010132), 0x20000000);
	assert_int_equal(msr(0, 0xc0010133), 0);
	assert_int_equal(msr(0, 0xc0010136), 30 << 8 | 1);
	boot("mode=host,snp=off,rmpread=off");
	assert_false(rdmsr(0, 0xc0010132, &value));
	assert_false(wrmsr(0, 0xc0010117, 0));
}

static void software_may_move_the_table_until_snp_is_on(void **state)
{
	(void)state;
	boot(MILAN);
	assert_true(wrmsr(1, 0xc0010132, 0x30000000));
	assert_int_equal(msr(1, 0xc0010132), 0x30000000);
	assert_int_equal(msr(0, 0xc0010132), 0x20000000);
	snp_on();
	assert_true(wrmsr(1, 0xc0010132, 0x20000000));
	assert_int_equal(msr(1, 0xc0010132), 0x30000000);
	assert_true(wrmsr(1, 0xc0010010, 1 << 19));
	assert_int_equal(msr(1, 0xc0010010), SNP | 1 << 23 | 1 << 19);
}

static void qemu_is_told_of_registers_that_it_has(void **state)
{
	(void)state;
	boot(MILAN);
	assert_false(wrmsr(2, 0xc0010117, 0x5000));
	assert_int_equal(msr(2, 0xc0010117), 0x5000);
	assert_int_equal(msr(1, 0xc0010117), 0);
	assert_false(wrmsr(2, 0x26f, 0x0606060606060606));
	assert_int_equal(msr(2, 0x26f), 0x0606060606060606);
}

static void registers_of_the_bios_survive_the_emulators_own(void **state)
{
	const uint64_t real = 0x1e1e1e1e1e1e1e1e;

	(void)state;
	boot(MILAN ",msr=all:250:1e1e1e1e1e1e1e1e,msr=1:268:1515151515151515");
	assert_int_equal(msr(0, 0xc0010010), 0xf40000);
	/* SeaBIOS, without paging: QEMU hears of it, nobody else does */
	values[0][CR0] = 1;
	assert_false(wrmsr(0, 0x250, 0x0606060606060606));
	assert_false(wrmsr(0, 0x258, 0x0606060606060606));
	values[0][CR0] = 0x80000001;
	/* where reads and writes go is only seen with MtrrFixDramModEn */
	assert_int_equal(msr(0, 0x250), 0x0606060606060606);
	assert_int_equal(msr(1, 0x268), 0x0505050505050505);
	assert_int_equal(msr(0, 0x258), 0x0606060606060606);
	assert_true(wrmsr(0, 0xc0010010, msr(0, 0xc0010010) | 1 << 19 | SNP | 1 << 25));
	assert_int_equal(msr(0, 0xc0010010), 0x3fc0000);
	assert_int_equal(msr(0, 0x250), real);
	assert_int_equal(msr(2, 0x250), 0x0606060606060606);
	/* a kernel may change them */
	assert_false(wrmsr(0, 0x250, 0x1c1c1c1c1c1c1c1c));
	assert_int_equal(msr(0, 0x250), 0x1c1c1c1c1c1c1c1c);
	/* but not what it can't see */
	assert_false(wrmsr(2, 0x250, 0));
	assert_int_equal(msr(2, 0x250), 0);
	assert_true(wrmsr(2, 0xc0010010, msr(2, 0xc0010010) | 1 << 19));
	assert_int_equal(msr(2, 0x250), 0x1818181818181818);
	/* with memory encryption on KVM's page has the C-bit */
	assert_false(wrmsr(0, 0xc0010117, 1ull << 51 | 0x5000));
	assert_int_equal(msr(0, 0xc0010117), 1ull << 51 | 0x5000);
}

static void one_cpu_can_differ(void **state)
{
	(void)state;
	boot(MILAN ",msr=1:c0010015:0,msr=all:c0010117:7000,stuck=2:c0010010:80000");
	assert_int_equal(msr(0, 0xc0010015), 1);
	assert_int_equal(msr(1, 0xc0010015), 0);
	assert_int_equal(msr(3, 0xc0010117), 0x7000);
	assert_true(wrmsr(1, 0xc0010010, 3 << 19));
	assert_true(wrmsr(2, 0xc0010010, 3 << 19));
	assert_int_equal(msr(1, 0xc0010010) >> 19 & 3, 3);
	assert_int_equal(msr(2, 0xc0010010) >> 19 & 3, 2);
	assert_int_equal(msr(3, 0xc0010010) >> 19 & 3, 2);
}

static void pages_change_hands_in_the_table(void **state)
{
	(void)state;
	boot(MILAN);
	assert_false(rmpupdate(0x3000, 0, 0x010001, 0));
	snp_on();
	assert_true(rmpupdate(0x3000, 0, 0x010001, 0));
	assert_int_equal(values[1][RAX], RMP_SUCCESS);
	assert_int_equal(raw(0x3000), 5);
	assert_true(rmpupdate(0x3000, 0, 0, 0));
	assert_int_equal(values[1][RAX], RMP_FAIL_PERMISSION);
	assert_true(rmpupdate(LARGE, 4 * LARGE, 0x000101, 7));
	assert_int_equal(values[1][RAX], RMP_SUCCESS);
	assert_true(rmpupdate(LARGE + 0x1000, 0, 0x000001, 7));
	assert_int_equal(values[1][RAX], RMP_FAIL_OVERLAP);
	assert_true(psmash(LARGE));
	assert_int_equal(values[0][RAX], RMP_SUCCESS);
	assert_int_equal(raw(LARGE + 0x1000), 1 | (4 * LARGE + 0x1000) | 7ull << 51);
	assert_true(rmpupdate(LARGE + 0x1000, 0, 0, 0));
	assert_int_equal(values[1][RAX], RMP_SUCCESS);
	assert_true(rmpupdate(0x40000000, 0, 0x010001, 0));
	assert_int_equal(values[1][RAX], RMP_FAIL_INPUT);
	assert_false(rmpread(0x3000));
	values[1][RCX] = 0;
	assert_false(run(1, "\xf2\x0f\x01\xfe", 4, 0));
}

static void turin_has_segments_and_rmpread(void **state)
{
	uint64_t segment[3];

	(void)state;
	boot(TURIN);
	assert_int_equal(msr(0, 0xc0010132), 0x20000000);
	memcpy(segment, fake_ram + RMP_BOOKKEEPING, sizeof(segment));
	assert_int_equal(segment[0], 0x20200001);
	assert_int_equal(segment[1], 0x20600001);
	assert_int_equal(segment[2], 0);
	assert_false(rmpread(0x3000));
	snp_on();
	assert_true(rmpupdate(0x40003000, 0x9000, 0x000001, 7));
	assert_int_equal(values[1][RAX], RMP_SUCCESS);
	assert_true(rmpread(0x40003000));
	assert_int_equal(values[0][RAX], RMP_SUCCESS);
	assert_int_equal(fake_page[1], 0x90);
	assert_int_equal(fake_page[8], 1);
	assert_int_equal(fake_page[12], 7);
	assert_true(rmpread(0x80000000));
	assert_int_equal(values[0][RAX], RMP_FAIL_INPUT);
	values[0][RAX] = 0x3000;
	values[0][RCX] = 0;
	assert_false(run(0, "\xf2\x0f\x01\xfd", 4, 0));
}

static void turin_can_have_one_table(void **state)
{
	(void)state;
	boot(TURIN ",rmp-shift=0");
	assert_int_equal(msr(0, 0xc0010133), 0x209fffff);
	assert_int_equal(msr(0, 0xc0010136), 0);
	assert_int_equal(fake_ram[RMP_BOOKKEEPING + 2], 0);
	snp_on();
	assert_true(rmpupdate(0x3000, 0, 0x010001, 0));
	assert_int_equal(raw(0x3000), 0);
	assert_true(rmpread(0x3000));
	assert_int_equal(fake_page[8] | fake_page[10] << 1, 3);
}

static void the_bios_writes_segments_only_once(void **state)
{
	(void)state;
	boot(TURIN);
	msr(0, 0xc0010132);
	memset(fake_ram, 0, sizeof(fake_ram));
	msr(1, 0xc0010132);
	assert_int_equal(fake_ram[RMP_BOOKKEEPING + 2], 0);
	boot(TURIN);
	wrmsr(0, 0xc0010132, 0x20100000);
	msr(0, 0xc0010132);
	assert_int_equal(fake_ram[RMP_BOOKKEEPING + 2], 0);
}

/* A page of a guest, which the guest alone may adjust or validate. */
static void guests_instructions_are_none_on_a_host(void **state)
{
	static const char * const families[] = { MILAN, TURIN ",rmp-shift=0" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t before[16];

		boot(families[i]);
		snp_on();
		assert_true(rmpupdate(0x3000, 0x5000, 0x000001, 7));
		memcpy(before, fake_ram + RMP_BOOKKEEPING + 3 * RMP_ENTRY_SIZE, sizeof(before));
		values[0][RAX] = 0x3000;
		assert_false(run(0, "\xf3\x0f\x01\xfe", 4, 0));	/* RMPADJUST */
		assert_false(run(0, "\xf2\x0f\x01\xff", 4, 0));	/* PVALIDATE */
		assert_int_equal(values[0][RAX], 0x3000);
		assert_memory_equal(before, fake_ram + RMP_BOOKKEEPING + 3 * RMP_ENTRY_SIZE,
				    sizeof(before));
	}
}

static void user_mode_is_left_to_qemu(void **state)
{
	(void)state;
	boot(TURIN);
	snp_on();
	values[0][CS] = 0x33;
	assert_false(psmash(0));
	assert_false(rmpread(0x3000));
	boot("mode=host,snp=off,rmpread=off");
	assert_true(wrmsr(0, 0xc0010010, SNP));
	assert_false(psmash(0));
}

/* The state as the firmware sees it. */
static struct machine *boot_shared(const char *options)
{
	char path[] = "/tmp/plugin-test-XXXXXX", args[200];
	struct machine *seen;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	snprintf(args, sizeof(args), "%s,machine=%s", options, path);
	boot(args);
	seen = machine_open(path);
	unlink(path);
	assert_non_null(seen);
	return seen;
}

static void firmware_sees_registers_and_changes_them(void **state)
{
	struct machine *seen = boot_shared(MILAN);
	uint64_t value;

	(void)state;
	assert_int_equal(machine_cpus(seen), FAKE_VCPUS);
	snp_on();
	assert_int_equal(machine_msr_read(seen, 2, MSR_SYSCFG, &value), 0);
	assert_int_equal(value, SNP | 0xf40000);
	assert_int_equal(machine_msr_write(seen, 2, MSR_SYSCFG, 1 << 23), 0);
	assert_int_equal(msr(2, 0xc0010010), 1 << 23);
	machine_close(seen);
}

static void firmware_learns_at_wbinvd_where_the_iommu_writes(void **state)
{
	const uint64_t ring = FAKE_RAM + 0x800000, cbit = 1ull << 51;
	/* INVALIDATE_DEVTAB, then COMPLETION_WAIT: with a store (twice), with an interrupt only */
	const uint64_t commands[][2] = {
		{ 2ull << 60, 0 }, { 1ull << 60 | 0x7008 | 1, 1 }, { 1ull << 60 | 0x7010 | 1, 2 },
		{ 1ull << 60 | 0x9000 | 2, 3 },
	};
	struct machine *seen = boot_shared(MILAN);
	struct machine_range range;

	(void)state;
	fake_iommu[1] = ring | 9ull << 56;
	fake_iommu[2] = 0x100000 | cbit | 15ull << 56;
	memcpy(fake_ram + 0x800000, commands, sizeof(commands));
	assert_false(run(0, "\x0f\x09", 2, 0));
	assert_int_equal(machine_wbinvds(seen, 0), 1);
	assert_int_equal(machine_get_range(seen, 0, &range), -2);
	snp_on();
	assert_false(run(3, "\x0f\x09", 2, 0));
	assert_int_equal(machine_wbinvds(seen, 3), 1);
	assert_int_equal(machine_wbinvds(seen, 1), 0);
	assert_int_equal(machine_get_range(seen, 0, &range), 0);
	assert_int_equal(range.pa, 0x100000);
	assert_int_equal(range.len, 0x80000);
	assert_int_equal(machine_get_range(seen, 1, &range), 0);
	assert_int_equal(range.pa, 0x7000);
	assert_int_equal(range.len, 0x1000);
	assert_int_equal(machine_get_range(seen, 2, &range), -2);
	fake_iommu[7] = 0x200000 | 8ull << 56;
	fake_iommu[2] = 0;
	run(0, "\x0f\x09", 2, 0);
	assert_int_equal(machine_get_range(seen, 0, &range), 0);
	assert_int_equal(range.pa, 0x200000);
	assert_int_equal(range.len, 0x1000);
	machine_close(seen);
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(processors_say_what_they_have),
		TEST(registers_are_as_the_bios_leaves_them),
		TEST(software_may_move_the_table_until_snp_is_on),
		TEST(qemu_is_told_of_registers_that_it_has),
		TEST(registers_of_the_bios_survive_the_emulators_own),
		TEST(one_cpu_can_differ),
		TEST(pages_change_hands_in_the_table),
		TEST(turin_has_segments_and_rmpread),
		TEST(turin_can_have_one_table),
		TEST(the_bios_writes_segments_only_once),
		TEST(guests_instructions_are_none_on_a_host),
		TEST(user_mode_is_left_to_qemu),
		TEST(firmware_sees_registers_and_changes_them),
		TEST(firmware_learns_at_wbinvd_where_the_iommu_writes),
	};

	return cmocka_run_group_tests_name("snp", tests, NULL, NULL);
}
