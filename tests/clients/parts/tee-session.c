// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talks to an application in the trusted execution environment through /dev/tee0.
 *
 *	tee-session UUID COMMAND A B [hold]
 *
 * Opens a session (the driver loads the application from below amdtee/), invokes
 * COMMAND with A and B as an in/out value, and prints what becomes of each step.
 * With "hold" it waits for a line on the standard input before it invokes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/tee.h>

#define PARAMS	4

/* Prints the fields of a UUID as the driver prints them into the file name. */
static void parse_uuid(uint8_t *uuid, const char *text)
{
	size_t n = 0;

	for (; *text && n < TEE_IOCTL_UUID_LEN; text++) {
		if (*text == '-')
			continue;
		if (sscanf(text, "%2hhx", &uuid[n++]) != 1)
			break;
		text++;
	}
	if (n != TEE_IOCTL_UUID_LEN || *text) {
		fprintf(stderr, "that is not a UUID\n");
		exit(2);
	}
}

static int report(const char *step, int ret, uint32_t result)
{
	printf("%s=%s result=%#x\n", step, ret ? strerrorname_np(errno) : "0", result);
	fflush(stdout);
	return ret || result ? 1 : 0;
}

int main(int argc, char **argv)
{
	union {
		struct tee_ioctl_open_session_arg arg;
		uint8_t room[sizeof(struct tee_ioctl_open_session_arg) +
			     PARAMS * sizeof(struct tee_ioctl_param)];
	} open_arg = { 0 };
	union {
		struct tee_ioctl_invoke_arg arg;
		uint8_t room[sizeof(struct tee_ioctl_invoke_arg) +
			     PARAMS * sizeof(struct tee_ioctl_param)];
	} invoke_arg = { 0 };
	struct tee_ioctl_buf_data data;
	struct tee_ioctl_close_session_arg close_arg;
	int fd, ret, status;

	if (argc < 5) {
		fprintf(stderr, "usage: tee-session UUID COMMAND A B [hold]\n");
		return 2;
	}
	fd = open("/dev/tee0", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return report("open", -1, 0);

	parse_uuid(open_arg.arg.uuid, argv[1]);
	open_arg.arg.num_params = PARAMS;
	data = (struct tee_ioctl_buf_data){ (uintptr_t)&open_arg, sizeof(open_arg) };
	ret = ioctl(fd, TEE_IOC_OPEN_SESSION, &data);
	status = report("session", ret, open_arg.arg.ret);
	if (status)
		return status;

	if (argc > 5)
		getchar();

	invoke_arg.arg.func = (uint32_t)strtoul(argv[2], NULL, 0);
	invoke_arg.arg.session = open_arg.arg.session;
	invoke_arg.arg.num_params = PARAMS;
	invoke_arg.arg.params[0].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	invoke_arg.arg.params[0].a = strtoull(argv[3], NULL, 0);
	invoke_arg.arg.params[0].b = strtoull(argv[4], NULL, 0);
	data = (struct tee_ioctl_buf_data){ (uintptr_t)&invoke_arg, sizeof(invoke_arg) };
	ret = ioctl(fd, TEE_IOC_INVOKE, &data);
	status = report("invoke", ret, invoke_arg.arg.ret);
	printf("values=%#llx,%#llx\n", (unsigned long long)invoke_arg.arg.params[0].a,
	       (unsigned long long)invoke_arg.arg.params[0].b);

	close_arg.session = open_arg.arg.session;
	ret = ioctl(fd, TEE_IOC_CLOSE_SESSION, &close_arg);
	return report("close", ret, 0) || status;
}
