// SPDX-License-Identifier: GPL-2.0-only
/* End of an SNP guest's launch: the identity that its owner signed. */
#include "snp-guest.h"

#include <string.h>

#include "cert.h"
#include "id-block.h"

#define ALL_FLAGS	(SNP_FINISH_ID_BLOCK | SNP_FINISH_AUTHOR_KEY | SNP_FINISH_VCEK_DIS)
static bool signed_by(const struct id_key *key, const void *data, size_t len,
		      const struct id_sig *sig)
{
	struct ec_pub pub;
	struct ec_sig number;

	return key->curve == CURVE_P384 &&
	       cert_get_number(key->x, NUMBER_SIZE, pub.x, EC_SIZE) &&
	       cert_get_number(key->y, NUMBER_SIZE, pub.y, EC_SIZE) &&
	       cert_get_number(sig->r, NUMBER_SIZE, number.r, EC_SIZE) &&
	       cert_get_number(sig->s, NUMBER_SIZE, number.s, EC_SIZE) &&
	       ec_verify(&pub, HASH_SHA384, data, len, &number);
}

static uint32_t check_identity(struct fw *fw, const struct fw_snp_guest *guest,
			       const struct id_block *block, const struct id_auth *auth,
			       bool author)
{
	if (block->version != ID_VERSION)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "identity block of version %u",
				 block->version);
	if (auth->id_algo != ALGO_P384 || (author && auth->author_algo != ALGO_P384))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "algorithm %u of the ID key, %u of the author key", auth->id_algo,
				 auth->author_algo);
	if (!signed_by(&auth->id_key, block, sizeof(*block), &auth->block_sig))
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE,
				 "the ID key did not sign the identity block");
	if (author && !signed_by(&auth->author_key, &auth->id_key, sizeof(auth->id_key),
				 &auth->key_sig))
		return fw_refuse(fw, SEV_RET_BAD_SIGNATURE,
				 "the author key did not sign the ID key");
	if (!same_bytes(block->digest, guest->digest, sizeof(block->digest)))
		return fw_refuse(fw, SEV_RET_BAD_MEASUREMENT,
				 "the launch digest is not that of the identity block");
	if (block->policy != guest->policy)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy is %#llx, the identity block says %#llx",
				 (unsigned long long)guest->policy,
				 (unsigned long long)block->policy);
	return 0;
}

/**
 * fw_snp_identify() - Give a guest that was launched its identity
 * @fw: instance
 * @guest: guest
 * @block: identity, which must be that of the launch
 * @auth: who says so
 * @author: the ID key is signed by an author
 *
 * Return: 0, or a status (said in the log).
 */
uint32_t fw_snp_identify(struct fw *fw, struct fw_snp_guest *guest, const struct id_block *block,
			 const struct id_auth *auth, bool author)
{
	uint32_t status = check_identity(fw, guest, block, auth, author);

	if (status)
		return status;
	if (!fw_sha384(&auth->id_key, sizeof(auth->id_key), guest->id_key_digest) ||
	    (author && !fw_sha384(&auth->author_key, sizeof(auth->author_key),
				  guest->author_key_digest)))
		return fw_crypto_failed(fw);
	memcpy(guest->family_id, block->family_id, sizeof(guest->family_id));
	memcpy(guest->image_id, block->image_id, sizeof(guest->image_id));
	guest->svn = block->svn;
	guest->author_key = author;
	return 0;
}

static uint32_t take_identity(struct fw *fw, const struct snp_cmd_launch_finish *in,
			      struct fw_snp_guest *guest)
{
	struct id_block block;
	struct id_auth auth;
	uint32_t status;

	status = fw_read(fw, "identity block", in->id_block_paddr, &block, sizeof(block));
	if (!status)
		status = fw_read(fw, "authentication page", in->id_auth_paddr, &auth,
				 sizeof(auth));
	if (!status)
		status = fw_snp_identify(fw, guest, &block, &auth,
					 in->flags & SNP_FINISH_AUTHOR_KEY);
	return status;
}

/**
 * fw_snp_launch_finish() - SNP_LAUNCH_FINISH
 * @fw: instance
 * @cmd: struct snp_cmd_launch_finish
 *
 * Return: status.
 */
uint32_t fw_snp_launch_finish(struct fw *fw, void *cmd)
{
	const struct snp_cmd_launch_finish *in = cmd;
	struct fw_snp_guest *guest;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(LAUNCH), false, &guest);
	if (status)
		return status;
	if (in->flags & ~ALL_FLAGS)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved bits in flags %#llx",
				 (unsigned long long)in->flags);
	if ((in->flags & SNP_FINISH_AUTHOR_KEY) && !(in->flags & SNP_FINISH_ID_BLOCK))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "an author key without identity block");
	if (in->flags & SNP_FINISH_ID_BLOCK)
		status = take_identity(fw, in, guest);
	if (status)
		return status;
	memcpy(guest->host_data, in->host_data, sizeof(guest->host_data));
	guest->vcek_off = in->flags & SNP_FINISH_VCEK_DIS;
	guest->state = SNP_GSTATE_RUNNING;
	return 0;
}
