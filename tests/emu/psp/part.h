/* SPDX-License-Identifier: GPL-2.0-only */
/* The processors whose PSP can be emulated, and where each has its registers. */
#ifndef EMU_PSP_PART_H
#define EMU_PSP_PART_H

#include <stdbool.h>
#include <stdint.h>

/* Capability word (C2PMSG_63) */
#define PSP_CAP_SEV			0x00000001u
#define PSP_CAP_TEE			0x00000002u
#define PSP_CAP_DBC_THRU_EXT		0x00000004u
#define PSP_CAP_SFS			0x00000008u
#define PSP_CAP_SECURITY_REPORTING	0x00000080u
#define PSP_CAP_FUSED_PART		0x00000100u
#define PSP_CAP_DEBUG_LOCK_ON		0x00000400u

/**
 * struct psp_regs - register offsets in BAR 2; 0 is a register that this generation lacks
 * @feature: capability word
 * @inten: interrupt enable
 * @intsts: interrupt status, write 1 to clear
 * @bootloader: version of the boot loader
 * @mbox_cmd: PSP mailbox, command and response
 * @mbox_lo: PSP mailbox, buffer address bits 31:0
 * @mbox_hi: PSP mailbox, buffer address bits 63:32
 * @sev_cmd: SEV mailbox, command and response
 * @sev_lo: SEV mailbox, buffer address bits 31:0
 * @sev_hi: SEV mailbox, buffer address bits 63:32
 * @tee_wptr: TEE ring, write pointer
 * @tee_rptr: TEE ring, read pointer
 * @tee_info: version of the TEE
 * @pa_cmd: platform access mailbox, command and response
 * @pa_lo: platform access mailbox, buffer address bits 31:0
 * @pa_hi: platform access mailbox, buffer address bits 63:32
 * @db_button: doorbell, written to ring it
 * @db_cmd: doorbell, message and result
 */
struct psp_regs {
	uint32_t feature, inten, intsts, bootloader;
	uint32_t mbox_cmd, mbox_lo, mbox_hi;
	uint32_t sev_cmd, sev_lo, sev_hi;
	uint32_t tee_wptr, tee_rptr, tee_info;
	uint32_t pa_cmd, pa_lo, pa_hi;
	uint32_t db_button, db_cmd;
};

/**
 * struct psp_part - one PCI device id
 * @pci_id: device id; the vendor is 0x1022
 * @generation: name of the register layout
 * @regs: registers, NULL for a device with a crypto engine but no PSP
 * @capability: value of the capability word unless the command line says otherwise
 * @family: CPU family of the processors that have it, for the firmware model
 * @model: CPU model
 * @trng: offset of the crypto engine's random-number register, 0 without an engine
 * @trng_off: it gives nothing before it is switched on
 */
struct psp_part {
	uint16_t pci_id;
	const char *generation;
	const struct psp_regs *regs;
	uint32_t capability;
	uint8_t family, model;
	uint32_t trng;
	bool trng_off;
};

const struct psp_part *psp_part_find(unsigned int pci_id);
const struct psp_part *psp_part_table(unsigned int *count);

#endif
