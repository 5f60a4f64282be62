// SPDX-License-Identifier: GPL-2.0-only
/* Finds the instructions to emulate, when code is translated, and emulates them when it runs. */
#include <string.h>

#include "sevcpu.h"

#define INSN_MAX	4

struct insn {
	const char *name;
	uint8_t bytes[INSN_MAX];
	uint8_t len;
	bool privileged;
	bool snp;	/* only watched for with SNP */
	bool (*execute)(unsigned int vcpu);
};

static const struct insn insns[] = {
	{ "cpuid", { 0x0f, 0xa2 }, 2, false, false, cpuid_execute },
	{ "rdmsr", { 0x0f, 0x32 }, 2, true, false, rdmsr_execute },
	{ "wrmsr", { 0x0f, 0x30 }, 2, true, false, wrmsr_execute },
	{ "wbinvd", { 0x0f, 0x09 }, 2, true, true, wbinvd_execute },
	{ "rmpupdate", { 0xf2, 0x0f, 0x01, 0xfe }, 4, true, true, rmpupdate_execute },
	{ "rmpread", { 0xf2, 0x0f, 0x01, 0xfd }, 4, true, true, rmpread_execute },
	{ "psmash", { 0xf3, 0x0f, 0x01, 0xff }, 4, true, true, psmash_execute },
};

#define NUM_INSNS	(sizeof(insns) / sizeof(insns[0]))

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
	pc = regs_pc(vcpu, site & 0xfff);
	if (insn->execute(vcpu))
		qemu_plugin_set_pc(pc + insn->len);
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
		uint8_t data[INSN_MAX];
		size_t len = qemu_plugin_insn_data(insn, data, sizeof(data));

		count_instrument(insn);
		for (unsigned int k = 0; k < NUM_INSNS; k++) {
			if (insns[k].snp && !sevcpu_config.snp)
				continue;
			if (len < insns[k].len || memcmp(data, insns[k].bytes, insns[k].len))
				continue;
			insn_watch(insn, k);
			break;
		}
	}
}
