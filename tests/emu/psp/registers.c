// SPDX-License-Identifier: GPL-2.0-only
/* BAR 2: which register does what, independent of where a generation has put it. */
#include <stddef.h>

#include "device.h"
#include "log.h"

struct reg {
	size_t offset_of;	/* of the register's offset in struct psp_regs */
	const char *name;
	uint32_t (*read)(struct psp *psp);
	void (*write)(struct psp *psp, uint32_t value);
};

static uint32_t read_feature(struct psp *psp)
{
	return psp->cfg.capability;
}

static uint32_t read_bootloader(struct psp *psp)
{
	return psp->cfg.bootloader;
}

static uint32_t read_tee_info(struct psp *psp)
{
	return psp->cfg.tee_version;
}

static void update_irq(struct psp *psp)
{
	irqs_set_level(&psp->irqs, psp->inten & psp->intsts);
}

static uint32_t read_inten(struct psp *psp)
{
	return psp->inten;
}

static void write_inten(struct psp *psp, uint32_t value)
{
	psp->inten = value;
	update_irq(psp);
}

static uint32_t read_intsts(struct psp *psp)
{
	return psp->intsts;
}

static void write_intsts(struct psp *psp, uint32_t value)
{
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

#define MAILBOX_REGS(box)							\
	static uint32_t read_##box##_cmd(struct psp *psp)			\
	{									\
		return psp->box.cmdresp;					\
	}									\
	static void write_##box##_cmd(struct psp *psp, uint32_t value)		\
	{									\
		mailbox_command(&psp->box, value);				\
	}									\
	static uint32_t read_##box##_lo(struct psp *psp)			\
	{									\
		return psp->box.lo;						\
	}									\
	static void write_##box##_lo(struct psp *psp, uint32_t value)		\
	{									\
		psp->box.lo = value;						\
	}									\
	static uint32_t read_##box##_hi(struct psp *psp)			\
	{									\
		return psp->box.hi;						\
	}									\
	static void write_##box##_hi(struct psp *psp, uint32_t value)		\
	{									\
		psp->box.hi = value;						\
	}

MAILBOX_REGS(sev)
MAILBOX_REGS(mbox)
MAILBOX_REGS(pa)

/* The message waits in the command register until the button is pressed. */
static uint32_t read_db_cmd(struct psp *psp)
{
	return psp->doorbell.cmdresp;
}

static void write_db_cmd(struct psp *psp, uint32_t value)
{
	if (!psp->doorbell.busy)
		psp->doorbell.cmdresp = value & ~MAILBOX_RESPONSE;
}

static void write_db_button(struct psp *psp, uint32_t value)
{
	if (value & 1)
		mailbox_command(&psp->doorbell, psp->doorbell.cmdresp);
}

static uint32_t read_zero(struct psp *psp)
{
	(void)psp;
	return 0;
}

static uint32_t read_tee_wptr(struct psp *psp)
{
	return psp->tee.wptr;
}

static uint32_t read_tee_rptr(struct psp *psp)
{
	return psp->tee.rptr;
}

static void write_tee_wptr(struct psp *psp, uint32_t value)
{
	tee_kick(psp, value);
}

#define REG(field, rd, wr)	{ offsetof(struct psp_regs, field), #field, rd, wr }
#define MAILBOX(box) \
	REG(box##_cmd, read_##box##_cmd, write_##box##_cmd), \
	REG(box##_lo, read_##box##_lo, write_##box##_lo), \
	REG(box##_hi, read_##box##_hi, write_##box##_hi)

static const struct reg regs[] = {
	MAILBOX(sev),
	REG(inten, read_inten, write_inten),
	REG(intsts, read_intsts, write_intsts),
	REG(feature, read_feature, NULL),
	REG(bootloader, read_bootloader, NULL),
	REG(tee_info, read_tee_info, NULL),
	MAILBOX(mbox),
	REG(tee_wptr, read_tee_wptr, write_tee_wptr),
	REG(tee_rptr, read_tee_rptr, NULL),
	MAILBOX(pa),
	REG(db_cmd, read_db_cmd, write_db_cmd),
	REG(db_button, read_zero, write_db_button),
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
	uint32_t value = reg ? reg->read(psp) : 0;

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
		reg->write(psp, value);
}
