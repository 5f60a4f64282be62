/* SPDX-License-Identifier: GPL-2.0-only */
/* mode=guest: the CPUs of an SNP guest, and the host that such a guest talks to. */
#ifndef EMU_PLUGIN_GUEST_H
#define EMU_PLUGIN_GUEST_H

#include "sevcpu.h"

#define GUEST_PAGE		0x1000ull
#define GUEST_PAGE_SHIFT	12

/* What the guest is told of the host, by the MSR protocol and by an event */
#define GUEST_HV_FEATURES	0x3ull	/* SNP, and CPUs that are created */
#define GUEST_HV_MULTI_VMPL	0x20ull	/* what runs at other privilege levels can be called */

/*
 * All that the files below keep belongs to the machine, not to a CPU, unless it is an array of
 * SEVCPU_MAX_VCPUS. The emulated instructions hold one lock; functions without "execute" in
 * their name are called with it.
 */

/**
 * struct guest_ghcb - The page by which a guest asks its host for something
 * @pa: where it is
 * @page: a copy
 *
 * What changes in the copy goes back to the guest when the request is done.
 */
struct guest_ghcb {
	uint64_t pa;
	uint8_t page[GUEST_PAGE];
};

/* Fields of a GHCB, by their offset */
#define GHCB_RAX		0x1f8u
#define GHCB_RBX		0x318u
#define GHCB_EXIT_CODE		0x390u
#define GHCB_EXIT_INFO_1	0x398u
#define GHCB_EXIT_INFO_2	0x3a0u
#define GHCB_SCRATCH		0x3a8u
#define GHCB_VALID_BITMAP	0x3f0u
#define GHCB_SHARED_BUFFER	0x800u
#define GHCB_SHARED_LEN		0x7f0u
#define GHCB_VERSION		0xffau
#define GHCB_USAGE		0xffcu

/* guest.c: the emulated instructions, and the end of the run */
bool guest_cpuid_execute(unsigned int vcpu);
bool guest_rdmsr_execute(unsigned int vcpu);
bool guest_wrmsr_execute(unsigned int vcpu);
bool guest_vmgexit_execute(unsigned int vcpu);
bool guest_pvalidate_execute(unsigned int vcpu);
bool guest_rmpadjust_execute(unsigned int vcpu);
void guest_fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* guest-start.c: what firmware leaves for the kernel */
void guest_start(unsigned int vcpu);

/* guest-pages.c: which pages are shared and which are validated */
void guest_pages_reset(uint64_t end);
bool guest_page_shared(uint64_t pa);
bool guest_page_private(uint64_t pa);
bool guest_page_command(uint32_t subleaf, uint32_t out[4]);
bool guest_page_change(uint64_t gfn, unsigned int op, bool large);
unsigned int guest_page_validate(uint64_t pa, bool large, bool validate, bool *unchanged);

/* guest-flags.c: the carry flag */
void guest_continue_with_carry(unsigned int vcpu, uint64_t pc, bool carry)
	__attribute__((noreturn));

/* guest-ghcb.c: the MSR protocol and the events */
void guest_ghcb_reset(void);
void guest_vmgexit(unsigned int vcpu, uint64_t *msr);
uint64_t guest_ghcb_field(const struct guest_ghcb *ghcb, unsigned int offset);
void guest_ghcb_set(struct guest_ghcb *ghcb, unsigned int offset, uint64_t value);

/* guest-cpu.c: CPUs that the guest creates */
uint64_t guest_create_cpu(const struct guest_ghcb *ghcb);

/* guest-answer.c: what a hostile host does to answers */
bool guest_answer_option(const char *text);
bool guest_answer_command(uint32_t subleaf, uint32_t out[4]);
bool guest_answer_tally(uint32_t kind, uint32_t out[4]);
void guest_answer_reset(void);

/* guest-request.c: messages to the firmware */
bool guest_firmware_reset(uint8_t secrets[GUEST_PAGE]);
bool guest_firmware_report(const uint8_t user_data[64], uint8_t *report);
const uint8_t *guest_firmware_certs(size_t *len);
uint64_t guest_request(struct guest_ghcb *ghcb, bool extended);

/* guest-svsm.c: the service module of a guest that does not run at privilege level 0 */
#define SVSM_SUCCESS			0ull
#define SVSM_UNSUPPORTED_PROTOCOL	0x80000001ull
#define SVSM_UNSUPPORTED_CALL		0x80000002ull
#define SVSM_INVALID_ADDRESS		0x80000003ull
#define SVSM_INVALID_FORMAT		0x80000004ull
#define SVSM_INVALID_PARAMETER		0x80000005ull

/* struct guest_svsm_regs - Registers of a call, and of what comes back */
struct guest_svsm_regs {
	uint64_t rax, rcx, rdx, r8, r9;
};

void guest_svsm_reset(uint64_t calls);
void guest_svsm_secrets(uint8_t secrets[GUEST_PAGE], uint64_t module, uint64_t calls);
void guest_svsm_call(unsigned int vcpu);
bool guest_svsm_made_vmsa(uint32_t apic, uint64_t pa);

/* guest-attest.c: what the module says about itself */
uint64_t guest_svsm_attest(struct guest_svsm_regs *regs);

#endif
