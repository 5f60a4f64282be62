// SPDX-License-Identifier: GPL-2.0-only
/* Stores to memory that QEMU has mapped, with pages that change hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/caches.h"
#include "machine/pages.h"
#include "sev/ops.h"
#include "test_end.h"
#include "test_qemu.h"

#define TABLE		0x20000000ull
#define MEMORY		0x20800000ull
#define HOST		"mode=host,snp=on,rmp-base=0x20000000,rmp-size=0x404000,top-mem=0x20800000"
#define SNP		(1ull << 24)
#define LARGE		0x200000ull
#define PAGE		0x5000ull
#define OTHER_CPU	1

/* Fields of RMPUPDATE's operand */
#define ASSIGNED	0x000001u
#define SIZE_2M		0x000100u
#define IMMUTABLE	0x010000u

static uint8_t *memory;
static int memory_file;
static char state_file[32];
static struct machine *firmware;
static uint64_t victim;

static int setup(void **state)
{
	int fd;

	snprintf(state_file, sizeof(state_file), "/tmp/plugin-test-XXXXXX");
	fd = mkstemp(state_file);
	if (restore_defaults(state) || fd < 0)
		return -1;
	close(fd);
	memory_file = memfd_create("machine", 0);
	if (memory_file < 0 || ftruncate(memory_file, MEMORY))
		return -1;
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, memory_file, 0);
	return memory == MAP_FAILED;
}

static int teardown(void **state)
{
	machine_close(firmware);
	firmware = NULL;
	restore_defaults(state);
	boot("mode=host,snp=off");
	munmap(memory, MEMORY);
	return close(memory_file) | unlink(state_file);
}

/* Not before the test has begun, as cmocka then has handlers of its own for a moment. */
static void power_on(void)
{
	char options[300];

	snprintf(options, sizeof(options), HOST ",machine=%s,ram=/dev/fd/%d", state_file,
		 memory_file);
	boot(options);
	firmware = machine_open(state_file);
	assert_non_null(firmware);
	fake_stores_by_cpu = true;
}

static void snp_on(void)
{
	uint64_t value;

	for (unsigned int i = 0; i < FAKE_VCPUS; i++) {
		assert_true(rdmsr(i, 0xc0010010, &value));
		assert_true(wrmsr(i, 0xc0010010, value | SNP));
	}
}

static void rmpupdate(uint64_t pa, uint64_t gpa, uint32_t flags, uint32_t asid)
{
	memset(fake_page, 0, sizeof(fake_page));
	memcpy(fake_page, &gpa, 8);
	memcpy(fake_page + 8, &flags, 4);
	memcpy(fake_page + 12, &asid, 4);
	values[OTHER_CPU][RAX] = pa;
	values[OTHER_CPU][RCX] = FAKE_PAGE;
	assert_true(run(OTHER_CPU, "\xf2\x0f\x01\xfe", 4, 0));
	assert_int_equal(values[OTHER_CPU][RAX], RMP_SUCCESS);
}

static void psmash(uint64_t pa)
{
	values[0][RAX] = pa;
	assert_true(run(0, "\xf3\x0f\x01\xff", 4, 0));
	assert_int_equal(values[0][RAX], RMP_SUCCESS);
}

static void store(uint64_t pa)
{
	__atomic_store_n(memory + pa, 0x5a, __ATOMIC_SEQ_CST);
	assert_int_equal(memory[pa], 0x5a);
}

static void store_to_victim(void)
{
	store(victim);
}

static void punished(uint64_t pa, const char *sentence)
{
	victim = pa;
	ends(store_to_victim, sentence);
}

/* What the firmware, another process, sees of the memory. */
static int firmware_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	return pread(memory_file, buf, len, (off_t)pa) == (ssize_t)len ? 0 : -1;
}

static int firmware_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	(void)ctx;
	return pwrite(memory_file, buf, len, (off_t)pa) == (ssize_t)len ? 0 : -1;
}

static void firmware_takes(uint64_t pa, uint64_t len, bool take)
{
	const struct rmp_memory mem = { firmware_read, firmware_write, NULL };
	const struct fw_rmp_entry entry = { .assigned = take, .immutable = take };
	struct rmp rmp;

	rmp_of_machine(&rmp, firmware, 0, &mem);
	machine_lock(firmware);
	for (uint64_t off = 0; off < len; off += MACHINE_PAGE)
		assert_int_equal(rmp_put(&rmp, pa + off, &entry), 0);
	machine_note_pages(firmware, &rmp, pa, len, MACHINE_BY_FIRMWARE,
			   take ? SNP_OP_INIT_EX : SNP_OP_PAGE_RECLAIM);
	machine_unlock(firmware);
	machine_settle(firmware);
}

static void a_page_that_is_given_away_is_not_written_to(void **state)
{
	(void)state;
	power_on();
	snp_on();
	rmpupdate(PAGE, 0, ASSIGNED | IMMUTABLE, 0);
	store(PAGE - 1);
	store(PAGE + MACHINE_PAGE);
	assert_int_equal(memory[PAGE], 0);
	punished(PAGE + 0x18, "CPU 3 wrote to page 0x5000 at 0x5018, which is not the kernel's: ");
	punished(PAGE, "state Firmware since RMPUPDATE on CPU 1\n");
	rmpupdate(2 * PAGE, 0x7000, ASSIGNED, 7);
	punished(2 * PAGE, "state Guest-Invalid since RMPUPDATE on CPU 1");
}

static void a_page_that_comes_back_is(void **state)
{
	(void)state;
	power_on();
	snp_on();
	rmpupdate(PAGE, 0, ASSIGNED, 0);
	punished(PAGE, "state Reclaim since RMPUPDATE on CPU 1");
	rmpupdate(PAGE, 0, 0, 0);
	store(PAGE);
	rmpupdate(PAGE, 0, IMMUTABLE, 0);	/* HV-Fixed stays the kernel's */
	store(PAGE);
}

static void large_pages_count_as_a_whole_until_they_are_smashed(void **state)
{
	(void)state;
	power_on();
	snp_on();
	rmpupdate(LARGE, 4 * LARGE, ASSIGNED | SIZE_2M, 7);
	store(LARGE - 1);
	store(2 * LARGE);
	punished(LARGE, "state Guest-Invalid");
	punished(2 * LARGE - 1, "page 0x3ff000");
	psmash(LARGE);
	punished(LARGE + 0x1000, "state Guest-Invalid since RMPUPDATE on CPU 1");
	rmpupdate(LARGE + 0x1000, 0, 0, 0);
	store(LARGE + 0x1000);
	punished(LARGE, "page 0x200000");
	punished(LARGE + 0x2000, "page 0x202000");
	rmpupdate(3 * LARGE, 4 * LARGE, ASSIGNED | SIZE_2M, 7);
	rmpupdate(3 * LARGE, 0, SIZE_2M, 0);
	store(3 * LARGE);
	store(4 * LARGE - 1);
}

static void what_the_firmware_takes_counts_before_it_says_so(void **state)
{
	(void)state;
	power_on();
	snp_on();
	firmware_takes(TABLE, 0x404000, true);
	firmware_takes(PAGE, 0x2000, true);
	punished(PAGE + 0x1000, "state Firmware since SNP_INIT_EX");
	punished(TABLE + 0x4000, "page 0x20004000 at 0x20004000");
	rmpupdate(4 * PAGE, 0, ASSIGNED | IMMUTABLE, 0);	/* the table is still written */
	punished(4 * PAGE, "RMPUPDATE on CPU 1");
	firmware_takes(PAGE, 0x1000, false);
	store(PAGE);
	punished(PAGE + 0x1000, "state Firmware since SNP_INIT_EX");
}

static void the_table_counts_while_snp_is_on(void **state)
{
	const uint64_t assigned = 1;

	(void)state;
	power_on();
	firmware_write(NULL, TABLE + 0x4000 + 16 * (PAGE >> 12), &assigned, sizeof(assigned));
	store(PAGE);
	snp_on();
	punished(PAGE, "state Reclaim since SNP was turned on by CPU 0");
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		machine_msr_write(firmware, i, MSR_SYSCFG, 0);
	machine_lock(firmware);
	machine_note_all(firmware);
	machine_unlock(firmware);
	machine_settle(firmware);
	store(PAGE);
	snp_on();
	punished(PAGE, "SNP was turned on");
}

static void devices_are_stopped_but_iommus_use_their_buffers(void **state)
{
	const struct machine_range range = { PAGE, MACHINE_PAGE };

	(void)state;
	power_on();
	snp_on();
	rmpupdate(PAGE, 0, ASSIGNED | IMMUTABLE, 0);
	rmpupdate(2 * PAGE, 0, ASSIGNED | IMMUTABLE, 0);
	machine_set_ranges(firmware, &range, 1);
	fake_stores_by_cpu = false;
	punished(2 * PAGE, "a device wrote to page 0xa000");
	for (unsigned int i = 0; i < 3; i++)
		store(PAGE + 8 * i);
	fake_stores_by_cpu = true;
	punished(PAGE, "CPU 3 wrote to page 0x5000");
}

static void put(uint64_t pa, uint64_t value)
{
	assert_int_equal(firmware_write(NULL, pa, &value, sizeof(value)), 0);
}

/* Page tables of a kernel: memory by pages of 2 MiB, from the third GiB of an entry on. */
static void map_memory(void)
{
	const uint64_t tables = 0x10000000, gib = tables + 0x1000, large = tables + 0x2000;

	put(tables + 300 * 8, gib | 3);
	put(gib + 3 * 8, large | 3);
	for (uint64_t i = 0; i < MEMORY / LARGE; i++)
		put(large + i * 8, i * LARGE | 0x83);
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		values[i][CR3] = tables;
}

/* One page of 2 MiB becomes 512. */
static void split(uint64_t pa)
{
	const uint64_t large = 0x10002000, small = 0x10003000;

	for (uint64_t i = 0; i < 512; i++)
		put(small + i * 8, ((pa & -LARGE) + i * MACHINE_PAGE) | 3);
	put(large + pa / LARGE * 8, small | 3);
}

static void give_small_page(void)
{
	rmpupdate(victim, 0, ASSIGNED | IMMUTABLE, 0);
}

static void a_large_mapping_must_not_cover_a_page_that_is_given_away(void **state)
{
	(void)state;
	power_on();
	map_memory();
	snp_on();
	victim = PAGE;
	ends(give_small_page, "(state Firmware since RMPUPDATE on CPU 1), but the kernel maps it");
	rmpupdate(LARGE, 0, ASSIGNED | IMMUTABLE | SIZE_2M, 0);
	split(PAGE);
	victim = 2 * PAGE;
	give_small_page();
	punished(2 * PAGE, "is not the kernel's: state Firmware");
}

/* A kernel that unpacks itself uses five levels, where the CPU has them. */
static void five_levels(uint64_t top)
{
	put(top + 400 * 8, 0x10000000 | 3);
	for (unsigned int i = 0; i < FAKE_VCPUS; i++) {
		values[i][CR3] = top;
		values[i][CR4] = 1 << 12;
	}
}

static void mappings_of_five_levels_are_seen(void **state)
{
	(void)state;
	power_on();
	map_memory();
	five_levels(0x10004000);
	snp_on();
	victim = PAGE;
	ends(give_small_page, "but the kernel maps it and its neighbours by one page of 2 MiB");
	split(PAGE);
	victim = 2 * PAGE;
	give_small_page();
}

static void tables_of_a_kernel_that_is_gone_say_nothing(void **state)
{
	(void)state;
	power_on();
	map_memory();
	snp_on();
	split(PAGE);
	/* Its successor has five levels, and uses the memory for something else. */
	put(0x10000000 + 300 * 8, 0);
	put(0x10001000 + 3 * 8, 0x83);
	five_levels(0x10004000);
	victim = PAGE;
	give_small_page();
}

static void the_firmware_may_take_all_of_a_large_mapping(void **state)
{
	(void)state;
	power_on();
	map_memory();
	snp_on();
	firmware_takes(3 * LARGE, LARGE, true);
	punished(3 * LARGE, "state Firmware since SNP_INIT_EX");
	split(PAGE);
	firmware_takes(PAGE, 0x2000, true);
}

static void another_kernel_may_find_it_so(void **state)
{
	(void)state;
	power_on();
	map_memory();
	snp_on();
	split(PAGE);
	firmware_takes(PAGE, 0x1000, true);
	map_memory();
	firmware_takes(PAGE, 0x1000, true);
	punished(PAGE, "state Firmware since SNP_INIT_EX");
}

static void firmware_wrote(uint64_t pa, uint64_t len)
{
	machine_lock(firmware);
	machine_dirty(firmware, pa, len, MACHINE_WROTE_TMR);
	machine_unlock(firmware);
	machine_settle(firmware);
}

static void wbinvd(unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		assert_false(run(i, "\x0f\x09", 2, 0));
}

static void memory_that_may_be_in_caches_is_not_written_to(void **state)
{
	(void)state;
	power_on();
	snp_on();
	wbinvd(0, FAKE_VCPUS);
	firmware_wrote(PAGE, 2 * MACHINE_PAGE);
	punished(PAGE, "CPU 3 wrote to page 0x5000 at 0x5000, which may still be in caches: ");
	punished(PAGE, "it was the firmware's trusted memory region, and CPU 0 has not written");
	wbinvd(0, 2);
	punished(PAGE + MACHINE_PAGE, "CPU 2 has not");
	wbinvd(2, 1);
	assert_false(run(3, "\xf3\x0f\x09", 3, 0));	/* WBNOINVD */
	store(PAGE);
	store(PAGE + MACHINE_PAGE);
	rmpupdate(PAGE, 0, ASSIGNED | IMMUTABLE, 0);
}

static void nor_is_it_handed_over(void **state)
{
	(void)state;
	power_on();
	snp_on();
	firmware_wrote(PAGE, MACHINE_PAGE);
	victim = PAGE;
	ends(give_small_page, "RMPUPDATE on CPU 1), but may still be in caches");
	/* CPU 2 is off: it waits for nothing but somebody to start it. */
	wbinvd(0, 4);
	assert_false(run(2, "\xf4", 1, 0));
	victim = 2 * PAGE;
	firmware_wrote(victim, MACHINE_PAGE);
	wbinvd(0, 2);
	wbinvd(3, 1);
	give_small_page();
}

/* Each in a form of its own: by RDI, R8 with REX, RBX + RCX * 8 + 64, and relative to RIP. */
static const struct {
	const char *code;
	size_t len;
} flushes[] = {
	{ "\x0f\xae\x3f", 3 },
	{ "\x66\x41\x0f\xae\x38", 5 },
	{ "\x3e\x0f\xae\x7c\xcb\x40", 6 },
	{ "\x66\x0f\xae\x3d\x00\x00\x00\x00", 8 },
};

static void flush(unsigned int form, unsigned int line)
{
	const uint64_t at = FAKE_PAGE + 0x800, to = FAKE_PAGE + 64 * line;
	int32_t distance = (int32_t)(to - at - 8);

	memcpy(fake_page + 0x800, flushes[form].code, flushes[form].len);
	memcpy(fake_page + 0x804, &distance, form == 3 ? sizeof(distance) : 0);
	values[0][RIP] = at;
	values[0][RDI] = to;
	values[0][R8] = to;
	values[0][RBX] = to - 64 - 8 * line;
	values[0][RCX] = line;
	assert_false(run(0, flushes[form].code, flushes[form].len, at));
}

static void lines_are_written_back_one_by_one(void **state)
{
	(void)state;
	power_on();
	snp_on();
	fake_translation = PAGE;
	for (unsigned int form = 0; form < 4; form++) {
		firmware_wrote(PAGE, MACHINE_PAGE);
		for (unsigned int line = 0; line < 64; line++)
			if (line != 17)
				flush(form, line);
		punished(PAGE, "may still be in caches");
		flush(form, 17);
		store(PAGE);
	}
	/* SFENCE and XSAVEOPT are no such instructions. */
	assert_false(clflush_is_one((const uint8_t *)"\x0f\xae\xf8", 3));
	assert_false(clflush_is_one((const uint8_t *)"\x0f\xae\x37", 3));
	assert_true(clflush_is_one((const uint8_t *)"\x66\x0f\xae\x37", 4));
}

static void a_second_mapping_of_qemu_is_no_way_around(void)
{
	char options[200];

	mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, memory_file, 0);
	snprintf(options, sizeof(options), HOST ",ram=/dev/fd/%d", memory_file);
	boot(options);
}

static void qemu_has_memory_only_once(void **state)
{
	(void)state;
	ends(a_second_mapping_of_qemu_is_no_way_around, "QEMU maps 0x41000000 bytes");
}

static void memory_must_be_there(void **state)
{
	char options[] = "mode=host,ram=/no/such/file";

	(void)state;
	assert_int_equal(install(7, 7, "x86_64", options), -1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_that_is_given_away_is_not_written_to),
		TEST(a_page_that_comes_back_is),
		TEST(large_pages_count_as_a_whole_until_they_are_smashed),
		TEST(what_the_firmware_takes_counts_before_it_says_so),
		TEST(the_table_counts_while_snp_is_on),
		TEST(devices_are_stopped_but_iommus_use_their_buffers),
		TEST(a_large_mapping_must_not_cover_a_page_that_is_given_away),
		TEST(mappings_of_five_levels_are_seen),
		TEST(tables_of_a_kernel_that_is_gone_say_nothing),
		TEST(the_firmware_may_take_all_of_a_large_mapping),
		TEST(another_kernel_may_find_it_so),
		TEST(memory_that_may_be_in_caches_is_not_written_to),
		TEST(nor_is_it_handed_over),
		TEST(lines_are_written_back_one_by_one),
		TEST(qemu_has_memory_only_once),
		TEST(memory_must_be_there),
	};

	return cmocka_run_group_tests_name("stores", tests, NULL, NULL);
}
