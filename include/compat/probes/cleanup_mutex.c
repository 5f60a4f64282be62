// SPDX-License-Identifier: GPL-2.0-only
/* 6.5: guard(mutex) */
#include <linux/mutex.h>

static inline void probe(struct mutex *lock)
{
	scoped_guard(mutex, lock)
		cpu_relax();
	guard(mutex)(lock);
}
