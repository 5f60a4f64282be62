// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vendor's root keys, self-made.
 *
 * Every instance of the model must trust the same ARK, ASK and ASVK, or guests could not move
 * between two of them. So they are computed, not generated: each prime is the first suitable one
 * after a number that follows from its label. The distance is noted here, which saves the search;
 * a unit test repeats it. Nothing is secret about keys that anyone can compute, nor need it be.
 */
#include "keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "root.h"

static const struct root_prime root_primes[][2] = {
	[ROOT_ARK] = { { "root ARK p", 362 }, { "root ARK q", 1638 } },
	[ROOT_ASK] = { { "root ASK p", 3916 }, { "root ASK q", 1276 } },
	[ROOT_ASVK] = { { "root ASVK p", 394 }, { "root ASVK q", 4582 } },
	[ROOT_NAPLES_ARK] = { { "Naples ARK p", 1264 }, { "Naples ARK q", 448 } },
	[ROOT_NAPLES_ASK] = { { "Naples ASK p", 928 }, { "Naples ASK q", 148 } },
};

/**
 * root_size() - Size of a root key
 * @root: which key
 *
 * Return: bytes of its modulus and of its signatures.
 */
size_t root_size(enum root root)
{
	return root >= ROOT_NAPLES_ARK ? RSA_SIZE / 2 : RSA_SIZE;
}

/**
 * root_prime_info() - Where a prime of a root key comes from
 * @root: which key
 * @index: 0 or 1
 *
 * Return: label of the starting point and distance from there.
 */
const struct root_prime *root_prime_info(enum root root, unsigned int index)
{
	return &root_primes[root][index];
}

/**
 * root_prime_start() - Where the search for a prime starts
 * @label: label of the prime
 * @size: bytes of the modulus
 *
 * Return: an odd number with the two top bits set, so that two primes give a full-size modulus.
 */
BIGNUM *root_prime_start(const char *label, size_t size)
{
	uint8_t bytes[RSA_SIZE / 2];

	if (!key_expand(label, NULL, 0, bytes, size / 2))
		return NULL;
	bytes[0] |= 0xc0;
	bytes[size / 2 - 1] |= 1;
	return BN_bin2bn(bytes, (int)(size / 2), NULL);
}

static BIGNUM *root_prime(enum root root, unsigned int index)
{
	const struct root_prime *info = root_prime_info(root, index);
	BIGNUM *p = root_prime_start(info->label, root_size(root));

	if (p && !BN_add_word(p, info->distance)) {
		BN_free(p);
		p = NULL;
	}
	return p;
}

/**
 * root_modulus() - Public part of a root key; the exponent is 65537
 * @root: which key
 * @modulus: root_size() bytes are filled in
 *
 * Return: false if libcrypto fails.
 */
bool root_modulus(enum root root, uint8_t modulus[RSA_SIZE])
{
	BIGNUM *p = root_prime(root, 0);
	BIGNUM *q = root_prime(root, 1);
	BIGNUM *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	int size = (int)root_size(root);
	bool ok;

	ok = p && q && n && ctx && BN_mul(n, p, q, ctx) &&
	     BN_bn2binpad(n, modulus, size) == size;
	BN_CTX_free(ctx);
	BN_free(n);
	BN_free(q);
	BN_free(p);
	return ok;
}

/* An EVP_PKEY from a modulus and, for private operations, the private exponent. */
static EVP_PKEY *rsa_pkey(const BIGNUM *n, const BIGNUM *d)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();

	if (build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_ulong(build, OSSL_PKEY_PARAM_RSA_E, RSA_F4) &&
	    (!d || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d)))
		return pkey_from("RSA", build, d);
	OSSL_PARAM_BLD_free(build);
	return NULL;
}

/**
 * root_pkey() - A root key with its private part, for libcrypto
 * @root: which key
 *
 * Return: the key, to be freed by EVP_PKEY_free(), or NULL.
 */
EVP_PKEY *root_pkey(enum root root)
{
	BIGNUM *p = root_prime(root, 0);
	BIGNUM *q = root_prime(root, 1);
	BIGNUM *n = BN_new();
	BIGNUM *d = BN_new();
	BIGNUM *e = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	EVP_PKEY *pkey = NULL;

	if (!p || !q || !n || !d || !e || !ctx)
		goto out;
	if (!BN_mul(n, p, q, ctx) || !BN_set_word(e, RSA_F4) || !BN_sub_word(p, 1) ||
	    !BN_sub_word(q, 1) || !BN_mul(d, p, q, ctx) || !BN_mod_inverse(d, e, d, ctx))
		goto out;
	pkey = rsa_pkey(n, d);
out:
	BN_CTX_free(ctx);
	BN_free(e);
	BN_clear_free(d);
	BN_free(n);
	BN_clear_free(q);
	BN_clear_free(p);
	return pkey;
}

/* RSASSA-PSS with SHA-384, or SHA-256 for the smaller keys, and a salt as long as the hash. */
static const EVP_MD *hash_for(size_t size)
{
	return size == RSA_SIZE ? EVP_sha384() : EVP_sha256();
}

static bool pss(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

/**
 * root_sign() - Sign with a root key, as only the vendor can in the real world
 * @root: which key
 * @data: what is signed
 * @len: its length
 * @sig: root_size() bytes are filled in
 *
 * Return: false if libcrypto fails.
 */
bool root_sign(enum root root, const void *data, size_t len, uint8_t sig[RSA_SIZE])
{
	EVP_PKEY *pkey = root_pkey(root);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t size = root_size(root), sig_len = size;
	bool ok;

	ok = pkey && ctx && EVP_DigestSignInit(ctx, &pctx, hash_for(size), NULL, pkey) > 0 &&
	     pss(pctx) && EVP_DigestSign(ctx, sig, &sig_len, data, len) > 0 && sig_len == size;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

/**
 * root_verify() - Check a signature of a root key
 * @modulus: public key, may be any bytes
 * @size: its size, RSA_SIZE or half of it
 * @data: what was signed
 * @len: its length
 * @sig: signature, @size bytes, may be any
 *
 * Return: true only if it is good.
 */
bool root_verify(const uint8_t *modulus, size_t size, const void *data, size_t len,
		 const uint8_t *sig)
{
	BIGNUM *n = BN_bin2bn(modulus, (int)size, NULL);
	EVP_PKEY *pkey = n ? rsa_pkey(n, NULL) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	ok = pkey && ctx && EVP_DigestVerifyInit(ctx, &pctx, hash_for(size), NULL, pkey) > 0 &&
	     pss(pctx) && EVP_DigestVerify(ctx, sig, size, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	BN_free(n);
	return ok;
}
