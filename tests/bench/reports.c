// SPDX-License-Identifier: GPL-2.0-only
/*
 * What attestation reports cost an SNP guest.
 *
 *	reports count ROUNDS		instructions of the whole guest per report
 *	reports storm THREADS SECONDS	reports per second, and the longest wait for one
 *
 * The emulated CPU counts every instruction that it executes and shows the count in a
 * CPUID leaf. The host's and the firmware's work is not in it. On one CPU the difference
 * of two readings is exact; the lowest of many is free of timer ticks.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sev-guest.h>

#include "measure.h"

#define MAX_THREADS	64

/* Of an answer: its status */
#define STATUS_LEN	4

/* struct worker - One thread that asks again and again */
struct worker {
	pthread_t thread;
	int fd;
	double end;
	unsigned long reports;
	double worst;
	int error;
};

/* One report. Returns 0 or an errno. */
static int ask(int fd)
{
	struct snp_report_req in = { .user_data = "reports" };
	struct snp_report_resp out = { 0 };
	struct snp_guest_request_ioctl arg = {
		.msg_version = 1,
		.req_data = (uintptr_t)&in,
		.resp_data = (uintptr_t)&out,
	};
	static const unsigned char good[STATUS_LEN];

	if (ioctl(fd, SNP_GET_REPORT, &arg))
		return errno;
	return memcmp(out.data, good, sizeof(good)) ? EPROTO : 0;
}

static int count_instructions(int fd, unsigned int rounds)
{
	uint64_t *cost = calloc(rounds, sizeof(*cost));
	unsigned int i;
	int error;

	if (!cost || instructions() == instructions()) {
		fprintf(stderr, "reports: this CPU does not count instructions\n");
		return 1;
	}
	for (i = 0; i < rounds; i++) {
		uint64_t before = instructions();

		error = ask(fd);
		cost[i] = instructions() - before;
		if (error) {
			fprintf(stderr, "reports: %s\n", strerror(error));
			return 1;
		}
	}
	qsort(cost, rounds, sizeof(*cost), compare);
	printf("lowest=%llu median=%llu\n", (unsigned long long)cost[0],
	       (unsigned long long)cost[rounds / 2]);
	free(cost);
	return 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!w->error) {
		double start = now(), wait;

		if (start >= w->end)
			break;
		w->error = ask(w->fd);
		wait = now() - start;
		if (wait > w->worst)
			w->worst = wait;
		w->reports += !w->error;
	}
	return NULL;
}

static int storm(int fd, unsigned int threads, unsigned int seconds)
{
	struct worker workers[MAX_THREADS] = { 0 };
	unsigned long reports = 0, least = ~0ul, most = 0;
	double start = now(), worst = 0;
	unsigned int i;
	int error = 0;

	for (i = 0; i < threads; i++) {
		workers[i].fd = fd;
		workers[i].end = start + seconds;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) {
			fprintf(stderr, "reports: no thread %u\n", i);
			exit(1);
		}
	}
	for (i = 0; i < threads; i++) {
		struct worker *w = &workers[i];

		pthread_join(w->thread, NULL);
		reports += w->reports;
		least = w->reports < least ? w->reports : least;
		most = w->reports > most ? w->reports : most;
		worst = w->worst > worst ? w->worst : worst;
		error = error ? error : w->error;
	}
	if (error) {
		fprintf(stderr, "reports: %s\n", strerror(error));
		return 1;
	}
	printf("per_second=%.0f worst_us=%.0f least=%lu most=%lu\n", reports / (now() - start),
	       worst * 1e6, least, most);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int first = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned int second = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	int fd = open("/dev/sev-guest", O_RDWR);

	if (fd < 0) {
		fprintf(stderr, "reports: /dev/sev-guest: %s\n", strerror(errno));
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "count") && first)
		return count_instructions(fd, first);
	if (argc == 4 && !strcmp(argv[1], "storm") && first && first <= MAX_THREADS && second)
		return storm(fd, first, second);
	fprintf(stderr, "usage: reports count ROUNDS | storm THREADS SECONDS\n");
	return 2;
}
