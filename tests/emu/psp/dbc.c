// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic boost control. The real signature scheme is not public. Here a signature is an
 * HMAC-SHA256 under the key below over the nonce followed by the fields before the signature,
 * so that a test can make good and bad ones.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "device.h"

#define DBC_ACCESS_DENIED	0x0001u
#define DBC_EXCESS_DATA		0x0004u
#define DBC_BAD_PARAMETERS	0x0006u
#define DBC_BAD_STATE		0x0007u
#define DBC_NOT_IMPLEMENTED	0x0009u
#define DBC_SIGNATURE_INVALID	0x3072u

#define DBC_GET_NONCE		0x65u
#define DBC_SET_UID		0x66u
#define DBC_GET_PARAMETER	0x67u
#define DBC_SET_PARAMETER	0x68u

#define DBC_FIRST_PARAM		0x3u
#define DBC_LAST_PARAM		0xeu

static const char dbc_key[] = "emulated dynamic boost control";

struct dbc_nonce {
	uint32_t auth_needed;
	uint8_t nonce[DBC_NONCE_LEN];
	uint8_t sig[DBC_SIG_LEN];
};

struct dbc_uid {
	uint8_t uid[DBC_UID_LEN];
	uint8_t sig[DBC_SIG_LEN];
};

struct dbc_param {
	uint32_t index, value;
	uint8_t sig[DBC_SIG_LEN];
};

/* Which parameter a "set" changes: its number and that of the "get" which shows the value. */
struct dbc_setter {
	uint8_t set, get;
	uint32_t max;
};

static const struct dbc_setter setters[] = {
	{ 0x4, 0x3, 5100 },	/* frequency cap, MHz */
	{ 0x6, 0x5, 120 },	/* power cap, W */
	{ 0x8, 0x7, 1 },	/* graphics mode */
};

static void dbc_sign(const struct services *s, const void *data, size_t len, uint8_t *sig)
{
	uint8_t msg[DBC_NONCE_LEN + 64];
	unsigned int n;

	memcpy(msg, s->dbc_nonce, DBC_NONCE_LEN);
	memcpy(msg + DBC_NONCE_LEN, data, len);
	HMAC(EVP_sha256(), dbc_key, sizeof(dbc_key) - 1, msg, DBC_NONCE_LEN + len, sig, &n);
}

static bool dbc_signed(const struct services *s, const void *data, size_t len, const uint8_t *sig)
{
	uint8_t want[DBC_SIG_LEN];

	dbc_sign(s, data, len, want);
	return !CRYPTO_memcmp(want, sig, sizeof(want));
}

static uint32_t dbc_get_nonce(struct services *s, void *payload)
{
	struct dbc_nonce *n = payload;

	if (s->dbc_authenticated)
		return DBC_ACCESS_DENIED;
	if (n->auth_needed > 1 || RAND_bytes(s->dbc_nonce, DBC_NONCE_LEN) != 1)
		return DBC_BAD_PARAMETERS;
	s->dbc_has_nonce = true;
	memcpy(n->nonce, s->dbc_nonce, DBC_NONCE_LEN);
	dbc_sign(s, &n->auth_needed, sizeof(n->auth_needed), n->sig);
	return 0;
}

static uint32_t dbc_set_uid(struct services *s, void *payload)
{
	struct dbc_uid *u = payload;

	if (!s->dbc_has_nonce)
		return DBC_BAD_STATE;
	if (!dbc_signed(s, u->uid, sizeof(u->uid), u->sig))
		return DBC_SIGNATURE_INVALID;
	s->dbc_authenticated = true;
	return 0;
}

static uint32_t dbc_set_value(struct services *s, const struct dbc_param *p)
{
	for (unsigned int i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
		if (setters[i].set != p->index)
			continue;
		if (p->value > setters[i].max)
			return DBC_BAD_PARAMETERS;
		s->dbc_value[setters[i].get] = p->value;
		return 0;
	}
	return DBC_NOT_IMPLEMENTED;
}

static bool dbc_is_setter(uint32_t index)
{
	return index == 0x4 || index == 0x6 || index == 0x8;
}

static uint32_t dbc_parameter(struct services *s, uint32_t id, void *payload)
{
	struct dbc_param *p = payload;

	if (!s->dbc_authenticated)
		return DBC_BAD_STATE;
	if (!dbc_signed(s, p, offsetof(struct dbc_param, sig), p->sig))
		return DBC_SIGNATURE_INVALID;
	if (id == DBC_SET_PARAMETER)
		return dbc_set_value(s, p);
	if (p->index < DBC_FIRST_PARAM || p->index > DBC_LAST_PARAM || dbc_is_setter(p->index))
		return DBC_NOT_IMPLEMENTED;
	p->value = s->dbc_value[p->index];
	dbc_sign(s, p, offsetof(struct dbc_param, sig), p->sig);
	return 0;
}

/**
 * dbc_execute() - a dynamic boost control command
 * @psp: device
 * @id: sub-command, 0x65 to 0x68
 * @payload: guest-physical address of what follows the header
 * @len: its length
 *
 * Return: status.
 */
uint32_t dbc_execute(struct psp *psp, uint32_t id, uint64_t payload, uint32_t len)
{
	static const uint8_t want[] = {
		[DBC_GET_NONCE - 0x65] = sizeof(struct dbc_nonce),
		[DBC_SET_UID - 0x65] = sizeof(struct dbc_uid),
		[DBC_GET_PARAMETER - 0x65] = sizeof(struct dbc_param),
		[DBC_SET_PARAMETER - 0x65] = sizeof(struct dbc_param),
	};
	union {
		struct dbc_nonce nonce;
		struct dbc_uid uid;
		struct dbc_param param;
	} buf;
	uint32_t size = want[id - 0x65];
	uint32_t status;

	if (len > size)
		return DBC_EXCESS_DATA;
	if (len < size || psp_dma_read(psp, payload, &buf, size))
		return DBC_BAD_PARAMETERS;
	if (id == DBC_GET_NONCE)
		status = dbc_get_nonce(&psp->services, &buf);
	else if (id == DBC_SET_UID)
		status = dbc_set_uid(&psp->services, &buf);
	else
		status = dbc_parameter(&psp->services, id, &buf);
	if (!status && psp_dma_write(psp, payload, &buf, size))
		status = DBC_BAD_PARAMETERS;
	return status;
}
