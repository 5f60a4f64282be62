// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of /dev/sev:
 *
 *	sev WORD|NUMBER [fd=rw|ro|wo] [ioctl=N] [arg=WHERE] [data=WHERE]
 *		[addr=WHERE] [len=N] [addr2=WHERE] [len2=N] [in=FILE] [in2=FILE] [tcb=N] [flags=N]
 *
 * With show=N the first N bytes of the first buffer are told as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/psp-sev.h>

#include "step.h"

#define UNTOUCHED	0x5a5a5a5au
#define FILE_MAX	0x4000

/**
 * struct command - what a command takes
 * @word: its name here
 * @size: of its struct
 * @make: fills the struct in; NULL: it stays as it is
 * @content: of the buffers it points to
 */
struct command {
	const char *word;
	size_t size;
	void (*make)(const struct step *step, void *data);
	enum content content;
};

static uint64_t buffer(const struct step *step, enum area area, const char *addr, const char *in)
{
	static uint8_t content[FILE_MAX];
	uint64_t at = memory_address(area, step_option(step, addr));
	const char *path = step_option(step, in);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t len;

	if (fd >= 0) {
		len = read(fd, content, sizeof(content));
		if (len > 0)
			memory_put(area, at, content, (size_t)len);
		close(fd);
	}
	return at;
}

static uint64_t first(const struct step *step)
{
	return buffer(step, AREA_FIRST, "addr", "in");
}

static uint64_t second(const struct step *step)
{
	return buffer(step, AREA_SECOND, "addr2", "in2");
}

static void make_csr(const struct step *step, void *data)
{
	struct sev_user_data_pek_csr *d = data;

	d->address = first(step);
	d->length = (uint32_t)step_number(step, "len", 2084);
}

static void make_export(const struct step *step, void *data)
{
	struct sev_user_data_pdh_cert_export *d = data;

	d->pdh_cert_address = first(step);
	d->pdh_cert_len = (uint32_t)step_number(step, "len", 2084);
	d->cert_chain_address = second(step);
	d->cert_chain_len = (uint32_t)step_number(step, "len2", 3 * 2084);
}

static void make_import(const struct step *step, void *data)
{
	struct sev_user_data_pek_cert_import *d = data;

	d->pek_cert_address = first(step);
	d->pek_cert_len = (uint32_t)step_number(step, "len", 2084);
	d->oca_cert_address = second(step);
	d->oca_cert_len = (uint32_t)step_number(step, "len2", 2084);
}

static void make_id2(const struct step *step, void *data)
{
	struct sev_user_data_get_id2 *d = data;

	d->address = first(step);
	d->length = (uint32_t)step_number(step, "len", 64);
}

static void make_config(const struct step *step, void *data)
{
	struct sev_user_data_snp_config *d = data;
	uint32_t flags = (uint32_t)step_number(step, "flags", 0);

	d->reported_tcb = step_number(step, "tcb", 0);
	d->mask_chip_id = flags & 1;
	d->mask_chip_key = flags >> 1 & 1;
	d->rsvd = flags >> 2;
}

static void make_vlek(const struct step *step, void *data)
{
	struct sev_user_data_snp_vlek_load *d = data;

	d->vlek_wrapped_address = first(step);
	d->len = (uint32_t)step_number(step, "len", sizeof(*d));
	d->vlek_wrapped_version = (uint8_t)step_number(step, "flags", 0);
}

/* In the order of their numbers */
static const struct command commands[SEV_MAX] = {
	{ "factory-reset", 0, NULL, CONTENT_PLAIN },
	{ "status", sizeof(struct sev_user_data_status), NULL, CONTENT_PLAIN },
	{ "pek-gen", 0, NULL, CONTENT_PLAIN },
	{ "pek-csr", sizeof(struct sev_user_data_pek_csr), make_csr, CONTENT_CERTS },
	{ "pdh-gen", 0, NULL, CONTENT_PLAIN },
	{ "pdh-export", sizeof(struct sev_user_data_pdh_cert_export), make_export, CONTENT_CERTS },
	{ "pek-import", sizeof(struct sev_user_data_pek_cert_import), make_import, CONTENT_PLAIN },
	{ "get-id", sizeof(struct sev_user_data_get_id), NULL, CONTENT_PLAIN },
	{ "get-id2", sizeof(struct sev_user_data_get_id2), make_id2, CONTENT_PLAIN },
	{ "snp-status", sizeof(struct sev_user_data_snp_status), NULL, CONTENT_PLAIN },
	{ "snp-commit", 0, NULL, CONTENT_PLAIN },
	{ "snp-config", sizeof(struct sev_user_data_snp_config), make_config, CONTENT_PLAIN },
	{ "snp-vlek-load", sizeof(struct sev_user_data_snp_vlek_load), make_vlek, CONTENT_PLAIN },
};

static uint32_t number_of(const char *word)
{
	for (uint32_t i = 0; i < SEV_MAX; i++)
		if (!strcmp(word, commands[i].word))
			return i;
	return (uint32_t)strtoul(word, NULL, 0);
}

static int open_flags(const struct step *step)
{
	const char *fd = step_option(step, "fd");

	if (fd && !strcmp(fd, "ro"))
		return O_RDONLY;
	return fd && !strcmp(fd, "wo") ? O_WRONLY : O_RDWR;
}

/* The firmware's status, and whether anything else in the argument has changed. */
static void say_error(uint64_t at)
{
	uint64_t error_at = at + offsetof(struct sev_issue_cmd, error);
	uint32_t error;

	if (memory_get(AREA_ARG, error_at, &error, sizeof(error))) {
		if (error == UNTOUCHED)
			say("error", "untouched");
		else
			say("error", "%#x", error);
		memory_put(AREA_ARG, error_at, &error, sizeof(error));
	}
	memory_changes("arg", AREA_ARG, CONTENT_PLAIN);
}

static void show(uint64_t len)
{
	uint8_t byte;

	printf("shown=");
	for (uint64_t i = 0; i < len; i++)
		if (memory_get(AREA_FIRST, memory_address(AREA_FIRST, NULL) + i, &byte, 1))
			printf("%02x", byte);
	putchar('\n');
}

static void call(const struct step *step, int fd)
{
	uint32_t number = number_of(step_word(step, 1));
	const struct command *command = number < SEV_MAX ? &commands[number] : NULL;
	enum content content = command ? command->content : CONTENT_PLAIN;
	struct sev_issue_cmd arg = { .cmd = number, .error = UNTOUCHED };
	uint64_t at = memory_address(AREA_ARG, step_option(step, "arg"));
	uint8_t data[128] = { 0 };
	int ret;

	arg.data = memory_address(AREA_DATA, step_option(step, "data"));
	if (command && command->make)
		command->make(step, data);
	if (command && command->make)
		memory_put(AREA_DATA, arg.data, data, command->size);
	memory_put(AREA_ARG, at, &arg, sizeof(arg));
	ret = ioctl(fd, step_number(step, "ioctl", SEV_ISSUE_CMD), at);
	say_errno("errno", ret);
	if (ret > 0)
		say("ret", "%d", ret);
	say_error(at);
	memory_changes("data", AREA_DATA, CONTENT_PLAIN);
	memory_changes("first", AREA_FIRST, content);
	memory_changes("second", AREA_SECOND, content);
	if (step_option(step, "show"))
		show(step_number(step, "show", 0));
}

/**
 * sev_step() - a command of /dev/sev
 * @step: the step
 */
void sev_step(const struct step *step)
{
	int fd = open("/dev/sev", open_flags(step) | O_CLOEXEC);

	if (fd < 0) {
		say_errno("open", fd);
		return;
	}
	call(step, fd);
	close(fd);
}

/* The one thing that this child does is a call: if it sleeps it waits for the firmware. */
static bool waits(pid_t pid)
{
	char path[64], text[256] = "";
	const char *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	state = strrchr(text, ')');
	return !state || strchr("SDZX", state[2]);
}

/**
 * kill_step() - SIGKILL while a command of /dev/sev waits
 * @step: "kill sev ..."
 */
void kill_step(const struct step *step)
{
	struct step inner = *step;
	struct timespec moment = { .tv_nsec = 10000000 };
	int status, i;
	pid_t pid;

	inner.words--;
	memmove(inner.word, inner.word + 1, (size_t)inner.words * sizeof(inner.word[0]));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		freopen("/dev/null", "w", stdout);
		sev_step(&inner);
		_exit(7);
	}
	for (i = 0; i < 100; i++) {
		nanosleep(&moment, NULL);
		if (waits(pid))
			break;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	say("ended", "%#x", status);
}
