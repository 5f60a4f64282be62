// SPDX-License-Identifier: GPL-2.0-only
/*
 * The carry flag. QEMU has it in a form that a plugin can't write. So the CPU is sent to two
 * instructions in the kernel itself, one that sets or clears the flag and one that returns from
 * there: bytes that can be found somewhere in any kernel, as part of whatever.
 */
#include <string.h>

#include "guest.h"

#define OP_CLC		0xf8
#define OP_STC		0xf9
#define OP_RET		0xc3

#define SEARCH_PAGES	4096u	/* each way */
#define MAX_PLACES	8u

/* Where they were found before. Each address space that a boot goes through has its own. */
static __thread uint64_t places[2][MAX_PLACES];
static __thread unsigned int next_place[2];

static bool is_pair(uint64_t va, bool carry)
{
	uint8_t bytes[2];

	return va && guest_read_virtual(va, bytes, sizeof(bytes)) &&
	       bytes[0] == (carry ? OP_STC : OP_CLC) && bytes[1] == OP_RET;
}

static uint64_t search_page(uint64_t va, bool carry)
{
	uint8_t bytes[GUEST_PAGE];

	if (!guest_read_virtual(va, bytes, sizeof(bytes)))
		return 0;
	for (unsigned int i = 0; i + 1 < sizeof(bytes); i++)
		if (bytes[i] == (carry ? OP_STC : OP_CLC) && bytes[i + 1] == OP_RET)
			return va + i;
	return 0;
}

static uint64_t search(uint64_t pc, bool carry)
{
	uint64_t page = pc & ~(GUEST_PAGE - 1), found = 0;

	for (uint64_t i = 0; !found && i < SEARCH_PAGES; i++) {
		found = search_page(page + i * GUEST_PAGE, carry);
		if (!found && i && page >= i * GUEST_PAGE)
			found = search_page(page - i * GUEST_PAGE, carry);
	}
	return found;
}

/* A place is only used near the code that needs it: the same bytes elsewhere may be data. */
static uint64_t find(uint64_t pc, bool carry)
{
	uint64_t reach = SEARCH_PAGES * GUEST_PAGE, va;

	for (unsigned int i = 0; i < MAX_PLACES; i++) {
		va = places[carry][i];
		if (va - pc + reach <= 2 * reach && is_pair(va, carry))
			return va;
	}
	va = search(pc, carry);
	if (!va)
		guest_fatal("no instructions near %#llx to set the carry flag with",
			    (unsigned long long)pc);
	places[carry][next_place[carry]++ % MAX_PLACES] = va;
	return va;
}

/**
 * guest_continue_with_carry() - leave an instruction that changes the carry flag
 * @vcpu: the vCPU that runs the callback
 * @pc: where it goes on
 * @carry: the flag
 */
void guest_continue_with_carry(unsigned int vcpu, uint64_t pc, bool carry)
{
	uint64_t stack = reg_read(vcpu, REG_RSP) - sizeof(pc);
	uint64_t pair = find(pc, carry);

	if (!guest_write_virtual(stack, &pc, sizeof(pc)))
		guest_fatal("has no stack at %#llx", (unsigned long long)stack);
	reg_write(vcpu, REG_RSP, stack);
	qemu_plugin_set_pc(pair);
}
