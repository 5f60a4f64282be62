// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: an SNP guest and the host that it talks to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_end.h"
#include "test_kernel.h"

static void kernel_finds_what_it_needs(void **state)
{
	static const uint8_t no_key[32];
	uint64_t node = CARVED + 0x2000;

	(void)state;
	start("mode=guest");
	assert_int_equal(values[0][RAX], 0x1a);
	assert_int_equal(values[0][RBX], 51);
	assert_int_equal(get(PARAMS + 0x1e8, 1), 4);
	assert_int_equal(get(PARAMS + 0x2d8, 8), CARVED - FAKE_RAM);
	assert_int_equal(get(PARAMS + 0x2e4, 8), CARVED);
	assert_int_equal(get(PARAMS + 0x2ec, 8), 0x6000);
	assert_int_equal(get(PARAMS + 0x2f8, 8), INITRD);
	assert_int_equal(get(PARAMS + 0x300, 8), RAM_END - INITRD);
	assert_int_equal(get(PARAMS + 0x250, 8), node);
	assert_int_equal(get(node, 8), 0x1234);
	assert_int_equal(get(node + 8, 4), 7);
	assert_int_equal(get(node + 16, 4), node + 0x40);
	assert_memory_equal(ram(node + 0x40), "AMDE", 4);
	assert_int_equal(get(node + 0x48, 8), CARVED);
	assert_int_equal(get(node + 0x58, 8), CARVED + 0x1000);
	for (unsigned int i = 0; i < 4; i++)
		assert_memory_not_equal(ram(CARVED + 0x20 + 32 * i), no_key, sizeof(no_key));
	assert_int_equal(get(CARVED + 0x1000, 4), 3);
}

static void registers_of_a_guest(void **state)
{
	uint64_t value;

	(void)state;
	start("mode=guest");
	assert_true(rdmsr(2, 0xc0010131, &value));
	assert_int_equal(value, 7);
	assert_false(rdmsr(2, 0xc0010010, &value));
	assert_false(cpuid(0, 0x8000000a, 0));
	assert_int_equal(by_register(0x002), 0x0002000133000001);
	assert_int_equal(by_register(0x010), 0xfffffffffffff011);
	assert_int_equal(by_register(0x080), 0x3081);
}

static void pages_are_validated_and_shared(void **state)
{
	(void)state;
	start("mode=guest");
	fake_translation = FAKE_RAM;
	assert_int_equal(pvalidate(false, true), -1);
	assert_int_equal(pvalidate(true, true), -1);
	assert_int_equal(pvalidate(false, false), 0);
	assert_int_equal(pvalidate(false, false), -1);
	psc(FAKE_RAM, PSC_SHARED);
	assert_int_equal(pvalidate(true, true), 6);
	psc(FAKE_RAM, PSC_PRIVATE);
	assert_int_equal(pvalidate(true, true), 0);
	fake_translation = FAKE_RAM + 0x1000;
	assert_int_equal(pvalidate(true, true), 1);
}

static void events_on_the_page(void **state)
{
	(void)state;
	start("mode=guest");
	use_ghcb();
	assert_int_equal(by_page(EVENT_FEATURES, 0, 0), 3);
	fake_translation = REQUEST;
	assert_int_equal(pvalidate(false, false), 0);
	field(0x3a8, GHCB + 0x800);
	put(GHCB + 0x800, 0, 2);
	put(GHCB + 0x802, 1, 2);
	put(GHCB + 0x808, REQUEST | PSC_SHARED << 52, 8);
	put(GHCB + 0x810, RESPONSE | PSC_PRIVATE << 52, 8);
	assert_int_equal(by_page(EVENT_PSC, 0, 0), 0);
	assert_int_equal(get(GHCB + 0x800, 2), 2);
	field(0x390, 0x72);
	vmgexit();
	assert_int_equal(get(GHCB + 0x398, 8), 2);
	assert_int_equal(get(GHCB + 0x3a0, 8), 6);
}

static void host_refuses_changes(void **state)
{
	(void)state;
	start("mode=guest");
	use_ghcb();
	share(CERTS);
	fake_translation = REQUEST;
	assert_int_equal(pvalidate(false, false), 0);
	assert_true(cpuid(3, 0x53455612, 1 << 8 | 2));
	assert_int_equal(values[3][RAX], 2);
	assert_int_equal(values[3][RBX], 0x50564553);
	assert_int_equal(values[3][RDX], 1);
	/* Of two entries the first is made and the second is not. */
	field(0x3a8, GHCB + 0x800);
	put(GHCB + 0x800, 0, 2);
	put(GHCB + 0x802, 1, 2);
	put(GHCB + 0x808, CERTS | PSC_PRIVATE << 52, 8);
	put(GHCB + 0x810, REQUEST | PSC_SHARED << 52, 8);
	assert_int_equal(by_page(EVENT_PSC, 0, 0), 0x100ull << 32);
	assert_int_equal(get(GHCB + 0x800, 2), 1);
	assert_true(cpuid(3, 0x53455612, 1 << 8 | 1));
	assert_int_equal(values[3][RAX], 1);
	assert_int_equal(values[3][RCX], 1);
	assert_int_equal(by_register(GHCB | PSC_PRIVATE << 52 | 0x14), 1ull << 32 | 0x15);
	psc(REQUEST, PSC_SHARED);
	assert_true(cpuid(3, 0x53455612, 0));
	assert_int_equal(values[3][RAX], 2);
	assert_int_equal(values[3][RCX], 2);
	assert_int_equal(values[3][RDX], 0);
	assert_false(cpuid(3, 0x53455612, 4));
}

static void cpu_is_started(void **state)
{
	(void)state;
	start("mode=guest");
	use_ghcb();
	put(VMSA + 0x10, 0x9900, 2);
	put(VMSA + 0x18, 0x99000, 8);
	put(VMSA + 0xd0, 0x1000, 8);
	put(VMSA + 0x3b0, 1, 8);
	field(0x1f8, 1);
	assert_int_equal(by_page(EVENT_CREATE, 3ull << 32 | 1, VMSA), 0);
	assert_int_equal(fake_apic[0x310 / 4], 3 << 24);
	assert_int_equal(fake_apic[0x300 / 4], 0x4699);
}

static void request_not_shared(void)
{
	seal(1, "one");
	by_page(EVENT_REQUEST, REQUEST + 0x10000, RESPONSE);
}

static void response_not_shared(void)
{
	seal(1, "one");
	by_page(EVENT_REQUEST, REQUEST, RESPONSE + 0x10000);
}

static void certs_not_shared(void)
{
	seal(1, "one");
	field(0x1f8, CERTS);
	field(0x318, 4);
	by_page(EVENT_EXTENDED, REQUEST, RESPONSE);
}

static void one_page_for_both(void)
{
	seal(1, "one");
	by_page(EVENT_REQUEST, REQUEST, REQUEST);
}

static void number_used_twice(void)
{
	ask(1, "one");
	ask(1, "two");
}

static void number_left_out(void)
{
	ask(1, "one");
	ask(5, "two");
}

static void shared_while_validated(void)
{
	psc(VMSA, PSC_SHARED);
}

static void validates_what_is_shared(void)
{
	fake_translation = REQUEST;
	pvalidate(false, true);
}

static void changes_what_is_no_memory(void)
{
	psc(RAM_END, PSC_SHARED);
}

static void other_ghcb(void)
{
	assert_true(wrmsr(0, 0xc0010130, REQUEST));
	run(0, "\xf3\x0f\x01\xd9", 4, 0);
}

static void ghcb_not_shared(void)
{
	by_register(VMSA | 0x12);
	assert_true(wrmsr(0, 0xc0010130, VMSA));
	run(0, "\xf3\x0f\x01\xd9", 4, 0);
}

static void field_is_missing(void)
{
	((uint8_t *)ram(GHCB))[0x3f0 + 0x3a0 / 64] = 0;
	field(0x390, EVENT_FEATURES);
	field(0x398, 0);
	vmgexit();
}

static void gives_up(void)
{
	by_register(0x51100);
}

static void mistakes_end_the_run(void **state)
{
	(void)state;
	start_with_pages("mode=guest");
	ends(request_not_shared, "the message at 0x20030000, a page that is not shared");
	ends(response_not_shared, "the answer at 0x20031000, a page that is not shared");
	ends(certs_not_shared, "certificates at 0x20022000, a page that is not shared");
	ends(one_page_for_both, "message and answer on the same page");
	ends(number_used_twice, "VMPCK0: sequence number 1 was used for two messages");
	ends(number_left_out, "a message has the wrong sequence number");
	ends(shared_while_validated, "without taking its validation back");
	ends(validates_what_is_shared, "PVALIDATE of page 0x20020000, which is shared");
	ends(changes_what_is_no_memory, "page state change 2 of page number 0x21000, of 4 KiB");
	ends(other_ghcb, "not the one it has registered");
	ends(ghcb_not_shared, "a GHCB at 0x20030000, which is not shared");
	ends(field_is_missing, "event 0x8000fffd without sw_exit_info_2");
	ends(gives_up, "wants to end, reason 1, code 5");
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kernel_finds_what_it_needs),
		TEST(registers_of_a_guest),
		TEST(pages_are_validated_and_shared),
		TEST(events_on_the_page),
		TEST(host_refuses_changes),
		TEST(cpu_is_started),
		TEST(mistakes_end_the_run),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
