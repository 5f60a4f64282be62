// SPDX-License-Identifier: GPL-2.0-only
/* Instruction counter: one addition, without a call, in front of each translated instruction. */
#include "sevcpu.h"

static struct qemu_plugin_u64 counter;

/** count_init() - make the counters; without it nothing is counted */
void count_init(void)
{
	counter.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	counter.offset = 0;
}

/**
 * count_instrument() - count an instruction whenever it runs
 * @insn: instruction of a block that is being translated
 */
void count_instrument(struct qemu_plugin_insn *insn)
{
	const enum qemu_plugin_op op = QEMU_PLUGIN_INLINE_ADD_U64;

	if (counter.score)
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, op, counter, 1);
}

/**
 * count_total() - instructions of all vCPUs
 *
 * Return: number since the machine was switched on.
 */
uint64_t count_total(void)
{
	return qemu_plugin_u64_sum(counter);
}

/**
 * count_vcpu() - instructions of one vCPU
 * @vcpu: which
 *
 * Return: number since the machine was switched on.
 */
uint64_t count_vcpu(unsigned int vcpu)
{
	return qemu_plugin_u64_get(counter, vcpu);
}
