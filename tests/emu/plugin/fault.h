/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of this process. Apart from the CPUs: the C library has names of registers of its own. */
#ifndef EMU_PLUGIN_FAULT_H
#define EMU_PLUGIN_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum fault_answer - what to do about a store that has faulted
 * @FAULT_OTHERS: it is somebody else's affair
 * @FAULT_AGAIN: do it again
 * @FAULT_STEP: do it again, and call &fault_ops.stepped when it is done
 */
enum fault_answer { FAULT_OTHERS, FAULT_AGAIN, FAULT_STEP };

/**
 * struct fault_place - what has done a store
 * @device: it was a device, perhaps in the thread of a vCPU that had it do something
 * @translated: address in what QEMU has translated, from where the store came; 0: none
 */
struct fault_place {
	bool device;
	uintptr_t translated;
};

/**
 * struct fault_ops - who is asked
 * @store: a store to @host has faulted
 * @stepped: in the same thread
 */
struct fault_ops {
	enum fault_answer (*store)(const void *host, const struct fault_place *place);
	void (*stepped)(void);
};

void fault_catch(const struct fault_ops *ops);
void fault_release(void);

#endif
