// SPDX-License-Identifier: GPL-2.0-only
/* See fuzz.h. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_RECORDS	64

uint8_t fuzz_ram[FUZZ_RAM_MAX];

static bool in_ram(uint64_t *pa, size_t len)
{
	if (fuzz_target.fold && *pa >> 61)
		*pa %= fuzz_target.ram;
	return len <= fuzz_target.ram && *pa <= fuzz_target.ram - len;
}

static int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	if (!in_ram(&pa, len))
		return -1;
	memcpy(buf, fuzz_ram + pa, len);
	return 0;
}

static int mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	(void)ctx;
	if (!in_ram(&pa, len))
		return -1;
	memcpy(fuzz_ram + pa, buf, len);
	return 0;
}

/* The text of each line is built, so a bad format or a wild string pointer shows. */
static void take_log(void *ctx, int level, const char *text)
{
	(void)ctx;
	if (level < FW_LOG_ERROR || level > FW_LOG_DEBUG || strlen(text) > 320)
		abort();
	if (fuzz_target.quiet && level == FW_LOG_ERROR)
		abort();
}

static struct fw *machine(void)
{
	static struct fw_host_ops ops;
	static struct fw *fw;
	struct fw_config cfg;

	if (fw)
		return fw;
	ops = fuzz_target.ops;
	ops.mem_read = mem_read;
	ops.mem_write = mem_write;
	ops.log = take_log;
	fw_config_init(&cfg, fuzz_target.family);
	if (fuzz_target.api_minor)
		cfg.api_minor = (uint8_t)fuzz_target.api_minor;
	if (fuzz_target.cores)
		cfg.cores = fuzz_target.cores;
	fw = fw_new(&cfg, &ops, NULL);
	if (!fw)
		abort();
	return fw;
}

/**
 * fuzz_command() - a command with its buffer
 * @fw: instance
 * @cmd: command
 * @at: where the buffer goes
 * @buffer: the buffer
 * @len: its length
 *
 * Return: status.
 */
uint32_t fuzz_command(struct fw *fw, uint32_t cmd, uint64_t at, const void *buffer, size_t len)
{
	memcpy(fuzz_ram + at, buffer, len);
	return fw_command(fw, cmd, at);
}

/* One record; returns how many bytes it took. */
static size_t run_record(struct fw *fw, const uint8_t *data, size_t size)
{
	size_t len = data[2] < size - 3 ? data[2] : size - 3;
	uint8_t payload[256] = { 0 };

	memcpy(payload, data + 3, len);
	fuzz_target.record(fw, data, payload, len);
	return 3 + len;
}

/**
 * LLVMFuzzerTestOneInput() - what the fuzzing engine calls
 * @data: input
 * @size: its length
 *
 * Return: 0; what must not happen ends the program.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fw *fw = machine();
	unsigned int records;
	size_t took;

	if (!size)
		return 0;
	fw_reset(fw);
	memset(fuzz_ram, 0, fuzz_target.ram);
	fuzz_target.prepare(fw, data[0]);
	data++;
	size--;
	for (records = 0; size > 3 && records < MAX_RECORDS; records++) {
		took = run_record(fw, data, size);
		data += took;
		size -= took;
	}
	return 0;
}
