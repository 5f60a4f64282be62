// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/firmware/sev shows what is known, without the firmware and without its lock, and
 * asks for mitigations no more often than it has to.
 */
#define SEV_FIXTURE_SYSFS
#include "sev-fixture.h"
#include "sev/sysfs.c"
#include "fake-rmp.h"
#include "fail-nth.h"

#define MILAN(bl, tee, snp, ucode) \
	((u64)(ucode) << 56 | (u64)(snp) << 48 | (u64)(tee) << 8 | (bl))

static const char *sysfs_verdict = "SNP can start";

int sev_preflight_verdict(bool up, char *text, size_t size)
{
	strscpy(text, up ? "SNP is up" : sysfs_verdict, size);
	return 0;
}

static const char *errno_name(struct kunit *test, long err)
{
	char *text = kunit_kzalloc(test, 32, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	snprintf(text, 32, "%pe", ERR_PTR(err));
	return text;
}

/* What a file shows; the length is checked against it, an errno is written as "-ENODATA". */
static const char *show(struct kunit *test, struct attribute *attr)
{
	struct kobj_attribute *file = container_of(attr, struct kobj_attribute, attr);
	char *buf = (char *)get_zeroed_page(GFP_KERNEL);
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	ssize_t len;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_NOT_NULL(test, text);
	len = file->show(NULL, file, buf);
	if (len < 0) {
		snprintf(text, PAGE_SIZE, "%pe", ERR_PTR(len));
	} else {
		KUNIT_EXPECT_EQ(test, (size_t)len, strlen(buf));
		KUNIT_EXPECT_TRUE(test, len > 0 && buf[len - 1] == '\n');
		memcpy(text, buf, len ? len - 1 : 0);
	}
	free_page((unsigned long)buf);
	return text;
}

static void expect_shown(struct kunit *test, struct attribute *attr, const char *text)
{
	KUNIT_EXPECT_STREQ_MSG(test, show(test, attr), text, "%s", attr->name);
}

static ssize_t verify(const char *text)
{
	return attr_verified.store(NULL, &attr_verified, text, strlen(text));
}

static void without_a_processor_there_is_no_device(struct kunit *test)
{
	struct attribute **groups[] = {
		sev_attrs, snp_attrs, tcb_current_attrs, tcb_reported_attrs,
		tcb_committed_attrs, vulnerabilities_attrs,
	};
	const char *gone = errno_name(test, -ENODEV);
	unsigned int i, j;

	sev_fixture_master = NULL;
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (j = 0; groups[i][j]; j++)
			expect_shown(test, groups[i][j], gone);
	KUNIT_EXPECT_EQ(test, verify("1"), (ssize_t)-ENODEV);
}

static void state_is_what_is_known(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_device *sev = &fixture->sev;

	expect_shown(test, &attr_state_show.attr, "unknown");
	sev->state_known = true;
	expect_shown(test, &attr_state_show.attr, "uninit");
	sev->state = SEV_PSTATE_INIT;
	expect_shown(test, &attr_state_show.attr, "init");
	sev->state = SEV_PSTATE_WORKING;
	expect_shown(test, &attr_state_show.attr, "working");
	sev->state = 77;
	expect_shown(test, &attr_state_show.attr, "unknown");
	sev->mbox.dead = true;
	expect_shown(test, &attr_state_show.attr, "dead");
}

static void version_that_is_not_known_is_no_version(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	const char *no_data = errno_name(test, -ENODATA);

	expect_shown(test, &attr_version_show.attr, no_data);
	fixture->sev.version = (struct sev_version){ 1, 55, 21 };
	expect_shown(test, &attr_version_show.attr, "1.55.21");
	expect_shown(test, &tcb_current_raw.file.attr, no_data);
	expect_shown(test, &tcb_committed_snp.file.attr, no_data);
}

static int run(struct sev_fixture *fixture, u32 id, void *data)
{
	u32 error;

	return sev_execute(&fixture->sev, id, data, &error);
}

static void last_failure_is_remembered(struct kunit *test)
{
	struct sev_fixture *fixture = sev_fixture_new(test);
	struct sev_cmd_blob blob = { };

	expect_shown(test, &attr_last_failure_show.attr, "none");

	/* A query of a length is answered in this way. */
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PEK_CSR, .status = SEV_RET_INVALID_LEN);
	KUNIT_EXPECT_EQ(test, run(fixture, SEV_OP_PEK_CSR, &blob), -EIO);
	expect_shown(test, &attr_last_failure_show.attr, "none");

	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_PDH_GEN, .status = SEV_RET_RESOURCE_LIMIT);
	KUNIT_EXPECT_EQ(test, run(fixture, SEV_OP_PDH_GEN, NULL), -EIO);
	expect_shown(test, &attr_last_failure_show.attr, "PDH_GEN RESOURCE_LIMIT 0x17");

	/* What succeeds does not make it forgotten. */
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH);
	KUNIT_EXPECT_EQ(test, run(fixture, SEV_OP_DF_FLUSH, NULL), 0);
	expect_shown(test, &attr_last_failure_show.attr, "PDH_GEN RESOURCE_LIMIT 0x17");

	psp_probe_timeout = 0;
	psp_cmd_timeout = 0;
	fake_mailbox_expect(fixture->fake, .cmd = SEV_OP_DF_FLUSH, .hang = true);
	KUNIT_EXPECT_EQ(test, run(fixture, SEV_OP_DF_FLUSH, NULL), -ETIMEDOUT);
	psp_probe_timeout = 5;
	psp_cmd_timeout = 100;
	expect_shown(test, &attr_last_failure_show.attr, "DF_FLUSH no answer");
	expect_shown(test, &attr_state_show.attr, "dead");

	/* Nor does what is not even sent. */
	KUNIT_EXPECT_EQ(test, run(fixture, SEV_OP_PDH_GEN, NULL), -EBUSY);
	expect_shown(test, &attr_last_failure_show.attr, "DF_FLUSH no answer");
}

static void lock_is_not_waited_for(struct kunit *test)
{
	struct attribute **groups[] = {
		sev_attrs, snp_attrs, tcb_current_attrs, tcb_reported_attrs, tcb_committed_attrs,
	};
	const char *busy = errno_name(test, -EBUSY);
	struct fake_snp *snp = fake_snp_new(test);
	unsigned int i, j;

	/* Whoever takes it here hangs. */
	mutex_lock(&snp->fixture->sev.lock);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (j = 0; groups[i][j]; j++)
			KUNIT_EXPECT_STRNEQ(test, show(test, groups[i][j]), busy);
	expect_shown(test, &attr_supported_show.attr, busy);
	expect_shown(test, &attr_verified.attr, busy);
	mutex_unlock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
}

static void snp_says_why_it_is_off(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	snp_reason_set(sev, "%s", "the moon is full");
	expect_shown(test, &attr_snp_off_reason_show.attr, "the moon is full");
	expect_shown(test, &attr_snp_preflight_show.attr, "SNP can start");
	expect_shown(test, &attr_snp_state_show.attr, "uninit");
	sev->snp.up = true;
	expect_shown(test, &attr_snp_off_reason_show.attr, "");
	expect_shown(test, &attr_snp_preflight_show.attr, "SNP is up");
	expect_shown(test, &attr_snp_state_show.attr, "init");
	sev->snp.up = false;
	sev->snp.rmp = NULL;
	expect_shown(test, &attr_snp_rmp_show.attr, "none");
	expect_shown(test, &attr_snp_policy_show.attr, "0x0");
}

static void features_have_names(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 *ecx = &snp->fixture->sev.snp.features.ecx;

	expect_shown(test, &attr_snp_features_show.attr, "");
	*ecx = SNP_FEAT_ECX_RAPL_DIS;
	expect_shown(test, &attr_snp_features_show.attr, "rapl_disable");
	/* Bits that nobody has heard of are left out. */
	*ecx = ~0u;
	expect_shown(test, &attr_snp_features_show.attr,
		     "vlek x86_shutdown rapl_disable ciphertext_hiding aes_256_xts cxl verify_mitigation");
}

static void learn_status(struct fake_snp *snp)
{
	u32 error;

	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(snp->test, snp_status_locked(&snp->fixture->sev, &error), 0);
	mutex_unlock(&snp->fixture->sev.lock);
}

static void tcb_versions_are_told_by_part(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	const char *no_data = errno_name(test, -ENODATA);

	snp->status.current_tcb = MILAN(3, 0, 24, 219);
	snp->status.reported_tcb = MILAN(3, 0, 23, 219);
	learn_status(snp);
	expect_shown(test, &tcb_current_raw.file.attr, "0xdb18000000000003");
	expect_shown(test, &tcb_current_boot_loader.file.attr, "3");
	expect_shown(test, &tcb_current_tee.file.attr, "0");
	expect_shown(test, &tcb_current_snp.file.attr, "24");
	expect_shown(test, &tcb_current_microcode.file.attr, "219");
	expect_shown(test, &tcb_reported_snp.file.attr, "23");
	expect_shown(test, &tcb_current_fmc.file.attr, no_data);
	KUNIT_EXPECT_EQ(test, tcb_visible(NULL, &tcb_current_fmc.file.attr, 1), (umode_t)0);
	KUNIT_EXPECT_EQ(test, tcb_visible(NULL, &tcb_current_snp.file.attr, 4), (umode_t)0444);
	KUNIT_EXPECT_EQ(test, tcb_visible(NULL, &tcb_current_raw.file.attr, 0), (umode_t)0444);

	/* It is between the two; where they are equal, it is known. */
	expect_shown(test, &tcb_committed_raw.file.attr, no_data);
	snp->status.reported_tcb = snp->status.current_tcb;
	learn_status(snp);
	expect_shown(test, &tcb_committed_raw.file.attr, "0xdb18000000000003");
	expect_shown(test, &tcb_committed_snp.file.attr, "24");

	/* A processor whose layout is not known: as it is, and no part. */
	sev_fixture_cpu.x86 = 0x1b;
	expect_shown(test, &tcb_current_raw.file.attr, "0xdb18000000000003");
	KUNIT_EXPECT_EQ(test, tcb_visible(NULL, &tcb_current_raw.file.attr, 0), (umode_t)0444);
	KUNIT_EXPECT_EQ(test, tcb_visible(NULL, &tcb_current_snp.file.attr, 4), (umode_t)0);
	sev_fixture_cpu.x86 = 0x19;
}

static struct snp_mitigation_result mitigations;
static struct snp_cmd_verify_mitigation mitigation_asked;

static void answer_mitigations(struct fake_snp *snp, const struct sev_command *cmd, void *data)
{
	if (cmd->id != SNP_OP_VERIFY_MITIGATION)
		return;
	mitigation_asked = *(struct snp_cmd_verify_mitigation *)data;
	fake_snp_answer(snp, mitigation_asked.dst_paddr, &mitigations, sizeof(mitigations));
}

static struct fake_snp *with_mitigations(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);

	mitigations = (struct snp_mitigation_result){ .supported = 0x8000000000000005 };
	snp->act = answer_mitigations;
	snp->fixture->sev.snp.features.ecx = SNP_FEAT_ECX_VERIFY_MITIGATION;
	return snp;
}

static void mitigations_are_asked_for_once(struct kunit *test)
{
	struct fake_snp *snp = with_mitigations(test);
	u32 error;

	expect_shown(test, &attr_supported_show.attr, "0x8000000000000005");
	expect_shown(test, &attr_verified.attr, "0x0");
	fake_snp_expect_ops(snp, SNP_OP_VERIFY_MITIGATION);
	KUNIT_EXPECT_EQ(test, mitigation_asked.length, (u32)sizeof(mitigation_asked));
	KUNIT_EXPECT_EQ(test, mitigation_asked.subcommand, (u16)SNP_MITIGATION_STATUS);
	KUNIT_EXPECT_EQ(test, mitigation_asked.vector, 0ull);
	KUNIT_EXPECT_EQ(test, mitigation_asked.flags, SNP_MITIGATION_DST);

	/* When SNP comes or goes the firmware may have forgotten them. */
	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_init_locked(&snp->fixture->sev, &error), 0);
	mutex_unlock(&snp->fixture->sev.lock);
	KUNIT_ASSERT_TRUE(test, snp->fixture->sev.snp.up);
	snp->count = 0;
	mitigations.verified = 4;
	expect_shown(test, &attr_verified.attr, "0x4");
	fake_snp_expect_ops(snp, SNP_OP_VERIFY_MITIGATION);
	mutex_lock(&snp->fixture->sev.lock);
	KUNIT_EXPECT_EQ(test, sev_platform_stop_locked(&snp->fixture->sev), 0);
	mutex_unlock(&snp->fixture->sev.lock);
	snp->count = 0;
	expect_shown(test, &attr_verified.attr, "0x4");
	fake_snp_expect_ops(snp, SNP_OP_VERIFY_MITIGATION);
}

static void one_mitigation_at_a_time(struct kunit *test)
{
	static const struct {
		const char *text;
		ssize_t ret;
	} wrong[] = {
		{ "0\n", -EINVAL }, { "3\n", -EINVAL }, { "0x8000000000000001\n", -EINVAL },
		{ "\n", -EINVAL }, { "one\n", -EINVAL }, { "1 2\n", -EINVAL },
		{ "-1\n", -EINVAL }, { "0x10000000000000000\n", -ERANGE },
	};
	struct fake_snp *snp = with_mitigations(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ_MSG(test, verify(wrong[i].text), wrong[i].ret, "%s",
				    wrong[i].text);
	KUNIT_EXPECT_EQ(test, snp->count, 0u);

	mitigations.verified = 1ull << 63;
	KUNIT_EXPECT_EQ(test, verify("0x8000000000000000\n"), (ssize_t)19);
	fake_snp_expect_ops(snp, SNP_OP_VERIFY_MITIGATION);
	KUNIT_EXPECT_EQ(test, mitigation_asked.subcommand, (u16)SNP_MITIGATION_VERIFY);
	KUNIT_EXPECT_EQ(test, mitigation_asked.vector, 1ull << 63);
	/* The answer is the new state. */
	expect_shown(test, &attr_verified.attr, "0x8000000000000000");
	KUNIT_EXPECT_EQ(test, snp->count, 0u);
	KUNIT_EXPECT_FALSE(test, snp->fixture->sev.killable);
}

static void mitigation_that_does_not_hold_is_an_error(struct kunit *test)
{
	struct fake_snp *snp = with_mitigations(test);

	mitigations.failure = 7;
	KUNIT_EXPECT_EQ(test, verify("1"), (ssize_t)-EINVAL);
	expect_shown(test, &attr_verified.attr, "0x0");
	snp->count = 0;

	snp->fail_op = SNP_OP_VERIFY_MITIGATION;
	snp->fail_status = SEV_RET_INVALID_PARAM;
	KUNIT_EXPECT_EQ(test, verify("2"), (ssize_t)-EIO);
	expect_shown(test, &attr_last_failure_show.attr,
		     "SNP_VERIFY_MITIGATION INVALID_PARAM 0x16");
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&snp->fixture->sev.lock));

	snp->fixture->sev.mbox.dead = true;
	KUNIT_EXPECT_EQ(test, verify("1"), (ssize_t)-EBUSY);
	/* What was known is known still. */
	expect_shown(test, &attr_verified.attr, "0x0");
}

static bool is_there(const char *path)
{
	struct kernfs_node *dir = kernfs_find_and_get(firmware_kobj->sd, SEV_DIR);
	struct kernfs_node *node = dir && path ? kernfs_find_and_get(dir, path) : NULL;
	bool there = path ? node : dir;

	kernfs_put(node);
	kernfs_put(dir);
	return there;
}

static void publish(struct sev_device *sev)
{
	mutex_lock(&sev->lock);
	sev_sysfs_publish(sev);
	mutex_unlock(&sev->lock);
}

static void withdraw(struct sev_device *sev)
{
	sev_sysfs_withdraw(sev->sysfs);
	sev->sysfs = NULL;
}

static void directory_has_what_there_can_be(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct sev_device *sev = &snp->fixture->sev;

	sev->snp.rmp = NULL;
	publish(sev);
	KUNIT_EXPECT_TRUE(test, is_there("version"));
	KUNIT_EXPECT_TRUE(test, is_there("snp"));
	KUNIT_EXPECT_FALSE(test, is_there("tcb_current"));
	KUNIT_EXPECT_FALSE(test, is_there("vulnerabilities"));
	withdraw(sev);
	KUNIT_EXPECT_FALSE(test, is_there(NULL));

	sev->snp.rmp = &fake_rmp_ops;
	publish(sev);
	KUNIT_EXPECT_TRUE(test, is_there("tcb_current"));
	KUNIT_EXPECT_TRUE(test, is_there("tcb_committed"));
	KUNIT_EXPECT_FALSE(test, is_there("vulnerabilities"));
	withdraw(sev);

	sev->snp.features.ecx = SNP_FEAT_ECX_VERIFY_MITIGATION;
	publish(sev);
	KUNIT_EXPECT_TRUE(test, is_there("vulnerabilities"));
	withdraw(sev);
	KUNIT_EXPECT_FALSE(test, is_there(NULL));
	withdraw(sev);
}

static void directory_of_others_is_left_alone(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	struct kobject *other = kobject_create_and_add(SEV_DIR, firmware_kobj);

	KUNIT_ASSERT_NOT_NULL(test, other);
	publish(&snp->fixture->sev);
	KUNIT_EXPECT_NULL(test, snp->fixture->sev.sysfs);
	KUNIT_EXPECT_FALSE(test, is_there("version"));
	withdraw(&snp->fixture->sev);
	KUNIT_EXPECT_TRUE(test, is_there(NULL));
	kobject_del(other);
	kobject_put(other);
}

static int publish_once(struct kunit *test, void *ctx)
{
	struct sev_device *sev = ctx;
	bool made;

	publish(sev);
	made = sev->sysfs;
	KUNIT_EXPECT_EQ(test, is_there(NULL), made);
	KUNIT_EXPECT_EQ(test, is_there("vulnerabilities"), made);
	withdraw(sev);
	return made ? 0 : -ENOMEM;
}

static void directory_is_whole_or_not_there(struct kunit *test)
{
	struct fake_snp *snp = with_mitigations(test);

	fail_each_allocation(test, publish_once, &snp->fixture->sev);
}

static struct kunit_case sysfs_cases[] = {
	KUNIT_CASE(without_a_processor_there_is_no_device),
	KUNIT_CASE(state_is_what_is_known),
	KUNIT_CASE(version_that_is_not_known_is_no_version),
	KUNIT_CASE(last_failure_is_remembered),
	KUNIT_CASE(lock_is_not_waited_for),
	KUNIT_CASE(snp_says_why_it_is_off),
	KUNIT_CASE(features_have_names),
	KUNIT_CASE(tcb_versions_are_told_by_part),
	KUNIT_CASE(mitigations_are_asked_for_once),
	KUNIT_CASE(one_mitigation_at_a_time),
	KUNIT_CASE(mitigation_that_does_not_hold_is_an_error),
	KUNIT_CASE(directory_has_what_there_can_be),
	KUNIT_CASE(directory_of_others_is_left_alone),
	KUNIT_CASE(directory_is_whole_or_not_there),
	{}
};

static struct kunit_suite sysfs_suite = {
	.name = "sysfs",
	.test_cases = sysfs_cases,
};

kunit_test_suite(sysfs_suite);

MODULE_DESCRIPTION("KUnit suite: /sys/firmware/sev");
MODULE_LICENSE("GPL");
