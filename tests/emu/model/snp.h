/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that model SNP share. internal.h includes it, nobody else has to. */
#ifndef EMU_MODEL_SNP_H
#define EMU_MODEL_SNP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fw.h"
#include "keys.h"

#define PAGE_4K		4096ULL
#define PAGE_2M		(2ULL << 20)
#define PAGES_PER_2M	512

/* A status about the command buffer itself is the usual one plus this. */
#define FW_IN_COMMAND_BUFFER	0x40

/**
 * enum fw_page_state - State of a page, as the bits of its RMP entry tell
 * @FW_PAGE_HYPERVISOR: normal memory
 * @FW_PAGE_HV_FIXED: hypervisor memory that cannot become anything else
 * @FW_PAGE_FIRMWARE: the firmware may write, the hypervisor may not
 * @FW_PAGE_RECLAIM: was the firmware's; RMPUPDATE makes it the hypervisor's
 * @FW_PAGE_CONTEXT: guest context
 * @FW_PAGE_METADATA: about pages that are swapped out
 * @FW_PAGE_PRE_GUEST: given to a guest that is being launched
 * @FW_PAGE_PRE_SWAP: about to be swapped out
 * @FW_PAGE_GUEST_INVALID: the guest's, not yet validated
 * @FW_PAGE_GUEST_VALID: the guest's
 * @FW_PAGE_DEFAULT: the table does not cover the page
 * @FW_PAGE_BROKEN: bits that mean nothing
 */
enum fw_page_state {
	FW_PAGE_HYPERVISOR,
	FW_PAGE_HV_FIXED,
	FW_PAGE_FIRMWARE,
	FW_PAGE_RECLAIM,
	FW_PAGE_CONTEXT,
	FW_PAGE_METADATA,
	FW_PAGE_PRE_GUEST,
	FW_PAGE_PRE_SWAP,
	FW_PAGE_GUEST_INVALID,
	FW_PAGE_GUEST_VALID,
	FW_PAGE_DEFAULT,
	FW_PAGE_BROKEN,
};

#define FW_P(state)	(1U << FW_PAGE_##state)

/* struct fw_region - Physical memory that the firmware holds on to; empty if @len is 0 */
struct fw_region {
	uint64_t pa;
	uint64_t len;
};

#define FW_MAX_GUESTS	1024
#define FW_MAX_HELD	600	/* 512 segments, the table itself, buffers of IOMMUs */

/**
 * struct fw_snp - The SNP platform
 * @up: initialised
 * @rmp_ready: the table was initialised since the machine was reset
 * @table: memory of the RMP, valid once @rmp_ready
 * @table_count: number of those regions
 * @iommu: what IOMMUs write to, in Firmware state until SHUTDOWN_EX gives it back
 * @iommu_count: number of those regions
 * @rapl_off: power reporting is off
 * @reported_tcb: what SNP_CONFIG asked for, 0 follows the committed version
 * @config_flags: SNP_CONFIG_*
 * @vlek_loaded: @vlek and @vlek_tcb mean something
 * @vlek_tcb: TCB version that the VLEK is for
 * @vlek: key that signs reports beside the chip's
 * @mitigations: those that were verified
 * @guests: contexts
 * @guest_count: number of them
 * @max_snp_asid: with ciphertext hiding, the highest ASID of SNP guests, else 0
 */
struct fw_snp {
	bool up;
	bool rmp_ready;
	struct fw_region table[FW_MAX_HELD];
	unsigned int table_count;
	struct fw_region iommu[FW_MAX_HELD];
	unsigned int iommu_count;
	bool rapl_off;
	uint16_t max_snp_asid;
	uint64_t reported_tcb;
	uint32_t config_flags;
	bool vlek_loaded;
	uint64_t vlek_tcb;
	struct ec_key vlek;
	uint64_t mitigations;
	struct fw_snp_guest *guests[FW_MAX_GUESTS];
	unsigned int guest_count;
};

/* snp-pages.c */
enum fw_page_state fw_page_state(const struct fw *fw, uint64_t pa, struct fw_rmp_entry *entry);
const char *fw_page_state_name(enum fw_page_state state);
uint32_t fw_page_check(const struct fw *fw, const char *what, uint64_t pa, unsigned int states,
		       uint32_t code_offset, struct fw_rmp_entry *entry);
uint32_t fw_page_set(const struct fw *fw, uint64_t pa, const struct fw_rmp_entry *entry);
uint32_t fw_pages_writable(const struct fw *fw, const char *what, uint64_t pa, uint64_t len);
bool fw_pages_all(const struct fw *fw, uint64_t pa, uint64_t len, enum fw_page_state want);
void fw_pages_mark(const struct fw *fw, uint64_t pa, uint64_t len, enum fw_page_state state);

/* snp-check.c */
struct fw_rmp_place {
	uint64_t base;
	uint64_t end;		/* first byte behind; of the bookkeeping area only if @segmented */
	bool segmented;
	unsigned int shift;	/* log2 of what a segment covers */
};

bool fw_cores_have_snp(const struct fw *fw);
void fw_cores_leave_snp(const struct fw *fw);
uint32_t fw_check_cores(const struct fw *fw, bool init_rmp, struct fw_rmp_place *place);
unsigned int fw_core_count(const struct fw *fw);

/* snp-rmp.c */
uint32_t fw_rmp_init(struct fw *fw, const struct fw_rmp_place *place);
uint32_t fw_rmp_take_iommu(struct fw *fw);
void fw_rmp_give_iommu_back(struct fw *fw);

/* snp-init.c */
void fw_snp_clear(struct fw *fw);

/* snp-config.c */
int fw_tcb_above(uint64_t a, uint64_t b);
uint64_t fw_reported_tcb(const struct fw *fw);
bool fw_vlek(struct ec_key *key);
void fw_mitigations_verify(struct fw *fw);

/* snp-guest.c */
void fw_snp_guests_clear(struct fw *fw, bool pages);

/* snp.c */
bool fw_snp_feature(const struct fw *fw, uint32_t ecx_bit);
bool fw_alias_checked(const struct fw *fw);

/* snp-message.c */
uint32_t fw_snp_messages(void);

#endif
