// SPDX-License-Identifier: GPL-2.0-only
/* Contexts of SNP guests, their ASIDs, and looking into them. */
#include "snp-guest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#define GUEST_PAGES	(FW_P(PRE_GUEST) | FW_P(PRE_SWAP) | FW_P(GUEST_INVALID) | \
			 FW_P(GUEST_VALID))

static const char * const guest_states[] = { "INIT", "LAUNCH", "RUNNING" };

/**
 * fw_snp_guest_new() - A guest with fresh secrets
 * @fw: instance
 *
 * Return: the guest in state INIT, or NULL.
 */
struct fw_snp_guest *fw_snp_guest_new(struct fw *fw)
{
	struct fw_snp_guest *guest = calloc(1, sizeof(*guest));
	unsigned int i;
	bool ok = guest;

	for (i = 0; ok && i < SNP_VMPLS; i++)
		ok = key_random(guest->channels[i].key, sizeof(guest->channels[i].key));
	if (ok && key_random(guest->report_id, sizeof(guest->report_id)) &&
	    key_random(guest->vmrk, sizeof(guest->vmrk))) {
		memset(guest->report_id_ma, 0xff, sizeof(guest->report_id_ma));
		guest->launch_tcb = fw_tcb(fw, fw->running.svn);
		guest->launch_mitigations = fw->snp.mitigations;
		return guest;
	}
	fw_snp_guest_delete(guest);
	return NULL;
}

/**
 * fw_snp_guest_delete() - Forget a guest's secrets
 * @guest: guest or NULL
 */
void fw_snp_guest_delete(struct fw_snp_guest *guest)
{
	unsigned int i;

	if (!guest)
		return;
	for (i = 0; i < SNP_VMPLS; i++)
		free(guest->channels[i].used);
	OPENSSL_cleanse(guest, sizeof(*guest));
	free(guest);
}

static struct fw_snp_guest **slot_of(struct fw *fw, uint64_t gctx)
{
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++)
		if (fw->snp.guests[i] && fw->snp.guests[i]->gctx == gctx)
			return &fw->snp.guests[i];
	return NULL;
}

/**
 * fw_snp_guest_get() - The guest that a command is about
 * @fw: instance
 * @gctx: context page, as the driver gave it
 * @states: allowed guest states, FW_S() each
 * @active: the guest must have an ASID
 * @guest: filled in on success
 *
 * Return: 0, or a status (said in the log).
 */
uint32_t fw_snp_guest_get(struct fw *fw, uint64_t gctx, unsigned int states, bool active,
			  struct fw_snp_guest **guest)
{
	struct fw_snp_guest **slot;
	uint32_t status;

	gctx = fw_address(fw, gctx);
	if (gctx % PAGE_4K)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "guest context at %#llx is not page-aligned",
				 (unsigned long long)gctx);
	status = fw_page_check(fw, "guest context", gctx, FW_P(CONTEXT), 0, NULL);
	if (status)
		return status;
	slot = slot_of(fw, gctx);
	if (!slot)
		return fw_refuse(fw, SEV_RET_INVALID_GUEST, "there is no guest at %#llx",
				 (unsigned long long)gctx);
	if (!(states & SEV_BIT((*slot)->state)))
		return fw_refuse(fw, SEV_RET_INVALID_GUEST_STATE, "the guest is in state %s",
				 guest_states[(*slot)->state]);
	if (active && !(*slot)->asid)
		return fw_refuse(fw, SEV_RET_INACTIVE, "the guest is not active");
	*guest = *slot;
	return 0;
}

/**
 * fw_snp_gctx_create() - GCTX_CREATE
 * @fw: instance
 * @cmd: struct snp_cmd_gctx
 *
 * Return: status.
 */
uint32_t fw_snp_gctx_create(struct fw *fw, void *cmd)
{
	static const struct fw_rmp_entry context = {
		.assigned = true, .immutable = true, .vmsa = true,
	};
	const struct snp_cmd_gctx *in = cmd;
	uint64_t pa = fw_address(fw, in->gctx_paddr);
	unsigned int i;
	uint32_t status;

	if (pa % PAGE_4K || !fw_is_ram(fw, pa, PAGE_4K))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "guest context at %#llx is not a free page",
				 (unsigned long long)pa);
	status = fw_page_check(fw, "guest context", pa, FW_P(FIRMWARE), 0, NULL);
	if (status)
		return status;
	for (i = 0; i < FW_MAX_GUESTS && fw->snp.guests[i]; i++)
		;
	if (i == FW_MAX_GUESTS)
		return fw_refuse(fw, SEV_RET_RESOURCE_LIMIT, "there are %u guests already", i);
	fw->snp.guests[i] = fw_snp_guest_new(fw);
	if (!fw->snp.guests[i])
		return fw_crypto_failed(fw);
	fw->snp.guests[i]->gctx = pa;
	fw->snp.guest_count++;
	return fw_page_set(fw, pa, &context);
}

/* The ASID waits for a flush. */
static void delete_slot(struct fw *fw, struct fw_snp_guest **slot)
{
	unsigned int i;

	if ((*slot)->asid) {
		fw->asids[(*slot)->asid] = FW_ASID_DIRTY;
		for (i = 0; i < fw->cfg.cores; i++)
			fw->wbinvd_missing[i] = true;
	}
	fw_snp_guest_delete(*slot);
	*slot = NULL;
	fw->snp.guest_count--;
}

/**
 * fw_snp_guests_clear() - No guests any more: shutdown, reset, power off
 * @fw: instance
 * @pages: give the pages of the contexts back to the firmware, as long as there is memory
 */
void fw_snp_guests_clear(struct fw *fw, bool pages)
{
	unsigned int i;

	for (i = 0; i < FW_MAX_GUESTS; i++) {
		if (!fw->snp.guests[i])
			continue;
		if (pages)
			fw_pages_mark(fw, fw->snp.guests[i]->gctx, PAGE_4K, FW_PAGE_FIRMWARE);
		delete_slot(fw, &fw->snp.guests[i]);
	}
}

/**
 * fw_snp_decommission() - SNP_DECOMMISSION
 * @fw: instance
 * @cmd: struct snp_cmd_gctx
 *
 * Return: status.
 */
uint32_t fw_snp_decommission(struct fw *fw, void *cmd)
{
	const struct snp_cmd_gctx *in = cmd;
	struct fw_snp_guest *guest;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, ~0U, false, &guest);
	if (status)
		return status;
	fw_pages_mark(fw, guest->gctx, PAGE_4K, FW_PAGE_FIRMWARE);
	delete_slot(fw, slot_of(fw, guest->gctx));
	return 0;
}

/**
 * fw_snp_activate() - SNP_ACTIVATE
 * @fw: instance
 * @cmd: struct snp_cmd_activate
 *
 * Return: status.
 */
uint32_t fw_snp_activate(struct fw *fw, void *cmd)
{
	const struct snp_cmd_activate *in = cmd;
	uint32_t max = fw->snp.max_snp_asid ? fw->snp.max_snp_asid : fw->cfg.min_sev_asid - 1;
	struct fw_snp_guest *guest;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(LAUNCH) | FW_S(RUNNING), false, &guest);
	if (status)
		return status;
	if (guest->asid)
		return fw_refuse(fw, SEV_RET_ACTIVE, "the guest has ASID %u already", guest->asid);
	if (!in->asid || in->asid > max)
		return fw_refuse(fw, SEV_RET_INVALID_ASID, "ASID %u is not in 1..%u", in->asid,
				 max);
	if ((guest->policy & SNP_GUEST_POLICY_SINGLE_SOCKET) && fw->cfg.sockets > 1)
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE,
				 "policy demands one socket, there are %u", fw->cfg.sockets);
	if (fw->asids[in->asid] == FW_ASID_ACTIVE)
		return fw_refuse(fw, SEV_RET_ASID_OWNED, "ASID %u belongs to another guest",
				 in->asid);
	if (fw->asids[in->asid] == FW_ASID_DIRTY)
		return fw_refuse(fw, SEV_RET_DFFLUSH_REQUIRED,
				 "ASID %u was used since the last DF_FLUSH", in->asid);
	fw->asids[in->asid] = FW_ASID_ACTIVE;
	guest->asid = in->asid;
	return 0;
}

/* struct guest_status - Answer of SNP_GUEST_STATUS */
struct guest_status {
	uint64_t policy;
	uint32_t asid;
	uint8_t state;
	uint8_t rsvd1[3];
	uint8_t rsvd2[16];
} __packed;

/**
 * fw_snp_guest_status() - SNP_GUEST_STATUS
 * @fw: instance
 * @cmd: struct snp_cmd_guest_status
 *
 * Return: status.
 */
uint32_t fw_snp_guest_status(struct fw *fw, void *cmd)
{
	const struct snp_cmd_guest_status *in = cmd;
	struct fw_snp_guest *guest;
	struct guest_status out;
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, ~0U, false, &guest);
	if (status)
		return status;
	out = (struct guest_status){
		.policy = guest->policy, .asid = guest->asid, .state = (uint8_t)guest->state,
	};
	return fw_write(fw, "guest status", in->status_paddr, &out, sizeof(out));
}

/* A page of the guest, of 4 KiB. */
static uint32_t check_owned(struct fw *fw, const struct fw_snp_guest *guest, const char *what,
			    uint64_t pa, unsigned int states)
{
	struct fw_rmp_entry entry;
	enum fw_page_state state = fw_page_state(fw, pa, &entry);

	if (!(states & (1U << state)))
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "%s at %#llx is in page state %s",
				 what, (unsigned long long)pa, fw_page_state_name(state));
	if (entry.asid != guest->asid)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_OWNER,
				 "%s at %#llx belongs to ASID %u, not to %u", what,
				 (unsigned long long)pa, entry.asid, guest->asid);
	return 0;
}

static uint32_t debug(struct fw *fw, const struct snp_cmd_dbg *in, bool decrypt)
{
	struct fw_snp_guest *guest;
	uint8_t page[PAGE_4K];
	uint32_t status;

	status = fw_snp_guest_get(fw, in->gctx_paddr, FW_S(LAUNCH) | FW_S(RUNNING), true, &guest);
	if (status)
		return status;
	if (!(guest->policy & SNP_GUEST_POLICY_DEBUG))
		return fw_refuse(fw, SEV_RET_POLICY_FAILURE, "policy %#llx forbids debugging",
				 (unsigned long long)guest->policy);
	if (in->src_paddr % PAGE_4K || in->dst_paddr % PAGE_4K)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "source %#llx or destination %#llx is not page-aligned",
				 (unsigned long long)in->src_paddr,
				 (unsigned long long)in->dst_paddr);
	if (decrypt)
		status = check_owned(fw, guest, "source", in->src_paddr, GUEST_PAGES);
	else
		status = check_owned(fw, guest, "destination", in->dst_paddr,
				     FW_P(PRE_GUEST) | FW_P(PRE_SWAP));
	if (!status)
		status = fw_read(fw, "source", in->src_paddr, page, sizeof(page));
	if (status)
		return status;
	if (decrypt)
		return fw_write(fw, "destination", in->dst_paddr, page, sizeof(page));
	return fw_write_guest(fw, "destination", in->dst_paddr, page, sizeof(page));
}

/**
 * fw_snp_dbg_decrypt() - SNP_DBG_DECRYPT
 * @fw: instance
 * @cmd: struct snp_cmd_dbg
 *
 * Return: status.
 */
uint32_t fw_snp_dbg_decrypt(struct fw *fw, void *cmd)
{
	return debug(fw, cmd, true);
}

/**
 * fw_snp_dbg_encrypt() - SNP_DBG_ENCRYPT
 * @fw: instance
 * @cmd: struct snp_cmd_dbg
 *
 * Return: status.
 */
uint32_t fw_snp_dbg_encrypt(struct fw *fw, void *cmd)
{
	return debug(fw, cmd, false);
}
