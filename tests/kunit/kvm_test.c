// SPDX-License-Identifier: GPL-2.0-only
/*
 * The API that the kernel's own kvm_amd imports: what it answers without a processor,
 * with one that is dead, and with one that works.
 */
#include "kvm-fixture.h"

/* An address that no process can have. */
#define BAD_ADDRESS	(~0ull << 20)

#define NO_CALL		((int)SEV_RET_NO_FW_CALL)

/* SVN from which on a Milan allows no SEV-ES beside SNP. */
#define NO_ES_SVN	(0x1bull << 48)

/* One of the calls that send a command, with arguments that are as good as any. */
struct command {
	const char *name;
	int (*call)(void *data, int *error);
	u32 op;
	bool data;
};

static int call_status(void *data, int *error)
{
	return sev_platform_status(data, error);
}

static int call_activate(void *data, int *error)
{
	return sev_guest_activate(data, error);
}

static int call_deactivate(void *data, int *error)
{
	return sev_guest_deactivate(data, error);
}

static int call_decommission(void *data, int *error)
{
	return sev_guest_decommission(data, error);
}

static int call_df_flush(void *data, int *error)
{
	return sev_guest_df_flush(error);
}

static int call_do_cmd(void *data, int *error)
{
	return sev_do_cmd(SEV_OP_LAUNCH_FINISH, data, error);
}

static const struct command commands[] = {
	{ "sev_platform_status", call_status, SEV_OP_PLATFORM_STATUS, true },
	{ "sev_guest_activate", call_activate, SEV_OP_ACTIVATE, true },
	{ "sev_guest_deactivate", call_deactivate, SEV_OP_DEACTIVATE, true },
	{ "sev_guest_decommission", call_decommission, SEV_OP_DECOMMISSION, true },
	{ "sev_guest_df_flush", call_df_flush, SEV_OP_DF_FLUSH, false },
	{ "sev_do_cmd", call_do_cmd, SEV_OP_LAUNCH_FINISH, true },
};

static void command_desc(const struct command *command, char *desc)
{
	strscpy(desc, command->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(command, commands, command_desc);

/* Of the size of the largest of their structs. */
static u8 command_data[16];

static void command_without_a_processor(struct kunit *test)
{
	const struct command *command = test->param_value;
	int error = 0x77;

	sev_fixture_master = NULL;
	KUNIT_EXPECT_EQ(test, command->call(command_data, &error), -ENODEV);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
	KUNIT_EXPECT_EQ(test, command->call(command_data, NULL), -ENODEV);
}

static void command_to_a_dead_processor(struct kunit *test)
{
	const struct command *command = test->param_value;
	struct sev_fixture *fixture = sev_fixture_new(test);
	int error = 0x77;

	fixture->sev.mbox.dead = true;
	KUNIT_EXPECT_EQ(test, command->call(command_data, &error), -EBUSY);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
	KUNIT_EXPECT_EQ(test, command->call(command_data, NULL), -EBUSY);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&fixture->sev.lock));
}

static void command_to_an_unbound_processor(struct kunit *test)
{
	const struct command *command = test->param_value;
	struct sev_fixture *fixture = sev_fixture_new(test);
	int error = 0x77;

	fixture->sev.gone = true;
	KUNIT_EXPECT_EQ(test, command->call(command_data, &error), -ENODEV);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
}

static void invert(struct fake_mailbox *fake, void *buffer)
{
	u8 *byte = buffer;
	size_t i;

	for (i = 0; buffer && i < sev_command_find(fake->now.cmd)->len; i++)
		byte[i] = ~byte[i];
}

static void command_goes_there_and_back(struct kunit *test)
{
	const struct command *command = test->param_value;
	u32 len = sev_command_find(command->op)->len;
	struct sev_fixture *fixture = sev_fixture_new(test);
	int error = 0x77;

	KUNIT_ASSERT_EQ(test, !len, !command->data);
	KUNIT_ASSERT_LE(test, (size_t)len, sizeof(command_data));
	memset(command_data, 0x5a, sizeof(command_data));
	fake_mailbox_expect(fixture->fake, .cmd = command->op, .act = invert);
	KUNIT_EXPECT_EQ(test, command->call(command_data, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_SUCCESS);
	KUNIT_EXPECT_NULL(test, memchr_inv(command_data, 0xa5, len));
	KUNIT_EXPECT_NULL(test, memchr_inv(command_data + len, 0x5a, sizeof(command_data) - len));

	fake_mailbox_expect(fixture->fake, .cmd = command->op, .status = SEV_RET_INVALID_GUEST);
	KUNIT_EXPECT_EQ(test, command->call(command_data, &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_INVALID_GUEST);

	/* Whoever is not interested in the status may say so. */
	fake_mailbox_expect(fixture->fake, .cmd = command->op);
	KUNIT_EXPECT_EQ(test, command->call(command_data, NULL), 0);
	fake_mailbox_check(fixture->fake);
}

static void command_that_is_wrong_is_not_sent(struct kunit *test)
{
	int error = 0x77;

	sev_fixture_new(test);
	/* No such command, no struct, and one that nobody wants. */
	KUNIT_EXPECT_EQ(test, sev_do_cmd(0x7ff, command_data, &error), -EINVAL);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
	KUNIT_EXPECT_EQ(test, sev_do_cmd(SEV_OP_ACTIVATE, NULL, &error), -EINVAL);
	KUNIT_EXPECT_EQ(test, sev_do_cmd(SEV_OP_DF_FLUSH, command_data, &error), -EINVAL);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
}

static void platform_without_a_processor(struct kunit *test)
{
	int error = 0x77;

	sev_fixture_master = NULL;
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), -ENODEV);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), -ENODEV);
	sev_platform_shutdown();
	KUNIT_EXPECT_NULL(test, snp_alloc_firmware_page(GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, snp_reclaim_pages(0x1000, 1, false), -ENODEV);
	KUNIT_EXPECT_FALSE(test, sev_is_snp_ciphertext_hiding_supported());
	KUNIT_EXPECT_EQ(test, sev_get_snp_policy_bits(), 0ull);
	KUNIT_EXPECT_EQ(test, sev_firmware_supported_vm_types(), 0);
}

static void platform_of_a_dead_processor(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	int error = 0x77;

	snp->fixture->sev.mbox.dead = true;
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), -EBUSY);
	KUNIT_EXPECT_EQ(test, error, NO_CALL);
	sev_platform_shutdown();
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&snp->fixture->sev.lock));
}

static void platform_comes_with_kvm_and_goes_with_it(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	int error = 0x77;

	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_SUCCESS);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_PLATFORM_STATUS, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	/* The first guest finds it there. */
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (int)SEV_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);

	sev_platform_shutdown();
	fake_snp_expect_ops(snp, SEV_OP_SHUTDOWN, SNP_OP_SHUTDOWN_EX);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.snp.up);
}

static void snp_is_not_put_off_to_the_first_guest(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	int error = 0x77;

	if (!IS_ENABLED(CONFIG_KVM) || !compat_kvm_announces_guests()) {
		kunit_skip(test, "KVM of this kernel comes only with the first guest");
		return;
	}
	psp_init_on_probe = false;
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_PLATFORM_STATUS, SNP_OP_INIT_EX, SNP_OP_DF_FLUSH,
			    SNP_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	fake_snp_expect_ops(snp, SEV_OP_INIT, SEV_OP_DF_FLUSH);

	/* Without a processor KVM may load all the same. */
	sev_fixture_master = NULL;
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	psp_init_on_probe = true;
}

static void kvm_that_has_lost_snp_has_guests_without_it(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	int error = 0x77;

	if (!IS_ENABLED(CONFIG_KVM) || !compat_kvm_announces_guests()) {
		kunit_skip(test, "KVM of this kernel does not ask for SNP");
		return;
	}
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);

	/* It was asleep, or the PSP unbound and bound. */
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, sev_platform_stop_locked(sev), 0);
	mutex_unlock(&sev->lock);
	snp->count = 0;
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	/* Whatever kind of guest it is to be, SNP stays as it is. */
	fake_snp_expect_ops(snp, SEV_OP_INIT, SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_FALSE(test, sev->snp.up);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);

	/* Loaded again it has SNP. */
	sev_platform_shutdown();
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	KUNIT_EXPECT_TRUE(test, sev->snp.up);

	/* Loaded where there is none it does not miss it. */
	sev_platform_shutdown();
	snp->fail_op = SNP_OP_INIT_EX;
	snp->fail_status = SEV_RET_INVALID_CONFIG;
	KUNIT_EXPECT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, platform_init(false, 0, &error), 0);
	sev_platform_shutdown();
}

static void blob_has_bounds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(0, 16)), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(BAD_ADDRESS, 0)), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(BAD_ADDRESS, 0x4001)), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(BAD_ADDRESS, ~0u)), (long)-EINVAL);
	/* So much is not too much; the address is looked at then. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(BAD_ADDRESS, 0x4000)), (long)-EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_copy_user_blob(BAD_ADDRESS, 1)), (long)-EFAULT);
}

static void kinds_of_guest_follow_the_platform(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	int legacy = BIT(KVM_X86_SEV_VM) | BIT(KVM_X86_SEV_ES_VM);
	int error;

	KUNIT_EXPECT_EQ(test, sev_firmware_supported_vm_types(), legacy);
	KUNIT_ASSERT_EQ(test, platform_init(true, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, sev_firmware_supported_vm_types(),
			(int)(legacy | BIT(KVM_X86_SNP_VM)));
	/* The firmware was updated since. */
	snp->status.current_tcb = NO_ES_SVN;
	KUNIT_EXPECT_EQ(test, sev_firmware_supported_vm_types(),
			(int)(BIT(KVM_X86_SEV_VM) | BIT(KVM_X86_SNP_VM)));
}

static void policy_has_what_the_firmware_knows(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	KUNIT_EXPECT_EQ(test, sev_get_snp_policy_bits(), GENMASK_ULL(20, 0));
	sev->snp.status.flags = SNP_STATUS_FEATURE_INFO;
	sev->snp.features.ecx = SNP_FEAT_ECX_CIPHERTEXT_HIDING;
	KUNIT_EXPECT_EQ(test, sev_get_snp_policy_bits(),
			GENMASK_ULL(20, 0) | SNP_GUEST_POLICY_CIPHERTEXT);
}

static void ciphertext_is_hidden_where_both_can(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	int error;

	KUNIT_EXPECT_FALSE(test, sev_is_snp_ciphertext_hiding_supported());
	sev->snp.features.ecx = SNP_FEAT_ECX_CIPHERTEXT_HIDING;
	KUNIT_EXPECT_FALSE(test, sev_is_snp_ciphertext_hiding_supported());
	sev->snp.status.flags = SNP_STATUS_CIPHERTEXT_CAP;
	KUNIT_EXPECT_TRUE(test, sev_is_snp_ciphertext_hiding_supported());
	KUNIT_EXPECT_EQ(test, kvm_max_snp_asid(sev, 20), (u16)20);
	/* The firmware has 16 bits for it. */
	KUNIT_EXPECT_EQ(test, kvm_max_snp_asid(sev, 0x10001), (u16)0);
	sev->snp.features.ecx = 0;
	KUNIT_EXPECT_EQ(test, kvm_max_snp_asid(sev, 20), (u16)0);

	/* KVM's wish must not stop SNP. */
	KUNIT_EXPECT_EQ(test, platform_init(true, 20, &error), 0);
	KUNIT_EXPECT_TRUE(test, sev->snp.up);
	KUNIT_EXPECT_EQ(test, sev->snp.max_asid, (u16)0);
}

/* KVM says that it wants power reporting off, and is told whether it is. */
static void expect_rapl(struct kunit *test, u32 features, bool wanted, bool off)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	bool answer = wanted;
	u32 error;

	sev->snp.features.ecx = features;
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, kvm_arrives(sev, 0, wanted, &error), 0);
	KUNIT_EXPECT_TRUE(test, sev->snp.up);
	kvm_answer_rapl(sev, &answer);
	KUNIT_EXPECT_EQ(test, answer, off);

	/* What has been decided stays, whoever comes later. */
	answer = true;
	KUNIT_EXPECT_EQ(test, kvm_arrives(sev, 0, true, &error), 0);
	kvm_answer_rapl(sev, &answer);
	KUNIT_EXPECT_EQ(test, answer, off);
	mutex_unlock(&sev->lock);

	sev_platform_shutdown();
	answer = true;
	kvm_answer_rapl(sev, &answer);
	KUNIT_EXPECT_FALSE(test, answer);
}

static void power_reporting_is_off_where_kvm_wants_it(struct kunit *test)
{
	expect_rapl(test, SNP_FEAT_ECX_RAPL_DIS, true, true);
}

static void power_reporting_is_on_where_nobody_cares(struct kunit *test)
{
	expect_rapl(test, SNP_FEAT_ECX_RAPL_DIS, false, false);
}

static void power_reporting_that_stays_on_is_not_called_off(struct kunit *test)
{
	expect_rapl(test, 0, true, false);
	/* Kernels whose KVM has no say in it. */
	kvm_answer_rapl(NULL, NULL);
}

static struct kunit_case kvm_cases[] = {
	KUNIT_CASE_PARAM(command_without_a_processor, command_gen_params),
	KUNIT_CASE_PARAM(command_to_a_dead_processor, command_gen_params),
	KUNIT_CASE_PARAM(command_to_an_unbound_processor, command_gen_params),
	KUNIT_CASE_PARAM(command_goes_there_and_back, command_gen_params),
	KUNIT_CASE(command_that_is_wrong_is_not_sent),
	KUNIT_CASE(platform_without_a_processor),
	KUNIT_CASE(platform_of_a_dead_processor),
	KUNIT_CASE(platform_comes_with_kvm_and_goes_with_it),
	KUNIT_CASE(snp_is_not_put_off_to_the_first_guest),
	KUNIT_CASE(kvm_that_has_lost_snp_has_guests_without_it),
	KUNIT_CASE(blob_has_bounds),
	KUNIT_CASE(kinds_of_guest_follow_the_platform),
	KUNIT_CASE(policy_has_what_the_firmware_knows),
	KUNIT_CASE(ciphertext_is_hidden_where_both_can),
	KUNIT_CASE(power_reporting_is_off_where_kvm_wants_it),
	KUNIT_CASE(power_reporting_is_on_where_nobody_cares),
	KUNIT_CASE(power_reporting_that_stays_on_is_not_called_off),
	{}
};

static struct kunit_suite kvm_suite = {
	.name = "kvm",
	.test_cases = kvm_cases,
};

kunit_test_suite(kvm_suite);

MODULE_DESCRIPTION("KUnit suite: API for kvm_amd");
MODULE_LICENSE("GPL");
