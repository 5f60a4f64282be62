/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts and times of a machine whose CPUs are emulated.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <cpuid.h>
#include <stdint.h>
#include <time.h>

#define LEAF_COUNTER	0x53455600

/* What all CPUs have executed so far. */
static inline uint64_t instructions(void)
{
	uint32_t a, b, c, d;

	__cpuid_count(LEAF_COUNTER, 0, a, b, c, d);
	return (uint64_t)d << 32 | a;
}

/* In seconds */
static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* For qsort() */
static inline int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

#endif /* BENCH_MEASURE_H */
