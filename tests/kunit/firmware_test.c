// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware from the file system: which names are tried, and how often an image
 * is sent.
 */
#include "sev-fixture.h"

struct names {
	u8 family;
	u8 model;
	const char *exact;
	const char *group;
};

static const struct names names[] = {
	{ 0x17, 0x01, "amd/amd_sev_fam17h_model01h.sbin", "amd/amd_sev_fam17h_model0xh.sbin" },
	{ 0x17, 0x31, "amd/amd_sev_fam17h_model31h.sbin", "amd/amd_sev_fam17h_model3xh.sbin" },
	{ 0x19, 0x01, "amd/amd_sev_fam19h_model01h.sbin", "amd/amd_sev_fam19h_model0xh.sbin" },
	{ 0x19, 0x11, "amd/amd_sev_fam19h_model11h.sbin", "amd/amd_sev_fam19h_model1xh.sbin" },
	{ 0x19, 0xa0, "amd/amd_sev_fam19h_modela0h.sbin", "amd/amd_sev_fam19h_modelaxh.sbin" },
	{ 0x1a, 0x02, "amd/amd_sev_fam1ah_model02h.sbin", "amd/amd_sev_fam1ah_model0xh.sbin" },
	{ 0xff, 0xff, "amd/amd_sev_famffh_modelffh.sbin", "amd/amd_sev_famffh_modelfxh.sbin" },
};

static void names_desc(const struct names *n, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "family %#x model %#x", n->family, n->model);
}

KUNIT_ARRAY_PARAM(names, names, names_desc);

static void most_specific_name_first(struct kunit *test)
{
	const struct names *n = test->param_value;
	char name[FIRMWARE_NAME_LEN];

	KUNIT_EXPECT_TRUE(test, firmware_name(name, sizeof(name), 0, n->family, n->model));
	KUNIT_EXPECT_STREQ(test, name, n->exact);
	KUNIT_EXPECT_TRUE(test, firmware_name(name, sizeof(name), 1, n->family, n->model));
	KUNIT_EXPECT_STREQ(test, name, n->group);
	KUNIT_EXPECT_TRUE(test, firmware_name(name, sizeof(name), 2, n->family, n->model));
	KUNIT_EXPECT_STREQ(test, name, "amd/sev.fw");
	KUNIT_EXPECT_FALSE(test, firmware_name(name, sizeof(name), 3, n->family, n->model));
}

static void look_at_the_image(struct fake_mailbox *fake, void *buffer)
{
	struct sev_cmd_blob *data = buffer;

	KUNIT_EXPECT_EQ(fake->test, data->len, 5000u);
	KUNIT_EXPECT_TRUE(fake->test, IS_ALIGNED(data->paddr, PAGE_SIZE));
	KUNIT_EXPECT_EQ(fake->test, ((u8 *)phys_to_virt(data->paddr))[4999], (u8)0xa5);
}

static int install(struct kunit *test, struct sev_fixture *fixture, u8 minor, u32 *error)
{
	struct sev_blob *image = sev_blob_alloc(5000);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, image);
	memset(image->data, 0xa5, image->size);
	fixture->sev.version = (struct sev_version){ 1, minor, 3 };
	mutex_lock(&fixture->sev.lock);
	ret = firmware_install(&fixture->sev, image, error);
	mutex_unlock(&fixture->sev.lock);
	sev_blob_put(image);
	return ret;
}

static void image_is_sent_once(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DOWNLOAD_FIRMWARE,
			    .act = look_at_the_image);
	KUNIT_EXPECT_EQ(test, install(test, fixture, 50, &error), 0);
	fake_mailbox_check(fixture->fake);
}

static void old_firmware_needs_it_twice(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DOWNLOAD_FIRMWARE,
			    .act = look_at_the_image);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DOWNLOAD_FIRMWARE,
			    .act = look_at_the_image);
	KUNIT_EXPECT_EQ(test, install(test, fixture, 49, &error), 0);
	fake_mailbox_check(fixture->fake);
}

static void refused_image_is_not_sent_again(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error = 0x77;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DOWNLOAD_FIRMWARE,
			    .status = SEV_RET_BAD_SIGNATURE);
	KUNIT_EXPECT_EQ(test, install(test, fixture, 49, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_BAD_SIGNATURE);
	fake_mailbox_check(fixture->fake);
}

static void firmware_that_can_not_update_itself_is_not_asked_to(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.version = (struct sev_version){ 0, 14, 1 };
	mutex_lock(&fixture->sev.lock);
	/* The fake firmware fails the test if it gets a command. */
	sev_firmware_update_locked(&fixture->sev);
	mutex_unlock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, fixture->fake->seen, 0u);
}

static void firmware_in_use_is_left_alone(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);

	fixture->sev.version = (struct sev_version){ 1, 55, 21 };
	fixture->sev.state = SEV_PSTATE_WORKING;
	mutex_lock(&fixture->sev.lock);
	sev_firmware_update_locked(&fixture->sev);
	mutex_unlock(&fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, fixture->fake->seen, 0u);
}

static struct kunit_case firmware_cases[] = {
	KUNIT_CASE_PARAM(most_specific_name_first, names_gen_params),
	KUNIT_CASE(image_is_sent_once),
	KUNIT_CASE(old_firmware_needs_it_twice),
	KUNIT_CASE(refused_image_is_not_sent_again),
	KUNIT_CASE(firmware_that_can_not_update_itself_is_not_asked_to),
	KUNIT_CASE(firmware_in_use_is_left_alone),
	{}
};

static struct kunit_suite firmware_suite = {
	.name = "firmware",
	.test_cases = firmware_cases,
};

kunit_test_suite(firmware_suite);

MODULE_DESCRIPTION("KUnit suite: firmware from the file system");
MODULE_LICENSE("GPL");
