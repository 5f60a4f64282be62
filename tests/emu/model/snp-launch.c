// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch of an SNP guest: start, and the pages that it starts from.
 *
 * The launch digest is a chain: each page adds SHA-384 over the digest so far and a description of
 * the page, in which the contents count by their own SHA-384 or, where the owner cannot know them,
 * as zeros.
 */
#include "snp-guest.h"

#include <string.h>

#include <openssl/evp.h>

#define ALL_FLAGS	(SNP_LAUNCH_PAGE_2M | SNP_LAUNCH_PAGE_TYPE_MASK | SNP_LAUNCH_PAGE_IMI)
#define SWAP_MINOR	58	/* first API 1.x that knows SNP_GUEST_POLICY_NO_SWAP */
#define CPUID_ENTRIES	64
#define CPUID_SEV	0x8000001fU
#define CPUID_SEV_CBIT	0x3fU
#define CBIT_POSITION	51

/**
 * fw_sha384() - Hash
 * @data: what
 * @len: its length
 * @digest: filled in
 *
 * Return: false if libcrypto fails.
 */
bool fw_sha384(const void *data, size_t len, uint8_t digest[SHA384_SIZE])
{
	return EVP_Digest(data, len, digest, NULL, EVP_sha384(), NULL);
}

static uint32_t check_policy(struct fw *fw, uint64_t policy)
{
	unsigned int major = (policy & SNP_GUEST_POLICY_ABI_MAJOR) >> 8;
	unsigned int minor = policy & SNP_GUEST_POLICY_ABI_MINOR;
	uint64_t known = SNP_GUEST_POLICY_ABI_MINOR | SNP_GUEST_POLICY_ABI_MAJOR |
			 SNP_GUEST_POLICY_SMT | SNP_GUEST_POLICY_ONE |
			 SNP_GUEST_POLICY_MIGRATE_MA | SNP_GUEST_POLICY_DEBUG |
			 SNP_GUEST_POLICY_SINGLE_SOCKET;

	if (fw_snp_feature(fw, SNP_FEAT_ECX_RAPL_DIS))
		known |= SNP_GUEST_POLICY_RAPL_DIS;
	if (fw_snp_feature(fw, SNP_FEAT_ECX_CIPHERTEXT_HIDING))
		known |= SNP_GUEST_POLICY_CIPHERTEXT;
	if (fw_api_at_least(fw, 1, SWAP_MINOR))
		known |= SNP_GUEST_POLICY_NO_SWAP;
	if (!(policy & SNP_GUEST_POLICY_ONE) || policy & ~known)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy %#llx: bit 17 must be set, only %#llx may be",
				 (unsigned long long)policy, (unsigned long long)known);
	if (!(policy & SNP_GUEST_POLICY_SMT) && (fw->cfg.platform_info & FW_INFO_SMT))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy %#llx forbids sibling threads, SMT is on",
				 (unsigned long long)policy);
	if (!fw_api_at_least(fw, major, minor))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands API %u.%u, this is %u.%u", major, minor,
				 fw->running.major, fw->running.minor);
	if ((policy & SNP_GUEST_POLICY_RAPL_DIS) && !fw->snp.rapl_off)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands RAPL off, SNP_INIT_EX left it on");
	if ((policy & SNP_GUEST_POLICY_CIPHERTEXT) && !fw->snp.max_snp_asid)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands ciphertext hiding, SNP_INIT_EX left it off");
	return 0;
}

static uint32_t take_agent(struct fw *fw, const struct snp_cmd_launch_start *in,
			   struct fw_snp_guest *guest)
{
	struct fw_snp_guest *agent;
	uint32_t status;

	if (!(in->policy & SNP_GUEST_POLICY_MIGRATE_MA))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy %#llx forbids a migration agent",
				 (unsigned long long)in->policy);
	status = fw_snp_guest_get(fw, in->ma_gctx_paddr, FW_S(RUNNING), false, &agent);
	if (!status)
		memcpy(guest->report_id_ma, agent->report_id, sizeof(guest->report_id_ma));
	return status;
}

/**
 * fw_snp_launch_start() - SNP_LAUNCH_START
 * @fw: instance
 * @cmd: struct snp_cmd_launch_start
 *
 * Return: status.
 */
uint32_t fw_snp_launch_start(struct fw *fw, void *cmd)
{
	const struct snp_cmd_launch_start *in = cmd;
	struct fw_snp_guest *guest;
	uint32_t status;

	if (in->flags & ~(SNP_LAUNCH_MA | SNP_LAUNCH_IMI))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved bits in flags %#x",
				 in->flags);
	if (in->flags & SNP_LAUNCH_IMI)
		return fw_refuse(fw, SEV_RET_UNSUPPORTED,
				 "the model does not have incoming migration images");
	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(INIT), false, &guest);
	if (!status)
		status = check_policy(fw, in->policy);
	if (!status && (in->flags & SNP_LAUNCH_MA))
		status = take_agent(fw, in, guest);
	if (status)
		return status;
	guest->policy = in->policy;
	guest->tsc_khz = in->desired_tsc_khz;
	memcpy(guest->gosvw, in->gosvw, sizeof(guest->gosvw));
	guest->launch_tcb = fw_tcb(fw, fw->running.svn);
	guest->launch_mitigations = fw->snp.mitigations;
	guest->state = SNP_GSTATE_LAUNCH;
	return 0;
}

/* struct page_info - What the launch digest covers of a page */
struct page_info {
	uint8_t digest[SHA384_SIZE];
	uint8_t contents[SHA384_SIZE];
	uint16_t length;
	uint8_t type;
	uint8_t imi;
	uint8_t vmpl3_perms;
	uint8_t vmpl2_perms;
	uint8_t vmpl1_perms;
	uint8_t rsvd;
	uint64_t gpa;
} __packed;

static_assert(sizeof(struct page_info) == 0x70, "page description");

/* struct secrets - What the guest finds in its secrets page; the rest is the guest's to use */
struct secrets {
	uint32_t version;
	uint32_t imi;
	uint32_t fms;
	uint32_t rsvd;
	uint8_t gosvw[16];
	uint8_t vmpck[SNP_VMPLS][VMPCK_SIZE];
	uint8_t guest_area[96];
	uint8_t tweak_bitmap[64];
} __packed;

static_assert(offsetof(struct secrets, vmpck) == 0x20, "secrets page");
static_assert(offsetof(struct secrets, tweak_bitmap) == 0x100, "secrets page");

#define SECRETS_VERSION	3

/**
 * fw_snp_secrets() - Fill a secrets page
 * @fw: instance
 * @guest: whose
 * @page: filled
 */
void fw_snp_secrets(const struct fw *fw, const struct fw_snp_guest *guest, uint8_t page[4096])
{
	struct secrets out = {
		.version = SECRETS_VERSION,
		/* like CPUID 1 EAX: a family above 15 is 15 and the rest */
		.fms = (fw->cfg.family - 15) << 20 | 15 << 8 | (fw->cfg.model >> 4) << 16 |
		       (fw->cfg.model & 15) << 4,
	};
	unsigned int i;

	memcpy(out.gosvw, guest->gosvw, sizeof(out.gosvw));
	for (i = 0; i < SNP_VMPLS; i++)
		memcpy(out.vmpck[i], guest->channels[i].key, VMPCK_SIZE);
	memset(page, 0, PAGE_4K);
	memcpy(page, &out, sizeof(out));
}

/* struct cpuid_page - CPUID values that the guest shall trust */
struct cpuid_page {
	uint32_t count;
	uint32_t rsvd1;
	uint64_t rsvd2;
	struct {
		uint32_t eax_in, ecx_in;
		uint64_t xcr0_in, xss_in;
		uint32_t eax, ebx, ecx, edx;
		uint64_t rsvd;
	} entries[CPUID_ENTRIES];
} __packed;

/*
 * What a guest would be misled by is refused, and the page gets what would have been accepted. Of
 * all that real firmware checks, this looks at the form and at the position of the C-bit.
 */
static uint32_t check_cpuid(struct fw *fw, uint64_t pa, uint8_t page[4096])
{
	struct cpuid_page *cpuid = (struct cpuid_page *)page;
	bool wrong = false;
	uint32_t i, status;

	if (cpuid->count > CPUID_ENTRIES || cpuid->rsvd1 || cpuid->rsvd2)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "CPUID page with %u entries or a reserved field that is not 0",
				 cpuid->count);
	for (i = 0; i < cpuid->count; i++) {
		if (cpuid->entries[i].eax_in != CPUID_SEV ||
		    (cpuid->entries[i].ebx & CPUID_SEV_CBIT) == CBIT_POSITION)
			continue;
		cpuid->entries[i].ebx &= ~CPUID_SEV_CBIT;
		cpuid->entries[i].ebx |= CBIT_POSITION;
		wrong = true;
	}
	if (!wrong)
		return 0;
	status = fw_write_guest(fw, "CPUID page", pa, page, PAGE_4K);
	return status ? status : fw_refuse(fw, SEV_RET_INVALID_PARAM,
					   "CPUID %#x says a C-bit other than %u", CPUID_SEV,
					   CBIT_POSITION);
}

/* What the firmware does with the contents before it measures them. */
static uint32_t prepare_page(struct fw *fw, const struct fw_snp_guest *guest, unsigned int type,
			     uint64_t pa, struct page_info *info)
{
	uint8_t page[PAGE_4K];
	uint32_t status;

	status = fw_read(fw, "page", pa, page, sizeof(page));
	if (status)
		return status;
	switch (type) {
	case SNP_LAUNCH_NORMAL:
	case SNP_LAUNCH_VMSA:
		return fw_sha384(page, sizeof(page), info->contents) ? 0 : fw_crypto_failed(fw);
	case SNP_LAUNCH_ZERO:
		memset(page, 0, sizeof(page));
		return fw_write_guest(fw, "page", pa, page, sizeof(page));
	case SNP_LAUNCH_SECRETS:
		fw_snp_secrets(fw, guest, page);
		return fw_write_guest(fw, "page", pa, page, sizeof(page));
	case SNP_LAUNCH_CPUID:
		return check_cpuid(fw, pa, page);
	default:
		return 0;
	}
}

static uint32_t measure_page(struct fw *fw, const struct fw_snp_guest *guest,
			     const struct snp_cmd_launch_update *in, uint64_t pa, uint64_t gpa,
			     uint8_t digest[SHA384_SIZE])
{
	unsigned int type = (in->flags & SNP_LAUNCH_PAGE_TYPE_MASK) >> SNP_LAUNCH_PAGE_TYPE_SHIFT;
	struct page_info info = {
		.length = sizeof(info), .type = (uint8_t)type, .gpa = gpa,
		.vmpl1_perms = in->vmpl_perms[0], .vmpl2_perms = in->vmpl_perms[1],
		.vmpl3_perms = in->vmpl_perms[2],
	};
	uint32_t status;

	memcpy(info.digest, digest, sizeof(info.digest));
	status = prepare_page(fw, guest, type, pa, &info);
	if (status)
		return status;
	return fw_sha384(&info, sizeof(info), digest) ? 0 : fw_crypto_failed(fw);
}

static uint32_t check_update(struct fw *fw, const struct fw_snp_guest *guest,
			     const struct snp_cmd_launch_update *in, struct fw_rmp_entry *entry)
{
	unsigned int type = (in->flags & SNP_LAUNCH_PAGE_TYPE_MASK) >> SNP_LAUNCH_PAGE_TYPE_SHIFT;
	bool huge = in->flags & SNP_LAUNCH_PAGE_2M;
	enum fw_page_state state;

	if (in->flags & ~ALL_FLAGS || in->rsvd1 || in->rsvd2 || in->rsvd3)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "reserved bits in flags %#x or in a reserved field", in->flags);
	if (in->flags & SNP_LAUNCH_PAGE_IMI)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "the guest was not started with a migration image");
	if (type < SNP_LAUNCH_NORMAL || type > SNP_LAUNCH_CPUID)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "there is no page type %u", type);
	if (huge && (type == SNP_LAUNCH_VMSA || type == SNP_LAUNCH_SECRETS ||
		     type == SNP_LAUNCH_CPUID))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "page type %u with 2 MiB", type);
	if (in->page_paddr % (huge ? PAGE_2M : PAGE_4K))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "page at %#llx is not aligned",
				 (unsigned long long)in->page_paddr);
	state = fw_page_state(fw, in->page_paddr, entry);
	if (state != FW_PAGE_PRE_GUEST)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "page %#llx is in page state %s",
				 (unsigned long long)in->page_paddr, fw_page_state_name(state));
	if (entry->huge != huge)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_SIZE,
				 "page %#llx has %s, the command says %s",
				 (unsigned long long)in->page_paddr,
				 entry->huge ? "2 MiB" : "4 KiB", huge ? "2 MiB" : "4 KiB");
	if (entry->asid != guest->asid)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_OWNER,
				 "page %#llx belongs to ASID %u, the guest has %u",
				 (unsigned long long)in->page_paddr, entry->asid, guest->asid);
	return 0;
}

/**
 * fw_snp_launch_update() - SNP_LAUNCH_UPDATE
 * @fw: instance
 * @cmd: struct snp_cmd_launch_update
 *
 * Return: status.
 */
uint32_t fw_snp_launch_update(struct fw *fw, void *cmd)
{
	const struct snp_cmd_launch_update *in = cmd;
	struct fw_snp_guest *guest;
	struct fw_rmp_entry entry;
	uint8_t digest[SHA384_SIZE];
	uint64_t done;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(LAUNCH), true, &guest);
	if (!status)
		status = check_update(fw, guest, in, &entry);
	if (status)
		return status;
	memcpy(digest, guest->digest, sizeof(digest));
	for (done = 0; !status && done < (entry.huge ? PAGE_2M : PAGE_4K); done += PAGE_4K)
		status = measure_page(fw, guest, in, in->page_paddr + done, entry.gpa + done,
				      digest);
	if (status)
		return status;
	entry.validated = true;
	entry.immutable = false;
	entry.vmsa = (in->flags & SNP_LAUNCH_PAGE_TYPE_MASK) >> SNP_LAUNCH_PAGE_TYPE_SHIFT ==
		     SNP_LAUNCH_VMSA;
	memcpy(guest->digest, digest, sizeof(guest->digest));
	return fw_page_set(fw, in->page_paddr, &entry);
}
