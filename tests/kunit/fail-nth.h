/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Let each memory allocation of a piece of code fail once, in turn.
 *
 * Needs a kernel with fault injection (the test kernel "dev"); elsewhere the
 * case is skipped. Whether the code then frees what it got is for kmemleak and
 * KASAN to say, which watch the same run.
 */
#ifndef KUNIT_FAIL_NTH_H
#define KUNIT_FAIL_NTH_H

#include <linux/errno.h>
#include <linux/sched.h>
#include <kunit/test.h>

/* No code under test allocates this often; a loop that gets here is endless. */
#define FAIL_NTH_MAX	2000

#ifdef CONFIG_FAULT_INJECTION

static inline void fail_nth_arm(unsigned int n)
{
	WRITE_ONCE(current->fail_nth, n);
}

/* Whether the allocation that was to fail was reached. */
static inline bool fail_nth_disarm(void)
{
	bool reached = !READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, 0);
	return reached;
}

#else

static inline void fail_nth_arm(unsigned int n)
{
}

static inline bool fail_nth_disarm(void)
{
	return false;
}

#endif /* CONFIG_FAULT_INJECTION */

/**
 * fail_nth_available() - whether this kernel can make allocations fail
 *
 * Return: true on the test kernel "dev"
 */
static inline bool fail_nth_available(void)
{
	bool available = IS_ENABLED(CONFIG_FAILSLAB);

	/* Else objtool stumbles over the code behind a skip that never returns. */
	OPTIMIZER_HIDE_VAR(available);
	return available;
}

/**
 * fail_each_allocation() - run code once per allocation that it makes
 * @test: the running test; skipped where the kernel can't inject failures
 * @body: the code. It runs in the calling task, starts from the same state each
 *	time, gives back what it took, and returns 0 or a negative errno. It must
 *	not use kunit_*alloc() or make assertions on what it allocates.
 * @ctx: passed to @body
 *
 * Expects that @body returns 0 or -ENOMEM while allocations fail (it may have
 * done without the one that failed), 0 when none does, and that there was one.
 * The count itself varies between runs: the kernel's debugging allocates too.
 */
static inline void fail_each_allocation(struct kunit *test,
					int (*body)(struct kunit *test, void *ctx), void *ctx)
{
	unsigned int n, gave_up = 0;

	if (!fail_nth_available())
		kunit_skip(test, "kernel without fault injection");

	for (n = 1; n < FAIL_NTH_MAX; n++) {
		bool failed;
		int ret;

		fail_nth_arm(n);
		ret = body(test, ctx);
		failed = fail_nth_disarm();
		if (!failed) {
			KUNIT_EXPECT_EQ(test, ret, 0);
			break;
		}
		if (ret)
			gave_up++;
		if (ret && ret != -ENOMEM)
			KUNIT_FAIL(test, "failing allocation %u: returned %d", n, ret);
	}
	KUNIT_EXPECT_LT(test, n, FAIL_NTH_MAX);
	KUNIT_EXPECT_GT_MSG(test, gave_up, 0, "no allocation failed: is fault injection set up?");
	kunit_info(test, "%u of %u failing allocations were reported\n", gave_up, n - 1);
}

#endif /* KUNIT_FAIL_NTH_H */
