// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a channel while a host does what it wants, with every key: the driver is
 * unbound or unloaded, a kernel is followed by another one, or dies. And who has the
 * key next.
 */
#include "message.c"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "channel-numbers.c"
#include "channel-exchange.c"
#include "channel.c"

#include "../../drivers/crypto/ccp/sev/status.c"

#include "channel-fixture.h"

/* Exchanges that go wrong, which is more than two requests and an end can have. */
#define BAD_EXCHANGES	64

/* Nobody waits for a busy host for longer. */
#define LIMIT_MS	20

/**
 * struct channel_end - how a channel ends
 * @name: for people
 * @run: does it; the channel is gone afterwards
 * @tidy: what was open was got out of the way, if the host let it
 */
struct channel_end {
	const char *name;
	void (*run)(struct channel_fixture *fixture);
	bool tidy;
};

/* As the driver does it, without a request on its way and with one. */
static void unbind(struct channel_fixture *fixture)
{
	snp_channel_close(fixture->channel);
	fixture_close(fixture);
}

/* Nothing is called any more, and memory is just not there. */
static void vanish(struct channel_fixture *fixture)
{
	/* So that freeing it does nothing else. */
	fixture->channel->first = fixture->channel->next;
	fixture_close(fixture);
}

static void follow_by_kexec(struct channel_fixture *fixture)
{
	snp_channel_settle(fixture->channel);
	KUNIT_EXPECT_EQ(fixture->test, fixture_ask(fixture), -ENODEV);
	vanish(fixture);
}

static const struct channel_end ends[] = {
	{ "unbind", unbind, true },
	{ "kexec", follow_by_kexec, true },
	{ "panic", vanish, false },
};

/**
 * struct end_case - one way to an end
 * @end: how it ends
 * @does: what the host does until then
 * @vmpck: the key
 * @goes_on: the host does it during the end, too
 */
struct end_case {
	const struct channel_end *end;
	enum host_does does;
	unsigned int vmpck;
	bool goes_on;
};

static void play_end(struct channel_fixture *fixture, const struct end_case *way)
{
	u8 script[BAD_EXCHANGES];
	bool answered, tidy;
	int ret;

	fixture_close(fixture);
	fake_guest_host_rewind(fixture->host, 0, 2 * BAD_EXCHANGES);
	fixture->config.vmpck = way->vmpck;
	fixture->config.vmpl = way->vmpck;
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(fixture->test, fixture_ask(fixture), 0);

	memset(script, way->does, sizeof(script));
	fixture->host->script = script;
	fixture->host->script_len = sizeof(script);
	fixture->host->exchanges = 0;
	ret = fixture_ask(fixture);
	answered = !snp_channel_unanswered(fixture->channel);
	KUNIT_EXPECT_EQ(fixture->test, ret == 0, way->does == HOST_HONEST);
	if (!way->goes_on)
		fixture->host->script_len = 0;
	way->end->run(fixture);
	fixture->host->script_len = 0;

	/* The firmware of the fixture ends the test if a number is used for two messages. */
	fixture_reopen(fixture);
	tidy = answered || (way->end->tidy && !way->goes_on);
	ret = fixture_ask(fixture);
	if (tidy)
		KUNIT_EXPECT_EQ_MSG(fixture->test, ret, 0, "host %u, VMPCK%u, %s", way->does,
				    way->vmpck, way->end->name);
	KUNIT_EXPECT_TRUE(fixture->test, fixture_key_is_there(fixture));
}

static void whoever_has_the_key_next_can_use_it(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct end_case way;
	unsigned int count = 0;
	size_t i;

	fixture->config.busy_limit_ms = LIMIT_MS;
	fixture->config.busy_delay_ms = 1;
	for (way.vmpck = 0; way.vmpck < SNP_VMPCK_COUNT; way.vmpck++) {
		for (way.does = HOST_HONEST; way.does < HOST_DOES_COUNT; way.does++) {
			for (i = 0; i < 2 * ARRAY_SIZE(ends); i++) {
				way.end = &ends[i / 2];
				way.goes_on = i % 2;
				play_end(fixture, &way);
				count++;
			}
		}
		cond_resched();
	}
	kunit_info(test, "%u ways\n", count);
}

/* More lost answers than one request could get over. */
static void many_open_numbers_are_settled_too(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	u8 script[BAD_EXCHANGES];
	unsigned int open, i;

	/* One is lost, and then it is not expected any more: on to the next number. */
	for (i = 0; i < sizeof(script); i++)
		script[i] = i % 2 ? HOST_CLAIMS_SEQUENCE : HOST_SWALLOWS;
	fixture->host->script = script;
	fixture->host->script_len = sizeof(script);
	while (fixture->host->exchanges + REQUEST_STEPS <= BAD_EXCHANGES)
		KUNIT_ASSERT_NE(test, fixture_ask(fixture), 0);
	fixture->host->script_len = 0;
	open = snp_channel_unanswered(fixture->channel);
	KUNIT_EXPECT_GT(test, open, (unsigned int)REQUEST_STEPS);
	fixture_reopen(fixture);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static struct kunit_case end_cases[] = {
	KUNIT_CASE(whoever_has_the_key_next_can_use_it),
	KUNIT_CASE(many_open_numbers_are_settled_too),
	{}
};

static struct kunit_suite end_suite = {
	.name = "channel_end",
	.init = channel_fixture_init,
	.exit = channel_fixture_exit,
	.test_cases = end_cases,
};

kunit_test_suite(end_suite);

MODULE_DESCRIPTION("KUnit suite: the end of a message channel");
MODULE_LICENSE("GPL");
