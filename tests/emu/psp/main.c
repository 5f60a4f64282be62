// SPDX-License-Identifier: GPL-2.0-only
/* psp-server: command line and life of the process. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"
#include "device.h"
#include "log.h"
#include "loop.h"

#define MAX_FAULT_OPTIONS	32

struct options {
	struct psp_config psp;
	const char *socket, *control, *log, *machine, *api, *family, *model, *svn,
		   *platform_info;
	const char *faults[MAX_FAULT_OPTIONS];
	unsigned int num_faults;
	bool trace, has_capability;
	uint32_t capability;
};

static const char help[] =
"Usage: psp-server --socket PATH [OPTION]...\n"
"Emulate an AMD secure processor as a vfio-user device for QEMU:\n"
"  qemu-system-x86_64 -object memory-backend-memfd,id=ram,size=1G,share=on \\\n"
"    -machine q35,memory-backend=ram -m 1G \\\n"
"    -device '{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"PATH\"}}'\n"
"\n"
"  --socket PATH         where QEMU connects; one after another\n"
"  --pci-id ID           which processor's PSP, default 1486; see --list\n"
"  --capability WORD     capability register; ffffffff: access blocked by the BIOS\n"
"  --ccp-blocked         the BIOS blocks access to the crypto engine only\n"
"  --api MAJOR.MINOR.BUILD  SEV firmware version, default 1.55.21\n"
"  --lacks WORD          bits in ECX of SNP_FEATURE_INFO that the firmware doesn't have\n"
"  --family N --model N  CPU family and model of the firmware, as 19h, 0x19 or 25\n"
"  --svn N               its security version, default 22 (family 1ah: 3)\n"
"  --committed-svn N     the one that is committed, if that is lower\n"
"  --platform-info BITS  what reports say of the BIOS: 1 SMT, 2 TSME, 4 ECC, 0x40\n"
"  --bootloader A.B.C.D  version of the boot loader\n"
"  --tee-version A.B.C.D version of the TEE\n"
"  --hsti WORD           security attributes that the HSTI query reports\n"
"  --irq KIND            msix+msi (default), msix, msi, or intx\n"
"  --cbit N              address bit that marks encrypted memory, default 51\n"
"  --machine FILE        state shared with the CPUs: sevcpu.so has the same option\n"
"  --caches-only         of those CPUs only the caches count\n"
"  --cores N             CPUs that have to write back caches for DF_FLUSH; with --machine\n"
"  --no-encryption       memory encryption is off in the BIOS\n"
"  --seed N              vary when answers come, the same way for the same N;\n"
"                        0, the default: everything at once\n"
"  --state DIR           keep fuses and non-volatile data in DIR, default: in memory\n"
"  --fault SPEC          inject a fault; may be given more than once\n"
"  --control PATH        socket for psp-control\n"
"  --log FILE            append the log to FILE, default: stderr\n"
"  --trace               log every register access\n"
"  --list                list the processors and exit\n"
"\n"
"SPEC is a comma-separated list of\n"
"  unit=sev|psp|ext|pa|doorbell|tee  command interface, default sev\n"
"  cmd=NAME|NUMBER|any   command of that interface, default any\n"
"  status=N              answer with status N; the command is not carried out\n"
"  exec                  with status: carry it out all the same\n"
"  hang                  never answer\n"
"  delay=MS              answer late, and carry it out only then\n"
"  late-irq=MS           send the interrupt so long after the answer\n"
"  lost-irq              answer, but send no interrupt\n"
"  spurious-irq          one interrupt before the answer\n"
"  garbage[=VALUE]       from now on all registers read as VALUE, default 0xffffffff\n"
"  after=N               let N matching commands through first\n"
"  count=N               hit N times, then no more\n"
"Example: --fault cmd=INIT,status=0x18,count=1 --fault unit=tee,cmd=LOAD_TA,hang\n";

enum option_id {
	OPT_SOCKET = 256, OPT_PCI_ID, OPT_CAPABILITY, OPT_API, OPT_FAMILY, OPT_MODEL,
	OPT_BOOTLOADER, OPT_TEE_VERSION, OPT_HSTI, OPT_IRQ, OPT_CBIT, OPT_NO_ENCRYPTION,
	OPT_SVN, OPT_COMMITTED_SVN, OPT_PLATFORM_INFO, OPT_MACHINE, OPT_CORES, OPT_SEED,
	OPT_CCP_BLOCKED, OPT_STATE, OPT_FAULT, OPT_CONTROL, OPT_LOG, OPT_TRACE, OPT_LIST,
	OPT_HELP, OPT_LACKS, OPT_CACHES_ONLY,
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "pci-id", required_argument, NULL, OPT_PCI_ID },
	{ "capability", required_argument, NULL, OPT_CAPABILITY },
	{ "ccp-blocked", no_argument, NULL, OPT_CCP_BLOCKED },
	{ "api", required_argument, NULL, OPT_API },
	{ "lacks", required_argument, NULL, OPT_LACKS },
	{ "family", required_argument, NULL, OPT_FAMILY },
	{ "model", required_argument, NULL, OPT_MODEL },
	{ "svn", required_argument, NULL, OPT_SVN },
	{ "committed-svn", required_argument, NULL, OPT_COMMITTED_SVN },
	{ "platform-info", required_argument, NULL, OPT_PLATFORM_INFO },
	{ "bootloader", required_argument, NULL, OPT_BOOTLOADER },
	{ "tee-version", required_argument, NULL, OPT_TEE_VERSION },
	{ "hsti", required_argument, NULL, OPT_HSTI },
	{ "irq", required_argument, NULL, OPT_IRQ },
	{ "cbit", required_argument, NULL, OPT_CBIT },
	{ "no-encryption", no_argument, NULL, OPT_NO_ENCRYPTION },
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "caches-only", no_argument, NULL, OPT_CACHES_ONLY },
	{ "cores", required_argument, NULL, OPT_CORES },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static void die(const char *what, const char *value)
{
	fprintf(stderr, "psp-server: %s: %s\n", what, value);
	exit(2);
}

static uint32_t hex(const char *name, const char *text)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 16);
	if (!*text || *end || errno || v > UINT32_MAX)
		die(name, text);
	return (uint32_t)v;
}

/* 19h, 0x19 and 25 are the same family. */
static unsigned int byte_number(const char *name, const char *text)
{
	size_t len = strlen(text);
	bool suffix = len > 1 && text[len - 1] == 'h';
	unsigned long v;
	char *end;

	v = strtoul(text, &end, suffix ? 16 : 0);
	if (end == text || end != text + len - suffix || v > 0xff)
		die(name, text);
	return (unsigned int)v;
}

static uint32_t version(const char *name, const char *text)
{
	unsigned int a, b, c, d;
	char rest;

	if (sscanf(text, "%u.%u.%u.%u%c", &a, &b, &c, &d, &rest) != 4 || a > 255 || b > 255 ||
	    c > 255 || d > 255)
		die(name, text);
	return a << 24 | b << 16 | c << 8 | d;
}

static enum irq_mode irq_mode(const char *text)
{
	static const char *const names[] = {
		[IRQ_MODE_MSIX_MSI] = "msix+msi", [IRQ_MODE_MSIX] = "msix",
		[IRQ_MODE_MSI] = "msi", [IRQ_MODE_INTX] = "intx",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i]))
			return (enum irq_mode)i;
	die("--irq", text);
	return IRQ_MODE_INTX;
}

static uint64_t cbit_mask(const char *text)
{
	unsigned long bit;
	char *end;

	bit = strtoul(text, &end, 10);
	if (!*text || *end || bit < 32 || bit > 62)
		die("--cbit", text);
	return ~(1ull << bit);
}

static unsigned int core_count(const char *text)
{
	unsigned long n;
	char *end;

	n = strtoul(text, &end, 10);
	if (!*text || *end || !n || n > MACHINE_MAX_CPUS)
		die("--cores", text);
	return (unsigned int)n;
}

static uint64_t seed_number(const char *text)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!*text || *end || errno)
		die("--seed", text);
	return n;
}

static void list_parts(void)
{
	unsigned int n;
	const struct psp_part *p = psp_part_table(&n);

	for (; n--; p++)
		printf("%04x %-5s family %xh model %xh capability %#x%s\n", p->pci_id,
		       p->generation, p->family, p->model, p->capability,
		       p->capability & PSP_CAP_SEV ? " SEV" : "");
}

static void set_option(struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_SOCKET:
		o->socket = arg;
		break;
	case OPT_PCI_ID:
		o->psp.part = psp_part_find(hex("--pci-id", arg));
		if (!o->psp.part)
			die("unknown --pci-id, see --list", arg);
		break;
	case OPT_CAPABILITY:
		o->has_capability = true;
		o->capability = hex("--capability", arg);
		break;
	case OPT_CCP_BLOCKED:
		o->psp.ccp_blocked = true;
		break;
	case OPT_API:
		o->api = arg;
		break;
	case OPT_LACKS:
		o->psp.fw.lacks = hex("--lacks", arg);
		break;
	case OPT_FAMILY:
		o->family = arg;
		break;
	case OPT_MODEL:
		o->model = arg;
		break;
	case OPT_SVN:
		o->svn = arg;
		break;
	case OPT_PLATFORM_INFO:
		o->platform_info = arg;
		break;
	case OPT_COMMITTED_SVN:
		o->psp.fw.committed_svn = byte_number("--committed-svn", arg);
		break;
	case OPT_BOOTLOADER:
		o->psp.bootloader = version("--bootloader", arg);
		break;
	case OPT_TEE_VERSION:
		o->psp.tee_version = version("--tee-version", arg);
		break;
	case OPT_HSTI:
		o->psp.hsti = hex("--hsti", arg);
		break;
	case OPT_IRQ:
		o->psp.irq_mode = irq_mode(arg);
		break;
	case OPT_CBIT:
		o->psp.address_mask = cbit_mask(arg);
		break;
	case OPT_NO_ENCRYPTION:
		o->psp.fw.memory_encryption_off = true;
		break;
	case OPT_MACHINE:
		o->machine = arg;
		break;
	case OPT_CACHES_ONLY:
		o->psp.caches_only = true;
		break;
	case OPT_CORES:
		o->psp.fw.cores = core_count(arg);
		break;
	case OPT_SEED:
		o->psp.seed = seed_number(arg);
		break;
	case OPT_STATE:
		o->psp.fw.state_dir = arg;
		break;
	case OPT_FAULT:
		if (o->num_faults == MAX_FAULT_OPTIONS)
			die("too many --fault", arg);
		o->faults[o->num_faults++] = arg;
		break;
	case OPT_CONTROL:
		o->control = arg;
		break;
	case OPT_LOG:
		o->log = arg;
		break;
	case OPT_TRACE:
		o->trace = true;
		break;
	case OPT_LIST:
		list_parts();
		exit(0);
	case OPT_HELP:
		fputs(help, stdout);
		exit(0);
	default:
		exit(2);
	}
}

/* What follows from the part and the family, unless it was said explicitly. */
static void complete_options(struct options *o)
{
	struct fw_config given = o->psp.fw;
	unsigned int family = o->family ? byte_number("--family", o->family) : o->psp.part->family;
	char rest;

	o->psp.capability = o->has_capability ? o->capability : o->psp.part->capability;
	/* A part without SEV has no SEV firmware to speak to; which one it is does not matter. */
	fw_config_init(&o->psp.fw, family >= 0x17 ? family : 0x17);
	o->psp.fw.model = o->model ? byte_number("--model", o->model) :
			  o->family ? o->psp.fw.model : o->psp.part->model;
	o->psp.fw.memory_encryption_off = given.memory_encryption_off;
	o->psp.fw.lacks = given.lacks;
	o->psp.fw.state_dir = given.state_dir;
	o->psp.fw.cores = given.cores;
	o->psp.fw.committed_svn = given.committed_svn;
	if (o->platform_info)
		o->psp.fw.platform_info = byte_number("--platform-info", o->platform_info);
	if (o->svn)
		o->psp.fw.svn = byte_number("--svn", o->svn);
	if (o->api && sscanf(o->api, "%u.%u.%u%c", &o->psp.fw.api_major, &o->psp.fw.api_minor,
			     &o->psp.fw.build, &rest) != 3)
		die("--api", o->api);
}

static struct options parse(int argc, char **argv)
{
	struct options o = {
		.psp = {
			.part = psp_part_find(0x1486),
			.bootloader = 0x00360021,
			.tee_version = 0x00140407,
			.hsti = (PSP_CAP_FUSED_PART | PSP_CAP_DEBUG_LOCK_ON) >> 8,
			.address_mask = ~(1ull << 51),
		},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(&o, c, optarg);
	if (optind < argc)
		die("unexpected argument", argv[optind]);
	if (!o.socket)
		die("--socket is missing", "try --help");
	if (o.psp.fw.cores && !o.machine)
		die("--cores needs", "--machine");
	complete_options(&o);
	return o;
}

static void on_signal(void *arg)
{
	loop_stop(arg);
}

static int watch_signals(struct loop *loop)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || loop_add_fd(loop, fd, on_signal, loop))
		return -1;
	return fd;
}

static void add_faults(struct psp *psp, const struct options *o)
{
	char err[160];

	for (unsigned int i = 0; i < o->num_faults; i++)
		if (faults_add(psp->faults, o->faults[i], err, sizeof(err)) < 0)
			die("--fault", err);
}

static int serve(const struct options *o, struct loop *loop)
{
	struct control *control = NULL;
	struct vfu *vfu;
	struct psp *psp;
	int sig, ret;

	/* Before the worker thread exists, so that it inherits the blocked signals. */
	sig = watch_signals(loop);
	psp = sig < 0 ? NULL : psp_new(loop, &o->psp);
	if (!psp) {
		fprintf(stderr, "psp-server: can't set the device up\n");
		return 1;
	}
	add_faults(psp, o);
	if (o->control)
		control = control_new(loop, o->control, psp);
	if (o->control && !control)
		die(o->control, strerror(errno));
	vfu = vfu_new(loop, o->socket, &psp_backend, psp);
	if (!vfu)
		die(o->socket, strerror(errno));
	log_info("PSP %04x (%s), firmware %u.%u.%u, waiting at %s", o->psp.part->pci_id,
		 o->psp.part->generation, o->psp.fw.api_major, o->psp.fw.api_minor,
		 o->psp.fw.build, o->socket);
	ret = loop_run(loop);
	vfu_free(vfu);
	if (control)
		control_free(control);
	psp_free(psp);
	close(sig);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	struct loop *loop = loop_new();
	int ret = log_open(o.log);

	if (ret)
		die(o.log, strerror(-ret));
	if (!loop)
		die("no memory", "loop");
	o.psp.machine = o.machine ? machine_open(o.machine) : NULL;
	if (o.machine && !o.psp.machine)
		die(o.machine, strerror(errno));
	log_set_trace(o.trace);
	ret = serve(&o, loop);
	machine_close(o.psp.machine);
	loop_free(loop);
	log_close();
	return ret;
}
