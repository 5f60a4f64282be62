// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launches SNP guests by KVM's encryption ioctls, without running them.
 *
 *	kvm-snp launch POLICY			all kinds of pages
 *	kvm-snp identity POLICY BLOCK AUTH	the same, held against an identity from files
 *	kvm-snp cpu POLICY			with a CPU, whose state is launched too
 *	kvm-snp abandon POLICY			given up in the middle
 *	kvm-snp hold POLICY			with a CPU, launched, until the program is killed
 *	kvm-snp hold-launch POLICY		in the middle of its launch, until then
 *	kvm-snp recycle N			N guests one after the other
 *
 * Prints "STEP=ERRNO,STATUS" for each step, the errno by number. Exit status 2: the machine lacks
 * what it takes.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"
#include "kvm-abi.h"

#define RAM_SIZE	0x400000
#define BLOCK_SIZE	96
#define AUTH_SIZE	4096

/* struct guest - A virtual machine, its memory and where its first contents come from */
struct guest {
	int vm;
	int cpu;
	int memfd;
	uint8_t *shared;
	uint8_t *source;
};

static void *map_pages(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static struct guest guest_new(void)
{
	struct guest guest = { .vm = vm_new(VM_TYPE_SNP), .cpu = -1 };
	struct memfd memfd = { .size = RAM_SIZE };
	struct region2 slot = { .flags = MEM_GUEST_MEMFD, .memory_size = RAM_SIZE };

	guest.memfd = ioctl(guest.vm, CREATE_MEMFD, &memfd);
	if (guest.memfd < 0)
		die("KVM_CREATE_GUEST_MEMFD");
	guest.shared = map_pages(RAM_SIZE);
	guest.source = map_pages(RAM_SIZE);
	fill_pages(guest.source, RAM_SIZE);
	slot.userspace_addr = (uintptr_t)guest.shared;
	slot.guest_memfd = (uint32_t)guest.memfd;
	if (ioctl(guest.vm, SET_REGION2, &slot))
		die("KVM_SET_USER_MEMORY_REGION2");
	return guest;
}

static void make_private(const struct guest *guest)
{
	struct attributes all = { .size = RAM_SIZE, .attributes = ATTRIBUTE_PRIVATE };
	int ret = ioctl(guest->vm, SET_ATTRIBUTES, &all);

	printf("private=%d,0\n", ret ? errno : 0);
}

static void guest_free(struct guest *guest)
{
	if (guest->cpu >= 0)
		close(guest->cpu);
	close(guest->vm);
	close(guest->memfd);
	munmap(guest->shared, RAM_SIZE);
	munmap(guest->source, RAM_SIZE);
}

static int start(struct guest *guest, const char *name, uint64_t policy)
{
	struct launch_start data = { .policy = policy };
	struct init2 init = { 0 };

	if (vm_step(guest->vm, name ? "init" : NULL, SEV_INIT2, &init))
		return -1;
	return vm_step(guest->vm, name, SNP_LAUNCH_START, &data);
}

/* KVM may do less than it was asked for; it then moves the range forward. */
static void update(const struct guest *guest, const char *name, uint64_t at, uint64_t len,
		   enum page_type type)
{
	struct launch_update data = {
		.gfn_start = at / PAGE, .len = len, .type = (uint8_t)type,
		.uaddr = type == ZERO ? 0 : (uintptr_t)guest->source + at,
	};

	vm_step(guest->vm, name, SNP_LAUNCH_UPDATE, &data);
	if (data.len)
		printf("%s-left=%llu\n", name, (unsigned long long)data.len);
}

static void update_all(const struct guest *guest)
{
	update(guest, "normal", 0x1000, 0x3000, NORMAL);
	update(guest, "large", 0x200000, 0x200000, NORMAL);
	update(guest, "zero", 0x5000, 0x1000, ZERO);
	update(guest, "unmeasured", 0x6000, 0x1000, UNMEASURED);
	update(guest, "secrets", 0x7000, 0x1000, SECRETS);
	memset(guest->source + 0x8000, 0, PAGE);
	update(guest, "cpuid", 0x8000, 0x1000, CPUID);
	update(guest, "twice", 0x1000, 0x1000, NORMAL);
}

static void launch(uint64_t policy, const char *block, const char *auth, int with_cpu)
{
	static uint8_t id_block[BLOCK_SIZE], id_auth[AUTH_SIZE];
	struct launch_finish finish = { .host_data = "thirty-two bytes from the host.." };
	struct guest guest = guest_new();

	if (block) {
		load_file(block, id_block, sizeof(id_block));
		load_file(auth, id_auth, sizeof(id_auth));
		finish.id_block_uaddr = (uintptr_t)id_block;
		finish.id_auth_uaddr = (uintptr_t)id_auth;
		finish.id_block_en = 1;
		finish.auth_key_en = 1;
	}
	start(&guest, "start", policy);
	make_private(&guest);
	if (with_cpu)
		guest.cpu = vm_cpu(guest.vm);
	update_all(&guest);
	vm_step(guest.vm, "finish", SNP_LAUNCH_FINISH, &finish);
	guest_free(&guest);
}

static void abandon(uint64_t policy)
{
	struct guest guest = guest_new();

	start(&guest, "start", policy);
	make_private(&guest);
	update(&guest, "normal", 0x1000, 0x3000, NORMAL);
	guest_free(&guest);
}

static void hold(uint64_t policy, int launched)
{
	struct launch_finish finish = { 0 };
	struct guest guest = guest_new();

	start(&guest, "start", policy);
	make_private(&guest);
	if (launched)
		guest.cpu = vm_cpu(guest.vm);
	update_all(&guest);
	if (launched)
		vm_step(guest.vm, "finish", SNP_LAUNCH_FINISH, &finish);
	hold_still();
}

/* More guests than ASIDs: these have to be flushed and used again. */
static void recycle(unsigned long count)
{
	struct guest guest;
	unsigned long i;

	vm_stays();
	for (i = 0; i < count; i++) {
		guest = (struct guest){ .vm = vm_new(VM_TYPE_SNP) };
		if (start(&guest, NULL, 0x30000))
			break;
		close(guest.vm);
	}
	printf("guests=%lu\n", i);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;

	nodes_open();
	if (!strcmp(what, "launch")) {
		launch(number, NULL, NULL, 0);
	} else if (!strcmp(what, "identity") && argc == 5) {
		launch(number, argv[3], argv[4], 0);
	} else if (!strcmp(what, "cpu")) {
		launch(number, NULL, NULL, 1);
	} else if (!strcmp(what, "abandon")) {
		abandon(number);
	} else if (!strcmp(what, "hold")) {
		hold(number, 1);
	} else if (!strcmp(what, "hold-launch")) {
		hold(number, 0);
	} else if (!strcmp(what, "recycle")) {
		recycle((unsigned long)number);
	} else {
		fputs("kvm-snp: a command and its arguments, see the source\n", stderr);
		return 2;
	}
	return 0;
}
