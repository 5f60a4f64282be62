/* SPDX-License-Identifier: GPL-2.0-only */
/* What of KVM's interface for encrypted guests the headers of older kernels lack. */
#ifndef CLIENTS_SHARED_KVM_ABI_H
#define CLIENTS_SHARED_KVM_ABI_H

#include <stdint.h>

#include <linux/kvm.h>

/* Kinds of guest, for KVM_CREATE_VM */
#define VM_TYPE_SEV		2
#define VM_TYPE_SEV_ES		3
#define VM_TYPE_SNP		4

/* Commands of KVM_MEMORY_ENCRYPT_OP */
#define SEV_INIT2		22
#define SNP_LAUNCH_START	100
#define SNP_LAUNCH_UPDATE	101
#define SNP_LAUNCH_FINISH	102

#define MEM_GUEST_MEMFD		(1U << 2)
#define ATTRIBUTE_PRIVATE	(1ULL << 3)

enum page_type { NORMAL = 1, ZERO = 3, UNMEASURED = 4, SECRETS = 5, CPUID = 6 };

struct memfd {
	uint64_t size;
	uint64_t flags;
	uint64_t reserved[6];
};

struct region2 {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_size;
	uint64_t userspace_addr;
	uint64_t guest_memfd_offset;
	uint32_t guest_memfd;
	uint32_t pad1;
	uint64_t pad2[14];
};

struct attributes {
	uint64_t address;
	uint64_t size;
	uint64_t attributes;
	uint64_t flags;
};

#define SET_REGION2	_IOW(KVMIO, 0x49, struct region2)
#define SET_ATTRIBUTES	_IOW(KVMIO, 0xd2, struct attributes)
#define CREATE_MEMFD	_IOWR(KVMIO, 0xd4, struct memfd)

struct init2 {
	uint64_t vmsa_features;
	uint32_t flags;
	uint16_t ghcb_version;
	uint16_t pad1;
	uint32_t pad2[8];
};

struct launch_start {
	uint64_t policy;
	uint8_t gosvw[16];
	uint16_t flags;
	uint8_t pad0[6];
	uint64_t pad1[4];
};

struct launch_update {
	uint64_t gfn_start;
	uint64_t uaddr;
	uint64_t len;
	uint8_t type;
	uint8_t pad0;
	uint16_t flags;
	uint32_t pad1;
	uint64_t pad2[4];
};

struct launch_finish {
	uint64_t id_block_uaddr;
	uint64_t id_auth_uaddr;
	uint8_t id_block_en;
	uint8_t auth_key_en;
	uint8_t vcek_disabled;
	uint8_t host_data[32];
	uint8_t pad0[3];
	uint16_t flags;
	uint64_t pad1[4];
};

#endif
