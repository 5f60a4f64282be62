// SPDX-License-Identifier: GPL-2.0-only
/* The platform's certificates: made, requested, imported, exported. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

static void unsigned_cert(const struct fw *fw, struct sev_cert *cert, uint32_t usage,
			  const struct ec_key *key)
{
	cert_init(cert, fw->running.major, fw->running.minor, usage, &key->pub);
}

/**
 * fw_identity_chip() - The CEK, which follows from the fuses
 * @fw: instance
 *
 * A real chip exports its CEK certificate unsigned, and the owner gets the ASK's signature from the
 * vendor's key server. There is no such server for a made-up chip, so the signature comes along.
 *
 * Return: false if libcrypto fails.
 */
bool fw_identity_chip(struct fw *fw)
{
	if (!ec_derive(&fw->cek_key, "CEK", &fw->fuses, sizeof(fw->fuses)))
		return false;
	unsigned_cert(fw, &fw->cek, SEV_USAGE_CEK, &fw->cek_key);
	return cert_sign_by_ask(&fw->cek, fw_generation(fw) == FW_NAPLES);
}

static bool new_pdh(const struct fw *fw, struct fw_identity *identity)
{
	if (!ec_generate(&identity->pdh_key))
		return false;
	unsigned_cert(fw, &identity->pdh, SEV_USAGE_PDH, &identity->pdh_key);
	return cert_sign(&identity->pdh, 0, SEV_USAGE_PEK, &identity->pek_key);
}

/**
 * fw_identity_new() - A self-owned platform with new keys all the way down
 * @fw: instance
 * @identity: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_identity_new(const struct fw *fw, struct fw_identity *identity)
{
	memset(identity, 0, sizeof(*identity));
	if (!ec_generate(&identity->oca_key) || !ec_generate(&identity->pek_key))
		return false;
	unsigned_cert(fw, &identity->oca, SEV_USAGE_OCA, &identity->oca_key);
	unsigned_cert(fw, &identity->pek, SEV_USAGE_PEK, &identity->pek_key);
	return cert_sign(&identity->oca, 0, SEV_USAGE_OCA, &identity->oca_key) &&
	       cert_sign(&identity->pek, 0, SEV_USAGE_OCA, &identity->oca_key) &&
	       cert_sign(&identity->pek, 1, SEV_USAGE_CEK, &fw->cek_key) &&
	       new_pdh(fw, identity);
}

/* Either the new identity is in place and stored, or the old one still is. */
static uint32_t adopt(struct fw *fw, const struct fw_identity *identity)
{
	struct fw_identity old = fw->identity;
	uint32_t status;

	fw->identity = *identity;
	status = fw_nv_store(fw);
	if (status)
		fw->identity = old;
	OPENSSL_cleanse(&old, sizeof(old));
	return status;
}

/**
 * fw_pek_gen() - PEK_GEN: start over as a self-owned platform
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_pek_gen(struct fw *fw, void *cmd)
{
	struct fw_identity identity;
	uint32_t status;

	(void)cmd;
	if (!fw_identity_new(fw, &identity))
		return fw_crypto_failed(fw);
	status = adopt(fw, &identity);
	OPENSSL_cleanse(&identity, sizeof(identity));
	return status;
}

/**
 * fw_pdh_gen() - PDH_GEN
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_pdh_gen(struct fw *fw, void *cmd)
{
	struct fw_identity identity = fw->identity;
	uint32_t status;

	(void)cmd;
	if (!new_pdh(fw, &identity))
		return fw_crypto_failed(fw);
	status = adopt(fw, &identity);
	OPENSSL_cleanse(&identity, sizeof(identity));
	return status;
}

/**
 * fw_pek_csr() - PEK_CSR: the PEK certificate without signatures
 * @fw: instance
 * @cmd: struct sev_cmd_blob
 *
 * Return: status.
 */
uint32_t fw_pek_csr(struct fw *fw, void *cmd)
{
	struct sev_cmd_blob *io = cmd;
	uint32_t room = io->len;
	struct sev_cert csr;

	io->len = sizeof(csr);
	if (room < sizeof(csr))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "room for %u bytes, %zu needed", room,
				 sizeof(csr));
	unsigned_cert(fw, &csr, SEV_USAGE_PEK, &fw->identity.pek_key);
	return fw_write(fw, "buffer", io->paddr, &csr, sizeof(csr));
}

static uint32_t read_cert(const struct fw *fw, const char *what, uint64_t pa, uint32_t len,
			  struct sev_cert *cert)
{
	if (len != sizeof(*cert))
		return fw_refuse(fw, SEV_RET_INVALID_LEN, "%s has %u bytes, must have %zu", what,
				 len, sizeof(*cert));
	return fw_read(fw, what, pa, cert, sizeof(*cert));
}

static uint32_t check_import(const struct fw *fw, const struct sev_cert *pek,
			     const struct sev_cert *oca)
{
	struct ec_pub pub;
	const char *why;

	why = cert_malformed(oca, SEV_USAGE_OCA);
	if (why)
		return fw_refuse(fw, SEV_RET_INVALID_CERTIFICATE, "OCA certificate: %s", why);
	why = cert_malformed(pek, SEV_USAGE_PEK);
	if (why)
		return fw_refuse(fw, SEV_RET_INVALID_CERTIFICATE, "PEK certificate: %s", why);
	cert_public_key(pek, &pub);
	if (!same_bytes(&pub, &fw->identity.pek_key.pub, sizeof(pub)))
		return fw_refuse(fw, SEV_RET_INVALID_CERTIFICATE,
				 "PEK certificate is not for the current PEK");
	if (!cert_signed_by(oca, oca))
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE, "the OCA did not sign itself");
	if (!cert_signed_by(pek, oca))
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE, "the OCA did not sign the PEK");
	return 0;
}

/**
 * fw_pek_cert_import() - PEK_CERT_IMPORT: an external owner takes the platform
 * @fw: instance
 * @cmd: struct sev_cmd_pek_cert_import
 *
 * Return: status.
 */
uint32_t fw_pek_cert_import(struct fw *fw, void *cmd)
{
	const struct sev_cmd_pek_cert_import *in = cmd;
	struct fw_identity identity = fw->identity;
	struct sev_cert pek, oca;
	uint32_t status;

	if (fw->identity.owned)
		return fw_refuse(fw, SEV_RET_ALREADY_OWNED,
				 "the platform has an owner; PEK_GEN or FACTORY_RESET first");
	if (in->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", in->rsvd);
	status = read_cert(fw, "PEK certificate", in->pek_paddr, in->pek_len, &pek);
	if (!status)
		status = read_cert(fw, "OCA certificate", in->oca_paddr, in->oca_len, &oca);
	if (!status)
		status = check_import(fw, &pek, &oca);
	if (status)
		goto out;

	identity.owned = 1;
	OPENSSL_cleanse(&identity.oca_key, sizeof(identity.oca_key));
	identity.oca = oca;
	/* keep the owner's signature, wherever it was, and put the chip's beside it */
	if (pek.sig[0].usage != SEV_USAGE_OCA)
		pek.sig[0] = pek.sig[1];
	identity.pek = pek;
	if (!cert_sign(&identity.pek, 1, SEV_USAGE_CEK, &fw->cek_key))
		status = fw_crypto_failed(fw);
	else
		status = adopt(fw, &identity);
	if (!status)
		fw_log(fw, FW_LOG_INFO, "platform is now owned externally");
out:
	OPENSSL_cleanse(&identity, sizeof(identity));
	return status;
}

/**
 * fw_pdh_cert_export() - PDH_CERT_EXPORT
 * @fw: instance
 * @cmd: struct sev_cmd_pdh_cert_export
 *
 * Return: status.
 */
uint32_t fw_pdh_cert_export(struct fw *fw, void *cmd)
{
	struct sev_cmd_pdh_cert_export *io = cmd;
	struct sev_cert_chain chain = { fw->identity.pek, fw->identity.oca, fw->cek };
	uint32_t pdh_room = io->pdh_len;
	uint32_t chain_room = io->chain_len;
	uint32_t status;

	if (io->rsvd)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved field is %#x", io->rsvd);
	io->pdh_len = sizeof(fw->identity.pdh);
	io->chain_len = sizeof(chain);
	if (pdh_room < sizeof(fw->identity.pdh) || chain_room < sizeof(chain))
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "room for %u and %u bytes, %zu and %zu needed", pdh_room,
				 chain_room, sizeof(fw->identity.pdh), sizeof(chain));
	status = fw_write(fw, "PDH certificate", io->pdh_paddr, &fw->identity.pdh,
			  sizeof(fw->identity.pdh));
	if (!status)
		status = fw_write(fw, "certificate chain", io->chain_paddr, &chain, sizeof(chain));
	return status;
}
