/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.5: what is taken is given back where its variable ends. Where the kernel has none
 * of it, or only a part, the rest is here, as far as we use it. Whatever has a type of
 * its own is in the header of that type.
 */
#ifdef HAVE_LINUX_CLEANUP_H
#include_next <linux/cleanup.h>
#endif

#ifndef COMPAT_LINUX_CLEANUP_H
#define COMPAT_LINUX_CLEANUP_H

#include <linux/compiler.h>

#ifndef DEFINE_FREE
/* The code finds the value in _T. */
#define DEFINE_FREE(name, type, code)					\
	static inline void __free_##name(void *variable)		\
	{								\
		type _T = *(type *)variable;				\
									\
		code;							\
	}
#define __free(name)	__attribute__((__cleanup__(__free_##name)))
#endif

#ifndef no_free_ptr
#define no_free_ptr(variable)						\
	({								\
		__auto_type kept = (variable);				\
									\
		(variable) = NULL;					\
		kept;							\
	})
#endif

#ifndef return_ptr
#define return_ptr(variable)	return no_free_ptr(variable)
#endif

#ifndef DEFINE_GUARD
/* Lock and unlock find what is locked in _T. */
#define DEFINE_GUARD(name, type, lock, unlock)				\
	typedef type compat_guard_##name;				\
									\
	static inline type compat_guard_##name##_begin(type _T)	\
	{								\
		lock;							\
		return _T;						\
	}								\
									\
	static inline void compat_guard_##name##_end(type *held)	\
	{								\
		type _T = *held;					\
									\
		unlock;							\
	}

#define COMPAT_GUARD(name, variable)					\
	compat_guard_##name variable					\
		__attribute__((__cleanup__(compat_guard_##name##_end), __unused__))

#define guard(name)	COMPAT_GUARD(name, __UNIQUE_ID(guard)) = compat_guard_##name##_begin

/* The second variable says whether the block has been run. */
#define scoped_guard(name, lock)					\
	for (COMPAT_GUARD(name, scope) = compat_guard_##name##_begin(lock), *over = NULL; \
	     !over; over = (void *)1)
#endif

#endif /* COMPAT_LINUX_CLEANUP_H */
