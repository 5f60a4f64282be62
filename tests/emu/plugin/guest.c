// SPDX-License-Identifier: GPL-2.0-only
/* The instructions by which an SNP guest knows that it is one, and calls its host. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "guest.h"

#define LEAF_ENCRYPTION		0x8000001fu

/* "SEV", and a number: how programs in the guest give orders to the emulation */
static const struct order {
	uint32_t leaf;
	bool (*obey)(uint32_t subleaf, uint32_t out[4]);
} orders[] = {
	{ 0x53455610u, guest_answer_command },
	{ 0x53455611u, guest_answer_tally },
	{ 0x53455612u, guest_page_command },
};

#define FAIL_PERMISSION		2u	/* result of RMPADJUST */

#define MSR_GHCB		0xc0010130u
#define MSR_SEV_STATUS		0xc0010131u
#define SEV_STATUS_SNP		0x7u		/* SEV, SEV-ES, SEV-SNP */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t ghcb_msr[SEVCPU_MAX_VCPUS];

/**
 * guest_fatal() - the guest did what the processor or the host would not let pass
 * @format: what it was; as for printf()
 *
 * QEMU ends, and with it the run: a guest could go on and hide the mistake.
 */
void guest_fatal(const char *format, ...)
{
	va_list args;

	fputs("sevcpu: guest: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(1);
}

static const struct order *find_order(uint32_t leaf)
{
	for (unsigned int i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (orders[i].leaf == leaf)
			return &orders[i];
	return NULL;
}

static void write_cpuid(unsigned int vcpu, const uint32_t out[4])
{
	reg_write(vcpu, REG_RAX, out[0]);
	reg_write(vcpu, REG_RBX, out[1]);
	reg_write(vcpu, REG_RCX, out[2]);
	reg_write(vcpu, REG_RDX, out[3]);
}

/**
 * guest_cpuid_execute() - a CPUID instruction is about to run
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool guest_cpuid_execute(unsigned int vcpu)
{
	uint32_t leaf = (uint32_t)reg_read(vcpu, REG_RAX);
	const struct order *order = find_order(leaf);
	uint32_t out[4];
	bool known;

	if (leaf == LEAF_ENCRYPTION) {
		pthread_mutex_lock(&lock);
		guest_start(vcpu);
		pthread_mutex_unlock(&lock);
	}
	if (!order)
		return cpuid_execute(vcpu);
	pthread_mutex_lock(&lock);
	known = order->obey((uint32_t)reg_read(vcpu, REG_RCX), out);
	pthread_mutex_unlock(&lock);
	if (known)
		write_cpuid(vcpu, out);
	return known;
}

/**
 * guest_rdmsr_execute() - an RDMSR instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool guest_rdmsr_execute(unsigned int vcpu)
{
	uint32_t msr = (uint32_t)reg_read(vcpu, REG_RCX);
	uint64_t value;

	if (msr != MSR_GHCB && msr != MSR_SEV_STATUS)
		return false;
	value = msr == MSR_GHCB ? ghcb_msr[vcpu] : SEV_STATUS_SNP;
	reg_write(vcpu, REG_RAX, (uint32_t)value);
	reg_write(vcpu, REG_RDX, value >> 32);
	return true;
}

/**
 * guest_wrmsr_execute() - a WRMSR instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true when it is done, false when QEMU shall do it.
 */
bool guest_wrmsr_execute(unsigned int vcpu)
{
	if ((uint32_t)reg_read(vcpu, REG_RCX) != MSR_GHCB)
		return false;
	ghcb_msr[vcpu] = (uint32_t)reg_read(vcpu, REG_RAX) | reg_read(vcpu, REG_RDX) << 32;
	return true;
}

/**
 * guest_vmgexit_execute() - a VMGEXIT instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: true, it is done.
 */
bool guest_vmgexit_execute(unsigned int vcpu)
{
	pthread_mutex_lock(&lock);
	guest_vmgexit(vcpu, &ghcb_msr[vcpu]);
	pthread_mutex_unlock(&lock);
	return true;
}

static uint64_t physical_of(uint64_t va, const char *insn)
{
	uint64_t pa;

	if (!qemu_plugin_translate_vaddr(va, &pa))
		guest_fatal("%s of address %#llx, where nothing is mapped", insn,
			    (unsigned long long)va);
	return pa & ~(1ull << sevcpu_config.cbit);
}

/**
 * guest_pvalidate_execute() - a PVALIDATE instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Does not return: a carry flag is part of the result.
 */
bool guest_pvalidate_execute(unsigned int vcpu)
{
	uint64_t va = reg_read(vcpu, REG_RAX);
	/* Linux only sets the low byte of either. */
	bool large = reg_read(vcpu, REG_RCX) & 1;
	bool validate = reg_read(vcpu, REG_RDX) & 1;
	uint64_t pa = physical_of(va, "PVALIDATE");
	bool unchanged = false;
	unsigned int result;

	if (sevcpu_config.vmpl)
		guest_fatal("PVALIDATE at privilege level %u: the service module does that",
			    sevcpu_config.vmpl);
	pthread_mutex_lock(&lock);
	result = guest_page_validate(pa, large, validate, &unchanged);
	pthread_mutex_unlock(&lock);
	reg_write(vcpu, REG_RAX, result);
	guest_continue_with_carry(vcpu, insn_next(), unchanged);
}

/**
 * guest_rmpadjust_execute() - an RMPADJUST instruction is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * What other privilege levels may do is not kept. Only what the guest's own may say of them is
 * looked at: nothing of its own level and those above.
 *
 * Return: true, it is done.
 */
bool guest_rmpadjust_execute(unsigned int vcpu)
{
	uint64_t pa = physical_of(reg_read(vcpu, REG_RAX), "RMPADJUST");
	bool allowed;

	pthread_mutex_lock(&lock);
	if (guest_page_shared(pa))
		guest_fatal("RMPADJUST of page %#llx, which is shared with the host",
			    (unsigned long long)pa);
	pthread_mutex_unlock(&lock);
	allowed = (reg_read(vcpu, REG_RDX) & 0xff) > sevcpu_config.vmpl;
	reg_write(vcpu, REG_RAX, allowed ? 0 : FAIL_PERMISSION);
	return true;
}
