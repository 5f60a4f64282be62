// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes guests through their lives by KVM's encryption ioctls, without running them.
 *
 *	kvm-guest launch POLICY		a SEV guest
 *	kvm-guest launch-es POLICY	a SEV-ES guest with one CPU
 *	kvm-guest owned POLICY DIR	a SEV guest with an owner, who has put "dh" and "session"
 *					into DIR and is asked for "secret" after the measurement
 *	kvm-guest owned-es POLICY DIR	the same with SEV-ES
 *	kvm-guest move ROOTS		a guest from one virtual machine to another; ROOTS is
 *					the file with the ASK and ARK certificates
 *	kvm-guest hold POLICY		a SEV guest that stays, in the middle of its launch, until
 *					the program is killed
 *	kvm-guest hold-es POLICY	a SEV-ES guest with one CPU, launched, that stays
 *	kvm-guest recycle N		N guests one after the other
 *
 * Prints "STEP=ERRNO,STATUS" for each step, the errno by number, and what came back.
 * Exit status 2: the machine lacks what it takes.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/psp-sev.h>

#include "kvm.h"

#define RAM_SIZE	0x100000
#define CERT_SIZE	0x824
#define ROOTS_SIZE	(2 * 0x640)
#define POLICY_ES	4
#define SESSION_SIZE	128
#define HEADER_SIZE	52
#define SECRET_SIZE	64
#define SECRET_AT	0x20000

#define STEP(guest, name, id, data)	vm_step((guest)->vm, name, KVM_SEV_##id, data)

/* struct guest - A virtual machine and its memory */
struct guest {
	int vm;
	int cpu;
	uint8_t *ram;
};

static void print_hex(const char *name, const uint8_t *data, size_t len)
{
	printf("%s=", name);
	while (len--)
		printf("%02x", *data++);
	printf("\n");
}

static struct guest guest_new(void)
{
	struct guest guest = { .vm = vm_new(0), .cpu = -1 };
	struct kvm_userspace_memory_region slot = { .memory_size = RAM_SIZE };

	guest.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guest.ram == MAP_FAILED)
		die("mmap");
	fill_pages(guest.ram, RAM_SIZE);
	slot.userspace_addr = (uintptr_t)guest.ram;
	if (ioctl(guest.vm, KVM_SET_USER_MEMORY_REGION, &slot))
		die("KVM_SET_USER_MEMORY_REGION");
	return guest;
}

static void register_ram(const struct guest *guest)
{
	struct kvm_enc_region region = { .addr = (uintptr_t)guest->ram, .size = RAM_SIZE };
	int ret = ioctl(guest->vm, KVM_MEMORY_ENCRYPT_REG_REGION, &region);

	printf("register=%d,0\n", ret ? errno : 0);
}

static void guest_free(struct guest *guest)
{
	if (guest->cpu >= 0)
		close(guest->cpu);
	close(guest->vm);
	munmap(guest->ram, RAM_SIZE);
}

static void show_status(const struct guest *guest)
{
	struct kvm_sev_guest_status status = { 0 };

	STEP(guest, "status", GUEST_STATUS, &status);
	printf("policy=%#x\nstate=%u\n", status.policy, status.state);
}

static void launch_measure(const struct guest *guest)
{
	uint8_t blob[48] = { 0 };
	struct kvm_sev_launch_measure query = { 0 };
	struct kvm_sev_launch_measure get = { .uaddr = (uintptr_t)blob, .len = sizeof(blob) };

	STEP(guest, "measure-length", LAUNCH_MEASURE, &query);
	printf("measure-needs=%u\n", query.len);
	STEP(guest, "measure", LAUNCH_MEASURE, &get);
	print_hex("measurement", blob, sizeof(blob));
}

static void attest(const struct guest *guest)
{
	uint8_t blob[208] = { 0 };
	struct kvm_sev_attestation_report query = { 0 };
	struct kvm_sev_attestation_report get = {
		.uaddr = (uintptr_t)blob, .len = sizeof(blob), .mnonce = "sixteen bytes..",
	};

	STEP(guest, "report-length", GET_ATTESTATION_REPORT, &query);
	printf("report-needs=%u\n", query.len);
	STEP(guest, "report", GET_ATTESTATION_REPORT, &get);
	print_hex("attestation", blob, sizeof(blob));
}

/* Bytes before and behind what the debugger asks for must stay as they are. */
static void debug(const struct guest *guest)
{
	uint8_t out[256] = { 0 }, in[33];
	struct kvm_sev_dbg from = {
		.src_uaddr = (uintptr_t)guest->ram + 0x2003, .dst_uaddr = (uintptr_t)out + 1,
		.len = 100,
	};
	struct kvm_sev_dbg to = {
		.src_uaddr = (uintptr_t)in, .dst_uaddr = (uintptr_t)guest->ram + 0x3005,
		.len = sizeof(in),
	};
	uint8_t before[64];

	STEP(guest, "decrypt", DBG_DECRYPT, &from);
	printf("decrypted=%d\n",
	       !memcmp(out + 1, guest->ram + 0x2003, 100) && !out[0] && !out[101]);
	memset(in, 0xee, sizeof(in));
	memcpy(before, guest->ram + 0x3000, sizeof(before));
	STEP(guest, "encrypt", DBG_ENCRYPT, &to);
	printf("encrypted=%d\n", !memcmp(in, guest->ram + 0x3005, sizeof(in)) &&
	       !memcmp(before, guest->ram + 0x3000, 5) &&
	       !memcmp(before + 5 + sizeof(in), guest->ram + 0x3005 + sizeof(in), 20));
}

/* struct owner - What the guest's owner has sent */
struct owner {
	uint8_t dh[CERT_SIZE];
	uint8_t session[SESSION_SIZE];
	struct {
		uint8_t header[HEADER_SIZE];
		uint8_t data[SECRET_SIZE];
	} secret;
};

static void owner_file(const char *dir, const char *name, void *data, size_t len)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	load_file(path, data, len);
}

/* The owner knows the measurement by now, and trusts the guest or not. */
static void take_secret(const struct guest *guest, const char *dir, struct owner *owner)
{
	struct kvm_sev_launch_secret data = {
		.hdr_uaddr = (uintptr_t)owner->secret.header, .hdr_len = HEADER_SIZE,
		.trans_uaddr = (uintptr_t)owner->secret.data, .trans_len = SECRET_SIZE,
		.guest_uaddr = (uintptr_t)guest->ram + SECRET_AT, .guest_len = SECRET_SIZE,
	};

	fflush(stdout);
	owner_file(dir, "secret", &owner->secret, sizeof(owner->secret));
	owner->secret.data[0] ^= 1;
	STEP(guest, "secret-forged", LAUNCH_SECRET, &data);
	owner->secret.data[0] ^= 1;
	STEP(guest, "secret", LAUNCH_SECRET, &data);
}

static void show_secret(const struct guest *guest)
{
	uint8_t out[SECRET_SIZE];
	struct kvm_sev_dbg from = {
		.src_uaddr = (uintptr_t)guest->ram + SECRET_AT, .dst_uaddr = (uintptr_t)out,
		.len = sizeof(out),
	};

	STEP(guest, "secret-read", DBG_DECRYPT, &from);
	print_hex("received", out, sizeof(out));
}

/* @dir is NULL without an owner */
static void launch(uint32_t policy, int es, const char *dir)
{
	static struct owner owner;
	struct guest guest = guest_new();
	struct kvm_sev_launch_start start = { .policy = policy | (es ? POLICY_ES : 0) };
	struct kvm_sev_launch_update_data update = {
		.uaddr = (uintptr_t)guest.ram + PAGE, .len = 0x10010,
	};

	if (dir) {
		owner_file(dir, "dh", owner.dh, sizeof(owner.dh));
		owner_file(dir, "session", owner.session, sizeof(owner.session));
		start.dh_uaddr = (uintptr_t)owner.dh;
		start.dh_len = sizeof(owner.dh);
		start.session_uaddr = (uintptr_t)owner.session;
		start.session_len = sizeof(owner.session);
	}
	if (es)
		STEP(&guest, "init", ES_INIT, NULL);
	else
		STEP(&guest, "init", INIT, NULL);
	register_ram(&guest);
	if (es)
		guest.cpu = vm_cpu(guest.vm);
	STEP(&guest, "start", LAUNCH_START, &start);
	STEP(&guest, "update", LAUNCH_UPDATE_DATA, &update);
	if (es)
		STEP(&guest, "vmsa", LAUNCH_UPDATE_VMSA, NULL);
	launch_measure(&guest);
	show_status(&guest);
	attest(&guest);
	if (dir)
		take_secret(&guest, dir, &owner);
	STEP(&guest, "finish", LAUNCH_FINISH, NULL);
	show_status(&guest);
	debug(&guest);
	if (dir)
		show_secret(&guest);
	guest_free(&guest);
}

static void export_certs(uint8_t *pdh, uint8_t *chain)
{
	struct sev_user_data_pdh_cert_export data = {
		.pdh_cert_address = (uintptr_t)pdh, .pdh_cert_len = CERT_SIZE,
		.cert_chain_address = (uintptr_t)chain, .cert_chain_len = 3 * CERT_SIZE,
	};
	struct sev_issue_cmd cmd = { .cmd = SEV_PDH_CERT_EXPORT, .data = (uintptr_t)&data };
	int ret = ioctl(nodes.sev, SEV_ISSUE_CMD, &cmd);

	printf("export=%d,%#x\n", ret ? errno : 0, cmd.error);
}

static void move_page(const struct guest *from, const struct guest *to)
{
	uint8_t header[52], packet[PAGE];
	struct kvm_sev_send_update_data query = { 0 };
	struct kvm_sev_send_update_data out = {
		.hdr_uaddr = (uintptr_t)header, .hdr_len = sizeof(header),
		.guest_uaddr = (uintptr_t)from->ram + 0x4000, .guest_len = PAGE,
		.trans_uaddr = (uintptr_t)packet, .trans_len = sizeof(packet),
	};
	struct kvm_sev_receive_update_data in = {
		.hdr_uaddr = (uintptr_t)header, .hdr_len = sizeof(header),
		.guest_uaddr = (uintptr_t)to->ram + 0x8000, .guest_len = PAGE,
		.trans_uaddr = (uintptr_t)packet, .trans_len = sizeof(packet),
	};

	STEP(from, "send-length", SEND_UPDATE_DATA, &query);
	printf("send-needs=%u,%u\n", query.hdr_len, query.trans_len);
	STEP(from, "send", SEND_UPDATE_DATA, &out);
	packet[5] ^= 1;
	STEP(to, "receive-forged", RECEIVE_UPDATE_DATA, &in);
	packet[5] ^= 1;
	STEP(to, "receive", RECEIVE_UPDATE_DATA, &in);
	printf("moved=%d\n", !memcmp(from->ram + 0x4000, to->ram + 0x8000, PAGE));
}

static void move(const char *path)
{
	static uint8_t pdh[CERT_SIZE], chain[3 * CERT_SIZE], roots[ROOTS_SIZE], session[128];
	struct guest from = guest_new(), to = guest_new();
	struct kvm_sev_launch_start start = { 0 };
	struct kvm_sev_send_start query = { 0 };
	struct kvm_sev_send_start out = {
		.pdh_cert_uaddr = (uintptr_t)pdh, .pdh_cert_len = sizeof(pdh),
		.plat_certs_uaddr = (uintptr_t)chain, .plat_certs_len = sizeof(chain),
		.amd_certs_uaddr = (uintptr_t)roots, .amd_certs_len = sizeof(roots),
		.session_uaddr = (uintptr_t)session, .session_len = sizeof(session),
	};
	struct kvm_sev_receive_start in = {
		.pdh_uaddr = (uintptr_t)pdh, .pdh_len = sizeof(pdh),
		.session_uaddr = (uintptr_t)session, .session_len = sizeof(session),
	};

	load_file(path, roots, sizeof(roots));
	export_certs(pdh, chain);
	STEP(&from, "init", INIT, NULL);
	register_ram(&from);
	STEP(&to, "init-target", INIT, NULL);
	register_ram(&to);
	STEP(&from, "start", LAUNCH_START, &start);
	launch_measure(&from);
	STEP(&from, "finish", LAUNCH_FINISH, NULL);
	STEP(&from, "send-start-length", SEND_START, &query);
	printf("session-needs=%u\n", query.session_len);
	STEP(&from, "send-start", SEND_START, &out);
	STEP(&from, "send-cancel", SEND_CANCEL, NULL);
	STEP(&from, "send-again", SEND_START, &out);
	STEP(&to, "receive-start", RECEIVE_START, &in);
	move_page(&from, &to);
	STEP(&from, "send-finish", SEND_FINISH, NULL);
	STEP(&to, "receive-finish", RECEIVE_FINISH, NULL);
	show_status(&to);
	guest_free(&from);
	guest_free(&to);
}

static void hold(uint32_t policy)
{
	struct guest guest = guest_new();
	struct kvm_sev_launch_start start = { .policy = policy };

	STEP(&guest, "init", INIT, NULL);
	STEP(&guest, "start", LAUNCH_START, &start);
	hold_still();
}

static void hold_es(uint32_t policy)
{
	struct guest guest = guest_new();
	struct kvm_sev_launch_start start = { .policy = policy | POLICY_ES };
	uint8_t blob[48];
	struct kvm_sev_launch_measure measure = { .uaddr = (uintptr_t)blob, .len = sizeof(blob) };

	STEP(&guest, "init", ES_INIT, NULL);
	register_ram(&guest);
	guest.cpu = vm_cpu(guest.vm);
	STEP(&guest, "start", LAUNCH_START, &start);
	STEP(&guest, "vmsa", LAUNCH_UPDATE_VMSA, NULL);
	STEP(&guest, "measure", LAUNCH_MEASURE, &measure);
	STEP(&guest, "finish", LAUNCH_FINISH, NULL);
	hold_still();
}

/* More guests than ASIDs: these have to be flushed and used again. */
static void recycle(unsigned long count)
{
	struct kvm_sev_launch_start start;
	struct guest guest;
	unsigned long i;

	vm_stays();
	for (i = 0; i < count; i++) {
		start = (struct kvm_sev_launch_start){ 0 };
		guest.vm = vm_new(0);
		if (STEP(&guest, NULL, INIT, NULL) || STEP(&guest, NULL, LAUNCH_START, &start))
			break;
		close(guest.vm);
	}
	printf("guests=%lu\n", i);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	unsigned long number = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	int es = !!strstr(what, "-es");

	nodes_open();
	if (!strcmp(what, "launch") || !strcmp(what, "launch-es")) {
		launch((uint32_t)number, es, NULL);
	} else if (argc == 4 && (!strcmp(what, "owned") || !strcmp(what, "owned-es"))) {
		launch((uint32_t)number, es, argv[3]);
	} else if (!strcmp(what, "move")) {
		move(argv[2]);
	} else if (!strcmp(what, "hold")) {
		hold((uint32_t)number);
	} else if (!strcmp(what, "hold-es")) {
		hold_es((uint32_t)number);
	} else if (!strcmp(what, "recycle")) {
		recycle(number);
	} else {
		fputs("kvm-guest: a command and its arguments, see the source\n", stderr);
		return 2;
	}
	return 0;
}
