/* SPDX-License-Identifier: GPL-2.0-only */
/* A QEMU for tests: CPUs that come to one instruction at a time. */
#ifndef EMU_PLUGIN_TEST_QEMU_H
#define EMU_PLUGIN_TEST_QEMU_H

#include "sevcpu.h"

#define FAKE_VCPUS	4
#define FAKE_RAM	0x20000000ull
#define FAKE_RAM_SIZE	0x1000000u
#define FAKE_IOMMU	0xfed80000ull
#define FAKE_IOMMU_REGS	8
#define FAKE_PAGE	0xffff888000001000ull
#define FAKE_PAGE_SIZE	0x1000u
#define FAKE_CBIT	51
#define FAKE_APIC	0xfee00000ull
#define FAKE_APIC_REGS	256
#define FAKE_REGS	22

enum {
	RAX, RBX, RCX, RDX, RIP, CS, CR0, EFLAGS, RSI, RSP, R8, R9, CR3, RDI, RBP, R10, R11, R12,
	R13, R14, R15, CR4
};

struct qemu_plugin_scoreboard {
	uint64_t value[FAKE_VCPUS];
};

/* Registers of the CPUs, where the last instruction ended, counters */
extern uint64_t values[FAKE_VCPUS][FAKE_REGS], new_pc;
extern struct qemu_plugin_scoreboard scoreboard;

/* Memory at FAKE_RAM, registers of IOMMU and APIC, the page that is mapped at FAKE_PAGE */
extern uint8_t fake_ram[FAKE_RAM_SIZE], fake_page[FAKE_PAGE_SIZE];
extern uint64_t fake_iommu[FAKE_IOMMU_REGS];
extern uint32_t fake_apic[FAKE_APIC_REGS];

/* What FAKE_PAGE is translated to; what is read and written there is not that memory. */
extern uint64_t fake_translation;

/* What writes to memory is a CPU, not a device. */
extern bool fake_stores_by_cpu;

int install(int min, int cur, const char *target, char *args);
void boot(const char *options);
bool run(unsigned int vcpu, const char *bytes, size_t len, uint64_t vaddr);
bool cpuid(unsigned int vcpu, uint32_t leaf, uint32_t subleaf);
bool rdmsr(unsigned int vcpu, uint32_t index, uint64_t *value);
bool wrmsr(unsigned int vcpu, uint32_t index, uint64_t value);
int restore_defaults(void **state);

#endif
