// SPDX-License-Identifier: GPL-2.0-only
/* The plugin against the QEMU of test_qemu.c: an SNP guest and the host that it talks to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "test_end.h"
#include "test_qemu.h"

#define PARAMS		(FAKE_RAM + 0x1000)
#define INITRD		(FAKE_RAM + 0x800000)
#define CARVED		(INITRD - 0x4000)
#define RAM_END		(FAKE_RAM + FAKE_RAM_SIZE)
#define GHCB		(FAKE_RAM + 0x10000)
#define REQUEST		(FAKE_RAM + 0x20000)
#define RESPONSE	(FAKE_RAM + 0x21000)
#define CERTS		(FAKE_RAM + 0x22000)
#define VMSA		(FAKE_RAM + 0x30000)

#define INSN		(FAKE_PAGE + 0x100)
#define CLEAR_CARRY	(FAKE_PAGE + 0x800)
#define SET_CARRY	(FAKE_PAGE + 0x810)
#define STACK		(FAKE_PAGE + 0xff8)

#define PSC_PRIVATE	1ull
#define PSC_SHARED	2ull

#define EVENT_PSC	0x80000010u
#define EVENT_REQUEST	0x80000011u
#define EVENT_EXTENDED	0x80000012u
#define EVENT_CREATE	0x80000013u
#define EVENT_FEATURES	0x8000fffdu

#define HEADER		0x60u
#define REPORT_REQ	5u
#define REPORT_REQ_LEN	0x60u
#define REPORT_RSP_LEN	0x4c0u
#define USER_DATA	(0x20 + 0x50)

static void *ram(uint64_t pa)
{
	return fake_ram + (pa - FAKE_RAM);
}

static void put(uint64_t pa, uint64_t value, size_t len)
{
	memcpy(ram(pa), &value, len);
}

static uint64_t get(uint64_t pa, size_t len)
{
	uint64_t value = 0;

	memcpy(&value, ram(pa), len);
	return value;
}

/* A boot loader hands over to a kernel, which asks for the C-bit. */
static void start(const char *options)
{
	boot(options);
	memset(fake_page, 0, sizeof(fake_page));
	memcpy(fake_page + 0x800, "\xf8\xc3", 2);
	memcpy(fake_page + 0x810, "\xf9\xc3", 2);
	memcpy(ram(PARAMS + 0x202), "HdrS", 4);
	put(PARAMS + 0x218, INITRD, 4);
	put(PARAMS + 0x250, 0x1234, 8);
	put(PARAMS + 0x1e8, 2, 1);
	put(PARAMS + 0x2d0, FAKE_RAM, 8);
	put(PARAMS + 0x2d8, FAKE_RAM_SIZE, 8);
	put(PARAMS + 0x2e0, 1, 4);
	put(PARAMS + 0x2e4, 0xfffc0000, 8);
	put(PARAMS + 0x2f4, 2, 4);
	values[0][CR0] = 1;
	values[0][RSI] = PARAMS;
	assert_true(cpuid(0, 0x8000001f, 0));
	values[0][CR0] = 0x80000001;
}

static uint64_t by_register(uint64_t msr)
{
	uint64_t answer;

	assert_true(wrmsr(0, 0xc0010130, msr));
	assert_true(run(0, "\xf3\x0f\x01\xd9", 4, 0));
	assert_true(rdmsr(0, 0xc0010130, &answer));
	return answer;
}

/* PVALIDATE of the page that is mapped. Returns EAX, or -1 for "no change". */
static int pvalidate(bool large, bool validate)
{
	uint64_t back;

	values[0][RAX] = FAKE_PAGE;
	values[0][RCX] = 0xab00 | large;
	values[0][RDX] = 0xcd00 | validate;
	values[0][RIP] = FAKE_PAGE;
	values[0][RSP] = STACK;
	assert_true(run(0, "\xf2\x0f\x01\xff", 4, INSN));
	assert_int_equal(values[0][RSP], STACK - 8);
	memcpy(&back, fake_page + (STACK - 8 - FAKE_PAGE), sizeof(back));
	assert_int_equal(back, INSN + 4);
	if (new_pc == SET_CARRY)
		return -1;
	assert_int_equal(new_pc, CLEAR_CARRY);
	return (int)values[0][RAX];
}

static void psc(uint64_t pa, uint64_t op)
{
	assert_int_equal(by_register(pa | op << 52 | 0x14), 0x15);
}

/* Like a kernel: takes the validation of a page back and shares it. */
static void share(uint64_t pa)
{
	fake_translation = pa;
	assert_int_equal(pvalidate(false, false), 0);
	psc(pa, PSC_SHARED);
}

static void field(unsigned int offset, uint64_t value)
{
	put(GHCB + offset, value, 8);
	((uint8_t *)ram(GHCB))[0x3f0 + offset / 64] |= (uint8_t)(1u << offset / 8 % 8);
}

static void vmgexit(void)
{
	assert_true(wrmsr(0, 0xc0010130, GHCB));
	assert_true(run(0, "\xf3\x0f\x01\xd9", 4, 0));
}

static uint64_t by_page(uint64_t code, uint64_t info_1, uint64_t info_2)
{
	field(0x390, code);
	field(0x398, info_1);
	field(0x3a0, info_2);
	vmgexit();
	assert_int_equal(get(GHCB + 0x398, 8), 0);
	return get(GHCB + 0x3a0, 8);
}

static void use_ghcb(void)
{
	share(GHCB);
	assert_int_equal(by_register(GHCB | 0x12), GHCB | 0x13);
	put(GHCB + 0xffa, 2, 2);
}

static void start_with_pages(const char *options)
{
	start(options);
	use_ghcb();
	share(REQUEST);
	share(RESPONSE);
}

/* Both directions; the sequence number is in the header. */
static bool gcm(uint8_t *message, bool encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[12] = { 0 }, *payload = message + HEADER;
	int len = message[0x36] | message[0x37] << 8, n;
	bool good;

	memcpy(iv, message + 0x20, 8);
	assert_true(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, ram(CARVED + 0x20), iv,
				      encrypt));
	assert_true(EVP_CipherUpdate(ctx, NULL, &n, message + 0x30, 0x30));
	assert_true(EVP_CipherUpdate(ctx, payload, &n, payload, len));
	if (!encrypt)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, message));
	good = EVP_CipherFinal_ex(ctx, payload + n, &n);
	if (encrypt)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, message));
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static void seal(uint64_t seqno, const char *data)
{
	uint8_t *message = ram(REQUEST);

	memset(message, 0, 0x1000);
	memset(ram(RESPONSE), 0xee, 0x1000);
	memcpy(message + 0x20, &seqno, 8);
	message[0x30] = 1;
	message[0x31] = 1;
	message[0x32] = HEADER;
	message[0x34] = REPORT_REQ;
	message[0x35] = 1;
	message[0x36] = REPORT_REQ_LEN;
	snprintf((char *)message + HEADER, 64, "%s", data);
	assert_true(gcm(message, true));
}

static bool answered(uint64_t seqno, const char *data)
{
	uint8_t message[0x1000];

	memcpy(message, ram(RESPONSE), sizeof(message));
	return get(RESPONSE + 0x20, 8) == seqno + 1 && message[0x34] == REPORT_REQ + 1 &&
	       get(RESPONSE + 0x36, 2) == REPORT_RSP_LEN && gcm(message, false) &&
	       !strcmp((char *)message + HEADER + USER_DATA, data);
}

static uint64_t ask(uint64_t seqno, const char *data)
{
	seal(seqno, data);
	return by_page(EVENT_REQUEST, REQUEST, RESPONSE);
}

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
	assert_int_equal(get(PARAMS + 0x2ec, 8), 0x4000);
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
		TEST(cpu_is_started),
		TEST(firmware_answers),
		TEST(certificates_need_room),
		TEST(bad_hosts),
		TEST(program_orders_answers),
		TEST(mistakes_end_the_run),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
