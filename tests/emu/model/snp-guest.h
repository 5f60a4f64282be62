/* SPDX-License-Identifier: GPL-2.0-only */
/* An SNP guest inside the firmware, and what can be asked in its name. */
#ifndef EMU_MODEL_SNP_GUEST_H
#define EMU_MODEL_SNP_GUEST_H

#include "internal.h"
#include "sev/snp.h"
#include "sev/snp-guest.h"

#define SHA384_SIZE	48
#define SNP_VMPLS	4
#define VMPCK_SIZE	32

/* enum snp_gstate - State of an SNP guest */
enum snp_gstate {
	SNP_GSTATE_INIT,
	SNP_GSTATE_LAUNCH,
	SNP_GSTATE_RUNNING,
};

#define FW_S(state)	SEV_BIT(SNP_GSTATE_##state)

/* struct iv_use - What was encrypted under a key with a sequence number, told by its tag */
struct iv_use {
	uint64_t seqno;
	uint8_t tag[16];
};

/**
 * struct fw_channel - One VMPCK
 * @key: AES-256-GCM key that guest and firmware share
 * @counter: number of messages so far, both directions
 * @used: every sequence number that the guest encrypted a message with
 * @used_count: entries in @used
 * @used_room: allocated entries
 * @highest: highest sequence number in @used
 */
struct fw_channel {
	uint8_t key[VMPCK_SIZE];
	uint64_t counter;
	struct iv_use *used;
	size_t used_count;
	size_t used_room;
	uint64_t highest;
};

/**
 * struct fw_snp_guest - Guest context
 * @gctx: context page, 0 for a guest without host
 * @state: &enum snp_gstate
 * @asid: 0 if not active
 * @policy: SNP_GUEST_POLICY_*
 * @digest: launch digest so far
 * @host_data: of LAUNCH_FINISH
 * @family_id: of the identity block, like the following
 * @image_id: see @family_id
 * @svn: see @family_id
 * @id_key_digest: SHA-384 of the key that signed the identity block
 * @author_key_digest: SHA-384 of the key that signed that key
 * @author_key: @author_key_digest means something
 * @vcek_off: no reports by the chip's key
 * @report_id: random
 * @report_id_ma: that of the migration agent, all ones without one
 * @vmrk: root of keys that can move with the guest
 * @gosvw: of LAUNCH_START, for the secrets page
 * @tsc_khz: of LAUNCH_START
 * @launch_tcb: TCB version at launch
 * @launch_mitigations: mitigations that were verified at launch
 * @channels: one per privilege level
 */
struct fw_snp_guest {
	uint64_t gctx;
	enum snp_gstate state;
	uint32_t asid;
	uint64_t policy;
	uint8_t digest[SHA384_SIZE];
	uint8_t host_data[32];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t svn;
	uint8_t id_key_digest[SHA384_SIZE];
	uint8_t author_key_digest[SHA384_SIZE];
	bool author_key;
	bool vcek_off;
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint8_t vmrk[32];
	uint8_t gosvw[16];
	uint32_t tsc_khz;
	uint64_t launch_tcb;
	uint64_t launch_mitigations;
	struct fw_channel channels[SNP_VMPLS];
};

/* snp-guest.c */
struct fw_snp_guest *fw_snp_guest_new(struct fw *fw);
void fw_snp_guest_delete(struct fw_snp_guest *guest);
uint32_t fw_snp_guest_get(struct fw *fw, uint64_t gctx, unsigned int states, bool active,
			  struct fw_snp_guest **guest);

/* snp-launch.c */
void fw_snp_secrets(const struct fw *fw, const struct fw_snp_guest *guest, uint8_t page[4096]);
bool fw_sha384(const void *data, size_t len, uint8_t digest[SHA384_SIZE]);

/* snp-finish.c */
struct id_block;
struct id_auth;
uint32_t fw_snp_identify(struct fw *fw, struct fw_snp_guest *guest, const struct id_block *block,
			 const struct id_auth *auth, bool author);

#endif
