// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: messages to the firmware, and hostile hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_kernel.h"

static void firmware_answers(void **state)
{
	(void)state;
	start_with_pages("mode=guest");
	assert_int_equal(ask(1, "one"), 0);
	assert_true(answered(1, "one"));
	assert_int_equal(ask(3, "two"), 0);
	assert_true(answered(3, "two"));
}

static void certificates_need_room(void **state)
{
	(void)state;
	start_with_pages("mode=guest");
	share(CERTS);
	seal(1, "one");
	field(0x1f8, CERTS);
	field(0x318, 0);
	assert_int_equal(by_page(EVENT_EXTENDED, REQUEST, RESPONSE), 1ull << 32);
	assert_int_equal(get(GHCB + 0x318, 8), 1);
	assert_int_equal(by_page(EVENT_EXTENDED, REQUEST, RESPONSE), 0);
	assert_true(answered(1, "one"));
	assert_memory_equal(ram(CERTS), "\xc0\xb4\x06\xa4", 4);
}

static void bad_hosts(void **state)
{
	static const struct {
		const char *kind;
		uint64_t result;
		uint64_t resent;
	} cases[] = {
		{ "busy", 2ull << 32, 0 }, { "invalid-len", 1ull << 32, 0 },
		{ "many-pages", 1ull << 32, 0 }, { "error", 0x7full << 32, 0 }, { "kept", 0, 0 },
		{ "lost", 0, 0x1d }, { "lost-busy", 2ull << 32, 0x1d },
		{ "lost-error", 0x7full << 32, 0x1d }, { "truncated", 0, 0x1d },
		{ "shortened", 0, 0x1d }, { "lengthened", 0, 0x1d }, { "replayed", 0, 0x1d },
		{ "flipped", 0, 0x1d }, { "wrong-type", 0, 0x1d }, { "wrong-number", 0, 0x1d },
		{ "refused", 0x1d, 0 },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char options[60];

		snprintf(options, sizeof(options), "mode=guest,answer=%s:1:1", cases[i].kind);
		start_with_pages(options);
		assert_int_equal(ask(1, "one"), 0);
		assert_true(answered(1, "one"));
		assert_int_equal(ask(3, "two"), cases[i].result);
		assert_false(answered(3, "two"));
		assert_true(cpuid(1, 0x53455610, 0));
		assert_int_equal(values[1][RAX], 2);
		assert_int_equal(values[1][RBX], 0x41564553);
		assert_int_equal(values[1][RCX], 1);
		assert_int_equal(values[1][RDX], 0);
		/* The same message once more is what a guest may do. */
		assert_int_equal(by_page(EVENT_REQUEST, REQUEST, RESPONSE), cases[i].resent);
		assert_int_equal(answered(3, "two"), !cases[i].resent);
	}
}

static void program_orders_answers(void **state)
{
	(void)state;
	start_with_pages("mode=guest");
	assert_true(cpuid(0, 0x53455610, 2 << 8 | 1));
	assert_int_equal(ask(1, "one"), 2ull << 32);
	assert_int_equal(by_page(EVENT_REQUEST, REQUEST, RESPONSE), 2ull << 32);
	assert_int_equal(by_page(EVENT_REQUEST, REQUEST, RESPONSE), 0);
	assert_true(answered(1, "one"));
	assert_false(cpuid(0, 0x53455610, 0x7f));
}

static void kinds_are_counted(void **state)
{
	unsigned int chosen = 0, claimed = 0, taken = 0, kinds;

	(void)state;
	start_with_pages("mode=guest");
	for (unsigned int i = 0; i < 400; i++) {
		uint64_t number = 1 + 2 * i;

		assert_true(cpuid(0, 0x53455610, 1 << 8 | 0xfe));
		taken += !ask(number, "any");
		assert_false(answered(number, "any"));
		/* Again, which is answered if the firmware has not seen it yet. */
		if (!by_page(EVENT_REQUEST, REQUEST, RESPONSE))
			assert_true(answered(number, "any"));
	}
	assert_true(cpuid(0, 0x53455611, 0));
	kinds = (unsigned int)values[0][RDX];
	for (unsigned int i = 1; i < kinds; i++) {
		assert_true(cpuid(0, 0x53455611, i));
		chosen += (unsigned int)values[0][RAX];
		claimed += (unsigned int)values[0][RCX];
		/* busy and lost-busy never, all others now and then */
		assert_int_equal(!values[0][RAX], i == 1 || i == 7);
	}
	assert_int_equal(chosen, 400);
	assert_int_equal(claimed, taken);
	assert_false(cpuid(0, 0x53455611, kinds));
}

static void report_tells_the_launch(void **state)
{
	static const uint8_t none[64], usual[] = { 0x5a, 0x5a };
	char options[300];

	(void)state;
	start_with_pages("mode=guest");
	ask(1, "one");
	assert_true(answered(1, "one"));
	assert_memory_equal(report(0x90), usual, 2);
	assert_memory_equal(report(0xc0), none, 32);
	assert_memory_not_equal(report(0x1a0), none, 64);
	snprintf(options, sizeof(options),
		 "mode=guest,policy=0xb0000,mask-chip-id=on,measurement=%s%088d%s,host-data=10%060d02",
		 "0011", 0, "aBcd", 0);
	start_with_pages(options);
	ask(1, "one");
	assert_true(answered(1, "one"));
	assert_memory_equal(report(0x08), "\0\0\xb\0\0\0\0\0", 8);
	assert_memory_equal(report(0x90), "\0\x11\0\0", 4);
	assert_memory_equal(report(0x90 + 46), "\xab\xcd", 2);
	assert_memory_equal(report(0xc0), "\x10", 1);
	assert_memory_equal(report(0xc0 + 31), "\2", 1);
	assert_memory_equal(report(0x1a0), none, 64);
	assert_memory_not_equal(report(0x2a0), none, 48);
}

static void signature_can_be_masked(void **state)
{
	static const uint8_t none[144];

	(void)state;
	start_with_pages("mode=guest,mask-chip-key=on");
	ask(1, "one");
	assert_true(answered(1, "one"));
	assert_memory_equal(report(0x48), "\x1e", 1);
	assert_memory_equal(report(0x2a0), none, sizeof(none));
}

#define TEST(name)	cmocka_unit_test_setup(name, restore_defaults)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(firmware_answers),
		TEST(certificates_need_room),
		TEST(bad_hosts),
		TEST(program_orders_answers),
		TEST(kinds_are_counted),
		TEST(report_tells_the_launch),
		TEST(signature_can_be_masked),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
