/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware model sees of the machine around the PSP. */
#ifndef EMU_PSP_HOST_H
#define EMU_PSP_HOST_H

#include "model/fw.h"
#include "machine/state.h"

/**
 * struct host - the machine's CPUs
 * @machine: state shared with the CPUs, NULL when nothing is known of them
 * @caches_only: of the CPUs only their caches matter: they have no SNP
 * @command: the command that runs, or the last one
 * @wbinvds: how often each CPU had written back its caches when the firmware last heard of it
 */
struct host {
	struct machine *machine;
	bool caches_only;
	uint32_t command;
	unsigned int wbinvds[MACHINE_MAX_CPUS];
};

struct psp;

const struct fw_host_ops *host_ops(const struct host *host);
void host_begin(struct psp *psp, uint32_t command);
void host_end(struct psp *psp);

#endif
