// SPDX-License-Identifier: GPL-2.0-only
/* See kvm.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "kvm.h"

struct kvm_nodes nodes = { .kvm = -1, .sev = -1 };

/**
 * die() - end with what errno says
 * @what: what did not work
 */
void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(2);
}

static int node_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/** nodes_open() - open what all of this takes */
void nodes_open(void)
{
	nodes.kvm = node_open("/dev/kvm");
	nodes.sev = node_open("/dev/sev");
}

/**
 * vm_new() - make a virtual machine
 * @type: for KVM_CREATE_VM
 *
 * Return: its descriptor.
 */
int vm_new(unsigned long type)
{
	int vm = ioctl(nodes.kvm, KVM_CREATE_VM, type);

	if (vm < 0)
		die("KVM_CREATE_VM");
	return vm;
}

/**
 * vm_stays() - have a virtual machine until the program ends
 *
 * The kernel rewrites its code when the first one comes and the last one goes, which QEMU does
 * not always survive.
 */
void vm_stays(void)
{
	vm_new(0);
}

/**
 * vm_cpu() - give it a CPU
 * @vm: the virtual machine
 *
 * Return: descriptor of the CPU.
 */
int vm_cpu(int vm)
{
	int cpu;

	if (ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		die("KVM_CREATE_IRQCHIP");
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0)
		die("KVM_CREATE_VCPU");
	return cpu;
}

/**
 * vm_step() - one KVM_MEMORY_ENCRYPT_OP
 * @vm: the virtual machine
 * @name: "NAME=ERRNO,STATUS" is printed; NULL: nothing is
 * @id: command
 * @data: its struct, or NULL
 *
 * Return: 0 or -1.
 */
int vm_step(int vm, const char *name, uint32_t id, void *data)
{
	struct kvm_sev_cmd cmd = {
		.id = id, .data = (uintptr_t)data, .sev_fd = (uint32_t)nodes.sev,
	};
	int ret = ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &cmd);

	if (name)
		printf("%s=%d,%#x\n", name, ret ? errno : 0, cmd.error);
	return ret;
}

/** hold_still() - keep what there is until somebody kills us */
void hold_still(void)
{
	printf("holding=1\n");
	fflush(stdout);
	for (;;)
		pause();
}

/**
 * fill_pages() - first contents of a guest, which tests compute as well
 * @ram: its memory
 * @len: bytes
 */
void fill_pages(uint8_t *ram, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		ram[i] = (uint8_t)(i * 7 + i / PAGE);
}

/**
 * load_file() - read a file, or wait for a pipe
 * @path: which
 * @data: filled in
 * @len: bytes that there must be
 */
void load_file(const char *path, void *data, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, data, len) != (ssize_t)len)
		die(path);
	close(fd);
}
