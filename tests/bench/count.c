// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one SEV_PLATFORM_STATUS costs, in instructions of the whole machine.
 *
 * The emulated CPU counts every instruction that it executes, in the kernel as
 * well as here, and shows the count in a CPUID leaf. On one CPU the difference of
 * two readings is exact; the lowest of many is free of timer ticks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/psp-sev.h>

#include "measure.h"

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

	start = now();
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
	       (unsigned long long)cost[rounds / 2], (now() - start) / rounds * 1e6);
	return 0;
}
