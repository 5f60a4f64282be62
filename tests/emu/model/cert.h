/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two certificate formats of the SEV API specification, with the keys that the model uses:
 * P-384 for the platform, RSA for the roots: 2048 bits for Naples, else 4096.
 *
 * On the wire every integer is little-endian, coordinates and RSA numbers included; the key code
 * is big-endian, the conversion is here.
 */
#ifndef EMU_MODEL_CERT_H
#define EMU_MODEL_CERT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"
#include "sev-certs.h"

/* struct sev_cert_chain - What PDH_CERT_EXPORT writes beside the PDH */
struct sev_cert_chain {
	struct sev_cert pek;
	struct sev_cert oca;
	struct sev_cert cek;
};

static_assert(sizeof(struct sev_cert_chain) == SEV_CERT_CHAIN_LEN, "certificate chain");

/* Length of a root key's certificate: header, exponent, modulus, signature */
#define AMD_CERT_LEN(size)	(sizeof(struct amd_cert_header) + 3 * (size))

static_assert(AMD_CERT_LEN(RSA_SIZE) == 0x640, "root certificate");
static_assert(AMD_CERT_LEN(RSA_SIZE / 2) == 0x340, "root certificate of Naples");

/* struct amd_chain - The file that the vendor publishes per product: certificates of ASK and ARK */
struct amd_chain {
	uint32_t len;
	uint8_t data[2 * AMD_CERT_LEN(RSA_SIZE)];
};

void cert_init(struct sev_cert *cert, uint8_t api_major, uint8_t api_minor, uint32_t usage,
	       const struct ec_pub *pub);
bool cert_sign(struct sev_cert *cert, unsigned int slot, uint32_t usage,
	       const struct ec_key *signer);
bool cert_sign_by_ask(struct sev_cert *cert, bool naples);
const char *cert_malformed(const struct sev_cert *cert, uint32_t usage);
bool cert_signed_by(const struct sev_cert *cert, const struct sev_cert *signer);
void cert_public_key(const struct sev_cert *cert, struct ec_pub *pub);
bool amd_chain_build(struct amd_chain *chain, bool naples);
bool amd_chain_fits(uint32_t len);
const char *cert_chain_broken(const struct sev_cert *pdh, const struct sev_cert_chain *chain,
			      const struct amd_chain *amd);

void cert_put_number(uint8_t *wire, size_t wire_len, const uint8_t *number, size_t len);
bool cert_get_number(const uint8_t *wire, size_t wire_len, uint8_t *number, size_t len);

#endif
