// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the preflight checks look at is read from every CPU, and shown to people.
 */
#include "preflight-fixture.h"
#include "sev/preflight-show.c"
#include "fail-nth.h"

static unsigned int cpus_read;

static void scripted_cpu(struct preflight_cpu *cpu)
{
	cpus_read++;
	cpu->value[REG_SYSCFG] = cpu->cpu;
	cpu->absent = BIT_ULL(REG_HWCR);
}

static void all_cpus_are_asked(struct kunit *test)
{
	struct preflight_facts *facts;
	unsigned int i;

	cpus_read = 0;
	fake_cpu_has_snp = true;
	fake_in_kernel = true;
	fake_usable = true;
	fake_can_restart = false;
	facts = preflight_gather(scripted_cpu);
	KUNIT_ASSERT_NOT_NULL(test, facts);
	KUNIT_EXPECT_EQ(test, cpus_read, num_online_cpus());
	KUNIT_EXPECT_EQ(test, facts->online, num_online_cpus());
	KUNIT_EXPECT_EQ(test, facts->present, num_present_cpus());
	for (i = 0; i < facts->online; i++)
		KUNIT_EXPECT_EQ(test, facts->cpu[i].value[REG_SYSCFG], facts->cpu[i].cpu);
	KUNIT_EXPECT_TRUE(test, facts->in_kernel && facts->kernel_usable);
	KUNIT_EXPECT_FALSE(test, facts->late);
	/* Where this runs, there is no RMP. */
	KUNIT_EXPECT_NOT_NULL(test, facts->fault);
	preflight_free(facts);

	fake_in_kernel = false;
	fake_usable = false;
	facts = preflight_gather(scripted_cpu);
	KUNIT_ASSERT_NOT_NULL(test, facts);
	KUNIT_EXPECT_TRUE(test, facts->late);
	preflight_free(facts);
}

static void registers_of_a_real_cpu_can_be_read(struct kunit *test)
{
	struct preflight_cpu *cpu = kunit_kzalloc(test, sizeof(*cpu), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cpu);
	preflight_read_cpu(cpu);
	/* Every x86-64 CPU has EFER, and is in long mode. */
	KUNIT_EXPECT_EQ(test, cpu->absent & BIT_ULL(REG_EFER), 0);
	KUNIT_EXPECT_EQ(test, cpu->value[REG_EFER] & 0x500, 0x500);
	KUNIT_EXPECT_NE(test, cpu->absent & BIT_ULL(REG_RMP_CFG), 0);

	/* One that isn't there. */
	memset(cpu, 0, sizeof(*cpu));
	cpu->cpu = nr_cpu_ids;
	preflight_read_cpu(cpu);
	KUNIT_EXPECT_EQ(test, cpu->absent, GENMASK_ULL(REG_COUNT - 1, 0));
}

static void other_processors_are_left_alone(struct kunit *test)
{
	struct sev_device *sev = kunit_kzalloc(test, sizeof(*sev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sev);
	sev->dev = kunit_device_register(test, "preflight");
	KUNIT_ASSERT_FALSE(test, IS_ERR(sev->dev));
	fake_cpu_has_snp = false;
	KUNIT_EXPECT_EQ(test, sev_preflight_check(sev), -ENODEV);
	fake_cpu_has_snp = true;
	KUNIT_EXPECT_EQ(test, sev_preflight_check(sev), -EOPNOTSUPP);
	KUNIT_EXPECT_NE(test, sev->snp.reason[0], 0);
}

static void print(struct kunit *test, const struct preflight_facts *facts, struct seq_file *m)
{
	*m = (struct seq_file) { .size = 4 * PAGE_SIZE };
	m->buf = kunit_kzalloc(test, m->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	preflight_print(m, facts);
	KUNIT_ASSERT_LT(test, m->count, m->size);
	m->buf[m->count] = 0;
}

static void file_begins_with_the_verdict(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	struct seq_file m;

	print(test, facts, &m);
	KUNIT_EXPECT_EQ(test, strncmp(m.buf, "SNP can start\n", 14), 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "ok   smm-lock\n"));
	KUNIT_EXPECT_NULL(test, strstr(m.buf, "FAIL"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "RMP 0x30000000-0x310fffff\n"));

	open_smm(facts);
	busy_kvm(facts);
	print(test, facts, &m);
	KUNIT_EXPECT_EQ(test, strncmp(m.buf, "SNP can't start: CPU 4: HWCR", 28), 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "FAIL smm-lock: CPU 4: HWCR"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "FAIL kvm: CPU 2: VM_HSAVE_PA"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "ok   table\n"));

	facts = fit_machine(test);
	facts->cpu[1].value[REG_TOM2] = 5;
	print(test, facts, &m);
	KUNIT_EXPECT_EQ(test, strncmp(m.buf, "the firmware may refuse SNP: TOM2", 33), 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "note cpus-equal: TOM2"));
	facts->up = true;
	print(test, facts, &m);
	KUNIT_EXPECT_EQ(test, strncmp(m.buf, "SNP is up\n", 10), 0);
}

static void file_tells_that_snp_is_up(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	struct seq_file m;

	/* KVM came after it, as it should. */
	facts->up = true;
	busy_kvm(facts);
	print(test, facts, &m);
	KUNIT_EXPECT_EQ(test, strncmp(m.buf, "SNP is up\n", 10), 0);
	KUNIT_EXPECT_NULL(test, strstr(m.buf, "FAIL"));
}

static void file_lists_registers_where_they_change(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	struct seq_file m;
	char *at;

	facts->cpu[2].value[REG_TOM2] = 0x280000000ull;
	print(test, facts, &m);
	at = strstr(m.buf, "c001001d TOM2              CPU 0    0x0000000000000000\n");
	KUNIT_ASSERT_NOT_NULL(test, at);
	at = strchr(at, '\n') + 1;
	KUNIT_EXPECT_PTR_EQ(test, at,
			    strstr(m.buf, "c001001d TOM2              CPU 4    0x00000002"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "RMP_CFG           CPU 0    not there\n"));
}

static int gather_once(struct kunit *test, void *ctx)
{
	struct preflight_facts *facts = preflight_gather(scripted_cpu);

	if (!facts)
		return -ENOMEM;
	preflight_free(facts);
	return 0;
}

static void nothing_is_forgotten_when_memory_is_short(struct kunit *test)
{
	fake_cpu_has_snp = false;
	fail_each_allocation(test, gather_once, NULL);
}

static void verdict_is_one_sentence(struct kunit *test)
{
	char *text = kunit_kzalloc(test, SNP_REASON_LEN, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	fake_cpu_has_snp = false;
	KUNIT_EXPECT_EQ(test, sev_preflight_verdict(false, text, SNP_REASON_LEN), 0);
	KUNIT_EXPECT_STREQ(test, text,
			   "SNP can't start: this processor has no SEV-SNP, or the BIOS hides it; EPYC 7003 and later have it; look for SNP in the BIOS set-up");
}

static void verdict_of_a_fit_machine_is_short(struct kunit *test)
{
	struct preflight_facts *facts = fit_machine(test);
	char text[SNP_REASON_LEN];

	preflight_sentence(facts, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "SNP can start");
	facts->up = true;
	preflight_sentence(facts, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "SNP is up");
}

static struct kunit_case preflight_show_cases[] = {
	KUNIT_CASE(all_cpus_are_asked),
	KUNIT_CASE(registers_of_a_real_cpu_can_be_read),
	KUNIT_CASE(other_processors_are_left_alone),
	KUNIT_CASE(file_begins_with_the_verdict),
	KUNIT_CASE(file_tells_that_snp_is_up),
	KUNIT_CASE(file_lists_registers_where_they_change),
	KUNIT_CASE(nothing_is_forgotten_when_memory_is_short),
	KUNIT_CASE(verdict_is_one_sentence),
	KUNIT_CASE(verdict_of_a_fit_machine_is_short),
	{ }
};

static struct kunit_suite preflight_show_suite = {
	.name = "preflight_show",
	.test_cases = preflight_show_cases,
};

kunit_test_suite(preflight_show_suite);

MODULE_DESCRIPTION("KUnit suite: facts and output of the checks before SNP starts");
MODULE_LICENSE("GPL");
