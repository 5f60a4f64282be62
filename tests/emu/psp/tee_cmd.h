/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands in the TEE ring. */
#ifndef EMU_PSP_TEE_CMD_H
#define EMU_PSP_TEE_CMD_H

#include <stdint.h>

#include "tee.h"

#define TEE_PARAMS	4

/** struct tee_operation - parameters of a call; each is a value (2 words) or a memory reference */
struct tee_operation {
	uint32_t types;		/* 4 bits per parameter */
	struct {
		uint32_t word[3];
	} param[TEE_PARAMS];
};

/** struct tee_cmd - the buffer of a ring entry, by command */
struct tee_cmd {
	union {
		struct {
			uint32_t lo, hi, size, ta, origin;
		} load;
		struct {
			uint32_t ta;
		} unload;
		struct {
			uint32_t ta, session;
			struct tee_operation op;
			uint32_t origin;
		} open;
		struct {
			uint32_t ta, session;
		} close;
		struct {
			uint32_t ta, cmd, session;
			struct tee_operation op;
			uint32_t origin;
		} invoke;
		struct {
			uint32_t buffer;
			struct tee_sg_list list;
		} map;
		struct {
			uint32_t buffer;
		} unmap;
	};
};

uint32_t tee_execute(struct psp *psp, uint32_t id, struct tee_cmd *cmd);

#endif
