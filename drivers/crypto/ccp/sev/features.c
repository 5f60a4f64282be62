// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the SNP firmware is and can do: status and features.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor.h>

#include "sev.h"

/* Policy bits that every firmware with SNP knows: 0 to 20. */
#define POLICY_BASE		GENMASK_ULL(20, 0)

/* The firmware knows the policy bit against swapping from this version on. */
#define NO_SWAP_MAJOR		1
#define NO_SWAP_MINOR		58

/* One of the commands that fill a page; @size bytes of it are wanted. */
static int snp_ask(struct sev_device *sev, u32 id, void *data, u64 *paddr, void *answer,
		   size_t size, u32 *error)
{
	struct sev_blob *page __free(sev_blob) = sev_blob_alloc(PAGE_SIZE);
	struct sev_call call = { .id = id, .data = data, .blob = { page }, .own = true };
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	if (!page)
		return -ENOMEM;
	*paddr = sev_phys(page->data);
	ret = sev_call_locked(sev, &call);
	*error = call.error;
	if (!ret)
		memcpy(answer, page->data, size);
	return ret;
}

/* Others read single fields meanwhile: none of them may be seen half written. */
static void snp_publish(void *to, const void *from, size_t size)
{
	u64 word;

	for (; size; size -= sizeof(word), from += sizeof(word), to += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		WRITE_ONCE(*(u64 *)to, word);
	}
}

static void snp_publish_committed(struct sev_device *sev, u64 tcb)
{
	WRITE_ONCE(sev->snp.committed, tcb);
	WRITE_ONCE(sev->snp.committed_known, true);
}

/**
 * snp_status_locked() - ask the firmware for its SNP status
 * @sev: the SEV part, locked; &snp_platform.status is the answer
 * @error: the firmware's status
 *
 * Return: see sev_call_locked()
 */
int snp_status_locked(struct sev_device *sev, u32 *error)
{
	struct snp_cmd_platform_status data;
	struct snp_platform_status status;
	int ret;

	ret = snp_ask(sev, SNP_OP_PLATFORM_STATUS, &data, &data.status_paddr, &status,
		      sizeof(status), error);
	if (ret)
		return ret;
	static_assert(!(sizeof(status) % sizeof(u64)));
	snp_publish(&sev->snp.status, &status, sizeof(status));
	WRITE_ONCE(sev->snp.status_known, true);

	/* It is never below the reported version, and never above the current one. */
	if (status.reported_tcb == status.current_tcb)
		snp_publish_committed(sev, status.current_tcb);
	return 0;
}

/**
 * snp_learn_locked() - ask the firmware what it can
 * @sev: the SEV part, locked
 *
 * Only where there can be SNP; no answer is no feature.
 */
void snp_learn_locked(struct sev_device *sev)
{
	struct snp_cmd_feature_info data = { .length = sizeof(data) };
	struct snp_feature_leaf leaf = { };
	u32 error;

	static_assert(!(sizeof(leaf) % sizeof(u64)));
	if (sev->snp.rmp && sev_version_at_least(sev, SNP_MAJOR, SNP_MINOR) &&
	    !snp_status_locked(sev, &error) &&
	    sev->snp.status.flags & SNP_STATUS_FEATURE_INFO &&
	    snp_ask(sev, SNP_OP_FEATURE_INFO, &data, &data.leaf_paddr, &leaf, sizeof(leaf), &error))
		memset(&leaf, 0, sizeof(leaf));
	snp_publish(&sev->snp.features, &leaf, sizeof(leaf));
}

/**
 * snp_can_hide_ciphertext() - can ciphertext be hidden from the host?
 * @sev: the SEV part
 *
 * Return: true if firmware and processor can
 */
bool snp_can_hide_ciphertext(const struct sev_device *sev)
{
	return sev->snp.rmp &&
	       READ_ONCE(sev->snp.features.ecx) & SNP_FEAT_ECX_CIPHERTEXT_HIDING &&
	       READ_ONCE(sev->snp.status.flags) & SNP_STATUS_CIPHERTEXT_CAP;
}

/**
 * snp_policy_bits() - what may be set in the policy of an SNP guest
 * @sev: the SEV part
 *
 * Return: mask of SNP_GUEST_POLICY_*, 0 where there can be no SNP guest
 */
u64 snp_policy_bits(const struct sev_device *sev)
{
	static const struct {
		u32 feature;
		u64 policy;
	} bits[] = {
		{ SNP_FEAT_ECX_CXL, SNP_GUEST_POLICY_CXL },
		{ SNP_FEAT_ECX_AES_256_XTS, SNP_GUEST_POLICY_AES_256_XTS },
		{ SNP_FEAT_ECX_RAPL_DIS, SNP_GUEST_POLICY_RAPL_DIS },
		{ SNP_FEAT_ECX_CIPHERTEXT_HIDING, SNP_GUEST_POLICY_CIPHERTEXT },
	};
	u64 policy = POLICY_BASE;
	int i;

	if (!sev->snp.rmp)
		return 0;
	if (!(READ_ONCE(sev->snp.status.flags) & SNP_STATUS_FEATURE_INFO))
		return policy;
	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (READ_ONCE(sev->snp.features.ecx) & bits[i].feature)
			policy |= bits[i].policy;
	if (sev_version_at_least(sev, NO_SWAP_MAJOR, NO_SWAP_MINOR))
		policy |= SNP_GUEST_POLICY_NO_SWAP;
	return policy;
}

/**
 * snp_can_verify_mitigations() - does the firmware tell about mitigations?
 * @sev: the SEV part
 *
 * Return: true if it has SNP_VERIFY_MITIGATION
 */
bool snp_can_verify_mitigations(const struct sev_device *sev)
{
	return sev->snp.rmp && sev->snp.features.ecx & SNP_FEAT_ECX_VERIFY_MITIGATION;
}

/**
 * snp_verify_mitigation_locked() - have a mitigation verified, or ask about all
 * @sev: the SEV part, locked; &snp_platform.mitigations is the answer
 * @vector: the mitigation, one bit; 0 only asks
 * @error: the firmware's status
 *
 * Return: -EINVAL if the mitigation is not in place, see &snp_mitigation_result.failure;
 * else see sev_call_locked()
 */
int snp_verify_mitigation_locked(struct sev_device *sev, u64 vector, u32 *error)
{
	struct snp_cmd_verify_mitigation data = {
		.length = sizeof(data),
		.subcommand = vector ? SNP_MITIGATION_VERIFY : SNP_MITIGATION_STATUS,
		.vector = vector,
		.flags = SNP_MITIGATION_DST,
	};
	struct snp_mitigation_result result;
	int ret;

	ret = snp_ask(sev, SNP_OP_VERIFY_MITIGATION, &data, &data.dst_paddr, &result,
		      sizeof(result), error);
	if (ret)
		return ret;
	sev->snp.mitigations = result;
	sev->snp.mitigations_known = true;
	return vector && result.failure ? -EINVAL : 0;
}
