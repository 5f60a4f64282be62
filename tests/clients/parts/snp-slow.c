// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request to /dev/sev-guest whose user memory is slow to come: the page is there when we
 * say so (userfaultfd). Meanwhile another process wants reports.
 *
 *	snp-slow arg|req|resp|certs
 *
 * The word names the memory: the ioctl's argument, the request, the answer, the certificates.
 * Prints name=number lines: how many reports the other one got while the memory was missing,
 * and how the slow request ended. Exit status: 1 the other one had to wait, 2 it can't be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sev-guest.h>

#define PAGE			4096u
#define CERTS			(4 * PAGE)
#define OTHER_REQUESTS		5
#define FAULT_TIMEOUT_MS	10000
#define OTHERS_TIMEOUT_MS	5000

static const char *const places[] = { "arg", "req", "resp", "certs" };

enum place { ARG, REQ, RESP, CERTS_OUT, NUM_PLACES };

/* struct slow - The request, each part of it on a page of its own */
struct slow {
	struct snp_guest_request_ioctl *arg;
	struct snp_ext_report_req *req;
	struct snp_report_resp *resp;
	uint8_t *certs;
	uint8_t *missing;
	uint8_t content[PAGE];
	int fd, uffd, ret, err;
};

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(2);
}

static void *pages(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		die("mmap");
	return mem;
}

static int device(void)
{
	int fd = open("/dev/sev-guest", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/sev-guest");
	return fd;
}

/* Takes a page away until release(); what was in it is kept. */
static void take_away(struct slow *s, void *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	s->missing = page;
	memcpy(s->content, page, PAGE);
	if (madvise(page, PAGE, MADV_DONTNEED))
		die("madvise");
	s->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0 || ioctl(s->uffd, UFFDIO_API, &api))
		die("userfaultfd");
	if (ioctl(s->uffd, UFFDIO_REGISTER, &reg))
		die("can't catch faults");
}

static void release(struct slow *s)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)s->missing, .src = (uintptr_t)s->content, .len = PAGE,
	};

	if (ioctl(s->uffd, UFFDIO_COPY, &copy))
		die("can't resolve a fault");
}

static void prepare(struct slow *s, enum place place)
{
	void *slow_page[NUM_PLACES];

	s->arg = pages(PAGE);
	s->req = pages(PAGE);
	s->resp = pages(PAGE);
	s->certs = pages(CERTS);
	*s->arg = (struct snp_guest_request_ioctl) {
		.msg_version = 1,
		.req_data = (uintptr_t)s->req,
		.resp_data = (uintptr_t)s->resp,
	};
	s->req->certs_address = (uintptr_t)s->certs;
	s->req->certs_len = CERTS;
	slow_page[ARG] = s->arg;
	slow_page[REQ] = s->req;
	slow_page[RESP] = s->resp;
	slow_page[CERTS_OUT] = s->certs;
	s->fd = device();
	take_away(s, slow_page[place]);
}

static void *ask_slowly(void *arg)
{
	struct slow *s = arg;

	s->ret = ioctl(s->fd, SNP_GET_EXT_REPORT, s->arg);
	s->err = s->ret ? errno : 0;
	return NULL;
}

/* The other process: says one byte for each report. */
static void __attribute__((noreturn)) ask_meanwhile(int out)
{
	static struct snp_report_req req;
	static struct snp_report_resp resp;
	int fd = device();

	for (int i = 0; i < OTHER_REQUESTS; i++) {
		struct snp_guest_request_ioctl arg = {
			.msg_version = 1,
			.req_data = (uintptr_t)&req,
			.resp_data = (uintptr_t)&resp,
		};

		if (ioctl(fd, SNP_GET_REPORT, &arg) || write(out, "", 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static int reports_of(int in, int timeout_ms)
{
	struct pollfd event = { .fd = in, .events = POLLIN };
	int done = 0;
	char byte;

	while (done < OTHER_REQUESTS && poll(&event, 1, timeout_ms) == 1 &&
	       read(in, &byte, 1) == 1)
		done++;
	return done;
}

static int try_place(enum place place)
{
	static struct slow s;
	pthread_t thread;
	struct pollfd event;
	struct uffd_msg msg;
	int channel[2], done, status;
	pid_t other;

	prepare(&s, place);
	event = (struct pollfd){ .fd = s.uffd, .events = POLLIN };
	if (pipe2(channel, O_CLOEXEC) || pthread_create(&thread, NULL, ask_slowly, &s))
		die("can't start");
	if (poll(&event, 1, FAULT_TIMEOUT_MS) != 1 ||
	    read(s.uffd, &msg, sizeof(msg)) != sizeof(msg))
		die("the driver didn't touch the memory");

	other = fork();
	if (other < 0)
		die("fork");
	if (!other)
		ask_meanwhile(channel[1]);
	done = reports_of(channel[0], OTHERS_TIMEOUT_MS);

	release(&s);
	pthread_join(thread, NULL);
	if (waitpid(other, &status, 0) != other)
		die("waitpid");
	printf("others=%d\nothers_status=%d\nret=%d\nerrno=%d\n", done, status, s.ret, s.err);
	return done < OTHER_REQUESTS;
}

int main(int argc, char **argv)
{
	for (int place = 0; argc == 2 && place < NUM_PLACES; place++)
		if (!strcmp(argv[1], places[place]))
			return try_place(place);
	fprintf(stderr, "usage: %s arg|req|resp|certs\n", argv[0]);
	return 2;
}
