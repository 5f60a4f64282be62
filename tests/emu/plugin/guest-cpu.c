// SPDX-License-Identifier: GPL-2.0-only
/*
 * AP creation. A guest gives the registers that a new CPU starts with. QEMU's CPUs can't start
 * but by INIT and SIPI, so that is how they start, at the page that the guest names. Within it the
 * kernel has an entry for this and one for SIPI at its beginning; both lead to the same.
 */
#include <string.h>

#include "guest.h"

#define OP_ON_INIT		0u
#define OP_CREATE		1u
#define OP_DESTROY		2u

/* Registers in a VMSA, by offset */
#define VMSA_CS_SELECTOR	0x010u
#define VMSA_CS_BASE		0x018u
#define VMSA_EFER		0x0d0u
#define VMSA_FEATURES		0x3b0u

#define EFER_SVME		0x1000u
#define FEATURE_SNP		0x1u

/* The local APIC's command register, where xAPIC has it */
#define APIC_ICR_LOW		0xfee00300ull
#define APIC_ICR_HIGH		0xfee00310ull
#define ICR_INIT_ASSERT		0x4500u
#define ICR_SIPI		0x4600u

static uint64_t vmsa_field(const uint8_t *vmsa, unsigned int offset)
{
	uint64_t value;

	memcpy(&value, vmsa + offset, sizeof(value));
	return value;
}

static void send(uint32_t apic, uint32_t command)
{
	uint32_t high = apic << 24;

	if (guest_write(APIC_ICR_HIGH, &high, sizeof(high)) ||
	    guest_write(APIC_ICR_LOW, &command, sizeof(command)))
		guest_fatal("CPU with APIC id %u: no local APIC to start it with", apic);
}

/**
 * guest_create_cpu() - AP creation
 * @ghcb: the request
 *
 * Return: 0, for the second word of exit information.
 */
uint64_t guest_create_cpu(const struct guest_ghcb *ghcb)
{
	uint64_t info = guest_ghcb_field(ghcb, GHCB_EXIT_INFO_1);
	uint64_t pa = guest_ghcb_field(ghcb, GHCB_EXIT_INFO_2);
	uint32_t op = (uint32_t)info & 0xffff, apic = (uint32_t)(info >> 32);
	uint8_t vmsa[GUEST_PAGE];
	uint64_t base;

	if (op == OP_DESTROY) {
		send(apic, ICR_INIT_ASSERT);
		return 0;
	}
	if (op != OP_CREATE && op != OP_ON_INIT)
		guest_fatal("AP creation %#llx makes no sense", (unsigned long long)info);
	if (sevcpu_config.vmpl && ((info >> 16 & 0xf) != sevcpu_config.vmpl ||
				   !guest_svsm_made_vmsa(apic, pa)))
		guest_fatal("CPU with APIC id %u: the service module has not made %#llx for it",
			    apic, (unsigned long long)pa);
	if (pa % GUEST_PAGE || guest_page_shared(pa) || guest_read(pa, vmsa, sizeof(vmsa)))
		guest_fatal("CPU with APIC id %u: no page of the guest's own at %#llx", apic,
			    (unsigned long long)pa);
	base = vmsa_field(vmsa, VMSA_CS_BASE);
	if (base % GUEST_PAGE || base >> 20 ||
	    (vmsa_field(vmsa, VMSA_CS_SELECTOR) & 0xffff) != base >> 4 ||
	    !(vmsa_field(vmsa, VMSA_EFER) & EFER_SVME) ||
	    !(vmsa_field(vmsa, VMSA_FEATURES) & FEATURE_SNP) ||
	    vmsa_field(vmsa, VMSA_FEATURES) != guest_ghcb_field(ghcb, GHCB_RAX))
		guest_fatal("CPU with APIC id %u: can't start with the registers at %#llx", apic,
			    (unsigned long long)pa);
	send(apic, ICR_INIT_ASSERT);
	send(apic, ICR_SIPI | (uint32_t)(base >> 12));
	return 0;
}
