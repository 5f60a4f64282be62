// SPDX-License-Identifier: GPL-2.0-only
/* Event loop on ppoll(2). Callbacks may add and remove anything, themselves included. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "loop.h"

#define LOOP_MAX_FDS	64
#define NS_PER_US	1000ull
#define NS_PER_MS	1000000ull
#define NS_PER_S	1000000000ull

struct loop_source {
	int fd;
	loop_fn fn;
	void *arg;
};

struct loop {
	struct loop_source src[LOOP_MAX_FDS];
	int nsrc;
	struct loop_timer *timers;
	bool stop;
};

/**
 * loop_now_ns() - monotonic time
 *
 * Return: nanoseconds since some fixed point.
 */
uint64_t loop_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/**
 * loop_new() - make an empty loop
 *
 * Return: the loop, or NULL when memory is short.
 */
struct loop *loop_new(void)
{
	return calloc(1, sizeof(struct loop));
}

/**
 * loop_free() - free a loop
 * @loop: the loop; its file descriptors stay open
 */
void loop_free(struct loop *loop)
{
	free(loop);
}

/**
 * loop_add_fd() - call a function whenever a descriptor is readable or closed
 * @loop: the loop
 * @fd: descriptor
 * @fn: called with @arg
 * @arg: argument of @fn
 *
 * Return: 0 or -ENOSPC.
 */
int loop_add_fd(struct loop *loop, int fd, loop_fn fn, void *arg)
{
	if (loop->nsrc == LOOP_MAX_FDS)
		return -ENOSPC;
	loop->src[loop->nsrc++] = (struct loop_source){ fd, fn, arg };
	return 0;
}

/**
 * loop_del_fd() - stop watching a descriptor
 * @loop: the loop
 * @fd: descriptor given to loop_add_fd(); an unknown one is ignored
 */
void loop_del_fd(struct loop *loop, int fd)
{
	for (int i = 0; i < loop->nsrc; i++) {
		if (loop->src[i].fd == fd) {
			loop->src[i] = loop->src[--loop->nsrc];
			return;
		}
	}
}

/**
 * loop_timer_cancel() - stop a timer
 * @loop: the loop
 * @timer: timer, running or not
 */
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **p;

	if (!timer->armed)
		return;
	for (p = &loop->timers; *p; p = &(*p)->next) {
		if (*p == timer) {
			*p = timer->next;
			break;
		}
	}
	timer->armed = false;
}

static void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t ns)
{
	loop_timer_cancel(loop, timer);
	timer->due = loop_now_ns() + ns;
	timer->armed = true;
	timer->next = loop->timers;
	loop->timers = timer;
}

/**
 * loop_timer_arm() - start a timer, or start it anew
 * @loop: the loop
 * @timer: timer with fn and arg set
 * @ms: milliseconds from now; 0 means as soon as the loop runs again
 */
void loop_timer_arm(struct loop *loop, struct loop_timer *timer, unsigned int ms)
{
	loop_timer_start(loop, timer, ms * NS_PER_MS);
}

/**
 * loop_timer_arm_us() - the same in microseconds
 * @loop: the loop
 * @timer: timer with fn and arg set
 * @us: microseconds from now
 */
void loop_timer_arm_us(struct loop *loop, struct loop_timer *timer, unsigned int us)
{
	loop_timer_start(loop, timer, us * NS_PER_US);
}

/**
 * loop_stop() - make loop_run() return
 * @loop: the loop
 */
void loop_stop(struct loop *loop)
{
	loop->stop = true;
}

static struct loop_timer *loop_first_timer(const struct loop *loop)
{
	struct loop_timer *first = loop->timers;

	for (struct loop_timer *t = first; t; t = t->next)
		if (t->due < first->due)
			first = t;
	return first;
}

/* NULL if there is nothing to wait for but descriptors. */
static const struct timespec *loop_timeout(const struct loop *loop, struct timespec *room)
{
	const struct loop_timer *first = loop_first_timer(loop);
	uint64_t now, left;

	if (!first)
		return NULL;
	now = loop_now_ns();
	left = first->due > now ? first->due - now : 0;
	room->tv_sec = (time_t)(left / NS_PER_S);
	room->tv_nsec = (long)(left % NS_PER_S);
	return room;
}

static void loop_run_timers(struct loop *loop)
{
	uint64_t now = loop_now_ns();
	struct loop_timer *t;

	while (!loop->stop && (t = loop_first_timer(loop)) && t->due <= now) {
		loop_timer_cancel(loop, t);
		t->fn(t->arg);
	}
}

static void loop_dispatch(struct loop *loop, int fd)
{
	/* Looked up anew: a callback before this one may have removed the descriptor. */
	for (int i = 0; i < loop->nsrc; i++) {
		if (loop->src[i].fd == fd) {
			loop->src[i].fn(loop->src[i].arg);
			return;
		}
	}
}

/**
 * loop_run() - serve descriptors and timers until loop_stop()
 * @loop: the loop
 *
 * Return: 0, or a negative errno when ppoll(2) failed.
 */
int loop_run(struct loop *loop)
{
	struct pollfd pfd[LOOP_MAX_FDS];

	loop->stop = false;
	while (!loop->stop) {
		struct timespec room;
		int n = loop->nsrc;

		for (int i = 0; i < n; i++)
			pfd[i] = (struct pollfd){ .fd = loop->src[i].fd, .events = POLLIN };
		if (ppoll(pfd, (nfds_t)n, loop_timeout(loop, &room), NULL) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		for (int i = 0; i < n && !loop->stop; i++)
			if (pfd[i].revents)
				loop_dispatch(loop, pfd[i].fd);
		loop_run_timers(loop);
	}
	return 0;
}
