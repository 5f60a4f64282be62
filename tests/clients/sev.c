// SPDX-License-Identifier: GPL-2.0-only
/* Command line of the client. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static const char help[] =
"Usage: sev [OPTION]... COMMAND\n"
"Issue a command of /dev/sev and print how it went, one key=value per line: ret, errno,\n"
"error (the firmware's status; 'untouched' if the driver didn't set it), then the answer.\n"
"Exit status: 0 success, 1 the call failed, 2 it could not be made.\n"
"\n"
"COMMAND is one of factory-reset status pek-gen pek-csr pdh-gen pdh-export pek-import\n"
"get-id get-id2 snp-status snp-commit snp-config snp-vlek-load, or\n"
"  raw NUMBER       a command by its number\n"
"  stress           commands that change nothing from many threads; prints their results\n"
"  slow WHERE       one call whose memory is slow to come, others at the same time; WHERE is\n"
"                   arg, data, out or in; prints whether the others had to wait\n"
"\n"
"  --dev PATH       device node, default /dev/sev\n"
"  --fd N           use this open descriptor\n"
"  --ro             open for reading only\n"
"  --ia32           as 32-bit programs call\n"
"  --ioctl N        another ioctl number\n"
"  --arg ADDRESS    another argument of the ioctl\n"
"  --data ADDRESS   another address of the command's struct\n"
"  --len N --len2 N lengths to announce for the first and second buffer\n"
"  --addr ADDRESS --addr2 ADDRESS   addresses to announce for them\n"
"  --in FILE --in2 FILE             what to send in them\n"
"  --out FILE --out2 FILE           where to put what comes back in them\n"
"  --tcb N --flags N                for snp-config\n"
"  --version N                      for snp-vlek-load\n"
"  --repeat N       call N times; prints the last result and us_per_call\n"
"  --fail-nth N     let the kernel's Nth allocation fail; prints allocations_left, 0 if there\n"
"                   were so many\n"
"  --threads N --seconds N          for stress\n";

enum option_id {
	OPT_DEV = 256, OPT_FD, OPT_RO, OPT_IA32, OPT_IOCTL, OPT_ARG, OPT_DATA, OPT_LEN, OPT_LEN2,
	OPT_ADDR, OPT_ADDR2, OPT_IN, OPT_IN2, OPT_OUT, OPT_OUT2, OPT_TCB, OPT_FLAGS, OPT_VERSION,
	OPT_REPEAT, OPT_FAIL_NTH, OPT_THREADS, OPT_SECONDS, OPT_HELP,
};

static const struct option long_options[] = {
	{ "dev", required_argument, NULL, OPT_DEV },
	{ "fd", required_argument, NULL, OPT_FD },
	{ "ro", no_argument, NULL, OPT_RO },
	{ "ia32", no_argument, NULL, OPT_IA32 },
	{ "ioctl", required_argument, NULL, OPT_IOCTL },
	{ "arg", required_argument, NULL, OPT_ARG },
	{ "data", required_argument, NULL, OPT_DATA },
	{ "len", required_argument, NULL, OPT_LEN },
	{ "len2", required_argument, NULL, OPT_LEN2 },
	{ "addr", required_argument, NULL, OPT_ADDR },
	{ "addr2", required_argument, NULL, OPT_ADDR2 },
	{ "in", required_argument, NULL, OPT_IN },
	{ "in2", required_argument, NULL, OPT_IN2 },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "out2", required_argument, NULL, OPT_OUT2 },
	{ "tcb", required_argument, NULL, OPT_TCB },
	{ "flags", required_argument, NULL, OPT_FLAGS },
	{ "version", required_argument, NULL, OPT_VERSION },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "fail-nth", required_argument, NULL, OPT_FAIL_NTH },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static uint64_t number(const char *text)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (!*text || *end || errno)
		die("'%s' is not a number", text);
	return v;
}

static void set_blob_option(struct blob_option *blob, int id, const char *arg)
{
	switch (id) {
	case OPT_LEN:
		blob->has_len = true;
		blob->len = (uint32_t)number(arg);
		break;
	case OPT_ADDR:
		blob->has_addr = true;
		blob->addr = number(arg);
		break;
	case OPT_IN:
		blob->in = arg;
		break;
	case OPT_OUT:
		blob->out = arg;
		break;
	}
}

static void set_option(struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_DEV:
		o->dev = arg;
		break;
	case OPT_FD:
		o->fd = (int)number(arg);
		break;
	case OPT_RO:
		o->read_only = true;
		break;
	case OPT_IA32:
		o->ia32 = true;
		break;
	case OPT_IOCTL:
		o->ioctl = number(arg);
		break;
	case OPT_ARG:
		o->has_arg = true;
		o->arg = number(arg);
		break;
	case OPT_DATA:
		o->has_data = true;
		o->data = number(arg);
		break;
	case OPT_LEN:
	case OPT_ADDR:
	case OPT_IN:
	case OPT_OUT:
		set_blob_option(&o->blob[0], id, arg);
		break;
	case OPT_LEN2:
	case OPT_ADDR2:
	case OPT_IN2:
	case OPT_OUT2:
		/* Each follows its sibling in the list. */
		set_blob_option(&o->blob[1], id - 1, arg);
		break;
	case OPT_TCB:
		o->tcb = number(arg);
		break;
	case OPT_FLAGS:
		o->flags = (uint32_t)number(arg);
		break;
	case OPT_VERSION:
		o->version = (uint8_t)number(arg);
		break;
	case OPT_REPEAT:
		o->repeat = number(arg);
		break;
	case OPT_FAIL_NTH:
		o->fail_nth = number(arg);
		break;
	case OPT_THREADS:
		o->threads = (unsigned int)number(arg);
		break;
	case OPT_SECONDS:
		o->seconds = (unsigned int)number(arg);
		break;
	case OPT_HELP:
		fputs(help, stdout);
		exit(0);
	default:
		exit(2);
	}
}

static int one_command(const struct options *o, const struct command *command, uint32_t cmd)
{
	int fd = open_device(o);
	struct call call;
	uint64_t start;
	int ret;

	call_prepare(&call, o, command, cmd);
	start = now_us();
	for (unsigned long i = 0; i < o->repeat; i++)
		call_issue(&call, fd);
	if (o->repeat > 1)
		printf("us_per_call=%.2f\n", (double)(now_us() - start) / (double)o->repeat);
	call_show(&call);
	ret = call.ret;
	call_release(&call);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.dev = "/dev/sev", .fd = -1, .ioctl = SEV_ISSUE_CMD, .repeat = 1,
		.threads = 4, .seconds = 2,
	};
	const struct command *command;
	const char *word, *more;
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(&o, c, optarg);
	word = optind < argc ? argv[optind++] : NULL;
	more = optind < argc ? argv[optind++] : NULL;
	if (!word || optind < argc)
		die("what command? See sev --help");

	command = command_find(word);
	if (command && !more)
		return one_command(&o, command, command->cmd);
	if (!strcmp(word, "raw") && more)
		return one_command(&o, NULL, (uint32_t)number(more));
	if (!strcmp(word, "stress") && !more)
		return stress(&o);
	if (!strcmp(word, "slow") && more)
		return slow_memory(&o, more);
	die("'%s' is not a command, see sev --help", word);
}
