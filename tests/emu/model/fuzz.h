/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers have in common: a machine with little memory, and the way through an input.
 *
 * An input is one byte that picks a stage to start from, and records. A record begins with three
 * bytes, the last of which is the number of bytes that follow.
 */
#ifndef EMU_MODEL_FUZZ_H
#define EMU_MODEL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fw.h"

#define FUZZ_RAM_MAX	(3U << 20)

/**
 * struct fuzz_target - one fuzzer; each defines fuzz_target
 * @ram: bytes of memory
 * @fold: addresses with one of the top three bits set mean something in memory
 * @quiet: nothing may be logged as an error
 * @family: of the processor
 * @api_minor: of the firmware, 0 for the model's own choice
 * @cores: of the machine, 0 for the model's own choice
 * @ops: callbacks other than those for memory and log
 * @prepare: brings a firmware to the stage that a byte picks; memory is zero before
 * @record: carries a record out: its first two bytes and what follows, zeros behind @len bytes
 */
struct fuzz_target {
	size_t ram;
	bool fold;
	bool quiet;
	unsigned int family, api_minor, cores;
	struct fw_host_ops ops;
	void (*prepare)(struct fw *fw, uint8_t stage);
	void (*record)(struct fw *fw, const uint8_t head[2], uint8_t payload[256], size_t len);
};

extern const struct fuzz_target fuzz_target;
extern uint8_t fuzz_ram[FUZZ_RAM_MAX];

uint32_t fuzz_command(struct fw *fw, uint32_t cmd, uint64_t at, const void *buffer, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
