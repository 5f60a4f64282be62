// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic boost control: both ways to the firmware, what its statuses become, and
 * what a program may ask for.
 */
#include "dbc.c"

#include "fail-nth.h"
#include "fake-psp.h"

static struct dbc_device *dbc_of(const struct psp_device *psp)
{
	return psp->part[PSP_ROLE_DBC];
}

#define SCRIPT	4

/**
 * struct boost - the firmware
 * @ext: requests come by the PSP mailbox, else by the platform-access mailbox
 * @ret: what becomes of each request; the last one goes for all that follow
 * @status: their status
 * @count: entries in use
 * @requests: how many came
 * @service: what the last one asked for
 * @len: its payload
 * @payload: its payload
 */
struct boost {
	bool ext;
	int ret[SCRIPT];
	u32 status[SCRIPT];
	unsigned int count;
	unsigned int requests;
	u32 service;
	size_t len;
	u8 payload[64];
};

#define ANSWER	0xa5

/* The firmware's half of both ways. */
static int boost_serve(struct fake_psp *fake, u32 service, void *payload, size_t len,
		       u32 *status)
{
	struct boost *fw = fake->priv;
	unsigned int n = min(fw->requests, fw->count - 1);

	fw->requests++;
	fw->service = service;
	fw->len = len;
	KUNIT_ASSERT_LE(fake->test, len, sizeof(fw->payload));
	memcpy(fw->payload, payload, len);
	if (!fw->ret[n])
		memset(payload, ANSWER, len);
	*status = fw->status[n];
	return fw->ret[n];
}

static int boost_ext(struct fake_psp *fake, u32 cmd, void *buf, u32 *status)
{
	struct boost *fw = fake->priv;
	struct psp_ext_header *header = buf;
	int ret;

	KUNIT_EXPECT_TRUE(fake->test, fw->ext);
	KUNIT_EXPECT_EQ(fake->test, cmd, 14);
	KUNIT_EXPECT_EQ(fake->test, header->status, 0);
	ret = boost_serve(fake, header->service, buf + 12, header->size - 12, status);
	/* The mailbox itself knows no refusal, only a status. */
	return ret == -EIO ? 0 : ret;
}

int access_send(struct psp_device *psp, u32 service, struct psp_access_header *req)
{
	struct fake_psp *fake = to_fake(psp);
	struct boost *fw = fake->priv;

	KUNIT_EXPECT_FALSE(fake->test, fw->ext);
	return boost_serve(fake, service, req + 1, req->size - 8, &req->status);
}

static struct fake_psp *boost_new(struct kunit *test, bool ext)
{
	struct fake_psp *fake = fake_psp_new(test);
	struct boost *fw = kunit_kzalloc(test, sizeof(*fw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fw);
	fw->ext = ext;
	fw->count = 1;
	fake->ext = boost_ext;
	fake->priv = fw;
	fake->psp.capability = ext ? PSP_CAP_DBC_EXTENDED : 0;
	return fake;
}

static void boost_down(void *ctx)
{
	struct psp_device *psp = ctx;

	if (dbc_of(psp) && !dbc_of(psp)->gone)
		part_destroy(psp, &dbc_part);
}

static struct fake_psp *boost_up(struct kunit *test, bool ext)
{
	struct fake_psp *fake = boost_new(test, ext);
	struct boost *fw = fake->priv;

	KUNIT_ASSERT_EQ(test, dbc_create(&fake->psp), 0);
	KUNIT_ASSERT_NOT_NULL(test, dbc_of(&fake->psp));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, boost_down, &fake->psp), 0);
	fw->requests = 0;
	return fake;
}

static const bool ways[] = { false, true };

static void way_desc(const bool *way, char *desc)
{
	strscpy(desc, *way ? "PSP mailbox" : "platform access", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_desc);

static bool by_ext(struct kunit *test)
{
	return *(const bool *)test->param_value;
}

static void requests_and_answers_pass(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, by_ext(test));
	struct boost *fw = fake->priv;
	union dbc_payload payload = { .uid.uid = "who am I" };
	union dbc_payload sent = payload;

	KUNIT_EXPECT_EQ(test, dbc_uid(dbc_of(&fake->psp), &payload), 0);
	KUNIT_EXPECT_EQ(test, fw->service, 0x66);
	KUNIT_EXPECT_EQ(test, fw->len, 48);
	KUNIT_EXPECT_EQ(test, memcmp(fw->payload, &sent, 48), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(&payload, ANSWER, 48));
	/* What isn't part of the request is left alone. */
	KUNIT_EXPECT_EQ(test, memcmp((u8 *)&payload + 48, (u8 *)&sent + 48,
				     sizeof(payload) - 48), 0);
}

/**
 * struct meaning - what a status becomes
 * @status: the status
 * @error: the errno
 */
struct meaning {
	u32 status;
	int error;
};

static const struct meaning meanings[] = {
	{ 0x0001, -EACCES }, { 0x0004, -E2BIG }, { 0x0006, -EINVAL }, { 0x0007, -EAGAIN },
	{ 0x0009, -ENOENT }, { 0x000d, -EBUSY }, { 0x0307, -ENOENT }, { 0x300f, -ENFILE },
	{ 0x3072, -EPERM }, { 0x0002, -EIO }, { 0xffff, -EIO },
};

static void meaning_desc(const struct meaning *meaning, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%#x", meaning->status);
}

KUNIT_ARRAY_PARAM(meaning, meanings, meaning_desc);

static void status_becomes_errno(struct kunit *test)
{
	const struct meaning *meaning = test->param_value;
	struct fake_psp *fake = boost_new(test, false);
	struct boost *fw = fake->priv;
	union dbc_payload payload = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		fw->ext = ways[i];
		fw->ret[0] = 0;
		fw->status[0] = 0;
		fake->psp.capability = ways[i] ? PSP_CAP_DBC_EXTENDED : 0;
		KUNIT_ASSERT_EQ(test, dbc_create(&fake->psp), 0);

		fw->ret[0] = -EIO;
		fw->status[0] = meaning->status;
		fw->requests = 0;
		KUNIT_EXPECT_EQ(test, dbc_uid(dbc_of(&fake->psp), &payload), meaning->error);
		KUNIT_EXPECT_EQ(test, fw->requests, 1);
		/* A refusal has no answer. */
		KUNIT_EXPECT_NULL(test, memchr_inv(&payload, 0, sizeof(payload)));
		part_destroy(&fake->psp, &dbc_part);
		kfree(fake->psp.part[PSP_ROLE_DBC]);
		fake->psp.part[PSP_ROLE_DBC] = NULL;
	}
}

static const int troubles[] = { -EBUSY, -ETIMEDOUT, -ENODEV };

KUNIT_ARRAY_PARAM(trouble, troubles, NULL);

static void trouble_on_the_way_is_passed_on(struct kunit *test)
{
	const int *trouble = test->param_value;
	struct fake_psp *fake = boost_up(test, false);
	struct boost *fw = fake->priv;
	union dbc_payload payload = { };

	fw->ret[0] = *trouble;
	/* A status of a request that was never answered means nothing. */
	fw->status[0] = 0x3072;
	KUNIT_EXPECT_EQ(test, dbc_uid(dbc_of(&fake->psp), &payload), *trouble);
}

static void nonce_is_asked_for_twice(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, by_ext(test));
	struct boost *fw = fake->priv;
	union dbc_payload payload = { .nonce.auth_needed = 1 };

	fw->count = 2;
	fw->ret[0] = -EIO;
	fw->status[0] = 7;
	KUNIT_EXPECT_EQ(test, dbc_nonce(dbc_of(&fake->psp), &payload), 0);
	KUNIT_EXPECT_EQ(test, fw->requests, 2);
	KUNIT_EXPECT_EQ(test, fw->service, 0x65);
	KUNIT_EXPECT_EQ(test, fw->len, 52);
	/* The second one asks for the same. */
	KUNIT_EXPECT_EQ(test, fw->payload[0], 1);
}

static void nonce_is_not_asked_for_again_and_again(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, false);
	struct boost *fw = fake->priv;
	union dbc_payload payload = { };

	fw->ret[0] = -EIO;
	fw->status[0] = 7;
	KUNIT_EXPECT_EQ(test, dbc_nonce(dbc_of(&fake->psp), &payload), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fw->requests, 2);
}

static void parameters_are_got_or_set(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, false);
	struct boost *fw = fake->priv;
	u32 index;

	for (index = 0; index < 0x20; index++) {
		bool set = index == 4 || index == 6 || index == 8;
		bool known = index >= 3 && index <= 0xe;
		union dbc_payload payload = { .param.msg_index = index };
		unsigned int before = fw->requests;

		KUNIT_EXPECT_EQ(test, dbc_param(dbc_of(&fake->psp), &payload), known ? 0 : -EINVAL);
		KUNIT_EXPECT_EQ(test, fw->requests - before, known ? 1u : 0u);
		if (!known)
			continue;
		KUNIT_EXPECT_EQ(test, fw->service, set ? 0x68u : 0x67u);
		KUNIT_EXPECT_EQ(test, fw->len, 40);
	}
}

static void somebody_has_authenticated_before(struct kunit *test)
{
	struct fake_psp *fake = boost_new(test, false);
	struct boost *fw = fake->priv;

	fw->ret[0] = -EIO;
	fw->status[0] = 1;
	KUNIT_EXPECT_EQ(test, dbc_create(&fake->psp), 0);
	KUNIT_EXPECT_NOT_NULL(test, dbc_of(&fake->psp));
	part_destroy(&fake->psp, &dbc_part);
}

static void firmware_without_boost_control_is_no_error(struct kunit *test)
{
	struct fake_psp *fake = boost_new(test, by_ext(test));
	struct boost *fw = fake->priv;

	fw->ret[0] = -EIO;
	fw->status[0] = 9;
	KUNIT_EXPECT_EQ(test, dbc_create(&fake->psp), 0);
	KUNIT_EXPECT_NULL(test, dbc_of(&fake->psp));
	part_publish(&fake->psp, &dbc_part);
	part_destroy(&fake->psp, &dbc_part);
}

static void unbound_while_in_use(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, by_ext(test));
	struct boost *fw = fake->priv;
	union dbc_payload payload = { };

	part_destroy(&fake->psp, &dbc_part);
	KUNIT_EXPECT_EQ(test, dbc_uid(dbc_of(&fake->psp), &payload), -ENODEV);
	KUNIT_EXPECT_EQ(test, dbc_nonce(dbc_of(&fake->psp), &payload), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->requests, 0);
}

static void page_returns_unless_the_firmware_has_it(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, true);
	struct boost *fw = fake->priv;
	union dbc_payload payload = { };
	struct page *page = fake_page_watch(dbc_of(&fake->psp)->page);

	part_destroy(&fake->psp, &dbc_part);
	KUNIT_EXPECT_TRUE(test, fake_page_was_freed(page));
	kfree(fake->psp.part[PSP_ROLE_DBC]);
	fake->psp.part[PSP_ROLE_DBC] = NULL;

	KUNIT_ASSERT_EQ(test, dbc_create(&fake->psp), 0);
	page = fake_page_watch(dbc_of(&fake->psp)->page);
	fw->ret[0] = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dbc_uid(dbc_of(&fake->psp), &payload), -ETIMEDOUT);
	part_destroy(&fake->psp, &dbc_part);
	fake_page_expect_kept(test, page, 0);
}

static void node_is_there_while_a_psp_is(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, false);

	KUNIT_EXPECT_EQ(test, dbc_node.users, 0);
	part_publish(&fake->psp, &dbc_part);
	KUNIT_EXPECT_EQ(test, dbc_node.users, 1);
	KUNIT_EXPECT_NOT_NULL(test, dbc_node.misc.this_device);
	/* A second PSP has the same node. */
	KUNIT_EXPECT_EQ(test, psp_node_get(&dbc_node), 0);
	part_destroy(&fake->psp, &dbc_part);
	KUNIT_EXPECT_EQ(test, dbc_node.users, 1);
	psp_node_put(&dbc_node);
	KUNIT_EXPECT_EQ(test, dbc_node.users, 0);
	/* And again. */
	KUNIT_EXPECT_EQ(test, psp_node_get(&dbc_node), 0);
	psp_node_put(&dbc_node);
}

static void ioctl_numbers(struct kunit *test)
{
	struct fake_psp *fake = boost_up(test, false);
	struct boost *fw = fake->priv;

	KUNIT_EXPECT_EQ(test, DBCIOCNONCE, 0xc0344401);
	KUNIT_EXPECT_EQ(test, DBCIOCUID, 0x40304402);
	KUNIT_EXPECT_EQ(test, DBCIOCPARAM, 0xc0284403);
	KUNIT_EXPECT_EQ(test, dbc_ioctl(NULL, 0, 0), -ENOTTY);
	/* The right number with another size is another number. */
	KUNIT_EXPECT_EQ(test, dbc_ioctl(NULL, _IOWR('D', 1, u32), 0), -ENOTTY);
	fake->bound = false;
	KUNIT_EXPECT_EQ(test, dbc_ioctl(NULL, DBCIOCNONCE, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, fw->requests, 0);
}

static int create_and_destroy(struct kunit *test, void *ctx)
{
	struct psp_device *psp = ctx;
	int ret = dbc_create(psp);

	part_publish(psp, &dbc_part);
	if (dbc_of(psp) && !dbc_of(psp)->published)
		ret = -ENOMEM;
	part_destroy(psp, &dbc_part);
	kfree(psp->part[PSP_ROLE_DBC]);
	psp->part[PSP_ROLE_DBC] = NULL;
	return ret;
}

static void allocations_may_fail(struct kunit *test)
{
	fail_each_allocation(test, create_and_destroy, &boost_new(test, true)->psp);
}

static struct kunit_case dbc_cases[] = {
	KUNIT_CASE_PARAM(requests_and_answers_pass, way_gen_params),
	KUNIT_CASE_PARAM(status_becomes_errno, meaning_gen_params),
	KUNIT_CASE_PARAM(trouble_on_the_way_is_passed_on, trouble_gen_params),
	KUNIT_CASE_PARAM(nonce_is_asked_for_twice, way_gen_params),
	KUNIT_CASE(nonce_is_not_asked_for_again_and_again),
	KUNIT_CASE(parameters_are_got_or_set),
	KUNIT_CASE(somebody_has_authenticated_before),
	KUNIT_CASE_PARAM(firmware_without_boost_control_is_no_error, way_gen_params),
	KUNIT_CASE_PARAM(unbound_while_in_use, way_gen_params),
	KUNIT_CASE(page_returns_unless_the_firmware_has_it),
	KUNIT_CASE(node_is_there_while_a_psp_is),
	KUNIT_CASE(ioctl_numbers),
	KUNIT_CASE(allocations_may_fail),
	{}
};

static struct kunit_suite dbc_suite = {
	.name = "dbc",
	.test_cases = dbc_cases,
};

kunit_test_suite(dbc_suite);

MODULE_DESCRIPTION("KUnit suite: dynamic boost control");
MODULE_LICENSE("GPL");
