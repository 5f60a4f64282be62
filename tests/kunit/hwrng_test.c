// SPDX-License-Identifier: GPL-2.0-only
/*
 * The random-number generator of the CCP engine: when it is offered, and what it
 * does when it runs dry.
 */
#include <linux/hw_random.h>

/* Not the kernel's: its module need not be loaded. */
static struct hwrng *registered;
static int register_result;

static int fake_hwrng_register(struct hwrng *rng)
{
	if (!register_result)
		registered = rng;
	return register_result;
}

static void fake_hwrng_unregister(struct hwrng *rng)
{
	if (registered == rng)
		registered = NULL;
}

#define hwrng_register		fake_hwrng_register
#define hwrng_unregister	fake_hwrng_unregister

#include "hwrng.c"

#include "fail-nth.h"
#include "fake-psp.h"

static struct ccp_hwrng *hwrng_of(const struct psp_device *psp)
{
	return psp->part[PSP_ROLE_HWRNG];
}

#define OFFSET	0x20000

/**
 * struct engine - the generator
 * @dry: reads that find nothing before there are words
 * @words: how many there are then
 * @nothing: what a read that finds nothing gives
 * @reads: how often it was read
 * @ctl: what its set-up register was set to
 */
struct engine {
	unsigned int dry;
	unsigned int words;
	u32 nothing;
	unsigned int reads;
	u32 ctl;
};

#define PLENTY	1000000

static u32 engine_read(struct fake_psp *fake, u32 reg)
{
	struct engine *engine = fake->priv;

	KUNIT_EXPECT_EQ(fake->test, reg, OFFSET + 0xc);
	engine->reads++;
	if (engine->dry) {
		engine->dry--;
		return engine->nothing;
	}
	if (!engine->words)
		return engine->nothing;
	engine->words--;
	return 0x01010101 * (engine->reads % 0xff + 1);
}

static void engine_write(struct fake_psp *fake, u32 reg, u32 val)
{
	struct engine *engine = fake->priv;

	KUNIT_EXPECT_EQ(fake->test, reg, OFFSET + 0x6008);
	KUNIT_EXPECT_EQ(fake->test, engine->reads, 0);
	engine->ctl = val;
}

static struct fake_psp *engine_new(struct kunit *test)
{
	struct fake_psp *fake = fake_psp_new(test);
	struct engine *engine = kunit_kzalloc(test, sizeof(*engine), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, engine);
	engine->words = PLENTY;
	fake->ccp.offset = OFFSET;
	fake->psp.ccp = &fake->ccp;
	fake->psp.hw = NULL;
	fake->read = engine_read;
	fake->write = engine_write;
	fake->priv = engine;
	registered = NULL;
	register_result = 0;
	return fake;
}

static void offered_under_a_name_of_its_own(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);
	struct engine *engine = fake->priv;
	char first[24];

	KUNIT_ASSERT_EQ(test, hwrng_create(&fake->psp), 0);
	KUNIT_ASSERT_NOT_NULL(test, registered);
	KUNIT_EXPECT_EQ(test, strncmp(registered->name, "ccp-", 4), 0);
	KUNIT_EXPECT_STREQ(test, registered->name + strlen(registered->name) - 4, "-rng");
	KUNIT_EXPECT_EQ(test, engine->ctl, 0);
	strscpy(first, registered->name, sizeof(first));

	part_destroy(&fake->psp, &hwrng_part);
	KUNIT_EXPECT_NULL(test, registered);
	kfree(fake->psp.part[PSP_ROLE_HWRNG]);
	fake->psp.part[PSP_ROLE_HWRNG] = NULL;

	KUNIT_ASSERT_EQ(test, hwrng_create(&fake->psp), 0);
	KUNIT_EXPECT_STRNEQ(test, registered->name, first);
	part_destroy(&fake->psp, &hwrng_part);
}

static void set_up_where_nobody_did(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);
	struct engine *engine = fake->priv;

	fake->ccp.set_up_rng = true;
	KUNIT_ASSERT_EQ(test, hwrng_create(&fake->psp), 0);
	KUNIT_EXPECT_EQ(test, engine->ctl, 0x12d57);
	part_destroy(&fake->psp, &hwrng_part);
}

static const u32 nothings[] = { 0, 0xffffffff };

KUNIT_ARRAY_PARAM(nothing, nothings, NULL);

static void not_offered_when_it_gives_nothing(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);
	struct engine *engine = fake->priv;

	engine->words = 0;
	engine->nothing = *(const u32 *)test->param_value;
	KUNIT_EXPECT_EQ(test, hwrng_create(&fake->psp), 0);
	KUNIT_EXPECT_NULL(test, registered);
	KUNIT_EXPECT_NULL(test, hwrng_of(&fake->psp));
	KUNIT_EXPECT_EQ(test, engine->reads, 11);
	part_destroy(&fake->psp, &hwrng_part);
}

static void offered_when_it_takes_its_time(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);
	struct engine *engine = fake->priv;

	engine->dry = 10;
	KUNIT_EXPECT_EQ(test, hwrng_create(&fake->psp), 0);
	KUNIT_EXPECT_NOT_NULL(test, registered);
	part_destroy(&fake->psp, &hwrng_part);
}

static void refused_by_the_kernel(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);

	register_result = -EEXIST;
	KUNIT_EXPECT_EQ(test, hwrng_create(&fake->psp), -EEXIST);
	KUNIT_EXPECT_NULL(test, hwrng_of(&fake->psp));
	part_destroy(&fake->psp, &hwrng_part);
}

static struct engine *rng_up(struct kunit *test)
{
	struct fake_psp *fake = engine_new(test);
	struct engine *engine = fake->priv;

	KUNIT_ASSERT_EQ(test, hwrng_create(&fake->psp), 0);
	engine->reads = 0;
	return engine;
}

static void fills_the_buffer(struct kunit *test)
{
	u8 buf[40] = { };

	rng_up(test);
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, 32, true), 32);
	KUNIT_EXPECT_NULL(test, memchr(buf, 0, 32));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf + 32, 0, 8));
	/* Words differ, so it is not one word over and over. */
	KUNIT_EXPECT_NE(test, buf[0], buf[4]);
}

static void odd_sizes(struct kunit *test)
{
	u8 buf[8] = { };

	rng_up(test);
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, 6, true), 6);
	KUNIT_EXPECT_NULL(test, memchr(buf, 0, 6));
	KUNIT_EXPECT_EQ(test, buf[6] | buf[7], 0);
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, 0, false), 0);
}

static void gives_what_there_is(struct kunit *test)
{
	struct engine *engine = rng_up(test);
	u8 buf[32];

	engine->words = 3;
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), true), 12);
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), false), 0);
}

static void does_not_wait_unless_asked(struct kunit *test)
{
	struct engine *engine = rng_up(test);
	u8 buf[32];

	engine->dry = 5;
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), false), 0);
	KUNIT_EXPECT_EQ(test, engine->reads, 1);
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), true), 4);
	KUNIT_EXPECT_EQ(test, engine->reads, 6);
}

static void dry_for_too_long_is_an_error(struct kunit *test)
{
	struct engine *engine = rng_up(test);
	u8 buf[32];

	engine->nothing = *(const u32 *)test->param_value;
	engine->words = 0;
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), true), -EIO);
	KUNIT_EXPECT_EQ(test, engine->reads, 12);
	/* And the next read is not held against it. */
	engine->words = 1;
	KUNIT_EXPECT_EQ(test, hwrng_read(registered, buf, sizeof(buf), true), 4);
}

static int create_and_destroy(struct kunit *test, void *ctx)
{
	struct psp_device *psp = ctx;
	int ret = hwrng_create(psp);

	part_destroy(psp, &hwrng_part);
	kfree(psp->part[PSP_ROLE_HWRNG]);
	psp->part[PSP_ROLE_HWRNG] = NULL;
	return ret;
}

static void allocations_may_fail(struct kunit *test)
{
	fail_each_allocation(test, create_and_destroy, &engine_new(test)->psp);
}

static struct kunit_case hwrng_cases[] = {
	KUNIT_CASE(offered_under_a_name_of_its_own),
	KUNIT_CASE(set_up_where_nobody_did),
	KUNIT_CASE_PARAM(not_offered_when_it_gives_nothing, nothing_gen_params),
	KUNIT_CASE(offered_when_it_takes_its_time),
	KUNIT_CASE(refused_by_the_kernel),
	KUNIT_CASE(fills_the_buffer),
	KUNIT_CASE(odd_sizes),
	KUNIT_CASE(gives_what_there_is),
	KUNIT_CASE(does_not_wait_unless_asked),
	KUNIT_CASE_PARAM(dry_for_too_long_is_an_error, nothing_gen_params),
	KUNIT_CASE(allocations_may_fail),
	{}
};

static struct kunit_suite hwrng_suite = {
	.name = "hwrng",
	.test_cases = hwrng_cases,
};

kunit_test_suite(hwrng_suite);

MODULE_DESCRIPTION("KUnit suite: random-number generator");
MODULE_LICENSE("GPL");
