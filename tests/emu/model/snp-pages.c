// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page states: what the bits of an RMP entry mean, and which state a command wants.
 *
 * Nothing here remembers a state. Each question reads the table, so what the host did to it by
 * RMPUPDATE counts, and a page outside the table is in state Default.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "sev/snp-guest.h"

#define GIB		(1ULL << 30)
#define LISTED_END	(512 * GIB)

static const char * const state_names[] = {
	[FW_PAGE_HYPERVISOR] = "Hypervisor",
	[FW_PAGE_HV_FIXED] = "HV-Fixed",
	[FW_PAGE_FIRMWARE] = "Firmware",
	[FW_PAGE_RECLAIM] = "Reclaim",
	[FW_PAGE_CONTEXT] = "Context",
	[FW_PAGE_METADATA] = "Metadata",
	[FW_PAGE_PRE_GUEST] = "Pre-Guest",
	[FW_PAGE_PRE_SWAP] = "Pre-Swap",
	[FW_PAGE_GUEST_INVALID] = "Guest-Invalid",
	[FW_PAGE_GUEST_VALID] = "Guest-Valid",
	[FW_PAGE_DEFAULT] = "Default",
	[FW_PAGE_BROKEN] = "none that exists",
};

/**
 * fw_page_state_name() - Name of a page state for people
 * @state: page state
 *
 * Return: the name.
 */
const char *fw_page_state_name(enum fw_page_state state)
{
	return state_names[state];
}

static enum fw_page_state guest_state(const struct fw_rmp_entry *e)
{
	if (e->immutable)
		return e->validated ? FW_PAGE_PRE_SWAP : FW_PAGE_PRE_GUEST;
	return e->validated ? FW_PAGE_GUEST_VALID : FW_PAGE_GUEST_INVALID;
}

static enum fw_page_state decode(const struct fw_rmp_entry *e)
{
	if (e->asid)
		return e->assigned ? guest_state(e) : FW_PAGE_BROKEN;
	if (e->validated)
		return FW_PAGE_BROKEN;
	if (!e->assigned)
		return e->immutable ? FW_PAGE_HV_FIXED : FW_PAGE_HYPERVISOR;
	if (!e->immutable)
		return FW_PAGE_RECLAIM;
	if (e->vmsa)
		return e->gpa ? FW_PAGE_BROKEN : FW_PAGE_CONTEXT;
	return e->gpa ? FW_PAGE_METADATA : FW_PAGE_FIRMWARE;
}

const char *fw_rmp_state_name(const struct fw_rmp_entry *entry)
{
	return fw_page_state_name(decode(entry));
}

/**
 * fw_page_state() - Look a page up
 * @fw: instance
 * @pa: any address in the page, with or without C-bit
 * @entry: filled in, all zero for a page outside the table; may be NULL
 *
 * Return: the state.
 */
enum fw_page_state fw_page_state(const struct fw *fw, uint64_t pa, struct fw_rmp_entry *entry)
{
	struct fw_rmp_entry e = { 0 };
	enum fw_page_state state = FW_PAGE_DEFAULT;

	if (fw->ops.rmp_read && !fw->ops.rmp_read(fw->ctx, fw_address(fw, pa) & -PAGE_4K, &e))
		state = decode(&e);
	if (entry)
		*entry = e;
	return state;
}

/**
 * fw_page_check() - A command needs a 4 KiB page in one of some states
 * @fw: instance
 * @what: name of the page, for the log
 * @pa: any address in the page, with or without C-bit
 * @states: FW_P() each
 * @code_offset: FW_IN_COMMAND_BUFFER if it is about the command buffer, else 0
 * @entry: filled in; may be NULL
 *
 * Return: 0, INVALID_PAGE_STATE or INVALID_PAGE_SIZE plus @code_offset (said in the log).
 */
uint32_t fw_page_check(const struct fw *fw, const char *what, uint64_t pa, unsigned int states,
		       uint32_t code_offset, struct fw_rmp_entry *entry)
{
	struct fw_rmp_entry e;
	enum fw_page_state state = fw_page_state(fw, pa, &e);

	if (entry)
		*entry = e;
	if (!(states & (1U << state)))
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE + code_offset,
				 "%s at %#llx is in page state %s", what,
				 (unsigned long long)pa, state_names[state]);
	if (e.huge)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_SIZE + code_offset,
				 "%s at %#llx is in a 2 MiB page", what, (unsigned long long)pa);
	return 0;
}

/**
 * fw_page_set() - Change a page's entry
 * @fw: instance
 * @pa: the page, with or without C-bit
 * @entry: new contents
 *
 * Return: 0, or HWERROR_PLATFORM if the table does not take it.
 */
uint32_t fw_page_set(const struct fw *fw, uint64_t pa, const struct fw_rmp_entry *entry)
{
	if (!fw->ops.rmp_write(fw->ctx, fw_address(fw, pa) & -PAGE_4K, entry))
		return 0;
	fw_log(fw, FW_LOG_ERROR, "RMP entry of %#llx cannot be written", (unsigned long long)pa);
	return SEV_RET_HWSEV_RET_PLATFORM;
}

/**
 * fw_pages_writable() - Whether the firmware may write there
 * @fw: instance
 * @what: name of the buffer, for the log
 * @pa: address, with or without C-bit
 * @len: number of bytes
 *
 * Before SNP is initialised it may write everywhere, then to Firmware and Default pages only.
 *
 * Return: 0, INVALID_PAGE_STATE or INVALID_PAGE_SIZE (said in the log).
 */
uint32_t fw_pages_writable(const struct fw *fw, const char *what, uint64_t pa, uint64_t len)
{
	uint64_t page = fw_address(fw, pa) & -PAGE_4K;
	uint64_t end = fw_address(fw, pa) + len;
	uint32_t status = 0;

	if (!fw->snp.up || !len)
		return 0;
	for (; !status && page < end; page += PAGE_4K)
		status = fw_page_check(fw, what, page, FW_P(FIRMWARE) | FW_P(DEFAULT), 0, NULL);
	return status;
}

/**
 * fw_pages_all() - Whether all pages of a region are in a state
 * @fw: instance
 * @pa: page-aligned address
 * @len: number of bytes
 * @want: state
 *
 * Return: false if any is not; nothing is logged.
 */
bool fw_pages_all(const struct fw *fw, uint64_t pa, uint64_t len, enum fw_page_state want)
{
	uint64_t done;

	for (done = 0; done < len; done += PAGE_4K)
		if (fw_page_state(fw, pa + done, NULL) != want)
			return false;
	return true;
}

/**
 * fw_pages_mark() - Bring all pages of a region that the table covers into a state
 * @fw: instance
 * @pa: page-aligned address
 * @len: number of bytes
 * @state: one without owner and address: Hypervisor, HV-Fixed, Firmware or Reclaim
 */
void fw_pages_mark(const struct fw *fw, uint64_t pa, uint64_t len, enum fw_page_state state)
{
	const struct fw_rmp_entry entry = {
		.assigned = state == FW_PAGE_FIRMWARE || state == FW_PAGE_RECLAIM,
		.immutable = state == FW_PAGE_FIRMWARE || state == FW_PAGE_HV_FIXED,
	};
	uint64_t done;

	for (done = 0; done < len; done += PAGE_4K)
		fw->ops.rmp_write(fw->ctx, pa + done, &entry);
}

/* struct reclaim - What PAGE_RECLAIM makes of a page */
struct reclaim {
	bool allowed;
	bool changes;
};

static const struct reclaim reclaims[] = {
	[FW_PAGE_HYPERVISOR] = { true, false },
	[FW_PAGE_RECLAIM] = { true, false },
	[FW_PAGE_GUEST_INVALID] = { true, false },
	[FW_PAGE_GUEST_VALID] = { true, false },
	[FW_PAGE_FIRMWARE] = { true, true },
	[FW_PAGE_METADATA] = { true, true },
	[FW_PAGE_PRE_GUEST] = { true, true },
	[FW_PAGE_PRE_SWAP] = { true, true },
	[FW_PAGE_BROKEN] = { false, false },
};

/**
 * fw_snp_page_reclaim() - PAGE_RECLAIM: the firmware lets go of a page
 * @fw: instance
 * @cmd: struct snp_cmd_page
 *
 * Return: status.
 */
uint32_t fw_snp_page_reclaim(struct fw *fw, void *cmd)
{
	const struct snp_cmd_page *in = cmd;
	uint64_t pa = fw_address(fw, in->page_paddr & ~SNP_PAGE_2M);
	bool huge = in->page_paddr & SNP_PAGE_2M;
	struct fw_rmp_entry entry;
	enum fw_page_state state = fw_page_state(fw, pa, &entry);
	const char *holds = fw_taken(fw, pa, huge ? PAGE_2M : PAGE_4K);

	if (pa % (huge ? PAGE_2M : PAGE_4K))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "page address %#llx is not aligned",
				 (unsigned long long)in->page_paddr);
	if (state >= ARRAY_SIZE(reclaims) || !reclaims[state].allowed)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "page %#llx is in page state %s",
				 (unsigned long long)pa, state_names[state]);
	if (!reclaims[state].changes)
		return 0;
	if (holds)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "page %#llx is part of the %s",
				 (unsigned long long)pa, holds);
	if (entry.huge != huge)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_SIZE,
				 "page %#llx has %s, the command says %s", (unsigned long long)pa,
				 entry.huge ? "2 MiB" : "4 KiB", huge ? "2 MiB" : "4 KiB");
	/* the owner and the address of a guest's page stay, those of other pages go */
	entry.immutable = false;
	if (!entry.asid)
		entry.gpa = 0;
	return fw_page_set(fw, pa, &entry);
}

/**
 * fw_snp_page_unsmash() - PAGE_UNSMASH: 512 small pages become a large one
 * @fw: instance
 * @cmd: struct snp_cmd_page
 *
 * Return: status.
 */
uint32_t fw_snp_page_unsmash(struct fw *fw, void *cmd)
{
	const struct snp_cmd_page *in = cmd;
	uint64_t pa = fw_address(fw, in->page_paddr & ~SNP_PAGE_2M);
	struct fw_rmp_entry first, entry;
	unsigned int i;

	if (pa % PAGE_2M)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "page address %#llx is not aligned to 2 MiB",
				 (unsigned long long)in->page_paddr);
	if (!(FW_P(PRE_GUEST) & (1U << fw_page_state(fw, pa, &first))))
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "page %#llx is in page state %s",
				 (unsigned long long)pa,
				 state_names[fw_page_state(fw, pa, NULL)]);
	if (first.huge)
		return fw_refuse(fw, SEV_RET_INVALID_PAGE_SIZE, "page %#llx is a large page",
				 (unsigned long long)pa);
	if (first.gpa % PAGE_2M)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "guest address %#llx is not aligned to 2 MiB",
				 (unsigned long long)first.gpa);
	for (i = 1; i < PAGES_PER_2M; i++) {
		struct fw_rmp_entry want = first;

		want.gpa += i * PAGE_4K;
		fw_page_state(fw, pa + i * PAGE_4K, &entry);
		if (entry.gpa != want.gpa || entry.asid != want.asid || entry.huge ||
		    entry.validated != want.validated || entry.immutable != want.immutable ||
		    entry.vmsa != want.vmsa || entry.assigned != want.assigned)
			return fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE,
					 "page %#llx does not continue the one before",
					 (unsigned long long)(pa + i * PAGE_4K));
	}
	first.huge = true;
	return fw_page_set(fw, pa, &first);
}

bool fw_fixed_memory(const struct fw *fw, uint64_t pa, uint64_t len)
{
	if (!fw->snp.up || fw_pages_all(fw, pa, len, FW_PAGE_HV_FIXED))
		return true;
	fw_refuse(fw, SEV_RET_INVALID_PAGE_STATE, "%#llx with %#llx bytes is not all HV-Fixed",
		  (unsigned long long)pa, (unsigned long long)len);
	return false;
}

/**
 * fw_list_pages() - see fw.h
 * @fw: instance
 * @emit: gets the lines
 * @arg: its first argument
 */
void fw_list_pages(const struct fw *fw, void (*emit)(void *arg, const char *line), void *arg)
{
	unsigned long count[ARRAY_SIZE(state_names)] = { 0 };
	enum fw_page_state state;
	char line[64];
	uint64_t pa;

	/* What the table has then means nothing. */
	if (!fw_cores_have_snp(fw))
		return;
	for (pa = 0; pa < LISTED_END; pa += PAGE_4K) {
		state = fw_page_state(fw, pa, NULL);
		if (state == FW_PAGE_DEFAULT)	/* the rest of this GiB is the same */
			pa |= GIB - PAGE_4K;
		else
			count[state]++;
	}
	for (state = 0; state < ARRAY_SIZE(state_names); state++) {
		if (!count[state])
			continue;
		snprintf(line, sizeof(line), "%s=%lu", state_names[state], count[state]);
		emit(arg, line);
	}
}
