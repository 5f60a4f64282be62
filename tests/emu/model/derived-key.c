// SPDX-License-Identifier: GPL-2.0-only
/* Keys that a guest derives from the platform or from its own root, and its clock. */
#include <string.h>

#include <openssl/crypto.h>

#include "snp-message.h"

#define ROOT_VMRK	SEV_BIT(0)
#define ROOT_KEY_SHIFT	1
#define ROOT_KEY_MASK	3
#define ROOT_ALL	7

/* enum mix - What goes into a key, by bit of the request */
enum mix {
	MIX_POLICY, MIX_IMAGE_ID, MIX_FAMILY_ID, MIX_MEASUREMENT, MIX_SVN, MIX_TCB,
	MIX_MITIGATIONS,	/* requests of version 2 only */
};

/* struct key_request - Payload of the request; version 1 ends before @mitigations */
struct key_request {
	uint32_t root;
	uint32_t rsvd;
	uint64_t fields;
	uint32_t vmpl;
	uint32_t svn;
	uint64_t tcb;
	uint64_t mitigations;
	uint8_t rsvd2[MSG_KEY_REQ_V2_MAX - 0x28];
} __packed;

static_assert(offsetof(struct key_request, mitigations) == MSG_KEY_REQ_LEN, "key request");
static_assert(sizeof(struct key_request) == MSG_KEY_REQ_V2_MAX, "key request");

/* struct key_response - Payload of the answer */
struct key_response {
	uint32_t status;
	uint8_t rsvd[28];
	uint8_t key[32];
} __packed;

static_assert(sizeof(struct key_response) == MSG_KEY_RSP_LEN, "key response");

/* struct key_input - What the key depends on; what was not asked for is zero */
struct key_input {
	uint8_t root[64];
	uint64_t selected;
	uint32_t root_select;
	uint32_t vmpl;
	uint64_t policy;
	uint8_t image_id[16];
	uint8_t family_id[16];
	uint8_t measurement[SHA384_SIZE];
	uint32_t svn;
	uint64_t tcb;
	uint64_t mitigations;
} __packed;

static bool root_key(const struct fw *fw, const struct fw_snp_guest *guest, uint32_t root,
		     struct key_input *input)
{
	unsigned int wish = root >> ROOT_KEY_SHIFT & ROOT_KEY_MASK;
	struct ec_key key;

	if (root & ROOT_VMRK) {
		memcpy(input->root, guest->vmrk, sizeof(guest->vmrk));
		return true;
	}
	if (fw->snp.vlek_loaded && wish != 1)
		key = fw->snp.vlek;
	else if (!fw_vcek(fw, fw_reported_tcb(fw), &key))
		return false;
	memcpy(input->root, key.scalar, sizeof(key.scalar));
	OPENSSL_cleanse(&key, sizeof(key));
	return true;
}

static uint32_t check_request(const struct fw *fw, const struct fw_snp_guest *guest,
			      unsigned int vmpck, const struct key_request *in, enum mix last)
{
	static const uint8_t zero[sizeof(in->rsvd2)];
	unsigned int wish = in->root >> ROOT_KEY_SHIFT & ROOT_KEY_MASK;

	if (in->rsvd || memcmp(in->rsvd2, zero, sizeof(zero)) || in->root & ~ROOT_ALL ||
	    in->fields >> (last + 1) || in->vmpl < vmpck ||
	    in->vmpl >= SNP_VMPLS || in->svn > guest->svn ||
	    fw_tcb_above(in->tcb, fw_tcb(fw, fw->committed.svn)) >= 0)
		return SEV_RET_INVALID_PARAM;
	if (wish == 3 || (wish == 2 && !fw->snp.vlek_loaded) || (wish == 1 && guest->vcek_off) ||
	    (!wish && guest->vcek_off && !fw->snp.vlek_loaded))
		return SEV_RET_INVALID_KEY;
	return 0;
}

/* The same key for the same request, on this chip or wherever the root goes. */
static bool derive(const struct fw *fw, const struct fw_snp_guest *guest, unsigned int vmpck,
		   const struct key_request *in, enum mix last, struct key_response *out)
{
	struct key_input input = {
		.selected = in->fields, .root_select = in->root, .vmpl = in->vmpl,
	};
	bool ok;

	out->status = check_request(fw, guest, vmpck, in, last);
	if (out->status)
		return true;
	if (in->fields & SEV_BIT64(MIX_POLICY))
		input.policy = guest->policy;
	if (in->fields & SEV_BIT64(MIX_IMAGE_ID))
		memcpy(input.image_id, guest->image_id, sizeof(input.image_id));
	if (in->fields & SEV_BIT64(MIX_FAMILY_ID))
		memcpy(input.family_id, guest->family_id, sizeof(input.family_id));
	if (in->fields & SEV_BIT64(MIX_MEASUREMENT))
		memcpy(input.measurement, guest->digest, sizeof(input.measurement));
	if (in->fields & SEV_BIT64(MIX_SVN))
		input.svn = in->svn;
	if (in->fields & SEV_BIT64(MIX_TCB))
		input.tcb = in->tcb;
	if (in->fields & SEV_BIT64(MIX_MITIGATIONS))
		input.mitigations = in->mitigations;
	ok = root_key(fw, guest, in->root, &input) &&
	     key_expand("derived key", &input, sizeof(input), out->key, sizeof(out->key));
	OPENSSL_cleanse(&input, sizeof(input));
	return ok;
}

/* fw_msg_key() - A derived key */
bool fw_msg_key(const struct fw *fw, const struct fw_snp_guest *guest, unsigned int vmpck,
		const void *request, void *answer)
{
	return derive(fw, guest, vmpck, request, MIX_TCB, answer);
}

/* fw_msg_key_v2() - A derived key into which mitigations may go */
bool fw_msg_key_v2(const struct fw *fw, const struct fw_snp_guest *guest, unsigned int vmpck,
		   const void *request, void *answer)
{
	return derive(fw, guest, vmpck, request, MIX_MITIGATIONS, answer);
}

/* struct tsc_response - Payload of the answer */
struct tsc_response {
	uint32_t status;
	uint32_t rsvd1;
	uint64_t scale;		/* 32 bits before and after the point */
	uint64_t offset;
	uint32_t factor;
	uint8_t rsvd2[100];
} __packed;

static_assert(sizeof(struct tsc_response) == MSG_TSC_INFO_RSP_LEN, "clock response");

/* fw_msg_tsc_info() - The guest's clock is the machine's */
bool fw_msg_tsc_info(const struct fw *fw, const struct fw_snp_guest *guest, unsigned int vmpck,
		     const void *request, void *answer)
{
	static const uint8_t zero[MSG_TSC_INFO_REQ_LEN];
	struct tsc_response *out = answer;

	(void)fw;
	(void)guest;
	(void)vmpck;
	if (memcmp(request, zero, sizeof(zero)))
		out->status = SEV_RET_INVALID_PARAM;
	else
		out->scale = 1ULL << 32;
	return true;
}
