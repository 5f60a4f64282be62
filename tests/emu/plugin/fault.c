// SPDX-License-Identifier: GPL-2.0-only
/* SIGSEGV of stores, and one step over them. */
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

#include "fault.h"
#include "qemu_api.h"

#define MOST_FRAMES	40
#define JUMP		0xe9
#define JUMP_SHORT	0xeb
#define FAULT_WRITE	0x2	/* of a page fault's error code */
#define TRAP_FLAG	0x100

static const struct fault_ops *fault_ops;
static struct sigaction old_segv, old_trap;
static __thread bool stepping;

/* Functions of QEMU by which devices write to memory; CPUs don't need them. */
static bool writes_for_devices(const void *code)
{
	static const char prefix[] = "address_space_";
	Dl_info at;

	return dladdr(code, &at) && at.dli_sname &&
	       !strncmp(at.dli_sname, prefix, sizeof(prefix) - 1);
}

/* Stores that take longer are apart, and jump back to where the others are. */
static uintptr_t jump_back(const uint8_t *code)
{
	int32_t distance;

	if (*code == JUMP_SHORT)
		return (uintptr_t)code + 2 + (uintptr_t)(int8_t)code[1];
	if (*code != JUMP)
		return (uintptr_t)code;
	memcpy(&distance, code + 1, sizeof(distance));
	return (uintptr_t)code + 1 + sizeof(distance) + (uintptr_t)distance;
}

/* Behind a helper there is what QEMU has translated, unless the thread is no vCPU. */
static struct fault_place find_place(const void *code)
{
	struct fault_place place = { 0 };
	void *frames[MOST_FRAMES];
	int n;

	if (in_code_gen_buffer(code)) {
		/* As if the store were a call. */
		place.translated = (uintptr_t)code + 2;
		return place;
	}
	n = backtrace(frames, MOST_FRAMES);
	for (int i = 0; i < n && !place.translated; i++) {
		if (in_code_gen_buffer(frames[i]))
			place.translated = jump_back(frames[i]);
		else
			place.device |= writes_for_devices(frames[i]);
	}
	place.device |= !place.translated;
	return place;
}

static void on_segv(int signo, siginfo_t *info, void *data)
{
	ucontext_t *context = data;
	const void *code = (const void *)context->uc_mcontext.gregs[REG_RIP];
	enum fault_answer answer = FAULT_OTHERS;

	if (context->uc_mcontext.gregs[REG_ERR] & FAULT_WRITE) {
		const struct fault_place place = find_place(code);

		answer = fault_ops->store(info->si_addr, &place);
	}
	if (answer == FAULT_OTHERS) {
		/* It faults again. */
		sigaction(signo, &old_segv, NULL);
	} else if (answer == FAULT_STEP) {
		stepping = true;
		context->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
		sigdelset(&context->uc_sigmask, SIGTRAP);
	}
}

static void on_trap(int signo, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)info;
	if (!stepping) {
		sigaction(signo, &old_trap, NULL);
		return;
	}
	stepping = false;
	context->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	fault_ops->stepped();
}

/**
 * fault_catch() - from now on
 * @ops: who is asked
 */
void fault_catch(const struct fault_ops *ops)
{
	struct sigaction segv = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	void *frame;

	fault_ops = ops;
	/* The first time it loads a library, which is nothing to do in a signal handler. */
	backtrace(&frame, 1);
	sigaction(SIGSEGV, &segv, &old_segv);
	sigaction(SIGTRAP, &trap, &old_trap);
}

/** fault_release() - as it was before fault_catch() */
void fault_release(void)
{
	sigaction(SIGSEGV, &old_segv, NULL);
	sigaction(SIGTRAP, &old_trap, NULL);
}
