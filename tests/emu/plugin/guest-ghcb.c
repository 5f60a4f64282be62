// SPDX-License-Identifier: GPL-2.0-only
/* VMGEXIT: what an SNP guest asks of its host, in the GHCB's register or on the GHCB's page. */
#include <string.h>

#include "guest.h"

#define MSR_CODE_MASK		0xfffull
#define MSR_CODE_BITS		12

#define PROTOCOL_MIN		1ull
#define PROTOCOL_MAX		2ull

/* Requests in the register; the answer to one has the next code */
#define MSR_INFO		0x001u
#define MSR_INFO_REQ		0x002u
#define MSR_GPA_REQ		0x010u
#define MSR_REGISTER_REQ	0x012u
#define MSR_PSC_REQ		0x014u
#define MSR_RUN_VMPL_REQ	0x016u
#define MSR_FEATURES_REQ	0x080u
#define MSR_TERMINATE		0x100u

#define NO_PREFERENCE		0xfffffffffffffull

/* Events on the page */
#define EVENT_NMI_COMPLETE	0x80000003u
#define EVENT_AP_JUMP_TABLE	0x80000005u
#define EVENT_PSC		0x80000010u
#define EVENT_GUEST_REQUEST	0x80000011u
#define EVENT_EXT_REQUEST	0x80000012u
#define EVENT_AP_CREATION	0x80000013u
#define EVENT_RUN_VMPL		0x80000018u
#define EVENT_FEATURES		0x8000fffdu

/* The host can't do what is asked, and why */
#define INFO_1_MALFORMED	2u
#define MALFORMED_EVENT		6u

/* A page state change that was not made, by the page and in the register */
#define PSC_REFUSED		(0x100ull << 32)
#define MSR_PSC_REFUSED		(1ull << (32 - MSR_CODE_BITS))

#define NOT_REGISTERED		(~0ull)

struct psc_header {
	uint16_t current, end;
	uint32_t rsvd;
};

#define PSC_MAX		((GHCB_SHARED_LEN - sizeof(struct psc_header)) / sizeof(uint64_t))

static uint64_t registered[SEVCPU_MAX_VCPUS];

/** guest_ghcb_reset() - a kernel starts */
void guest_ghcb_reset(void)
{
	for (unsigned int i = 0; i < SEVCPU_MAX_VCPUS; i++)
		registered[i] = NOT_REGISTERED;
}

/**
 * guest_ghcb_field() - read a field
 * @ghcb: the page
 * @offset: which; GHCB_*
 *
 * Return: its value.
 */
uint64_t guest_ghcb_field(const struct guest_ghcb *ghcb, unsigned int offset)
{
	uint64_t value;

	memcpy(&value, ghcb->page + offset, sizeof(value));
	return value;
}

static bool is_valid(const struct guest_ghcb *ghcb, unsigned int offset)
{
	return ghcb->page[GHCB_VALID_BITMAP + offset / 64] & 1u << (offset / 8 % 8);
}

/**
 * guest_ghcb_set() - write a field and say that it means something
 * @ghcb: the page
 * @offset: which; GHCB_*
 * @value: its value
 */
void guest_ghcb_set(struct guest_ghcb *ghcb, unsigned int offset, uint64_t value)
{
	memcpy(ghcb->page + offset, &value, sizeof(value));
	ghcb->page[GHCB_VALID_BITMAP + offset / 64] |= (uint8_t)(1u << (offset / 8 % 8));
}

static void need(const struct guest_ghcb *ghcb, unsigned int offset, const char *name)
{
	if (!is_valid(ghcb, offset))
		guest_fatal("event %#llx without %s in the GHCB",
			    (unsigned long long)guest_ghcb_field(ghcb, GHCB_EXIT_CODE), name);
}

static uint64_t change_pages(struct guest_ghcb *ghcb)
{
	uint64_t scratch = guest_ghcb_field(ghcb, GHCB_SCRATCH), entry;
	struct psc_header header;
	bool done = true;

	need(ghcb, GHCB_SCRATCH, "sw_scratch");
	if (scratch != ghcb->pa + GHCB_SHARED_BUFFER)
		guest_fatal("page state change list at %#llx, not in the GHCB",
			    (unsigned long long)scratch);
	memcpy(&header, ghcb->page + GHCB_SHARED_BUFFER, sizeof(header));
	if (header.end >= PSC_MAX || header.current > header.end)
		guest_fatal("page state change of entries %u to %u", header.current, header.end);
	while (header.current <= header.end) {
		memcpy(&entry, ghcb->page + GHCB_SHARED_BUFFER + sizeof(header) +
		       header.current * sizeof(entry), sizeof(entry));
		done = guest_page_change(entry >> 12 & 0xffffffffffull, entry >> 52 & 0xf,
					 entry >> 56 & 1);
		if (!done)
			break;
		header.current++;
	}
	memcpy(ghcb->page + GHCB_SHARED_BUFFER, &header, sizeof(header));
	return done ? 0 : PSC_REFUSED;
}

static uint64_t request(struct guest_ghcb *ghcb)
{
	return guest_request(ghcb, false);
}

static uint64_t extended_request(struct guest_ghcb *ghcb)
{
	need(ghcb, GHCB_RAX, "RAX");
	need(ghcb, GHCB_RBX, "RBX");
	return guest_request(ghcb, true);
}

static uint64_t create_cpu(struct guest_ghcb *ghcb)
{
	need(ghcb, GHCB_RAX, "RAX");
	return guest_create_cpu(ghcb);
}

static uint64_t features(void)
{
	return GUEST_HV_FEATURES | (sevcpu_config.vmpl ? GUEST_HV_MULTI_VMPL : 0);
}

static uint64_t tell_features(struct guest_ghcb *ghcb)
{
	(void)ghcb;
	return features();
}

/* The host runs what the guest has at a level: nothing but a service module, at level 0. */
static void run_vmpl(unsigned int vcpu, uint64_t vmpl)
{
	if (!sevcpu_config.vmpl || vmpl)
		guest_fatal("CPU %u wants to run privilege level %llu, where it has nothing",
			    vcpu, (unsigned long long)vmpl);
	guest_svsm_call(vcpu);
}

static uint64_t nothing(struct guest_ghcb *ghcb)
{
	(void)ghcb;
	return 0;
}

static const struct event {
	uint64_t code;
	uint64_t (*handle)(struct guest_ghcb *ghcb);
} events[] = {
	{ EVENT_NMI_COMPLETE, nothing },
	{ EVENT_AP_JUMP_TABLE, nothing },
	{ EVENT_PSC, change_pages },
	{ EVENT_GUEST_REQUEST, request },
	{ EVENT_EXT_REQUEST, extended_request },
	{ EVENT_AP_CREATION, create_cpu },
	{ EVENT_FEATURES, tell_features },
};

static void handle_event(struct guest_ghcb *ghcb)
{
	uint64_t code = guest_ghcb_field(ghcb, GHCB_EXIT_CODE);

	for (unsigned int i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].code != code)
			continue;
		guest_ghcb_set(ghcb, GHCB_EXIT_INFO_2, events[i].handle(ghcb));
		guest_ghcb_set(ghcb, GHCB_EXIT_INFO_1, 0);
		return;
	}
	guest_ghcb_set(ghcb, GHCB_EXIT_INFO_1, INFO_1_MALFORMED);
	guest_ghcb_set(ghcb, GHCB_EXIT_INFO_2, MALFORMED_EVENT);
}

static void page_protocol(unsigned int vcpu, uint64_t pa)
{
	struct guest_ghcb ghcb = { .pa = pa };
	uint16_t version;
	uint32_t usage;

	if (registered[vcpu] != pa)
		guest_fatal("CPU %u uses a GHCB at %#llx, which is not the one it has registered",
			    vcpu, (unsigned long long)pa);
	if (!guest_page_shared(pa))
		guest_fatal("CPU %u uses a GHCB at %#llx, which is not shared with the host",
			    vcpu, (unsigned long long)pa);
	if (guest_read(pa, ghcb.page, sizeof(ghcb.page)))
		guest_fatal("has no memory at %#llx for a GHCB", (unsigned long long)pa);
	memcpy(&version, ghcb.page + GHCB_VERSION, sizeof(version));
	memcpy(&usage, ghcb.page + GHCB_USAGE, sizeof(usage));
	if (version < PROTOCOL_MIN || version > PROTOCOL_MAX || usage)
		guest_fatal("GHCB of version %u, usage %u", version, usage);
	need(&ghcb, GHCB_EXIT_CODE, "sw_exit_code");
	need(&ghcb, GHCB_EXIT_INFO_1, "sw_exit_info_1");
	need(&ghcb, GHCB_EXIT_INFO_2, "sw_exit_info_2");
	if (guest_ghcb_field(&ghcb, GHCB_EXIT_CODE) == EVENT_RUN_VMPL) {
		run_vmpl(vcpu, guest_ghcb_field(&ghcb, GHCB_EXIT_INFO_1));
		guest_ghcb_set(&ghcb, GHCB_EXIT_INFO_1, 0);
	} else {
		handle_event(&ghcb);
	}
	guest_write(pa, ghcb.page, sizeof(ghcb.page));
}

static uint64_t register_page(unsigned int vcpu, uint64_t gfn)
{
	registered[vcpu] = gfn << GUEST_PAGE_SHIFT;
	return gfn;
}

/**
 * guest_vmgexit() - VMGEXIT
 * @vcpu: the vCPU that runs the callback
 * @msr: the register of that vCPU; an answer that fits into it goes there
 */
void guest_vmgexit(unsigned int vcpu, uint64_t *msr)
{
	unsigned int code = *msr & MSR_CODE_MASK;
	uint64_t data = *msr >> MSR_CODE_BITS, out = 0;

	switch (code) {
	case 0:
		page_protocol(vcpu, *msr);
		return;
	case MSR_INFO_REQ:
		*msr = MSR_INFO | (uint64_t)sevcpu_config.cbit << 24 | PROTOCOL_MIN << 32 |
		       PROTOCOL_MAX << 48;
		return;
	case MSR_GPA_REQ:
		out = NO_PREFERENCE;
		break;
	case MSR_REGISTER_REQ:
		out = register_page(vcpu, data);
		break;
	case MSR_PSC_REQ:
		if (!guest_page_change(data & 0xffffffffffull, data >> 40 & 0xf, false))
			out = MSR_PSC_REFUSED;
		break;
	case MSR_RUN_VMPL_REQ:
		run_vmpl(vcpu, data >> 20 & 0xff);
		break;
	case MSR_FEATURES_REQ:
		out = features();
		break;
	case MSR_TERMINATE:
		guest_fatal("wants to end, reason %llu, code %llu",
			    (unsigned long long)(data & 0xf),
			    (unsigned long long)(data >> 4 & 0xff));
	default:
		guest_fatal("asks for something unknown by the GHCB's register: %#llx",
			    (unsigned long long)*msr);
	}
	*msr = (code + 1) | out << MSR_CODE_BITS;
}
