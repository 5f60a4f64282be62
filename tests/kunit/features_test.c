// SPDX-License-Identifier: GPL-2.0-only
/*
 * What SNP firmware can: TCB versions of both families, features, policy bits; and what
 * /dev/sev makes of them.
 */
#include "sev-fixture.h"
#include "fake-rmp.h"

#define MILAN(bl, tee, snp, ucode) \
	((u64)(ucode) << 56 | (u64)(snp) << 48 | (u64)(tee) << 8 | (bl))
#define TURIN(fmc, bl, tee, snp, ucode) \
	((u64)(ucode) << 56 | (u64)(snp) << 24 | (u64)(tee) << 16 | (u64)(bl) << 8 | (fmc))

struct tcb {
	const char *field;
	unsigned int family;
	u64 wanted;
	u64 limit;
};

static const struct tcb tcbs[] = {
	{ NULL, 0x19, MILAN(3, 0, 24, 219), MILAN(3, 0, 24, 219) },
	{ NULL, 0x19, 0, MILAN(3, 0, 24, 219) },
	{ NULL, 0x19, MILAN(2, 0, 23, 218), MILAN(3, 0, 24, 219) },
	{ "boot_loader", 0x19, MILAN(4, 0, 24, 219), MILAN(3, 0, 24, 219) },
	{ "tee", 0x19, MILAN(3, 1, 24, 219), MILAN(3, 0, 24, 219) },
	{ "snp", 0x19, MILAN(3, 0, 25, 219), MILAN(3, 0, 24, 219) },
	{ "microcode", 0x19, MILAN(3, 0, 24, 220), MILAN(3, 0, 24, 219) },
	/* A lower part does not make up for a higher one. */
	{ "boot_loader", 0x19, MILAN(4, 0, 0, 0), MILAN(3, 0, 24, 219) },
	{ "a reserved byte", 0x19, 1ull << 16, MILAN(3, 0, 24, 219) },
	{ "a reserved byte", 0x19, 1ull << 40, MILAN(3, 0, 24, 219) },
	{ NULL, 0x1a, TURIN(1, 2, 3, 4, 5), TURIN(1, 2, 3, 4, 5) },
	{ "fmc", 0x1a, TURIN(2, 2, 3, 4, 5), TURIN(1, 2, 3, 4, 5) },
	{ "boot_loader", 0x1a, TURIN(1, 3, 3, 4, 5), TURIN(1, 2, 3, 4, 5) },
	{ "tee", 0x1a, TURIN(1, 2, 4, 4, 5), TURIN(1, 2, 3, 4, 5) },
	{ "snp", 0x1a, TURIN(1, 2, 3, 5, 5), TURIN(1, 2, 3, 4, 5) },
	{ "microcode", 0x1a, TURIN(1, 2, 3, 4, 6), TURIN(1, 2, 3, 4, 5) },
	{ "a reserved byte", 0x1a, 1ull << 32, TURIN(1, 2, 3, 4, 5) },
};

static void tcb_desc(const struct tcb *tcb, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "family %#x: %#llx against %#llx", tcb->family,
		 tcb->wanted, tcb->limit);
}

KUNIT_ARRAY_PARAM(tcb, tcbs, tcb_desc);

static void part_that_is_too_high_is_named(struct kunit *test)
{
	const struct tcb *tcb = test->param_value;
	u8 want, have;
	const char *field = snp_tcb_above(snp_tcb_layout(tcb->family, 0), tcb->wanted, tcb->limit,
					  &want, &have);

	KUNIT_EXPECT_EQ(test, !field, !tcb->field);
	if (!field || !tcb->field)
		return;
	KUNIT_EXPECT_STREQ(test, field, tcb->field);
	KUNIT_EXPECT_GT(test, want, have);
}

static void es_is_revoked_by_newer_firmware(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev->snp.status.current_tcb = MILAN(255, 255, 0x1a, 255);
	KUNIT_EXPECT_TRUE(test, snp_allows_es(sev));
	sev->snp.status.current_tcb = MILAN(0, 0, 0x1b, 0);
	KUNIT_EXPECT_FALSE(test, snp_allows_es(sev));
}

static void limit_of_es_is_that_of_the_family(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, snp_tcb_layout(0x19, 1)->no_es_from, (u8)0x1b);
	KUNIT_EXPECT_EQ(test,
			tcb_byte(MILAN(1, 2, 3, 4), snp_tcb_layout(0x19, 1)->snp_byte), (u8)3);
	KUNIT_EXPECT_EQ(test, snp_tcb_layout(0x1a, 2)->no_es_from, (u8)4);
	KUNIT_EXPECT_EQ(test,
			tcb_byte(TURIN(1, 2, 3, 4, 5), snp_tcb_layout(0x1a, 2)->snp_byte), (u8)4);
}

struct layout {
	u8 family;
	u8 model;
	const struct snp_tcb_layout *layout;
};

/* The borders of what is known. */
static const struct layout layouts[] = {
	{ 0x17, 0x31, NULL },
	{ 0x18, 0x01, NULL },
	{ 0x19, 0x00, &tcb_milan },
	{ 0x19, 0x11, &tcb_milan },
	{ 0x19, 0xff, &tcb_milan },
	{ 0x1a, 0x00, &tcb_turin },
	{ 0x1a, 0x4f, &tcb_turin },
	{ 0x1a, 0x50, NULL },
	{ 0x1a, 0x5f, NULL },
	{ 0x1a, 0x60, &tcb_turin },
	{ 0x1a, 0x7f, &tcb_turin },
	{ 0x1a, 0x80, NULL },
	{ 0x1a, 0xaf, NULL },
	{ 0x1a, 0xb0, &tcb_turin },
	{ 0x1a, 0xbf, &tcb_turin },
	{ 0x1a, 0xc0, NULL },
	{ 0x1a, 0xcf, NULL },
	{ 0x1a, 0xd0, &tcb_turin },
	{ 0x1a, 0xd7, &tcb_turin },
	{ 0x1a, 0xd8, NULL },
	{ 0x1a, 0xef, NULL },
	{ 0x1a, 0xf0, &tcb_turin },
	{ 0x1b, 0x00, NULL },
};

static void layout_is_that_of_the_processor(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		KUNIT_EXPECT_PTR_EQ_MSG(test, snp_tcb_layout(layouts[i].family, layouts[i].model),
					layouts[i].layout, "family %#x model %#x",
					layouts[i].family, layouts[i].model);
}

static void unknown_layout_is_not_judged(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	u8 want, have;

	sev_fixture_cpu.x86 = 0x1a;
	sev_fixture_cpu.x86_model = 0x50;
	sev->snp.status.current_tcb = ~0ull;
	KUNIT_EXPECT_NULL(test, snp_tcb_layout_here());
	KUNIT_EXPECT_TRUE(test, snp_allows_es(sev));
	snp_tell_es(sev);
	KUNIT_EXPECT_FALSE(test, sev->snp.es_told);
	KUNIT_EXPECT_NULL(test, snp_tcb_above(NULL, ~0ull, 0, &want, &have));
	KUNIT_EXPECT_FALSE(test, snp_tcb_field(NULL, "snp", ~0ull, &want));
	sev_fixture_cpu.x86 = 0x19;
	sev_fixture_cpu.x86_model = 1;
	KUNIT_EXPECT_FALSE(test, snp_allows_es(sev));
}

static void refusal_of_es_beside_snp_has_its_reason(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;
	u32 error;

	KUNIT_EXPECT_NULL(test, snp_refusal(sev, SEV_OP_LAUNCH_START, SEV_RET_UNSUPPORTED));
	snp->status.current_tcb = MILAN(0, 0, 0x1b, 0);
	mutex_lock(&sev->lock);
	KUNIT_EXPECT_EQ(test, snp_init_locked(sev, &error), 0);
	mutex_unlock(&sev->lock);
	/* It has been said when SNP came up. */
	KUNIT_EXPECT_TRUE(test, sev->snp.es_told);
	KUNIT_EXPECT_NOT_NULL(test, strstr(sev_explain(sev, SEV_OP_LAUNCH_START,
						       SEV_RET_UNSUPPORTED), "AMD-SB-3023"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(sev_explain(sev, SEV_OP_RECEIVE_START,
						       SEV_RET_UNSUPPORTED), "AMD-SB-3023"));
	/* Not for other commands, other statuses, other firmware. */
	KUNIT_EXPECT_NULL(test, snp_refusal(sev, SEV_OP_LAUNCH_MEASURE, SEV_RET_UNSUPPORTED));
	KUNIT_EXPECT_NULL(test, snp_refusal(sev, SEV_OP_LAUNCH_START, SEV_RET_INVALID_PARAM));
	sev->snp.status.current_tcb = MILAN(0, 0, 0x1a, 0);
	KUNIT_EXPECT_NULL(test, snp_refusal(sev, SEV_OP_LAUNCH_START, SEV_RET_UNSUPPORTED));
}

static void learn(struct fake_snp *snp)
{
	mutex_lock(&snp->fixture->sev.lock);
	snp_learn_locked(&snp->fixture->sev);
	mutex_unlock(&snp->fixture->sev.lock);
}

static void features_are_asked_for_where_the_command_exists(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	/* Firmware without SNP is not asked for its SNP status. */
	sev->version = (struct sev_version){ 1, 50, 0 };
	learn(snp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	sev->version.minor = 51;
	snp->features.ecx = SNP_FEAT_ECX_RAPL_DIS;
	learn(snp);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.features.ecx, 0u);

	snp->status.flags = SNP_STATUS_FEATURE_INFO;
	learn(snp);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SNP_OP_FEATURE_INFO);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.features.ecx, SNP_FEAT_ECX_RAPL_DIS);

	/* What was known before is not true for ever. */
	snp->fail_op = SNP_OP_FEATURE_INFO;
	snp->fail_status = SEV_RET_INVALID_PARAM;
	learn(snp);
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.features.ecx, 0u);
}

static void nothing_is_asked_where_there_is_no_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	snp->fixture->sev.snp.rmp = NULL;
	learn(snp);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_FALSE(test, snp_can_hide_ciphertext(&snp->fixture->sev));
}

static void hiding_ciphertext_needs_firmware_and_processor(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	KUNIT_EXPECT_FALSE(test, snp_can_hide_ciphertext(sev));
	sev->snp.features.ecx = SNP_FEAT_ECX_CIPHERTEXT_HIDING;
	KUNIT_EXPECT_FALSE(test, snp_can_hide_ciphertext(sev));
	sev->snp.status.flags = SNP_STATUS_CIPHERTEXT_CAP;
	KUNIT_EXPECT_TRUE(test, snp_can_hide_ciphertext(sev));
}

static void policy_bits_follow_the_features(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev->version = (struct sev_version){ 1, 58, 0 };
	sev->snp.features.ecx = ~0u;
	KUNIT_EXPECT_EQ(test, snp_policy_bits(sev), GENMASK_ULL(20, 0));
	sev->snp.status.flags = SNP_STATUS_FEATURE_INFO;
	KUNIT_EXPECT_EQ(test, snp_policy_bits(sev), GENMASK_ULL(25, 0));
	sev->version.minor = 57;
	KUNIT_EXPECT_EQ(test, snp_policy_bits(sev), GENMASK_ULL(24, 0));
	sev->snp.rmp = NULL;
	KUNIT_EXPECT_EQ(test, snp_policy_bits(sev), 0ull);
	sev->snp.rmp = &fake_rmp_ops;
	sev->snp.features.ecx = SNP_FEAT_ECX_AES_256_XTS;
	KUNIT_EXPECT_EQ(test, snp_policy_bits(sev),
			GENMASK_ULL(20, 0) | SNP_GUEST_POLICY_AES_256_XTS);
}

static struct fake_snp *make_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;
	int ret;

	snp->status.current_tcb = MILAN(3, 0, 24, 219);
	snp->status.reported_tcb = MILAN(3, 0, 23, 219);
	snp->committed = MILAN(3, 0, 23, 219);
	mutex_lock(&snp->fixture->sev.lock);
	ret = snp_init_locked(&snp->fixture->sev, &error);
	mutex_unlock(&snp->fixture->sev.lock);
	KUNIT_ASSERT_EQ(test, ret, 0);
	snp->count = 0;
	return snp;
}

static int set_config(struct fake_snp *snp, u64 tcb, u32 *error)
{
	struct snp_cmd_config data = { .reported_tcb = tcb };
	struct sev_ioctl io = {
		.sev = &snp->fixture->sev,
		.name = "SNP_SET_CONFIG",
		.error = SEV_RET_NO_FW_CALL,
	};
	int ret = ioctl_lock(&io);

	if (!ret) {
		ret = config_set(&io, &data);
		ioctl_unlock(&io);
	}
	*error = io.error;
	return ret;
}

static int commit(struct fake_snp *snp)
{
	struct sev_ioctl io = { .sev = &snp->fixture->sev, .name = "SNP_COMMIT" };

	return ioctl_snp_commit(&io);
}

static void config_above_what_runs_is_refused_here(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	KUNIT_EXPECT_EQ(test, set_config(snp, MILAN(3, 0, 25, 219), &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PARAM);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS);
}

static void config_between_reported_and_running_is_for_the_firmware(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	snp->fail_op = SNP_OP_CONFIG;
	snp->fail_status = SEV_RET_INVALID_PARAM;
	KUNIT_EXPECT_EQ(test, set_config(snp, MILAN(3, 0, 24, 219), &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PARAM);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SNP_OP_CONFIG);
}

static void config_above_a_known_committed_version_is_refused_here(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	/* Following the committed version shows which it is. */
	KUNIT_EXPECT_EQ(test, set_config(snp, 0, &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
	snp->count = 0;
	KUNIT_EXPECT_EQ(test, set_config(snp, MILAN(3, 0, 24, 219), &error), -EIO);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_INVALID_PARAM);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS);

	/* After a commit it can be reported. */
	KUNIT_EXPECT_EQ(test, commit(snp), 0);
	KUNIT_EXPECT_EQ(test, set_config(snp, MILAN(3, 0, 24, 219), &error), 0);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_SUCCESS);
}

static void lower_config_is_always_sent(struct kunit *test)
{
	struct fake_snp *snp = make_up(test);
	u32 error;

	KUNIT_EXPECT_EQ(test, set_config(snp, MILAN(2, 0, 20, 100), &error), 0);
	fake_snp_expect_ops(snp, SNP_OP_PLATFORM_STATUS, SNP_OP_CONFIG, SNP_OP_PLATFORM_STATUS);
	KUNIT_EXPECT_EQ(test, snp->status.reported_tcb, MILAN(2, 0, 20, 100));
	/* What is shown to people follows. */
	KUNIT_EXPECT_EQ(test, snp->fixture->sev.snp.status.reported_tcb, MILAN(2, 0, 20, 100));
	KUNIT_EXPECT_EQ(test, fake_rmp_count(snp), 0u);
}

static void config_needs_snp(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	KUNIT_EXPECT_EQ(test, set_config(snp, 0, &error), -ENODEV);
	KUNIT_EXPECT_EQ(test, error, (u32)SEV_RET_NO_FW_CALL);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static struct kunit_case features_cases[] = {
	KUNIT_CASE_PARAM(part_that_is_too_high_is_named, tcb_gen_params),
	KUNIT_CASE(es_is_revoked_by_newer_firmware),
	KUNIT_CASE(limit_of_es_is_that_of_the_family),
	KUNIT_CASE(layout_is_that_of_the_processor),
	KUNIT_CASE(unknown_layout_is_not_judged),
	KUNIT_CASE(refusal_of_es_beside_snp_has_its_reason),
	KUNIT_CASE(features_are_asked_for_where_the_command_exists),
	KUNIT_CASE(nothing_is_asked_where_there_is_no_snp),
	KUNIT_CASE(hiding_ciphertext_needs_firmware_and_processor),
	KUNIT_CASE(policy_bits_follow_the_features),
	KUNIT_CASE(config_above_what_runs_is_refused_here),
	KUNIT_CASE(config_between_reported_and_running_is_for_the_firmware),
	KUNIT_CASE(config_above_a_known_committed_version_is_refused_here),
	KUNIT_CASE(lower_config_is_always_sent),
	KUNIT_CASE(config_needs_snp),
	{}
};

static struct kunit_suite features_suite = {
	.name = "features",
	.test_cases = features_cases,
};

kunit_test_suite(features_suite);

MODULE_DESCRIPTION("KUnit suite: what SNP firmware can");
MODULE_LICENSE("GPL");
