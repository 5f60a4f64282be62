// SPDX-License-Identifier: GPL-2.0-only
/*
 * Issues one ioctl on a device node, for machines that have nothing but a kernel.
 *
 *	node [--fd N] [--arg ADDR] [--ia32] [--read-only] PATH NUMBER [HEX]
 *
 * The struct is as large as NUMBER says; HEX goes into its beginning, the rest is 0.
 * Prints "ret=", "errno=" and the struct as "data=". Exit status 1: the ioctl failed,
 * 3: it wrote beyond its struct.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define IA32_NR_IOCTL	54
#define GUARD		0xcc
#define GUARD_LEN	64

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t val = strtoull(text, &end, 0);

	if (!*text || *end)
		die("'%s' is not a number", text);
	return val;
}

static void unhex(uint8_t *data, size_t size, const char *hex)
{
	size_t len = strlen(hex) / 2;

	if (strlen(hex) % 2 || len > size)
		die("%zu hex digits don't fit into a struct of %zu bytes", strlen(hex), size);
	for (size_t i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &data[i]) != 1)
			die("'%s' is not hexadecimal", hex);
}

/* The entry of 32-bit programs: the kernel takes us for one for this call. */
static int ioctl_ia32(int fd, unsigned long cmd, uint64_t arg)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (IA32_NR_IOCTL), "b" ((long)fd), "c" (cmd), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret >= 0)
		return (int)ret;
	errno = -(int)ret;
	return -1;
}

int main(int argc, char **argv)
{
	bool ia32 = false, has_arg = false;
	int access = O_RDWR;
	uint64_t arg = 0;
	unsigned long cmd;
	uint8_t *data;
	size_t size;
	int fd = -1;
	int ret;

	for (; argc > 1 && !strncmp(argv[1], "--", 2); argc--, argv++) {
		if (!strcmp(argv[1], "--ia32")) {
			ia32 = true;
			continue;
		}
		if (!strcmp(argv[1], "--read-only")) {
			access = O_RDONLY;
			continue;
		}
		if (argc < 3)
			die("%s needs a value", argv[1]);
		if (!strcmp(argv[1], "--fd")) {
			fd = (int)number(argv[2]);
		} else if (!strcmp(argv[1], "--arg")) {
			has_arg = true;
			arg = number(argv[2]);
		} else {
			die("what is %s?", argv[1]);
		}
		argc--, argv++;
	}
	if (argc < 3)
		die("usage: node [--fd N] [--arg ADDR] [--ia32] [--read-only] PATH NUMBER [HEX]");

	cmd = number(argv[2]);
	size = _IOC_SIZE(cmd);
	/* Where a 32-bit pointer reaches. */
	data = mmap(NULL, size + GUARD_LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (data == MAP_FAILED)
		die("no memory");
	memset(data + size, GUARD, GUARD_LEN);
	if (argc > 3)
		unhex(data, size, argv[3]);
	if (!has_arg)
		arg = (uintptr_t)data;

	if (fd < 0)
		fd = open(argv[1], access | O_CLOEXEC);
	if (fd < 0)
		die("can't open %s: %s", argv[1], strerrorname_np(errno));
	errno = 0;
	ret = ia32 ? ioctl_ia32(fd, cmd, arg) : ioctl(fd, cmd, arg);
	printf("ret=%d\nerrno=%s\ndata=", ret, ret ? strerrorname_np(errno) : "0");
	for (size_t i = 0; i < size; i++)
		printf("%02x", data[i]);
	putchar('\n');

	for (size_t i = size; i < size + GUARD_LEN; i++)
		if (data[i] != GUARD)
			return 3;
	return ret ? 1 : 0;
}
