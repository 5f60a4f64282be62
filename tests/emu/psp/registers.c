// SPDX-License-Identifier: GPL-2.0-only
/* BAR 2: which register does what, independent of where a generation has put it. */
#include <openssl/rand.h>
#include <stddef.h>

#include "device.h"
#include "log.h"

struct reg {
	size_t offset_of;	/* of the register's offset in struct psp_regs */
	const char *name;
	size_t box;		/* of its mailbox in struct psp */
	uint32_t (*read)(struct psp *psp, const struct reg *reg);
	void (*write)(struct psp *psp, const struct reg *reg, uint32_t value);
};

static uint32_t read_feature(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->cfg.capability;
}

static uint32_t read_bootloader(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->cfg.bootloader;
}

static uint32_t read_tee_info(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->cfg.tee_version;
}

static void update_irq(struct psp *psp)
{
	irqs_set_level(&psp->irqs, psp->inten & psp->intsts);
}

static uint32_t read_inten(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->inten;
}

static void write_inten(struct psp *psp, const struct reg *reg, uint32_t value)
{
	(void)reg;
	psp->inten = value;
	update_irq(psp);
}

static uint32_t read_intsts(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->intsts;
}

static void write_intsts(struct psp *psp, const struct reg *reg, uint32_t value)
{
	(void)reg;
	psp->intsts &= ~value;
	update_irq(psp);
}

/**
 * psp_raise() - set bits in the interrupt status
 * @psp: device
 * @bits: interrupt status bits
 */
void psp_raise(struct psp *psp, uint32_t bits)
{
	psp->intsts |= bits;
	update_irq(psp);
}

static struct mailbox *reg_box(struct psp *psp, const struct reg *reg)
{
	return (struct mailbox *)((uint8_t *)psp + reg->box);
}

static uint32_t read_box_cmd(struct psp *psp, const struct reg *reg)
{
	return reg_box(psp, reg)->cmdresp;
}

static void write_box_cmd(struct psp *psp, const struct reg *reg, uint32_t value)
{
	mailbox_command(reg_box(psp, reg), value);
}

static uint32_t read_box_lo(struct psp *psp, const struct reg *reg)
{
	return reg_box(psp, reg)->lo;
}

static void write_box_lo(struct psp *psp, const struct reg *reg, uint32_t value)
{
	reg_box(psp, reg)->lo = value;
}

static uint32_t read_box_hi(struct psp *psp, const struct reg *reg)
{
	return reg_box(psp, reg)->hi;
}

static void write_box_hi(struct psp *psp, const struct reg *reg, uint32_t value)
{
	reg_box(psp, reg)->hi = value;
}

/* The message waits in the command register until the button is pressed. */
static uint32_t read_db_cmd(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->doorbell.cmdresp;
}

static void write_db_cmd(struct psp *psp, const struct reg *reg, uint32_t value)
{
	(void)reg;
	if (!psp->doorbell.busy)
		psp->doorbell.cmdresp = value & ~MAILBOX_RESPONSE;
}

static void write_db_button(struct psp *psp, const struct reg *reg, uint32_t value)
{
	(void)reg;
	if (value & 1)
		mailbox_command(&psp->doorbell, psp->doorbell.cmdresp);
}

static uint32_t read_zero(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	(void)psp;
	return 0;
}

static uint32_t read_tee_wptr(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->tee.wptr;
}

static uint32_t read_tee_rptr(struct psp *psp, const struct reg *reg)
{
	(void)reg;
	return psp->tee.rptr;
}

static void write_tee_wptr(struct psp *psp, const struct reg *reg, uint32_t value)
{
	(void)reg;
	tee_kick(psp, value);
}

/* The crypto engine, in front of the PSP: its random-number generator is all there is of it. */
#define CCP_END			0x10000
#define TRNG_CTL		0x5ffc	/* from the register with the numbers */
#define TRNG_CTL_ON		0x12d57

static bool is_trng(const struct psp *psp, uint32_t off)
{
	return off && off == psp->cfg.part->trng;
}

static uint32_t read_trng(const struct psp *psp)
{
	uint32_t value;

	if (psp->cfg.part->trng_off && !psp->trng_on)
		return 0;
	return RAND_bytes((uint8_t *)&value, sizeof(value)) == 1 ? value : 0;
}

static void write_trng_ctl(struct psp *psp, uint32_t off, uint32_t value)
{
	if (psp->cfg.part->trng && off == psp->cfg.part->trng + TRNG_CTL)
		psp->trng_on = value == TRNG_CTL_ON;
}

#define AT(field)		offsetof(struct psp_regs, field)
#define BOX(field)		offsetof(struct psp, field)

static const struct reg regs[] = {
	{ AT(sev_cmd), "sev_cmd", BOX(sev), read_box_cmd, write_box_cmd },
	{ AT(sev_lo), "sev_lo", BOX(sev), read_box_lo, write_box_lo },
	{ AT(sev_hi), "sev_hi", BOX(sev), read_box_hi, write_box_hi },
	{ AT(inten), "inten", 0, read_inten, write_inten },
	{ AT(intsts), "intsts", 0, read_intsts, write_intsts },
	{ AT(feature), "feature", 0, read_feature, NULL },
	{ AT(bootloader), "bootloader", 0, read_bootloader, NULL },
	{ AT(tee_info), "tee_info", 0, read_tee_info, NULL },
	{ AT(mbox_cmd), "mbox_cmd", BOX(mbox), read_box_cmd, write_box_cmd },
	{ AT(mbox_lo), "mbox_lo", BOX(mbox), read_box_lo, write_box_lo },
	{ AT(mbox_hi), "mbox_hi", BOX(mbox), read_box_hi, write_box_hi },
	{ AT(tee_wptr), "tee_wptr", 0, read_tee_wptr, write_tee_wptr },
	{ AT(tee_rptr), "tee_rptr", 0, read_tee_rptr, NULL },
	{ AT(pa_cmd), "pa_cmd", BOX(pa), read_box_cmd, write_box_cmd },
	{ AT(pa_lo), "pa_lo", BOX(pa), read_box_lo, write_box_lo },
	{ AT(pa_hi), "pa_hi", BOX(pa), read_box_hi, write_box_hi },
	{ AT(db_cmd), "db_cmd", 0, read_db_cmd, write_db_cmd },
	{ AT(db_button), "db_button", 0, read_zero, write_db_button },
};

static const struct reg *reg_find(const struct psp *psp, uint32_t off)
{
	const uint8_t *base = (const uint8_t *)psp->cfg.part->regs;

	if (!base || !off)
		return NULL;
	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		if (*(const uint32_t *)(base + regs[i].offset_of) == off)
			return &regs[i];
	return NULL;
}

/**
 * psp_set_garbage() - make all registers read as one value, until reset
 * @psp: device
 * @value: the value
 */
void psp_set_garbage(struct psp *psp, uint32_t value)
{
	psp->garbage = true;
	psp->garbage_value = value;
}

/**
 * psp_reg_read() - read a register of BAR 2
 * @psp: device
 * @off: offset, a multiple of 4
 *
 * Return: the value; 0 for a register that does not exist.
 */
uint32_t psp_reg_read(struct psp *psp, uint32_t off)
{
	const struct reg *reg = reg_find(psp, off);
	uint32_t value = reg ? reg->read(psp, reg) : 0;

	if (is_trng(psp, off))
		value = read_trng(psp);
	if (psp->cfg.ccp_blocked && off < CCP_END)
		value = UINT32_MAX;
	if (psp->garbage)
		value = psp->garbage_value;
	log_trace("read  %#07x %-10s = %#010x", off, reg ? reg->name : "-", value);
	return value;
}

/**
 * psp_reg_write() - write a register of BAR 2
 * @psp: device
 * @off: offset, a multiple of 4
 * @value: the value; ignored where no register is or where it can't be written
 */
void psp_reg_write(struct psp *psp, uint32_t off, uint32_t value)
{
	const struct reg *reg = reg_find(psp, off);

	log_trace("write %#07x %-10s = %#010x", off, reg ? reg->name : "-", value);
	if (reg && reg->write)
		reg->write(psp, reg, value);
	else
		write_trng_ctl(psp, off, value);
}
