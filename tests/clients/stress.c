// SPDX-License-Identifier: GPL-2.0-only
/* Many threads issue commands that change nothing; every distinct result is counted. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define MAX_RESULTS	64
#define MAX_THREADS	64

struct result {
	const struct command *command;
	int err;
	uint32_t error;
	unsigned long count;
};

struct worker {
	const struct options *options;
	pthread_t thread;
	unsigned int seed;
	uint64_t end;
	uint64_t slowest;
	struct result results[MAX_RESULTS];
};

static void count(struct result *results, const struct result *one)
{
	for (int i = 0; i < MAX_RESULTS; i++) {
		struct result *r = &results[i];

		if (!r->count)
			*r = (struct result){ one->command, one->err, one->error, 0 };
		if (r->command == one->command && r->err == one->err && r->error == one->error) {
			r->count += one->count;
			return;
		}
	}
	die("more than %d different results", MAX_RESULTS);
}

static const struct command *pick(unsigned int *seed)
{
	const struct command *command;

	do {
		command = &commands[(unsigned int)rand_r(seed) % SEV_MAX];
	} while (command->writes || command->cmd == SEV_GET_ID);
	return command;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	int fd = open_device(w->options);

	while (now_us() < w->end) {
		const struct command *command = pick(&w->seed);
		uint64_t start, took;
		struct call call;
		struct result one;

		call_prepare(&call, w->options, command, command->cmd);
		start = now_us();
		call_issue(&call, fd);
		took = now_us() - start;
		if (took > w->slowest)
			w->slowest = took;
		one = (struct result){ command, call.err, call.arg->error, 1 };
		count(w->results, &one);
		call_release(&call);
	}
	if (fd != w->options->fd)
		close(fd);
	return NULL;
}

static void show(const struct result *results)
{
	for (const struct result *r = results; r < results + MAX_RESULTS && r->count; r++)
		printf("%s/%s/%#x=%lu\n", r->command->name, errno_name(r->err), r->error,
		       r->count);
}

/**
 * stress() - the sub-command of this name
 * @options: the command line
 *
 * Return: exit status
 */
int stress(const struct options *options)
{
	static struct worker workers[MAX_THREADS];
	static struct result sum[MAX_RESULTS];
	uint64_t slowest = 0;

	if (options->threads > MAX_THREADS)
		die("at most %d threads", MAX_THREADS);
	for (unsigned int i = 0; i < options->threads; i++) {
		workers[i].options = options;
		workers[i].seed = i + 1;
		workers[i].end = now_us() + options->seconds * 1000000ull;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("can't start a thread");
	}
	for (unsigned int i = 0; i < options->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		for (int j = 0; j < MAX_RESULTS && workers[i].results[j].count; j++)
			count(sum, &workers[i].results[j]);
		if (workers[i].slowest > slowest)
			slowest = workers[i].slowest;
	}
	show(sum);
	printf("slowest_us=%llu\n", (unsigned long long)slowest);
	return 0;
}
