// SPDX-License-Identifier: GPL-2.0-only
/* Finds the instructions to emulate, when code is translated, and emulates them when it runs. */
#include <string.h>

#include "guest.h"

#define INSN_MAX	4
#define INSN_LONGEST	15

/* Starts with @bytes; without any it is CLFLUSH, which has many forms. */
struct insn {
	const char *name;
	uint8_t bytes[INSN_MAX];
	uint8_t len;
	bool privileged;
	enum { ANY_HOST, SNP_HOST, GUEST } machine;	/* only watched for there */
	bool (*execute)(unsigned int vcpu);
};

static const struct insn insns[] = {
	{ "cpuid", { 0x0f, 0xa2 }, 2, false, ANY_HOST, cpuid_execute },
	{ "rdmsr", { 0x0f, 0x32 }, 2, true, ANY_HOST, rdmsr_execute },
	{ "wrmsr", { 0x0f, 0x30 }, 2, true, ANY_HOST, wrmsr_execute },
	{ "wbinvd", { 0x0f, 0x09 }, 2, true, ANY_HOST, wbinvd_execute },
	{ "wbnoinvd", { 0xf3, 0x0f, 0x09 }, 3, true, ANY_HOST, wbinvd_execute },
	{ "clflush", { 0 }, 0, true, ANY_HOST, clflush_execute },
	{ "hlt", { 0xf4 }, 1, true, ANY_HOST, halt_execute },
	{ "mwait", { 0x0f, 0x01, 0xc9 }, 3, true, ANY_HOST, halt_execute },
	{ "vmrun", { 0x0f, 0x01, 0xd8 }, 3, true, ANY_HOST, vmrun_execute },
	{ "rmpupdate", { 0xf2, 0x0f, 0x01, 0xfe }, 4, true, SNP_HOST, rmpupdate_execute },
	{ "rmpread", { 0xf2, 0x0f, 0x01, 0xfd }, 4, true, SNP_HOST, rmpread_execute },
	{ "psmash", { 0xf3, 0x0f, 0x01, 0xff }, 4, true, SNP_HOST, psmash_execute },
	{ "cpuid", { 0x0f, 0xa2 }, 2, false, GUEST, guest_cpuid_execute },
	{ "rdmsr", { 0x0f, 0x32 }, 2, true, GUEST, guest_rdmsr_execute },
	{ "wrmsr", { 0x0f, 0x30 }, 2, true, GUEST, guest_wrmsr_execute },
	{ "vmgexit", { 0xf3, 0x0f, 0x01, 0xd9 }, 4, true, GUEST, guest_vmgexit_execute },
	{ "pvalidate", { 0xf2, 0x0f, 0x01, 0xff }, 4, true, GUEST, guest_pvalidate_execute },
	{ "rmpadjust", { 0xf3, 0x0f, 0x01, 0xfe }, 4, true, GUEST, guest_rmpadjust_execute },
};

#define NUM_INSNS	(sizeof(insns) / sizeof(insns[0]))

static __thread uint64_t next_pc;

/**
 * insn_next() - where the vCPU goes on behind the instruction that is emulated
 *
 * Return: instruction pointer.
 */
uint64_t insn_next(void)
{
	return next_pc;
}

static bool is_watched(const struct insn *insn)
{
	if (sevcpu_config.guest)
		return insn->machine == GUEST;
	return insn->machine == ANY_HOST || (insn->machine == SNP_HOST && sevcpu_config.snp);
}

/* All that a callback has to know fits into its argument: nothing to allocate or to free. */
static void *site_encode(unsigned int index, uint64_t vaddr)
{
	return (void *)(uintptr_t)(index << 12 | (vaddr & 0xfff));
}

static void insn_callback(unsigned int vcpu, void *ud)
{
	uintptr_t site = (uintptr_t)ud;
	const struct insn *insn = &insns[site >> 12];
	uint64_t pc;

	/* Left to QEMU, which raises the exception. */
	if (insn->privileged && regs_cpl(vcpu))
		return;
	pc = regs_pc(vcpu, site & 0xfff) + insn->len;
	next_pc = pc;
	if (!sevcpu_config.guest)
		caches_before(vcpu, insn->execute != halt_execute);
	if (insn->execute(vcpu))
		qemu_plugin_set_pc(pc);
}

static bool matches(const struct insn *insn, const uint8_t *data, size_t len)
{
	if (!insn->len)
		return clflush_is_one(data, len);
	return len >= insn->len && !memcmp(data, insn->bytes, insn->len);
}

static void insn_watch(struct qemu_plugin_insn *insn, unsigned int index)
{
	void *site = site_encode(index, qemu_plugin_insn_vaddr(insn));

	qemu_plugin_register_vcpu_insn_exec_cb(insn, insn_callback, QEMU_PLUGIN_CB_RW_REGS_PC,
					       site);
}

/**
 * insn_instrument() - look through a new block
 * @tb: the block
 */
void insn_instrument(struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t data[INSN_LONGEST];
		size_t len = qemu_plugin_insn_data(insn, data, sizeof(data));

		count_instrument(insn);
		for (unsigned int k = 0; k < NUM_INSNS; k++) {
			if (!is_watched(&insns[k]) || !matches(&insns[k], data, len))
				continue;
			insn_watch(insn, k);
			break;
		}
	}
}
