// SPDX-License-Identifier: GPL-2.0-only
/* The data that kunit-glue.h declares. */
#include <linux/export.h>

#include "kunit-glue.h"

struct kunit_glue_slot kunit_glue_slot;
EXPORT_SYMBOL_GPL(kunit_glue_slot);
