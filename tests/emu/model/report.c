// SPDX-License-Identifier: GPL-2.0-only
/* Attestation reports of SNP guests. */
#include <string.h>

#include "cert.h"
#include "snp-message.h"

#define NUMBER_SIZE	72	/* integers of a signature are little-endian and padded */
#define ECDSA_P384	1

/* &struct report.platform_info */
#define INFO_RAPL_DIS		SEV_BIT64(3)
#define INFO_CIPHERTEXT		SEV_BIT64(4)
#define INFO_ALIAS_CHECKED	SEV_BIT64(5)
/* &struct report.key_info */
#define KEY_AUTHOR		SEV_BIT(0)
#define KEY_MASKED		SEV_BIT(1)
#define KEY_SIGNER_SHIFT	2

/* enum signer - Who signs, as the report says */
enum signer { SIGNER_VCEK = 0, SIGNER_VLEK = 1, SIGNER_NONE = 7 };

/* struct report_request - Payload of the request */
struct report_request {
	uint8_t user_data[64];
	uint32_t vmpl;
	uint32_t key;		/* 0 any, 1 VCEK, 2 VLEK */
	uint8_t rsvd[24];
} __packed;

static_assert(sizeof(struct report_request) == MSG_REPORT_REQ_LEN, "report request");

/* struct tcb_build - Version of a firmware in a report */
struct tcb_build {
	uint8_t build;
	uint8_t minor;
	uint8_t major;
	uint8_t rsvd;
} __packed;

/* struct report - The report itself */
struct report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t sig_algo;
	uint64_t current_tcb;
	uint64_t platform_info;
	uint32_t key_info;
	uint32_t rsvd1;
	uint8_t user_data[64];
	uint8_t measurement[SHA384_SIZE];
	uint8_t host_data[32];
	uint8_t id_key_digest[SHA384_SIZE];
	uint8_t author_key_digest[SHA384_SIZE];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint64_t reported_tcb;
	uint8_t cpu_family;
	uint8_t cpu_model;
	uint8_t cpu_stepping;
	uint8_t rsvd2[21];
	uint8_t chip_id[SEV_CHIP_ID_LEN];
	uint64_t committed_tcb;
	struct tcb_build current;
	struct tcb_build committed;
	uint64_t launch_tcb;
	uint64_t launch_mitigations;
	uint64_t current_mitigations;
	uint8_t rsvd3[152];
	uint8_t sig_r[NUMBER_SIZE];
	uint8_t sig_s[NUMBER_SIZE];
	uint8_t rsvd4[368];
} __packed;

static_assert(sizeof(struct report) == FW_REPORT_LEN, "report");
static_assert(offsetof(struct report, key_info) == 0x48, "report");
static_assert(offsetof(struct report, measurement) == 0x90, "report");
static_assert(offsetof(struct report, reported_tcb) == 0x180, "report");
static_assert(offsetof(struct report, chip_id) == 0x1a0, "report");
static_assert(offsetof(struct report, committed_tcb) == 0x1e0, "report");
static_assert(offsetof(struct report, launch_tcb) == 0x1f0, "report");
static_assert(offsetof(struct report, sig_r) == 0x2a0, "report");

/* struct report_response - Payload of the answer */
struct report_response {
	uint32_t status;
	uint32_t size;
	uint8_t rsvd[24];
	struct report report;
} __packed;

static_assert(sizeof(struct report_response) == MSG_REPORT_RSP_LEN, "report response");

/* 3 added the CPU's identity, 5 the mitigations. */
static uint32_t report_version(const struct fw *fw)
{
	static const struct fw_since v3[FW_GENERATIONS] = {
		[FW_MILAN] = { 55, 29 }, [FW_GENOA] = { 55, 40 },
		[FW_TURIN] = { 55, 65 }, [FW_VENICE] = { 55, 65 },
	};
	static const struct fw_since v5[FW_GENERATIONS] = {
		[FW_MILAN] = { 58, 0 }, [FW_GENOA] = { 58, 0 },
		[FW_TURIN] = { 55, 65 }, [FW_VENICE] = { 55, 65 },
	};

	if (fw_since(fw, v5))
		return 5;
	return fw_since(fw, v3) ? 3 : 2;
}

/* Which key the guest gets; @by stays as it is if it cannot have one. */
static bool choose_signer(const struct fw *fw, const struct fw_snp_guest *guest, uint32_t wish,
			  enum signer *by)
{
	bool vcek = !guest->vcek_off;
	bool vlek = fw->snp.vlek_loaded;

	if (wish > 2 || (wish == 1 && !vcek) || (wish == 2 && !vlek) || (!vcek && !vlek))
		return false;
	*by = wish == 1 || !vlek ? SIGNER_VCEK : SIGNER_VLEK;
	if (*by == SIGNER_VCEK && (fw->snp.config_flags & SNP_CONFIG_MASK_CHIP_KEY))
		*by = SIGNER_NONE;
	return true;
}

static uint64_t platform_info(const struct fw *fw)
{
	uint64_t bios = fw->cfg.platform_info;

	if (!fw_alias_checked(fw))
		bios &= ~(uint64_t)FW_INFO_ECC;
	return bios | (fw->snp.rapl_off ? INFO_RAPL_DIS : 0) |
	       (fw->snp.max_snp_asid ? INFO_CIPHERTEXT : 0) |
	       (fw_alias_checked(fw) ? INFO_ALIAS_CHECKED : 0);
}

static struct tcb_build build_of(const struct fw_version *v)
{
	return (struct tcb_build){ .build = v->build, .minor = v->minor, .major = v->major };
}

static bool fill(const struct fw *fw, const struct fw_snp_guest *guest,
		 const struct report_request *in, enum signer by, struct report *out)
{
	*out = (struct report){
		.version = report_version(fw),
		.guest_svn = guest->svn,
		.policy = guest->policy,
		.vmpl = in->vmpl,
		.sig_algo = by == SIGNER_NONE ? 0 : ECDSA_P384,
		.current_tcb = fw_tcb(fw, fw->running.svn),
		.platform_info = platform_info(fw),
		.key_info = (guest->author_key ? KEY_AUTHOR : 0) |
			    (fw->snp.config_flags & SNP_CONFIG_MASK_CHIP_KEY ? KEY_MASKED : 0) |
			    (uint32_t)by << KEY_SIGNER_SHIFT,
		.reported_tcb = fw_reported_tcb(fw),
		.committed_tcb = fw_tcb(fw, fw->committed.svn),
		.current = build_of(&fw->running),
		.committed = build_of(&fw->committed),
		.launch_tcb = guest->launch_tcb,
	};
	memcpy(out->family_id, guest->family_id, sizeof(out->family_id));
	memcpy(out->image_id, guest->image_id, sizeof(out->image_id));
	memcpy(out->user_data, in->user_data, sizeof(out->user_data));
	memcpy(out->measurement, guest->digest, sizeof(out->measurement));
	memcpy(out->host_data, guest->host_data, sizeof(out->host_data));
	memcpy(out->id_key_digest, guest->id_key_digest, sizeof(out->id_key_digest));
	memcpy(out->author_key_digest, guest->author_key_digest, sizeof(out->author_key_digest));
	memcpy(out->report_id, guest->report_id, sizeof(out->report_id));
	memcpy(out->report_id_ma, guest->report_id_ma, sizeof(out->report_id_ma));
	if (out->version >= 3) {
		out->cpu_family = (uint8_t)fw->cfg.family;
		out->cpu_model = (uint8_t)fw->cfg.model;
		out->cpu_stepping = FW_STEPPING;
	}
	if (out->version >= 5) {
		out->launch_mitigations = guest->launch_mitigations;
		out->current_mitigations = fw->snp.mitigations;
	}
	return by == SIGNER_VLEK || (fw->snp.config_flags & SNP_CONFIG_MASK_CHIP_ID) ||
	       fw_chip_id(fw, 0, out->chip_id);
}

static bool sign(const struct fw *fw, enum signer by, struct report *report)
{
	struct ec_key key;
	struct ec_sig sig;

	if (by == SIGNER_NONE)
		return true;
	if (by == SIGNER_VLEK)
		key = fw->snp.vlek;
	else if (!fw_vcek(fw, report->reported_tcb, &key))
		return false;
	if (!ec_sign(&key, HASH_SHA384, report, offsetof(struct report, sig_r), &sig))
		return false;
	cert_put_number(report->sig_r, NUMBER_SIZE, sig.r, EC_SIZE);
	cert_put_number(report->sig_s, NUMBER_SIZE, sig.s, EC_SIZE);
	return true;
}

/* fw_msg_report() - A report with the guest's own words in it */
bool fw_msg_report(const struct fw *fw, const struct fw_snp_guest *guest, unsigned int vmpck,
		   const void *request, void *answer)
{
	static const uint8_t zero[sizeof(((struct report_request *)0)->rsvd)];
	const struct report_request *in = request;
	struct report_response *out = answer;
	enum signer by;

	if (in->vmpl < vmpck || in->vmpl >= SNP_VMPLS ||
	    memcmp(in->rsvd, zero, sizeof(zero))) {
		out->status = SEV_RET_INVALID_PARAM;
		return true;
	}
	if (!choose_signer(fw, guest, in->key, &by)) {
		out->status = SEV_RET_INVALID_KEY;
		return true;
	}
	out->size = sizeof(out->report);
	return fill(fw, guest, in, by, &out->report) && sign(fw, by, &out->report);
}

bool fw_lone_guest_report(const struct fw *fw, const struct fw_snp_guest *guest,
			  const uint8_t user_data[64], uint8_t report[FW_REPORT_LEN])
{
	struct report_response answer = { 0 };
	struct report_request in = { 0 };

	memcpy(in.user_data, user_data, sizeof(in.user_data));
	if (!fw_msg_report(fw, guest, 0, &in, &answer) || answer.status)
		return false;
	memcpy(report, &answer.report, sizeof(answer.report));
	return true;
}
