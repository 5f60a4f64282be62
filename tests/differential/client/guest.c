// SPDX-License-Identifier: GPL-2.0-only
/* Commands of KVM for encrypted guests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

#define POLICY_ES		4
#define POLICY_SNP		0x30000
#define UNTOUCHED		0x5a5a5a5au
#define DATA_MAX		256

/**
 * struct guest_command - a command and its struct
 * @name: its name here
 * @id: number
 * @size: of its struct, 0 for none
 * @make: fills the struct in; NULL: it is all zero
 * @content: of the buffers it points to
 */
struct guest_command {
	const char *name;
	uint32_t id;
	size_t size;
	void (*make)(const struct guest *guest, const struct step *step, void *data);
	enum content content;
};

static void make_start(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_launch_start *d = data;

	d->policy = (uint32_t)step_number(step, "policy", guest->kind->es ? POLICY_ES : 0);
	d->handle = (uint32_t)step_number(step, "handle", 0);
}

static void make_update(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_launch_update_data *d = data;

	d->uaddr = (uintptr_t)guest->ram + step_number(step, "at", PAGE);
	if (step_option(step, "addr"))
		d->uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->len = (uint32_t)step_number(step, "len", 0x2010);
}

static void make_measure(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_launch_measure *d = data;

	(void)guest;
	d->uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->len = (uint32_t)step_number(step, "len", 48);
}

static void make_report(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_attestation_report *d = data;

	(void)guest;
	memcpy(d->mnonce, "sixteen bytes..", sizeof(d->mnonce));
	d->uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->len = (uint32_t)step_number(step, "len", 208);
}

static void make_decrypt(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_dbg *d = data;

	d->src_uaddr = (uintptr_t)guest->ram + step_number(step, "at", 0x2003);
	d->dst_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->len = (uint32_t)step_number(step, "len", 100);
}

static void make_encrypt(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_dbg *d = data;

	d->src_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->dst_uaddr = (uintptr_t)guest->ram + step_number(step, "at", 0x3005);
	d->len = (uint32_t)step_number(step, "len", 33);
}

static void make_secret(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_launch_secret *d = data;

	d->hdr_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->hdr_len = 52;
	d->guest_uaddr = (uintptr_t)guest->ram + step_number(step, "at", 0x4000);
	d->guest_len = (uint32_t)step_number(step, "len", 64);
	d->trans_uaddr = memory_address(AREA_SECOND, NULL);
	d->trans_len = d->guest_len;
}

static void make_send_start(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_send_start *d = data;

	(void)guest;
	d->session_len = (uint32_t)step_number(step, "len", 0);
	d->session_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
}

static void make_send(const struct guest *guest, const struct step *step, void *data)
{
	struct kvm_sev_send_update_data *d = data;

	d->hdr_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->hdr_len = (uint32_t)step_number(step, "len", 0);
	d->guest_uaddr = (uintptr_t)guest->ram + step_number(step, "at", 0x4000);
	d->guest_len = PAGE;
	d->trans_uaddr = memory_address(AREA_SECOND, NULL);
	d->trans_len = PAGE;
}

static void make_snp_start(const struct guest *guest, const struct step *step, void *data)
{
	struct launch_start *d = data;

	(void)guest;
	d->policy = step_number(step, "policy", POLICY_SNP);
	d->flags = (uint16_t)step_number(step, "flags", 0);
}

static void make_snp_update(const struct guest *guest, const struct step *step, void *data)
{
	struct launch_update *d = data;
	uint64_t at = step_number(step, "at", PAGE);

	d->gfn_start = at / PAGE;
	d->len = step_number(step, "len", 0x3000);
	d->type = (uint8_t)step_number(step, "type", NORMAL);
	d->uaddr = (uintptr_t)guest->source + at;
	if (d->type == ZERO)
		d->uaddr = 0;
	if (step_option(step, "addr"))
		d->uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
}

static void make_snp_finish(const struct guest *guest, const struct step *step, void *data)
{
	struct launch_finish *d = data;

	(void)guest;
	memcpy(d->host_data, "thirty-two bytes from the host..", sizeof(d->host_data));
	d->id_block_uaddr = memory_address(AREA_FIRST, step_option(step, "addr"));
	d->id_auth_uaddr = memory_address(AREA_SECOND, NULL);
	d->id_block_en = (uint8_t)step_number(step, "block", 0);
	d->flags = (uint16_t)step_number(step, "flags", 0);
}

static const struct guest_command commands[] = {
	{ "start", KVM_SEV_LAUNCH_START, sizeof(struct kvm_sev_launch_start), make_start,
	  CONTENT_PLAIN },
	{ "update", KVM_SEV_LAUNCH_UPDATE_DATA, sizeof(struct kvm_sev_launch_update_data),
	  make_update, CONTENT_PLAIN },
	{ "vmsa", KVM_SEV_LAUNCH_UPDATE_VMSA, 0, NULL, CONTENT_PLAIN },
	{ "measure", KVM_SEV_LAUNCH_MEASURE, sizeof(struct kvm_sev_launch_measure), make_measure,
	  CONTENT_RANDOM },
	{ "finish", KVM_SEV_LAUNCH_FINISH, 0, NULL, CONTENT_PLAIN },
	{ "status", KVM_SEV_GUEST_STATUS, sizeof(struct kvm_sev_guest_status), NULL,
	  CONTENT_PLAIN },
	{ "report", KVM_SEV_GET_ATTESTATION_REPORT, sizeof(struct kvm_sev_attestation_report),
	  make_report, CONTENT_RANDOM },
	{ "decrypt", KVM_SEV_DBG_DECRYPT, sizeof(struct kvm_sev_dbg), make_decrypt,
	  CONTENT_PLAIN },
	{ "encrypt", KVM_SEV_DBG_ENCRYPT, sizeof(struct kvm_sev_dbg), make_encrypt,
	  CONTENT_PLAIN },
	{ "secret", KVM_SEV_LAUNCH_SECRET, sizeof(struct kvm_sev_launch_secret), make_secret,
	  CONTENT_PLAIN },
	{ "send-start", KVM_SEV_SEND_START, sizeof(struct kvm_sev_send_start), make_send_start,
	  CONTENT_RANDOM },
	{ "send", KVM_SEV_SEND_UPDATE_DATA, sizeof(struct kvm_sev_send_update_data), make_send,
	  CONTENT_RANDOM },
	{ "send-finish", KVM_SEV_SEND_FINISH, 0, NULL, CONTENT_PLAIN },
	{ "send-cancel", KVM_SEV_SEND_CANCEL, 0, NULL, CONTENT_PLAIN },
	{ "receive-finish", KVM_SEV_RECEIVE_FINISH, 0, NULL, CONTENT_PLAIN },
	{ "snp-start", SNP_LAUNCH_START, sizeof(struct launch_start), make_snp_start,
	  CONTENT_PLAIN },
	{ "snp-update", SNP_LAUNCH_UPDATE, sizeof(struct launch_update), make_snp_update,
	  CONTENT_PLAIN },
	{ "snp-finish", SNP_LAUNCH_FINISH, sizeof(struct launch_finish), make_snp_finish,
	  CONTENT_PLAIN },
};

static const struct guest_command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int sev_fd(const struct step *step)
{
	const char *fd = step_option(step, "fd");

	if (fd && !strcmp(fd, "bad"))
		return -1;
	if (fd && !strcmp(fd, "null"))
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	return open("/dev/sev", (fd && !strcmp(fd, "ro") ? O_RDONLY : O_RDWR) | O_CLOEXEC);
}

static void issue(const struct guest *guest, const char *name, uint32_t id, uint64_t data,
		  const struct step *step)
{
	struct kvm_sev_cmd cmd = { .id = id, .data = data, .error = UNTOUCHED };
	int fd = sev_fd(step);
	char full[64];
	int ret;

	cmd.sev_fd = (uint32_t)fd;
	ret = ioctl(guest->vm, KVM_MEMORY_ENCRYPT_OP, &cmd);
	say_errno(name, ret);
	snprintf(full, sizeof(full), "%s.error", name);
	if (cmd.error != UNTOUCHED && (ret || cmd.error))
		say(full, "%#x", cmd.error);
	if (fd >= 0)
		close(fd);
}

/* Our own addresses are not the same on every machine. */
static void say_struct(const char *name, const uint64_t *was, const uint64_t *now, size_t size)
{
	char full[64];

	for (size_t i = 0; i < (size + 7) / 8; i++) {
		if (was[i] == now[i])
			continue;
		snprintf(full, sizeof(full), "%s.word%zu", name, i);
		say(full, "%+lld", (long long)(now[i] - was[i]));
	}
}

/**
 * guest_command() - a command for a guest
 * @guest: the guest
 * @name: which command; "init" is that of its kind
 * @step: options
 */
void guest_command(struct guest *guest, const char *name, const struct step *step)
{
	const struct guest_command *command = find(name);
	uint64_t data[DATA_MAX / 8] = { 0 }, was[DATA_MAX / 8];
	uint64_t at = (uintptr_t)data;

	if (!strcmp(name, "init")) {
		at = guest->kind->init == SEV_INIT2 ? (uintptr_t)data : 0;
		issue(guest, name, guest->kind->init, at, step);
		return;
	}
	if (!command) {
		issue(guest, name, (uint32_t)step_number(step, "id", 99), at, step);
		return;
	}
	if (command->make)
		command->make(guest, step, data);
	memcpy(was, data, sizeof(was));
	if (step_option(step, "data"))
		at = memory_address(AREA_DATA, step_option(step, "data"));
	issue(guest, name, command->id, at, step);
	say_struct(name, was, data, command->size);
	memory_changes("first", AREA_FIRST, command->content);
	memory_changes("second", AREA_SECOND, command->content);
	/* The next command of the same step begins anew. */
	memory_fresh();
}

/**
 * guest_add_private() - give a guest memory of its own
 * @guest: the guest
 *
 * Return: 0 or -1.
 */
int guest_add_private(struct guest *guest)
{
	struct memfd memfd = { .size = guest->kind->ram };
	struct region2 slot = { .flags = MEM_GUEST_MEMFD, .memory_size = guest->kind->ram };

	guest->memfd = ioctl(guest->vm, CREATE_MEMFD, &memfd);
	if (guest->memfd < 0)
		return -1;
	slot.userspace_addr = (uintptr_t)guest->ram;
	slot.guest_memfd = (uint32_t)guest->memfd;
	return ioctl(guest->vm, SET_REGION2, &slot);
}

/**
 * guest_make_private() - have it use that
 * @guest: the guest
 *
 * Return: 0 or -1.
 */
int guest_make_private(const struct guest *guest)
{
	struct attributes all = { .size = guest->kind->ram, .attributes = ATTRIBUTE_PRIVATE };

	return ioctl(guest->vm, SET_ATTRIBUTES, &all);
}
