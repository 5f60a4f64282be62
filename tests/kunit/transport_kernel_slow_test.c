// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that lets the kernel wait, and whoever wants to get away meanwhile: a caller
 * who is killed, the driver, and the kernel itself.
 *
 * Kernels: 7.2 7.3
 */
#include "kernel-fixture.h"

MODULE_LICENSE("GPL");

/**
 * struct asker - a request in a task of its own
 * @fixture: where it asks
 * @req: the request
 * @answer: its answer
 * @limit_ms: deadline of the request from then on, 0 for none
 * @started: it is about to ask
 * @done: it has its answer
 * @ret: result
 */
struct asker {
	struct kernel_fixture *fixture;
	struct snp_request req;
	u8 answer[KEY_BYTES];
	unsigned int limit_ms;
	struct completion started;
	struct completion done;
	int ret;
};

static int asker_run(void *data)
{
	struct asker *asker = data;

	allow_signal(SIGKILL);
	if (asker->limit_ms)
		asker->req.deadline = snp_deadline(asker->limit_ms);
	complete(&asker->started);
	asker->ret = ask(asker->fixture, &asker->req, asker->answer, KEY_BYTES);
	complete(&asker->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static struct task_struct *asker_start_limited(struct kernel_fixture *fixture, struct asker *asker,
					       unsigned int limit_ms)
{
	struct task_struct *task;

	*asker = (struct asker){ .fixture = fixture, .limit_ms = limit_ms };
	asker->req.extended = true;
	asker->req.certs = fixture;
	init_completion(&asker->started);
	init_completion(&asker->done);
	task = kthread_run(asker_run, asker, "asker");
	KUNIT_ASSERT_FALSE(fixture->test, IS_ERR(task));
	wait_for_completion(&asker->started);
	return task;
}

static struct task_struct *asker_start(struct kernel_fixture *fixture, struct asker *asker)
{
	return asker_start_limited(fixture, asker, 0);
}

/* The kernel has a request and waits for a busy host. */
static struct task_struct *asker_stuck(struct kernel_fixture *fixture, struct asker *asker)
{
	struct task_struct *task;

	fixture->slow = true;
	task = asker_start(fixture, asker);
	wait_for_completion(&fixture->began);
	return task;
}

static bool ended(struct asker *asker)
{
	return wait_for_completion_timeout(&asker->done, 2 * HZ);
}

static void caller_who_is_killed_does_not_wait_for_the_kernel(struct kunit *test)
{
	static struct asker first, second;
	struct kernel_fixture *fixture = opened(test);
	struct task_struct *task1 = asker_stuck(fixture, &first), *task2;

	send_sig(SIGKILL, task1, 1);
	KUNIT_EXPECT_TRUE(test, ended(&first));
	KUNIT_EXPECT_EQ(test, first.ret, -EINTR);
	/* The kernel can still write there. */
	KUNIT_EXPECT_NULL(test, first.req.certs);
	KUNIT_EXPECT_NULL(test, fixture->shared);
	kthread_stop(task1);

	/* The next one has its turn when the kernel is done. */
	task2 = asker_start(fixture, &second);
	msleep(100);
	KUNIT_EXPECT_FALSE(test, completion_done(&second.done));
	KUNIT_EXPECT_EQ(test, fixture->sent, 1u);
	fixture->slow = false;
	complete(&fixture->go_on);
	KUNIT_EXPECT_TRUE(test, ended(&second));
	KUNIT_EXPECT_EQ(test, second.ret, 0);
	KUNIT_EXPECT_PTR_EQ(test, second.req.certs, (void *)fixture);
	KUNIT_EXPECT_PTR_EQ(test, fixture->shared, (void *)fixture);
	kthread_stop(task2);
}

static void deadline_ends_the_wait_for_the_kernel(struct kunit *test)
{
	static struct asker first, second;
	struct kernel_fixture *fixture = opened(test);
	struct task_struct *task1, *task2;

	fixture->slow = true;
	task1 = asker_start_limited(fixture, &first, 300);
	wait_for_completion(&fixture->began);
	KUNIT_EXPECT_TRUE(test, ended(&first));
	KUNIT_EXPECT_EQ(test, first.ret, -ETIMEDOUT);
	/* The kernel can still write there. */
	KUNIT_EXPECT_NULL(test, first.req.certs);
	kthread_stop(task1);

	/* Nor for the one before it. */
	task2 = asker_start_limited(fixture, &second, 300);
	KUNIT_EXPECT_TRUE(test, ended(&second));
	KUNIT_EXPECT_EQ(test, second.ret, -ETIMEDOUT);
	KUNIT_EXPECT_PTR_EQ(test, second.req.certs, (void *)fixture);
	KUNIT_EXPECT_EQ(test, fixture->sent, 1u);
	kthread_stop(task2);
	fixture->slow = false;
	complete(&fixture->go_on);
}

static void request_without_time_is_not_sent(struct kunit *test)
{
	struct kernel_fixture *fixture = opened(test);
	struct snp_request req = { .deadline = snp_deadline(0) };
	u8 answer[KEY_BYTES];

	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fixture->sent, 0u);
	req.deadline = snp_deadline(SNP_CHANNEL_BUSY_LIMIT_MS);
	KUNIT_EXPECT_EQ(test, ask(fixture, &req, answer, KEY_BYTES), 0);
}

static void driver_that_goes_does_not_wait_for_the_kernel(struct kunit *test)
{
	static struct asker first, second;
	struct kernel_fixture *fixture = opened(test);
	struct snp_transport transport = fixture->guest.transport;
	struct task_struct *task1 = asker_stuck(fixture, &first),
			   *task2 = asker_start(fixture, &second);
	int refs = module_refcount(THIS_MODULE);

	KUNIT_EXPECT_GE(test, refs, 1);
	transport.ops->close(transport.ctx);
	KUNIT_EXPECT_TRUE(test, ended(&first));
	KUNIT_EXPECT_TRUE(test, ended(&second));
	KUNIT_EXPECT_EQ(test, first.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, second.ret, -ENODEV);
	KUNIT_EXPECT_NULL(test, first.req.certs);
	KUNIT_EXPECT_PTR_EQ(test, second.req.certs, (void *)fixture);
	kthread_stop(task1);
	kthread_stop(task2);

	fixture->guest.transport.ops = NULL;
	transport.ops->destroy(transport.ctx);
	KUNIT_EXPECT_EQ(test, fixture->descs, 1);
	/* The code that runs there has to stay. */
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
	complete(&fixture->go_on);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&fixture->freed, 10 * HZ));
	KUNIT_EXPECT_PTR_EQ(test, fixture->shared, (void *)fixture);
	KUNIT_EXPECT_EQ(test, fixture->sent, 1u);
	for (refs--; module_refcount(THIS_MODULE) != refs; )
		msleep(20);
}

static void number_in_the_kernels_hands_is_not_used_again(struct kunit *test)
{
	static struct asker asker;
	struct kernel_fixture *fixture = opened(test);
	struct snp_transport *transport = &fixture->guest.transport;
	struct task_struct *task;
	unsigned long start;

	fixture->secrets->os.seqno[0] = 8;
	/* Nothing is under way: nothing has to be done. */
	transport->ops->settle(transport->ctx);
	KUNIT_EXPECT_EQ(test, fixture->secrets->os.seqno[0], 8u);
	transport->ops->destroy(transport->ctx);
	reinit_completion(&fixture->freed);
	KUNIT_ASSERT_EQ(test, snp_transport_open(&fixture->guest, -1), 0);

	task = asker_stuck(fixture, &asker);
	start = jiffies;
	transport->ops->settle(transport->ctx);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 2u * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, fixture->secrets->os.seqno[0], 10u);
	KUNIT_EXPECT_TRUE(test, ended(&asker));
	KUNIT_EXPECT_EQ(test, asker.ret, -ENODEV);
	kthread_stop(task);

	/* The processors run on for a while, and the host may have time after all. */
	complete(&fixture->go_on);
	transport->ops->destroy(transport->ctx);
	transport->ops = NULL;
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&fixture->freed, 10 * HZ));
	KUNIT_EXPECT_EQ(test, fixture->secrets->os.seqno[0], 10u);
}

static struct kunit_case slow_cases[] = {
	KUNIT_CASE(caller_who_is_killed_does_not_wait_for_the_kernel),
	KUNIT_CASE(deadline_ends_the_wait_for_the_kernel),
	KUNIT_CASE(request_without_time_is_not_sent),
	KUNIT_CASE(driver_that_goes_does_not_wait_for_the_kernel),
	KUNIT_CASE(number_in_the_kernels_hands_is_not_used_again),
	{}
};

static struct kunit_suite slow_suite = {
	.name = "transport_kernel_slow",
	.init = kernel_fixture_init,
	.exit = kernel_fixture_exit,
	.test_cases = slow_cases,
};

kunit_test_suite(slow_suite);
