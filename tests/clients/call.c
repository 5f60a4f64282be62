// SPDX-License-Identifier: GPL-2.0-only
/* One call of /dev/sev, by either system call entry. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <time.h>

#include "client.h"

#define IA32_NR_IOCTL	54

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "sev: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s%s\n", errno ? ": " : "", errno ? strerror(errno) : "");
	va_end(ap);
	exit(2);
}

/**
 * now_us() - the time
 *
 * Return: microseconds since some moment.
 */
uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/**
 * low_alloc() - memory that a 32-bit pointer reaches
 * @size: how much
 *
 * Return: zeroed memory on pages of its own.
 */
void *low_alloc(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (mem == MAP_FAILED)
		die("can't get %zu bytes of memory", size);
	return mem;
}

/**
 * low_free() - give memory back
 * @mem: from low_alloc(), or NULL
 * @size: the same as there
 */
void low_free(void *mem, size_t size)
{
	if (mem)
		munmap(mem, size);
}

/**
 * open_device() - open /dev/sev as the options say
 * @options: the command line
 *
 * Return: a descriptor.
 */
int open_device(const struct options *options)
{
	int fd = options->fd;

	if (fd < 0)
		fd = open(options->dev, (options->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0) {
		printf("open=%s\n", errno_name(errno));
		exit(1);
	}
	return fd;
}

/**
 * call_prepare() - set a call up
 * @call: the call
 * @options: the command line
 * @command: what to call, or NULL for a command that isn't known
 * @cmd: its number
 */
void call_prepare(struct call *call, const struct options *options,
		  const struct command *command, uint32_t cmd)
{
	memset(call, 0, sizeof(*call));
	call->options = options;
	call->command = command;
	call->cmd = cmd;
	call->arg = low_alloc(sizeof(*call->arg));
	if (command && command->size) {
		call->data = low_alloc(command->size);
		if (command->prepare)
			command->prepare(call);
	}
}

/* The entry of 32-bit programs: the kernel takes us for one for this call. */
static int ioctl_ia32(int fd, unsigned long number, uint64_t arg)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (IA32_NR_IOCTL), "b" ((long)fd), "c" (number), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret < 0) {
		errno = -(int)ret;
		return -1;
	}
	return (int)ret;
}

/* How many allocations and user copies of this thread succeed before one fails; 0: it has. */
static unsigned long allocations_left(int fd)
{
	char text[24] = "";

	/* The one to fail can be that of reading this, which may be tried again. */
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 1;
	return strtoul(text, NULL, 0);
}

static void allocations_set(int fd, unsigned long nth)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lu", nth);

	/* Likewise: it fails once. */
	if (pwrite(fd, text, (size_t)len, 0) != len && pwrite(fd, text, (size_t)len, 0) != len)
		die("/proc/thread-self/fail-nth: %s", strerror(errno));
}

static int issue(const struct options *o, int fd, uint64_t arg)
{
	return o->ia32 ? ioctl_ia32(fd, o->ioctl, arg) : ioctl(fd, o->ioctl, arg);
}

/* The same while an allocation of the kernel fails; prints whether there were so many. */
static int issue_failing(const struct options *o, int fd, uint64_t arg)
{
	int nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	unsigned long left;
	int ret, err;

	if (nth < 0)
		die("/proc/thread-self/fail-nth: %s", strerror(errno));
	allocations_set(nth, o->fail_nth);
	ret = issue(o, fd, arg);
	err = errno;
	left = allocations_left(nth);
	allocations_set(nth, 0);
	close(nth);
	printf("allocations_left=%lu\n", left);
	errno = err;
	return ret;
}

/**
 * call_issue() - do a call
 * @call: from call_prepare()
 * @fd: the device
 */
void call_issue(struct call *call, int fd)
{
	const struct options *o = call->options;
	uint64_t arg = o->has_arg ? o->arg : (uintptr_t)call->arg;

	call->arg->cmd = call->cmd;
	call->arg->data = o->has_data ? o->data : (uintptr_t)call->data;
	call->arg->error = ERROR_UNTOUCHED;
	errno = 0;
	call->ret = o->fail_nth ? issue_failing(o, fd, arg) : issue(o, fd, arg);
	call->err = call->ret ? errno : 0;
}

/**
 * errno_name() - name of an error
 * @err: errno, or 0
 *
 * Return: as in the manual; 0 for none.
 */
const char *errno_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "0";

	/* The kernel's own, which it should keep to itself. */
	if (!name)
		name = err == 524 ? "ENOTSUPP" : "unknown";
	return name;
}

/**
 * call_show() - print how a call went, one key=value per line
 * @call: the call
 */
void call_show(const struct call *call)
{
	printf("ret=%d\nerrno=%s\n", call->ret, errno_name(call->err));
	if (call->arg->error == ERROR_UNTOUCHED)
		printf("error=untouched\n");
	else
		printf("error=%#x\n", call->arg->error);
	if (call->command && call->command->show && !call->options->has_data)
		call->command->show(call);
}

/**
 * call_release() - give a call's memory back
 * @call: the call
 */
void call_release(struct call *call)
{
	for (int i = 0; i < 2; i++)
		low_free(call->blob[i].mem, call->blob[i].size + 1);
	if (call->data)
		low_free(call->data, call->command->size);
	low_free(call->arg, sizeof(*call->arg));
}
