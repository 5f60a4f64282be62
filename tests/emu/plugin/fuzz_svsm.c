// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feeds the service module calls of any kind: registers, and the page by which they come. The
 * machine below is a little memory and one CPU. What must hold: nothing outside of this memory is
 * touched, none of it that the guest shares, and a call that is refused writes nothing but lists of
 * pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "model/fw.h"

#define PAGES		24u
#define MEMORY		(PAGES * GUEST_PAGE)
#define CALLS		GUEST_PAGE
#define SHARED		(2 * GUEST_PAGE)	/* one page that the host can write to */
#define SHARED_BYTE	0x5a

/* What comes first in the fuzzer's data; the page for calls follows, from its second word on. */
struct input {
	uint64_t rax, rcx, rdx, r8, r9;
};

struct sevcpu_config sevcpu_config = { .guest = true, .vmpl = 1, .cbit = 51 };

static uint8_t memory[MEMORY];
static uint64_t regs[REG_COUNT];
static jmp_buf end_of_run;

void guest_fatal(const char *format, ...)
{
	(void)format;
	longjmp(end_of_run, 1);
}

uint64_t reg_read(unsigned int vcpu, enum reg_id reg)
{
	(void)vcpu;
	return regs[reg];
}

void reg_write(unsigned int vcpu, enum reg_id reg, uint64_t value)
{
	(void)vcpu;
	regs[reg] = value;
}

static uint8_t *place(uint64_t pa, size_t len)
{
	if (pa >= MEMORY || len > MEMORY - pa)
		abort();
	return memory + pa;
}

int guest_read(uint64_t pa, void *buf, size_t len)
{
	memcpy(buf, place(pa, len), len);
	return 0;
}

int guest_write(uint64_t pa, const void *buf, size_t len)
{
	memcpy(place(pa, len), buf, len);
	return 0;
}

bool guest_firmware_report(const uint8_t user_data[64], uint8_t *report)
{
	memset(report, 0, FW_REPORT_LEN);
	memcpy(report + 0x50, user_data, 64);
	return true;
}

const uint8_t *guest_firmware_certs(size_t *len)
{
	static const uint8_t certs[3000];

	*len = sizeof(certs);
	return certs;
}

static void prepare(const uint8_t *data, size_t size)
{
	struct input in = { 0 };

	memset(memory, 0, sizeof(memory));
	memset(memory + SHARED, SHARED_BYTE, GUEST_PAGE);
	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	data += sizeof(in);
	size = size > sizeof(in) ? size - sizeof(in) : 0;
	memory[CALLS] = 1;
	if (size)
		memcpy(memory + CALLS + 8, data, size < GUEST_PAGE - 8 ? size : GUEST_PAGE - 8);
	regs[REG_RAX] = in.rax & (1ull << 32 | 7);
	/* Most calls shall come further than to their address. */
	regs[REG_RCX] = in.rcx & 1 ? in.rcx : CALLS + 8;
	regs[REG_RDX] = in.rdx;
	regs[REG_R8] = in.r8;
	regs[REG_R9] = in.r9;
	guest_pages_reset(MEMORY);
	guest_svsm_reset(CALLS);
	guest_page_validate(SHARED, false, false, &(bool){ false });
	guest_page_change(SHARED >> GUEST_PAGE_SHIFT, 2, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t before[MEMORY];

	prepare(data, size);
	memcpy(before, memory, sizeof(memory));
	if (setjmp(end_of_run))
		return 0;
	guest_svsm_call(0);
	if (memory[CALLS])
		abort();
	for (size_t i = 0; i < GUEST_PAGE; i++)
		if (memory[SHARED + i] != SHARED_BYTE)
			abort();
	if (regs[REG_RAX] && (memcmp(memory, before, CALLS) ||
			      memcmp(memory + SHARED, before + SHARED, MEMORY - SHARED)))
		abort();
	return 0;
}
