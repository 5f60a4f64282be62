// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message channel against everything that a host can do, in every order, and
 * requests that wait for each other.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "message.c"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS

#include "channel-numbers.c"
#include "channel-exchange.c"
#include "channel.c"

#include "../../drivers/crypto/ccp/sev/status.c"

#include "channel-fixture.h"

/* A kernel that watches every access takes ten times as long. */
#define SLOW	IS_ENABLED(CONFIG_KASAN)

/* Steps of a script; all scripts of this length are played. */
#define SCRIPT_LEN	(SLOW ? 2 : 3)
#define SCRIPT_MAX	3
/* Requests until a host that is honest again has to be believed. */
#define PATIENCE	4

static u32 power(u32 base, unsigned int exponent)
{
	return exponent ? base * power(base, exponent - 1) : 1;
}

/* Plays one script on a fresh guest. */
static void play(struct channel_fixture *fixture, const u8 *script)
{
	unsigned int i;
	int ret = -EIO;

	/* A script can't use more numbers than it has steps and patience. */
	fixture_close(fixture);
	fake_guest_host_rewind(fixture->host, 0, 64);
	memset(fixture->host->last, 0, sizeof(*fixture->host->last));
	fixture_reopen(fixture);
	fixture->host->script = script;
	fixture->host->script_len = SCRIPT_LEN;
	while (fixture->host->exchanges < SCRIPT_LEN)
		fixture_ask(fixture);
	for (i = 0; i < PATIENCE && ret; i++)
		ret = fixture_ask(fixture);
	KUNIT_EXPECT_EQ_MSG(fixture->test, ret, 0, "script %*ph", SCRIPT_LEN, script);
	KUNIT_EXPECT_EQ(fixture->test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_TRUE(fixture->test, fixture_key_is_there(fixture));
	KUNIT_EXPECT_EQ(fixture->test, fixture->host->counter,
			(u64)fixture->host->secrets->os.seqno[0]);
}

static void no_order_of_mischief_costs_the_key(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	u32 number, count = power(HOST_DOES_COUNT, SCRIPT_LEN);

	for (number = 0; number < count; number++) {
		u8 script[SCRIPT_MAX];
		u32 rest = number;
		unsigned int i;

		for (i = 0; i < SCRIPT_LEN; i++) {
			script[i] = rest % HOST_DOES_COUNT;
			rest /= HOST_DOES_COUNT;
		}
		play(fixture, script);
		cond_resched();
	}
	kunit_info(test, "%u scripts\n", count);
}

/* The same numbers in every run. */
static u32 next_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

#define HOSTILE_ANSWERS	(SLOW ? 10000 : 100000)

static void no_hostile_answer_is_accepted(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	u32 seed = 20, good = 0, bad = 0;
	struct snp_channel_stats stats;
	u8 *script = vmalloc(HOSTILE_ANSWERS);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, script);
	/* One answer in eight is honest, so that there is something to replay. */
	for (i = 0; i < HOSTILE_ANSWERS; i++)
		script[i] = next_random(&seed) % 8 ? next_random(&seed) % HOST_DOES_COUNT : 0;
	fixture->host->script = script;
	fixture->host->script_len = HOSTILE_ANSWERS;
	while (fixture->host->exchanges < HOSTILE_ANSWERS) {
		/* fixture_ask() looks at what comes back. */
		if (fixture_ask(fixture))
			bad++;
		else
			good++;
		cond_resched();
	}
	fixture->host->script_len = 0;
	vfree(script);
	for (i = 0; i < 1000 && fixture_ask(fixture); i++)
		;
	KUNIT_EXPECT_LT(test, i, 1000);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_GT(test, good, HOSTILE_ANSWERS / 100u);
	KUNIT_EXPECT_GT(test, bad, HOSTILE_ANSWERS / 100u);
	snp_channel_stats(fixture->channel, &stats);
	kunit_info(test, "%u requests answered, %u not; %llu forged answers, %llu recoveries\n",
		   good, bad, stats.forged, stats.recovered);
}

/**
 * struct asker - a request in a task of its own
 * @fixture: where it asks
 * @number: what it asks for
 * @started: it is about to ask
 * @done: it has its answer
 * @ret: result
 */
struct asker {
	struct channel_fixture *fixture;
	u32 number;
	struct completion started;
	struct completion done;
	int ret;
};

static int asker_run(void *data)
{
	struct asker *asker = data;
	struct fixture_question *question = kzalloc(sizeof(*question), GFP_KERNEL);

	allow_signal(SIGKILL);
	if (!question) {
		asker->ret = -ENOMEM;
		complete(&asker->started);
	} else {
		fixture_fill(question, asker->number);
		complete(&asker->started);
		asker->ret = snp_channel_request(asker->fixture->channel, &question->req);
	}
	kfree(question);
	complete(&asker->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static struct task_struct *asker_start(struct kunit *test, struct asker *asker)
{
	struct task_struct *task;

	asker->fixture = test->priv;
	init_completion(&asker->started);
	init_completion(&asker->done);
	task = kthread_run(asker_run, asker, "asker");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&asker->started);
	/* Until it waits, in the channel: nothing else in it sleeps. */
	msleep(100);
	return task;
}

/* The host holds the request back until the test lets it go. */
static struct completion hold, held;

static void hold_request(struct fake_guest_host *host)
{
	host->before = NULL;
	complete(&held);
	wait_for_completion(&hold);
}

static void hold_first_request(struct channel_fixture *fixture)
{
	init_completion(&hold);
	init_completion(&held);
	fixture->host->before = hold_request;
}

static void requests_get_their_turn_in_order(struct kunit *test)
{
	static struct asker askers[4];
	struct channel_fixture *fixture = test->priv;
	struct task_struct *tasks[ARRAY_SIZE(askers)];
	int i;

	hold_first_request(fixture);
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		askers[i].number = 100 + i;
		tasks[i] = asker_start(test, &askers[i]);
	}
	wait_for_completion(&held);
	complete(&hold);
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		wait_for_completion(&askers[i].done);
		kthread_stop(tasks[i]);
		KUNIT_EXPECT_EQ(test, askers[i].ret, 0);
		KUNIT_EXPECT_EQ(test, fixture->host->asked[i], 100u + i);
	}
}

static void request_that_waits_for_its_turn_can_be_killed(struct kunit *test)
{
	static struct asker first, second;
	struct channel_fixture *fixture = test->priv;
	struct task_struct *task1, *task2;

	hold_first_request(fixture);
	task1 = asker_start(test, &first);
	wait_for_completion(&held);
	task2 = asker_start(test, &second);
	send_sig(SIGKILL, task2, 1);
	wait_for_completion(&second.done);
	KUNIT_EXPECT_EQ(test, second.ret, -EINTR);
	KUNIT_EXPECT_FALSE(test, completion_done(&first.done));
	complete(&hold);
	wait_for_completion(&first.done);
	KUNIT_EXPECT_EQ(test, first.ret, 0);
	kthread_stop(task1);
	kthread_stop(task2);
	KUNIT_EXPECT_EQ(test, fixture->host->exchanges, (u64)1);
}

static void always_busy(struct fake_guest_host *host)
{
	static const u8 busy[] = { HOST_BUSY };

	host->script = busy;
	host->script_len = 1;
	host->exchanges = 0;
}

static void killed_task_stops_asking_a_busy_host_and_keeps_the_key(struct kunit *test)
{
	static struct asker asker;
	struct channel_fixture *fixture = test->priv;
	struct task_struct *task;

	fixture->config.busy_delay_ms = BUSY_DELAY_MAX_MS;
	fixture_reopen(fixture);
	fixture->host->before = always_busy;
	task = asker_start(test, &asker);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker.done));
	send_sig(SIGKILL, task, 1);
	wait_for_completion(&asker.done);
	KUNIT_EXPECT_EQ(test, asker.ret, -EINTR);
	kthread_stop(task);
	KUNIT_EXPECT_TRUE(test, fixture_key_is_there(fixture));
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 1u);

	fixture->host->before = NULL;
	fixture->host->script_len = 0;
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, (u64)4);
}

static void closing_ends_the_wait_for_a_busy_host(struct kunit *test)
{
	static struct asker first, second;
	struct channel_fixture *fixture = test->priv;
	struct task_struct *task1, *task2;

	fixture->config.busy_delay_ms = BUSY_DELAY_MAX_MS;
	fixture_reopen(fixture);
	fixture->host->before = always_busy;
	task1 = asker_start(test, &first);
	task2 = asker_start(test, &second);
	snp_channel_close(fixture->channel);
	wait_for_completion(&first.done);
	wait_for_completion(&second.done);
	KUNIT_EXPECT_EQ(test, first.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, second.ret, -ENODEV);
	kthread_stop(task1);
	kthread_stop(task2);
	fixture->host->before = NULL;
	fixture->host->script_len = 0;
}

/* Puts off, and then answers with nothing, over and over: each is an exchange anew. */
static void busy_and_mute(struct fake_guest_host *host)
{
	static const u8 script[] = { HOST_BUSY, HOST_BUSY, HOST_KEEPS };
	static unsigned int turn;

	host->script = &script[turn++ % ARRAY_SIZE(script)];
	host->script_len = 1;
	host->exchanges = 0;
}

static void be_honest(struct channel_fixture *fixture)
{
	fixture->host->before = NULL;
	fixture->host->script_len = 0;
}

/* What a limit of half a second may become on a machine with other things to do. */
#define LIMIT_MS	500
#define LIMIT_MAX_MS	(3 * LIMIT_MS)

static void whole_request_has_a_limit(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	unsigned long start;

	fixture->config.busy_limit_ms = LIMIT_MS;
	fixture->config.busy_delay_ms = 100;
	fixture_reopen(fixture);
	fixture->host->before = busy_and_mute;
	start = jiffies;
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), -ETIMEDOUT);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), LIMIT_MAX_MS);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(jiffies - start), LIMIT_MS / 2u);
	be_honest(fixture);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void request_can_have_a_deadline_of_its_own(struct kunit *test)
{
	struct channel_fixture *fixture = test->priv;
	struct fixture_question question;
	unsigned long start = jiffies;

	fixture->config.busy_delay_ms = 100;
	fixture_reopen(fixture);
	fixture->host->before = always_busy;
	fixture_fill(&question, 1);
	question.req.deadline = snp_deadline(LIMIT_MS);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -ETIMEDOUT);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), LIMIT_MAX_MS);
	/* It has passed: the host is asked once more. */
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), -ETIMEDOUT);
	be_honest(fixture);
	KUNIT_EXPECT_EQ(test, fixture_send(fixture, &question), 0);
}

static void time_in_the_queue_counts(struct kunit *test)
{
	static struct asker askers[4];
	struct channel_fixture *fixture = test->priv;
	struct task_struct *tasks[ARRAY_SIZE(askers)];
	unsigned long start = jiffies;
	int i;

	fixture->config.busy_limit_ms = LIMIT_MS;
	fixture->config.busy_delay_ms = 100;
	fixture_reopen(fixture);
	fixture->host->before = always_busy;
	/* Starting each takes a tenth of a second. */
	for (i = 0; i < ARRAY_SIZE(askers); i++)
		tasks[i] = asker_start(test, &askers[i]);
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		wait_for_completion(&askers[i].done);
		kthread_stop(tasks[i]);
		KUNIT_EXPECT_EQ(test, askers[i].ret, -ETIMEDOUT);
	}
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), LIMIT_MAX_MS);
	be_honest(fixture);
	KUNIT_EXPECT_EQ(test, fixture_ask(fixture), 0);
}

static void channel_that_settles_ends_all_requests_and_its_own(struct kunit *test)
{
	static struct asker first, second;
	struct channel_fixture *fixture = test->priv;
	struct task_struct *task1, *task2;
	unsigned long start;

	fixture->config.busy_delay_ms = BUSY_DELAY_MAX_MS;
	fixture_reopen(fixture);
	fixture->host->before = always_busy;
	task1 = asker_start(test, &first);
	task2 = asker_start(test, &second);
	fixture->host->before = busy_and_mute;
	start = jiffies;
	snp_channel_settle(fixture->channel);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 2u * MSEC_PER_SEC);
	wait_for_completion(&first.done);
	wait_for_completion(&second.done);
	KUNIT_EXPECT_EQ(test, first.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, second.ret, -ENODEV);
	kthread_stop(task1);
	kthread_stop(task2);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 1u);
	be_honest(fixture);
	snp_channel_settle(fixture->channel);
	KUNIT_EXPECT_EQ(test, snp_channel_unanswered(fixture->channel), 0u);
	KUNIT_EXPECT_EQ(test, fixture->host->counter, 2ull);
}

static struct kunit_case hostile_cases[] = {
	KUNIT_CASE_SLOW(no_order_of_mischief_costs_the_key),
	KUNIT_CASE_SLOW(no_hostile_answer_is_accepted),
	KUNIT_CASE(requests_get_their_turn_in_order),
	KUNIT_CASE(request_that_waits_for_its_turn_can_be_killed),
	KUNIT_CASE(killed_task_stops_asking_a_busy_host_and_keeps_the_key),
	KUNIT_CASE(closing_ends_the_wait_for_a_busy_host),
	KUNIT_CASE(whole_request_has_a_limit),
	KUNIT_CASE(request_can_have_a_deadline_of_its_own),
	KUNIT_CASE(time_in_the_queue_counts),
	KUNIT_CASE(channel_that_settles_ends_all_requests_and_its_own),
	{}
};

static struct kunit_suite hostile_suite = {
	.name = "channel_hostile",
	.init = channel_fixture_init,
	.exit = channel_fixture_exit,
	.test_cases = hostile_cases,
};

kunit_test_suite(hostile_suite);

MODULE_DESCRIPTION("KUnit suite: message channel and a hostile host");
MODULE_LICENSE("GPL");
