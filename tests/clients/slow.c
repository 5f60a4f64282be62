// SPDX-License-Identifier: GPL-2.0-only
/*
 * One call whose user memory is slow to come: the page is there when we say so
 * (userfaultfd). While the driver waits for it, others want to use the device.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client.h"

#define PAGE			4096u
#define OTHER_CALLS		20
#define FAULT_TIMEOUT_MS	5000
#define OTHERS_TIMEOUT_US	3000000

/**
 * struct place - which memory of a call is slow
 * @word: on our command line
 * @command: the call
 * @cmd_arg: the ioctl's argument is slow
 * @cmd_data: the command's struct is slow
 * @len: length of the slow buffer, where it is one
 */
struct place {
	const char *word;
	const char *command;
	bool cmd_arg;
	bool cmd_data;
	uint32_t len;
};

static const struct place places[] = {
	{ .word = "arg", .command = "get-id2", .cmd_arg = true },
	{ .word = "data", .command = "get-id2", .cmd_data = true },
	{ .word = "out", .command = "get-id2", .len = 64 },
	{ .word = "in", .command = "pek-import", .len = 2084 },
};

struct slow {
	struct options options;
	const struct command *command;
	struct call call;
	uint8_t *page;
	uint8_t content[PAGE];
	int uffd;
	int fd;
};

struct others {
	struct options options;
	int fd;
	int done;
	int failed;
	uint64_t slowest;
};

static void catch_faults(struct slow *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .len = PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	s->page = low_alloc(PAGE);
	s->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0 || ioctl(s->uffd, UFFDIO_API, &api))
		die("no userfaultfd");
	reg.range.start = (uintptr_t)s->page;
	if (ioctl(s->uffd, UFFDIO_REGISTER, &reg))
		die("can't catch faults");
}

static void release_page(struct slow *s)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)s->page, .src = (uintptr_t)s->content, .len = PAGE,
	};

	if (ioctl(s->uffd, UFFDIO_COPY, &copy))
		die("can't resolve a fault");
}

/* The call's memory as it is, but with the part that the place names on the slow page. */
static void set_up(struct slow *s, const struct options *options, const struct place *place)
{
	uint64_t address;

	s->options = *options;
	s->command = command_find(place->command);
	catch_faults(s);
	address = (uintptr_t)s->page;
	if (place->len) {
		s->options.blob[0].has_addr = true;
		s->options.blob[0].addr = address;
		s->options.blob[0].has_len = true;
		s->options.blob[0].len = place->len;
	}
	call_prepare(&s->call, &s->options, s->command, s->command->cmd);
	if (place->cmd_data) {
		memcpy(s->content, s->call.data, s->command->size);
		s->options.has_data = true;
		s->options.data = address;
	}
	if (place->cmd_arg) {
		struct sev_issue_cmd arg = {
			.cmd = s->command->cmd, .data = (uintptr_t)s->call.data,
			.error = ERROR_UNTOUCHED,
		};

		memcpy(s->content, &arg, sizeof(arg));
		s->options.has_arg = true;
		s->options.arg = address;
	}
	s->fd = open_device(options);
}

static void *call_slowly(void *arg)
{
	struct slow *s = arg;

	call_issue(&s->call, s->fd);
	return NULL;
}

static void *call_others(void *arg)
{
	struct others *o = arg;
	const struct command *command = command_find("status");

	for (int i = 0; i < OTHER_CALLS; i++) {
		uint64_t start = now_us(), took;
		struct call call;

		call_prepare(&call, &o->options, command, command->cmd);
		call_issue(&call, o->fd);
		took = now_us() - start;
		if (took > o->slowest)
			o->slowest = took;
		if (call.ret)
			o->failed++;
		call_release(&call);
		__atomic_add_fetch(&o->done, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static int done_by(const struct others *o, uint64_t deadline)
{
	int done;

	while ((done = __atomic_load_n(&o->done, __ATOMIC_SEQ_CST)) < OTHER_CALLS &&
	       now_us() < deadline)
		usleep(1000);
	return done;
}

/**
 * slow_memory() - the sub-command "slow"
 * @options: the command line
 * @where: which memory is slow
 *
 * Return: exit status; 1 if others had to wait for the slow memory
 */
int slow_memory(const struct options *options, const char *where)
{
	const struct place *place = places;
	struct others others = { .options = *options };
	static struct slow slow;
	pthread_t slow_thread, others_thread;
	struct pollfd event;
	struct uffd_msg msg;
	int done;

	while (strcmp(place->word, where))
		if (++place == places + sizeof(places) / sizeof(places[0]))
			die("'%s' is not a place, see sev --help", where);
	set_up(&slow, options, place);
	others.fd = open_device(options);
	event = (struct pollfd){ .fd = slow.uffd, .events = POLLIN };

	if (pthread_create(&slow_thread, NULL, call_slowly, &slow))
		die("can't start a thread");
	if (poll(&event, 1, FAULT_TIMEOUT_MS) != 1 ||
	    read(slow.uffd, &msg, sizeof(msg)) != sizeof(msg))
		die("the driver didn't touch the memory");

	if (pthread_create(&others_thread, NULL, call_others, &others))
		die("can't start a thread");
	done = done_by(&others, now_us() + OTHERS_TIMEOUT_US);

	release_page(&slow);
	pthread_join(slow_thread, NULL);
	pthread_join(others_thread, NULL);
	printf("others_waited=%s\nothers_done=%d\nothers_failed=%d\nothers_slowest_us=%llu\n",
	       done < OTHER_CALLS ? "yes" : "no", done, others.failed,
	       (unsigned long long)others.slowest);
	printf("ret=%d\nerrno=%s\n", slow.call.ret, errno_name(slow.call.err));
	return done < OTHER_CALLS;
}
