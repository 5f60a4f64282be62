/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groundwork of the firmware ABI headers.
 *
 * Everything in include/sev/ compiles in the kernel and in user space, because the
 * driver and the firmware model share it. All numbers are little-endian; the
 * processors in question are nothing else, so plain fixed-width types do.
 *
 * Names avoid those of the kernel's <linux/psp-sev.h>: one file of the driver sees
 * both.
 */
#ifndef __SEV_LAYOUT_H
#define __SEV_LAYOUT_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The SEV firmware ABI is little-endian"
#endif

#ifndef __packed
#define __packed	__attribute((__packed__))
#endif

#define SEV_BIT(n)	(1U << (n))
#define SEV_BIT64(n)	(1ULL << (n))

/*
 * Each struct is pinned down twice: its size, and the place of every member. A
 * compiler that lays one out differently, or an edit that moves a member, stops
 * the build.
 */
#define SEV_ASSERT_SIZE(type, size) \
	static_assert(sizeof(type) == (size), "size of " #type)
#define SEV_ASSERT_AT(type, member, offset) \
	static_assert(__builtin_offsetof(type, member) == (offset), \
		      "offset of " #member " in " #type)
#define SEV_ASSERT_EQ(expression, value) \
	static_assert((expression) == (value), #expression " is not " #value)

#endif /* __SEV_LAYOUT_H */
