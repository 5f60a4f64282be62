/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs and a reverse map table for the machine of the tests. */
#ifndef EMU_MODEL_TEST_SNP_MACHINE_H
#define EMU_MODEL_TEST_SNP_MACHINE_H

#include "keys.h"
#include "snp.h"
#include "test_machine.h"
#include "sev/snp-guest.h"

#define MSR_SYSCFG	0xc0010010
#define MSR_HWCR	0xc0010015
#define MSR_DEBUG	0xc0011006
#define MSR_HSAVE	0xc0010117
#define MSR_RMP_BASE	0xc0010132
#define MSR_RMP_END	0xc0010133
#define MSR_RMP_CFG	0xc0010136
#define SYSCFG_GOOD	0x3880000ULL
#define SYSCFG_SNP	(3ULL << 24)

/* memory of the machine that is used in these tests only */
#define AT_LIST		(RAM_BASE + 0x50000)
#define AT_IOMMU	(RAM_BASE + 0x60000)
#define AT_PAGE		(RAM_BASE + 0x200000)	/* 2 MiB aligned */
#define AT_GCTX		(RAM_BASE + 0x70000)

struct machine *snp_machine(unsigned int family);
struct machine *snp_machine_with(const struct fw_config *cfg);
struct machine *snp_up(unsigned int family);
void set_msr(struct machine *m, unsigned int cpu, uint32_t msr, uint64_t value);
uint64_t get_msr(struct machine *m, unsigned int cpu, uint32_t msr);
uint32_t snp_init(struct machine *m, uint32_t flags);
uint32_t snp_shutdown(struct machine *m, uint32_t flags);
uint32_t run_answering(struct machine *m, uint32_t cmd, void *buffer, size_t len);

enum fw_page_state state_at(struct machine *m, uint64_t pa);
void make(struct machine *m, uint64_t pa, uint64_t len, enum fw_page_state state);
void give_to_guest(struct machine *m, uint64_t pa, uint64_t gpa, uint32_t asid, bool huge);
void take_back(struct machine *m, uint64_t pa);
uint32_t reclaim(struct machine *m, uint64_t pa);
void put_entry(struct machine *m, uint64_t pa, const struct fw_rmp_entry *entry);
struct fw_rmp_entry entry_at(struct machine *m, uint64_t pa);

#define assert_state(m, pa, name) assert_int_equal(state_at(m, pa), FW_PAGE_##name)

#endif
