/* SPDX-License-Identifier: GPL-2.0-only */
/* The TEE behind the command ring: trusted applications, sessions, shared memory. */
#ifndef EMU_PSP_TEE_H
#define EMU_PSP_TEE_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "loop.h"

#define TEE_ENTRY_SIZE		1024u
#define TEE_MAX_ENTRIES		32u
#define TEE_MAX_TAS		8u
#define TEE_MAX_SESSIONS	32u
#define TEE_MAX_BUFFERS		32u
#define TEE_MAX_SG		64u

struct psp;

/** struct tee_sg - one piece of shared memory, as in the map command */
struct tee_sg {
	uint32_t lo, hi, size;
};

/** struct tee_sg_list - description of shared memory, as in the map command */
struct tee_sg_list {
	uint32_t count, size;
	struct tee_sg sg[TEE_MAX_SG];
};

/** struct tee_session - an open session; ta is 0 in a free slot */
struct tee_session {
	uint32_t ta;
};

/** struct tee_buffer - mapped shared memory */
struct tee_buffer {
	bool used;
	struct tee_sg_list list;
};

/**
 * struct tee - state of the ring and of the TEE
 * @ring: guest-physical address of the ring, 0 when there is none
 * @size: its size in bytes
 * @wptr: where the guest will write next
 * @rptr: where the TEE will read next
 * @stuck: the command at @rptr hangs
 * @waiting: the command at @rptr is delayed by @timer
 * @fault: what shall happen to the command at @rptr
 * @timer: delays a command
 * @ta: handles of loaded applications, 0 in free slots
 * @session: open sessions
 * @buffer: mapped shared memory; the buffer id is the index plus 1
 */
struct tee {
	uint64_t ring;
	uint32_t size, wptr, rptr;
	bool stuck, waiting;
	struct fault_action fault;
	struct loop_timer timer;
	uint32_t ta[TEE_MAX_TAS];
	struct tee_session session[TEE_MAX_SESSIONS];
	struct tee_buffer buffer[TEE_MAX_BUFFERS];
};

void tee_init(struct psp *psp);
void tee_reset(struct psp *psp);
uint32_t tee_ring_init(struct psp *psp, uint64_t addr);
uint32_t tee_ring_destroy(struct psp *psp);
void tee_kick(struct psp *psp, uint32_t wptr);
bool tee_release(struct psp *psp);

#endif
