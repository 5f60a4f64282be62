// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel does in an SNP guest: start, share pages, exits to the host, messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "test_kernel.h"

#define INSN		(FAKE_PAGE + 0x100)
#define CLEAR_CARRY	(FAKE_PAGE + 0x800)
#define SET_CARRY	(FAKE_PAGE + 0x810)
#define STACK		(FAKE_PAGE + 0xff8)

#define HEADER		0x60u
#define REPORT_REQ	5u
#define REPORT_REQ_LEN	0x60u
#define REPORT_RSP_LEN	0x4c0u
#define USER_DATA	(0x20 + 0x50)

static uint8_t opened[0x1000];

/**
 * ram() - memory of the machine
 * @pa: physical address
 *
 * Return: where it is.
 */
void *ram(uint64_t pa)
{
	return fake_ram + (pa - FAKE_RAM);
}

/**
 * put() - write a number into memory
 * @pa: physical address
 * @value: the number
 * @len: its bytes
 */
void put(uint64_t pa, uint64_t value, size_t len)
{
	memcpy(ram(pa), &value, len);
}

/**
 * get() - read a number from memory
 * @pa: physical address
 * @len: its bytes
 *
 * Return: the number.
 */
uint64_t get(uint64_t pa, size_t len)
{
	uint64_t value = 0;

	memcpy(&value, ram(pa), len);
	return value;
}

/**
 * start() - a boot loader hands over to a kernel, which asks for the C-bit
 * @options: options of the plugin
 */
void start(const char *options)
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

/**
 * by_register() - VMGEXIT with something else than a page in the GHCB's register
 * @msr: the register
 *
 * Return: the register afterwards.
 */
uint64_t by_register(uint64_t msr)
{
	uint64_t answer;

	assert_true(wrmsr(0, 0xc0010130, msr));
	assert_true(run(0, "\xf3\x0f\x01\xd9", 4, 0));
	assert_true(rdmsr(0, 0xc0010130, &answer));
	return answer;
}

/**
 * pvalidate() - PVALIDATE of the page that is mapped
 * @large: of 2 MiB
 * @validate: validate it, or take that back
 *
 * Return: EAX, or -1 for "no change".
 */
int pvalidate(bool large, bool validate)
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

/**
 * psc() - ask for a page state change by the register, and get it
 * @pa: the page
 * @op: PSC_*
 */
void psc(uint64_t pa, uint64_t op)
{
	assert_int_equal(by_register(pa | op << 52 | 0x14), 0x15);
}

/**
 * share() - like a kernel: take the validation of a page back and share it
 * @pa: the page
 */
void share(uint64_t pa)
{
	fake_translation = pa;
	assert_int_equal(pvalidate(false, false), 0);
	psc(pa, PSC_SHARED);
}

/**
 * field() - fill in a field of the GHCB
 * @offset: which
 * @value: its value
 */
void field(unsigned int offset, uint64_t value)
{
	put(GHCB + offset, value, 8);
	((uint8_t *)ram(GHCB))[0x3f0 + offset / 64] |= (uint8_t)(1u << offset / 8 % 8);
}

/** vmgexit() - VMGEXIT with the GHCB, as it is */
void vmgexit(void)
{
	assert_true(wrmsr(0, 0xc0010130, GHCB));
	assert_true(run(0, "\xf3\x0f\x01\xd9", 4, 0));
}

/**
 * by_page() - an event that the host knows
 * @code: exit code
 * @info_1: first word of exit information
 * @info_2: second word
 *
 * Return: the second word afterwards.
 */
uint64_t by_page(uint64_t code, uint64_t info_1, uint64_t info_2)
{
	field(0x390, code);
	field(0x398, info_1);
	field(0x3a0, info_2);
	vmgexit();
	assert_int_equal(get(GHCB + 0x398, 8), 0);
	return get(GHCB + 0x3a0, 8);
}

/** use_ghcb() - share the GHCB and register it */
void use_ghcb(void)
{
	share(GHCB);
	assert_int_equal(by_register(GHCB | 0x12), GHCB | 0x13);
	put(GHCB + 0xffa, 2, 2);
}

/**
 * start_with_pages() - a kernel that can send requests
 * @options: options of the plugin
 */
void start_with_pages(const char *options)
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

/**
 * seal() - make a request for a report
 * @seqno: sequence number
 * @data: for the report
 */
void seal(uint64_t seqno, const char *data)
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

/**
 * answered() - look at the answer
 * @seqno: of the request
 * @data: what was sent
 *
 * Return: whether it is the authentic answer to that request.
 */
bool answered(uint64_t seqno, const char *data)
{
	uint8_t *message = opened;

	memcpy(message, ram(RESPONSE), sizeof(opened));
	return get(RESPONSE + 0x20, 8) == seqno + 1 && message[0x34] == REPORT_REQ + 1 &&
	       get(RESPONSE + 0x36, 2) == REPORT_RSP_LEN && gcm(message, false) &&
	       !strcmp((char *)message + HEADER + USER_DATA, data);
}

/**
 * report() - the report in an answer
 * @offset: of a byte in the report
 *
 * Return: that byte and those behind it; answered() has opened it.
 */
const uint8_t *report(unsigned int offset)
{
	return opened + HEADER + 0x20 + offset;
}

/**
 * ask() - send a request for a report
 * @seqno: sequence number
 * @data: for the report
 *
 * Return: what the host says.
 */
uint64_t ask(uint64_t seqno, const char *data)
{
	seal(seqno, data);
	return by_page(EVENT_REQUEST, REQUEST, RESPONSE);
}
