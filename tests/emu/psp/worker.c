// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop.h"
#include "worker.h"

enum worker_state { IDLE, WAITING, RUNNING, FINISHED, QUIT };

struct worker {
	struct loop *loop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum worker_state state;
	int event;
	void (*work)(void *arg);
	void (*done)(void *arg);
	void *arg;
};

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	while (w->state != QUIT) {
		uint64_t one = 1;

		if (w->state != WAITING) {
			pthread_cond_wait(&w->changed, &w->lock);
			continue;
		}
		w->state = RUNNING;
		pthread_mutex_unlock(&w->lock);
		w->work(w->arg);
		pthread_mutex_lock(&w->lock);
		w->state = FINISHED;
		pthread_cond_broadcast(&w->changed);
		if (write(w->event, &one, sizeof(one)) != sizeof(one))
			abort();	/* an eventfd that counts to 1 is never full */
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void worker_event(void *arg)
{
	struct worker *w = arg;
	bool finished;
	uint64_t n;

	if (read(w->event, &n, sizeof(n)) != sizeof(n))
		return;
	pthread_mutex_lock(&w->lock);
	finished = w->state == FINISHED;
	if (finished)
		w->state = IDLE;
	pthread_mutex_unlock(&w->lock);
	if (finished)
		w->done(w->arg);
}

/**
 * worker_new() - start the thread
 * @loop: loop in which finished work is reported
 *
 * Return: the worker, or NULL.
 */
struct worker *worker_new(struct loop *loop)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (w->event < 0 || loop_add_fd(loop, w->event, worker_event, w) ||
	    pthread_create(&w->thread, NULL, worker_main, w)) {
		free(w);
		return NULL;
	}
	return w;
}

/**
 * worker_start() - hand out work; the worker must have nothing to do
 * @worker: the worker
 * @work: called in the thread
 * @done: called in the loop when @work has returned
 * @arg: argument of both
 */
void worker_start(struct worker *worker, void (*work)(void *arg), void (*done)(void *arg),
		  void *arg)
{
	pthread_mutex_lock(&worker->lock);
	worker->work = work;
	worker->done = done;
	worker->arg = arg;
	worker->state = WAITING;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

/**
 * worker_cancel() - wait until the thread is idle and forget what it did
 * @worker: the worker
 *
 * Work that has begun is finished, its done function is not called.
 */
void worker_cancel(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	if (worker->state == WAITING)
		worker->state = IDLE;
	while (worker->state == RUNNING)
		pthread_cond_wait(&worker->changed, &worker->lock);
	worker->state = IDLE;
	pthread_mutex_unlock(&worker->lock);
}

/**
 * worker_free() - stop the thread
 * @worker: the worker
 */
void worker_free(struct worker *worker)
{
	worker_cancel(worker);
	pthread_mutex_lock(&worker->lock);
	worker->state = QUIT;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	loop_del_fd(worker->loop, worker->event);
	close(worker->event);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}
