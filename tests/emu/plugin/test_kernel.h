/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel does in an SNP guest, on the QEMU of test_qemu.c. */
#ifndef EMU_PLUGIN_TEST_KERNEL_H
#define EMU_PLUGIN_TEST_KERNEL_H

#include "test_qemu.h"

/* Where it has what. The pages of the CC blob are in front of the initramfs. */
#define PARAMS		(FAKE_RAM + 0x1000)
#define INITRD		(FAKE_RAM + 0x800000)
#define CARVED		(INITRD - 0x6000)
#define RAM_END		(FAKE_RAM + FAKE_RAM_SIZE)
#define GHCB		(FAKE_RAM + 0x10000)
#define REQUEST		(FAKE_RAM + 0x20000)
#define RESPONSE	(FAKE_RAM + 0x21000)
#define CERTS		(FAKE_RAM + 0x22000)
#define VMSA		(FAKE_RAM + 0x30000)

#define PSC_PRIVATE	1ull
#define PSC_SHARED	2ull

#define EVENT_PSC	0x80000010u
#define EVENT_REQUEST	0x80000011u
#define EVENT_EXTENDED	0x80000012u
#define EVENT_CREATE	0x80000013u
#define EVENT_FEATURES	0x8000fffdu

void *ram(uint64_t pa);
void put(uint64_t pa, uint64_t value, size_t len);
uint64_t get(uint64_t pa, size_t len);
void start(const char *options);
uint64_t by_register(uint64_t msr);
int pvalidate(bool large, bool validate);
void psc(uint64_t pa, uint64_t op);
void share(uint64_t pa);
void field(unsigned int offset, uint64_t value);
void vmgexit(void);
uint64_t by_page(uint64_t code, uint64_t info_1, uint64_t info_2);
void use_ghcb(void);
void start_with_pages(const char *options);
void seal(uint64_t seqno, const char *data);
bool answered(uint64_t seqno, const char *data);
const uint8_t *report(unsigned int offset);
uint64_t ask(uint64_t seqno, const char *data);

#endif
