/* SPDX-License-Identifier: GPL-2.0-only */
/* One PSP: registers, mailboxes, interrupts, and the firmware behind them. */
#ifndef EMU_PSP_DEVICE_H
#define EMU_PSP_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dma.h"
#include "fault.h"
#include "host.h"
#include "model/fw.h"
#include "irq.h"
#include "mailbox.h"
#include "part.h"
#include "pci.h"
#include "services.h"
#include "stats.h"
#include "tee.h"
#include "vfu.h"

/**
 * struct psp_config - what the command line chooses
 * @part: PCI id and register layout
 * @capability: capability word
 * @bootloader: version of the boot loader, one byte per part
 * @tee_version: version of the TEE, likewise
 * @ccp_blocked: the BIOS blocks access to the crypto engine, whose registers read as all ones
 * @hsti: security attributes that the HSTI query reports, as in bits 31:8 of the capability word
 * @irq_mode: kinds of interrupts
 * @address_mask: address bits that reach memory; the C-bit is not among them
 * @seed: decides when answers come; 0: at once
 * @machine: state shared with the CPUs, or NULL; not owned by the device
 * @caches_only: of the CPUs only their caches matter
 * @fw: firmware model
 */
struct psp_config {
	const struct psp_part *part;
	uint32_t capability, bootloader, tee_version, hsti;
	enum irq_mode irq_mode;
	bool ccp_blocked;
	uint64_t address_mask, seed;
	struct machine *machine;
	bool caches_only;
	struct fw_config fw;
};

struct worker;

/**
 * struct psp - the device
 * @cfg: configuration
 * @loop: event loop
 * @worker: thread that runs the firmware model
 * @dma: guest memory
 * @faults: faults to inject
 * @host: the machine's CPUs, as far as the firmware knows
 * @fw: firmware model; only used by the worker while a command runs
 * @stats: counters
 * @commands: commands so far, for their times
 * @pci: configuration space
 * @bar5: MSI-X table and pending bits
 * @irqs: vectors
 * @inten: interrupt enable register
 * @intsts: interrupt status register
 * @garbage: all registers read as @garbage_value
 * @garbage_value: see @garbage
 * @trng_on: the random-number generator was switched on
 * @sev: SEV mailbox
 * @mbox: PSP mailbox
 * @pa: platform access mailbox
 * @doorbell: doorbell as a mailbox without buffer; its command register is the message
 * @tee: TEE ring
 * @services: state of the small services
 */
struct psp {
	struct psp_config cfg;
	struct loop *loop;
	struct worker *worker;
	struct dma *dma;
	struct faults *faults;
	struct host host;
	struct fw *fw;
	struct stats stats;
	uint64_t commands;
	struct pci_config pci;
	uint8_t bar5[PCI_BAR5_SIZE];
	struct irqs irqs;
	uint32_t inten, intsts;
	bool trng_on;
	bool garbage;
	uint32_t garbage_value;
	struct mailbox sev, mbox, pa, doorbell;
	struct tee tee;
	struct services services;
};

extern const struct vfu_backend psp_backend;

struct psp *psp_new(struct loop *loop, const struct psp_config *cfg);
void psp_free(struct psp *psp);
void psp_reset(struct psp *psp);
int psp_restart_firmware(struct psp *psp, const struct fw_config *fw);
void psp_raise(struct psp *psp, uint32_t bits);
void psp_set_garbage(struct psp *psp, uint32_t value);
int psp_dma_read(struct psp *psp, uint64_t addr, void *buf, size_t len);
int psp_dma_write(struct psp *psp, uint64_t addr, const void *buf, size_t len);
uint32_t psp_reg_read(struct psp *psp, uint32_t off);
void psp_reg_write(struct psp *psp, uint32_t off, uint32_t value);

#endif
