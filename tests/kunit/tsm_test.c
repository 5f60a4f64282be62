// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports for configfs: what is asked of the firmware, and what becomes of what it
 * and the host answer. And why a machine is no SNP guest.
 */
#include <linux/tsm.h>

/* The kernel's own may not be loaded. */
#undef tsm_report_register
#undef tsm_report_unregister
#define tsm_report_register	fake_tsm_register
#define tsm_report_unregister	fake_tsm_unregister

#include "guest.h"

static const struct tsm_report_ops *registered;
static int register_result;

static int fake_tsm_register(const struct tsm_report_ops *ops, void *priv)
{
	if (!register_result)
		registered = ops;
	return register_result;
}

static int fake_tsm_unregister(const struct tsm_report_ops *ops)
{
	if (registered != ops)
		return -EBUSY;
	registered = NULL;
	return 0;
}

/* The level of this machine is 0; the tests have others. */
#include <compat/snp-guest.h>

static unsigned int vmpl_now;

static unsigned int fake_vmpl(void)
{
	return vmpl_now;
}

#define compat_snp_vmpl	fake_vmpl

#include "tsm.c"
#include "detect.c"

#include <kunit/device.h>
#include <kunit/test.h>

#include "fail-nth.h"

/**
 * struct tsm_fixture - what every case has
 * @guest: the device
 * @report: the report that is made
 * @ask: what was asked of the firmware
 * @answer: what it answers
 * @ret: result of asking
 * @needed: pages that the host asks for
 * @certs: shared pages
 * @host_certs: what the host writes there
 * @certs_out: pages that were handed out and not given back
 * @svsm: times that the service module was asked
 */
struct tsm_fixture {
	struct snp_guest guest;
	struct tsm_report report;
	struct snp_report_req ask;
	struct snp_report_resp answer;
	int ret;
	u64 needed;
	void *certs;
	u8 *host_certs;
	int certs_out;
	int svsm;
};

static struct tsm_fixture *fixture_now;

void *snp_guest_certs_get(struct snp_guest *guest)
{
	void *certs = kzalloc(SNP_CERTS_MAX, GFP_KERNEL);

	if (certs)
		fixture_now->certs_out++;
	return certs;
}

void snp_guest_certs_put(struct snp_guest *guest, void *certs)
{
	fixture_now->certs_out--;
	kfree(certs);
}

int snp_guest_report(struct snp_guest *guest, struct snp_request *req,
		     const struct snp_report_req *report, struct snp_report_resp *answer)
{
	struct tsm_fixture *fixture = fixture_now;

	fixture->ask = *report;
	*answer = fixture->answer;
	req->certs_needed = fixture->needed;
	if (req->extended && req->certs_pages == SNP_CERTS_PAGES)
		memcpy(req->certs, fixture->host_certs, SNP_CERTS_MAX);
	return fixture->ret;
}

int snp_svsm_report(struct snp_guest *guest, struct tsm_report *report)
{
	fixture_now->svsm++;
	return 0;
}

#define REPORT_SIZE	1184

static int tsm_fixture_init(struct kunit *test)
{
	struct tsm_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	u32 size = REPORT_SIZE;

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->host_certs = kunit_kzalloc(test, SNP_CERTS_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->host_certs);
	fixture->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->guest.dev);
	memset(fixture->answer.data, 0x99, sizeof(fixture->answer.data));
	memset(fixture->answer.data, 0, 32);
	memcpy(fixture->answer.data + 4, &size, sizeof(size));
	fixture->report.desc.inblob_len = 64;
	memset(fixture->report.desc.inblob, 0x31, 64);
	vmpl_now = 0;
	registered = NULL;
	register_result = 0;
	fixture_now = fixture;
	test->priv = fixture;
	return 0;
}

static void drop_blobs(struct tsm_report *report)
{
	kvfree(report->outblob);
	kvfree(report->auxblob);
	report->outblob = NULL;
	report->auxblob = NULL;
}

static void tsm_fixture_exit(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	if (!fixture)
		return;
	drop_blobs(&fixture->report);
	KUNIT_EXPECT_EQ(test, fixture->certs_out, 0);
}

static void add_cert(struct tsm_fixture *fixture, unsigned int slot, u32 offset, u32 length)
{
	struct snp_cert_entry *entry = (void *)fixture->host_certs;

	entry += slot;
	memset(entry->guid, 0x10 + slot, sizeof(entry->guid));
	entry->offset = offset;
	entry->length = length;
}

static void report_is_what_follows_the_header(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->report.outblob_len, (size_t)REPORT_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->report.outblob, 0x99, REPORT_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->ask.user_data, 0x31, 64));
	KUNIT_EXPECT_EQ(test, fixture->ask.vmpl, 0u);
	KUNIT_EXPECT_NULL(test, fixture->report.auxblob);
	KUNIT_EXPECT_EQ(test, fixture->report.auxblob_len, (size_t)0);
}

static void inblob_has_exactly_64_bytes(struct kunit *test)
{
	static const size_t sizes[] = { 0, 1, 63 };
	struct tsm_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fixture->report.desc.inblob_len = sizes[i];
		KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), -EINVAL);
	}
	KUNIT_EXPECT_NULL(test, fixture->report.outblob);
}

static void level_that_was_not_written_is_that_of_the_guest(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	fixture->guest.vmpl = 2;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->ask.vmpl, 2u);
	drop_blobs(&fixture->report);
	fixture->report.desc.privlevel = 3;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->ask.vmpl, 3u);
}

static void level_is_at_least_that_of_the_key(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;
	unsigned int vmpl, vmpck, level;

	for (vmpl = 0; vmpl < 4; vmpl++) {
		for (vmpck = 0; vmpck < SNP_VMPCK_COUNT; vmpck++) {
			fixture->guest.vmpl = vmpl;
			fixture->guest.vmpck = vmpck;
			snp_guest_tsm_register(&fixture->guest);
			level = max(vmpl, vmpck);
			KUNIT_EXPECT_EQ(test, registered->privlevel_floor, level);
			/* What is never written is 0. */
			KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
			KUNIT_EXPECT_EQ(test, fixture->ask.vmpl, level);
			drop_blobs(&fixture->report);
			snp_guest_tsm_unregister(&fixture->guest);
		}
	}
}

static void status_of_the_firmware_becomes_an_errno(struct kunit *test)
{
	static const struct {
		u32 status;
		int ret;
	} rows[] = {
		{ SEV_RET_INVALID_PARAM, -EINVAL },
		{ SEV_RET_INVALID_KEY, -EINVAL },
		{ SEV_RET_INVALID_GUEST, -ENXIO },
		{ 0xffff, -ENXIO },
	};
	struct tsm_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(fixture->answer.data, &rows[i].status, sizeof(u32));
		KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest),
				rows[i].ret);
		KUNIT_EXPECT_NULL(test, fixture->report.outblob);
	}
}

static void size_that_cannot_be_is_refused(struct kunit *test)
{
	static const u32 sizes[] = { 0, 4000 - 32 + 1, 0xffffffe0, 0xffffffff };
	struct tsm_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(fixture->answer.data + 4, &sizes[i], sizeof(u32));
		KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), -EBADMSG);
	}
}

static void error_of_the_request_is_that_of_the_file(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	fixture->ret = -ENOKEY;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), -ENOKEY);
	fixture->ret = -EIO;
	fixture->needed = 9;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), -EIO);
	KUNIT_EXPECT_NULL(test, fixture->report.outblob);
}

static void table_of_certificates_ends_with_the_last_one(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	add_cert(fixture, 0, 96, 1000);
	add_cert(fixture, 1, 3000, 500);
	add_cert(fixture, 2, 1096, 100);
	/* Behind the end of the table. */
	add_cert(fixture, 4, 8000, 100);
	memset(fixture->host_certs + 3000, 0xcc, 500);
	KUNIT_ASSERT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->report.auxblob_len, (size_t)3500);
	KUNIT_EXPECT_EQ(test, memcmp(fixture->report.auxblob, fixture->host_certs, 3500), 0);
}

static void lies_in_the_table_lead_nowhere(struct kunit *test)
{
	static const struct {
		u32 offset, length;
		size_t size;
	} rows[] = {
		{ 0xffffffff, 2, SNP_CERTS_MAX },	/* 1 in 32 bits */
		{ 0xfffff000, 0x2000, SNP_CERTS_MAX },
		{ 0x3fff, 2, SNP_CERTS_MAX },
		{ 0x3fff, 1, SNP_CERTS_MAX },
		{ 0, 0, 0 },
	};
	struct tsm_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		add_cert(fixture, 0, rows[i].offset, rows[i].length);
		KUNIT_ASSERT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
		KUNIT_EXPECT_EQ(test, fixture->report.auxblob_len, rows[i].size);
		drop_blobs(&fixture->report);
	}
	/* No end at all. */
	for (i = 0; i < SNP_CERTS_MAX / 24; i++)
		add_cert(fixture, i, 1, 1);
	KUNIT_ASSERT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->report.auxblob_len, (size_t)2);
}

static void only_the_service_module_is_a_provider(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;
	char svsm[] = "svsm", other[] = "svs";

	fixture->report.desc.service_provider = other;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), -EINVAL);
	fixture->report.desc.service_provider = svsm;
	KUNIT_EXPECT_EQ(test, tsm_report_new(&fixture->report, &fixture->guest), 0);
	KUNIT_EXPECT_EQ(test, fixture->svsm, 1);
	fixture->report.desc.service_provider = NULL;
}

static void files_about_services_are_there_below_level_0_only(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	snp_guest_tsm_register(&fixture->guest);
	KUNIT_ASSERT_PTR_EQ(test, registered, (const struct tsm_report_ops *)&fixture->guest.tsm);
	KUNIT_EXPECT_STREQ(test, registered->name, "sev_guest");
	for (vmpl_now = 0; vmpl_now <= 1; vmpl_now++) {
		bool below = vmpl_now;

		KUNIT_EXPECT_TRUE(test, registered->report_attr_visible(TSM_REPORT_PRIVLEVEL));
		KUNIT_EXPECT_TRUE(test, registered->report_bin_attr_visible(TSM_REPORT_AUXBLOB));
		KUNIT_EXPECT_EQ(test, registered->report_attr_visible(TSM_REPORT_SERVICE_GUID),
				below);
		KUNIT_EXPECT_EQ(test,
				registered->report_attr_visible(TSM_REPORT_SERVICE_PROVIDER),
				below);
		KUNIT_EXPECT_EQ(test,
				registered->report_bin_attr_visible(TSM_REPORT_MANIFESTBLOB),
				below);
		KUNIT_EXPECT_FALSE(test, registered->report_attr_visible(1000));
		KUNIT_EXPECT_FALSE(test, registered->report_bin_attr_visible(1000));
	}
	snp_guest_tsm_unregister(&fixture->guest);
	KUNIT_EXPECT_NULL(test, registered);
}

static void another_provider_is_left_alone(struct kunit *test)
{
	static const struct tsm_report_ops other = { .name = "other" };
	struct tsm_fixture *fixture = test->priv;

	registered = &other;
	register_result = -EBUSY;
	snp_guest_tsm_register(&fixture->guest);
	KUNIT_EXPECT_FALSE(test, fixture->guest.tsm_registered);
	snp_guest_tsm_unregister(&fixture->guest);
	KUNIT_EXPECT_PTR_EQ(test, registered, &other);
}

static int make_report(struct kunit *test, void *data)
{
	struct tsm_fixture *fixture = data;
	int ret = tsm_report_new(&fixture->report, &fixture->guest);

	drop_blobs(&fixture->report);
	return ret;
}

static void report_survives_every_failing_allocation(struct kunit *test)
{
	struct tsm_fixture *fixture = test->priv;

	add_cert(fixture, 0, 100, 100);
	fail_each_allocation(test, make_report, fixture);
}

static void every_machine_is_told_why_it_is_no_guest(struct kunit *test)
{
	static const struct {
		struct guest_facts facts;
		const char *says;
	} rows[] = {
		{ {}, "no virtual machine" },
		{ { .hypervisor = true }, "SEV is not active" },
		{ { .hypervisor = true, .encrypted = true }, "SEV is active" },
		{ { .hypervisor = true, .encrypted = true, .state_encrypted = true },
		  "SEV and SEV-ES are active" },
		{ { .hypervisor = true, .hyperv_snp = true }, "Hyper-V (Azure)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_NOT_NULL(test, strstr(guest_absence(&rows[i].facts), rows[i].says));
}

static void machine_of_this_test_is_no_guest_and_is_told_so(struct kunit *test)
{
	struct guest_facts facts;

	guest_facts(&facts);
	KUNIT_EXPECT_FALSE(test, facts.encrypted);
	KUNIT_EXPECT_FALSE(test, facts.hyperv_snp);
	snp_guest_explain_absence();
}

static struct kunit_case tsm_cases[] = {
	KUNIT_CASE(report_is_what_follows_the_header),
	KUNIT_CASE(inblob_has_exactly_64_bytes),
	KUNIT_CASE(level_that_was_not_written_is_that_of_the_guest),
	KUNIT_CASE(level_is_at_least_that_of_the_key),
	KUNIT_CASE(status_of_the_firmware_becomes_an_errno),
	KUNIT_CASE(size_that_cannot_be_is_refused),
	KUNIT_CASE(error_of_the_request_is_that_of_the_file),
	KUNIT_CASE(table_of_certificates_ends_with_the_last_one),
	KUNIT_CASE(lies_in_the_table_lead_nowhere),
	KUNIT_CASE(only_the_service_module_is_a_provider),
	KUNIT_CASE(files_about_services_are_there_below_level_0_only),
	KUNIT_CASE(another_provider_is_left_alone),
	KUNIT_CASE(report_survives_every_failing_allocation),
	KUNIT_CASE(every_machine_is_told_why_it_is_no_guest),
	KUNIT_CASE(machine_of_this_test_is_no_guest_and_is_told_so),
	{}
};

static struct kunit_suite tsm_suite = {
	.name = "tsm",
	.init = tsm_fixture_init,
	.exit = tsm_fixture_exit,
	.test_cases = tsm_cases,
};

kunit_test_suite(tsm_suite);

MODULE_DESCRIPTION("KUnit suite: reports for configfs");
MODULE_LICENSE("GPL");
