// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests, which are never run. SLOT is 0 to 3:
 *
 *	kvm SLOT new sev|es|snp|sev2|es2	a virtual machine of that kind; no commands yet
 *	kvm SLOT launch KIND STEPS [policy=N]	a new one, and its first commands
 *	kvm SLOT close				the end of it
 *	kvm SLOT COMMAND [policy=N] [at=N] [len=N] [addr=WHERE] [type=N] [fd=bad]
 *
 * The commands of a launch, in their order, are those of kvm_commands below.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define SLOTS		4
#define RAM		0x100000ul
#define PRIVATE_RAM	0x400000ul

static struct guest slots[SLOTS];

static const struct guest_kind kinds[] = {
	{ .name = "sev", .ram = RAM, .init = KVM_SEV_INIT },
	{ .name = "es", .ram = RAM, .init = KVM_SEV_ES_INIT, .es = true },
	{ .name = "sev2", .ram = RAM, .type = VM_TYPE_SEV, .init = SEV_INIT2 },
	{ .name = "es2", .ram = RAM, .type = VM_TYPE_SEV_ES, .init = SEV_INIT2, .es = true },
	{ .name = "snp", .ram = PRIVATE_RAM, .type = VM_TYPE_SNP, .init = SEV_INIT2, .snp = true },
};

static const struct guest_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static void guest_close(struct guest *guest)
{
	if (!guest->kind)
		return;
	if (guest->cpu >= 0)
		close(guest->cpu);
	if (guest->vm >= 0)
		close(guest->vm);
	if (guest->memfd >= 0)
		close(guest->memfd);
	munmap(guest->ram, guest->kind->ram);
	if (guest->kind->snp)
		munmap(guest->source, guest->kind->ram);
	guest->kind = NULL;
}

/* What lies behind the first pages is zero. */
static uint8_t *ram_new(size_t size)
{
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	for (size_t i = 0; i < GUEST_CONTENT; i++)
		p[i] = (uint8_t)(i * 7 + i / PAGE);
	return p;
}

static void add_memory(struct guest *guest)
{
	struct kvm_userspace_memory_region slot = {
		.memory_size = guest->kind->ram, .userspace_addr = (uintptr_t)guest->ram,
	};

	if (guest->kind->snp)
		say_errno("memory", guest_add_private(guest));
	else
		say_errno("memory", ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &slot));
}

static void guest_new(struct guest *guest, const struct guest_kind *kind)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	guest_close(guest);
	if (kvm < 0) {
		say_errno("kvm", kvm);
		return;
	}
	*guest = (struct guest){ .kind = kind, .cpu = -1, .memfd = -1 };
	guest->ram = ram_new(kind->ram);
	if (kind->snp)
		guest->source = ram_new(kind->ram);
	guest->vm = ioctl(kvm, KVM_CREATE_VM, kind->type);
	say_errno("vm", guest->vm);
	close(kvm);
	if (guest->vm < 0) {
		guest_close(guest);
		return;
	}
	add_memory(guest);
}

static void add_cpu(struct guest *guest)
{
	if (guest->cpu >= 0 || ioctl(guest->vm, KVM_CREATE_IRQCHIP, 0))
		return;
	guest->cpu = ioctl(guest->vm, KVM_CREATE_VCPU, 0);
	say_errno("cpu", guest->cpu);
}

static void guest_register(struct guest *guest)
{
	struct kvm_enc_region region = { .addr = (uintptr_t)guest->ram, .size = guest->kind->ram };

	say_errno("register", ioctl(guest->vm, KVM_MEMORY_ENCRYPT_REG_REGION, &region));
}

/* What a launch of each kind consists of; the number of steps says how far it goes. */
static const char *const launch_sev[] = { "init", "register", "start", "update", "measure",
					  "finish", NULL };
static const char *const launch_es[] = { "init", "register", "cpu", "start", "update", "vmsa",
					 "measure", "finish", NULL };
static const char *const launch_snp[] = { "init", "private", "snp-start", "snp-update",
					  "snp-finish", NULL };

static void one(struct guest *guest, const char *what, const struct step *step)
{
	if (!strcmp(what, "register"))
		guest_register(guest);
	else if (!strcmp(what, "cpu"))
		add_cpu(guest);
	else if (!strcmp(what, "private"))
		say_errno("private", guest_make_private(guest));
	else
		guest_command(guest, what, step);
}

static void launch(struct guest *guest, const struct step *step)
{
	const char *const *list = guest->kind->snp ? launch_snp :
				  guest->kind->es ? launch_es : launch_sev;
	unsigned long steps = strtoul(step_word(step, 4), NULL, 0);

	while (*list && steps--)
		one(guest, *list++, step);
}

/**
 * kvm_step() - something with a guest
 * @step: the step
 */
void kvm_step(const struct step *step)
{
	struct guest *guest = &slots[strtoul(step_word(step, 1), NULL, 0) % SLOTS];
	const char *what = step_word(step, 2);
	const struct guest_kind *kind = kind_of(step_word(step, 3));

	if (!strcmp(what, "close")) {
		guest_close(guest);
	} else if (!strcmp(what, "new") || !strcmp(what, "launch")) {
		if (!kind)
			return;
		guest_new(guest, kind);
		if (guest->kind && !strcmp(what, "launch"))
			launch(guest, step);
	} else if (!guest->kind) {
		say("slot", "empty");
	} else {
		one(guest, what, step);
	}
}

/** kvm_end() - the end of all guests */
void kvm_end(void)
{
	for (int i = 0; i < SLOTS; i++)
		guest_close(&slots[i]);
}
