// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every firmware status has a name and a sentence.
 */
#include "sev/status.c"

#include <kunit/test.h>

/* Numbers and names as the specification lists them. */
static const struct {
	u32 code;
	const char *name;
} published[] = {
	{ 0x00, "SUCCESS" }, { 0x01, "INVALID_PLATFORM_STATE" }, { 0x02, "INVALID_GUEST_STATE" },
	{ 0x03, "INVALID_CONFIG" }, { 0x04, "INVALID_LEN" }, { 0x05, "ALREADY_OWNED" },
	{ 0x06, "INVALID_CERTIFICATE" }, { 0x07, "POLICY_FAILURE" }, { 0x08, "INACTIVE" },
	{ 0x09, "INVALID_ADDRESS" }, { 0x0a, "BAD_SIGNATURE" }, { 0x0b, "BAD_MEASUREMENT" },
	{ 0x0c, "ASID_OWNED" }, { 0x0d, "INVALID_ASID" }, { 0x0e, "WBINVD_REQUIRED" },
	{ 0x0f, "DFFLUSH_REQUIRED" }, { 0x10, "INVALID_GUEST" }, { 0x11, "INVALID_COMMAND" },
	{ 0x12, "ACTIVE" }, { 0x13, "HWSEV_RET_PLATFORM" }, { 0x14, "HWSEV_RET_UNSAFE" },
	{ 0x15, "UNSUPPORTED" }, { 0x16, "INVALID_PARAM" }, { 0x17, "RESOURCE_LIMIT" },
	{ 0x18, "SECURE_DATA_INVALID" }, { 0x19, "INVALID_PAGE_SIZE" },
	{ 0x1a, "INVALID_PAGE_STATE" }, { 0x1b, "INVALID_MDATA_ENTRY" },
	{ 0x1c, "INVALID_PAGE_OWNER" }, { 0x1d, "AEAD_OFLOW" }, { 0x1f, "EXIT_RING_BUFFER" },
	{ 0x20, "RMP_INIT_REQUIRED" }, { 0x21, "BAD_SVN" }, { 0x22, "BAD_VERSION" },
	{ 0x23, "SHUTDOWN_REQUIRED" }, { 0x24, "UPDATE_FAILED" }, { 0x25, "RESTORE_REQUIRED" },
	{ 0x26, "RMP_INITIALIZATION_FAILED" }, { 0x27, "INVALID_KEY" },
	{ 0x28, "SHUTDOWN_INCOMPLETE" }, { 0x30, "INCORRECT_BUFFER_LENGTH" },
	{ 0x33, "SPDM_ERROR" }, { 0x3a, "IN_USE" },
	{ 0x3f, "SEV_STATUS_RESPONSE_TOO_LARGE" },
	/* The same about the page that holds the command. */
	{ 0x49, "INVALID_ADDRESS (command buffer)" },
	{ 0x5a, "INVALID_PAGE_STATE (command buffer)" },
	{ 0xffffffff, "NO_FW_CALL" },
};

static void names_are_those_of_the_specification(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(published); i++) {
		const struct sev_status_text *status = sev_status_find(published[i].code);

		KUNIT_EXPECT_STREQ(test, status->name, published[i].name);
		KUNIT_EXPECT_EQ(test, status->code, published[i].code);
	}
}

static void every_assigned_number_is_known(struct kunit *test)
{
	u32 code;

	for (code = 0; code < SEV_RET_MAX; code++) {
		bool assigned = code != 0x1e && code != 0x34 && (code < 0x29 || code > 0x2f);
		bool known = sev_status_find(code) != &sev_status_unknown;

		KUNIT_EXPECT_EQ_MSG(test, known, assigned, "status %#x", code);
	}
}

static void find_returns_the_row_of_the_number(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sev_statuses); i++) {
		const struct sev_status_row *row = &sev_statuses[i];

		KUNIT_EXPECT_PTR_EQ(test, sev_status_find(row->plain.code), &row->plain);
		KUNIT_EXPECT_PTR_EQ(test, sev_status_find(row->buffer.code), &row->buffer);
		KUNIT_EXPECT_EQ(test, row->buffer.code, row->plain.code + 0x40);
	}
}

static void every_number_says_something(struct kunit *test)
{
	u32 code;

	for (code = 0; code <= 0x10000; code++) {
		const struct sev_status_text *status = sev_status_find(code);

		KUNIT_ASSERT_NOT_NULL(test, status);
		KUNIT_EXPECT_GT(test, strlen(status->name), 0);
		KUNIT_EXPECT_GT(test, strlen(status->text), 0);
		/* One line of the log. */
		KUNIT_EXPECT_NULL(test, strchr(status->text, '\n'));
	}
}

static void numbers_of_other_firmware_are_told_apart(struct kunit *test)
{
	static const u32 foreign[] = { 0x100, 0x8003, 0x8004, 0x9000, 0xffff, 0xfffffffe };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		const struct sev_status_text *status = sev_status_find(foreign[i]);

		KUNIT_EXPECT_TRUE(test, sev_status_is_foreign(status));
		KUNIT_EXPECT_STREQ(test, status->name, "NOT_A_SEV_STATUS");
		KUNIT_EXPECT_NOT_NULL(test, strstr(status->text, "is not running"));
		KUNIT_EXPECT_NOT_NULL(test, strstr(sev_status_while_running(status),
						   "failed inside this command"));
	}
	KUNIT_EXPECT_STREQ(test, sev_status_find(0xff)->name, "UNKNOWN");
	KUNIT_EXPECT_PTR_EQ(test, sev_status_while_running(sev_status_find(SEV_RET_ASID_OWNED)),
			    sev_status_find(SEV_RET_ASID_OWNED)->text);
}

static struct kunit_case status_cases[] = {
	KUNIT_CASE(names_are_those_of_the_specification),
	KUNIT_CASE(every_assigned_number_is_known),
	KUNIT_CASE(find_returns_the_row_of_the_number),
	KUNIT_CASE(every_number_says_something),
	KUNIT_CASE(numbers_of_other_firmware_are_told_apart),
	{}
};

static struct kunit_suite status_suite = {
	.name = "status",
	.test_cases = status_cases,
};

kunit_test_suite(status_suite);

MODULE_DESCRIPTION("KUnit suite: firmware status table");
MODULE_LICENSE("GPL");
