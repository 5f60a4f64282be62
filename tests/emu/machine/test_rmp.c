// SPDX-License-Identifier: GPL-2.0-only
/* Table and instructions on a machine that consists of nothing but the memory of the table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rmp.h"

#define MEM_PA		0x20000000ull
#define MEM_SIZE	0x1000000u	/* what 4 GiB need */
#define GIB		0x40000000ull
#define LARGE_SIZE	0x200000ull
#define PAGE		0x1000ull

static uint8_t memory[MEM_SIZE];

static int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	if (pa < MEM_PA || pa + len > MEM_PA + MEM_SIZE)
		return -EFAULT;
	memcpy(buf, memory + (pa - MEM_PA), len);
	return 0;
}

static int mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	(void)ctx;
	if (pa < MEM_PA || pa + len > MEM_PA + MEM_SIZE)
		return -EFAULT;
	memcpy(memory + (pa - MEM_PA), buf, len);
	return 0;
}

/* Covers 1 GiB and not a page more. */
static struct rmp contiguous(void)
{
	memset(memory, 0, sizeof(memory));
	return (struct rmp){
		.mem = { mem_read, mem_write, NULL },
		.base = MEM_PA,
		.end = MEM_PA + RMP_BOOKKEEPING + GIB / PAGE * RMP_ENTRY_SIZE - 1,
	};
}

static void set_segment(unsigned int index, uint64_t value)
{
	memcpy(memory + RMP_BOOKKEEPING + index * 8, &value, 8);
}

/* Segments of 1 GiB: the first, none for the second, half told too much for the third. */
static struct rmp segmented(void)
{
	struct rmp rmp = contiguous();

	rmp.form = MACHINE_RMP_HIDDEN;
	rmp.end = 0;
	rmp.cfg = RMP_CFG_SEGMENTED | 30 << 8;
	set_segment(0, (MEM_PA + 0x800000) | 1);
	set_segment(2, (MEM_PA + 0x400000) | 7);
	return rmp;
}

static const uint8_t *raw_entry(uint64_t pa)
{
	return memory + RMP_BOOKKEEPING + pa / PAGE * RMP_ENTRY_SIZE;
}

static uint64_t raw_word(uint64_t pa)
{
	uint64_t word;

	memcpy(&word, raw_entry(pa), sizeof(word));
	return word;
}

static enum rmp_result update(const struct rmp *rmp, uint64_t pa, uint64_t gpa, uint32_t asid,
			      bool assigned, bool large, bool immutable)
{
	uint8_t state[16] = { 0 };

	memcpy(state, &gpa, 8);
	state[8] = assigned;
	state[9] = large;
	state[10] = immutable;
	memcpy(state + 12, &asid, 4);
	return rmp_update(rmp, pa, state);
}

static enum rmp_result to_firmware(const struct rmp *rmp, uint64_t pa)
{
	return update(rmp, pa, 0, 0, true, false, true);
}

static enum rmp_result to_guest(const struct rmp *rmp, uint64_t pa, uint64_t gpa, bool large)
{
	return update(rmp, pa, gpa, 5, true, large, false);
}

static enum rmp_result to_hypervisor(const struct rmp *rmp, uint64_t pa, bool large)
{
	return update(rmp, pa, 0, 0, false, large, false);
}

static void raw_bits_are_those_of_zen_3(void **state)
{
	const struct fw_rmp_entry full = {
		.gpa = 0x7ffffffffull << 12, .asid = 0x3ff, .assigned = true, .validated = true,
		.immutable = true, .vmsa = true,
	};
	const struct fw_rmp_entry asid = { .asid = 1 }, gpa = { .gpa = PAGE };
	const struct fw_rmp_entry large = { .huge = true };
	struct rmp rmp = contiguous();

	(void)state;
	assert_int_equal(rmp_store(&rmp, 0x5000, &full), 0);
	assert_int_equal(raw_word(0x5000), 1 | 4 | 0x7ffffffffull << 12 | 0x3ffull << 51 |
			 1ull << 61 | 1ull << 62);
	assert_int_equal(rmp_store(&rmp, 0x6000, &asid), 0);
	assert_int_equal(raw_word(0x6000), 1ull << 51);
	assert_int_equal(rmp_store(&rmp, 0x7000, &gpa), 0);
	assert_int_equal(raw_word(0x7000), 1ull << 12);
	assert_int_equal(rmp_store(&rmp, LARGE_SIZE, &large), 0);
	assert_int_equal(raw_word(LARGE_SIZE), 2);
	assert_int_equal(raw_word(0x4000), 0);
	assert_int_equal(raw_word(0x8000), 0);
}

static void hidden_form_is_another_one_and_zeros_mean_the_same(void **state)
{
	const struct fw_rmp_entry entry = {
		.gpa = 0x123456000, .asid = 77, .assigned = true, .validated = true,
	};
	struct rmp rmp = contiguous();
	struct fw_rmp_entry got;

	(void)state;
	rmp.form = MACHINE_RMP_HIDDEN;
	assert_int_equal(rmp_get(&rmp, 0x9000, &got), 0);
	assert_false(got.assigned || got.immutable || got.validated || got.asid || got.gpa);
	assert_int_equal(rmp_store(&rmp, 0x9000, &entry), 0);
	assert_int_equal(raw_word(0x9000) & 1, 0);
	assert_int_equal(rmp_load(&rmp, 0x9000, &got), 0);
	assert_int_equal(got.gpa, entry.gpa);
	assert_int_equal(got.asid, entry.asid);
	assert_true(got.assigned && got.validated && !got.immutable && !got.vmsa && !got.huge);
}

static void table_covers_as_much_as_its_size_says(void **state)
{
	struct rmp rmp = contiguous();
	struct fw_rmp_entry entry;

	(void)state;
	assert_int_equal(rmp_get(&rmp, GIB - 1, &entry), 0);
	assert_int_equal(rmp_get(&rmp, GIB, &entry), -ENXIO);
	assert_int_equal(rmp_put(&rmp, GIB, &entry), -ENXIO);
	rmp.end--;
	assert_int_equal(rmp_get(&rmp, GIB - 1, &entry), -ENXIO);
	assert_int_equal(rmp_get(&rmp, GIB - PAGE - 1, &entry), 0);
	rmp.end = rmp.base - 1;
	assert_int_equal(rmp_get(&rmp, 0, &entry), -ENXIO);
	rmp.base = 0;
	rmp.end = GIB;
	assert_int_equal(rmp_get(&rmp, 0, &entry), -ENXIO);
	rmp.base = MEM_PA + MEM_SIZE;
	rmp.end = rmp.base + GIB;
	assert_int_equal(rmp_get(&rmp, 0, &entry), -EFAULT);
}

static void segments_are_found_by_their_table(void **state)
{
	const struct fw_rmp_entry entry = { .assigned = true, .asid = 9 };
	struct rmp rmp = segmented();
	struct fw_rmp_entry got;

	(void)state;
	assert_int_equal(rmp_store(&rmp, 2 * GIB + 3 * PAGE, &entry), 0);
	assert_int_equal(memory[0x400000 + 3 * RMP_ENTRY_SIZE + 10] & 0x80, 0x80);
	assert_int_equal(rmp_store(&rmp, GIB - PAGE, &entry), 0);
	assert_int_equal(rmp_get(&rmp, GIB - 1, &got), 0);
	assert_int_equal(got.asid, 9);
	assert_int_equal(rmp_get(&rmp, GIB, &got), -ENXIO);
	assert_int_equal(rmp_get(&rmp, 3 * GIB, &got), -ENXIO);
	assert_int_equal(rmp_get(&rmp, 3 * GIB - 1, &got), 0);
	assert_int_equal(rmp_get(&rmp, 512 * GIB, &got), -ENXIO);
	/* Of a segment of 2 GiB only the first is mapped. */
	rmp.cfg = RMP_CFG_SEGMENTED | 31 << 8;
	assert_int_equal(rmp_get(&rmp, GIB - 1, &got), 0);
	assert_int_equal(rmp_get(&rmp, GIB, &got), -ENXIO);
	rmp.base = 0;
	assert_int_equal(rmp_get(&rmp, 0, &got), -ENXIO);
}

static void pages_of_a_large_one_have_its_owner(void **state)
{
	struct rmp rmp = contiguous();
	struct fw_rmp_entry got;

	(void)state;
	assert_int_equal(to_guest(&rmp, 4 * LARGE_SIZE, 8 * LARGE_SIZE, true), RMP_SUCCESS);
	assert_int_equal(rmp_get(&rmp, 5 * LARGE_SIZE - 1, &got), 0);
	assert_true(got.huge && got.assigned);
	assert_int_equal(got.gpa, 8 * LARGE_SIZE);
	assert_int_equal(rmp_load(&rmp, 5 * LARGE_SIZE - 1, &got), 0);
	assert_false(got.assigned);
	assert_int_equal(rmp_get(&rmp, 5 * LARGE_SIZE, &got), 0);
	assert_false(got.huge || got.assigned);
}

static void firmware_does_not_cut_or_cover_entries(void **state)
{
	const struct fw_rmp_entry small = { .assigned = true };
	const struct fw_rmp_entry large = { .assigned = true, .immutable = true, .huge = true };
	const struct fw_rmp_entry none = { 0 };
	struct rmp rmp = contiguous();
	struct fw_rmp_entry got;

	(void)state;
	assert_int_equal(rmp_put(&rmp, LARGE_SIZE + 7 * PAGE, &large), 0);
	assert_int_equal(rmp_get(&rmp, LARGE_SIZE, &got), 0);
	assert_true(got.huge && got.immutable);
	assert_int_equal(rmp_put(&rmp, LARGE_SIZE + PAGE, &small), -EINVAL);
	assert_int_equal(rmp_put(&rmp, LARGE_SIZE, &small), -EINVAL);
	assert_int_equal(rmp_put(&rmp, LARGE_SIZE + PAGE, &none), -EINVAL);
	assert_int_equal(rmp_put(&rmp, LARGE_SIZE, &none), 0);
	assert_int_equal(rmp_put(&rmp, 2 * LARGE_SIZE + PAGE, &small), 0);
	assert_int_equal(rmp_put(&rmp, 2 * LARGE_SIZE, &large), -EINVAL);
	assert_int_equal(rmp_put(&rmp, 2 * LARGE_SIZE + PAGE, &none), 0);
	assert_int_equal(rmp_put(&rmp, 2 * LARGE_SIZE, &large), 0);
}

static void rmpupdate_gives_and_takes(void **state)
{
	struct rmp rmp = contiguous();
	struct fw_rmp_entry got = { .assigned = true, .validated = true, .vmsa = true, .asid = 5 };

	(void)state;
	assert_int_equal(rmp_store(&rmp, 0x3000, &got), 0);
	assert_int_equal(to_guest(&rmp, 0x3000, 0x7000, false), RMP_SUCCESS);
	assert_int_equal(rmp_get(&rmp, 0x3000, &got), 0);
	assert_true(got.assigned && !got.validated && !got.vmsa && !got.immutable);
	assert_int_equal(got.asid, 5);
	assert_int_equal(got.gpa, 0x7000);
	assert_int_equal(to_hypervisor(&rmp, 0x3000, false), RMP_SUCCESS);
	assert_int_equal(raw_word(0x3000), 0);
	assert_int_equal(to_firmware(&rmp, 0x3000), RMP_SUCCESS);
	assert_int_equal(raw_word(0x3000), 5);
	assert_int_equal(to_hypervisor(&rmp, 0x3000, false), RMP_FAIL_PERMISSION);
	assert_int_equal(to_guest(&rmp, 0x3000, 0x7000, false), RMP_FAIL_PERMISSION);
	assert_int_equal(raw_word(0x3000), 5);
}

static void rmpupdate_refuses_operands_without_sense(void **state)
{
	struct rmp rmp = contiguous();
	uint8_t bad[16] = { [8] = 1, [11] = 1 };

	(void)state;
	assert_int_equal(rmp_update(&rmp, 0x3000, bad), RMP_FAIL_INPUT);
	bad[11] = 0;
	bad[8] = 2;
	assert_int_equal(rmp_update(&rmp, 0x3000, bad), RMP_FAIL_INPUT);
	assert_int_equal(to_firmware(&rmp, 0x3008), RMP_FAIL_INPUT);
	assert_int_equal(to_firmware(&rmp, GIB), RMP_FAIL_INPUT);
	assert_int_equal(to_guest(&rmp, 0x3000, 0x7010, false), RMP_FAIL_INPUT);
	assert_int_equal(to_guest(&rmp, 0x3000, 1ull << 51, false), RMP_FAIL_INPUT);
	assert_int_equal(to_guest(&rmp, 0x3000, 0, true), RMP_FAIL_INPUT);
	assert_int_equal(to_guest(&rmp, LARGE_SIZE, 0x1000, true), RMP_FAIL_INPUT);
	assert_int_equal(update(&rmp, 0x3000, 0, 1024, true, false, false), RMP_FAIL_INPUT);
	assert_int_equal(update(&rmp, 0x3000, 0x1000, 0, true, false, true), RMP_FAIL_INPUT);
	assert_int_equal(update(&rmp, 0x3000, 0, 5, false, false, false), RMP_FAIL_INPUT);
	assert_int_equal(update(&rmp, 0x3000, 0x1000, 0, false, false, false), RMP_FAIL_INPUT);
	assert_int_equal(raw_word(0x3000), 0);
}

static void rmpupdate_does_not_mix_sizes(void **state)
{
	struct rmp rmp = contiguous();

	(void)state;
	assert_int_equal(to_guest(&rmp, LARGE_SIZE + PAGE, 0, false), RMP_SUCCESS);
	assert_int_equal(to_guest(&rmp, LARGE_SIZE, 0, true), RMP_FAIL_OVERLAP);
	assert_int_equal(to_hypervisor(&rmp, LARGE_SIZE, true), RMP_FAIL_OVERLAP);
	assert_int_equal(to_hypervisor(&rmp, LARGE_SIZE + PAGE, false), RMP_SUCCESS);
	assert_int_equal(to_guest(&rmp, LARGE_SIZE, 0, true), RMP_SUCCESS);
	assert_int_equal(to_guest(&rmp, LARGE_SIZE + PAGE, 0, false), RMP_FAIL_OVERLAP);
	assert_int_equal(to_hypervisor(&rmp, LARGE_SIZE, false), RMP_FAIL_OVERLAP);
	assert_int_equal(to_hypervisor(&rmp, LARGE_SIZE, true), RMP_SUCCESS);
	assert_int_equal(raw_word(LARGE_SIZE), 0);
}

static void psmash_keeps_the_owner(void **state)
{
	struct rmp rmp = contiguous();
	struct fw_rmp_entry got;

	(void)state;
	assert_int_equal(to_guest(&rmp, LARGE_SIZE, 4 * LARGE_SIZE, true), RMP_SUCCESS);
	assert_int_equal(rmp_smash(&rmp, LARGE_SIZE + PAGE), RMP_FAIL_INPUT);
	assert_int_equal(rmp_smash(&rmp, LARGE_SIZE), RMP_SUCCESS);
	for (uint64_t off = 0; off < LARGE_SIZE; off += PAGE) {
		assert_int_equal(rmp_get(&rmp, LARGE_SIZE + off, &got), 0);
		assert_true(got.assigned && !got.huge);
		assert_int_equal(got.asid, 5);
		assert_int_equal(got.gpa, 4 * LARGE_SIZE + off);
	}
	assert_int_equal(raw_word(2 * LARGE_SIZE), 0);
	assert_int_equal(rmp_smash(&rmp, LARGE_SIZE), RMP_FAIL_INPUT);
	assert_int_equal(rmp_smash(&rmp, GIB), RMP_FAIL_INPUT);
	assert_int_equal(update(&rmp, 0, 0, 0, true, true, true), RMP_SUCCESS);
	assert_int_equal(rmp_smash(&rmp, 0), RMP_FAIL_PERMISSION);
}

static void rmpread_tells_what_the_entry_says(void **state)
{
	struct rmp rmp = segmented();
	uint8_t out[16];
	uint64_t gpa;
	uint32_t asid;

	(void)state;
	assert_int_equal(to_guest(&rmp, 2 * GIB, 6 * LARGE_SIZE, true), RMP_SUCCESS);
	assert_int_equal(rmp_query(&rmp, 2 * GIB, out), RMP_SUCCESS);
	memcpy(&gpa, out, 8);
	memcpy(&asid, out + 12, 4);
	assert_int_equal(gpa, 6 * LARGE_SIZE);
	assert_int_equal(asid, 5);
	assert_int_equal(out[8], 1);
	assert_int_equal(out[9], 3);
	assert_int_equal(out[10], 0);
	assert_int_equal(rmp_query(&rmp, 2 * GIB + PAGE, out), RMP_SUCCESS);
	assert_int_equal(out[8], 0);
	assert_int_equal(out[9], 2);
	assert_int_equal(to_firmware(&rmp, PAGE), RMP_SUCCESS);
	assert_int_equal(rmp_query(&rmp, PAGE, out), RMP_SUCCESS);
	assert_int_equal(out[8] | out[9] << 1 | out[10] << 2, 5);
	assert_int_equal(rmp_query(&rmp, PAGE + 1, out), RMP_FAIL_INPUT);
	assert_int_equal(rmp_query(&rmp, GIB, out), RMP_FAIL_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bits_are_those_of_zen_3),
		cmocka_unit_test(hidden_form_is_another_one_and_zeros_mean_the_same),
		cmocka_unit_test(table_covers_as_much_as_its_size_says),
		cmocka_unit_test(segments_are_found_by_their_table),
		cmocka_unit_test(pages_of_a_large_one_have_its_owner),
		cmocka_unit_test(firmware_does_not_cut_or_cover_entries),
		cmocka_unit_test(rmpupdate_gives_and_takes),
		cmocka_unit_test(rmpupdate_refuses_operands_without_sense),
		cmocka_unit_test(rmpupdate_does_not_mix_sizes),
		cmocka_unit_test(psmash_keeps_the_owner),
		cmocka_unit_test(rmpread_tells_what_the_entry_says),
	};

	return cmocka_run_group_tests_name("rmp", tests, NULL, NULL);
}
