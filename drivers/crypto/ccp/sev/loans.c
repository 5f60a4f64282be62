// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware writes to in a command, as the command table says.
 *
 * Host memory is never given away itself: the firmware gets pages of ours in its place.
 * With that a buffer may share its page with anything, and its owner may free it when the
 * firmware does not answer.  Guest memory has to stay where it is, because its encryption
 * depends on the address; then its pages are never freed.
 *
 * While SNP is up all of it is put into firmware state before the command and taken back
 * after it.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>

#include "../rmp/msr.h"
#include "sev.h"

/*
 * KVM marks addresses of guest memory with the C-bit that the processor has.  __sme_clr()
 * knows that bit only if the kernel encrypts its own memory, which most hosts don't do.
 */
static u64 loan_phys(const struct snp_loan *loan)
{
	u32 bit = rmp_cpuid(RMP_CPUID_SEV).ebx & RMP_CPUID_SEV_C_BIT;

	return __sme_clr(loan->addr) & ~(bit ? BIT_ULL(bit) : 0);
}

/* Where a buffer begins, and how many pages it touches. */
static u64 loan_base(const struct snp_loan *loan)
{
	return round_down(loan_phys(loan), PAGE_SIZE);
}

static unsigned int loan_pages(const struct snp_loan *loan)
{
	u64 first = loan_phys(loan);

	return (round_up(first + loan->len, PAGE_SIZE) - loan_base(loan)) >> PAGE_SHIFT;
}

static bool loan_is_memory(const struct snp_loan *loan)
{
	u64 first = PHYS_PFN(loan_phys(loan));
	u64 last = PHYS_PFN(loan_phys(loan) + loan->len - 1);

	return first <= last && pfn_valid(first) && pfn_valid(last);
}

static u8 loan_rule(const struct sev_command_buffer *buf, const struct sev_call *call)
{
	if (call->own && buf->page == SEV_PAGE_FIRMWARE && buf->dir == SEV_BUF_WRITE)
		return SEV_PAGE_BOUNCE;
	return buf->page;
}

static int loan_bounce(struct sev_device *sev, struct snp_loan *loan, void *data)
{
	u64 addr;
	int ret;

	ret = sev_memory_alloc(sev, &loan->bounce, loan->len);
	if (ret)
		return ret;

	/* What the firmware leaves as it is shall stay as it was. */
	memcpy(loan->bounce.mem.va, phys_to_virt(loan_phys(loan)), loan->len);
	ret = sev_memory_give(sev, &loan->bounce);
	if (ret)
		return ret;

	addr = sev_memory_phys(&loan->bounce);
	memcpy(data + loan->addr_offset, &addr, sizeof(addr));
	return 0;
}

static int loan_guest(struct sev_device *sev, struct snp_loan *loan)
{
	int ret;

	loan->lent = loan_pages(loan);
	if (!sev->snp.up)
		return 0;

	ret = sev->snp.rmp->make_firmware(loan_base(loan), loan_pages(loan), &loan->given);
	if (ret)
		dev_err_ratelimited(sev->dev,
				    "SEV-SNP: guest memory at %#llx, %u pages, can't be given to the firmware (%d)\n",
				    loan_base(loan), loan_pages(loan), ret);
	return ret;
}

/* Pages of a guest that the firmware keeps must never be freed, whoever has them. */
static void loan_pin(struct snp_loan *loan, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		get_page(pfn_to_page(PHYS_PFN(loan_base(loan)) + from));
}

static void loan_unpin(struct snp_loan *loan, unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		put_page(pfn_to_page(PHYS_PFN(loan_base(loan)) + i));
}

static int loan_guest_take(struct sev_device *sev, struct snp_loan *loan)
{
	unsigned int back;

	if (!loan->given)
		return 0;

	back = snp_reclaim_locked(sev, loan_base(loan), loan->given);
	if (back < loan->given) {
		loan_pin(loan, back, loan->given);
		sev->leaked_pages += loan->given - back;
		return -EFAULT;
	}
	loan->given = 0;
	return 0;
}

static int loans_end(struct sev_device *sev, struct snp_loans *loans)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < loans->count; i++) {
		sev_memory_free(sev, &loans->loan[i].bounce);
		ret = loan_guest_take(sev, &loans->loan[i]) ?: ret;
	}
	loans->count = 0;
	return ret;
}

static int lend_one(struct sev_device *sev, const struct sev_command *cmd,
		    const struct sev_command_buffer *buf, u8 rule, void *data,
		    struct snp_loans *loans)
{
	struct snp_loan loan = {
		.addr_offset = buf->addr_offset,
		.len = buf->fixed_len,
	};
	int ret;

	memcpy(&loan.addr, data + buf->addr_offset, sizeof(loan.addr));
	if (buf->len_offset != SEV_NO_OFFSET)
		memcpy(&loan.len, data + buf->len_offset, sizeof(loan.len));
	/* A query for the length, or left out. */
	if (!loan_phys(&loan) || !loan.len)
		return 0;
	if (!loan_is_memory(&loan)) {
		/* The firmware itself refuses then. */
		if (!sev->snp.up)
			return 0;
		dev_err_ratelimited(sev->dev, "SEV: %s: %#llx, %u bytes, is no memory; not sent\n",
				    cmd->name, loan.addr, loan.len);
		return -EFAULT;
	}

	ret = rule == SEV_PAGE_BOUNCE ? loan_bounce(sev, &loan, data) : loan_guest(sev, &loan);
	/* Where memory is short it is used itself, as long as it may be. */
	if (ret == -ENOMEM && !sev->snp.up)
		return 0;
	loans->loan[loans->count++] = loan;
	return ret;
}

/**
 * snp_lend() - give the firmware what a command will write to
 * @sev: the SEV part, locked
 * @cmd: the command
 * @data: its struct, which gets the addresses of what is lent
 * @call: how it was called
 * @loans: what is lent, empty before
 *
 * While SNP is down the firmware may write to &sev_call.blob itself: blobs outlive a command
 * without an end.
 *
 * Return: 0; or -EFAULT, -ENOMEM, what the provider of the RMP table returned, and nothing
 * is lent
 */
int snp_lend(struct sev_device *sev, const struct sev_command *cmd, void *data,
	     const struct sev_call *call, struct snp_loans *loans)
{
	int ret = 0;
	int i;

	if (!sev->snp.up && call->blob[0])
		return 0;

	for (i = 0; i < SEV_COMMAND_BUFS && cmd->buf[i].dir != SEV_BUF_NONE && !ret; i++) {
		u8 rule = loan_rule(&cmd->buf[i], call);

		if (rule == SEV_PAGE_BOUNCE || rule == SEV_PAGE_GUEST)
			ret = lend_one(sev, cmd, &cmd->buf[i], rule, data, loans);
	}
	if (ret)
		loans_end(sev, loans);
	return ret;
}

/**
 * snp_take_back() - end the loans of a command that the firmware has answered
 * @sev: the SEV part, locked
 * @loans: from snp_lend()
 * @data: the caller's copy of the command struct, as the firmware returned it; gets the
 *	caller's addresses back.  NULL if the firmware was not asked
 *
 * Return: 0, or -EFAULT if the firmware keeps pages of a guest
 */
int snp_take_back(struct sev_device *sev, struct snp_loans *loans, void *data)
{
	unsigned int i;

	for (i = 0; i < loans->count && data; i++) {
		struct snp_loan *loan = &loans->loan[i];

		memcpy(data + loan->addr_offset, &loan->addr, sizeof(loan->addr));
		if (loan->bounce.mem.va)
			memcpy(phys_to_virt(loan_phys(loan)), loan->bounce.mem.va,
			       loan->len);
	}
	return loans_end(sev, loans);
}

/**
 * snp_loans_hold() - the end of the command was not seen
 * @sev: the SEV part, locked
 * @loans: from snp_lend(); empty afterwards
 */
void snp_loans_hold(struct sev_device *sev, struct snp_loans *loans)
{
	unsigned int i;

	for (i = 0; i < loans->count; i++)
		loan_pin(&loans->loan[i], 0, loans->loan[i].lent);
	sev->orphan_loans = *loans;
	loans->count = 0;
}

/**
 * snp_loans_release_held() - the firmware has finished with what was held
 * @sev: the SEV part, locked
 */
void snp_loans_release_held(struct sev_device *sev)
{
	struct snp_loans loans = sev->orphan_loans;
	unsigned int i;

	sev->orphan_loans.count = 0;
	for (i = 0; i < loans.count; i++) {
		struct snp_loan *loan = &loans.loan[i];

		/* This pins once more what the firmware keeps. */
		loan_guest_take(sev, loan);
		loan_unpin(loan, loan->lent);
		loan->given = 0;
	}
	loans_end(sev, &loans);
}

/**
 * snp_loans_lose_held() - the firmware never finished with what was held
 * @sev: the SEV part, locked
 */
void snp_loans_lose_held(struct sev_device *sev)
{
	struct snp_loans *loans = &sev->orphan_loans;
	unsigned int i;

	for (i = 0; i < loans->count; i++) {
		sev->leaked_pages += loans->loan[i].lent;
		sev_memory_lose(sev, &loans->loan[i].bounce);
	}
	loans->count = 0;
}
