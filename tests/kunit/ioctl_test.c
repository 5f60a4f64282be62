// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev: which argument is refused with which errno, before the firmware is
 * asked, and which commands the firmware gets for the others.
 *
 * The tests run without user memory; what needs it is tested by a program on
 * /dev/sev.
 */
#include "sev-fixture.h"

/* An address that no process can have. */
#define BAD_ADDRESS	(~0ull << 20)

static long issue(u32 cmd, u64 data, bool writable, u32 *error)
{
	struct file file = { .f_mode = writable ? FMODE_READ | FMODE_WRITE : FMODE_READ };
	struct sev_issue_cmd arg = { .cmd = cmd, .data = data, .error = 0x77 };
	long ret = ioctl_issue(&file, &arg);

	*error = arg.error;
	return ret;
}

struct rule {
	const char *name;
	u32 cmd;
	u64 data;
	bool read_only;
	long ret;
};

static const struct rule rules[] = {
	{ "no such command", .cmd = SEV_MAX, .ret = -EINVAL },
	{ "no such command by far", .cmd = ~0u, .ret = -EINVAL },
	{ "FACTORY_RESET read-only", SEV_FACTORY_RESET, 0, true, -EPERM },
	{ "PEK_GEN read-only", SEV_PEK_GEN, 0, true, -EPERM },
	{ "PDH_GEN read-only", SEV_PDH_GEN, 0, true, -EPERM },
	{ "PEK_CSR read-only", SEV_PEK_CSR, BAD_ADDRESS, true, -EPERM },
	{ "PEK_CERT_IMPORT read-only", SEV_PEK_CERT_IMPORT, BAD_ADDRESS, true, -EPERM },
	{ "SNP_COMMIT read-only", SNP_COMMIT, 0, true, -EPERM },
	{ "SNP_SET_CONFIG read-only", SNP_SET_CONFIG, BAD_ADDRESS, true, -EPERM },
	{ "SNP_VLEK_LOAD read-only", SNP_VLEK_LOAD, BAD_ADDRESS, true, -EPERM },
	{ "PEK_CSR NULL read-only", SEV_PEK_CSR, 0, true, -EPERM },
	{ "PEK_CERT_IMPORT NULL read-only", SEV_PEK_CERT_IMPORT, 0, true, -EPERM },
	{ "SNP_SET_CONFIG NULL read-only", SNP_SET_CONFIG, 0, true, -EINVAL },
	{ "SNP_VLEK_LOAD NULL read-only", SNP_VLEK_LOAD, 0, true, -EINVAL },
	{ "PLATFORM_STATUS NULL", SEV_PLATFORM_STATUS, 0, false, -EFAULT },
	{ "PEK_CSR NULL", SEV_PEK_CSR, 0, false, -EFAULT },
	{ "PDH_CERT_EXPORT NULL", SEV_PDH_CERT_EXPORT, 0, false, -EFAULT },
	{ "PEK_CERT_IMPORT NULL", SEV_PEK_CERT_IMPORT, 0, false, -EFAULT },
	{ "GET_ID NULL", SEV_GET_ID, 0, false, -EFAULT },
	{ "GET_ID2 NULL", SEV_GET_ID2, 0, false, -EFAULT },
	{ "SNP_PLATFORM_STATUS NULL", SNP_PLATFORM_STATUS, 0, false, -EINVAL },
	{ "SNP_SET_CONFIG NULL", SNP_SET_CONFIG, 0, false, -EINVAL },
	{ "SNP_VLEK_LOAD NULL", SNP_VLEK_LOAD, 0, false, -EINVAL },
	{ "PEK_CSR bad address", SEV_PEK_CSR, BAD_ADDRESS, false, -EFAULT },
	{ "PDH_CERT_EXPORT bad address", SEV_PDH_CERT_EXPORT, BAD_ADDRESS, false, -EFAULT },
	{ "PEK_CERT_IMPORT bad address", SEV_PEK_CERT_IMPORT, BAD_ADDRESS, false, -EFAULT },
	{ "GET_ID bad address", SEV_GET_ID, BAD_ADDRESS, false, -EFAULT },
	{ "GET_ID2 bad address", SEV_GET_ID2, BAD_ADDRESS, false, -EFAULT },
	{ "SNP_SET_CONFIG without SNP", SNP_SET_CONFIG, BAD_ADDRESS, false, -ENODEV },
	{ "SNP_VLEK_LOAD without SNP", SNP_VLEK_LOAD, BAD_ADDRESS, false, -ENODEV },
};

static void rule_desc(const struct rule *rule, char *desc)
{
	strscpy(desc, rule->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rule, rules, rule_desc);

static void refused_before_the_firmware_is_asked(struct kunit *test)
{
	const struct rule *rule = test->param_value;
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fixture->sev.version = (struct sev_version){ 1, 55, 21 };
	/* The fake firmware fails the test if it gets a command. */
	KUNIT_EXPECT_EQ(test, issue(rule->cmd, rule->data, !rule->read_only, &error), rule->ret);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&fixture->sev.lock));
}

static void every_command_has_a_handler(struct kunit *test)
{
	int i;

	for (i = 0; i < SEV_MAX; i++) {
		KUNIT_EXPECT_NOT_NULL_MSG(test, ioctl_ops[i].run, "command %d", i);
		KUNIT_EXPECT_NOT_NULL_MSG(test, ioctl_ops[i].name, "command %d", i);
	}
}

static void no_processor_no_device(struct kunit *test)
{
	u32 error;

	sev_fixture_master = NULL;
	KUNIT_EXPECT_EQ(test, issue(SEV_PLATFORM_STATUS, BAD_ADDRESS, true, &error), -ENODEV);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
}

static void old_firmware_has_no_id(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fixture->sev.version = (struct sev_version){ 0, 15, 9 };
	KUNIT_EXPECT_EQ(test, issue(SEV_GET_ID2, BAD_ADDRESS, true, &error), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, issue(SEV_GET_ID, BAD_ADDRESS, true, &error), -EOPNOTSUPP);
}

static void generating_keys_borrows_the_platform(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, issue(SEV_PEK_GEN, 0, true, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_mailbox_check(fixture->fake);
}

static void status_of_the_command_survives_the_shutdown_after_it(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PDH_GEN, .status = SEV_RET_RESOURCE_LIMIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, issue(SEV_PDH_GEN, 0, true, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_RESOURCE_LIMIT);
	fake_mailbox_check(fixture->fake);
}

static void status_of_a_refused_init_reaches_the_user(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_uninit);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT, .status = SEV_RET_INVALID_CONFIG);
	KUNIT_EXPECT_EQ(test, issue(SEV_PEK_GEN, 0, true, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_CONFIG);
	fake_mailbox_check(fixture->fake);
}

static void reset_shuts_the_platform_down_first(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_SHUTDOWN);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_FACTORY_RESET);
	KUNIT_EXPECT_EQ(test, issue(SEV_FACTORY_RESET, 0, true, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_mailbox_check(fixture->fake);
}

static void reset_does_not_kill_guests(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_working);
	KUNIT_EXPECT_EQ(test, issue(SEV_FACTORY_RESET, 0, true, &error), -EBUSY);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	fake_mailbox_check(fixture->fake);
}

static void commit_is_sent_with_its_length(struct fake_mailbox *fake, void *buffer)
{
	struct snp_cmd_commit *data = buffer;

	KUNIT_EXPECT_EQ(fake->test, data->length, (u32)sizeof(*data));
}

static void commit_needs_no_initialised_platform(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;

	fake_mailbox_expect(fixture->fake, .cmd = SNP_OP_COMMIT,
			    .act = commit_is_sent_with_its_length);
	KUNIT_EXPECT_EQ(test, issue(SNP_COMMIT, 0, true, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	fake_mailbox_check(fixture->fake);
}

static void only_our_files_speak_for_kvm(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	static const struct file_operations other_fops;
	struct file other = { .f_op = &other_fops };
	struct file ours = { .f_op = &sev_fops };
	int error = 0x77;

	KUNIT_EXPECT_EQ(test, sev_issue_from_file(NULL, SEV_OP_DF_FLUSH, NULL, &error), -EBADF);
	KUNIT_EXPECT_EQ(test, sev_issue_from_file(&other, SEV_OP_DF_FLUSH, NULL, &error), -EBADF);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_NO_FW_CALL);

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, sev_issue_from_file(&ours, SEV_OP_DF_FLUSH, NULL, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_SUCCESS);
}

static void killed_user_leaves_the_platform_in_a_known_way(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	u32 error;
	long ret;

	fixture->sev.state = SEV_PSTATE_UNINIT;
	fixture->sev.state_known = true;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_INIT);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_GEN, .delay_ms = 50,
			    .act = sev_fixture_kill);
	ret = issue(SEV_PEK_GEN, 0, true, &error);
	sev_fixture_revive();
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&fixture->sev.lock));
	KUNIT_EXPECT_FALSE(test, fixture->sev.killable);
	KUNIT_EXPECT_FALSE(test, fixture->sev.state_known);
	KUNIT_EXPECT_TRUE(test, fixture->sev.tmr_owned);

	/* The next user finds out where the platform is. */
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PLATFORM_STATUS,
			    .act = sev_fixture_say_init);
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PDH_GEN);
	KUNIT_EXPECT_EQ(test, issue(SEV_PDH_GEN, 0, true, &error), 0);
	fake_mailbox_check(fixture->fake);
}

static struct kunit_case ioctl_cases[] = {
	KUNIT_CASE_PARAM(refused_before_the_firmware_is_asked, rule_gen_params),
	KUNIT_CASE(every_command_has_a_handler),
	KUNIT_CASE(no_processor_no_device),
	KUNIT_CASE(old_firmware_has_no_id),
	KUNIT_CASE(generating_keys_borrows_the_platform),
	KUNIT_CASE(status_of_the_command_survives_the_shutdown_after_it),
	KUNIT_CASE(status_of_a_refused_init_reaches_the_user),
	KUNIT_CASE(reset_shuts_the_platform_down_first),
	KUNIT_CASE(reset_does_not_kill_guests),
	KUNIT_CASE(commit_needs_no_initialised_platform),
	KUNIT_CASE(only_our_files_speak_for_kvm),
	KUNIT_CASE(killed_user_leaves_the_platform_in_a_known_way),
	{}
};

static struct kunit_suite ioctl_suite = {
	.name = "ioctl",
	.test_cases = ioctl_cases,
};

kunit_test_suite(ioctl_suite);

MODULE_DESCRIPTION("KUnit suite: /dev/sev");
MODULE_LICENSE("GPL");
