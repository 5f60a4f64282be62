// SPDX-License-Identifier: GPL-2.0-only
/* What reports say and who signs them: SNP_CONFIG, SNP_COMMIT, SNP_VLEK_LOAD; mitigations. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "internal.h"
#include "sev/snp.h"

#define GCM_IV_SIZE	12
#define GCM_TAG_SIZE	16
#define WRAP_KEY_SIZE	32
#define HASHSTICK_SIZE	384

/* struct vlek - Wrapped key of SNP_VLEK_LOAD; @tcb and @rsvd2 are authenticated, not encrypted */
struct vlek {
	uint8_t iv[GCM_IV_SIZE];
	uint8_t rsvd1[4];
	uint8_t sealed[HASHSTICK_SIZE];
	uint64_t tcb;
	uint8_t rsvd2[8];
	uint8_t tag[GCM_TAG_SIZE];
} __packed;

static_assert(sizeof(struct vlek) == SNP_VLEK_HASHSTICK_LEN, "wrapped key");

#define VLEK_AAD_SIZE	(sizeof(uint64_t) + 8)

#define FAILURE_MISSING		1

/* struct mitigations - What VERIFY_MITIGATION knows, and what of it is not in place */
struct mitigations {
	uint64_t known;
	uint64_t missing;
};

/* Turin's are the real ones. */
static const struct mitigations mitigations[FW_GENERATIONS] = {
	[FW_MILAN] = { 3, 2 }, [FW_GENOA] = { 3, 2 },
	[FW_TURIN] = { 0x3f, 0 }, [FW_VENICE] = { 0x3f, 0 },
};

/**
 * fw_mitigations_verify() - A host has verified all mitigations that are in place
 * @fw: instance
 */
void fw_mitigations_verify(struct fw *fw)
{
	const struct mitigations *all = &mitigations[fw_generation(fw)];

	if (fw_snp_feature(fw, SNP_FEAT_ECX_VERIFY_MITIGATION))
		fw->snp.mitigations = all->known & ~all->missing;
}

/**
 * fw_tcb_above() - Compare TCB versions, component by component
 * @a: one
 * @b: the other, of the same family
 *
 * Every component is a byte of its own in either layout, so the layout does not matter.
 *
 * Return: number of the first byte in which @a is above @b, or -1.
 */
int fw_tcb_above(uint64_t a, uint64_t b)
{
	int byte;

	for (byte = 0; byte < 8; byte++)
		if ((a >> (8 * byte) & 0xff) > (b >> (8 * byte) & 0xff))
			return byte;
	return -1;
}

/**
 * fw_reported_tcb() - TCB version that reports carry
 * @fw: instance
 *
 * Return: what SNP_CONFIG asked for, else the committed one.
 */
uint64_t fw_reported_tcb(const struct fw *fw)
{
	return fw->snp.reported_tcb ? fw->snp.reported_tcb : fw_tcb(fw, fw->committed.svn);
}

/* A VLEK belongs to one TCB version. */
static void drop_stale_vlek(struct fw *fw)
{
	if (!fw->snp.vlek_loaded || fw->snp.vlek_tcb == fw_reported_tcb(fw))
		return;
	OPENSSL_cleanse(&fw->snp.vlek, sizeof(fw->snp.vlek));
	fw->snp.vlek_loaded = false;
	fw_log(fw, FW_LOG_INFO, "the reported TCB version changed, VLEK forgotten");
}

/**
 * fw_snp_config() - SNP_CONFIG
 * @fw: instance
 * @cmd: struct snp_cmd_config
 *
 * Return: status.
 */
uint32_t fw_snp_config(struct fw *fw, void *cmd)
{
	static const uint8_t zero[sizeof(((struct snp_cmd_config *)0)->rsvd)];
	const struct snp_cmd_config *in = cmd;
	uint64_t committed = fw_tcb(fw, fw->committed.svn);
	int byte = fw_tcb_above(in->reported_tcb, committed);

	if (in->flags & ~(SNP_CONFIG_MASK_CHIP_ID | SNP_CONFIG_MASK_CHIP_KEY) ||
	    memcmp(in->rsvd, zero, sizeof(zero)))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "reserved bits in flags %#x or in the reserved field", in->flags);
	if (byte >= 0)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "reported TCB %#llx is above the committed %#llx in byte %d",
				 (unsigned long long)in->reported_tcb,
				 (unsigned long long)committed, byte);
	fw->snp.reported_tcb = in->reported_tcb;
	fw->snp.config_flags = in->flags;
	drop_stale_vlek(fw);
	return 0;
}

void fw_lone_mask(struct fw *fw, bool chip_id, bool chip_key)
{
	fw->snp.config_flags = (chip_id ? SNP_CONFIG_MASK_CHIP_ID : 0) |
			       (chip_key ? SNP_CONFIG_MASK_CHIP_KEY : 0);
}

bool fw_lone_report(struct fw *fw, unsigned int svn)
{
	if (svn > fw->committed.svn)
		return false;
	fw->snp.reported_tcb = fw_tcb(fw, (uint8_t)svn);
	return true;
}

/**
 * fw_snp_commit() - SNP_COMMIT: no way back to an older firmware
 * @fw: instance
 * @cmd: struct snp_cmd_commit
 *
 * Return: status.
 */
uint32_t fw_snp_commit(struct fw *fw, void *cmd)
{
	const struct snp_cmd_commit *in = cmd;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	fw->committed = fw->running;
	fw->snp.reported_tcb = 0;
	drop_stale_vlek(fw);
	return 0;
}

static bool wrap_key(const struct fw *fw, uint8_t key[WRAP_KEY_SIZE])
{
	return key_expand("VLEK wrapping", &fw->fuses, sizeof(fw->fuses), key, WRAP_KEY_SIZE);
}

/* What the vendor's key server keeps for the only cloud that there is. */
static bool cloud_stick(uint8_t stick[HASHSTICK_SIZE])
{
	return key_expand("VLEK of a cloud", NULL, 0, stick, HASHSTICK_SIZE);
}

/**
 * fw_vlek() - The cloud's key
 * @key: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_vlek(struct ec_key *key)
{
	uint8_t stick[HASHSTICK_SIZE];
	bool ok = cloud_stick(stick) && ec_derive(key, "VLEK", stick, sizeof(stick));

	OPENSSL_cleanse(stick, sizeof(stick));
	return ok;
}

static void install_vlek(struct fw *fw, uint64_t tcb)
{
	fw->snp.vlek_loaded = true;
	fw->snp.vlek_tcb = tcb;
	fw_log(fw, FW_LOG_INFO, "VLEK loaded");
}

bool fw_lone_vlek_load(struct fw *fw)
{
	if (!fw_vlek(&fw->snp.vlek))
		return false;
	install_vlek(fw, fw_reported_tcb(fw));
	return true;
}

bool fw_vlek_wrap(const struct fw *fw, uint64_t tcb, void *wrapped)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[WRAP_KEY_SIZE], stick[HASHSTICK_SIZE];
	struct vlek out = { .tcb = tcb };
	int len;
	bool ok;

	ok = ctx && wrap_key(fw, key) && key_random(out.iv, sizeof(out.iv)) &&
	     cloud_stick(stick) &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out.iv) &&
	     EVP_EncryptUpdate(ctx, NULL, &len, (uint8_t *)&out + offsetof(struct vlek, tcb),
			       VLEK_AAD_SIZE) &&
	     EVP_EncryptUpdate(ctx, out.sealed, &len, stick, sizeof(stick)) &&
	     EVP_EncryptFinal_ex(ctx, out.sealed + len, &len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, sizeof(out.tag), out.tag);
	memcpy(wrapped, &out, sizeof(out));
	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool unwrap(const struct fw *fw, struct vlek *in, uint8_t stick[HASHSTICK_SIZE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[WRAP_KEY_SIZE];
	int len;
	bool ok;

	ok = ctx && wrap_key(fw, key) &&
	     EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in->iv) &&
	     EVP_DecryptUpdate(ctx, NULL, &len, (uint8_t *)in + offsetof(struct vlek, tcb),
			       VLEK_AAD_SIZE) &&
	     EVP_DecryptUpdate(ctx, stick, &len, in->sealed, sizeof(in->sealed)) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, sizeof(in->tag), in->tag) &&
	     EVP_DecryptFinal_ex(ctx, stick + len, &len) > 0;
	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/**
 * fw_snp_vlek_load() - SNP_VLEK_LOAD: reports may be signed by a key that is not the chip's
 * @fw: instance
 * @cmd: struct snp_cmd_vlek_load
 *
 * Return: status.
 */
uint32_t fw_snp_vlek_load(struct fw *fw, void *cmd)
{
	const struct snp_cmd_vlek_load *in = cmd;
	uint8_t stick[HASHSTICK_SIZE];
	struct vlek wrapped;
	uint32_t status;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->version || in->rsvd[0] || in->rsvd[1] || in->rsvd[2])
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "version %u or a reserved byte is not 0", in->version);
	status = fw_read(fw, "wrapped VLEK", in->vlek_paddr, &wrapped, sizeof(wrapped));
	if (status)
		return status;
	if (wrapped.tcb != fw_reported_tcb(fw))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "VLEK for TCB %#llx, the reported one is %#llx",
				 (unsigned long long)wrapped.tcb,
				 (unsigned long long)fw_reported_tcb(fw));
	if (!unwrap(fw, &wrapped, stick))
		return fw_refuse(fw, SEV_RET_INVALID_KEY, "the VLEK is not wrapped for this chip");
	if (!ec_derive(&fw->snp.vlek, "VLEK", stick, sizeof(stick)))
		return fw_crypto_failed(fw);
	OPENSSL_cleanse(stick, sizeof(stick));
	install_vlek(fw, wrapped.tcb);
	return 0;
}

/**
 * fw_snp_verify_mitigation() - SNP_VERIFY_MITIGATION
 * @fw: instance
 * @cmd: struct snp_cmd_verify_mitigation
 *
 * Return: status.
 */
uint32_t fw_snp_verify_mitigation(struct fw *fw, void *cmd)
{
	static const uint8_t zero[sizeof(((struct snp_cmd_verify_mitigation *)0)->rsvd3)];
	const struct mitigations *all = &mitigations[fw_generation(fw)];
	const struct snp_cmd_verify_mitigation *in = cmd;
	struct snp_mitigation_result out = { .supported = all->known };

	if (!fw_snp_feature(fw, SNP_FEAT_ECX_VERIFY_MITIGATION))
		return fw_refuse(fw, SEV_RET_INVALID_COMMAND, "this firmware does not have it");
	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->rsvd1 || memcmp(in->rsvd2, zero, sizeof(in->rsvd2)) ||
	    memcmp(in->rsvd3, zero, sizeof(in->rsvd3)) || in->flags & ~SNP_MITIGATION_DST)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "a reserved field is not 0, or flags %#x: no mitigation has input",
				 in->flags);
	if (in->subcommand > SNP_MITIGATION_VERIFY)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "there is no subcommand %u",
				 in->subcommand);
	if (in->subcommand == SNP_MITIGATION_VERIFY &&
	    (!in->vector || in->vector & (in->vector - 1) || in->vector & ~all->known))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "vector %#llx is not one of %#llx",
				 (unsigned long long)in->vector, (unsigned long long)all->known);
	if (in->flags & SNP_MITIGATION_DST && in->dst_paddr % PAGE_4K > PAGE_4K - sizeof(out))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "result at %#llx crosses a page",
				 (unsigned long long)in->dst_paddr);
	if (in->subcommand == SNP_MITIGATION_VERIFY) {
		if (in->vector & all->missing)
			out.failure = FAILURE_MISSING;
		else
			fw->snp.mitigations |= in->vector;
	}
	out.verified = fw->snp.mitigations;
	if (!(in->flags & SNP_MITIGATION_DST))
		return 0;
	return fw_write(fw, "mitigation result", in->dst_paddr, &out, sizeof(out));
}
