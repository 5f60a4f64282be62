/* SPDX-License-Identifier: GPL-2.0-only */
/* An AMD server CPU's SEV features on top of QEMU's emulated x86 CPU. */
#ifndef EMU_PLUGIN_SEVCPU_H
#define EMU_PLUGIN_SEVCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/rmp.h"
#include "qemu_api.h"

#define SEVCPU_MAX_VCPUS	MACHINE_MAX_CPUS

/* Smallest and largest segment of a reverse map table, as powers of two */
#define RMP_SHIFT_MIN		30u
#define RMP_SHIFT_MAX		40u

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
 * @machine: file with the state of the CPUs, or NULL when no firmware shall see it
 * @ram: file that is the machine's memory, or NULL; without it no store is watched
 * @mixed: the kernel may map pages of others and its own by one large page, if it does not write
 * @snp: report SEV-SNP; without it the members below mean nothing
 * @rmpread: there is RMPREAD, and RMP entries are not in the form of Zen 3 and Zen 4
 * @rmp_shift: the RMP has segments for 2^@rmp_shift bytes of memory each; 0: it is contiguous
 * @rmp_base: where the BIOS puts the RMP; 0 for no RMP
 * @rmp_size: how much memory it has for the RMP; more than one part covers if it has segments
 * @top_mem: end of memory below 4 GiB
 * @top_mem2: end of memory above, or 0
 * @iommu: physical address of the IOMMU's registers
 * @guest: the CPUs are those of an SNP guest; then the members below count
 * @family: CPU family of the chip whose firmware answers the guest
 * @model: CPU model of that chip, or above 0xff for the usual one
 * @api_major: API version of that firmware, or 0 for the usual one
 * @api_minor: see @api_major
 * @build: see @api_major
 * @svn: its security version, or 0 for the usual one
 * @committed_svn: the one that is committed, or 0 for the same
 * @reported_svn: the one that the host has reports tell, or 0 for what is committed
 * @platform_info: what reports say of the BIOS, see &struct fw_config, or above 0xff for the usual
 * @state_dir: directory that keeps the chip's identity, or NULL
 * @vmpl: privilege level of the guest; above 0 there is a service module at level 0
 * @vlek: the host has loaded a cloud's key for signing reports
 * @mask_chip_id: the host has told the firmware to leave the chip's identity out of reports
 * @mask_chip_key: the host has told the firmware not to sign them by the chip's key
 * @policy: policy that the guest was launched with
 * @measurement: its launch digest
 * @host_data: what the host gave to its launch
 * @id_block: file with its identity block, or NULL
 * @id_auth: file that authenticates the block
 * @author_key: that file has an author key
 * @vcek_off: the guest was launched to get no reports by the chip's key
 */
struct sevcpu_config {
	unsigned int cbit, reduction, asids, min_sev_asid;
	bool sme, sev, es, smm_lock, count;
	const char *machine, *ram;
	bool mixed;
	bool snp, rmpread;
	unsigned int rmp_shift;
	uint64_t rmp_base, rmp_size, top_mem, top_mem2, iommu;
	bool guest;
	unsigned int family, model, api_major, api_minor, build, vmpl;
	unsigned int svn, committed_svn, reported_svn, platform_info;
	const char *state_dir;
	bool vlek, mask_chip_id, mask_chip_key;
	uint64_t policy;
	uint8_t measurement[48], host_data[32];
	const char *id_block, *id_auth;
	bool author_key, vcek_off;
};

extern struct sevcpu_config sevcpu_config;

/* State of the CPUs, shared with the firmware */
extern struct machine *sevcpu_machine;

/**
 * enum reg_id - registers that the emulated instructions use: general ones, stack and instruction
 * pointer (see regs_pc()), flags, code segment selector, control registers
 */
enum reg_id {
	REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8, REG_R9,
	REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFLAGS, REG_CS, REG_CR0,
	REG_CR3, REG_CR4, REG_COUNT
};

/* regs.c: registers and memory of the vCPU that runs the callback */
bool regs_init(unsigned int vcpu);
uint64_t reg_read(unsigned int vcpu, enum reg_id reg);
void reg_write(unsigned int vcpu, enum reg_id reg, uint64_t value);
unsigned int regs_cpl(unsigned int vcpu);
uint64_t regs_pc(unsigned int vcpu, uint64_t vaddr_low);
int guest_read(uint64_t pa, void *buf, size_t len);
int guest_write(uint64_t pa, const void *buf, size_t len);
bool guest_read_virtual(uint64_t va, void *buf, size_t len);
bool guest_write_virtual(uint64_t va, const void *buf, size_t len);

/* insn.c: which instructions are emulated */
void insn_instrument(struct qemu_plugin_tb *tb);
uint64_t insn_next(void);

/* cpuid.c, msr.c: the instructions; true when it was emulated and is to be skipped */
bool cpuid_execute(unsigned int vcpu);
bool cpuid_values(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
void msr_reset(unsigned int vcpu);
bool rdmsr_execute(unsigned int vcpu);
bool wrmsr_execute(unsigned int vcpu);
bool msr_add_change(const char *text, bool stuck);
void msr_forget_changes(void);
uint64_t msr_value(unsigned int vcpu, uint32_t msr);

/* table.c: the reverse map table and its instructions */
uint64_t table_base(void);
uint64_t table_end(void);
uint64_t table_cfg(void);
void table_reset(void);
void table_prepare(unsigned int vcpu);
int table_entry(uint64_t pa, struct fw_rmp_entry *entry);
void table_snp_on(unsigned int vcpu);
bool rmpupdate_execute(unsigned int vcpu);
bool psmash_execute(unsigned int vcpu);
bool rmpread_execute(unsigned int vcpu);

/* iommu.c: where the IOMMU writes to, found at WBINVD */
void iommu_look(unsigned int vcpu);

/* caches.c, clflush.c: who writes back caches, and who could have something in them */
void caches_before(unsigned int vcpu, bool runs);
bool wbinvd_execute(unsigned int vcpu);
bool halt_execute(unsigned int vcpu);
bool vmrun_execute(unsigned int vcpu);
bool clflush_is_one(const uint8_t *code, size_t len);
bool clflush_execute(unsigned int vcpu);

/* count.c: instruction counter */
void count_init(void);
void count_instrument(struct qemu_plugin_insn *insn);
uint64_t count_total(void);
uint64_t count_vcpu(unsigned int vcpu);

#endif
