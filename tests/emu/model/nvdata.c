// SPDX-License-Identifier: GPL-2.0-only
/*
 * Non-volatile data: the platform's identity, sealed with a key that only this chip has.
 *
 * The same form is used in the flash (INIT) and in host memory (INIT_EX). Every byte of the area
 * is under the authentication tag; an erased area (all 0xff) is not corrupt but empty.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

#define NV_KEY_SIZE	32
#define NV_VERSION	1

static const char nv_magic[8] = { 'E', 'M', 'U', 'S', 'E', 'V', 'N', 'V' };

/* struct nv_area - How an area looks; magic and version are authenticated but not encrypted */
struct nv_area {
	char magic[8];
	uint32_t version;
	uint32_t length;
	uint8_t iv[12];
	uint8_t tag[16];
	uint8_t reserved[4];
	uint8_t sealed[SEV_NV_LEN - 48];
};

#define NV_AAD_SIZE	offsetof(struct nv_area, iv)

static_assert(sizeof(struct nv_area) == SEV_NV_LEN, "NV area");
static_assert(sizeof(struct fw_identity) ==
	      1 + 3 * sizeof(struct ec_key) + 3 * sizeof(struct sev_cert),
	      "the identity is stored as it is and must have no padding");
static_assert(sizeof(struct fw_identity) <= sizeof(((struct nv_area *)0)->sealed),
	      "the identity fits");

static bool nv_key(const struct fw *fw, uint8_t key[NV_KEY_SIZE])
{
	return key_expand("NV sealing", &fw->fuses, sizeof(fw->fuses), key, NV_KEY_SIZE);
}

static bool nv_erased(const uint8_t *area)
{
	size_t i;

	for (i = 0; i < SEV_NV_LEN; i++)
		if (area[i] != 0xff)
			return false;
	return true;
}

/**
 * fw_nv_seal() - Encrypt and authenticate an identity
 * @fw: instance
 * @identity: what to store
 * @area: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_nv_seal(const struct fw *fw, const struct fw_identity *identity, uint8_t area[SEV_NV_LEN])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct nv_area out = { .version = NV_VERSION, .length = sizeof(*identity) };
	uint8_t key[NV_KEY_SIZE];
	int len;
	bool ok;

	memcpy(out.magic, nv_magic, sizeof(out.magic));
	memcpy(out.sealed, identity, sizeof(*identity));
	ok = ctx && nv_key(fw, key) && key_random(out.iv, sizeof(out.iv)) &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out.iv) &&
	     EVP_EncryptUpdate(ctx, NULL, &len, (uint8_t *)&out, NV_AAD_SIZE) &&
	     EVP_EncryptUpdate(ctx, NULL, &len, out.reserved, sizeof(out.reserved)) &&
	     EVP_EncryptUpdate(ctx, out.sealed, &len, out.sealed, sizeof(out.sealed)) &&
	     EVP_EncryptFinal_ex(ctx, out.sealed + len, &len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, sizeof(out.tag), out.tag);
	if (ok)
		memcpy(area, &out, sizeof(out));
	OPENSSL_cleanse(&out, sizeof(out));
	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/**
 * fw_nv_open() - Authenticate and decrypt an area
 * @fw: instance
 * @area: any bytes
 * @identity: filled in if the area is good
 *
 * Return: FW_NV_OK, FW_NV_EMPTY for an erased area, FW_NV_CORRUPT, or FW_NV_ERROR if libcrypto
 * fails.
 */
enum fw_nv_result fw_nv_open(const struct fw *fw, const uint8_t area[SEV_NV_LEN],
			     struct fw_identity *identity)
{
	EVP_CIPHER_CTX *ctx;
	struct nv_area in;
	uint8_t key[NV_KEY_SIZE];
	enum fw_nv_result result = FW_NV_ERROR;
	int len;

	if (nv_erased(area))
		return FW_NV_EMPTY;
	memcpy(&in, area, sizeof(in));
	if (memcmp(in.magic, nv_magic, sizeof(in.magic)) || in.version != NV_VERSION ||
	    in.length != sizeof(*identity))
		return FW_NV_CORRUPT;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx && nv_key(fw, key) &&
	    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in.iv) &&
	    EVP_DecryptUpdate(ctx, NULL, &len, (uint8_t *)&in, NV_AAD_SIZE) &&
	    EVP_DecryptUpdate(ctx, NULL, &len, in.reserved, sizeof(in.reserved)) &&
	    EVP_DecryptUpdate(ctx, in.sealed, &len, in.sealed, sizeof(in.sealed)) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, sizeof(in.tag), in.tag)) {
		result = FW_NV_CORRUPT;
		if (EVP_DecryptFinal_ex(ctx, in.sealed + len, &len) > 0) {
			memcpy(identity, in.sealed, sizeof(*identity));
			result = FW_NV_OK;
		}
	}
	OPENSSL_cleanse(&in, sizeof(in));
	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	return result;
}

/* Bring an area to where it belongs: host memory after INIT_EX, else the flash. */
static uint32_t nv_put(struct fw *fw, const uint8_t area[SEV_NV_LEN])
{
	if (fw->nv.len) {
		if (!fw->ops.mem_write(fw->ctx, fw->nv.pa, area, SEV_NV_LEN))
			return 0;
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG, "the NV area is not RAM any more");
	}
	memcpy(fw->flash, area, SEV_NV_LEN);
	return fw_storage_save_flash(fw) ? 0 : SEV_RET_HWSEV_RET_PLATFORM;
}

/**
 * fw_nv_store() - Make the current identity last
 * @fw: instance
 *
 * Return: status.
 */
uint32_t fw_nv_store(struct fw *fw)
{
	uint8_t area[SEV_NV_LEN];

	if (!fw_nv_seal(fw, &fw->identity, area))
		return fw_crypto_failed(fw);
	return nv_put(fw, area);
}

/**
 * fw_nv_load() - Take the identity from where it is kept, or make the first one
 * @fw: instance, whose NV region says where
 *
 * Corrupt data is refused once: it is erased, so that the next attempt starts afresh.
 *
 * Return: status.
 */
uint32_t fw_nv_load(struct fw *fw)
{
	uint8_t area[SEV_NV_LEN];
	uint32_t status;

	if (!fw->nv.len)
		memcpy(area, fw->flash, sizeof(area));
	else if (fw->ops.mem_read(fw->ctx, fw->nv.pa, area, sizeof(area)))
		return fw_refuse(fw, SEV_RET_INVALID_CONFIG, "the NV area is not RAM");

	switch (fw_nv_open(fw, area, &fw->identity)) {
	case FW_NV_OK:
		return 0;
	case FW_NV_EMPTY:
		fw_log(fw, FW_LOG_INFO, "no platform identity yet, making one");
		if (!fw_identity_new(fw, &fw->identity))
			return fw_crypto_failed(fw);
		return fw_nv_store(fw);
	case FW_NV_CORRUPT:
		memset(area, 0xff, sizeof(area));
		status = nv_put(fw, area);
		return status ? status : fw_refuse(fw, SEV_RET_SECURE_DATA_INVALID,
						   "the NV data is not what this chip wrote; erased");
	default:
		return fw_crypto_failed(fw);
	}
}
