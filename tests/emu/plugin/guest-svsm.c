// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure VM service module: what runs at privilege level 0 of a guest that itself runs at
 * another.
 *
 * Each CPU has a page for calls, in whose first byte it says that a call is pending. Then it has
 * the host run level 0, with the call in its registers. Only the core protocol is here: another
 * page for calls, PVALIDATE, which no other level may do, and the registers that a new CPU starts
 * with.
 */
#include <string.h>

#include "guest.h"

/* What the module leaves in the secrets page, by offset */
#define SECRETS_KEYS		0x020u
#define SECRETS_KEY_LEN		0x020u
#define SECRETS_BASE		0x140u
#define SECRETS_SIZE		0x148u
#define SECRETS_CALLS		0x150u
#define SECRETS_MAX_VERSION	0x158u
#define SECRETS_VMPL		0x15cu
#define VERSION			1u

enum protocol { PROTOCOL_CORE, PROTOCOL_ATTEST };

enum core_call {
	CORE_REMAP_CALLS	= 0,
	CORE_PVALIDATE		= 1,
	CORE_CREATE_VCPU	= 2,
	CORE_DELETE_VCPU	= 3,
	CORE_QUERY_PROTOCOL	= 6,
};

/* Results of PVALIDATE, from here on */
#define PVALIDATE_FAIL		0x80001000ull
#define PVALIDATE_UNCHANGED	0x80001010ull

/* struct pvalidate_list - Which pages to validate, or not any more; entries follow */
struct pvalidate_list {
	uint16_t count, next;
	uint8_t rsvd[4];
};

#define ENTRY_LARGE(entry)	((entry) & 3)
#define ENTRY_VALIDATE(entry)	((entry) & 4)
#define ENTRY_MAY_BE(entry)	((entry) & 8)	/* no error if it is like that already */
#define ENTRY_RSVD(entry)	((entry) & 0xff0)

/* Of a VMSA, by offset */
#define VMSA_VMPL		0x0cau

static struct {
	uint64_t calls;		/* page for calls, 0 for a CPU that nobody has made */
	uint64_t vmsa;		/* registers that it starts with, 0 for the first one */
} cpus[SEVCPU_MAX_VCPUS];

/**
 * guest_svsm_reset() - a kernel starts
 * @calls: page for calls of the first CPU
 */
void guest_svsm_reset(uint64_t calls)
{
	memset(cpus, 0, sizeof(cpus));
	cpus[0].calls = calls;
}

/**
 * guest_svsm_secrets() - what the module leaves of the secrets page, and adds to it
 * @secrets: the page
 * @module: page that the module claims to live in
 * @calls: page for calls of the first CPU
 *
 * The guest does not get keys of levels above its own.
 */
void guest_svsm_secrets(uint8_t secrets[GUEST_PAGE], uint64_t module, uint64_t calls)
{
	const uint64_t size = GUEST_PAGE;
	const uint32_t version = VERSION;

	memset(secrets + SECRETS_KEYS, 0, SECRETS_KEY_LEN * sevcpu_config.vmpl);
	memcpy(secrets + SECRETS_BASE, &module, sizeof(module));
	memcpy(secrets + SECRETS_SIZE, &size, sizeof(size));
	memcpy(secrets + SECRETS_CALLS, &calls, sizeof(calls));
	memcpy(secrets + SECRETS_MAX_VERSION, &version, sizeof(version));
	secrets[SECRETS_VMPL] = (uint8_t)sevcpu_config.vmpl;
}

/**
 * guest_svsm_made_vmsa() - does the module know of a CPU's first registers
 * @apic: number of its APIC
 * @pa: page that they are on
 *
 * Return: true if it was asked to make them.
 */
bool guest_svsm_made_vmsa(uint32_t apic, uint64_t pa)
{
	return apic < SEVCPU_MAX_VCPUS && pa && cpus[apic].vmsa == pa;
}

static bool is_page(uint64_t pa)
{
	return !(pa % GUEST_PAGE) && guest_page_private(pa);
}

static uint64_t remap_calls(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	if (!is_page(regs->rcx))
		return SVSM_INVALID_ADDRESS;
	cpus[vcpu].calls = regs->rcx;
	return SVSM_SUCCESS;
}

static uint64_t validate_one(uint64_t entry)
{
	bool unchanged = false;
	unsigned int result;

	if (ENTRY_RSVD(entry) || ENTRY_LARGE(entry) > 1)
		return SVSM_INVALID_FORMAT;
	result = guest_page_validate(entry & ~(GUEST_PAGE - 1), ENTRY_LARGE(entry),
				     ENTRY_VALIDATE(entry), &unchanged);
	if (result)
		return PVALIDATE_FAIL + result;
	return unchanged && !ENTRY_MAY_BE(entry) ? PVALIDATE_UNCHANGED : SVSM_SUCCESS;
}

/* The list tells how far this came. */
static uint64_t pvalidate(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	uint64_t at = regs->rcx, room = GUEST_PAGE - at % GUEST_PAGE, result = SVSM_SUCCESS, entry;
	struct pvalidate_list list;

	(void)vcpu;
	if (at % sizeof(entry) || !guest_page_private(at) || guest_read(at, &list, sizeof(list)))
		return SVSM_INVALID_ADDRESS;
	if (sizeof(list) + list.count * sizeof(entry) > room || list.next >= list.count)
		return SVSM_INVALID_FORMAT;
	while (list.next < list.count) {
		guest_read(at + sizeof(list) + list.next * sizeof(entry), &entry, sizeof(entry));
		result = validate_one(entry);
		if (result)
			break;
		list.next++;
	}
	guest_write(at, &list, sizeof(list));
	return result;
}

static uint64_t create_vcpu(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	uint8_t vmpl;

	(void)vcpu;
	if (!is_page(regs->rcx) || !is_page(regs->rdx) || regs->rcx == regs->rdx)
		return SVSM_INVALID_ADDRESS;
	guest_read(regs->rcx + VMSA_VMPL, &vmpl, sizeof(vmpl));
	if (regs->r8 >= SEVCPU_MAX_VCPUS || vmpl != sevcpu_config.vmpl)
		return SVSM_INVALID_PARAMETER;
	cpus[regs->r8].vmsa = regs->rcx;
	cpus[regs->r8].calls = regs->rdx;
	return SVSM_SUCCESS;
}

static uint64_t delete_vcpu(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	(void)vcpu;
	for (unsigned int i = 0; regs->rcx && i < SEVCPU_MAX_VCPUS; i++) {
		if (cpus[i].vmsa != regs->rcx)
			continue;
		cpus[i].vmsa = 0;
		cpus[i].calls = 0;
		return SVSM_SUCCESS;
	}
	return SVSM_INVALID_PARAMETER;
}

/* Which versions of a protocol there are, the highest above; 0 for none. */
static uint64_t query_protocol(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	uint64_t protocol = regs->rcx >> 32, version = regs->rcx & 0xffffffff;

	(void)vcpu;
	regs->rcx = protocol <= PROTOCOL_ATTEST && version == VERSION ?
		    (uint64_t)VERSION << 32 | VERSION : 0;
	return SVSM_SUCCESS;
}

static const struct core {
	enum core_call call;
	uint64_t (*handle)(unsigned int vcpu, struct guest_svsm_regs *regs);
} cores[] = {
	{ CORE_REMAP_CALLS, remap_calls },
	{ CORE_PVALIDATE, pvalidate },
	{ CORE_CREATE_VCPU, create_vcpu },
	{ CORE_DELETE_VCPU, delete_vcpu },
	{ CORE_QUERY_PROTOCOL, query_protocol },
};

static uint64_t handle(unsigned int vcpu, struct guest_svsm_regs *regs)
{
	uint64_t protocol = regs->rax >> 32, call = regs->rax & 0xffffffff;

	if (protocol == PROTOCOL_ATTEST)
		return guest_svsm_attest(regs);
	if (protocol != PROTOCOL_CORE)
		return SVSM_UNSUPPORTED_PROTOCOL;
	for (unsigned int i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (cores[i].call == call)
			return cores[i].handle(vcpu, regs);
	return SVSM_UNSUPPORTED_CALL;
}

/**
 * guest_svsm_call() - the host runs privilege level 0 of a CPU
 * @vcpu: the vCPU that runs the callback
 *
 * Nothing happens if no call is pending.
 */
void guest_svsm_call(unsigned int vcpu)
{
	struct guest_svsm_regs regs = {
		reg_read(vcpu, REG_RAX), reg_read(vcpu, REG_RCX), reg_read(vcpu, REG_RDX),
		reg_read(vcpu, REG_R8), reg_read(vcpu, REG_R9),
	};
	uint64_t calls = cpus[vcpu].calls;
	uint8_t pending;

	if (!calls || guest_read(calls, &pending, sizeof(pending)))
		guest_fatal("CPU %u calls the service module, which does not know of it", vcpu);
	if (guest_page_shared(calls))
		guest_fatal("CPU %u calls the service module by %#llx, which the host can write to",
			    vcpu, (unsigned long long)calls);
	if (!pending)
		return;
	pending = 0;
	guest_write(calls, &pending, sizeof(pending));
	regs.rax = handle(vcpu, &regs);
	reg_write(vcpu, REG_RAX, regs.rax);
	reg_write(vcpu, REG_RCX, regs.rcx);
	reg_write(vcpu, REG_RDX, regs.rdx);
	reg_write(vcpu, REG_R8, regs.r8);
	reg_write(vcpu, REG_R9, regs.r9);
}
