/* SPDX-License-Identifier: GPL-2.0-only */
/* The identity that an SNP guest's owner gives it: LAUNCH_FINISH compares it with the launch. */
#ifndef EMU_MODEL_ID_BLOCK_H
#define EMU_MODEL_ID_BLOCK_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "cert.h"

#define ID_DIGEST_SIZE	48	/* SHA-384 */
#define ID_VERSION	1
#define ALGO_P384	1	/* ECDSA with SHA-384 */
#define CURVE_P384	2
#define NUMBER_SIZE	72	/* integers are little-endian and longer than they need be */

/* struct id_block - Identity */
struct id_block {
	uint8_t digest[ID_DIGEST_SIZE];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t version;
	uint32_t svn;
	uint64_t policy;
} __packed;

static_assert(sizeof(struct id_block) == 0x60, "identity block");

/* struct id_sig - Signature */
struct id_sig {
	uint8_t r[NUMBER_SIZE];
	uint8_t s[NUMBER_SIZE];
	uint8_t rsvd[368];
} __packed;

static_assert(sizeof(struct id_sig) == 0x200, "signature");

/* struct id_key - Public key */
struct id_key {
	uint32_t curve;
	uint8_t x[NUMBER_SIZE];
	uint8_t y[NUMBER_SIZE];
	uint8_t rsvd[880];
} __packed;

static_assert(sizeof(struct id_key) == 0x404, "public key");

/* struct id_auth - Who says so */
struct id_auth {
	uint32_t id_algo;
	uint32_t author_algo;
	uint8_t rsvd1[56];
	struct id_sig block_sig;
	struct id_key id_key;
	uint8_t rsvd2[60];
	struct id_sig key_sig;
	struct id_key author_key;
	uint8_t rsvd3[892];
} __packed;

static_assert(sizeof(struct id_auth) == 4096, "authentication page");
static_assert(offsetof(struct id_auth, id_key) == 0x240, "authentication page");
static_assert(offsetof(struct id_auth, key_sig) == 0x680, "authentication page");
static_assert(offsetof(struct id_auth, author_key) == 0x880, "authentication page");

#endif
