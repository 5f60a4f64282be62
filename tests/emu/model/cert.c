// SPDX-License-Identifier: GPL-2.0-only
/* Certificates: build, sign, check. */
#include "cert.h"

#include <string.h>

/**
 * cert_put_number() - Big-endian number into a zero-padded little-endian field
 * @wire: field
 * @wire_len: its size, at least @len
 * @number: big-endian
 * @len: its size
 */
void cert_put_number(uint8_t *wire, size_t wire_len, const uint8_t *number, size_t len)
{
	size_t i;

	memset(wire, 0, wire_len);
	for (i = 0; i < len; i++)
		wire[i] = number[len - 1 - i];
}

/**
 * cert_get_number() - The way back
 * @wire: field
 * @wire_len: its size, at least @len
 * @number: big-endian
 * @len: its size
 *
 * Return: false if the number does not fit.
 */
bool cert_get_number(const uint8_t *wire, size_t wire_len, uint8_t *number, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		number[i] = wire[len - 1 - i];
	for (i = len; i < wire_len; i++)
		if (wire[i])
			return false;
	return true;
}

static bool all_zero(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		if (*p++)
			return false;
	return true;
}

static uint32_t usage_algo(uint32_t usage)
{
	return usage == SEV_USAGE_PDH ? SEV_ALGO_ECDH_SHA256 : SEV_ALGO_ECDSA_SHA256;
}

/**
 * cert_init() - An unsigned certificate
 * @cert: filled in
 * @api_major: firmware that makes it
 * @api_minor: see @api_major
 * @usage: whose key
 * @pub: the key
 */
void cert_init(struct sev_cert *cert, uint8_t api_major, uint8_t api_minor, uint32_t usage,
	       const struct ec_pub *pub)
{
	memset(cert, 0, sizeof(*cert));
	cert->version = SEV_CERT_VERSION;
	cert->api_major = api_major;
	cert->api_minor = api_minor;
	cert->usage = usage;
	cert->algo = usage_algo(usage);
	cert->ecc.curve = SEV_CURVE_P384;
	cert_put_number(cert->ecc.qx, sizeof(cert->ecc.qx), pub->x, EC_SIZE);
	cert_put_number(cert->ecc.qy, sizeof(cert->ecc.qy), pub->y, EC_SIZE);
	cert->sig[0].usage = SEV_USAGE_INVALID;
	cert->sig[1].usage = SEV_USAGE_INVALID;
}

/**
 * cert_sign() - Add a signature
 * @cert: certificate
 * @slot: 0 or 1
 * @usage: who signs
 * @signer: with which key
 *
 * Return: false if libcrypto fails.
 */
bool cert_sign(struct sev_cert *cert, unsigned int slot, uint32_t usage,
	       const struct ec_key *signer)
{
	struct sev_cert_signature *out = &cert->sig[slot];
	struct ec_sig sig;

	if (!ec_sign(signer, HASH_SHA256, cert, SEV_CERT_SIGNED_LEN, &sig))
		return false;
	memset(out, 0, sizeof(*out));
	out->usage = usage;
	out->algo = usage_algo(usage);
	cert_put_number(out->ecdsa.r, sizeof(out->ecdsa.r), sig.r, EC_SIZE);
	cert_put_number(out->ecdsa.s, sizeof(out->ecdsa.s), sig.s, EC_SIZE);
	return true;
}

/**
 * cert_sign_by_ask() - The signature under a CEK that the vendor hands out per chip
 * @cert: CEK certificate
 *
 * Return: false if libcrypto fails.
 */
bool cert_sign_by_ask(struct sev_cert *cert)
{
	uint8_t sig[RSA_SIZE];

	if (!root_sign(ROOT_ASK, cert, SEV_CERT_SIGNED_LEN, sig))
		return false;
	cert->sig[0].usage = SEV_USAGE_ASK;
	cert->sig[0].algo = SEV_ALGO_RSA_SHA384;
	cert_put_number(cert->sig[0].rsa, RSA_SIZE, sig, RSA_SIZE);
	return true;
}

/**
 * cert_malformed() - Check all of a certificate but its signatures
 * @cert: any bytes
 * @usage: what it must be
 *
 * Return: NULL if it is well formed, else what is wrong with it.
 */
const char *cert_malformed(const struct sev_cert *cert, uint32_t usage)
{
	uint8_t number[EC_SIZE];

	if (cert->version != SEV_CERT_VERSION)
		return "its version is not 1";
	if (cert->usage != usage)
		return "its key usage is wrong";
	if (cert->algo != usage_algo(usage))
		return "its key algorithm does not fit the usage";
	if (cert->ecc.curve != SEV_CURVE_P384)
		return "its curve is not P-384";
	if (!all_zero(cert->rsvd, sizeof(cert->rsvd)) ||
	    !all_zero(cert->ecc.rsvd, sizeof(cert->ecc.rsvd)))
		return "its reserved bytes are not zero";
	if (!cert_get_number(cert->ecc.qx, sizeof(cert->ecc.qx), number, sizeof(number)) ||
	    !cert_get_number(cert->ecc.qy, sizeof(cert->ecc.qy), number, sizeof(number)))
		return "its key is larger than the curve";
	return NULL;
}

/**
 * cert_public_key() - The key in a certificate
 * @cert: well-formed certificate
 * @pub: filled in; whether it is a point of the curve shows when it is used
 */
void cert_public_key(const struct sev_cert *cert, struct ec_pub *pub)
{
	cert_get_number(cert->ecc.qx, sizeof(cert->ecc.qx), pub->x, EC_SIZE);
	cert_get_number(cert->ecc.qy, sizeof(cert->ecc.qy), pub->y, EC_SIZE);
}

/**
 * cert_signed_by() - Look for a good signature in either slot
 * @cert: certificate
 * @signer: well-formed certificate of the signer
 *
 * Return: true if one of the signatures names the signer's usage and verifies.
 */
bool cert_signed_by(const struct sev_cert *cert, const struct sev_cert *signer)
{
	struct ec_pub pub;
	unsigned int i;

	cert_public_key(signer, &pub);
	for (i = 0; i < 2; i++) {
		const struct sev_cert_signature *in = &cert->sig[i];
		struct ec_sig sig;

		if (in->usage != signer->usage || in->algo != signer->algo)
			continue;
		if (!cert_get_number(in->ecdsa.r, sizeof(in->ecdsa.r), sig.r, EC_SIZE) ||
		    !cert_get_number(in->ecdsa.s, sizeof(in->ecdsa.s), sig.s, EC_SIZE))
			continue;
		if (ec_verify(&pub, HASH_SHA256, cert, SEV_CERT_SIGNED_LEN, &sig))
			return true;
	}
	return false;
}

static bool signed_by_ask(const struct sev_cert *cert, const struct amd_cert *ask)
{
	uint8_t modulus[RSA_SIZE], sig[RSA_SIZE];
	unsigned int i;

	cert_get_number(ask->modulus, RSA_SIZE, modulus, RSA_SIZE);
	for (i = 0; i < 2; i++) {
		if (cert->sig[i].usage != SEV_USAGE_ASK ||
		    cert->sig[i].algo != SEV_ALGO_RSA_SHA384)
			continue;
		cert_get_number(cert->sig[i].rsa, RSA_SIZE, sig, RSA_SIZE);
		if (root_verify(modulus, cert, SEV_CERT_SIGNED_LEN, sig))
			return true;
	}
	return false;
}

static bool amd_cert_build(struct amd_cert *cert, enum root root, uint32_t usage)
{
	static const char * const id[] = { [ROOT_ARK] = "ARK id", [ROOT_ASK] = "ASK id" };
	static const uint8_t exponent[] = { 1, 0, 1 };
	uint8_t number[RSA_SIZE];

	memset(cert, 0, sizeof(*cert));
	cert->header.version = SEV_CERT_VERSION;
	cert->header.usage = usage;
	cert->header.exponent_bits = RSA_SIZE * 8;
	cert->header.modulus_bits = RSA_SIZE * 8;
	cert_put_number(cert->exponent, RSA_SIZE, exponent, sizeof(exponent));
	if (!key_expand(id[root], NULL, 0, cert->header.key_id, sizeof(cert->header.key_id)) ||
	    !key_expand(id[ROOT_ARK], NULL, 0, cert->header.certifying_id,
			sizeof(cert->header.certifying_id)) ||
	    !root_modulus(root, number))
		return false;
	cert_put_number(cert->modulus, RSA_SIZE, number, RSA_SIZE);
	if (!root_sign(ROOT_ARK, cert, AMD_CERT_SIGNED_LEN, number))
		return false;
	cert_put_number(cert->signature, RSA_SIZE, number, RSA_SIZE);
	return true;
}

/**
 * amd_chain_build() - The certificates of the root keys
 * @chain: filled in
 *
 * Return: false if libcrypto fails.
 */
bool amd_chain_build(struct amd_cert_chain *chain)
{
	return amd_cert_build(&chain->ask, ROOT_ASK, SEV_USAGE_ASK) &&
	       amd_cert_build(&chain->ark, ROOT_ARK, SEV_USAGE_ARK);
}

static bool amd_header_good(const struct amd_cert_header *header, uint32_t usage)
{
	return header->version == SEV_CERT_VERSION && header->usage == usage &&
	       header->exponent_bits == RSA_SIZE * 8 && header->modulus_bits == RSA_SIZE * 8;
}

/* Firmware knows its root; a signature is only needed for what is not exactly that root. */
static const char *amd_chain_broken(const struct amd_cert_chain *chain)
{
	uint8_t modulus[RSA_SIZE], known[RSA_SIZE], sig[RSA_SIZE];

	if (!amd_header_good(&chain->ark.header, SEV_USAGE_ARK))
		return "the ARK certificate has another usage, version or key size";
	if (!amd_header_good(&chain->ask.header, SEV_USAGE_ASK))
		return "the ASK certificate has another usage, version or key size";
	cert_get_number(chain->ark.modulus, RSA_SIZE, modulus, RSA_SIZE);
	if (!root_modulus(ROOT_ARK, known) || !same_bytes(modulus, known, RSA_SIZE))
		return "the ARK is not the one this firmware knows";
	cert_get_number(chain->ark.signature, RSA_SIZE, sig, RSA_SIZE);
	if (!root_verify(modulus, &chain->ark, AMD_CERT_SIGNED_LEN, sig))
		return "the ARK did not sign itself";
	cert_get_number(chain->ask.signature, RSA_SIZE, sig, RSA_SIZE);
	if (!root_verify(modulus, &chain->ask, AMD_CERT_SIGNED_LEN, sig))
		return "the ASK is not signed by the ARK";
	return NULL;
}

/**
 * cert_chain_broken() - Check a platform from its PDH up to the root
 * @pdh: any bytes
 * @chain: any bytes
 * @amd: any bytes
 *
 * Return: NULL if every link holds, else the first one that does not.
 */
const char *cert_chain_broken(const struct sev_cert *pdh, const struct sev_cert_chain *chain,
			      const struct amd_cert_chain *amd)
{
	const char *why = amd_chain_broken(amd);

	if (why)
		return why;
	if (cert_malformed(&chain->cek, SEV_USAGE_CEK))
		return "the CEK certificate is malformed";
	if (!signed_by_ask(&chain->cek, &amd->ask))
		return "the CEK is not signed by the ASK";
	if (cert_malformed(&chain->oca, SEV_USAGE_OCA))
		return "the OCA certificate is malformed";
	if (!cert_signed_by(&chain->oca, &chain->oca))
		return "the OCA did not sign itself";
	if (cert_malformed(&chain->pek, SEV_USAGE_PEK))
		return "the PEK certificate is malformed";
	if (!cert_signed_by(&chain->pek, &chain->cek))
		return "the PEK is not signed by the CEK";
	if (!cert_signed_by(&chain->pek, &chain->oca))
		return "the PEK is not signed by the OCA";
	if (cert_malformed(pdh, SEV_USAGE_PDH))
		return "the PDH certificate is malformed";
	if (!cert_signed_by(pdh, &chain->pek))
		return "the PDH is not signed by the PEK";
	return NULL;
}
