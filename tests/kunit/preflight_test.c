// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentence that says why SNP can't start names the cause, the CPU and the value.
 */
#include "preflight-fixture.h"

static const char *verdict(struct kunit *test, const struct preflight_facts *facts,
			   unsigned int *failed)
{
	char *text = kunit_kzalloc(test, 2 * PREFLIGHT_TEXT, GFP_KERNEL);
	const struct preflight_check *check;

	KUNIT_ASSERT_NOT_NULL(test, text);
	check = preflight_judge(facts, text, failed);
	if (!check)
		return "";
	strncat(text, check->problem, 2 * PREFLIGHT_TEXT - strlen(text) - 1);
	return text;
}

static void fit_machine_passes(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int failed;

	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
	KUNIT_EXPECT_EQ(test, failed, 0);
}

static void not_wanted(struct preflight_facts *facts)
{
	facts->refused = "snp=off was given";
}

static void offline_cpu(struct preflight_facts *facts)
{
	facts->online--;
}

static void no_encryption(struct preflight_facts *facts)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_SYSCFG] = 0;
}

static void no_encryption_on_one(struct preflight_facts *facts)
{
	facts->cpu[3].value[REG_SYSCFG] = 0;
}

static void multi_key(struct preflight_facts *facts)
{
	facts->cpu[1].value[REG_SYSCFG] |= RMP_SYSCFG_MULTI_KEY;
}

static void no_table(struct preflight_facts *facts)
{
	const struct rmp_setup setup = { .end = 0x1fff };

	facts->fault = rmp_table_locate(&facts->table, &setup);
	facts->cpu[0].value[REG_RMP_BASE] = 0;
	facts->cpu[0].value[REG_RMP_END] = 0x1fff;
}

static void table_in_the_hole(struct preflight_facts *facts)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_TOP_MEM] = 0x31000000;
}

static void table_behind_all_memory(struct preflight_facts *facts)
{
	const struct rmp_setup setup = { .base = 0x1fff00000, .end = 0x200ffffff };
	unsigned int i;

	for (i = 0; i < CPUS; i++) {
		facts->cpu[i].value[REG_TOP_MEM] = 0x80000000;
		facts->cpu[i].value[REG_TOM2] = 0x200000000;
	}
	facts->fault = rmp_table_locate(&facts->table, &setup);
}

static void small_table(struct preflight_facts *facts)
{
	facts->around.ram_end = 2ull * SZ_4G;
	facts->around.gap.start = 0x10fc00000ull;
	facts->around.gap.end = 2ull * SZ_4G;
}

static void shared_neighbour(struct preflight_facts *facts)
{
	facts->around.neighbour.start = 0x31000000;
	facts->around.neighbour.end = 0x31200000;
}

static void guest_mode(struct preflight_facts *facts)
{
	facts->cpu[0].value[REG_DEBUG_STATUS] = 0x80;
}

static void other_mtrr(struct preflight_facts *facts)
{
	facts->cpu[3].value[REG_FIXED_4K_F8] = 0x1e1e1e1e1e1e1e1eull;
}

static void other_tom2(struct preflight_facts *facts)
{
	facts->cpu[1].value[REG_TOM2] = 0x280000000ull;
}

static void no_iommu(struct preflight_facts *facts)
{
	facts->kernel_usable = false;
	facts->iommus.count = 0;
}

static void old_iommu(struct preflight_facts *facts)
{
	facts->kernel_usable = false;
	facts->iommus.iommu[0].efr = 0x29d3ULL;
}

static void passthrough(struct preflight_facts *facts)
{
	facts->kernel_usable = false;
	facts->passthrough = true;
}

static void kernel_says_no(struct preflight_facts *facts)
{
	facts->kernel_usable = false;
}

static void turned_on_in_part(struct preflight_facts *facts)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_SYSCFG] |= RMP_SYSCFG_SNP_EN | RMP_SYSCFG_MFDM;
}

static void never_turned_on(struct preflight_facts *facts)
{
	facts->late = false;
}

static void turned_on_without_mtrr(struct preflight_facts *facts)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_SYSCFG] |= RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN;
}

static void no_snp_at_all(struct preflight_facts *facts)
{
	facts->cpu_has_snp = false;
	no_encryption(facts);
	no_table(facts);
}

#define NO_TABLE "the BIOS has reserved no memory for the RMP table"

static const struct {
	const char *check;
	void (*spoil)(struct preflight_facts *facts);
	const char *particulars;
	const char *problem;
} causes[] = {
	{ "processor", no_snp_at_all, "",
	  "this processor has no SEV-SNP, or the BIOS hides it" },
	{ "wanted", not_wanted, "snp=off was given",
	  "" },
	{ "cpus-online", offline_cpu, "3 of 4 CPUs are online: ",
	  "the firmware wants all of them" },
	{ "memory-encryption", no_encryption, "CPU 0: SYSCFG (MSR 0xc0010010) is 0x0: ",
	  "memory encryption (bit 23) is off" },
	{ "memory-encryption", no_encryption_on_one, "CPU 6: SYSCFG (MSR 0xc0010010) is 0x0: ",
	  "memory encryption (bit 23) is off" },
	{ "multi-key", multi_key, "CPU 2: SYSCFG (MSR 0xc0010010) is 0x4800000: ",
	  "secure multi-key mode (bit 26) is on" },
	{ "table", no_table,
	  "RMP_BASE (MSR 0xc0010132) is 0x0, RMP_END (MSR 0xc0010133) is 0x1fff: " NO_TABLE, "" },
	{ "table-in-memory", table_in_the_hole, "0x30000000-0x310fffff, TOP_MEM is 0x31000000: ",
	  "the RMP table is not all in memory" },
	{ "table-in-memory", table_behind_all_memory,
	  "0x1fff00000-0x200ffffff, TOM2 is 0x200000000: ",
	  "the RMP table is not all in memory" },
	{ "table-coverage", small_table,
	  "4348 MiB are covered, 0x10fc00000-0x1ffffffff is left out, 33 MiB of table are needed: ",
	  "the RMP table does not cover all memory" },
	{ "table-neighbours", shared_neighbour, "0x31000000-0x311fffff: ",
	  "the kernel uses memory in the same 2 MiB as the RMP table" },
	{ "smm-lock", open_smm, "CPU 4: HWCR (MSR 0xc0010015) is 0x0: ",
	  "SMM (bit 0) is not locked" },
	{ "guest-mode", guest_mode, "CPU 0: DEBUG_STATUS (MSR 0xc0011006) is 0x80: ",
	  "a thread is in guest mode or in SMM (bits 2 and 7)" },
	{ "cpus-equal", other_mtrr,
	  "MTRRfix4K_F8000 (MSR 0x26f) is 0x0 on CPU 0, 0x1e1e1e1e1e1e1e1e on CPU 6: ",
	  "the firmware wants the same on all CPUs" },
	{ "cpus-equal", other_tom2, "TOM2 (MSR 0xc001001d) is 0x0 on CPU 0, 0x280000000 on CPU 2: ",
	  "the firmware wants the same on all CPUs" },
	{ "iommu", no_iommu, "",
	  "there is no IOMMU" },
	{ "iommu-snp", old_iommu, "IOMMU at 0xfed80000: EFR is 0x29d3, bit 63 (SNPSup) is clear: ",
	  "the IOMMU does not support SNP" },
	{ "iommu-passthrough", passthrough, "",
	  "the IOMMU is in passthrough mode" },
	{ "kernel", kernel_says_no, "",
	  "the kernel has turned SNP off while booting" },
	{ "snp-enable", turned_on_in_part, "CPU 0: SYSCFG (MSR 0xc0010010) is 0x1880000: ",
	  "SNP (bit 24) or VMPLs (bit 25) are off" },
	{ "snp-enable", never_turned_on, "CPU 0: SYSCFG (MSR 0xc0010010) is 0x800000: ",
	  "SNP (bit 24) or VMPLs (bit 25) are off" },
	{ "fixed-mtrr-modify", turned_on_without_mtrr,
	  "CPU 0: SYSCFG (MSR 0xc0010010) is 0x3800000: ",
	  "MtrrFixDramModEn (bit 19) is off" },
	{ "kvm", busy_kvm, "CPU 2: VM_HSAVE_PA (MSR 0xc0010117) is 0x1234000: ",
	  "KVM uses this CPU already, and it has to be 0" },
};

static void every_cause_has_its_sentence(struct kunit *test)
{
	const struct preflight_check *check;
	char text[PREFLIGHT_TEXT];
	unsigned int failed;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		struct preflight_facts *facts = fit_machine(test);

		causes[i].spoil(facts);
		check = preflight_judge(facts, text, &failed);
		KUNIT_ASSERT_NOT_NULL_MSG(test, check, "%s", causes[i].check);
		KUNIT_EXPECT_STREQ(test, check->name, causes[i].check);
		KUNIT_EXPECT_STREQ(test, text, causes[i].particulars);
		KUNIT_EXPECT_STREQ(test, check->problem, causes[i].problem);
		KUNIT_EXPECT_GE(test, failed, 1);
	}
}

static void every_check_is_tried(struct kunit *test)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(preflight_checks); i++) {
		for (j = 0; j < ARRAY_SIZE(causes); j++)
			if (!strcmp(causes[j].check, preflight_checks[i].name))
				break;
		KUNIT_EXPECT_LT_MSG(test, j, ARRAY_SIZE(causes), "%s",
				    preflight_checks[i].name);
		KUNIT_EXPECT_GT(test, strlen(preflight_checks[i].remedy), 0);
	}
}

static void first_cause_comes_first(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int failed;

	/* The kernel has turned SNP off because there is no table. */
	no_table(facts);
	kernel_says_no(facts);
	KUNIT_EXPECT_NOT_NULL(test, strstr(verdict(test, facts, &failed), "reserved no memory"));
	/* CPU 0 differs from the others as well. */
	KUNIT_EXPECT_EQ(test, failed, 3);
}

static bool advises(struct kunit *test, const struct preflight_facts *facts, const char *name)
{
	const struct preflight_check *check;
	char text[PREFLIGHT_TEXT];
	unsigned int failed;

	check = preflight_judge(facts, text, &failed);
	KUNIT_ASSERT_NOT_NULL(test, check);
	KUNIT_EXPECT_STREQ(test, check->name, name);
	return preflight_is_advice(facts, check);
}

static void what_may_be_accepted_is_advice(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);

	other_tom2(facts);
	KUNIT_EXPECT_TRUE(test, advises(test, facts, "cpus-equal"));
	facts = fit_machine(test);
	guest_mode(facts);
	KUNIT_EXPECT_TRUE(test, advises(test, facts, "guest-mode"));

	/* What is certain is the reason, whatever else there is. */
	open_smm(facts);
	other_tom2(facts);
	KUNIT_EXPECT_FALSE(test, advises(test, facts, "smm-lock"));
}

static void kernel_that_is_content_is_believed(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);

	small_table(facts);
	KUNIT_EXPECT_TRUE(test, advises(test, facts, "table-coverage"));
	facts->kernel_usable = false;
	facts->in_kernel = false;
	KUNIT_EXPECT_FALSE(test, advises(test, facts, "table-coverage"));
}

static void cpu_that_has_snp_since_the_boot_may_be_off(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int i;

	offline_cpu(facts);
	KUNIT_EXPECT_FALSE(test, advises(test, facts, "cpus-online"));
	facts->late = false;
	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_SYSCFG] |= RMP_SYSCFG_MFDM | RMP_SYSCFG_SNP_EN |
						   RMP_SYSCFG_VMPL_EN;
	KUNIT_EXPECT_TRUE(test, advises(test, facts, "cpus-online"));
}

static void user_may_insist(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);

	facts->forced = true;
	open_smm(facts);
	KUNIT_EXPECT_TRUE(test, advises(test, facts, "smm-lock"));
	/* But not where KVM would come to harm. */
	busy_kvm(facts);
	KUNIT_EXPECT_FALSE(test, advises(test, facts, "kvm"));
	not_wanted(facts);
	KUNIT_EXPECT_FALSE(test, advises(test, facts, "wanted"));
}

static void what_the_firmware_does_not_compare_may_differ(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int i, failed;

	/* It changes all the time, only two bits of it count. */
	facts->cpu[1].value[REG_DEBUG_STATUS] = 1;
	facts->cpu[2].value[REG_EFER] = 0xd01;
	for (i = 0; i < CPUS; i++)
		facts->cpu[i].absent = 0;
	facts->cpu[3].value[REG_RMP_CFG] = 1;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
}

static void what_a_cpu_does_not_tell_is_not_held_against_it(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int i, failed;

	for (i = 0; i < CPUS; i++) {
		memset(facts->cpu[i].value, 0, sizeof(facts->cpu[i].value));
		facts->cpu[i].absent = ~0ull;
	}
	facts->cpu[1].value[REG_TOM2] = 5;
	facts->iommus.iommu[0].efr_known = false;
	facts->iommus.iommu[0].efr = 0;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
}

static void table_may_end_where_memory_does(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int i, failed;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_TOP_MEM] = 0x31100000;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
}

static void leftover_save_area_is_no_obstacle(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int failed;

	/* KVM is not there any more; the area is taken off before the firmware looks. */
	facts->cpu[1].value[REG_VM_HSAVE_PA] = 0x1234000;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
}

static void snp_turned_on_everywhere_is_fine(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int i, failed;

	for (i = 0; i < CPUS; i++)
		facts->cpu[i].value[REG_SYSCFG] |= RMP_SYSCFG_MFDM | RMP_SYSCFG_SNP_EN |
						   RMP_SYSCFG_VMPL_EN;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
	facts->late = false;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
}

static void old_kernels_leave_the_iommu_to_the_check(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int failed;

	facts->in_kernel = false;
	facts->kernel_usable = false;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
	facts->passthrough = true;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed),
			   "the IOMMU is in passthrough mode");
}

static void what_we_turn_on_ourselves_may_be_off_anywhere(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	unsigned int failed;

	facts->in_kernel = false;
	facts->kernel_usable = false;
	facts->cpu[1].value[REG_SYSCFG] |= RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN;
	facts->cpu[2].value[REG_SYSCFG] |= RMP_SYSCFG_MFDM;
	KUNIT_EXPECT_STREQ(test, verdict(test, facts, &failed), "");
	/* The kernel does not set it once more. */
	facts->in_kernel = true;
	facts->kernel_usable = true;
	KUNIT_EXPECT_NOT_NULL(test, strstr(verdict(test, facts, &failed), "SNP (bit 24)"));
	/* Others count everywhere. */
	facts->in_kernel = false;
	facts->cpu[3].value[REG_SYSCFG] ^= BIT_ULL(20);
	KUNIT_EXPECT_NOT_NULL(test, strstr(verdict(test, facts, &failed), "same on all CPUs"));
}

static struct kunit_case preflight_cases[] = {
	KUNIT_CASE(fit_machine_passes),
	KUNIT_CASE(every_cause_has_its_sentence),
	KUNIT_CASE(every_check_is_tried),
	KUNIT_CASE(first_cause_comes_first),
	KUNIT_CASE(what_may_be_accepted_is_advice),
	KUNIT_CASE(kernel_that_is_content_is_believed),
	KUNIT_CASE(cpu_that_has_snp_since_the_boot_may_be_off),
	KUNIT_CASE(user_may_insist),
	KUNIT_CASE(what_the_firmware_does_not_compare_may_differ),
	KUNIT_CASE(what_a_cpu_does_not_tell_is_not_held_against_it),
	KUNIT_CASE(table_may_end_where_memory_does),
	KUNIT_CASE(leftover_save_area_is_no_obstacle),
	KUNIT_CASE(snp_turned_on_everywhere_is_fine),
	KUNIT_CASE(old_kernels_leave_the_iommu_to_the_check),
	KUNIT_CASE(what_we_turn_on_ourselves_may_be_off_anywhere),
	{ }
};

static struct kunit_suite preflight_suite = {
	.name = "preflight",
	.test_cases = preflight_cases,
};

kunit_test_suite(preflight_suite);

MODULE_DESCRIPTION("KUnit suite: why SNP can't start");
MODULE_LICENSE("GPL");
