// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the firmware for something by /dev/sev-guest.
 *
 *	snp-request [OPTION]... report|ext|key
 *	snp-request answers|tally|shared
 *
 *	--vmpl N		privilege level to name in the request
 *	--version N		message version, 1 if not said
 *	--signer N		key that shall sign a report: 0 any, 1 VCEK, 2 VLEK
 *	--key N			root key of a derived key: 0 VCEK, 1 VMRK
 *	--certs LEN		room for certificates
 *	--out FILE		where the answer goes
 *	--certs-out FILE	where the certificates go
 *	--repeat N		ask N times, each time with other data
 *	--dishonest N		go on until an emulated host has treated N requests badly
 *	--answer KIND[:COUNT]	have an emulated host answer badly, before each request; numbers as
 *				in tests/emu/plugin/README.md
 *	--refuse WHICH[:COUNT]	have an emulated host refuse page state changes, see there too
 *	--device PATH		/dev/sev-guest if not said
 *	--fd N			the device is open as N
 *	--ia32			by the entry of 32-bit programs, and with their structs
 *
 * Prints name=number lines. ret, errno, fw, vmm and status (the firmware's, in the answer) are
 * those of the last request; good, refused, failed and wrong count all of them: refused those with
 * a status of the firmware in the answer, wrong those with an answer to something else. "answers"
 * prints what the emulated host has done so far, "tally" how often it has chosen each kind of
 * answer and how often it then said that all went well; kind 0 are honest ones. "shared" prints
 * how many pages are shared with it, and how many page state changes it has refused.
 * Exit status: 1 the last request failed, 2 it could not be made.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/sev-guest.h>

#define ANSWER_LEAF		0x53455610u
#define TALLY_LEAF		0x53455611u
#define SHARED_LEAF		0x53455612u
#define SIGNATURE		0x564553u	/* "SEV", and a letter for each leaf in front */

#define IA32_NR_IOCTL		54

/* Of an answer: its status and, in a report, the data that was sent */
#define ANSWER_STATUS		0
#define REPORT_USER_DATA	(0x20 + 0x50)

static struct {
	const char *device, *out, *certs_out;
	uint32_t vmpl, signer, root_key, certs;
	uint8_t version;
	unsigned long repeat, dishonest;
	bool has_answer;
	uint32_t answer, refuse;
	bool has_fd, ia32;
	uint32_t fd;
} options = { .device = "/dev/sev-guest", .version = 1, .repeat = 1 };

/* struct request - Everything about one request */
struct request {
	struct snp_guest_request_ioctl arg;
	union {
		struct snp_report_req report;
		struct snp_ext_report_req ext;
		struct snp_derived_key_req key;
	} in;
	union {
		struct snp_report_resp report;
		struct snp_derived_key_resp key;
	} out;
	void *certs;
};

/* struct request32 - struct snp_guest_request_ioctl of 32-bit programs */
struct request32 {
	uint8_t msg_version;
	uint32_t req_data[2], resp_data[2], exitinfo2[2];
};

static const struct kind {
	const char *word;
	unsigned long code;
	bool is_report;
} kinds[] = {
	{ "report", SNP_GET_REPORT, true },
	{ "ext", SNP_GET_EXT_REPORT, true },
	{ "key", SNP_GET_DERIVED_KEY, false },
};

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(2);
}

static void order(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	__cpuid_count(leaf, subleaf, regs[0], regs[1], regs[2], regs[3]);
	if ((regs[1] & 0xffffff) != SIGNATURE) {
		fprintf(stderr, "nobody takes orders; is this an emulated machine?\n");
		exit(2);
	}
}

static void show_answers(void)
{
	uint32_t regs[4];

	order(ANSWER_LEAF, 0, regs);
	printf("requests=%u\ndishonest=%u\nleft=%u\n", regs[0], regs[2], regs[3]);
}

static void show_tally(void)
{
	uint32_t regs[4] = { 0, 0, 0, 1 };

	for (uint32_t kind = 0; kind < regs[3]; kind++) {
		order(TALLY_LEAF, kind, regs);
		printf("chosen%u=%u\nclaimed%u=%u\n", kind, regs[0], kind, regs[2]);
	}
}

static void show_shared(void)
{
	uint32_t regs[4];

	order(SHARED_LEAF, 0, regs);
	printf("shared=%u\nrefused=%u\nleft=%u\n", regs[0], regs[2], regs[3]);
}

static void prepare(struct request *r, const struct kind *kind, unsigned long number)
{
	memset(&r->arg, 0, sizeof(r->arg));
	memset(&r->in, 0, sizeof(r->in));
	memset(&r->out, 0, sizeof(r->out));
	r->arg.msg_version = options.version;
	r->arg.req_data = (uintptr_t)&r->in;
	r->arg.resp_data = (uintptr_t)&r->out;
	if (!kind->is_report) {
		r->in.key.root_key_select = options.root_key;
		r->in.key.vmpl = options.vmpl;
		return;
	}
	/* The other report request begins with this one. */
	snprintf((char *)r->in.report.user_data, sizeof(r->in.report.user_data),
		 "request %lu of process %d", number, getpid());
	r->in.report.vmpl = options.vmpl;
	memcpy(r->in.report.rsvd, &options.signer, sizeof(options.signer));
	if (kind->code == SNP_GET_EXT_REPORT) {
		r->in.ext.certs_address = (uintptr_t)r->certs;
		r->in.ext.certs_len = options.certs;
	}
}

static uint32_t status_of(const struct request *r)
{
	uint32_t status;

	memcpy(&status, r->out.report.data + ANSWER_STATUS, sizeof(status));
	return status;
}

static bool is_answer(const struct request *r, const struct kind *kind)
{
	if (!kind->is_report)
		return true;
	return !memcmp(r->out.report.data + REPORT_USER_DATA, r->in.report.user_data,
		       sizeof(r->in.report.user_data));
}

/* The entry of 32-bit programs: the kernel takes us for one for this call. */
static int ioctl_ia32(int fd, unsigned long code, struct snp_guest_request_ioctl *arg)
{
	static struct request32 arg32;
	long ret;

	code = _IOWR(_IOC_TYPE(code), _IOC_NR(code), arg32);
	arg32.msg_version = arg->msg_version;
	memcpy(arg32.req_data, &arg->req_data, sizeof(arg32.req_data));
	memcpy(arg32.resp_data, &arg->resp_data, sizeof(arg32.resp_data));
	memset(arg32.exitinfo2, 0, sizeof(arg32.exitinfo2));
	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (IA32_NR_IOCTL), "b" ((long)fd), "c" (code), "d" (&arg32)
		     : "memory", "r8", "r9", "r10", "r11");
	memcpy(&arg->exitinfo2, arg32.exitinfo2, sizeof(arg32.exitinfo2));
	if ((int)ret >= 0)
		return (int)ret;
	errno = -(int)ret;
	return -1;
}

static void save(const char *path, const void *data, size_t len)
{
	FILE *file;

	if (!path)
		return;
	file = fopen(path, "w");
	if (!file || fwrite(data, len, 1, file) != 1 || fclose(file))
		die(path);
}

/* Is the emulated host done? It counts what it does. */
static bool enough(unsigned long asked, uint32_t before)
{
	uint32_t regs[4];

	if (!options.dishonest)
		return asked >= options.repeat;
	order(ANSWER_LEAF, 0, regs);
	return regs[2] - before >= options.dishonest;
}

static uint32_t dishonest_before(void)
{
	uint32_t regs[4];

	if (!options.dishonest)
		return 0;
	order(ANSWER_LEAF, 0, regs);
	return regs[2];
}

static int ask(const struct kind *kind)
{
	unsigned long good = 0, refused = 0, failed = 0, wrong = 0;
	/* A static program's data is where a 32-bit pointer reaches. */
	static struct request r;
	int fd, ret = 0, err = 0;
	uint32_t regs[4], before = dishonest_before();

	fd = options.has_fd ? (int)options.fd : open(options.device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(options.device);
	if (options.certs) {
		r.certs = mmap(NULL, options.certs, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		if (r.certs == MAP_FAILED)
			die("mmap");
	}
	for (unsigned long i = 0; !enough(i, before); i++) {
		prepare(&r, kind, i);
		if (options.has_answer)
			order(ANSWER_LEAF, options.answer, regs);
		ret = options.ia32 ? ioctl_ia32(fd, kind->code, &r.arg) :
				     ioctl(fd, kind->code, &r.arg);
		err = ret ? errno : 0;
		if (ret)
			failed++;
		else if (status_of(&r))
			refused++;
		else if (is_answer(&r, kind))
			good++;
		else
			wrong++;
	}
	printf("ret=%d\nerrno=%d\nfw=%#x\nvmm=%#x\nstatus=%#x\n", ret, err, r.arg.fw_error,
	       r.arg.vmm_error, status_of(&r));
	printf("good=%lu\nrefused=%lu\nfailed=%lu\nwrong=%lu\n", good, refused, failed, wrong);
	if (kind->code == SNP_GET_EXT_REPORT)
		printf("certs=%u\n", r.in.ext.certs_len);
	if (ret)
		return 1;
	save(options.out, &r.out, kind->is_report ? sizeof(r.out.report) : sizeof(r.out.key));
	save(options.certs_out, r.certs, options.certs);
	return 0;
}

static uint32_t parse(const char *text, const char **end)
{
	char *last;
	unsigned long value = strtoul(text, &last, 0);

	if (last == text || value > UINT32_MAX || (*last && (!end || *last != ':'))) {
		fprintf(stderr, "'%s' is not a number\n", text);
		exit(2);
	}
	if (end)
		*end = *last ? last + 1 : NULL;
	return (uint32_t)value;
}

static uint32_t number_and_count(const char *text)
{
	uint32_t kind = parse(text, &text);

	return kind | (text ? parse(text, NULL) : 1) << 8;
}

static void set_option(int option, const char *value)
{
	switch (option) {
	case 'l':
		options.vmpl = parse(value, NULL);
		break;
	case 'v':
		options.version = (uint8_t)parse(value, NULL);
		break;
	case 's':
		options.signer = parse(value, NULL);
		break;
	case 'k':
		options.root_key = parse(value, NULL);
		break;
	case 'c':
		options.certs = parse(value, NULL);
		break;
	case 'o':
		options.out = value;
		break;
	case 'O':
		options.certs_out = value;
		break;
	case 'r':
		options.repeat = parse(value, NULL);
		break;
	case 'R':
		options.refuse = number_and_count(value);
		break;
	case 'D':
		options.dishonest = parse(value, NULL);
		break;
	case 'd':
		options.device = value;
		break;
	case 'f':
		options.has_fd = true;
		options.fd = parse(value, NULL);
		break;
	case '3':
		options.ia32 = true;
		break;
	case 'a':
		options.has_answer = true;
		options.answer = number_and_count(value);
		break;
	default:
		exit(2);
	}
}

static const struct view {
	const char *word;
	void (*show)(void);
} views[] = {
	{ "answers", show_answers },
	{ "tally", show_tally },
	{ "shared", show_shared },
};

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "vmpl", required_argument, NULL, 'l' },
		{ "version", required_argument, NULL, 'v' },
		{ "signer", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "certs", required_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'o' },
		{ "certs-out", required_argument, NULL, 'O' },
		{ "repeat", required_argument, NULL, 'r' },
		{ "dishonest", required_argument, NULL, 'D' },
		{ "refuse", required_argument, NULL, 'R' },
		{ "device", required_argument, NULL, 'd' },
		{ "fd", required_argument, NULL, 'f' },
		{ "ia32", no_argument, NULL, '3' },
		{ "answer", required_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	uint32_t regs[4];
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		set_option(option, optarg);
	if (optind != argc - 1) {
		fprintf(stderr, "usage: %s [OPTION]... report|ext|key|answers|tally|shared\n",
			argv[0]);
		return 2;
	}
	if (options.refuse)
		order(SHARED_LEAF, options.refuse, regs);
	for (unsigned int i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		if (!strcmp(argv[optind], views[i].word)) {
			views[i].show();
			return 0;
		}
	}
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[optind], kinds[i].word))
			return ask(&kinds[i]);
	fprintf(stderr, "no request '%s'\n", argv[optind]);
	return 2;
}
