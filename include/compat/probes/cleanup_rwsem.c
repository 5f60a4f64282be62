// SPDX-License-Identifier: GPL-2.0-only
/* 6.5: guard(rwsem_read) and guard(rwsem_write) */
#include <linux/rwsem.h>

static inline void probe(struct rw_semaphore *lock)
{
	scoped_guard(rwsem_write, lock)
		cpu_relax();
	guard(rwsem_read)(lock);
}
