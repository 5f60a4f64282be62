// SPDX-License-Identifier: GPL-2.0-only
/* Headers of the extended command and of the platform access mailbox, and who gets what. */
#include <stddef.h>
#include <string.h>

#include "device.h"
#include "services.h"

#define EXT_BAD_BUFFER		0x06
#define EXT_UNKNOWN_COMMAND	0x09

#define PA_BAD_BUFFER		0x06
#define PA_HSTI_QUERY		0x14
#define PA_I2C_REQ_BUS		0x64

#define SUB_SFS_FIRST		0x01
#define SUB_SFS_LAST		0x02
#define SUB_DBC_FIRST		0x65
#define SUB_DBC_LAST		0x68

struct ext_header {
	uint32_t payload_size, sub_id, status;
};

struct pa_header {
	uint32_t payload_size, status;
};

/**
 * services_reset() - power-on state
 * @psp: device
 */
void services_reset(struct psp *psp)
{
	static const uint32_t dbc_defaults[DBC_PARAMS] = {
		[0x3] = 4200, [0x5] = 65, [0x7] = 0, [0x9] = 48, [0xa] = 5100, [0xb] = 400,
		[0xc] = 120, [0xd] = 15, [0xe] = 38,
	};

	memset(&psp->services, 0, sizeof(psp->services));
	memcpy(psp->services.dbc_value, dbc_defaults, sizeof(dbc_defaults));
	psp->services.sfs_level = 1;
}

/**
 * ext_resolve() - find out which sub-command an extended command carries
 * @psp: device
 * @addr: buffer of the command
 * @unit: set to UNIT_EXT for an extended command
 * @id: in: the mailbox command, out: the sub-command
 */
void ext_resolve(struct psp *psp, uint64_t addr, enum psp_unit *unit, uint32_t *id)
{
	struct ext_header hdr;

	if (*id != 14 || psp_dma_read(psp, addr, &hdr, sizeof(hdr)))
		return;
	*unit = UNIT_EXT;
	*id = hdr.sub_id;
}

/**
 * ext_execute() - mailbox command EXTENDED
 * @psp: device
 * @addr: guest-physical address of the header
 *
 * Return: status, which goes both into the header and into the mailbox.
 */
uint32_t ext_execute(struct psp *psp, uint64_t addr)
{
	uint32_t status = EXT_UNKNOWN_COMMAND;
	struct ext_header hdr;

	if (psp_dma_read(psp, addr, &hdr, sizeof(hdr)) || hdr.payload_size < sizeof(hdr))
		return EXT_BAD_BUFFER;
	if (hdr.sub_id >= SUB_SFS_FIRST && hdr.sub_id <= SUB_SFS_LAST)
		status = sfs_execute(psp, hdr.sub_id, addr, hdr.payload_size);
	else if (hdr.sub_id >= SUB_DBC_FIRST && hdr.sub_id <= SUB_DBC_LAST)
		status = dbc_execute(psp, hdr.sub_id, addr + sizeof(hdr),
				     hdr.payload_size - (uint32_t)sizeof(hdr));
	if (psp_dma_write(psp, addr + offsetof(struct ext_header, status), &status,
			  sizeof(status)))
		return EXT_BAD_BUFFER;
	return status;
}

static uint32_t hsti_query(struct psp *psp, uint64_t payload)
{
	/* The payload size is not looked at: the in-tree driver asks with one that is too small. */
	return psp_dma_write(psp, payload, &psp->cfg.hsti, sizeof(psp->cfg.hsti)) ?
	       PA_BAD_BUFFER : 0;
}

/* 0 granted, 1 the bus is taken, 3 bad parameter. */
static uint32_t i2c_request(struct psp *psp, uint64_t payload)
{
	uint32_t type;

	if (psp_dma_read(psp, payload, &type, sizeof(type)) || type > 1)
		return 3;
	if (type == 0 && psp->services.i2c_taken)
		return 1;
	psp->services.i2c_taken = type == 0;
	return 0;
}

/**
 * pa_execute() - platform access mailbox
 * @psp: device
 * @id: command
 * @addr: guest-physical address of the header
 *
 * Return: status of the mailbox; the command's own status goes into the header.
 */
uint32_t pa_execute(struct psp *psp, uint32_t id, uint64_t addr)
{
	uint32_t status = EXT_UNKNOWN_COMMAND;
	struct pa_header hdr;

	if (psp_dma_read(psp, addr, &hdr, sizeof(hdr)) || hdr.payload_size < sizeof(hdr))
		return PA_BAD_BUFFER;
	if (id == PA_HSTI_QUERY)
		status = hsti_query(psp, addr + sizeof(hdr));
	else if (id == PA_I2C_REQ_BUS)
		status = i2c_request(psp, addr + sizeof(hdr));
	else if (id >= SUB_DBC_FIRST && id <= SUB_DBC_LAST)
		status = dbc_execute(psp, id, addr + sizeof(hdr),
				     hdr.payload_size - (uint32_t)sizeof(hdr));
	return psp_dma_write(psp, addr + offsetof(struct pa_header, status), &status,
			     sizeof(status)) ? PA_BAD_BUFFER : 0;
}

/**
 * doorbell_execute() - the doorbell was rung
 * @psp: device
 * @message: 1 asks for the I2C bus, 2 gives it back
 * @addr: unused, a doorbell has no buffer
 *
 * Return: 0, or 1 for a bus that is taken, or 3 for an unknown message.
 */
uint32_t doorbell_execute(struct psp *psp, uint32_t message, uint64_t addr)
{
	(void)addr;
	if (message != 1 && message != 2)
		return 3;
	if (message == 1 && psp->services.i2c_taken)
		return 1;
	psp->services.i2c_taken = message == 1;
	return 0;
}
