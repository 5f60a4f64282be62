/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of /dev/sev for tests and for people: shared declarations. */
#ifndef SEV_CLIENT_H
#define SEV_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <linux/psp-sev.h>

/* What "error" holds before a call: a driver that doesn't fill it is found out. */
#define ERROR_UNTOUCHED	0x5a5a5a5au

/**
 * struct blob_option - what was said about one buffer that a command points to
 * @has_len: a length was given
 * @has_addr: an address was given
 * @len: length to announce
 * @addr: address to announce instead of that of a buffer
 * @in: file with the content to send
 * @out: file for the content that comes back
 */
struct blob_option {
	bool has_len;
	bool has_addr;
	uint32_t len;
	uint64_t addr;
	const char *in;
	const char *out;
};

/**
 * struct options - the command line
 * @dev: device node
 * @fd: open descriptor to use instead, or -1
 * @read_only: open the node for reading only
 * @ia32: go through the system call entry of 32-bit programs
 * @ioctl: ioctl number, SEV_ISSUE_CMD unless said otherwise
 * @has_arg: @arg was given
 * @arg: address to give to the ioctl itself
 * @has_data: @data was given
 * @data: address to give as the command's struct
 * @blob: buffers
 * @tcb: reported version for snp-config
 * @flags: flag bits for snp-config
 * @version: format of a wrapped key for snp-vlek-load
 * @repeat: how often to issue the command
 * @fail_nth: which of the kernel's allocations fails, 0 for none
 * @threads: of the stress test
 * @seconds: of the stress test
 */
struct options {
	const char *dev;
	int fd;
	bool read_only;
	bool ia32;
	unsigned long ioctl;
	bool has_arg;
	uint64_t arg;
	bool has_data;
	uint64_t data;
	struct blob_option blob[2];
	uint64_t tcb;
	uint32_t flags;
	uint8_t version;
	unsigned long repeat;
	unsigned long fail_nth;
	unsigned int threads;
	unsigned int seconds;
};

/**
 * struct blob - a buffer that a command points to
 * @mem: the buffer, NULL without one
 * @size: its size; the memory behind it holds a pattern
 */
struct blob {
	uint8_t *mem;
	size_t size;
};

struct command;

/**
 * struct call - one SEV_ISSUE_CMD
 * @options: the command line
 * @command: what is called; NULL for one by number
 * @cmd: its number
 * @data: its struct, in memory that a 32-bit pointer reaches
 * @blob: buffers that @data points to
 * @arg: the ioctl's argument
 * @ret: what the ioctl returned
 * @err: errno when it failed
 */
struct call {
	const struct options *options;
	const struct command *command;
	uint32_t cmd;
	void *data;
	struct blob blob[2];
	struct sev_issue_cmd *arg;
	int ret;
	int err;
};

/**
 * struct command - one command of /dev/sev
 * @word: sub-command on our command line
 * @name: name in the kernel's header
 * @cmd: number
 * @size: size of its struct, 0 for none
 * @writes: it changes the platform
 * @prepare: fills @size bytes at &call.data; may be NULL
 * @show: prints what came back; may be NULL
 */
struct command {
	const char *word;
	const char *name;
	uint32_t cmd;
	size_t size;
	bool writes;
	void (*prepare)(struct call *call);
	void (*show)(const struct call *call);
};

extern const struct command commands[SEV_MAX];

const struct command *command_find(const char *word);

void *low_alloc(size_t size);
void low_free(void *mem, size_t size);
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

void call_prepare(struct call *call, const struct options *options,
		  const struct command *command, uint32_t cmd);
void call_issue(struct call *call, int fd);
void call_show(const struct call *call);
void call_release(struct call *call);
const char *errno_name(int err);

int open_device(const struct options *options);
uint64_t now_us(void);

int stress(const struct options *options);
int slow_memory(const struct options *options, const char *where);

#endif
