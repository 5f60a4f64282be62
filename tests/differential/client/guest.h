/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests of KVM. */
#ifndef DIFFERENTIAL_GUEST_H
#define DIFFERENTIAL_GUEST_H

#include <kvm-abi.h>

#include "step.h"

/* Bytes of its memory that are not zero */
#define GUEST_CONTENT		0x10000ul

/**
 * struct guest_kind - a kind of guest
 * @name: its name
 * @ram: how much memory
 * @type: for KVM_CREATE_VM
 * @init: first command
 * @es: its CPUs' state is encrypted
 * @snp: it has memory of its own
 */
struct guest_kind {
	const char *name;
	size_t ram;
	unsigned long type;
	uint32_t init;
	bool es;
	bool snp;
};

/**
 * struct guest - a virtual machine and its memory
 * @kind: NULL: there is none
 * @vm: descriptor
 * @cpu: descriptor of its CPU, or -1
 * @memfd: descriptor of its own memory, or -1
 * @ram: memory that it shares with us
 * @source: where the first contents of its own memory come from, if it has that
 */
struct guest {
	const struct guest_kind *kind;
	int vm;
	int cpu;
	int memfd;
	uint8_t *ram;
	uint8_t *source;
};

int guest_add_private(struct guest *guest);
int guest_make_private(const struct guest *guest);
void guest_command(struct guest *guest, const char *name, const struct step *step);

#endif
