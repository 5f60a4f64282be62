// SPDX-License-Identifier: GPL-2.0-only
/* Names of units and commands. Those of SEV commands are the firmware model's. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "model/fw.h"

#define SEV_MAX_ID	0x7ffu

struct command_label {
	uint8_t unit;
	uint16_t id;
	const char *name;
};

static const struct command_label labels[] = {
	{ UNIT_PSP, 1, "TEE_RING_INIT" },
	{ UNIT_PSP, 2, "TEE_RING_DESTROY" },
	{ UNIT_PSP, 14, "EXTENDED" },
	{ UNIT_EXT, 0x01, "SFS_GET_FW_VERSIONS" },
	{ UNIT_EXT, 0x02, "SFS_UPDATE" },
	{ UNIT_EXT, 0x65, "DBC_GET_NONCE" },
	{ UNIT_EXT, 0x66, "DBC_SET_UID" },
	{ UNIT_EXT, 0x67, "DBC_GET_PARAMETER" },
	{ UNIT_EXT, 0x68, "DBC_SET_PARAMETER" },
	{ UNIT_PA, 0x14, "HSTI_QUERY" },
	{ UNIT_PA, 0x64, "I2C_REQ_BUS" },
	{ UNIT_PA, 0x65, "DBC_GET_NONCE" },
	{ UNIT_PA, 0x66, "DBC_SET_UID" },
	{ UNIT_PA, 0x67, "DBC_GET_PARAMETER" },
	{ UNIT_PA, 0x68, "DBC_SET_PARAMETER" },
	{ UNIT_TEE, 1, "LOAD_TA" },
	{ UNIT_TEE, 2, "UNLOAD_TA" },
	{ UNIT_TEE, 3, "OPEN_SESSION" },
	{ UNIT_TEE, 4, "CLOSE_SESSION" },
	{ UNIT_TEE, 5, "INVOKE_CMD" },
	{ UNIT_TEE, 6, "MAP_SHARED_MEM" },
	{ UNIT_TEE, 7, "UNMAP_SHARED_MEM" },
};

#define NUM_LABELS	(sizeof(labels) / sizeof(labels[0]))

/**
 * unit_name() - name of a command interface
 * @unit: the unit
 *
 * Return: its name in fault descriptions and statistics.
 */
const char *unit_name(enum psp_unit unit)
{
	static const char *const names[UNIT_COUNT] = {
		[UNIT_SEV] = "sev", [UNIT_PSP] = "psp", [UNIT_EXT] = "ext",
		[UNIT_PA] = "pa", [UNIT_DOORBELL] = "doorbell", [UNIT_TEE] = "tee",
	};

	return names[unit];
}

/**
 * command_name() - name of a command
 * @unit: interface that it is given on
 * @id: its number
 *
 * Return: the name, or "?" for a command that is not known.
 */
const char *command_name(enum psp_unit unit, uint32_t id)
{
	if (unit == UNIT_SEV)
		return fw_command_name(id);
	for (unsigned int i = 0; i < NUM_LABELS; i++)
		if (labels[i].unit == unit && labels[i].id == id)
			return labels[i].name;
	return "?";
}

static bool sev_command_parse(const char *text, uint32_t *id)
{
	for (uint32_t i = 0; i <= SEV_MAX_ID; i++) {
		if (!strcasecmp(fw_command_name(i), text)) {
			*id = i;
			return true;
		}
	}
	return false;
}

/**
 * command_parse() - read a command's name or number
 * @unit: interface
 * @text: "any", a name, or a number in C notation
 * @id: result; FAULT_ANY for "any"
 *
 * Return: false when the text is neither.
 */
bool command_parse(enum psp_unit unit, const char *text, uint32_t *id)
{
	char *end;

	if (!strcasecmp(text, "any")) {
		*id = FAULT_ANY;
		return true;
	}
	if (unit == UNIT_SEV && sev_command_parse(text, id))
		return true;
	for (unsigned int i = 0; i < NUM_LABELS; i++) {
		if (labels[i].unit == unit && !strcasecmp(labels[i].name, text)) {
			*id = labels[i].id;
			return true;
		}
	}
	*id = (uint32_t)strtoul(text, &end, 0);
	return *text && !*end;
}
