// SPDX-License-Identifier: GPL-2.0-only
/* psp-control: send one command to the control socket of psp-server and print the answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char help[] =
"Usage: psp-control SOCKET COMMAND [ARGUMENT]...\n"
"  fault SPEC            add a fault (psp-server --help explains SPEC); prints its number\n"
"  faults                list the faults and how often each has hit\n"
"  clear [NUMBER]        remove one fault, or all\n"
"  stats [clear]         commands by unit and number, counters of the device\n"
"  status                part, mailboxes, firmware\n"
"  pages                 how many pages are in which state, by the RMP\n"
"  log [LINES]           last lines of the log\n"
"  trace on|off          log every register access\n"
"  irq                   send an interrupt that nobody asked for\n"
"  release               answer the commands that hang\n"
"  busy MILLISECONDS     an earlier command keeps the SEV mailbox busy for so long\n"
"  seed N                answer at the times of --seed N, from its beginning; 0: at once\n"
"  reset                 reset the device, as a loss of power does\n"
"  reg OFFSET [VALUE]    read or write a register of BAR 2\n"
"  garbage [VALUE]|off   make all registers read as VALUE, default 0xffffffff\n"
"  capability WORD       change the capability register\n"
"  api MAJOR.MINOR.BUILD restart the firmware with another version\n"
"Exit status: 0 done, 1 refused, 2 no connection.\n";

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	char line[1024] = "";
	FILE *f;
	int fd;

	if (argc < 3) {
		fputs(help, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	for (int i = 2; i < argc; i++) {
		if (strlen(line) + strlen(argv[i]) + 2 > sizeof(line)) {
			fprintf(stderr, "psp-control: command is too long\n");
			return 2;
		}
		strcat(line, argv[i]);
		strcat(line, i + 1 < argc ? " " : "\n");
	}
	fd = connect_to(argv[1]);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f || send(fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line)) {
		fprintf(stderr, "psp-control: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	while (fgets(line, sizeof(line), f)) {
		if (!strcmp(line, "ok\n"))
			return 0;
		if (!strncmp(line, "error: ", 7)) {
			fputs(line, stderr);
			return 1;
		}
		fputs(line, stdout);
	}
	fprintf(stderr, "psp-control: the server has closed the connection\n");
	return 2;
}
