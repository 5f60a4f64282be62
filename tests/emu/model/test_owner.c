// SPDX-License-Identifier: GPL-2.0-only
/* A guest owner's tool, see test_owner.h. */
#include "test_owner.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#define SIGNED_SIZE	0x414
#define SIG(slot)	(0x414 + (slot) * 0x208)
#define ALGO_ECDSA	2
#define ALGO_ECDH	3

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static EVP_PKEY *public_key(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/**
 * cert_key() - Public key of a platform certificate
 * @cert: CERT_SIZE bytes
 *
 * Return: the key; it is an error if there is none.
 */
EVP_PKEY *cert_key(const uint8_t *cert)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	uint8_t point[97] = { 4 };
	int i;

	assert_int_equal(get32(cert + 0x10), 2);	/* P-384 */
	for (i = 0; i < 48; i++) {
		point[1 + i] = cert[0x14 + 47 - i];
		point[49 + i] = cert[0x14 + 72 + 47 - i];
	}
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	return public_key("EC", build);
}

/**
 * ecdsa_good() - Verify a signature in the wire format
 * @data: what was signed
 * @len: its length
 * @r: 72 bytes
 * @s: 72 bytes
 * @signer: public key
 *
 * Return: true if it is good.
 */
bool ecdsa_good(const uint8_t *data, size_t len, const uint8_t *r, const uint8_t *s,
		EVP_PKEY *signer)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *parsed = ECDSA_SIG_new();
	uint8_t *der = NULL;
	int der_len;
	bool good;

	ECDSA_SIG_set0(parsed, BN_lebin2bn(r, 72, NULL), BN_lebin2bn(s, 72, NULL));
	der_len = i2d_ECDSA_SIG(parsed, &der);
	good = der_len > 0 &&
	       EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, signer) == 1 &&
	       EVP_DigestVerify(ctx, der, (size_t)der_len, data, len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(parsed);
	EVP_MD_CTX_free(ctx);
	return good;
}

/**
 * cert_signature_good() - Verify an ECDSA signature of a platform certificate
 * @cert: CERT_SIZE bytes
 * @slot: 0 or 1
 * @usage: who must have signed
 * @signer: public key
 *
 * Return: true if it is good.
 */
bool cert_signature_good(const uint8_t *cert, unsigned int slot, uint32_t usage, EVP_PKEY *signer)
{
	const uint8_t *sig = cert + SIG(slot);

	return get32(sig) == usage && get32(sig + 4) == ALGO_ECDSA &&
	       ecdsa_good(cert, SIGNED_SIZE, sig + 8, sig + 80, signer);
}

/* Bytes of the numbers in a root certificate; exponent and modulus have the same. */
static int root_number_size(const uint8_t *cert)
{
	uint32_t bits = get32(cert + 0x38);

	assert_true(bits == 2048 || bits == 4096);
	assert_int_equal(get32(cert + 0x3c), bits);
	return (int)bits / 8;
}

/**
 * root_cert_size() - Length of an ASK or ARK certificate
 * @cert: certificate
 *
 * Return: its bytes.
 */
uint32_t root_cert_size(const uint8_t *cert)
{
	return 64 + 3 * (uint32_t)root_number_size(cert);
}

/**
 * root_key() - Public key of an ASK or ARK certificate
 * @cert: certificate
 *
 * Return: the key.
 */
EVP_PKEY *root_key(const uint8_t *cert)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	int size = root_number_size(cert);
	BIGNUM *e = BN_lebin2bn(cert + 64, size, NULL);
	BIGNUM *n = BN_lebin2bn(cert + 64 + size, size, NULL);
	EVP_PKEY *key;

	assert_int_equal(BN_num_bits(n), size * 8);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	key = public_key("RSA", build);
	BN_free(e);
	BN_free(n);
	return key;
}

/* With SHA-384, by a key of 2048 bits with SHA-256. */
static bool pss_good(const uint8_t *data, size_t len, const uint8_t *sig, EVP_PKEY *signer)
{
	const EVP_MD *md = EVP_PKEY_bits(signer) == 4096 ? EVP_sha384() : EVP_sha256();
	int size = EVP_PKEY_bits(signer) / 8;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	uint8_t reversed[512];
	bool good;
	int i;

	for (i = 0; i < size; i++)
		reversed[i] = sig[size - 1 - i];
	good = EVP_DigestVerifyInit(ctx, &pctx, md, NULL, signer) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_DigestVerify(ctx, reversed, (size_t)size, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/**
 * root_signature_good() - Verify the signature of an ASK or ARK certificate
 * @cert: certificate
 * @signer: public key
 *
 * Return: true if it is good.
 */
bool root_signature_good(const uint8_t *cert, EVP_PKEY *signer)
{
	size_t len = 64 + 2 * (size_t)root_number_size(cert);

	return pss_good(cert, len, cert + len, signer);
}

/**
 * cek_signature_good() - Verify the ASK's signature under a CEK
 * @cert: CERT_SIZE bytes
 * @ask: public key
 *
 * Return: true if it is good.
 */
bool cek_signature_good(const uint8_t *cert, EVP_PKEY *ask)
{
	uint32_t algo = EVP_PKEY_bits(ask) == 4096 ? 0x101 : 1;

	return get32(cert + SIG(0)) == 0x13 && get32(cert + SIG(0) + 4) == algo &&
	       pss_good(cert, SIGNED_SIZE, cert + SIG(0) + 8, ask);
}

/**
 * make_cert() - Certificate without signatures
 * @cert: CERT_SIZE bytes
 * @usage: whose key
 * @key: the key
 */
void make_cert(uint8_t *cert, uint32_t usage, EVP_PKEY *key)
{
	BIGNUM *x = NULL, *y = NULL;

	memset(cert, 0, CERT_SIZE);
	put32(cert, 1);
	cert[4] = 1;
	put32(cert + 8, usage);
	put32(cert + 12, usage == 0x1003 ? ALGO_ECDH : ALGO_ECDSA);
	put32(cert + 16, 2);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y), 1);
	BN_bn2lebinpad(x, cert + 0x14, 72);
	BN_bn2lebinpad(y, cert + 0x14 + 72, 72);
	BN_free(x);
	BN_free(y);
	put32(cert + SIG(0), 0x1000);
	put32(cert + SIG(1), 0x1000);
}

/**
 * sign_cert() - Sign a certificate
 * @cert: CERT_SIZE bytes
 * @slot: 0 or 1
 * @usage: who signs
 * @signer: with which key
 */
void sign_cert(uint8_t *cert, unsigned int slot, uint32_t usage, EVP_PKEY *signer)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[160];
	const uint8_t *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, signer), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &len, cert, SIGNED_SIZE), 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	memset(cert + SIG(slot), 0, 520);
	put32(cert + SIG(slot), usage);
	put32(cert + SIG(slot) + 4, ALGO_ECDSA);
	BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), cert + SIG(slot) + 8, 72);
	BN_bn2lebinpad(ECDSA_SIG_get0_s(sig), cert + SIG(slot) + 80, 72);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

static void kdf(const uint8_t *key, size_t key_len, const char *label, const uint8_t *nonce,
		uint8_t *out)
{
	uint8_t in[64], mac[32];
	size_t n = strlen(label);

	memset(in, 0, sizeof(in));
	in[0] = 1;			/* counter */
	memcpy(in + 4, label, n);
	n += 5;				/* and a zero */
	if (nonce) {
		memcpy(in + n, nonce, 16);
		n += 16;
	}
	in[n] = 128;			/* bits wanted */
	n += 4;
	HMAC(EVP_sha256(), key, (int)key_len, in, n, mac, NULL);
	memcpy(out, mac, 16);
}

static void ctr(const uint8_t *key, const uint8_t *iv, const uint8_t *in, uint8_t *out, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;

	assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, out, &done, in, len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

/**
 * owner_new() - An owner with fresh keys
 * @o: filled in
 */
void owner_new(struct owner *o)
{
	o->key = EVP_EC_gen("P-384");
	assert_non_null(o->key);
	assert_int_equal(RAND_bytes(o->tek, 16), 1);
	assert_int_equal(RAND_bytes(o->tik, 16), 1);
}

/**
 * owner_free() - Forget the keys
 * @o: owner
 */
void owner_free(struct owner *o)
{
	EVP_PKEY_free(o->key);
}

/**
 * owner_session() - What LAUNCH_START gets from the owner
 * @o: owner
 * @pdh: certificate of the platform
 * @policy: of the guest
 * @cert: filled in: the owner's Diffie-Hellman certificate
 * @session: filled in: 128 bytes
 */
void owner_session(struct owner *o, const uint8_t *pdh, uint32_t policy, uint8_t *cert,
		   uint8_t *session)
{
	EVP_PKEY *peer = cert_key(pdh);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->key, NULL);
	uint8_t z[48], master[16], kek[16], kik[16], keys[32], policy_le[4];
	size_t len = sizeof(z);

	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	assert_int_equal(EVP_PKEY_derive(ctx, z, &len), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);

	RAND_bytes(session, 16);			/* nonce */
	RAND_bytes(session + 48, 16);			/* wrap IV */
	kdf(z, sizeof(z), "sev-master-secret", session, master);
	kdf(master, 16, "sev-kek", NULL, kek);
	kdf(master, 16, "sev-kik", NULL, kik);
	memcpy(keys, o->tek, 16);
	memcpy(keys + 16, o->tik, 16);
	ctr(kek, session + 48, keys, session + 16, 32);
	HMAC(EVP_sha256(), kik, 16, session + 16, 32, session + 64, NULL);
	put32(policy_le, policy);
	HMAC(EVP_sha256(), o->tik, 16, policy_le, 4, session + 96, NULL);
	make_cert(cert, 0x1003, o->key);
}

/**
 * owner_measurement() - The measurement that a good platform must answer
 * @o: owner
 * @digest: SHA-256 over what was launched
 * @version: API major, minor and build
 * @policy: of the guest
 * @mnonce: from the answer
 * @mac: filled in
 */
void owner_measurement(const struct owner *o, const uint8_t *digest, const uint8_t *version,
		       uint32_t policy, const uint8_t *mnonce, uint8_t *mac)
{
	uint8_t in[56] = { 4, version[0], version[1], version[2] };

	put32(in + 4, policy);
	memcpy(in + 8, digest, 32);
	memcpy(in + 40, mnonce, 16);
	HMAC(EVP_sha256(), o->tik, 16, in, sizeof(in), mac, NULL);
}

/**
 * owner_secret() - A secret for LAUNCH_UPDATE_SECRET
 * @o: owner
 * @measurement: the MAC that LAUNCH_MEASURE answered
 * @plain: secret
 * @len: its length, up to 256
 * @header: filled in: 52 bytes
 * @packet: filled in: @len bytes
 */
void owner_secret(const struct owner *o, const uint8_t *measurement, const uint8_t *plain,
		  uint32_t len, uint8_t *header, uint8_t *packet)
{
	uint8_t in[29 + 256 + 32] = { 1 };

	assert_true(len <= 256);
	memset(header, 0, 52);
	RAND_bytes(header + 4, 16);
	ctr(o->tek, header + 4, plain, packet, (int)len);
	memcpy(in + 1, header, 20);
	put32(in + 21, len);
	put32(in + 25, len);
	memcpy(in + 29, packet, len);
	memcpy(in + 29 + len, measurement, 32);
	HMAC(EVP_sha256(), o->tik, 16, in, 29 + len + 32, header + 20, NULL);
}

/**
 * export_certs() - PDH_CERT_EXPORT
 * @m: machine
 * @pdh: filled in: CERT_SIZE bytes
 * @chain: filled in: three times CERT_SIZE bytes
 */
void export_certs(struct machine *m, uint8_t *pdh, uint8_t *chain)
{
	struct sev_cmd_pdh_cert_export cmd = {
		.pdh_paddr = AT_A, .pdh_len = CERT_SIZE,
		.chain_paddr = AT_B, .chain_len = 3 * CERT_SIZE,
	};

	assert_int_equal(run(m, SEV_OP_PDH_CERT_EXPORT, &cmd, sizeof(cmd)), 0);
	assert_int_equal(cmd.pdh_len, CERT_SIZE);
	assert_int_equal(cmd.chain_len, 3 * CERT_SIZE);
	memcpy(pdh, machine_at(m, AT_A), CERT_SIZE);
	memcpy(chain, machine_at(m, AT_B), 3 * CERT_SIZE);
}

/**
 * owner_launch() - LAUNCH_START with an owner
 * @m: machine
 * @o: owner
 * @policy: of the guest
 * @handle: of the guest
 *
 * Return: status.
 */
uint32_t owner_launch(struct machine *m, struct owner *o, uint32_t policy, uint32_t *handle)
{
	struct sev_cmd_guest_start cmd = {
		.policy = policy,
		.pdh_paddr = AT_C, .pdh_len = CERT_SIZE,
		.session_paddr = AT_D, .session_len = 128,
	};
	uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE];
	uint32_t status;

	export_certs(m, pdh, chain);
	owner_session(o, pdh, policy, machine_at(m, AT_C), machine_at(m, AT_D));
	status = run(m, SEV_OP_LAUNCH_START, &cmd, sizeof(cmd));
	*handle = cmd.handle;
	return status;
}
