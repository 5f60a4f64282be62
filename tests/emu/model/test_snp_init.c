// SPDX-License-Identifier: GPL-2.0-only
/* SNP_INIT, SNP_SHUTDOWN and what the firmware wants to see on the CPUs. */
#include <string.h>

#include "test_snp_machine.h"

static struct snp_platform_status snp_status(struct machine *m)
{
	struct snp_cmd_platform_status cmd = { .status_paddr = AT_A };
	struct snp_platform_status out;

	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	assert_int_equal(run(m, SNP_OP_PLATFORM_STATUS, &cmd, sizeof(cmd)), 0);
	make(m, AT_A, PAGE_4K, FW_PAGE_HYPERVISOR);
	memcpy(&out, machine_at(m, AT_A), sizeof(out));
	return out;
}

static void up_and_down(void **state)
{
	struct machine *m = snp_machine(0x19);
	struct fw_info info;

	(void)state;
	assert_int_equal(snp_status(m).state, SNP_PSTATE_UNINIT);
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(snp_status(m).state, SNP_PSTATE_INIT);
	assert_int_equal(snp_status(m).rmp_flags, SNP_STATUS_RMP_INIT);
	fw_get_info(m->fw, &info);
	assert_true(info.snp);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, snp_init(m, SNP_INIT_RMP));
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_shutdown(m, SNP_SHUTDOWN_IOMMU));
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	assert_int_equal(snp_status(m).state, SNP_PSTATE_UNINIT);
	assert_int_equal(snp_status(m).rmp_flags, SNP_STATUS_RMP_INIT);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	/* the table is still there, so it need not be set up again */
	assert_int_equal(snp_init(m, 0), 0);
	fw_reset(m->fw);
	assert_refused(m, SEV_RET_RMP_INIT_REQUIRED, snp_init(m, 0));
	assert_int_equal(run0(m, SNP_OP_INIT), 0);
	machine_free(m);
}

/* What one CPU is given, and the status it leads to. */
static const struct {
	uint32_t msr;
	uint64_t value;
	uint32_t status;
	const char *says;
} cpu_faults[] = {
	{ MSR_SYSCFG, SYSCFG_GOOD & ~(1ULL << 23), SEV_RET_INVALID_CONFIG, "bit 23" },
	{ MSR_SYSCFG, SYSCFG_GOOD & ~(1ULL << 24), SEV_RET_INVALID_CONFIG, "bit 24" },
	{ MSR_SYSCFG, SYSCFG_GOOD & ~(1ULL << 25), SEV_RET_INVALID_CONFIG, "bit 25" },
	{ MSR_SYSCFG, SYSCFG_GOOD | 1ULL << 26, SEV_RET_INVALID_CONFIG, "bit 26" },
	{ MSR_SYSCFG, SYSCFG_GOOD | 1ULL << 18, SEV_RET_INVALID_CONFIG, "CPU 1" },
	{ MSR_DEBUG, 1 << 2, SEV_RET_INVALID_CONFIG, "DEBUG_STATUS" },
	{ MSR_DEBUG, 1 << 7, SEV_RET_INVALID_CONFIG, "DEBUG_STATUS" },
	{ MSR_DEBUG, 1, SEV_RET_INVALID_CONFIG, "DEBUG_STATUS" },
	{ 0x250, 6, SEV_RET_INVALID_CONFIG, "0x250" },
	{ 0x26f, 6, SEV_RET_INVALID_CONFIG, "0x26f" },
	{ 0xc0010019, 1, SEV_RET_INVALID_CONFIG, "IORR_MASK1" },
	{ 0xc001001a, 1, SEV_RET_INVALID_CONFIG, "TOP_MEM" },
	{ 0xc001001d, 1, SEV_RET_INVALID_CONFIG, "TOM2" },
	{ 0xc0010113, 1, SEV_RET_INVALID_CONFIG, "TSEG_MASK" },
	{ MSR_HWCR, 3, SEV_RET_INVALID_CONFIG, "HWCR" },
	{ MSR_RMP_BASE, RMP_AT + (1 << 20), SEV_RET_INVALID_CONFIG, "RMP_BASE" },
	{ MSR_RMP_END, RMP_AT + (16 << 20) - 1, SEV_RET_INVALID_CONFIG, "RMP_END" },
	{ MSR_HSAVE, 0x1000, SEV_RET_INVALID_CONFIG, "VM_HSAVE_PA" },
};

static void one_cpu_differs(void **state)
{
	struct machine *m = snp_machine(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cpu_faults); i++) {
		uint64_t good = get_msr(m, 1, cpu_faults[i].msr);

		set_msr(m, 1, cpu_faults[i].msr, cpu_faults[i].value);
		assert_refused(m, cpu_faults[i].status, snp_init(m, SNP_INIT_RMP));
		if (!strstr(m->refused, cpu_faults[i].says))
			fail_msg("no \"%s\" in \"%s\"", cpu_faults[i].says, m->refused);
		set_msr(m, 1, cpu_faults[i].msr, good);
	}
	/* a CPU in use by KVM only matters when the table is set up */
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(snp_shutdown(m, 0), 0);
	set_msr(m, 1, MSR_HSAVE, 0x1000);
	assert_refused(m, SEV_RET_INVALID_CONFIG, snp_init(m, SNP_INIT_RMP));
	assert_int_equal(snp_init(m, 0), 0);
	machine_free(m);
}

static const struct {
	uint32_t msr;
	uint64_t value;
	uint32_t status;
	const char *says;
} all_faults[] = {
	{ MSR_SYSCFG, SYSCFG_GOOD & ~(1ULL << 19), SEV_RET_INVALID_CONFIG, "bit 19" },
	{ MSR_HWCR, 0, SEV_RET_INVALID_CONFIG, "SmmLock" },
	{ MSR_RMP_BASE, 0, SEV_RET_INVALID_CONFIG, "no RMP" },
	{ MSR_RMP_BASE, RMP_AT | CBIT, SEV_RET_UNSUPPORTED, "C-bit" },
	{ MSR_RMP_BASE, RMP_AT + 0x10000, SEV_RET_INVALID_CONFIG, "aligned" },
	{ MSR_RMP_END, RMP_AT + RMP_SIZE - 0x10001, SEV_RET_INVALID_CONFIG, "aligned" },
	{ MSR_RMP_END, RMP_AT - 1, SEV_RET_INVALID_CONFIG, "no RMP" },
	{ MSR_RMP_END, RMP_AT + (32 << 20) - 1, SEV_RET_INVALID_CONFIG, "not RAM" },
};

static void all_cpus_wrong(void **state)
{
	struct machine *m = snp_machine(0x19);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all_faults); i++) {
		uint64_t good = get_msr(m, 0, all_faults[i].msr);

		set_msr(m, 0, all_faults[i].msr, all_faults[i].value);
		set_msr(m, 1, all_faults[i].msr, all_faults[i].value);
		assert_refused(m, all_faults[i].status, snp_init(m, SNP_INIT_RMP));
		if (!strstr(m->refused, all_faults[i].says))
			fail_msg("no \"%s\" in \"%s\"", all_faults[i].says, m->refused);
		set_msr(m, 0, all_faults[i].msr, good);
		set_msr(m, 1, all_faults[i].msr, good);
	}
	machine_free(m);
}

static void chip_is_not_fit(void **state)
{
	static const struct {
		size_t member;
		uint32_t status;
	} cases[] = {
		{ offsetof(struct fw_config, diag_mode), SEV_RET_HWSEV_RET_PLATFORM },
		{ offsetof(struct fw_config, unlocked), SEV_RET_HWSEV_RET_UNSAFE },
		{ offsetof(struct fw_config, old_bootloader), SEV_RET_UNSUPPORTED },
		{ offsetof(struct fw_config, memory_encryption_off), SEV_RET_INVALID_CONFIG },
	};
	struct fw_config cfg;
	struct machine *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fw_config_init(&cfg, 0x19);
		*(bool *)((char *)&cfg + cases[i].member) = true;
		m = snp_machine_with(&cfg);
		assert_refused(m, cases[i].status, snp_init(m, SNP_INIT_RMP));
		machine_free(m);
	}
}

static void order_of_checks(void **state)
{
	struct machine *m = snp_machine(0x19);
	struct snp_cmd_init_ex cmd = {
		.flags = SNP_INIT_RMP | SNP_INIT_LIST, .list_paddr = AT_LIST,
	};
	struct snp_range_list bad = { .count = 1000 };

	(void)state;
	/* everything is wrong; what is checked first is put right first */
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	set_msr(m, 1, MSR_HSAVE, 0x1000);
	set_msr(m, 1, MSR_RMP_END, 0);
	set_msr(m, 1, MSR_HWCR, 0);
	set_msr(m, 1, MSR_SYSCFG, 0);
	cmd.rsvd1 = 1;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	cmd.rsvd1 = 0;
	assert_refused(m, SEV_RET_INVALID_CONFIG, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_non_null(strstr(m->refused, "bit 23"));
	set_msr(m, 1, MSR_SYSCFG, SYSCFG_GOOD);
	assert_refused(m, SEV_RET_INVALID_CONFIG, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_non_null(strstr(m->refused, "HWCR"));
	set_msr(m, 1, MSR_HWCR, 1);
	assert_refused(m, SEV_RET_INVALID_CONFIG, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_non_null(strstr(m->refused, "RMP_END"));
	set_msr(m, 1, MSR_RMP_END, RMP_AT + RMP_SIZE - 1);
	assert_refused(m, SEV_RET_INVALID_CONFIG, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_non_null(strstr(m->refused, "VM_HSAVE_PA"));
	set_msr(m, 1, MSR_HSAVE, 0);
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED,
		       run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	bad.count = 0;
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	assert_int_equal(run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)), 0);
	machine_free(m);
}

static void range_list(void **state)
{
	struct machine *m = snp_machine(0x19);
	struct snp_cmd_init_ex cmd = { .flags = SNP_INIT_LIST, .list_paddr = AT_LIST };
	struct {
		struct snp_range_list head;
		struct snp_range r[2];
	} list = {
		.head = { .count = 2 },
		.r = { { AT_B, 2, 0 }, { 0xfd00000000ULL, 0x300000, 0 } },
	}, bad;

	(void)state;
	machine_put(m, AT_LIST, &list, sizeof(list));
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	cmd.flags |= SNP_INIT_RMP;

	bad = list;
	bad.r[1].base = AT_B + 1;
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED,
		       run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	bad = list;
	bad.r[0].rsvd = 1;
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED,
		       run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	bad = list;
	bad.r[0].page_count = 0;
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED,
		       run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	bad = list;
	bad.head.count = 256;
	machine_put(m, AT_LIST, &bad, sizeof(bad));
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED,
		       run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_state(m, AT_B, HYPERVISOR);

	/* To other parts of the PSP any memory will do as long as there is no SNP. */
	assert_true(fw_fixed_memory(m->fw, AT_B, 0x3000));
	machine_put(m, AT_LIST, &list, sizeof(list));
	assert_int_equal(run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)), 0);
	assert_true(fw_fixed_memory(m->fw, AT_B, 0x2000));
	assert_false(fw_fixed_memory(m->fw, AT_B, 0x3000));
	assert_state(m, AT_B, HV_FIXED);
	assert_state(m, AT_B + 0x1000, HV_FIXED);
	assert_state(m, AT_B + 0x2000, HYPERVISOR);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, AT_B));
	machine_free(m);
}

static void table_is_cleared(void **state)
{
	struct machine *m = snp_machine(0x19);

	(void)state;
	make(m, AT_A, PAGE_4K, FW_PAGE_FIRMWARE);
	make(m, AT_B, PAGE_4K, FW_PAGE_CONTEXT);
	give_to_guest(m, AT_PAGE, 0, 3, true);
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_state(m, AT_A, HYPERVISOR);
	assert_state(m, AT_B, HYPERVISOR);
	assert_state(m, AT_PAGE, HYPERVISOR);
	assert_state(m, AT_PAGE + 0x1000, HYPERVISOR);
	machine_free(m);
}

static void iommu_buffers(void **state)
{
	struct snp_cmd_platform_status status = { .status_paddr = AT_IOMMU };
	struct machine *m = snp_machine(0x19);

	(void)state;
	m->iommu_count = 2;
	m->iommu[0][0] = AT_IOMMU;
	m->iommu[0][1] = 0x2000;
	m->iommu[1][0] = AT_IOMMU + 0x4000;
	m->iommu[1][1] = 8;
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_state(m, AT_IOMMU, FIRMWARE);
	assert_state(m, AT_IOMMU + 0x1000, FIRMWARE);
	assert_state(m, AT_IOMMU + 0x2000, HYPERVISOR);
	assert_state(m, AT_IOMMU + 0x4000, FIRMWARE);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, AT_IOMMU + 0x1000));
	assert_refused(m, SEV_RET_INVALID_ADDRESS,
		       run(m, SNP_OP_PLATFORM_STATUS, &status, sizeof(status)));
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	/* without being asked for they stay protected, and a new start finds them so */
	assert_int_equal(snp_shutdown(m, 0), 0);
	assert_state(m, AT_IOMMU, FIRMWARE);
	assert_int_equal(snp_init(m, 0), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	assert_state(m, AT_IOMMU, RECLAIM);
	assert_state(m, AT_IOMMU + 0x1000, RECLAIM);
	assert_state(m, AT_IOMMU + 0x4000, RECLAIM);
	take_back(m, AT_IOMMU);

	m->iommu[1][0] = RAM_BASE + RAM_SIZE;
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED, snp_init(m, SNP_INIT_RMP));
	m->iommu[1][0] = AT_IOMMU + 0x10;
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED, snp_init(m, SNP_INIT_RMP));
	machine_free(m);
}

static void iommu_buffers_before_1_53(void **state)
{
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 52;
	m = snp_machine_with(&cfg);
	m->iommu_count = 1;
	m->iommu[0][0] = AT_IOMMU;
	m->iommu[0][1] = 0x1000;
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_state(m, AT_IOMMU, FIRMWARE);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU), 0);
	assert_state(m, AT_IOMMU, HYPERVISOR);
	machine_free(m);
}

static void shutdown_rules(void **state)
{
	struct snp_cmd_shutdown_ex cmd = { .length = 4 };
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	m = snp_up(0x19);
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_SHUTDOWN_EX, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_INVALID_PARAM, snp_shutdown(m, 4));
	/* 1.55 cannot do it */
	assert_refused(m, SEV_RET_INVALID_PARAM,
		       snp_shutdown(m, SNP_SHUTDOWN_IOMMU | SNP_SHUTDOWN_X86));
	assert_int_equal(init(m, false), 0);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, snp_shutdown(m, SNP_SHUTDOWN_IOMMU));
	assert_int_equal(run0(m, SEV_OP_SHUTDOWN), 0);
	assert_refused(m, SEV_RET_DFFLUSH_REQUIRED, snp_shutdown(m, SNP_SHUTDOWN_IOMMU));
	machine_free(m);

	fw_config_init(&cfg, 0x19);
	cfg.api_minor = 58;
	m = snp_machine_with(&cfg);
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	assert_refused(m, SEV_RET_INVALID_PARAM, snp_shutdown(m, SNP_SHUTDOWN_X86));
	assert_int_equal(get_msr(m, 1, MSR_SYSCFG), SYSCFG_GOOD);
	assert_int_equal(snp_shutdown(m, SNP_SHUTDOWN_IOMMU | SNP_SHUTDOWN_X86), 0);
	assert_int_equal(get_msr(m, 0, MSR_SYSCFG), SYSCFG_GOOD & ~SYSCFG_SNP);
	assert_int_equal(get_msr(m, 1, MSR_SYSCFG), SYSCFG_GOOD & ~SYSCFG_SNP);
	assert_int_equal(snp_status(m).rmp_flags & SNP_STATUS_RMP_INIT, 0);
	assert_refused(m, SEV_RET_INVALID_CONFIG, snp_init(m, SNP_INIT_RMP));
	machine_free(m);
}

static void flush_needs_wbinvd(void **state)
{
	struct fw_config cfg;
	struct machine *m;

	(void)state;
	fw_config_init(&cfg, 0x19);
	cfg.cores = 2;
	m = snp_machine_with(&cfg);
	assert_refused(m, SEV_RET_INVALID_PLATFORM_STATE, run0(m, SNP_OP_DF_FLUSH));
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SNP_OP_DF_FLUSH));
	fw_note_wbinvd(m->fw, 0);
	assert_refused(m, SEV_RET_WBINVD_REQUIRED, run0(m, SNP_OP_DF_FLUSH));
	fw_note_wbinvd(m->fw, 1);
	assert_int_equal(run0(m, SNP_OP_DF_FLUSH), 0);
	machine_free(m);
}

static void choices_of_init_ex(void **state)
{
	struct snp_cmd_init_ex hide = {
		.flags = SNP_INIT_RMP | SNP_INIT_CIPHERTEXT_HIDING, .max_snp_asid = 10,
	};
	struct machine *m = snp_machine(0x19);
	struct snp_cmd_init_ex cmd = hide;
	struct fw_config cfg;

	(void)state;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	assert_refused(m, SEV_RET_INVALID_PARAM, snp_init(m, SNP_INIT_RMP | SNP_INIT_TIO));
	assert_refused(m, SEV_RET_INVALID_PARAM, snp_init(m, SNP_INIT_RMP | 1U << 31));
	assert_int_equal(snp_init(m, SNP_INIT_RMP | SNP_INIT_RAPL_DIS), 0);
	assert_int_equal(snp_status(m).flags, SNP_STATUS_FEATURE_INFO | SNP_STATUS_RAPL_DIS);
	machine_free(m);

	m = snp_machine(0x1a);
	assert_int_equal(snp_status(m).flags,
			 SNP_STATUS_FEATURE_INFO | SNP_STATUS_CIPHERTEXT_CAP);
	cmd = hide;
	cmd.max_snp_asid = 100;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	cmd.max_snp_asid = 0;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	cmd = hide;
	cmd.flags = SNP_INIT_RMP;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	cmd = hide;
	assert_int_equal(run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)), 0);
	assert_true(snp_status(m).flags & SNP_STATUS_CIPHERTEXT_EN);
	machine_free(m);

	fw_config_init(&cfg, 0x1a);
	cfg.lacks = SNP_FEAT_ECX_CIPHERTEXT_HIDING;
	m = snp_machine_with(&cfg);
	assert_int_equal(snp_status(m).flags, SNP_STATUS_FEATURE_INFO);
	cmd = hide;
	assert_refused(m, SEV_RET_INVALID_PARAM, run(m, SNP_OP_INIT_EX, &cmd, sizeof(cmd)));
	machine_free(m);
}

static void segmented_table(void **state)
{
	struct machine *m = snp_machine(0x1a);
	uint64_t segment = 0xff00000001ULL;
	unsigned int cpu;

	(void)state;
	for (cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		set_msr(m, cpu, MSR_RMP_CFG, 1 | 20 << 8);
		set_msr(m, cpu, MSR_RMP_END, 0);
	}
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED, snp_init(m, SNP_INIT_RMP));
	for (cpu = 0; cpu < MACHINE_CPUS; cpu++)
		set_msr(m, cpu, MSR_RMP_CFG, 1 | 30 << 8);
	machine_put(m, RMP_AT + 0x4000 + 4 * 8, &segment, sizeof(segment));
	assert_refused(m, SEV_RET_RMP_INITIALIZATION_FAILED, snp_init(m, SNP_INIT_RMP));
	/* 1 GiB takes 4 MiB */
	segment = (RAM_BASE + (4 << 20)) | 1;
	machine_put(m, RMP_AT + 0x4000 + 4 * 8, &segment, sizeof(segment));
	assert_int_equal(snp_init(m, SNP_INIT_RMP), 0);
	assert_state(m, RAM_BASE + (4 << 20), FIRMWARE);
	assert_state(m, RAM_BASE + (8 << 20) - 4096, FIRMWARE);
	assert_state(m, RAM_BASE + (4 << 20) - 4096, HYPERVISOR);
	assert_refused(m, SEV_RET_INVALID_PAGE_STATE, reclaim(m, RAM_BASE + (4 << 20)));
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_and_down),
		cmocka_unit_test(one_cpu_differs),
		cmocka_unit_test(all_cpus_wrong),
		cmocka_unit_test(chip_is_not_fit),
		cmocka_unit_test(order_of_checks),
		cmocka_unit_test(range_list),
		cmocka_unit_test(table_is_cleared),
		cmocka_unit_test(iommu_buffers),
		cmocka_unit_test(iommu_buffers_before_1_53),
		cmocka_unit_test(shutdown_rules),
		cmocka_unit_test(flush_needs_wbinvd),
		cmocka_unit_test(choices_of_init_ex),
		cmocka_unit_test(segmented_table),
	};

	return cmocka_run_group_tests_name("SNP_INIT and SNP_SHUTDOWN", tests, NULL, NULL);
}
