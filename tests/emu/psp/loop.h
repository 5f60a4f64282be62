/* SPDX-License-Identifier: GPL-2.0-only */
/* Event loop: file descriptors and timers, one thread. */
#ifndef EMU_PSP_LOOP_H
#define EMU_PSP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void (*loop_fn)(void *arg);

/**
 * struct loop_timer - one-shot timer, embedded in its user
 * @fn: called once when the time is up
 * @arg: argument of @fn
 * @due: absolute time in nanoseconds, private to the loop
 * @armed: the timer is running, private to the loop
 * @next: list of running timers, private to the loop
 */
struct loop_timer {
	loop_fn fn;
	void *arg;
	uint64_t due;
	bool armed;
	struct loop_timer *next;
};

struct loop *loop_new(void);
void loop_free(struct loop *loop);
int loop_add_fd(struct loop *loop, int fd, loop_fn fn, void *arg);
void loop_del_fd(struct loop *loop, int fd);
void loop_timer_arm(struct loop *loop, struct loop_timer *timer, unsigned int ms);
void loop_timer_arm_us(struct loop *loop, struct loop_timer *timer, unsigned int us);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);
void loop_stop(struct loop *loop);
int loop_run(struct loop *loop);
uint64_t loop_now_ns(void);

#endif
