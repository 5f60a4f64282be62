// SPDX-License-Identifier: GPL-2.0-only
/* Life of the SNP platform: initialise, flush, shut down. */
#include <string.h>

#include "internal.h"
#include "sev/snp.h"

#define LIST_MAX	((PAGE_4K - sizeof(struct snp_range_list)) / sizeof(struct snp_range))
#define ALL_FLAGS	(SNP_INIT_RMP | SNP_INIT_LIST | SNP_INIT_RAPL_DIS | \
			 SNP_INIT_CIPHERTEXT_HIDING)

/**
 * fw_snp_clear() - Forget everything about SNP, as a reset of the machine does
 * @fw: instance
 */
void fw_snp_clear(struct fw *fw)
{
	fw_snp_guests_clear(fw, false);
	memset(&fw->snp, 0, sizeof(fw->snp));
}

/* struct fixed_list - The HV-fixed ranges of one SNP_INIT_EX */
struct fixed_list {
	uint32_t count;
	struct snp_range ranges[LIST_MAX];
};

static uint32_t read_list(const struct fw *fw, uint64_t pa, struct fixed_list *list)
{
	struct snp_range_list head;
	uint64_t room = PAGE_4K - pa % PAGE_4K;
	uint32_t status, i;

	if (room < sizeof(head))
		return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
				 "range list at %#llx crosses a page", (unsigned long long)pa);
	status = fw_read(fw, "range list", pa, &head, sizeof(head));
	if (status)
		return status;
	if (head.rsvd || head.count > (room - sizeof(head)) / sizeof(struct snp_range))
		return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
				 "range list with %u entries, reserved field %#x: does not fit its page",
				 head.count, head.rsvd);
	list->count = head.count;
	status = fw_read(fw, "range list", pa + sizeof(head), list->ranges,
			 head.count * sizeof(struct snp_range));
	if (status)
		return status;
	for (i = 0; i < list->count; i++) {
		const struct snp_range *r = &list->ranges[i];
		uint64_t len = r->page_count * PAGE_4K;

		if (r->base % PAGE_4K || r->rsvd || !len || r->base + len < r->base ||
		    fw_address(fw, r->base) != r->base)
			return fw_refuse(fw, SEV_RET_RMP_INITIALIZATION_FAILED,
					 "range %u: base %#llx, %u pages, reserved field %#x", i,
					 (unsigned long long)r->base, r->page_count, r->rsvd);
	}
	return 0;
}

static uint32_t check_flags(const struct fw *fw, const struct snp_cmd_init_ex *in)
{
	static const uint8_t zero[sizeof(in->rsvd2)];
	bool hide = in->flags & SNP_INIT_CIPHERTEXT_HIDING;

	if ((in->flags & SNP_INIT_LIST) && !(in->flags & SNP_INIT_RMP))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "a range list without INIT_RMP");
	if (in->flags & ~ALL_FLAGS || in->rsvd1 || memcmp(in->rsvd2, zero, sizeof(zero)))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "reserved bits in flags %#x or in a reserved field", in->flags);
	if ((in->flags & SNP_INIT_RAPL_DIS) && !fw_snp_feature(fw, SNP_FEAT_ECX_RAPL_DIS))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "this firmware cannot disable RAPL");
	if (hide && !fw_snp_feature(fw, SNP_FEAT_ECX_CIPHERTEXT_HIDING))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "this chip cannot hide ciphertext");
	if (hide && (!in->max_snp_asid || in->max_snp_asid >= fw->cfg.min_sev_asid))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "max_snp_asid is %u, must be in 1..%u", in->max_snp_asid,
				 fw->cfg.min_sev_asid - 1);
	if (!hide && in->max_snp_asid)
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "max_snp_asid is %u without ciphertext hiding", in->max_snp_asid);
	return 0;
}

static uint32_t check_chip(const struct fw *fw)
{
	if (fw->snp.up)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE, "SNP is initialised already");
	if (fw->state != SEV_PSTATE_UNINIT)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE,
				 "legacy SEV is initialised; SNP must come first");
	if (fw->cfg.diag_mode)
		return fw_refuse(fw, SEV_RET_HWSEV_RET_PLATFORM, "the chip is in diagnostic mode");
	if (fw->cfg.unlocked)
		return fw_refuse(fw, SEV_RET_HWSEV_RET_UNSAFE, "the chip is unlocked");
	if (fw->cfg.old_bootloader)
		return fw_refuse(fw, SEV_RET_UNSUPPORTED, "the PSP boot loader is too old");
	return 0;
}

static uint32_t set_up_table(struct fw *fw, const struct fw_rmp_place *place,
			     const struct fixed_list *list)
{
	uint32_t status, i;

	status = fw_rmp_init(fw, place);
	if (status)
		return status;
	for (i = 0; i < list->count; i++)
		fw_pages_mark(fw, list->ranges[i].base, list->ranges[i].page_count * PAGE_4K,
			      FW_PAGE_HV_FIXED);
	for (i = 0; i < fw->snp.table_count; i++)
		fw_pages_mark(fw, fw->snp.table[i].pa, fw->snp.table[i].len, FW_PAGE_FIRMWARE);
	return 0;
}

static uint32_t initialise(struct fw *fw, const struct snp_cmd_init_ex *in)
{
	struct fixed_list list = { 0 };
	struct fw_rmp_place place;
	bool init_rmp = in->flags & SNP_INIT_RMP;
	uint32_t status;

	status = check_chip(fw);
	if (!status)
		status = check_flags(fw, in);
	if (!status && !init_rmp && !fw->snp.rmp_ready)
		status = fw_refuse(fw, SEV_RET_RMP_INIT_REQUIRED,
				   "INIT_RMP is not set and the RMP was never initialised");
	if (!status)
		status = fw_check_cores(fw, init_rmp, &place);
	if (!status && (in->flags & SNP_INIT_LIST))
		status = read_list(fw, in->list_paddr, &list);
	if (!status && init_rmp)
		status = set_up_table(fw, &place, &list);
	if (!status && !fw->snp.iommu_count)
		status = fw_rmp_take_iommu(fw);
	if (status) {
		if (init_rmp)
			fw_rmp_give_iommu_back(fw);
		return status;
	}
	fw->snp.up = true;
	fw->snp.rapl_off = in->flags & SNP_INIT_RAPL_DIS;
	fw->snp.max_snp_asid = in->max_snp_asid;
	fw_distrust_caches(fw);
	fw_log(fw, FW_LOG_INFO, "SNP initialised, RMP at %#llx%s, %u ranges HV-fixed",
	       (unsigned long long)place.base, place.segmented ? " (segmented)" : "", list.count);
	return 0;
}

/**
 * fw_snp_init_ex() - SNP_INIT_EX
 * @fw: instance
 * @cmd: struct snp_cmd_init_ex
 *
 * Return: status.
 */
uint32_t fw_snp_init_ex(struct fw *fw, void *cmd)
{
	return initialise(fw, cmd);
}

/**
 * fw_snp_init() - SNP_INIT, which is SNP_INIT_EX without choices
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_init(struct fw *fw, void *cmd)
{
	const struct snp_cmd_init_ex in = { .flags = SNP_INIT_RMP };

	(void)cmd;
	return initialise(fw, &in);
}

static uint32_t shut_down(struct fw *fw, uint32_t flags)
{
	unsigned int i;

	if (fw->state != SEV_PSTATE_UNINIT)
		return fw_refuse(fw, SEV_RET_INVALID_PLATFORM_STATE,
				 "legacy SEV is initialised; SHUTDOWN must come first");
	if (!fw->snp.up)
		return 0;
	/* Every ASID has to be clean; no flush cleans one that a guest still has. */
	for (i = 1; i <= fw->cfg.asids; i++)
		if (fw->asids[i] != FW_ASID_CLEAN)
			return fw_refuse(fw, SEV_RET_DFFLUSH_REQUIRED, "ASID %u %s", i,
					 fw->asids[i] == FW_ASID_ACTIVE ? "belongs to a guest" :
					 "was used since the last DF_FLUSH");
	fw_log(fw, FW_LOG_INFO, "SNP shut down with %u contexts%s%s", fw->snp.guest_count,
	       flags & SNP_SHUTDOWN_IOMMU ? ", buffers of the IOMMUs given back" : "",
	       flags & SNP_SHUTDOWN_X86 ? ", off on the CPUs" : "");
	fw_snp_guests_clear(fw, true);
	if (flags & SNP_SHUTDOWN_IOMMU)
		fw_rmp_give_iommu_back(fw);
	fw->snp.up = false;
	fw->snp.rapl_off = false;
	fw->snp.max_snp_asid = 0;
	if (flags & SNP_SHUTDOWN_X86) {
		fw_cores_leave_snp(fw);
		fw->snp.rmp_ready = false;
		fw->snp.table_count = 0;
	}
	return 0;
}

/**
 * fw_snp_shutdown() - SNP_SHUTDOWN
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_shutdown(struct fw *fw, void *cmd)
{
	(void)cmd;
	return shut_down(fw, 0);
}

/**
 * fw_snp_shutdown_ex() - SNP_SHUTDOWN_EX
 * @fw: instance
 * @cmd: struct snp_cmd_shutdown_ex
 *
 * Return: status.
 */
uint32_t fw_snp_shutdown_ex(struct fw *fw, void *cmd)
{
	const struct snp_cmd_shutdown_ex *in = cmd;

	if (in->length != sizeof(*in))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "length is %u, must be %zu",
				 in->length, sizeof(*in));
	if (in->flags & ~(SNP_SHUTDOWN_IOMMU | SNP_SHUTDOWN_X86))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM, "reserved bits in flags %#x",
				 in->flags);
	if ((in->flags & SNP_SHUTDOWN_X86) && !(in->flags & SNP_SHUTDOWN_IOMMU))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "SNP off on the CPUs needs the IOMMUs' buffers given back");
	if ((in->flags & SNP_SHUTDOWN_X86) && !fw_snp_feature(fw, SNP_FEAT_ECX_X86_SHUTDOWN))
		return fw_refuse(fw, SEV_RET_INVALID_PARAM,
				 "this firmware cannot turn SNP off on the CPUs");
	return shut_down(fw, in->flags);
}

/**
 * fw_snp_df_flush() - SNP_DF_FLUSH
 * @fw: instance
 * @cmd: unused
 *
 * Return: status.
 */
uint32_t fw_snp_df_flush(struct fw *fw, void *cmd)
{
	return fw_df_flush(fw, cmd);
}
