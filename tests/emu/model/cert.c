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
 * @naples: the chip is a Naples
 *
 * Return: false if libcrypto fails.
 */
bool cert_sign_by_ask(struct sev_cert *cert, bool naples)
{
	enum root ask = naples ? ROOT_NAPLES_ASK : ROOT_ASK;
	uint8_t sig[RSA_SIZE];

	if (!root_sign(ask, cert, SEV_CERT_SIGNED_LEN, sig))
		return false;
	cert->sig[0].usage = SEV_USAGE_ASK;
	cert->sig[0].algo = naples ? SEV_ALGO_RSA_SHA256 : SEV_ALGO_RSA_SHA384;
	cert_put_number(cert->sig[0].rsa, RSA_SIZE, sig, root_size(ask));
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

/* struct amd_cert - Where the parts of a root key's certificate are */
struct amd_cert {
	struct amd_cert_header header;
	const uint8_t *start;
	const uint8_t *modulus;
	const uint8_t *signature;
	size_t size;
};

/* The certificates of a chain have the same size. */
static struct amd_cert cert_of(const struct amd_chain *chain, unsigned int index)
{
	struct amd_cert cert = { .start = chain->data + index * chain->len / 2 };

	cert.size = (chain->len / 2 - sizeof(cert.header)) / 3;
	cert.modulus = cert.start + sizeof(cert.header) + cert.size;
	cert.signature = cert.modulus + cert.size;
	memcpy(&cert.header, cert.start, sizeof(cert.header));
	return cert;
}

static bool signed_by_root(const void *data, size_t len, const uint8_t *wire_sig,
			   const struct amd_cert *signer)
{
	uint8_t modulus[RSA_SIZE], sig[RSA_SIZE];

	cert_get_number(signer->modulus, signer->size, modulus, signer->size);
	cert_get_number(wire_sig, signer->size, sig, signer->size);
	return root_verify(modulus, signer->size, data, len, sig);
}

static bool signed_by_ask(const struct sev_cert *cert, const struct amd_cert *ask)
{
	uint32_t algo = ask->size == RSA_SIZE ? SEV_ALGO_RSA_SHA384 : SEV_ALGO_RSA_SHA256;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (cert->sig[i].usage == SEV_USAGE_ASK && cert->sig[i].algo == algo &&
		    signed_by_root(cert, SEV_CERT_SIGNED_LEN, cert->sig[i].rsa, ask))
			return true;
	return false;
}

static bool amd_cert_build(uint8_t *to, enum root root, enum root ark, uint32_t usage)
{
	static const char * const id[] = {
		[ROOT_ARK] = "ARK id", [ROOT_ASK] = "ASK id",
		[ROOT_NAPLES_ARK] = "Naples ARK id", [ROOT_NAPLES_ASK] = "Naples ASK id",
	};
	static const uint8_t exponent[] = { 1, 0, 1 };
	size_t size = root_size(root), at = sizeof(struct amd_cert_header);
	struct amd_cert_header header = {
		.version = SEV_CERT_VERSION, .usage = usage,
		.exponent_bits = (uint32_t)size * 8, .modulus_bits = (uint32_t)size * 8,
	};
	uint8_t number[RSA_SIZE];

	if (!key_expand(id[root], NULL, 0, header.key_id, sizeof(header.key_id)) ||
	    !key_expand(id[ark], NULL, 0, header.certifying_id, sizeof(header.certifying_id)) ||
	    !root_modulus(root, number))
		return false;
	memcpy(to, &header, sizeof(header));
	cert_put_number(to + at, size, exponent, sizeof(exponent));
	cert_put_number(to + at + size, size, number, size);
	if (!root_sign(ark, to, at + 2 * size, number))
		return false;
	cert_put_number(to + at + 2 * size, size, number, size);
	return true;
}

/**
 * amd_chain_build() - The certificates of the root keys
 * @chain: filled in
 * @naples: those of Naples
 *
 * Return: false if libcrypto fails.
 */
bool amd_chain_build(struct amd_chain *chain, bool naples)
{
	enum root ask = naples ? ROOT_NAPLES_ASK : ROOT_ASK;
	enum root ark = naples ? ROOT_NAPLES_ARK : ROOT_ARK;
	size_t len = AMD_CERT_LEN(root_size(ask));

	chain->len = (uint32_t)(2 * len);
	return amd_cert_build(chain->data, ask, ark, SEV_USAGE_ASK) &&
	       amd_cert_build(chain->data + len, ark, ark, SEV_USAGE_ARK);
}

/**
 * amd_chain_fits() - May a chain of root certificates be that long?
 * @len: bytes
 *
 * Return: true if it may.
 */
bool amd_chain_fits(uint32_t len)
{
	return len == 2 * AMD_CERT_LEN(RSA_SIZE) || len == 2 * AMD_CERT_LEN(RSA_SIZE / 2);
}

static bool amd_header_good(const struct amd_cert *cert, uint32_t usage)
{
	return cert->header.version == SEV_CERT_VERSION && cert->header.usage == usage &&
	       cert->header.exponent_bits == cert->size * 8 &&
	       cert->header.modulus_bits == cert->size * 8;
}

/* Firmware knows its root; a signature is only needed for what is not exactly that root. */
static const char *amd_chain_broken(const struct amd_cert *ask, const struct amd_cert *ark)
{
	size_t signed_len = (size_t)(ark->signature - ark->start);
	uint8_t modulus[RSA_SIZE], known[RSA_SIZE];

	if (!amd_header_good(ark, SEV_USAGE_ARK))
		return "the ARK certificate has another usage, version or key size";
	if (!amd_header_good(ask, SEV_USAGE_ASK))
		return "the ASK certificate has another usage, version or key size";
	cert_get_number(ark->modulus, ark->size, modulus, ark->size);
	if (!root_modulus(ark->size == RSA_SIZE ? ROOT_ARK : ROOT_NAPLES_ARK, known) ||
	    !same_bytes(modulus, known, ark->size))
		return "the ARK is not the one this firmware knows";
	if (!signed_by_root(ark->start, signed_len, ark->signature, ark))
		return "the ARK did not sign itself";
	if (!signed_by_root(ask->start, signed_len, ask->signature, ark))
		return "the ASK is not signed by the ARK";
	return NULL;
}

/**
 * cert_chain_broken() - Check a platform from its PDH up to the root
 * @pdh: any bytes
 * @chain: any bytes
 * @amd: any bytes, of a length that amd_chain_fits()
 *
 * Return: NULL if every link holds, else the first one that does not.
 */
const char *cert_chain_broken(const struct sev_cert *pdh, const struct sev_cert_chain *chain,
			      const struct amd_chain *amd)
{
	const struct amd_cert ask = cert_of(amd, 0), ark = cert_of(amd, 1);
	const char *why = amd_chain_broken(&ask, &ark);

	if (why)
		return why;
	if (cert_malformed(&chain->cek, SEV_USAGE_CEK))
		return "the CEK certificate is malformed";
	if (!signed_by_ask(&chain->cek, &ask))
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
