/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs and firmware of the emulated machine know of each other, besides its memory.
 *
 * The CPU plugin runs inside QEMU, the firmware model in the PSP server: two processes. Both map
 * one file. The CPUs keep their model-specific registers in it and say there what the firmware
 * can't find out from outside: that they wrote back their caches, and where the IOMMU writes to.
 */
#ifndef EMU_MACHINE_STATE_H
#define EMU_MACHINE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_MAX_CPUS	64u
#define MACHINE_MAX_RANGES	32u

/* Model-specific registers that decide whether the firmware starts SNP */
#define MSR_MTRR_FIX64K_00000	0x00000250u
#define MSR_MTRR_FIX16K_80000	0x00000258u
#define MSR_MTRR_FIX16K_A0000	0x00000259u
#define MSR_MTRR_FIX4K_C0000	0x00000268u	/* and the next seven */
#define MSR_SYSCFG		0xc0010010u
#define MSR_HWCR		0xc0010015u
#define MSR_IORR_BASE0		0xc0010016u	/* base 0, mask 0, base 1, mask 1 */
#define MSR_TOP_MEM		0xc001001au
#define MSR_TOM2		0xc001001du
#define MSR_TSEG_BASE		0xc0010112u
#define MSR_TSEG_MASK		0xc0010113u
#define MSR_VM_HSAVE_PA		0xc0010117u
#define MSR_RMP_BASE		0xc0010132u
#define MSR_RMP_END		0xc0010133u
#define MSR_RMP_CFG		0xc0010136u
#define MSR_DEBUG_STATUS	0xc0011006u

#define SYSCFG_MFDM		(1ull << 19)
#define SYSCFG_MEM_ENCRYPT	(1ull << 23)
#define SYSCFG_SNP_EN		(1ull << 24)
#define SYSCFG_VMPL_EN		(1ull << 25)
#define HWCR_SMM_LOCK		(1ull << 0)
#define RMP_CFG_SEGMENTED	(1ull << 0)

/**
 * struct machine_range - memory that a device writes to
 * @pa: start
 * @len: length in bytes
 */
struct machine_range {
	uint64_t pa, len;
};

/**
 * enum machine_form - how the CPUs keep RMP entries
 * @MACHINE_RMP_RAW: in the form of Zen 3 and Zen 4, which software may read
 * @MACHINE_RMP_HIDDEN: in a form of their own; RMPREAD tells what an entry means
 */
enum machine_form { MACHINE_RMP_RAW, MACHINE_RMP_HIDDEN };

struct machine;

struct machine *machine_open(const char *path);
void machine_close(struct machine *machine);
void machine_power_on(struct machine *machine, enum machine_form form);
bool machine_is_on(const struct machine *machine);
enum machine_form machine_form(const struct machine *machine);

bool machine_knows_msr(uint32_t msr);
void machine_add_cpu(struct machine *machine, unsigned int cpu);
unsigned int machine_cpus(const struct machine *machine);
int machine_msr_read(const struct machine *machine, unsigned int cpu, uint32_t msr,
		     uint64_t *value);
int machine_msr_write(struct machine *machine, unsigned int cpu, uint32_t msr, uint64_t value);

void machine_note_wbinvd(struct machine *machine, unsigned int cpu);
unsigned int machine_wbinvds(const struct machine *machine, unsigned int cpu);

void machine_lock(struct machine *machine);
void machine_unlock(struct machine *machine);
void machine_set_ranges(struct machine *machine, const struct machine_range *range,
			unsigned int count);
int machine_get_range(struct machine *machine, unsigned int index, struct machine_range *range);

#endif
