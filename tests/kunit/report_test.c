// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest: what a program gets for which argument.
 */
#include "report-fixture.h"
#include "fail-nth.h"

static void report_comes_with_its_header_and_leaves_the_argument_alone(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = arg_of(fixture);
	u8 *answer = at(fixture, USER_RESP);

	report_of(fixture);
	memset(answer, 0xee, 4096);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), 0l);
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0x1234ull);
	KUNIT_EXPECT_EQ(test, answer[4], (u8)FAKE_REPORT_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(answer + 32, 0x77, 64));
	/* All of the 4000 bytes are written, no more. */
	KUNIT_EXPECT_NULL(test, memchr_inv(answer + 128, 0, 4000 - 128));
	KUNIT_EXPECT_NULL(test, memchr_inv(answer + 4000, 0xee, 96));
	KUNIT_EXPECT_EQ(test, fixture->copies, 3u);
}

static void derived_key_comes_whole(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_derived_key_req *key = at(fixture, USER_REQ);
	u8 *answer = at(fixture, USER_RESP);

	arg_of(fixture);
	memset(key, 0, sizeof(*key));
	key->tcb_version = 0xd315000000000004ull;
	memset(answer, 0xee, 128);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_DERIVED_KEY), 0l);
	KUNIT_EXPECT_EQ(test, memcmp(answer + 32, key, sizeof(*key)), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(answer + 64, 0xee, 64));
}

static void calls_that_cannot_be_end_before_the_firmware_is_asked(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = arg_of(fixture);

	report_of(fixture);
	arg->msg_version = 0;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0x1234ull);

	arg = arg_of(fixture);
	arg->req_data = 0;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0xffull);
	arg = arg_of(fixture);
	arg->resp_data = 0;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_DERIVED_KEY), (long)-EINVAL);

	arg_of(fixture);
	KUNIT_EXPECT_EQ(test, call(fixture, _IOWR('S', 3, struct snp_guest_request_ioctl)),
			(long)-ENOTTY);
	KUNIT_EXPECT_EQ(test, call(fixture, _IOWR('S', 0, u64)), (long)-ENOTTY);
	/* What isatty() asks of every file. */
	KUNIT_EXPECT_EQ(test, call(fixture, 0x5401), (long)-ENOTTY);
	KUNIT_EXPECT_EQ(test, fixture->copies, 0u);
	KUNIT_EXPECT_EQ(test, fixture->channel->host->exchanges, 0ull);
}

static void message_versions_that_no_firmware_knows_are_not_sent(struct kunit *test)
{
	static const struct {
		unsigned int cmd;
		u8 version;
	} rows[] = {
		{ SNP_GET_REPORT, 2 }, { SNP_GET_REPORT, 255 }, { SNP_GET_EXT_REPORT, 2 },
		{ SNP_GET_DERIVED_KEY, 3 }, { SNP_GET_DERIVED_KEY, 255 },
	};
	struct report_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct snp_guest_request_ioctl *arg = arg_of(fixture);

		memset(at(fixture, USER_REQ), 0, sizeof(struct snp_ext_report_req));
		arg->msg_version = rows[i].version;
		KUNIT_EXPECT_EQ(test, call(fixture, rows[i].cmd), (long)-EINVAL);
		KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0xffull);
	}
	KUNIT_EXPECT_EQ(test, fixture->channel->host->exchanges, 0ull);
	KUNIT_EXPECT_EQ(test, fixture->channel->host->secrets->os.seqno[0], 0u);
}

static void level_that_is_not_the_guests_is_refused_with_an_errno_of_its_own(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = arg_of(fixture);
	struct snp_derived_key_req *key = at(fixture, USER_REQ);

	fixture->guest->vmpl = 2;
	report_of(fixture)->vmpl = 1;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-EACCES);
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0xffull);
	memset(key, 0, sizeof(*key));
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_DERIVED_KEY), (long)-EACCES);
	ext_of(fixture, 0, 0);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_EXT_REPORT), (long)-EACCES);
	KUNIT_EXPECT_EQ(test, fixture->channel->host->exchanges, 0ull);

	arg_of(fixture);
	report_of(fixture)->vmpl = 2;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), 0l);
}

static void every_copy_that_fails_is_efault(struct kunit *test)
{
	static const unsigned int cmds[] = {
		SNP_GET_REPORT, SNP_GET_DERIVED_KEY, SNP_GET_EXT_REPORT,
	};
	struct report_fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		unsigned int failing, copies;

		arg_of(fixture);
		ext_of(fixture, USER_CERTS, 0x4000);
		memset(at(fixture, USER_REQ), 0, 64);
		fixture->fail_copy = 0;
		KUNIT_ASSERT_EQ(test, call(fixture, cmds[i]), 0l);
		copies = fixture->copies;
		KUNIT_EXPECT_GE(test, copies, 3u);
		for (failing = 1; failing <= copies; failing++) {
			arg_of(fixture);
			fixture->fail_copy = failing;
			KUNIT_EXPECT_EQ(test, call(fixture, cmds[i]), (long)-EFAULT);
		}
		fixture->fail_copy = 0;
	}
	arg_of(fixture);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), 0l);
}

static void certificates_come_with_the_report(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	u8 *certs = at(fixture, USER_CERTS);

	arg_of(fixture);
	ext_of(fixture, USER_CERTS, 0x2000);
	fixture->channel->host->certs_pages = 2;
	fixture->certs = 0xc7;
	memset(certs, 0xee, 0x4000);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_EXT_REPORT), 0l);
	KUNIT_EXPECT_NULL(test, memchr_inv(certs, 0xc7, 0x1000));
	/* What the host did not write is zero, what was not asked for untouched. */
	KUNIT_EXPECT_NULL(test, memchr_inv(certs + 0x1000, 0, 0x1000));
	KUNIT_EXPECT_NULL(test, memchr_inv(certs + 0x2000, 0xee, 0x2000));
}

static void pages_for_certificates_are_kept_and_hold_nothing_old(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	void *first, *second;

	first = snp_guest_certs_get(fixture->guest);
	KUNIT_ASSERT_NOT_NULL(test, first);
	second = snp_guest_certs_get(fixture->guest);
	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	memset(first, 0xaa, SNP_CERTS_MAX);
	snp_guest_certs_put(fixture->guest, first);
	KUNIT_EXPECT_EQ(test, fixture->shared, 8);
	snp_guest_certs_put(fixture->guest, second);
	KUNIT_EXPECT_EQ(test, fixture->shared, 4);
	KUNIT_EXPECT_PTR_EQ(test, snp_guest_certs_get(fixture->guest), first);
	KUNIT_EXPECT_NULL(test, memchr_inv(first, 0, SNP_CERTS_MAX));
	snp_guest_certs_put(fixture->guest, first);
}

/**
 * struct certs_rule - a buffer for certificates, and what comes of it
 * @what: for people
 * @address: where it is
 * @len: its bytes
 * @ret: result
 * @needed: length that the caller finds afterwards
 */
struct certs_rule {
	const char *what;
	u64 address;
	u32 len;
	long ret;
	u32 needed;
};

static void buffers_for_certificates_have_rules(struct kunit *test)
{
	static const struct certs_rule rules[] = {
		{ "enough", USER_CERTS, 0x3000, 0, 0x3000 },
		{ "more than enough", USER_CERTS, 0x4000, 0, 0x4000 },
		{ "too small", USER_CERTS, 0x2000, -EIO, 0x3000 },
		{ "question for the length", 0, 0, -EIO, 0x3000 },
		{ "length without address", 0, 0x4000, -EIO, 0x3000 },
		{ "address without length", USER_CERTS, 0, -EIO, 0x3000 },
		{ "no whole pages", USER_CERTS, 0x3001, -EINVAL, 0x3001 },
		{ "part of a page", USER_CERTS, 0x800, -EINVAL, 0x800 },
		{ "more than can be", USER_CERTS, 0x5000, -EINVAL, 0x5000 },
		{ "far more", USER_CERTS, 0xfffff000, -EINVAL, 0xfffff000 },
		{ "kernel memory", 0xffff888000000000ull, 0x4000, -EFAULT, 0x4000 },
	};
	struct report_fixture *fixture = test->priv;
	size_t i;

	fixture->channel->host->certs_pages = 3;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		struct snp_guest_request_ioctl *arg = arg_of(fixture);
		struct snp_ext_report_req *ext = ext_of(fixture, rules[i].address, rules[i].len);
		long ret = call(fixture, SNP_GET_EXT_REPORT);

		KUNIT_EXPECT_EQ_MSG(test, ret, rules[i].ret, "%s", rules[i].what);
		KUNIT_EXPECT_EQ_MSG(test, ext->certs_len, rules[i].needed, "%s", rules[i].what);
		KUNIT_EXPECT_EQ_MSG(test, arg->exitinfo2,
				    ret == -EIO ? 1ull << 32 : ret ? 0xffull : 0x1234ull,
				    "%s", rules[i].what);
	}
}

static void nonsense_of_the_host_does_not_become_a_length(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_ext_report_req *ext = ext_of(fixture, USER_CERTS, 0x1000);

	arg_of(fixture);
	fixture->channel->host->certs_pages = 0x100000;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_EXT_REPORT), (long)-EIO);
	KUNIT_EXPECT_EQ(test, ext->certs_len, 0x1000u);
}

#ifdef CONFIG_COMPAT
static void programs_of_32_bits_are_served(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_request_ioctl32 *arg = at(fixture, USER_ARG);
	struct snp_ext_report_req *ext = ext_of(fixture, USER_CERTS, 0x1000);
	unsigned int cmd = _IOC(_IOC_READ | _IOC_WRITE, 'S', 2, 28);

	*arg = (struct snp_request_ioctl32) {
		.msg_version = 1,
		.req_data = USER_REQ,
		.resp_data = USER_RESP,
	};
	/* There is no padding behind the length in their struct. */
	memset((u8 *)ext + 108, 0xee, 4);
	fixture->channel->host->certs_pages = 4;
	KUNIT_EXPECT_EQ(test, snp_guest_compat_ioctl(&fixture->file, cmd, USER_ARG), (long)-EIO);
	KUNIT_EXPECT_EQ(test, ext->certs_len, 0x4000u);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)ext + 108, 0xee, 4));
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 1ull << 32);

	KUNIT_EXPECT_EQ(test, snp_guest_compat_ioctl(&fixture->file, cmd, USER_ARG), 0l);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)at(fixture, USER_RESP) + 32, 0x66, 64));

	/* And those that have the numbers of 64-bit programs. */
	arg_of(fixture);
	KUNIT_EXPECT_EQ(test, snp_guest_compat_ioctl(&fixture->file, SNP_GET_REPORT, USER_ARG), 0l);
	KUNIT_EXPECT_EQ(test, snp_guest_compat_ioctl(&fixture->file, _IO('S', 0), USER_ARG),
			(long)-ENOTTY);
}
#endif

static void unbound_driver_answers_enodev(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = arg_of(fixture);

	report_of(fixture);
	fixture->guest->gone = true;
	fixture->guest->transport.ctx = NULL;
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-ENODEV);
	KUNIT_EXPECT_EQ(test, arg->exitinfo2, 0xffull);
	fixture->guest->transport.ctx = fixture->channel;
}

static void lost_key_has_an_errno_of_its_own(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;

	fixture_close(fixture->channel);
	fake_guest_host_rewind(fixture->channel->host, 0xfffffffe, 0);
	fixture_reopen(fixture->channel);
	arg_of(fixture);
	report_of(fixture);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-ENOKEY);
	arg_of(fixture);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-ENOKEY);
	KUNIT_EXPECT_EQ(test, fixture->channel->host->exchanges, 0ull);
}

static void refusal_shows_what_host_and_firmware_said(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	struct snp_guest_request_ioctl *arg = arg_of(fixture);

	report_of(fixture);
	fixture_script(fixture->channel, HOST_CLAIMS_PARAM);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-EIO);
	KUNIT_EXPECT_EQ(test, arg->fw_error, (u32)SEV_RET_INVALID_PARAM);
	KUNIT_EXPECT_EQ(test, arg->vmm_error, 0u);

	arg = arg_of(fixture);
	fixture_script(fixture->channel, HOST_NO_EXIT);
	KUNIT_EXPECT_EQ(test, call(fixture, SNP_GET_REPORT), (long)-EIO);
}

static void pages_that_cannot_be_made_private_are_not_given_back(struct kunit *test)
{
	struct report_fixture *fixture = test->priv;
	u8 *pages = snp_shared_alloc(fixture->guest->dev, 1);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_EXPECT_NULL(test, memchr_inv(pages, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(pages)), 1);
	fixture->set_memory_fails = true;
	snp_shared_free(fixture->guest->dev, pages, 1);
	/* Still ours. */
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(pages)), 1);
	KUNIT_EXPECT_NULL(test, snp_shared_alloc(fixture->guest->dev, 2));
	fixture->set_memory_fails = false;
	snp_shared_free(fixture->guest->dev, pages, 1);
}

static int ask_extended(struct kunit *test, void *data)
{
	struct report_fixture *fixture = data;
	int ret;

	arg_of(fixture);
	ext_of(fixture, USER_CERTS, 0x1000);
	/* Begin without pages for certificates. */
	snp_shared_free(fixture->guest->dev, xchg(&fixture->guest->certs, NULL), SNP_CERTS_PAGES);
	ret = call(fixture, SNP_GET_EXT_REPORT);
	return ret;
}

static void report_survives_every_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, ask_extended, test->priv);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(report_comes_with_its_header_and_leaves_the_argument_alone),
	KUNIT_CASE(derived_key_comes_whole),
	KUNIT_CASE(calls_that_cannot_be_end_before_the_firmware_is_asked),
	KUNIT_CASE(message_versions_that_no_firmware_knows_are_not_sent),
	KUNIT_CASE(level_that_is_not_the_guests_is_refused_with_an_errno_of_its_own),
	KUNIT_CASE(every_copy_that_fails_is_efault),
	KUNIT_CASE(certificates_come_with_the_report),
	KUNIT_CASE(pages_for_certificates_are_kept_and_hold_nothing_old),
	KUNIT_CASE(buffers_for_certificates_have_rules),
	KUNIT_CASE(nonsense_of_the_host_does_not_become_a_length),
#ifdef CONFIG_COMPAT
	KUNIT_CASE(programs_of_32_bits_are_served),
#endif
	KUNIT_CASE(unbound_driver_answers_enodev),
	KUNIT_CASE(lost_key_has_an_errno_of_its_own),
	KUNIT_CASE(refusal_shows_what_host_and_firmware_said),
	KUNIT_CASE(pages_that_cannot_be_made_private_are_not_given_back),
	KUNIT_CASE(report_survives_every_failing_allocation),
	{}
};

static struct kunit_suite report_suite = {
	.name = "report",
	.init = report_fixture_init,
	.exit = report_fixture_exit,
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);

MODULE_DESCRIPTION("KUnit suite: /dev/sev-guest");
MODULE_LICENSE("GPL");
