// SPDX-License-Identifier: GPL-2.0-only
/* What kunit-glue.h declares. */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <kunit/test.h>

#include "kunit-glue.h"

struct kunit_glue_slot kunit_glue_slot;
EXPORT_SYMBOL_GPL(kunit_glue_slot);

static atomic_t kunit_glue_drivers = ATOMIC_INIT(0);

/**
 * kunit_glue_driver_name() - name for a driver that KUnit makes
 * @test: the running test, which owns the name
 * @name: what the driver is for
 *
 * Return: a name that no other driver ever had, or NULL when memory is short
 */
const char *kunit_glue_driver_name(struct kunit *test, const char *name)
{
	char *unique = kunit_kzalloc(test, 64, GFP_KERNEL);

	if (unique)
		snprintf(unique, 64, "%s.%d", name, atomic_inc_return(&kunit_glue_drivers));
	return unique;
}
