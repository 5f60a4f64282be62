// SPDX-License-Identifier: GPL-2.0-only
/* Elliptic curve keys, MACs and the stream cipher, all by libcrypto. */
#include "keys.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#define POINT_SIZE	(1 + 2 * EC_SIZE)	/* uncompressed point: 04, x, y */

/**
 * key_expand() - Deterministic bytes from a secret
 * @label: purpose; another label gives unrelated bytes
 * @secret: where the entropy comes from
 * @secret_len: its length, may be 0 for values that need no secrecy
 * @out: filled
 * @len: number of bytes wanted
 *
 * Return: false if libcrypto fails.
 */
bool key_expand(const char *label, const void *secret, size_t secret_len, void *out, size_t len)
{
	uint8_t block[SHA512_DIGEST_LENGTH];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *p = out;
	bool ok = ctx;
	uint8_t i;

	for (i = 0; ok && len; i++) {
		size_t part = len < sizeof(block) ? len : sizeof(block);

		ok = EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) &&
		     EVP_DigestUpdate(ctx, &i, 1) &&
		     EVP_DigestUpdate(ctx, label, strlen(label) + 1) &&
		     EVP_DigestUpdate(ctx, secret, secret_len) &&
		     EVP_DigestFinal_ex(ctx, block, NULL);
		if (ok)
			memcpy(p, block, part);
		p += part;
		len -= part;
	}
	OPENSSL_cleanse(block, sizeof(block));
	EVP_MD_CTX_free(ctx);
	return ok;
}

/**
 * key_random() - Fresh random bytes
 * @out: filled
 * @len: number of bytes wanted
 *
 * Return: false if the generator fails.
 */
bool key_random(void *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1;
}

/**
 * pkey_from() - A key for libcrypto
 * @type: "EC" or "RSA"
 * @build: its parts; freed here
 * @private: it has private parts
 *
 * Return: the key, to be freed by EVP_PKEY_free(), or NULL.
 */
EVP_PKEY *pkey_from(const char *type, OSSL_PARAM_BLD *build, bool private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *pkey = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) <= 0)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* An EVP_PKEY from coordinates and, for private operations, the scalar. */
static EVP_PKEY *ec_pkey(const struct ec_pub *pub, const uint8_t *scalar)
{
	uint8_t point[POINT_SIZE] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *priv = scalar ? BN_bin2bn(scalar, EC_SIZE, NULL) : NULL;
	EVP_PKEY *pkey = NULL;

	memcpy(point + 1, pub->x, EC_SIZE);
	memcpy(point + 1 + EC_SIZE, pub->y, EC_SIZE);
	if (build && !scalar == !priv &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
					     sizeof(point)) &&
	    (!priv || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, priv)))
		pkey = pkey_from("EC", build, priv);
	else
		OSSL_PARAM_BLD_free(build);
	BN_clear_free(priv);
	return pkey;
}

/**
 * ec_public() - A public key for libcrypto
 * @pub: any bytes
 *
 * Return: the key, to be freed by EVP_PKEY_free(), or NULL.
 */
EVP_PKEY *ec_public(const struct ec_pub *pub)
{
	return ec_pkey(pub, NULL);
}

static bool ec_from_scalar(struct ec_key *key, const BIGNUM *scalar)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	uint8_t octets[POINT_SIZE];
	bool ok;

	ok = point && EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) &&
	     EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets,
				sizeof(octets), NULL) == sizeof(octets) &&
	     BN_bn2binpad(scalar, key->scalar, EC_SIZE) == EC_SIZE;
	if (ok) {
		memcpy(key->pub.x, octets + 1, EC_SIZE);
		memcpy(key->pub.y, octets + 1 + EC_SIZE, EC_SIZE);
	}
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return ok;
}

/**
 * ec_derive() - The key pair that belongs to a secret
 * @key: filled in
 * @label: purpose of the key
 * @secret: for example the chip's fused secret
 * @secret_len: its length
 *
 * Return: false if libcrypto fails.
 */
bool ec_derive(struct ec_key *key, const char *label, const void *secret, size_t secret_len)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	BIGNUM *range = group ? BN_dup(EC_GROUP_get0_order(group)) : NULL;
	BIGNUM *scalar = NULL;
	BN_CTX *ctx = BN_CTX_new();
	uint8_t wide[EC_SIZE + 16];	/* 128 spare bits make the bias of the reduction nil */
	bool ok = false;

	if (range && ctx && key_expand(label, secret, secret_len, wide, sizeof(wide)))
		scalar = BN_bin2bn(wide, sizeof(wide), NULL);
	if (scalar)
		ok = BN_sub_word(range, 1) && BN_mod(scalar, scalar, range, ctx) &&
		     BN_add_word(scalar, 1) && ec_from_scalar(key, scalar);
	OPENSSL_cleanse(wide, sizeof(wide));
	BN_clear_free(scalar);
	BN_free(range);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return ok;
}

/**
 * ec_generate() - A fresh random key pair
 * @key: filled in
 *
 * Return: false if libcrypto fails.
 */
bool ec_generate(struct ec_key *key)
{
	uint8_t seed[64];
	bool ok = key_random(seed, sizeof(seed)) && ec_derive(key, "random", seed, sizeof(seed));

	OPENSSL_cleanse(seed, sizeof(seed));
	return ok;
}

static const EVP_MD *hash_md(enum hash hash)
{
	return hash == HASH_SHA256 ? EVP_sha256() : EVP_sha384();
}

/**
 * ec_sign() - ECDSA
 * @key: signer
 * @hash: hash over @data
 * @data: what is signed
 * @len: its length
 * @sig: filled in
 *
 * Return: false if libcrypto fails.
 */
bool ec_sign(const struct ec_key *key, enum hash hash, const void *data, size_t len,
	     struct ec_sig *sig)
{
	EVP_PKEY *pkey = ec_pkey(&key->pub, key->scalar);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *parsed = NULL;
	uint8_t der[160];
	const uint8_t *p = der;
	size_t der_len = sizeof(der);
	bool ok = false;

	if (pkey && ctx && EVP_DigestSignInit(ctx, NULL, hash_md(hash), NULL, pkey) > 0 &&
	    EVP_DigestSign(ctx, der, &der_len, data, len) > 0)
		parsed = d2i_ECDSA_SIG(NULL, &p, (long)der_len);
	if (parsed)
		ok = BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig->r, EC_SIZE) == EC_SIZE &&
		     BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig->s, EC_SIZE) == EC_SIZE;
	ECDSA_SIG_free(parsed);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

/**
 * ec_verify() - Check an ECDSA signature
 * @pub: signer, may be any bytes
 * @hash: hash over @data
 * @data: what was signed
 * @len: its length
 * @sig: signature, may be any bytes
 *
 * Return: true only if @pub is on the curve and made @sig.
 */
bool ec_verify(const struct ec_pub *pub, enum hash hash, const void *data, size_t len,
	       const struct ec_sig *sig)
{
	EVP_PKEY *pkey = ec_pkey(pub, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *parsed = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig->r, EC_SIZE, NULL);
	BIGNUM *s = BN_bin2bn(sig->s, EC_SIZE, NULL);
	uint8_t *der = NULL;
	bool ok = false;
	int der_len;

	if (!pkey || !ctx || !parsed || !r || !s || !ECDSA_SIG_set0(parsed, r, s)) {
		BN_free(r);
		BN_free(s);
		goto out;
	}
	der_len = i2d_ECDSA_SIG(parsed, &der);
	ok = der_len > 0 &&
	     EVP_DigestVerifyInit(ctx, NULL, hash_md(hash), NULL, pkey) > 0 &&
	     EVP_DigestVerify(ctx, der, (size_t)der_len, data, len) == 1;
out:
	OPENSSL_free(der);
	ECDSA_SIG_free(parsed);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

/**
 * ec_shared_secret() - Diffie-Hellman
 * @key: own key pair
 * @peer: the other side's public key, may be any bytes
 * @z: x coordinate of the shared point
 *
 * Return: false if @peer is not on the curve or libcrypto fails.
 */
bool ec_shared_secret(const struct ec_key *key, const struct ec_pub *peer, uint8_t z[EC_SIZE])
{
	EVP_PKEY *own = ec_pkey(&key->pub, key->scalar);
	EVP_PKEY *other = ec_pkey(peer, NULL);
	EVP_PKEY_CTX *ctx = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
	size_t len = EC_SIZE;
	bool ok;

	ok = ctx && other && EVP_PKEY_derive_init(ctx) > 0 &&
	     EVP_PKEY_derive_set_peer(ctx, other) > 0 && EVP_PKEY_derive(ctx, z, &len) > 0 &&
	     len == EC_SIZE;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	EVP_PKEY_free(own);
	return ok;
}

/**
 * hmac_sha256() - Message authentication code
 * @key: key
 * @key_len: its length
 * @data: message
 * @len: its length
 * @mac: filled in
 *
 * Return: false if libcrypto fails.
 */
bool hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		 uint8_t mac[SHA256_SIZE])
{
	return HMAC(EVP_sha256(), key, (int)key_len, data, len, mac, NULL);
}

/**
 * aes128_ctr() - Encrypt or decrypt a stream
 * @key: key
 * @iv: first counter block
 * @in: input
 * @out: output, may be @in
 * @len: number of bytes
 *
 * Return: false if libcrypto fails.
 */
bool aes128_ctr(const uint8_t key[AES128_SIZE], const uint8_t iv[AES128_SIZE], const void *in,
		void *out, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = 0;
	bool ok;

	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) &&
	     EVP_EncryptUpdate(ctx, out, &done, in, (int)len) && done == (int)len;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/**
 * same_bytes() - Compare without telling where the difference is
 * @a: one
 * @b: the other
 * @len: number of bytes
 *
 * Return: true if equal.
 */
bool same_bytes(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
