// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of the PCI device: which are there, what they show, and where the
 * security bits come from.
 */
#include "hsti.c"

#include "fake-psp.h"

#define BOOTLOADER	0x9ec
#define TEE_INFO	0x9e8

static const struct psp_tee_regs tee_regs = { .info = TEE_INFO };
static const struct psp_tee_regs tee_without_info;

/**
 * struct answers - what this PSP tells
 * @bootloader: its version register
 * @tee: its version register
 * @query: what becomes of the HSTI query
 * @status: its status
 * @bits: its answer
 * @queries: how often it came
 * @refs: references to the PSP while a register was read
 */
struct answers {
	u32 bootloader;
	u32 tee;
	int query;
	u32 status;
	u32 bits;
	unsigned int queries;
	int refs;
};

static u32 answers_read(struct fake_psp *fake, u32 reg)
{
	struct answers *answers = fake->priv;

	answers->refs = atomic_read(&fake->refs);
	switch (reg) {
	case BOOTLOADER:
		return answers->bootloader;
	case TEE_INFO:
		return answers->tee;
	default:
		KUNIT_FAIL(fake->test, "read of register %#x", reg);
		return 0;
	}
}

int access_send(struct psp_device *psp, u32 service, struct psp_access_header *req)
{
	struct fake_psp *fake = to_fake(psp);
	struct answers *answers = fake->priv;

	KUNIT_EXPECT_EQ(fake->test, service, 0x14);
	KUNIT_EXPECT_EQ(fake->test, req->size, 12);
	answers->queries++;
	req->status = answers->status;
	((struct hsti_request *)req)->bits = answers->bits;
	return answers->query;
}

static struct fake_psp *fixture_new(struct kunit *test, u32 capability)
{
	struct fake_psp *fake = fake_psp_new(test);
	struct answers *answers = kunit_kzalloc(test, sizeof(*answers), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, answers);
	answers->bootloader = 0x01a2b3c4;
	answers->tee = 0xff000012;
	fake->read = answers_read;
	fake->priv = answers;
	fake->hw.bootloader_info = BOOTLOADER;
	fake->hw.tee = &tee_regs;
	fake->hw.flags = PSP_HW_HSTI;
	fake->psp.capability = capability;
	return fake;
}

static umode_t visible(struct fake_psp *fake, const char *name)
{
	const struct attribute_group **group;
	struct attribute **attr;
	int i;

	for (group = psp_attribute_groups; *group; group++)
		for (attr = (*group)->attrs, i = 0; *attr; attr++, i++)
			if (!strcmp((*attr)->name, name))
				return (*group)->is_visible(&fake->psp.dev->kobj, *attr, i);
	KUNIT_FAIL(fake->test, "no attribute %s", name);
	return 0;
}

/* As a reader of the file gets it; the buffer belongs to the test. */
static const char *show(struct fake_psp *fake, const char *name)
{
	char *buf = (char *)get_zeroed_page(GFP_KERNEL);
	char *copy = kunit_kzalloc(fake->test, 32, GFP_KERNEL);
	const struct attribute_group **group;
	struct attribute **attr;

	KUNIT_ASSERT_NOT_NULL(fake->test, copy);
	KUNIT_ASSERT_NOT_NULL(fake->test, buf);
	for (group = psp_attribute_groups; *group; group++) {
		for (attr = (*group)->attrs; *attr; attr++) {
			struct device_attribute *dev_attr =
				container_of(*attr, struct device_attribute, attr);

			if (!strcmp((*attr)->name, name))
				KUNIT_EXPECT_GT(fake->test,
						dev_attr->show(fake->psp.dev, dev_attr, buf), 0);
		}
	}
	strscpy(copy, buf, 32);
	free_page((unsigned long)buf);
	return copy;
}

/**
 * struct security_bit - one security attribute
 * @name: its name
 * @bit: its bit of the capability word
 */
struct security_bit {
	const char *name;
	int bit;
};

static const struct security_bit security_bits[] = {
	{ "fused_part", 8 },
	{ "boot_integrity", 9 },
	{ "debug_lock_on", 10 },
	{ "tsme_status", 13 },
	{ "anti_rollback_status", 15 },
	{ "rpmc_production_enabled", 16 },
	{ "rpmc_spirom_available", 17 },
	{ "hsp_tpm_available", 18 },
	{ "rom_armor_enforced", 19 },
};

static void security_bit_desc(const struct security_bit *bit, char *desc)
{
	strscpy(desc, bit->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(security_bit, security_bits, security_bit_desc);

static void security_bit_is_shown(struct kunit *test)
{
	const struct security_bit *bit = test->param_value;
	struct fake_psp *fake = fixture_new(test, BIT(7) | BIT(bit->bit));

	KUNIT_EXPECT_EQ(test, visible(fake, bit->name), 0444);
	KUNIT_EXPECT_STREQ(test, show(fake, bit->name), "1\n");
	fake->psp.capability = (u32)~BIT(bit->bit);
	KUNIT_EXPECT_STREQ(test, show(fake, bit->name), "0\n");
	/* Without bit 7 the others mean nothing. */
	fake->psp.capability = (u32)~BIT(7);
	KUNIT_EXPECT_EQ(test, visible(fake, bit->name), 0);
}

static void versions_are_shown(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);

	KUNIT_EXPECT_EQ(test, visible(fake, "bootloader_version"), 0444);
	KUNIT_EXPECT_STREQ(test, show(fake, "bootloader_version"), "01.a2.b3.c4\n");
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0444);
	KUNIT_EXPECT_STREQ(test, show(fake, "tee_version"), "ff.00.00.12\n");
}

static void versions_that_the_bios_hides(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);
	struct answers *answers = fake->priv;

	answers->bootloader = 0xffffffff;
	KUNIT_EXPECT_EQ(test, visible(fake, "bootloader_version"), 0);
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0444);
	answers->tee = 0xffffffff;
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0);
}

static void versions_without_a_register(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);

	fake->hw.bootloader_info = 0;
	KUNIT_EXPECT_EQ(test, visible(fake, "bootloader_version"), 0);
	fake->hw.tee = &tee_without_info;
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0);
	fake->hw.tee = NULL;
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0);
	fake->hw.tee = &tee_regs;
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0444);
	fake->psp.capability = PSP_CAP_SEV;
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0);
}

static void function_without_a_psp(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, 0);

	fake->psp.hw = NULL;
	KUNIT_EXPECT_EQ(test, visible(fake, "bootloader_version"), 0);
	KUNIT_EXPECT_EQ(test, visible(fake, "tee_version"), 0);
	KUNIT_EXPECT_EQ(test, visible(fake, "fused_part"), 0);
}

static void after_the_driver_let_go(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, ~0u);
	const struct attribute_group **group;
	struct attribute **attr;

	dev_set_drvdata(fake->psp.dev, NULL);
	for (group = psp_attribute_groups; *group; group++) {
		for (attr = (*group)->attrs; *attr; attr++) {
			struct device_attribute *dev_attr =
				container_of(*attr, struct device_attribute, attr);

			KUNIT_EXPECT_EQ(test, visible(fake, (*attr)->name), 0);
			KUNIT_EXPECT_EQ(test, dev_attr->show(fake->psp.dev, dev_attr, NULL),
					-ENODEV);
		}
	}
}

/* Not even a machine that goes down takes it from under a reader. */
static void reader_holds_the_psp(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);
	struct answers *answers = fake->priv;

	KUNIT_EXPECT_STREQ(test, show(fake, "bootloader_version"), "01.a2.b3.c4\n");
	KUNIT_EXPECT_EQ(test, answers->refs, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->refs), 0);
}

static void register_is_not_read_when_the_psp_is_stopped(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);
	struct device_attribute *attr = &version_bootloader.attr;
	char *buf = (char *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	fake->read = NULL;
	fake->psp.gone = true;
	KUNIT_EXPECT_EQ(test, attr->show(fake->psp.dev, attr, buf), (ssize_t)-ENODEV);
	free_page((unsigned long)buf);
}

static void bits_come_with_the_answer(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_TEE);
	struct answers *answers = fake->priv;

	/* Bit 0 of the answer is bit 8 of the capability word, and so on. */
	answers->bits = BIT(0) | BIT(11);
	hsti_read(&fake->psp);
	KUNIT_EXPECT_EQ(test, answers->queries, 1);
	KUNIT_EXPECT_EQ(test, fake->psp.capability,
			PSP_CAP_TEE | BIT(7) | PSP_CAP_FUSED_PART | PSP_CAP_ROM_ARMOR);
	KUNIT_EXPECT_EQ(test, visible(fake, "fused_part"), 0444);
}

static void nobody_asks_who_has_been_told(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_SECURITY_REPORTING | PSP_CAP_TSME);
	struct answers *answers = fake->priv;

	hsti_read(&fake->psp);
	KUNIT_EXPECT_EQ(test, answers->queries, 0);

	fake->psp.capability = 0;
	fake->hw.flags = 0;
	hsti_read(&fake->psp);
	KUNIT_EXPECT_EQ(test, answers->queries, 0);
	KUNIT_EXPECT_EQ(test, fake->psp.capability, 0);
}

static const int refusals[] = { -EIO, -ETIMEDOUT, -EBUSY, -ENODEV };

KUNIT_ARRAY_PARAM(refusal, refusals, NULL);

static void refused_query_changes_nothing(struct kunit *test)
{
	struct fake_psp *fake = fixture_new(test, PSP_CAP_SEV | PSP_CAP_TEE);
	struct answers *answers = fake->priv;

	answers->query = *(const int *)test->param_value;
	answers->status = 9;
	answers->bits = ~0u;
	hsti_read(&fake->psp);
	KUNIT_EXPECT_EQ(test, answers->queries, 1);
	KUNIT_EXPECT_EQ(test, fake->psp.capability, PSP_CAP_SEV | PSP_CAP_TEE);
	KUNIT_EXPECT_EQ(test, visible(fake, "fused_part"), 0);
}

static struct kunit_case hsti_cases[] = {
	KUNIT_CASE_PARAM(security_bit_is_shown, security_bit_gen_params),
	KUNIT_CASE(versions_are_shown),
	KUNIT_CASE(versions_that_the_bios_hides),
	KUNIT_CASE(versions_without_a_register),
	KUNIT_CASE(function_without_a_psp),
	KUNIT_CASE(after_the_driver_let_go),
	KUNIT_CASE(reader_holds_the_psp),
	KUNIT_CASE(register_is_not_read_when_the_psp_is_stopped),
	KUNIT_CASE(bits_come_with_the_answer),
	KUNIT_CASE(nobody_asks_who_has_been_told),
	KUNIT_CASE_PARAM(refused_query_changes_nothing, refusal_gen_params),
	{}
};

static struct kunit_suite hsti_suite = {
	.name = "hsti",
	.test_cases = hsti_cases,
};

kunit_test_suite(hsti_suite);

MODULE_DESCRIPTION("KUnit suite: attributes of the PCI device");
MODULE_LICENSE("GPL");
