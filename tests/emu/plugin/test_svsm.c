// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: a guest below privilege level 0 and what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "test_end.h"
#include "test_kernel.h"

#define CALLS		(CARVED + 0x3000)
#define BUFFER		(CALLS + 8)
#define OTHER_CALLS	(FAKE_RAM + 0x40000)
#define REPORT		(FAKE_RAM + 0x50000)
#define NONCE		(FAKE_RAM + 0x51000)
#define MANIFEST	(FAKE_RAM + 0x52000)
#define TABLE		(FAKE_RAM + 0x60000)

#define REPORT_LEN	0x4a0u
#define MANIFEST_LEN	0x48u
#define SERVICE_LEN	0x18u

#define REMAP		0ull
#define PVALIDATE	1ull
#define CREATE		2ull
#define DELETE		3ull
#define QUERY		6ull
#define ATTEST_ALL	(1ull << 32)
#define ATTEST_ONE	(1ull << 32 | 1)

#define INVALID_ADDRESS	0x80000003u
#define INVALID_FORMAT	0x80000004u
#define INVALID_PARAM	0x80000005u

/* The host runs level 0, with whatever is in RDX and R8. */
static void run_module(uint64_t rax, uint64_t rcx)
{
	uint64_t rdx = values[0][RDX], answer, after[3];

	assert_true(wrmsr(0, 0xc0010130, 0x16));
	values[0][RAX] = rax;
	values[0][RCX] = rcx;
	values[0][RDX] = rdx;
	assert_true(run(0, "\xf3\x0f\x01\xd9", 4, 0));
	memcpy(after, (uint64_t[]){ values[0][RAX], values[0][RCX], values[0][RDX] },
	       sizeof(after));
	assert_true(rdmsr(0, 0xc0010130, &answer));
	assert_int_equal(answer, 0x17);
	values[0][RAX] = after[0];
	values[0][RCX] = after[1];
	values[0][RDX] = after[2];
}

/* A call, by the page @calls; returns RAX. */
static uint64_t call_by(uint64_t calls, uint64_t rax, uint64_t rcx)
{
	put(calls, 1, 1);
	run_module(rax, rcx);
	assert_int_equal(get(calls, 1), 0);
	return values[0][RAX];
}

static uint64_t call(uint64_t rax, uint64_t rcx)
{
	return call_by(CALLS, rax, rcx);
}

/* One entry of a list for PVALIDATE: bits 1:0 large, 2 validate, 3 may be like that already. */
static uint64_t validate(uint64_t entry)
{
	put(BUFFER, 1, 8);
	put(BUFFER + 8, entry, 8);
	return call(PVALIDATE, BUFFER);
}

static void guest_finds_a_module(void **state)
{
	static const uint8_t none[64], *keys;

	(void)state;
	start("mode=guest,vmpl=2");
	keys = ram(CARVED + 0x20);
	assert_memory_equal(keys, none, 64);
	assert_memory_not_equal(keys + 64, none, 32);
	assert_memory_not_equal(keys + 96, none, 32);
	assert_int_equal(get(CARVED + 0x140, 8), CARVED + 0x4000);
	assert_int_equal(get(CARVED + 0x148, 8), 0x1000);
	assert_int_equal(get(CARVED + 0x150, 8), CALLS);
	assert_int_equal(get(CARVED + 0x158, 4), 1);
	assert_int_equal(get(CARVED + 0x15c, 1), 2);
	assert_int_equal(by_register(0x080), 0x23081);
	/* RMPADJUST works for the levels below. */
	fake_translation = VMSA;
	for (uint64_t vmpl = 1; vmpl < 4; vmpl++) {
		values[0][RAX] = FAKE_PAGE;
		values[0][RDX] = vmpl;
		assert_true(run(0, "\xf3\x0f\x01\xfe", 4, 0));
		assert_int_equal(values[0][RAX], vmpl > 2 ? 0 : 2);
	}
}

static void nothing_without_a_call(void **state)
{
	(void)state;
	start("mode=guest,vmpl=1");
	run_module(0x77, 0);
	assert_int_equal(values[0][RAX], 0x77);
	assert_int_equal(call(2ull << 32, 0), 0x80000001);
	assert_int_equal(call(99, 0), 0x80000002);
	assert_int_equal(call(1ull << 32 | 99, 0), 0x80000002);
	assert_int_equal(call(QUERY, 1ull << 32 | 1), 0);
	assert_int_equal(values[0][RCX], 1ull << 32 | 1);
	assert_int_equal(call(QUERY, 2ull << 32 | 1), 0);
	assert_int_equal(values[0][RCX], 0);
}

static void module_validates(void **state)
{
	(void)state;
	start("mode=guest,vmpl=1");
	assert_int_equal(validate(REQUEST | 4), 0x80001010);
	assert_int_equal(validate(REQUEST | 8 | 4), 0);
	assert_int_equal(validate(REQUEST), 0);
	assert_int_equal(get(BUFFER + 2, 2), 1);
	psc(REQUEST, PSC_SHARED);
	assert_int_equal(validate(FAKE_RAM | 1), 0x80001006);
	assert_int_equal(validate((FAKE_RAM + 0x1000) | 1), 0x80001001);
	assert_int_equal(get(BUFFER + 2, 2), 0);
	assert_int_equal(validate(FAKE_RAM | 2), INVALID_FORMAT);
	assert_int_equal(validate(FAKE_RAM | 0x10), INVALID_FORMAT);
	/* Lists that can't be */
	put(BUFFER, 511, 2);
	assert_int_equal(call(PVALIDATE, BUFFER), INVALID_FORMAT);
	put(BUFFER, 1 << 16 | 1, 4);
	assert_int_equal(call(PVALIDATE, BUFFER), INVALID_FORMAT);
	assert_int_equal(call(PVALIDATE, BUFFER + 4), INVALID_ADDRESS);
	assert_int_equal(call(PVALIDATE, REQUEST), INVALID_ADDRESS);
	assert_int_equal(call(PVALIDATE, RAM_END), INVALID_ADDRESS);
	/* The second of two entries fails: the list says so. */
	put(BUFFER, 2, 8);
	put(BUFFER + 8, VMSA, 8);
	put(BUFFER + 16, VMSA, 8);
	assert_int_equal(call(PVALIDATE, BUFFER), 0x80001010);
	assert_int_equal(get(BUFFER + 2, 2), 1);
}

static void calls_move(void **state)
{
	(void)state;
	start("mode=guest,vmpl=1");
	assert_int_equal(call(REMAP, OTHER_CALLS + 8), INVALID_ADDRESS);
	assert_int_equal(call(REMAP, RAM_END), INVALID_ADDRESS);
	assert_int_equal(call(REMAP, OTHER_CALLS), 0);
	assert_int_equal(call_by(OTHER_CALLS, REMAP, CALLS), 0);
	assert_int_equal(call(QUERY, 0), 0);
}

static uint64_t create(uint64_t vmsa, uint64_t calls, uint64_t apic)
{
	values[0][RDX] = calls;
	values[0][R8] = apic;
	return call(CREATE, vmsa);
}

static void make_vmsa(void)
{
	put(VMSA + 0x10, 0x9900, 2);
	put(VMSA + 0x18, 0x99000, 8);
	put(VMSA + 0xca, 1, 1);
	put(VMSA + 0xd0, 0x1000, 8);
	put(VMSA + 0x3b0, 1, 8);
	field(0x1f8, 1);
}

/* validate() takes the page's validation back, as share() can't do it itself. */
static void share_by_module(uint64_t pa)
{
	assert_int_equal(validate(pa), 0);
	psc(pa, PSC_SHARED);
}

static void use_ghcb_below(void)
{
	share_by_module(GHCB);
	assert_int_equal(by_register(GHCB | 0x12), GHCB | 0x13);
	put(GHCB + 0xffa, 2, 2);
}

static void module_makes_cpus(void **state)
{
	(void)state;
	start("mode=guest,vmpl=1");
	use_ghcb_below();
	make_vmsa();
	assert_int_equal(create(VMSA, VMSA, 3), INVALID_ADDRESS);
	assert_int_equal(create(VMSA, OTHER_CALLS, 64), INVALID_PARAM);
	put(VMSA + 0xca, 0, 1);
	assert_int_equal(create(VMSA, OTHER_CALLS, 3), INVALID_PARAM);
	put(VMSA + 0xca, 1, 1);
	assert_int_equal(create(VMSA, OTHER_CALLS, 3), 0);
	assert_int_equal(by_page(EVENT_CREATE, 3ull << 32 | 1 << 16 | 1, VMSA), 0);
	assert_int_equal(fake_apic[0x300 / 4], 0x4699);
	assert_int_equal(call(DELETE, VMSA), 0);
	assert_int_equal(call(DELETE, VMSA), INVALID_PARAM);
	assert_int_equal(call(DELETE, 0), INVALID_PARAM);
}

static void location(unsigned int index, uint64_t pa, uint32_t len)
{
	put(BUFFER + 16 * index, pa, 8);
	put(BUFFER + 16 * index + 8, len, 8);
}

/* A call for attestation with room for everything. */
static void question(void)
{
	memset(ram(BUFFER), 0, 88);
	location(0, REPORT, 0x1000);
	location(1, NONCE, 64);
	location(2, MANIFEST, 0x1000);
	location(3, TABLE, 0x4000);
	memset(ram(NONCE), 0x4e, 64);
	memset(ram(REPORT), 0, 0x1000);
}

static void about(size_t manifest_len)
{
	uint8_t digest[64], data[64 + MANIFEST_LEN];

	memcpy(data, ram(NONCE), 64);
	memcpy(data + 64, ram(MANIFEST), manifest_len);
	assert_true(EVP_Digest(data, 64 + manifest_len, digest, NULL, EVP_sha512(), NULL));
	assert_memory_equal(ram(REPORT + 0x50), digest, sizeof(digest));
	assert_int_equal(get(REPORT + 0x30, 4), 0);
	assert_int_equal(get(REPORT, 4), 2);
}

static void module_reports(void **state)
{
	static const uint8_t service[] = "nullserF\x80\0emul\0\1";

	(void)state;
	start("mode=guest,vmpl=3");
	question();
	assert_int_equal(call(ATTEST_ALL, BUFFER), 0);
	assert_int_equal(values[0][RCX], MANIFEST_LEN);
	assert_int_equal(values[0][R8], REPORT_LEN);
	assert_in_range(values[0][RDX], 0x800, 0xfff);
	assert_memory_equal(ram(MANIFEST), "\xbb\x9e\x84\x63", 4);
	assert_memory_equal(ram(TABLE), "\xc0\xb4\x06\xa4", 4);
	about(MANIFEST_LEN);
	question();
	memcpy(ram(BUFFER + 64), service, 16);
	put(BUFFER + 80, 1, 4);
	assert_int_equal(call(ATTEST_ONE, BUFFER), 0);
	assert_int_equal(values[0][RCX], SERVICE_LEN);
	about(SERVICE_LEN);
	put(BUFFER + 80, 2, 4);
	assert_int_equal(call(ATTEST_ONE, BUFFER), INVALID_PARAM);
	put(BUFFER + 80, 0, 4);
	put(BUFFER + 64, 0, 1);
	assert_int_equal(call(ATTEST_ONE, BUFFER), INVALID_PARAM);
	/* Certificates are not asked for. */
	question();
	location(3, 0, 0);
	assert_int_equal(call(ATTEST_ALL, BUFFER), 0);
	assert_int_equal(values[0][RDX], 0);
}

static void reports_need_room(void **state)
{
	static const uint64_t places[] = { REPORT, NONCE, MANIFEST, TABLE };

	(void)state;
	start("mode=guest,vmpl=1");
	for (unsigned int i = 0; i < 4; i++) {
		question();
		location(i, places[i], i == 1 ? 0 : 1);
		assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_PARAM);
		if (i != 1)
			assert_int_equal(values[0][R8], REPORT_LEN);
		question();
		put(BUFFER + 16 * i + 12, 1, 4);
		assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_FORMAT);
		question();
		location(i, RAM_END - 0x1000, 0x1001);
		assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_ADDRESS);
		question();
		location(i, ~0xfffull, 0x1001);
		assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_ADDRESS);
	}
	question();
	location(0, REPORT + 0x10, 0x1000);
	assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_ADDRESS);
	share_by_module(NONCE);
	question();
	assert_int_equal(call(ATTEST_ALL, BUFFER), INVALID_ADDRESS);
	assert_int_equal(call(ATTEST_ALL, BUFFER + 4), INVALID_ADDRESS);
	assert_int_equal(call(ATTEST_ALL, RAM_END), INVALID_ADDRESS);
}

static void validates_itself(void)
{
	fake_translation = REQUEST;
	pvalidate(false, false);
}

static void runs_another_level(void)
{
	by_register(1ull << 32 | 0x16);
}

static void cpu_without_module(void)
{
	by_page(EVENT_CREATE, 2ull << 32 | 1 << 16 | 1, VMSA);
}

static void calls_that_are_shared(void)
{
	share_by_module(OTHER_CALLS);
	put(BUFFER, 1, 8);
	put(BUFFER + 8, CALLS, 8);
	call(PVALIDATE, BUFFER);
	psc(CALLS, PSC_SHARED);
	call(QUERY, 0);
}

static void cpu_that_nobody_made(void)
{
	assert_true(wrmsr(2, 0xc0010130, 0x16));
	run(2, "\xf3\x0f\x01\xd9", 4, 0);
}

static void mistakes_end_the_run(void **state)
{
	(void)state;
	start("mode=guest,vmpl=1");
	use_ghcb_below();
	make_vmsa();
	ends(validates_itself, "PVALIDATE at privilege level 1");
	ends(runs_another_level, "wants to run privilege level 1, where it has nothing");
	ends(cpu_without_module, "the service module has not made 0x20030000 for it");
	ends(calls_that_are_shared, "which the host can write to");
	ends(cpu_that_nobody_made, "CPU 2 calls the service module, which does not know of it");
	start("mode=guest");
	ends(runs_another_level, "where it has nothing");
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guest_finds_a_module),
		TEST(nothing_without_a_call),
		TEST(module_validates),
		TEST(calls_move),
		TEST(module_makes_cpus),
		TEST(module_reports),
		TEST(reports_need_room),
		TEST(mistakes_end_the_run),
	};

	return cmocka_run_group_tests_name("svsm", tests, NULL, NULL);
}
