// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware of a virtual machine leaves for the kernel of an SNP guest. SeaBIOS knows
 * nothing of that: it is added when the kernel's first code asks for the position of the C-bit.
 */
#include <stdio.h>
#include <string.h>

#include "guest.h"

#define CR0_PE			0x1u
#define CR0_PG			0x80000000u

/* The kernel's boot parameters, by offset */
#define BOOT_E820_COUNT		0x1e8u
#define BOOT_MAGIC		0x202u
#define BOOT_INITRD		0x218u
#define BOOT_SETUP_DATA		0x250u
#define BOOT_E820		0x2d0u
#define BOOT_LEN		0x1000u

#define E820_MAX		128u
#define E820_RAM		1u
#define E820_RESERVED		2u

#define SETUP_CC_BLOB		7u
#define CC_BLOB_MAGIC		0x45444d41u	/* "AMDE" */
#define CC_BLOB_VERSION		1u

#define CPUID_MAX		64u

/*
 * What is taken from the guest's memory: three pages, one for calls to a service module and one for
 * the module itself, of which there may be none, and one as a gap to the initramfs.
 */
enum { PAGE_SECRETS, PAGE_CPUID, PAGE_BLOB, PAGE_CALLS, PAGE_MODULE, PAGE_GAP, PAGES };

struct e820_entry {
	uint64_t start, len;
	uint32_t type;
} __attribute__((packed));

struct setup_node {
	uint64_t next;
	uint32_t type, len;
	uint32_t blob;
} __attribute__((packed));

struct cc_blob {
	uint32_t magic;
	uint16_t version, rsvd1;
	uint64_t secrets;
	uint32_t secrets_len, rsvd2;
	uint64_t cpuid;
	uint32_t cpuid_len, rsvd3;
} __attribute__((packed));

struct cpuid_entry {
	uint32_t leaf, subleaf;
	uint64_t xcr0, xss;
	uint32_t eax, ebx, ecx, edx;
	uint64_t rsvd;
} __attribute__((packed));

struct cpuid_page {
	uint32_t count, rsvd1;
	uint64_t rsvd2;
	struct cpuid_entry entries[CPUID_MAX];
} __attribute__((packed));

#define BLOB_OFFSET	0x40u

_Static_assert(sizeof(struct e820_entry) == 20, "memory map entry");
_Static_assert(sizeof(struct cc_blob) == 40, "CC blob");
_Static_assert(sizeof(struct cpuid_entry) == 48, "CPUID entry");
_Static_assert(sizeof(struct cpuid_page) <= GUEST_PAGE, "CPUID page");

static uint32_t get32(const uint8_t *boot, unsigned int offset)
{
	uint32_t value;

	memcpy(&value, boot + offset, sizeof(value));
	return value;
}

/* Splits the RAM around @start off; what is in between becomes reserved. */
static bool carve(uint8_t *boot, uint64_t start, uint64_t len, uint64_t *end)
{
	struct e820_entry map[E820_MAX + 2], whole;
	unsigned int count = boot[BOOT_E820_COUNT], hit = E820_MAX;

	if (!count || count > E820_MAX - 2)
		return false;
	memcpy(map, boot + BOOT_E820, count * sizeof(*map));
	*end = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (map[i].type != E820_RAM)
			continue;
		if (map[i].start + map[i].len > *end)
			*end = map[i].start + map[i].len;
		if (map[i].start < start && start + len < map[i].start + map[i].len)
			hit = i;
	}
	if (hit == E820_MAX)
		return false;
	whole = map[hit];
	memmove(&map[hit + 3], &map[hit + 1], (count - hit - 1) * sizeof(*map));
	map[hit].len = start - whole.start;
	map[hit + 1] = (struct e820_entry){ start, len, E820_RESERVED };
	map[hit + 2] = (struct e820_entry){
		start + len, whole.start + whole.len - start - len, E820_RAM };
	count += 2;
	memcpy(boot + BOOT_E820, map, count * sizeof(*map));
	boot[BOOT_E820_COUNT] = (uint8_t)count;
	return true;
}

/*
 * Only leaves that the plugin itself answers are listed. Without a #VC exception the kernel does
 * not look here for others, but it insists on a list.
 */
static void fill_cpuid(struct cpuid_page *page)
{
	static const uint32_t leaves[] = { 0x80000000u, 0x8000001fu, 0x80000021u };

	for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct cpuid_entry *e = &page->entries[page->count];
		uint32_t out[4];

		if (!cpuid_values(leaves[i], 0, out))
			continue;
		e->leaf = leaves[i];
		e->eax = out[0];
		e->ebx = out[1];
		e->ecx = out[2];
		e->edx = out[3];
		page->count++;
	}
}

static void put_page(uint64_t pa, const void *page)
{
	if (guest_write(pa, page, GUEST_PAGE))
		guest_fatal("can't put anything at %#llx", (unsigned long long)pa);
}

static void fill(uint64_t base, uint64_t next)
{
	union {
		uint8_t bytes[GUEST_PAGE];
		struct cpuid_page cpuid;
		struct setup_node node;
	} page;
	struct cc_blob blob = {
		.magic = CC_BLOB_MAGIC, .version = CC_BLOB_VERSION,
		.secrets = base + PAGE_SECRETS * GUEST_PAGE, .secrets_len = GUEST_PAGE,
		.cpuid = base + PAGE_CPUID * GUEST_PAGE, .cpuid_len = GUEST_PAGE,
	};
	uint64_t at = base + PAGE_BLOB * GUEST_PAGE;

	if (!guest_firmware_reset(page.bytes))
		guest_fatal("the firmware can't make the guest");
	if (sevcpu_config.vmpl)
		guest_svsm_secrets(page.bytes, base + PAGE_MODULE * GUEST_PAGE,
				   base + PAGE_CALLS * GUEST_PAGE);
	put_page(blob.secrets, page.bytes);
	memset(&page, 0, sizeof(page));
	fill_cpuid(&page.cpuid);
	put_page(blob.cpuid, page.bytes);
	memset(&page, 0, sizeof(page));
	page.node = (struct setup_node){
		.next = next, .type = SETUP_CC_BLOB, .len = sizeof(page.node.blob),
		.blob = (uint32_t)(at + BLOB_OFFSET),
	};
	memcpy(page.bytes + BLOB_OFFSET, &blob, sizeof(blob));
	put_page(at, page.bytes);
}

/**
 * guest_start() - CPUID is asked for the C-bit
 * @vcpu: the vCPU that runs the callback
 *
 * If a kernel has just got control it finds what it needs; otherwise nothing happens.
 */
void guest_start(unsigned int vcpu)
{
	uint64_t cr0 = reg_read(vcpu, REG_CR0), params = (uint32_t)reg_read(vcpu, REG_RSI);
	uint64_t base, next, end;
	uint8_t boot[BOOT_LEN];

	if (!(cr0 & CR0_PE) || cr0 & CR0_PG || guest_read(params, boot, sizeof(boot)) ||
	    memcmp(boot + BOOT_MAGIC, "HdrS", 4))
		return;
	base = get32(boot, BOOT_INITRD) & ~(GUEST_PAGE - 1);
	if (base < PAGES * GUEST_PAGE)
		guest_fatal("has no initramfs, below which there is room");
	base -= PAGES * GUEST_PAGE;
	memcpy(&next, boot + BOOT_SETUP_DATA, sizeof(next));
	if (!carve(boot, base, PAGES * GUEST_PAGE, &end))
		guest_fatal("has no memory below the initramfs at %#llx",
			    (unsigned long long)base);
	guest_pages_reset(end);
	guest_ghcb_reset();
	guest_answer_reset();
	guest_svsm_reset(base + PAGE_CALLS * GUEST_PAGE);
	fill(base, next);
	next = base + PAGE_BLOB * GUEST_PAGE;
	memcpy(boot + BOOT_SETUP_DATA, &next, sizeof(next));
	if (guest_write(params, boot, sizeof(boot)))
		guest_fatal("has no boot parameters at %#llx", (unsigned long long)params);
}
