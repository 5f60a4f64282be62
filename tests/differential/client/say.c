// SPDX-License-Identifier: GPL-2.0-only
/* Lines of an answer. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "step.h"

/* A certificate of the platform: where the key and the two signatures are. */
#define CERT_SIZE	2084
#define KEY_AT		16
#define KEY_LEN		1028
#define SIG_LEN		512
#define SIG1_AT		1052
#define SIG2_AT		1572

/* Not longer than this in full */
#define HEX_MAX		256

/**
 * say() - NAME=VALUE
 * @name: name
 * @fmt: for the value
 */
void say(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s=", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/**
 * say_errno() - how a system call went
 * @name: name
 * @ret: what it returned; if negative, errno counts
 */
void say_errno(const char *name, int ret)
{
	int err = errno;
	const char *text = ret >= 0 ? "0" : strerrorname_np(err);

	if (text)
		say(name, "%s", text);
	else
		say(name, "%d", err);
}

/**
 * digest() - sixty-four bits that tell two contents apart
 * @data: content
 * @len: its length
 *
 * Return: the number; this is FNV-1a.
 */
uint64_t digest(const void *data, size_t len)
{
	const uint8_t *byte = data;
	uint64_t hash = 0xcbf29ce484222325u;

	while (len--)
		hash = (hash ^ *byte++) * 0x100000001b3u;
	return hash;
}

/**
 * say_hex() - bytes that are the same on every machine
 * @name: name
 * @data: bytes
 * @len: how many
 */
void say_hex(const char *name, const void *data, size_t len)
{
	const uint8_t *byte = data;

	if (len > HEX_MAX) {
		say_digest(name, data, len);
		return;
	}
	printf("%s=", name);
	while (len--)
		printf("%02x", *byte++);
	putchar('\n');
}

/**
 * say_digest() - the same for many bytes
 * @name: name
 * @data: bytes
 * @len: how many
 */
void say_digest(const char *name, const void *data, size_t len)
{
	say(name, "%zu:%016" PRIx64, len, digest(data, len));
}

static bool is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

/**
 * say_random() - bytes that are random by design
 * @name: name
 * @data: bytes
 * @len: how many
 */
void say_random(const char *name, const void *data, size_t len)
{
	if (is_zero(data, len))
		say(name, "zero");
	else
		say(name, "~%016" PRIx64, digest(data, len));
}

static void say_cert(const char *name, int number, const uint8_t *cert)
{
	uint8_t rest[CERT_SIZE];
	char full[64];

	memcpy(rest, cert, sizeof(rest));
	memset(rest + KEY_AT, 0, KEY_LEN);
	memset(rest + SIG1_AT, 0, SIG_LEN);
	memset(rest + SIG2_AT, 0, SIG_LEN);
	snprintf(full, sizeof(full), "%s.%d", name, number);
	say_digest(full, rest, sizeof(rest));
	snprintf(full, sizeof(full), "%s.%d.key", name, number);
	say_random(full, cert + KEY_AT, KEY_LEN);
	snprintf(full, sizeof(full), "%s.%d.sig1", name, number);
	say_random(full, cert + SIG1_AT, SIG_LEN);
	snprintf(full, sizeof(full), "%s.%d.sig2", name, number);
	say_random(full, cert + SIG2_AT, SIG_LEN);
}

/**
 * say_certs() - certificates of the platform, with keys and signatures told apart from the rest
 * @name: name
 * @data: bytes
 * @len: how many
 */
void say_certs(const char *name, const uint8_t *data, size_t len)
{
	int number = 0;

	for (; len >= CERT_SIZE; len -= CERT_SIZE, data += CERT_SIZE)
		say_cert(name, number++, data);
	if (len)
		say_random(name, data, len);
}
