/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's KUnit finds built into a kernel with CONFIG_KUNIT, for
 * kernels without it. Force-included into kunit.ko and into every suite.
 *
 * CONFIG_KUNIT itself must stay undefined: with it the headers would add
 * members to struct module and struct task_struct that the running kernel,
 * built without, does not have.
 */
#ifndef KUNIT_GLUE_H
#define KUNIT_GLUE_H

#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/sched.h>

struct kunit;

/*
 * Stands in for task_struct::kunit_test. One slot is enough: KUnit runs one
 * test at a time, and that test runs in one task at a time.
 */
struct kunit_glue_slot {
	struct task_struct *task;
	struct kunit *test;
};

extern struct kunit_glue_slot kunit_glue_slot;

static inline struct kunit *kunit_glue_current(void)
{
	return READ_ONCE(kunit_glue_slot.task) == current ? kunit_glue_slot.test : NULL;
}

static inline void kunit_glue_set_current(struct kunit *test)
{
	kunit_glue_slot.test = test;
	WRITE_ONCE(kunit_glue_slot.task, test ? current : NULL);
}

const char *kunit_glue_driver_name(struct kunit *test, const char *name);

/* Leaves the calling kernel thread; callable by modules of every kernel. */
#define kunit_glue_thread_exit()			\
	do {						\
		__module_get(THIS_MODULE);		\
		module_put_and_kthread_exit(0);		\
	} while (0)

#ifndef TAINT_TEST
#define TAINT_TEST TAINT_OOT_MODULE
#endif

#ifndef container_of_const
#define container_of_const(ptr, type, member) container_of(ptr, type, member)
#endif

/*
 * Kernels with CONFIG_KUNIT run the suites of a module from a module notifier
 * and an ELF section that their module loader knows. Here loading the suite's
 * module runs them.
 */
#define KUNIT_GLUE_TEST_SUITES(...)						\
	static struct kunit_suite *kunit_glue_suites[] = { __VA_ARGS__ };	\
	static int __init kunit_glue_suites_init(void)				\
	{									\
		return __kunit_test_suites_init(kunit_glue_suites,		\
						ARRAY_SIZE(kunit_glue_suites));	\
	}									\
	module_init(kunit_glue_suites_init);					\
	static void __exit kunit_glue_suites_exit(void)				\
	{									\
		__kunit_test_suites_exit(kunit_glue_suites,			\
					 ARRAY_SIZE(kunit_glue_suites));	\
	}									\
	module_exit(kunit_glue_suites_exit)

#endif /* KUNIT_GLUE_H */
