// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest messages: sealed as OpenSSL seals them, opened only if nothing was touched.
 */
#include "message.c"

#include <kunit/test.h>

#include "fail-nth.h"

/**
 * struct vector - a message that OpenSSL has sealed
 * @name: for people
 * @head: what it says about itself
 * @payload: what is in it
 * @page: what travels
 */
struct vector {
	const char *name;
	struct snp_msg_head head;
	const u8 *payload;
	const u8 *page;
};

#include "message-vectors.h"

/**
 * struct fixture - what every case has
 * @key: the key of the vectors
 * @msg: a message in private memory
 */
struct fixture {
	struct snp_msg_key *key;
	struct snp_msg_page *msg;
};

static int fixture_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	test->priv = fixture;
	fixture->msg = kunit_kzalloc(test, sizeof(*fixture->msg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->msg);
	fixture->key = snp_msg_key_new(vector_key);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fixture->key);
	return 0;
}

static void fixture_exit(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	if (fixture && !IS_ERR(fixture->key))
		snp_msg_key_free(fixture->key);
}

static bool is_request(const struct vector *vector)
{
	return vector->head.type & 1;
}

/* The request that a vector is the answer to. */
static struct snp_msg_head request_of(const struct vector *answer)
{
	struct snp_msg_head head = answer->head;

	head.seqno--;
	head.type--;
	return head;
}

static const struct vector *report_answer(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, vectors[1].head.type, SNP_MSG_REPORT + 1);
	return &vectors[1];
}

static bool all_zero(const void *memory, size_t size)
{
	return !memchr_inv(memory, 0, size);
}

static void requests_are_sealed_as_openssl_seals_them(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (!is_request(&vectors[i]))
			continue;
		memset(fixture->msg, 0xa5, sizeof(*fixture->msg));
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_seal(fixture->key, fixture->msg, &vectors[i].head,
						       vectors[i].payload), 0,
				    "%s", vectors[i].name);
		KUNIT_EXPECT_EQ_MSG(test,
				    memcmp(fixture->msg, vectors[i].page, sizeof(*fixture->msg)), 0,
				    "%s", vectors[i].name);
		count++;
	}
	KUNIT_EXPECT_GE(test, count, 14);
}

static void answers_sealed_by_openssl_open(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct snp_msg_head request = request_of(v);

		if (is_request(v))
			continue;
		memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_open(fixture->key, fixture->msg, &request,
						       v->head.size, NULL),
				    (int)v->head.size, "%s", v->name);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(fixture->msg->payload, v->payload, v->head.size),
				    0, "%s", v->name);
		count++;
	}
	KUNIT_EXPECT_GE(test, count, 6);
}

/* Opens the answer to the first report request with one bit changed. */
static bool opens_with_flipped_bit(struct kunit *test, size_t byte, unsigned int bit)
{
	const struct vector *v = report_answer(test);
	struct snp_msg_head request = request_of(v);
	struct fixture *fixture = test->priv;
	bool opened;

	memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
	((u8 *)fixture->msg)[byte] ^= 1 << bit;
	opened = snp_msg_open(fixture->key, fixture->msg, &request, SNP_MSG_PAYLOAD_MAX, NULL) >= 0;
	if (!opened)
		KUNIT_EXPECT_TRUE_MSG(test, all_zero(fixture->msg, sizeof(*fixture->msg)),
				      "byte %zu bit %u", byte, bit);
	return opened;
}

static void every_bit_of_an_answer_counts(struct kunit *test)
{
	const struct vector *v = report_answer(test);
	size_t end = offsetof(struct snp_msg_page, payload) + v->head.size;
	size_t byte;
	unsigned int bit;

	for (byte = 0; byte < end; byte++) {
		/* Room for tags that are longer, and reserved: not authenticated. */
		bool unused = (byte >= SNP_MSG_TAG_SIZE && byte < 0x20) ||
			      (byte >= 0x28 && byte < 0x30);

		for (bit = 0; bit < 8; bit++) {
			bool opened = opens_with_flipped_bit(test, byte, bit);

			KUNIT_EXPECT_EQ_MSG(test, opened, unused, "byte %zu bit %u", byte, bit);
		}
	}
}

/**
 * struct hostile - an answer that is not the answer to the request
 * @what: how it differs
 * @seqno: added to the sequence number of the request
 * @type: added to its type
 * @version: added to its version
 * @max: what the caller can take
 * @reason: what the log shall say
 */
struct hostile {
	const char *what;
	int seqno;
	int type;
	int version;
	size_t max;
	const char *reason;
};

static void answers_to_other_requests_are_refused(struct kunit *test)
{
	static const struct hostile rows[] = {
		{ "replayed", 2, 0, 0, 4000, "it has the wrong sequence number" },
		{ "ahead", -2, 0, 0, 4000, "it has the wrong sequence number" },
		{ "other type", 0, -2, 0, 4000, "it is of the wrong type" },
		{ "other version", 0, 0, 1, 4000, "it has the wrong version" },
		{ "does not fit", 0, 0, 0, 1215, "it is too long" },
	};
	const struct vector *v = report_answer(test);
	struct fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct snp_msg_head request = request_of(v);
		const char *reason = NULL;

		request.seqno += rows[i].seqno;
		request.type += rows[i].type;
		request.version += rows[i].version;
		memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_open(fixture->key, fixture->msg, &request,
						       rows[i].max, &reason),
				    -EBADMSG, "%s", rows[i].what);
		KUNIT_EXPECT_STREQ(test, reason, rows[i].reason);
		KUNIT_EXPECT_TRUE(test, all_zero(fixture->msg, sizeof(*fixture->msg)));
	}
}

static void lengths_that_lie_are_refused_before_decryption(struct kunit *test)
{
	static const u16 sizes[] = { 0, 1, 1200, 1215, 1217, 1232, 4000, 4001, 4096, 0xffff };
	const struct vector *v = report_answer(test);
	struct snp_msg_head request = request_of(v);
	struct fixture *fixture = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
		fixture->msg->header.size = sizes[i];
		/* Also if the caller believes that it can take anything. */
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_open(fixture->key, fixture->msg, &request,
						       SIZE_MAX, NULL),
				    -EBADMSG, "size %u", sizes[i]);
	}
}

static void own_request_does_not_open_as_its_answer(struct kunit *test)
{
	const struct vector *v = &vectors[0];
	struct fixture *fixture = test->priv;
	const char *reason = NULL;

	KUNIT_ASSERT_TRUE(test, is_request(v));
	/* What a host can do without the key: send it back with new numbers on it. */
	memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
	fixture->msg->header.seqno++;
	fixture->msg->header.type++;
	KUNIT_EXPECT_EQ(test, snp_msg_open(fixture->key, fixture->msg, &v->head, 4000, &reason),
			-EBADMSG);
	KUNIT_EXPECT_STREQ(test, reason, "its seal is broken");
}

static void another_key_opens_nothing(struct kunit *test)
{
	const struct vector *v = report_answer(test);
	struct snp_msg_head request = request_of(v);
	struct fixture *fixture = test->priv;
	struct snp_msg_key *other;
	u8 raw[SNP_VMPCK_SIZE];

	memcpy(raw, vector_key, sizeof(raw));
	raw[31] ^= 0x80;
	other = snp_msg_key_new(raw);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	memcpy(fixture->msg, v->page, sizeof(*fixture->msg));
	KUNIT_EXPECT_EQ(test, snp_msg_open(other, fixture->msg, &request, 4000, NULL), -EBADMSG);
	snp_msg_key_free(other);
}

static void requests_that_the_firmware_would_refuse_are_not_sealed(struct kunit *test)
{
	static const struct {
		const char *what;
		struct snp_msg_head head;
	} rows[] = {
		{ "empty", { 1, SNP_MSG_REPORT, 1, 0, 0 } },
		{ "no whole blocks", { 1, SNP_MSG_REPORT, 1, 0, 97 } },
		{ "longer than a page", { 1, SNP_MSG_REPORT, 1, 0, 4016 } },
		{ "no number", { 0, SNP_MSG_REPORT, 1, 0, 96 } },
		{ "number of an answer", { 2, SNP_MSG_REPORT, 1, 0, 96 } },
		{ "type of an answer", { 1, SNP_MSG_REPORT + 1, 1, 0, 96 } },
		{ "no version", { 1, SNP_MSG_REPORT, 0, 0, 96 } },
		{ "no such key", { 1, SNP_MSG_REPORT, 1, 4, 96 } },
	};
	struct fixture *fixture = test->priv;
	u8 *payload = kunit_kzalloc(test, SNP_MSG_PAGE_SIZE, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, payload);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(fixture->msg, 0, sizeof(*fixture->msg));
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_seal(fixture->key, fixture->msg,
						       &rows[i].head, payload),
				    -EINVAL, "%s", rows[i].what);
		KUNIT_EXPECT_TRUE_MSG(test, all_zero(fixture->msg, sizeof(*fixture->msg)), "%s",
				      rows[i].what);
	}
}

static void same_request_under_the_same_number_is_the_same_message(struct kunit *test)
{
	const struct vector *v = &vectors[0];
	struct snp_msg_page *again = kunit_kzalloc(test, sizeof(*again), GFP_KERNEL);
	struct fixture *fixture = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, again);
	KUNIT_ASSERT_EQ(test, snp_msg_seal(fixture->key, fixture->msg, &v->head, v->payload), 0);
	KUNIT_ASSERT_EQ(test, snp_msg_seal(fixture->key, again, &v->head, v->payload), 0);
	KUNIT_EXPECT_EQ(test, memcmp(fixture->msg, again, sizeof(*again)), 0);
}

/* The processor's instructions are used where they are; this is what else there is. */
static void cipher_without_instructions_seals_alike(struct kunit *test)
{
#ifdef COMPAT_GCM_AEAD
	struct snp_msg_key *key = kunit_kzalloc(test, sizeof(*key), GFP_KERNEL);
	struct fixture *fixture = test->priv;
	struct crypto_aead *tfm;
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, key);
	tfm = compat_gcm_portable();
	KUNIT_ASSERT_FALSE(test, IS_ERR(tfm));
	KUNIT_EXPECT_NULL(test, strstr(crypto_tfm_alg_driver_name(&tfm->base), "gcm-aesni"));
	KUNIT_ASSERT_EQ(test, compat_gcm_init_by(&key->gcm, tfm, vector_key), 0);
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (!is_request(&vectors[i]))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, snp_msg_seal(key, fixture->msg, &vectors[i].head,
						       vectors[i].payload), 0,
				    "%s", vectors[i].name);
		KUNIT_EXPECT_EQ_MSG(test,
				    memcmp(fixture->msg, vectors[i].page, sizeof(*fixture->msg)), 0,
				    "%s", vectors[i].name);
	}
	compat_gcm_destroy(&key->gcm);
#else
	kunit_skip(test, "the kernel has AES-GCM as a library");
#endif
}

/* A processor that has them, with the module for them, is not left waiting. */
static void cipher_with_instructions_is_preferred(struct kunit *test)
{
#ifdef COMPAT_GCM_AEAD
	struct crypto_aead *tfm = crypto_alloc_aead("generic-gcm-aesni", 0, 0);
	struct fixture *fixture = test->priv;
	const char *name;

	if (IS_ERR(tfm)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(tfm), -ENOENT);
		kunit_skip(test, "aesni_intel is not there");
	}
	crypto_free_aead(tfm);
	name = crypto_tfm_alg_driver_name(crypto_aead_tfm(fixture->key->gcm.tfm));
	KUNIT_EXPECT_STREQ(test, name, "generic-gcm-aesni");
#else
	kunit_skip(test, "the kernel has AES-GCM as a library");
#endif
}

static int make_key(struct kunit *test, void *unused)
{
	struct snp_msg_key *key = snp_msg_key_new(vector_key);

	if (IS_ERR(key))
		return PTR_ERR(key);
	snp_msg_key_free(key);
	return 0;
}

static void key_survives_every_failing_allocation(struct kunit *test)
{
	fail_each_allocation(test, make_key, NULL);
}

static struct kunit_case message_cases[] = {
	KUNIT_CASE(requests_are_sealed_as_openssl_seals_them),
	KUNIT_CASE(answers_sealed_by_openssl_open),
	KUNIT_CASE(every_bit_of_an_answer_counts),
	KUNIT_CASE(answers_to_other_requests_are_refused),
	KUNIT_CASE(lengths_that_lie_are_refused_before_decryption),
	KUNIT_CASE(own_request_does_not_open_as_its_answer),
	KUNIT_CASE(another_key_opens_nothing),
	KUNIT_CASE(requests_that_the_firmware_would_refuse_are_not_sealed),
	KUNIT_CASE(same_request_under_the_same_number_is_the_same_message),
	KUNIT_CASE(cipher_without_instructions_seals_alike),
	KUNIT_CASE(cipher_with_instructions_is_preferred),
	KUNIT_CASE(key_survives_every_failing_allocation),
	{}
};

static struct kunit_suite message_suite = {
	.name = "message",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = message_cases,
};

kunit_test_suite(message_suite);

MODULE_DESCRIPTION("KUnit suite: guest messages");
MODULE_LICENSE("GPL");
