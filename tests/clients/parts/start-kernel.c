// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces the running kernel by the one that tests/vm/run --second-kernel has put into
 * /vm/second, or keeps that for a crash.
 *
 *	start-kernel [--crash] [WORD]...
 *
 * It gets the command line of this kernel, without crashkernel=, and the WORDs. With --crash
 * it waits in the memory of crashkernel= for a panic.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_LINE	4096

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	return fd;
}

static void add_word(char *line, const char *word)
{
	if (strlen(line) + strlen(word) + 2 > MAX_LINE) {
		fprintf(stderr, "the command line is too long for '%s'\n", word);
		exit(2);
	}
	if (*line)
		strcat(line, " ");
	strcat(line, word);
}

static void read_line(char *line)
{
	char text[MAX_LINE] = "";
	int fd = open_file("/proc/cmdline");

	if (read(fd, text, sizeof(text) - 1) < 0) {
		perror("/proc/cmdline");
		exit(2);
	}
	close(fd);
	for (char *word = strtok(text, "\n "); word; word = strtok(NULL, "\n "))
		if (strncmp(word, "crashkernel=", strlen("crashkernel=")))
			add_word(line, word);
}

int main(int argc, char **argv)
{
	int crash = argc > 1 && !strcmp(argv[1], "--crash");
	unsigned long flags = crash ? KEXEC_FILE_ON_CRASH : 0;
	int kernel = open_file("/vm/second/vmlinuz");
	int initrd = open_file("/vm/second/initrd");
	char line[MAX_LINE] = "";

	read_line(line);
	for (int i = 1 + crash; i < argc; i++)
		add_word(line, argv[i]);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(line) + 1, line, flags)) {
		perror("kexec_file_load");
		return 1;
	}
	if (crash)
		return 0;
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("reboot");
	return 1;
}
