/* SPDX-License-Identifier: GPL-2.0-only */
/* What the clients of KVM's encryption ioctls have in common. */
#ifndef CLIENTS_SHARED_KVM_H
#define CLIENTS_SHARED_KVM_H

#include <stddef.h>
#include <stdint.h>

#define PAGE	0x1000

/**
 * struct kvm_nodes - device nodes that stay open
 * @kvm: /dev/kvm
 * @sev: /dev/sev
 */
struct kvm_nodes {
	int kvm;
	int sev;
};

extern struct kvm_nodes nodes;

void __attribute__((noreturn)) die(const char *what);
void nodes_open(void);
int vm_new(unsigned long type);
void vm_stays(void);
int vm_cpu(int vm);
int vm_step(int vm, const char *name, uint32_t id, void *data);
void hold_still(void);
void fill_pages(uint8_t *ram, size_t len);
void load_file(const char *path, void *data, size_t len);

#endif
