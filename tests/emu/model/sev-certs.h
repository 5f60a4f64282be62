/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates and other blobs that legacy SEV commands take and give.
 *
 * Big numbers (coordinates, moduli, signatures) are stored little-endian too, zero
 * padded to their field. A certificate chain ends at AMD: ARK signs ASK signs CEK
 * signs PEK; the owner's authority (OCA) signs PEK as well; PEK signs PDH.
 */
#ifndef EMU_MODEL_SEV_CERTS_H
#define EMU_MODEL_SEV_CERTS_H

#include "sev/layout.h"

/* Usage of the key in a certificate, and of the key that signed it. */
#define SEV_USAGE_ARK			0x0000U
#define SEV_USAGE_ASK			0x0013U
#define SEV_USAGE_INVALID		0x1000U
#define SEV_USAGE_OCA			0x1001U
#define SEV_USAGE_PEK			0x1002U
#define SEV_USAGE_PDH			0x1003U
#define SEV_USAGE_CEK			0x1004U

/* Algorithms. */
#define SEV_ALGO_INVALID		0x000U
#define SEV_ALGO_RSA_SHA256		0x001U
#define SEV_ALGO_ECDSA_SHA256		0x002U
#define SEV_ALGO_ECDH_SHA256		0x003U
#define SEV_ALGO_RSA_SHA384		0x101U
#define SEV_ALGO_ECDSA_SHA384		0x102U
#define SEV_ALGO_ECDH_SHA384		0x103U

/* Curves. */
#define SEV_CURVE_P256			1U
#define SEV_CURVE_P384			2U

#define SEV_CERT_VERSION		1U
#define SEV_PUBKEY_LEN			0x404
#define SEV_SIGNATURE_LEN		512
#define SEV_ECC_COORD_LEN		72

/**
 * struct sev_ecc_pubkey - public key on a curve
 * @curve: SEV_CURVE_*
 * @qx: coordinate
 * @qy: coordinate
 * @rsvd: zero
 */
struct sev_ecc_pubkey {
	__u32 curve;
	__u8 qx[SEV_ECC_COORD_LEN];
	__u8 qy[SEV_ECC_COORD_LEN];
	__u8 rsvd[SEV_PUBKEY_LEN - 4 - 2 * SEV_ECC_COORD_LEN];
} __packed;
SEV_ASSERT_SIZE(struct sev_ecc_pubkey, SEV_PUBKEY_LEN);
SEV_ASSERT_AT(struct sev_ecc_pubkey, curve, 0);
SEV_ASSERT_AT(struct sev_ecc_pubkey, qx, 4);
SEV_ASSERT_AT(struct sev_ecc_pubkey, qy, 76);
SEV_ASSERT_AT(struct sev_ecc_pubkey, rsvd, 148);

/**
 * struct sev_rsa_pubkey - public RSA key
 * @modulus_bits: size of the modulus
 * @exponent: public exponent
 * @modulus: modulus
 */
struct sev_rsa_pubkey {
	__u32 modulus_bits;
	__u8 exponent[SEV_SIGNATURE_LEN];
	__u8 modulus[SEV_SIGNATURE_LEN];
} __packed;
SEV_ASSERT_SIZE(struct sev_rsa_pubkey, SEV_PUBKEY_LEN);
SEV_ASSERT_AT(struct sev_rsa_pubkey, modulus_bits, 0);
SEV_ASSERT_AT(struct sev_rsa_pubkey, exponent, 4);
SEV_ASSERT_AT(struct sev_rsa_pubkey, modulus, 516);

/**
 * struct sev_ecdsa_signature - signature by a key on a curve
 * @r: first half
 * @s: second half
 * @rsvd: zero
 */
struct sev_ecdsa_signature {
	__u8 r[SEV_ECC_COORD_LEN];
	__u8 s[SEV_ECC_COORD_LEN];
	__u8 rsvd[SEV_SIGNATURE_LEN - 2 * SEV_ECC_COORD_LEN];
} __packed;
SEV_ASSERT_SIZE(struct sev_ecdsa_signature, SEV_SIGNATURE_LEN);
SEV_ASSERT_AT(struct sev_ecdsa_signature, r, 0);
SEV_ASSERT_AT(struct sev_ecdsa_signature, s, 72);
SEV_ASSERT_AT(struct sev_ecdsa_signature, rsvd, 144);

/**
 * struct sev_cert_signature - one of the two signatures on a certificate
 * @usage: SEV_USAGE_* of the key that signed; SEV_USAGE_INVALID: no signature
 * @algo: SEV_ALGO_*
 * @ecdsa: signature by an ECC key
 * @rsa: signature by an RSA key
 */
struct sev_cert_signature {
	__u32 usage;
	__u32 algo;
	union {
		struct sev_ecdsa_signature ecdsa;
		__u8 rsa[SEV_SIGNATURE_LEN];
	};
} __packed;
SEV_ASSERT_SIZE(struct sev_cert_signature, 520);
SEV_ASSERT_AT(struct sev_cert_signature, usage, 0);
SEV_ASSERT_AT(struct sev_cert_signature, algo, 4);
SEV_ASSERT_AT(struct sev_cert_signature, ecdsa, 8);
SEV_ASSERT_AT(struct sev_cert_signature, rsa, 8);

/**
 * struct sev_cert - certificate of OCA, PEK, PDH and CEK
 * @version: SEV_CERT_VERSION
 * @api_major: API version of the firmware that made it
 * @api_minor: likewise
 * @rsvd: zero
 * @usage: SEV_USAGE_* of the key
 * @algo: SEV_ALGO_* of the key
 * @ecc: the key, if it is on a curve
 * @rsa: the key, if it is RSA
 * @sig: signatures over everything before them (SEV_CERT_SIGNED_LEN bytes)
 */
struct sev_cert {
	__u32 version;
	__u8 api_major;
	__u8 api_minor;
	__u8 rsvd[2];
	__u32 usage;
	__u32 algo;
	union {
		struct sev_ecc_pubkey ecc;
		struct sev_rsa_pubkey rsa;
	};
	struct sev_cert_signature sig[2];
} __packed;
SEV_ASSERT_SIZE(struct sev_cert, 0x824);
SEV_ASSERT_AT(struct sev_cert, version, 0);
SEV_ASSERT_AT(struct sev_cert, api_major, 4);
SEV_ASSERT_AT(struct sev_cert, api_minor, 5);
SEV_ASSERT_AT(struct sev_cert, rsvd, 6);
SEV_ASSERT_AT(struct sev_cert, usage, 8);
SEV_ASSERT_AT(struct sev_cert, algo, 12);
SEV_ASSERT_AT(struct sev_cert, ecc, 16);
SEV_ASSERT_AT(struct sev_cert, rsa, 16);
SEV_ASSERT_AT(struct sev_cert, sig, 0x414);

#define SEV_CERT_SIGNED_LEN		0x414
/* What PDH_CERT_EXPORT puts into the chain buffer, in this order: PEK, OCA, CEK. */
#define SEV_CERT_CHAIN_COUNT		3
#define SEV_CERT_CHAIN_LEN		(SEV_CERT_CHAIN_COUNT * 0x824)

/**
 * struct amd_cert_header - start of the ARK and ASK certificates
 * @version: SEV_CERT_VERSION
 * @key_id: name of the key
 * @certifying_id: name of the key that signed
 * @usage: SEV_USAGE_ARK or SEV_USAGE_ASK
 * @rsvd: zero
 * @exponent_bits: size of the public exponent's field, 2048 or 4096
 * @modulus_bits: size of the modulus, 2048 or 4096
 *
 * Exponent and modulus follow, then the signature over everything before it, as long
 * as the modulus of the key that signed.
 */
struct amd_cert_header {
	__u32 version;
	__u8 key_id[16];
	__u8 certifying_id[16];
	__u32 usage;
	__u8 rsvd[16];
	__u32 exponent_bits;
	__u32 modulus_bits;
} __packed;
SEV_ASSERT_SIZE(struct amd_cert_header, 64);
SEV_ASSERT_AT(struct amd_cert_header, version, 0);
SEV_ASSERT_AT(struct amd_cert_header, key_id, 4);
SEV_ASSERT_AT(struct amd_cert_header, certifying_id, 20);
SEV_ASSERT_AT(struct amd_cert_header, usage, 36);
SEV_ASSERT_AT(struct amd_cert_header, rsvd, 40);
SEV_ASSERT_AT(struct amd_cert_header, exponent_bits, 56);
SEV_ASSERT_AT(struct amd_cert_header, modulus_bits, 60);

/**
 * struct sev_session - LAUNCH_START, RECEIVE_START (in), SEND_START (out)
 * @nonce: of the key derivation
 * @wrap_tk: transport encryption key and transport integrity key, encrypted
 * @wrap_iv: initialisation vector of @wrap_tk
 * @wrap_mac: HMAC-SHA-256 over @wrap_tk
 * @policy_mac: HMAC-SHA-256 over the guest policy
 */
struct sev_session {
	__u8 nonce[16];
	__u8 wrap_tk[32];
	__u8 wrap_iv[16];
	__u8 wrap_mac[32];
	__u8 policy_mac[32];
} __packed;
SEV_ASSERT_SIZE(struct sev_session, 128);
SEV_ASSERT_AT(struct sev_session, nonce, 0);
SEV_ASSERT_AT(struct sev_session, wrap_tk, 16);
SEV_ASSERT_AT(struct sev_session, wrap_iv, 48);
SEV_ASSERT_AT(struct sev_session, wrap_mac, 64);
SEV_ASSERT_AT(struct sev_session, policy_mac, 96);

/**
 * struct sev_packet_header - goes with a transport buffer
 * @flags: bit 0: compressed before encryption
 * @iv: initialisation vector
 * @mac: HMAC-SHA-256
 */
struct sev_packet_header {
	__u32 flags;
	__u8 iv[16];
	__u8 mac[32];
} __packed;
SEV_ASSERT_SIZE(struct sev_packet_header, 52);
SEV_ASSERT_AT(struct sev_packet_header, flags, 0);
SEV_ASSERT_AT(struct sev_packet_header, iv, 4);
SEV_ASSERT_AT(struct sev_packet_header, mac, 20);

/**
 * struct sev_measurement - answer of LAUNCH_MEASURE
 * @measure: HMAC-SHA-256 over what was launched
 * @mnonce: nonce of the firmware that went into it
 */
struct sev_measurement {
	__u8 measure[32];
	__u8 mnonce[16];
} __packed;
SEV_ASSERT_SIZE(struct sev_measurement, 48);
SEV_ASSERT_AT(struct sev_measurement, measure, 0);
SEV_ASSERT_AT(struct sev_measurement, mnonce, 32);

/**
 * struct sev_attestation - answer of ATTESTATION_REPORT
 * @mnonce: nonce of the request
 * @launch_digest: SHA-256 over what was launched
 * @policy: SEV_GUEST_POLICY_*
 * @sig_usage: SEV_USAGE_PEK
 * @sig_algo: SEV_ALGO_*
 * @rsvd: zero
 * @r: first half of the signature over @mnonce to @policy
 * @s: second half
 */
struct sev_attestation {
	__u8 mnonce[16];
	__u8 launch_digest[32];
	__u32 policy;
	__u32 sig_usage;
	__u32 sig_algo;
	__u32 rsvd;
	__u8 r[SEV_ECC_COORD_LEN];
	__u8 s[SEV_ECC_COORD_LEN];
} __packed;
SEV_ASSERT_SIZE(struct sev_attestation, 208);
SEV_ASSERT_AT(struct sev_attestation, mnonce, 0);
SEV_ASSERT_AT(struct sev_attestation, launch_digest, 16);
SEV_ASSERT_AT(struct sev_attestation, policy, 48);
SEV_ASSERT_AT(struct sev_attestation, sig_usage, 52);
SEV_ASSERT_AT(struct sev_attestation, sig_algo, 56);
SEV_ASSERT_AT(struct sev_attestation, rsvd, 60);
SEV_ASSERT_AT(struct sev_attestation, r, 64);
SEV_ASSERT_AT(struct sev_attestation, s, 136);

#endif /* EMU_MODEL_SEV_CERTS_H */
