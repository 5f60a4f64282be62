/* SPDX-License-Identifier: GPL-2.0-only */
/* A second thread for commands that take long, so that register accesses never wait for them. */
#ifndef EMU_PSP_WORKER_H
#define EMU_PSP_WORKER_H

struct loop;
struct worker;

struct worker *worker_new(struct loop *loop);
void worker_free(struct worker *worker);
void worker_start(struct worker *worker, void (*work)(void *arg), void (*done)(void *arg),
		  void *arg);
void worker_cancel(struct worker *worker);

#endif
