// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of a service module: how room for them is agreed upon, and what a module
 * says that can't be.
 *
 * Kernels: 6.12 7.2 7.3
 */
#include <linux/tsm.h>

#include <compat/snp-guest.h>

static int fake_svsm(u64 code, struct svsm_call *call, struct svsm_attest_call *attest);

#define snp_issue_svsm_attest_req fake_svsm

#include "svsm.c"

#include <kunit/device.h>
#include <kunit/test.h>

MODULE_LICENSE("GPL");

#define MAX_CALLS	16

/**
 * struct svsm_fixture - what every case has
 * @guest: the device
 * @report: what is asked for
 * @calls: how often the module was asked
 * @code: what the last call was
 * @asked: what it was about
 * @nonce: the nonce in it
 * @wants: lengths that the module wants to have: report, manifest, certificates
 * @says: lengths that it answers with; as it wants them if 0
 * @result: what it says if it has room enough
 * @always_more: it wants a page more each time
 */
struct svsm_fixture {
	struct snp_guest guest;
	struct tsm_report report;
	unsigned int calls;
	u64 code;
	struct svsm_attest_call asked;
	u8 nonce[64];
	u32 wants[3];
	u32 says[3];
	u64 result;
	bool always_more;
};

static struct svsm_fixture *fixture_now;

static void answer_with(struct svsm_loc_entry *entry, u32 len, u8 fill)
{
	if (len <= entry->len)
		memset(__va(entry->pa), fill, len);
	entry->len = len;
}

static int fake_svsm(u64 code, struct svsm_call *call, struct svsm_attest_call *attest)
{
	struct svsm_loc_entry *room[3] = { &attest->report_buf, &attest->manifest_buf,
					   &attest->certificates_buf };
	struct svsm_fixture *fixture = fixture_now;
	bool enough = true;
	int i;

	if (++fixture->calls > MAX_CALLS)
		return -EIO;
	fixture->code = code;
	fixture->asked = *attest;
	memcpy(fixture->nonce, __va(attest->nonce.pa), min_t(u32, attest->nonce.len, 64));
	for (i = 0; i < 3; i++) {
		if (fixture->always_more)
			fixture->wants[i] = room[i]->len + 1;
		enough &= fixture->wants[i] <= room[i]->len;
	}
	if (enough && fixture->result) {
		call->rax_out = fixture->result;
		return -EINVAL;
	}
	for (i = 0; i < 3; i++)
		answer_with(room[i],
			    enough && fixture->says[i] ? fixture->says[i] : fixture->wants[i],
			    0xa0 + i);
	if (enough)
		return 0;
	call->rax_out = SVSM_ERR_INVALID_PARAMETER;
	return -EINVAL;
}

static void drop_blobs(struct svsm_fixture *fixture)
{
	kvfree(fixture->report.outblob);
	kvfree(fixture->report.auxblob);
	kvfree(fixture->report.manifestblob);
	fixture->report.outblob = NULL;
	fixture->report.auxblob = NULL;
	fixture->report.manifestblob = NULL;
}

static int svsm_fixture_init(struct kunit *test)
{
	struct svsm_fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->guest.dev = kunit_device_register(test, "sev-guest");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->guest.dev);
	fixture->guest.vmpl = 2;
	fixture->report.desc.inblob_len = 64;
	memset(fixture->report.desc.inblob, 0x31, 64);
	fixture->wants[0] = 1184;
	fixture->wants[1] = 100;
	fixture->wants[2] = 5000;
	fixture_now = fixture;
	test->priv = fixture;
	return 0;
}

static void svsm_fixture_exit(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	if (fixture)
		drop_blobs(fixture);
	fixture_now = NULL;
}

static void expect_blob(struct kunit *test, const u8 *blob, size_t len, size_t wanted, u8 fill)
{
	KUNIT_EXPECT_EQ(test, len, wanted);
	KUNIT_ASSERT_NOT_NULL(test, blob);
	KUNIT_EXPECT_NULL(test, memchr_inv(blob, fill, wanted));
}

static void expect_blobs(struct svsm_fixture *fixture, struct kunit *test)
{
	struct tsm_report *report = &fixture->report;

	expect_blob(test, report->outblob, report->outblob_len, fixture->wants[0], 0xa0);
	expect_blob(test, report->manifestblob, report->manifestblob_len, fixture->wants[1], 0xa1);
	expect_blob(test, report->auxblob, report->auxblob_len, fixture->wants[2], 0xa2);
}

static void report_manifest_and_certificates_come_out(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	KUNIT_ASSERT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), 0);
	expect_blobs(fixture, test);
	KUNIT_EXPECT_EQ(test, fixture->calls, 1u);
	KUNIT_EXPECT_EQ(test, fixture->code, SVSM_ATTEST_CALL(SVSM_ATTEST_SERVICES));
	KUNIT_EXPECT_EQ(test, fixture->asked.nonce.len, 64u);
	KUNIT_EXPECT_NULL(test, memchr_inv(fixture->nonce, 0x31, 64));
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(fixture->asked.report_buf.pa));
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(fixture->asked.certificates_buf.pa));
}

static void one_service_is_named_by_its_guid(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;
	guid_t guid = GUID_INIT(0x12345678, 0x1234, 0x5678, 1, 2, 3, 4, 5, 6, 7, 8);
	u8 raw[16];

	fixture->report.desc.service_guid = guid;
	fixture->report.desc.service_manifest_version = 7;
	KUNIT_ASSERT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), 0);
	export_guid(raw, &guid);
	KUNIT_EXPECT_EQ(test, fixture->code, SVSM_ATTEST_CALL(SVSM_ATTEST_SINGLE_SERVICE));
	KUNIT_EXPECT_EQ(test, memcmp(fixture->asked.service_guid, raw, 16), 0);
	KUNIT_EXPECT_EQ(test, fixture->asked.service_manifest_ver, 7u);
}

static void module_that_wants_more_room_gets_it(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	fixture->wants[0] = SZ_4K + 1;
	fixture->wants[1] = SVSM_BLOB_MAX;
	fixture->wants[2] = SZ_64K - 5;
	KUNIT_ASSERT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), 0);
	KUNIT_EXPECT_EQ(test, fixture->calls, 2u);
	expect_blobs(fixture, test);
	KUNIT_EXPECT_EQ(test, fixture->asked.report_buf.len, (u32)SZ_8K);
	KUNIT_EXPECT_EQ(test, fixture->asked.certificates_buf.len, (u32)SZ_64K);
}

static void room_that_is_never_enough_ends(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	fixture->always_more = true;
	KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->calls, (unsigned int)SVSM_TRIES);
	KUNIT_EXPECT_NULL(test, fixture->report.outblob);
}

static void lengths_that_cannot_be_wanted_are_not_given(struct kunit *test)
{
	static const u32 lengths[] = { SVSM_BLOB_MAX + 1, 0x7fffffff, 0xfffff001, U32_MAX };
	struct svsm_fixture *fixture = test->priv;
	size_t i, which;

	for (which = 0; which < 3; which++) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			u32 before = fixture->wants[which];

			fixture->calls = 0;
			fixture->wants[which] = lengths[i];
			KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report),
					-EINVAL);
			KUNIT_EXPECT_EQ(test, fixture->calls, 1u);
			fixture->wants[which] = before;
		}
	}
	KUNIT_EXPECT_NULL(test, fixture->report.outblob);
}

static void answer_longer_than_its_room_is_not_believed(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;
	size_t which;

	for (which = 0; which < 3; which++) {
		memset(fixture->says, 0, sizeof(fixture->says));
		fixture->says[which] = SZ_64K;
		KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), -EBADMSG);
		drop_blobs(fixture);
	}
}

static void refusal_is_einval_at_once(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	fixture->result = SVSM_ERR_INVALID_REQUEST;
	KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->calls, 1u);
	/* The same word as for too little room, but there is enough of it. */
	fixture->result = SVSM_ERR_INVALID_PARAMETER;
	KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->calls, 2u);
}

static void at_level_0_there_is_no_module_to_ask(struct kunit *test)
{
	struct svsm_fixture *fixture = test->priv;

	fixture->guest.vmpl = 0;
	KUNIT_EXPECT_EQ(test, snp_svsm_report(&fixture->guest, &fixture->report), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture->calls, 0u);
}

static struct kunit_case svsm_cases[] = {
	KUNIT_CASE(report_manifest_and_certificates_come_out),
	KUNIT_CASE(one_service_is_named_by_its_guid),
	KUNIT_CASE(module_that_wants_more_room_gets_it),
	KUNIT_CASE(room_that_is_never_enough_ends),
	KUNIT_CASE(lengths_that_cannot_be_wanted_are_not_given),
	KUNIT_CASE(answer_longer_than_its_room_is_not_believed),
	KUNIT_CASE(refusal_is_einval_at_once),
	KUNIT_CASE(at_level_0_there_is_no_module_to_ask),
	{}
};

static struct kunit_suite svsm_suite = {
	.name = "svsm",
	.init = svsm_fixture_init,
	.exit = svsm_fixture_exit,
	.test_cases = svsm_cases,
};

kunit_test_suite(svsm_suite);
