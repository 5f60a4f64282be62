// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPUs do about their caches. There are none; what counts is which of them could hold
 * something, and which of them have written back.
 */
#include "kernel.h"
#include "machine/caches.h"
#include "sevcpu.h"

#define EFLAGS_IF	(1u << 9)
#define VMCB_ASID	0x58u

/**
 * caches_before() - a CPU comes to an instruction that is watched for
 * @vcpu: which
 * @runs: it is none by which it could stop
 */
void caches_before(unsigned int vcpu, bool runs)
{
	kernel_look(vcpu);
	if (runs)
		machine_cpu_runs(sevcpu_machine, vcpu);
}

/**
 * wbinvd_execute() - WBINVD or WBNOINVD is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: false: QEMU shall do it.
 */
bool wbinvd_execute(unsigned int vcpu)
{
	machine_note_wbinvd(sevcpu_machine, vcpu);
	iommu_look(vcpu);
	return false;
}

/**
 * halt_execute() - HLT or MWAIT is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Nothing but an INIT wakes a CPU that waits with interrupts off: so software takes CPUs off.
 *
 * Return: false: QEMU shall do it.
 */
bool halt_execute(unsigned int vcpu)
{
	if (!(reg_read(vcpu, REG_EFLAGS) & EFLAGS_IF))
		machine_cpu_halts(sevcpu_machine, vcpu);
	return false;
}

/**
 * vmrun_execute() - VMRUN is about to run, at privilege level 0
 * @vcpu: on which vCPU
 *
 * Return: false: QEMU shall do it.
 */
bool vmrun_execute(unsigned int vcpu)
{
	uint32_t asid;

	if (!guest_read(reg_read(vcpu, REG_RAX) + VMCB_ASID, &asid, sizeof(asid)))
		machine_guest_runs(sevcpu_machine, asid);
	return false;
}
