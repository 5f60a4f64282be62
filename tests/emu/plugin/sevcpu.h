/* SPDX-License-Identifier: GPL-2.0-only */
/* An AMD server CPU's SEV features on top of QEMU's emulated x86 CPU. */
#ifndef EMU_PLUGIN_SEVCPU_H
#define EMU_PLUGIN_SEVCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "qemu_api.h"

#define SEVCPU_MAX_VCPUS	64u

/**
 * struct sevcpu_config - what the -plugin option chooses
 * @cbit: position of the C-bit
 * @reduction: physical address bits that are lost when memory encryption is on
 * @asids: number of ASIDs for encrypted guests
 * @min_sev_asid: lowest ASID of a guest without SEV-ES
 * @sme: report and enable memory encryption
 * @sev: report SEV
 * @es: report SEV-ES
 * @smm_lock: HWCR.SmmLock is set, as a BIOS leaves it; without it Linux disables SEV
 * @count: count instructions for the counter leaf
 */
struct sevcpu_config {
	unsigned int cbit, reduction, asids, min_sev_asid;
	bool sme, sev, es, smm_lock, count;
};

extern struct sevcpu_config sevcpu_config;

/**
 * enum reg_id - registers that the emulated instructions use
 * @REG_RAX: a general register
 * @REG_RBX: a general register
 * @REG_RCX: a general register
 * @REG_RDX: a general register
 * @REG_RIP: instruction pointer, see regs_pc()
 * @REG_CS: code segment selector
 * @REG_CR0: control register 0
 * @REG_COUNT: number of registers
 */
enum reg_id { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RIP, REG_CS, REG_CR0, REG_COUNT };

/* regs.c: registers of the vCPU that runs the callback */
bool regs_init(unsigned int vcpu);
uint64_t reg_read(unsigned int vcpu, enum reg_id reg);
void reg_write(unsigned int vcpu, enum reg_id reg, uint64_t value);
unsigned int regs_cpl(unsigned int vcpu);
uint64_t regs_pc(unsigned int vcpu, uint64_t vaddr_low);

/* insn.c: which instructions are emulated */
void insn_instrument(struct qemu_plugin_tb *tb);

/* cpuid.c, msr.c: the instructions; true when it was emulated and is to be skipped */
bool cpuid_execute(unsigned int vcpu);
void msr_reset(unsigned int vcpu);
bool rdmsr_execute(unsigned int vcpu);
bool wrmsr_execute(unsigned int vcpu);

/* count.c: instruction counter */
void count_init(void);
void count_instrument(struct qemu_plugin_insn *insn);
uint64_t count_total(void);
uint64_t count_vcpu(unsigned int vcpu);

#endif
