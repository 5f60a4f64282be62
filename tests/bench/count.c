// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one SEV_PLATFORM_STATUS costs, in instructions of the whole machine.
 *
 * The emulated CPU counts every instruction that it executes, in the kernel as
 * well as here, and shows the count in a CPUID leaf. On one CPU the difference of
 * two readings is exact; the lowest of many is free of timer ticks.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <linux/psp-sev.h>

#define LEAF_COUNTER	0x53455600

static uint64_t instructions(void)
{
	uint32_t a, b, c, d;

	__cpuid_count(LEAF_COUNTER, 0, a, b, c, d);
	return (uint64_t)d << 32 | a;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	unsigned int i, rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 200;
	uint64_t *cost = calloc(rounds, sizeof(*cost));
	struct sev_user_data_status status;
	struct sev_issue_cmd cmd = {
		.cmd = SEV_PLATFORM_STATUS,
		.data = (uintptr_t)&status,
	};
	double start;
	int fd = open("/dev/sev", O_RDWR);

	if (fd < 0 || !cost || !rounds) {
		fprintf(stderr, "count: /dev/sev: %s\n", strerror(errno));
		return 1;
	}
	if (instructions() == instructions()) {
		fprintf(stderr, "count: this CPU does not count instructions\n");
		return 1;
	}

	start = now_us();
	for (i = 0; i < rounds; i++) {
		uint64_t before = instructions();

		if (ioctl(fd, SEV_ISSUE_CMD, &cmd)) {
			fprintf(stderr, "count: SEV_PLATFORM_STATUS: %s, status %#x\n",
				strerror(errno), cmd.error);
			return 1;
		}
		cost[i] = instructions() - before;
	}
	qsort(cost, rounds, sizeof(*cost), compare);
	printf("lowest=%llu median=%llu us=%.0f\n", (unsigned long long)cost[0],
	       (unsigned long long)cost[rounds / 2], (now_us() - start) / rounds);
	return 0;
}
