// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host does to bring SNP up, on the machine of the tests.
 *
 * Page states are decoded here a second time, from the bits alone, so that the model's own idea of
 * them is not what it is judged by.
 */
#include "test_snp_machine.h"

#include <string.h>

/* struct bits - RMP bits of a page state without owner; gpa is 1 where it must not be 0 */
struct bits {
	bool assigned, validated, owned, immutable, vmsa, gpa;
};

static const struct bits state_bits[] = {
	[FW_PAGE_HYPERVISOR] = { 0, 0, 0, 0, 0, 0 },
	[FW_PAGE_HV_FIXED] = { 0, 0, 0, 1, 0, 0 },
	[FW_PAGE_FIRMWARE] = { 1, 0, 0, 1, 0, 0 },
	[FW_PAGE_RECLAIM] = { 1, 0, 0, 0, 0, 0 },
	[FW_PAGE_CONTEXT] = { 1, 0, 0, 1, 1, 0 },
	[FW_PAGE_METADATA] = { 1, 0, 0, 1, 0, 1 },
	[FW_PAGE_PRE_GUEST] = { 1, 0, 1, 1, 0, 0 },
	[FW_PAGE_PRE_SWAP] = { 1, 1, 1, 1, 0, 0 },
	[FW_PAGE_GUEST_INVALID] = { 1, 0, 1, 0, 0, 0 },
	[FW_PAGE_GUEST_VALID] = { 1, 1, 1, 0, 0, 0 },
};

static size_t index_of(uint64_t pa)
{
	assert_true(pa >= RAM_BASE && pa < RAM_BASE + RAM_SIZE);
	return (pa - RAM_BASE) / PAGE_4K;
}

/**
 * entry_at() - Look an RMP entry up
 * @m: machine
 * @pa: address in RAM
 *
 * Return: the entry.
 */
struct fw_rmp_entry entry_at(struct machine *m, uint64_t pa)
{
	struct fw_rmp_entry big = m->rmp[index_of(pa & -PAGE_2M)];

	return big.huge ? big : m->rmp[index_of(pa)];
}

/**
 * put_entry() - Write an RMP entry, whatever the hardware would say
 * @m: machine
 * @pa: page in RAM
 * @entry: new contents
 */
void put_entry(struct machine *m, uint64_t pa, const struct fw_rmp_entry *entry)
{
	m->rmp[index_of(pa)] = *entry;
}

/**
 * state_at() - State of a page
 * @m: machine
 * @pa: address in RAM
 *
 * Return: the state, FW_PAGE_BROKEN if the bits are none.
 */
enum fw_page_state state_at(struct machine *m, uint64_t pa)
{
	struct fw_rmp_entry e = entry_at(m, pa);
	enum fw_page_state s;

	for (s = 0; s < ARRAY_SIZE(state_bits); s++) {
		const struct bits *b = &state_bits[s];

		if (b->assigned == e.assigned && b->validated == e.validated &&
		    b->owned == !!e.asid && b->immutable == e.immutable &&
		    (e.asid || (b->vmsa == e.vmsa && b->gpa == !!e.gpa)))
			return s;
	}
	return FW_PAGE_BROKEN;
}

/**
 * make() - RMPUPDATE of pages into a state without owner
 * @m: machine
 * @pa: first page, in RAM
 * @len: number of bytes
 * @state: state, without regard to what the hardware allows
 */
void make(struct machine *m, uint64_t pa, uint64_t len, enum fw_page_state state)
{
	const struct bits *b = &state_bits[state];
	const struct fw_rmp_entry entry = {
		.assigned = b->assigned, .validated = b->validated, .immutable = b->immutable,
		.vmsa = b->vmsa, .asid = b->owned ? 1 : 0, .gpa = b->gpa ? 0x1000 : 0,
	};

	for (; len; pa += PAGE_4K, len -= PAGE_4K)
		put_entry(m, pa, &entry);
}

/**
 * give_to_guest() - RMPUPDATE of a page for LAUNCH_UPDATE
 * @m: machine
 * @pa: page in RAM
 * @gpa: guest-physical address
 * @asid: owner
 * @huge: 2 MiB
 */
void give_to_guest(struct machine *m, uint64_t pa, uint64_t gpa, uint32_t asid, bool huge)
{
	const struct fw_rmp_entry entry = {
		.assigned = true, .immutable = true, .asid = asid, .gpa = gpa, .huge = huge,
	};

	put_entry(m, pa, &entry);
}

/**
 * take_back() - RMPUPDATE of a page to normal memory, which needs a mutable entry
 * @m: machine
 * @pa: page in RAM
 */
void take_back(struct machine *m, uint64_t pa)
{
	assert_false(entry_at(m, pa).immutable);
	make(m, pa, PAGE_4K, FW_PAGE_HYPERVISOR);
}

/**
 * reclaim() - PAGE_RECLAIM of a small page
 * @m: machine
 * @pa: page
 *
 * Return: status.
 */
uint32_t reclaim(struct machine *m, uint64_t pa)
{
	struct snp_cmd_page cmd = { .page_paddr = pa };

	return run(m, SNP_OP_PAGE_RECLAIM, &cmd, sizeof(cmd));
}

/**
 * set_msr() - Change an MSR of one CPU
 * @m: machine with CPUs
 * @cpu: below m->cpus
 * @msr: number
 * @value: new value
 */
void set_msr(struct machine *m, unsigned int cpu, uint32_t msr, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < m->msr_count; i++)
		if (m->msrs[i].number == msr)
			break;
	assert_true(i < ARRAY_SIZE(m->msrs));
	if (i == m->msr_count)
		m->msr_count++;
	m->msrs[i].number = msr;
	m->msrs[i].value[cpu] = value;
}

/**
 * get_msr() - Look at an MSR of one CPU
 * @m: machine with CPUs
 * @cpu: below m->cpus
 * @msr: number
 *
 * Return: its value.
 */
uint64_t get_msr(struct machine *m, unsigned int cpu, uint32_t msr)
{
	unsigned int i;

	for (i = 0; i < m->msr_count; i++)
		if (m->msrs[i].number == msr)
			return m->msrs[i].value[cpu];
	fail_msg("MSR %#x is not there", msr);
	return 0;
}

/**
 * snp_machine_with() - A machine with two CPUs that are ready for SNP_INIT
 * @cfg: which chip
 *
 * Return: the machine.
 */
struct machine *snp_machine_with(const struct fw_config *cfg)
{
	static const uint32_t zeros[] = {
		MSR_HSAVE, MSR_DEBUG, 0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c,
		0x26d, 0x26e, 0x26f, 0xc0010016, 0xc0010017, 0xc0010018, 0xc0010019, 0xc001001a,
		0xc001001d, 0xc0010112, 0xc0010113,
	};
	struct machine *m = machine_with(cfg);
	unsigned int cpu;
	size_t i;

	assert_non_null(m->fw);
	m->cpus = MACHINE_CPUS;
	for (cpu = 0; cpu < m->cpus; cpu++) {
		set_msr(m, cpu, MSR_SYSCFG, SYSCFG_GOOD);
		set_msr(m, cpu, MSR_HWCR, 1);
		set_msr(m, cpu, MSR_RMP_BASE, RMP_AT);
		set_msr(m, cpu, MSR_RMP_END, RMP_AT + RMP_SIZE - 1);
		for (i = 0; i < ARRAY_SIZE(zeros); i++)
			set_msr(m, cpu, zeros[i], 0);
	}
	return m;
}

/**
 * snp_machine() - A machine with the default chip of a family, ready for SNP_INIT
 * @family: 0x19 or 0x1a
 *
 * Return: the machine.
 */
struct machine *snp_machine(unsigned int family)
{
	struct fw_config cfg;

	fw_config_init(&cfg, family);
	return snp_machine_with(&cfg);
}

/**
 * snp_init() - SNP_INIT_EX without a list
 * @m: machine
 * @flags: SNP_INIT_*
 *
 * Return: status.
 */
uint32_t snp_init(struct machine *m, uint32_t flags)
{
	struct snp_cmd_init_ex cmd = { .flags = flags };

	return run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd));
}

/**
 * snp_up() - A machine with SNP initialised and all ASIDs clean
 * @family: 0x19 or 0x1a
 *
 * Return: the machine.
 */
struct machine *snp_up(unsigned int family)
{
	struct machine *m = snp_machine(family);

	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	return m;
}

/**
 * snp_shutdown() - SNP_SHUTDOWN_EX
 * @m: machine
 * @flags: SNP_SHUTDOWN_*
 *
 * Return: status.
 */
uint32_t snp_shutdown(struct machine *m, uint32_t flags)
{
	struct snp_cmd_shutdown_ex cmd = { .length = sizeof(cmd), .flags = flags };

	return run(m, SNP_OP_SHUTDOWN_EX, &cmd, sizeof(cmd));
}

/**
 * run_answering() - A legacy command that answers, as a driver has to send it while SNP is up
 * @m: machine
 * @cmd: which
 * @buffer: contents of the command buffer, replaced by what is there afterwards
 * @len: its length
 *
 * Return: status.
 */
uint32_t run_answering(struct machine *m, uint32_t cmd, void *buffer, size_t len)
{
	uint32_t status;

	make(m, AT_COMMAND, PAGE_4K, FW_PAGE_FIRMWARE);
	status = run(m, cmd, buffer, len);
	assert_state(m, AT_COMMAND, RECLAIM);
	take_back(m, AT_COMMAND);
	return status;
}
