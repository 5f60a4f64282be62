/* SPDX-License-Identifier: GPL-2.0-only */
/* Key pairs and the few primitives that SEV builds on. All integers are big-endian here. */
#ifndef EMU_MODEL_KEYS_H
#define EMU_MODEL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EC_SIZE		48	/* bytes of a P-384 coordinate or scalar */
#define RSA_SIZE	512	/* bytes of an RSA-4096 modulus, the largest there is */
#define SHA256_SIZE	32
#define AES128_SIZE	16

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* struct ec_pub - Point on P-384 */
struct ec_pub {
	uint8_t x[EC_SIZE];
	uint8_t y[EC_SIZE];
};

/* struct ec_key - P-384 key pair in a form that can be stored as it is */
struct ec_key {
	uint8_t scalar[EC_SIZE];
	struct ec_pub pub;
};

/* struct ec_sig - ECDSA signature */
struct ec_sig {
	uint8_t r[EC_SIZE];
	uint8_t s[EC_SIZE];
};

/* enum hash - The two hashes that SEV signs with */
enum hash { HASH_SHA256, HASH_SHA384 };

/* enum root - The RSA keys above every chip; Naples has smaller ones */
enum root { ROOT_ARK, ROOT_ASK, ROOT_ASVK, ROOT_NAPLES_ARK, ROOT_NAPLES_ASK };

struct evp_pkey_st;
struct ossl_param_bld_st;

bool key_expand(const char *label, const void *secret, size_t secret_len, void *out, size_t len);
bool key_random(void *out, size_t len);

struct evp_pkey_st *pkey_from(const char *type, struct ossl_param_bld_st *build, bool private);
bool ec_generate(struct ec_key *key);
bool ec_derive(struct ec_key *key, const char *label, const void *secret, size_t secret_len);
bool ec_sign(const struct ec_key *key, enum hash hash, const void *data, size_t len,
	     struct ec_sig *sig);
bool ec_verify(const struct ec_pub *pub, enum hash hash, const void *data, size_t len,
	       const struct ec_sig *sig);
struct evp_pkey_st *ec_public(const struct ec_pub *pub);
bool ec_shared_secret(const struct ec_key *key, const struct ec_pub *peer, uint8_t z[EC_SIZE]);

struct evp_pkey_st *root_pkey(enum root root);
size_t root_size(enum root root);
bool root_modulus(enum root root, uint8_t modulus[RSA_SIZE]);
bool root_sign(enum root root, const void *data, size_t len, uint8_t sig[RSA_SIZE]);
bool root_verify(const uint8_t *modulus, size_t size, const void *data, size_t len,
		 const uint8_t *sig);

bool hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		 uint8_t mac[SHA256_SIZE]);
bool aes128_ctr(const uint8_t key[AES128_SIZE], const uint8_t iv[AES128_SIZE], const void *in,
		void *out, size_t len);
bool same_bytes(const void *a, const void *b, size_t len);

#endif
