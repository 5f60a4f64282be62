// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip's endorsement key and the vendor's certificates for it and for the key of a cloud, as
 * the vendor's key server gives them out: X.509, RSA-4096 with PSS above, P-384 at the bottom, TCB
 * version and chip or cloud in extensions.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "snp-message.h"

#define X509_V3		2
#define YEARS		25L
#define OID_BASE	"1.3.6.1.4.1.3704.1."
#define DER_INTEGER	2
#define DER_IA5		22
#define CLOUD		"CN=cc-emulated.example"	/* who got the VLEK */

/* struct subject - Who is certified by whom */
struct subject {
	const char *name;	/* common name, with the product's behind it if it ends in '-' */
	long serial;
	enum fw_snp_cert issuer;
	bool ca;
};

static const struct subject subjects[] = {
	[FW_CERT_ARK] = { "ARK-", 0x10000, FW_CERT_ARK, true },
	[FW_CERT_ASK] = { "SEV-", 0x10001, FW_CERT_ARK, true },
	[FW_CERT_VCEK] = { "SEV-VCEK", 0, FW_CERT_ASK, false },
	[FW_CERT_ASVK] = { "SEV-VLEK-", 0x10002, FW_CERT_ARK, true },
	[FW_CERT_VLEK] = { "SEV-VLEK", 0, FW_CERT_ASVK, false },
};

/* The vendor's keys; the others are made of secrets. */
static const enum root roots[] = {
	[FW_CERT_ARK] = ROOT_ARK, [FW_CERT_ASK] = ROOT_ASK, [FW_CERT_ASVK] = ROOT_ASVK,
};

#define OID_BOOT_LOADER	OID_BASE "3.1"
#define OID_TEE		OID_BASE "3.2"
#define OID_SNP		OID_BASE "3.3"
#define OID_MICROCODE	OID_BASE "3.8"
#define OID_FMC		OID_BASE "3.9"

/* Extensions for the bytes of a TCB version, by generation */
static const char * const spls[][8] = {
	[FW_MILAN] = { OID_BOOT_LOADER, OID_TEE, [6] = OID_SNP, OID_MICROCODE },
	[FW_GENOA] = { OID_BOOT_LOADER, OID_TEE, [6] = OID_SNP, OID_MICROCODE },
	[FW_TURIN] = { OID_FMC, OID_BOOT_LOADER, OID_TEE, OID_SNP, [7] = OID_MICROCODE },
	[FW_VENICE] = { OID_FMC, OID_TEE, OID_SNP },
};

/**
 * fw_vcek() - The chip's key for a TCB version
 * @fw: instance
 * @tcb: TCB version
 * @key: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_vcek(const struct fw *fw, uint64_t tcb, struct ec_key *key)
{
	struct {
		struct fw_fuses fuses;
		uint64_t tcb;
	} __packed seed = { fw->fuses, tcb };
	bool ok = ec_derive(key, "VCEK", &seed, sizeof(seed));

	OPENSSL_cleanse(&seed, sizeof(seed));
	return ok;
}

static bool set_name(X509_NAME *name, const struct fw *fw, const struct subject *who)
{
	const bool of_product = who->name[strlen(who->name) - 1] == '-';
	char cn[40];

	snprintf(cn, sizeof(cn), "%s%s", who->name, of_product ? fw_product(fw) : "");
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
					  (const uint8_t *)"Emulated Micro Devices", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1,
					  0);
}

static bool add_extension(X509 *cert, const char *oid, const void *value, size_t len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	bool ok;

	ok = object && octets && ASN1_OCTET_STRING_set(octets, value, (int)len);
	if (ok)
		extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets);
	ok = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(object);
	return ok;
}

static bool add_text(X509 *cert, const char *oid, const char *text)
{
	uint8_t der[64] = { DER_IA5 };
	size_t len = (size_t)snprintf((char *)der + 2, sizeof(der) - 2, "%s", text);

	der[1] = (uint8_t)len;
	return add_extension(cert, oid, der, len + 2);
}

/* Not DER, but as it is. */
static bool add_chip(X509 *cert, const struct fw *fw)
{
	uint8_t id[SEV_CHIP_ID_LEN];

	return fw_chip_id(fw, 0, id) && add_extension(cert, OID_BASE "4", id, fw_chip_id_len(fw));
}

/* A cloud's key is for any stepping and any chip. */
static bool add_owner(X509 *cert, const struct fw *fw, enum fw_snp_cert which)
{
	uint8_t version[] = { DER_INTEGER, 1, 0 };
	char name[32];

	snprintf(name, sizeof(name), "%s%s", fw_product(fw), which == FW_CERT_VCEK ? "-B0" : "");
	if (!add_extension(cert, OID_BASE "1", version, sizeof(version)) ||
	    !add_text(cert, OID_BASE "2", name))
		return false;
	return which == FW_CERT_VCEK ? add_chip(cert, fw) : add_text(cert, OID_BASE "5", CLOUD);
}

static bool add_tcb(X509 *cert, const struct fw *fw, uint64_t tcb)
{
	const char * const *oids = spls[fw_generation(fw)];
	size_t i;

	for (i = 0; i < 8; i++) {
		uint8_t value = (uint8_t)(tcb >> (8 * i));
		uint8_t der[] = { DER_INTEGER, 1, value, 0 };

		if (!oids[i])
			continue;
		if (value & 0x80) {	/* a leading zero keeps it positive */
			der[1] = 2;
			der[2] = 0;
			der[3] = value;
		}
		if (!add_extension(cert, oids[i], der, 2U + der[1]))
			return false;
	}
	return true;
}

static bool add_ca(X509 *cert)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
	bool ok;

	if (constraints)
		constraints->ca = 0xff;
	ok = constraints && X509_add1_ext_i2d(cert, NID_basic_constraints, constraints, 1, 0) > 0;
	BASIC_CONSTRAINTS_free(constraints);
	return ok;
}

static EVP_PKEY *public_key(const struct fw *fw, enum fw_snp_cert which, uint64_t tcb)
{
	EVP_PKEY *pkey = NULL;
	struct ec_key key;

	if (subjects[which].ca)
		return root_pkey(roots[which]);
	if (which == FW_CERT_VCEK ? fw_vcek(fw, tcb, &key) : fw_vlek(&key))
		pkey = ec_public(&key.pub);
	OPENSSL_cleanse(&key, sizeof(key));
	return pkey;
}

static bool sign(X509 *cert, enum root root)
{
	EVP_PKEY *pkey = root_pkey(root);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	ok = pkey && ctx && EVP_DigestSignInit(ctx, &pctx, EVP_sha384(), NULL, pkey) > 0 &&
	     EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) > 0 &&
	     X509_sign_ctx(cert, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

size_t fw_snp_certificate(const struct fw *fw, enum fw_snp_cert which, uint64_t tcb, void *der,
			  size_t room)
{
	const struct subject *who = &subjects[which];
	EVP_PKEY *pkey = public_key(fw, which, tcb);
	X509 *cert = X509_new();
	uint8_t *p = der;
	int len = 0;

	if (pkey && cert && X509_set_version(cert, X509_V3) &&
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), who->serial) &&
	    set_name(X509_get_subject_name(cert), fw, who) &&
	    set_name(X509_get_issuer_name(cert), fw, &subjects[who->issuer]) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), YEARS * 365 * 86400) &&
	    X509_set_pubkey(cert, pkey) &&
	    (who->ca ? add_ca(cert) : add_owner(cert, fw, which) && add_tcb(cert, fw, tcb)) &&
	    sign(cert, roots[who->issuer]))
		len = i2d_X509(cert, NULL);
	if (len > 0 && (size_t)len <= room)
		len = i2d_X509(cert, &p);
	X509_free(cert);
	EVP_PKEY_free(pkey);
	return len > 0 ? (size_t)len : 0;
}
