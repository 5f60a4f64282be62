// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TEE with one built-in behaviour for every application: it echoes. Values that go in come out
 * with their two words exchanged; an input buffer is copied to the output buffer after it.
 */
#include <string.h>

#include "device.h"
#include "log.h"
#include "tee_cmd.h"

/* Result codes of the GlobalPlatform TEE Client API. */
#define TEE_SUCCESS		0x00000000u
#define TEE_BAD_PARAMETERS	0xffff0006u
#define TEE_ITEM_NOT_FOUND	0xffff0008u
#define TEE_NOT_IMPLEMENTED	0xffff0009u
#define TEE_OUT_OF_MEMORY	0xffff000cu
#define TEE_SHORT_BUFFER	0xffff0010u

#define TEE_ORIGIN_TEE		3u
#define TEE_ORIGIN_TA		4u

#define PARAM_VALUE_INOUT	3u
#define PARAM_MEMREF_INPUT	5u
#define PARAM_MEMREF_OUTPUT	6u

#define TA_HANDLE_BASE		0x100u
#define TEE_MAX_TA_SIZE		(4u << 20)
#define ECHO_MAX		65536u

static uint32_t *find_ta(struct tee *tee, uint32_t handle)
{
	for (unsigned int i = 0; i < TEE_MAX_TAS; i++)
		if (tee->ta[i] == handle)
			return &tee->ta[i];
	return NULL;
}

static uint32_t load_ta(struct psp *psp, struct tee_cmd *cmd)
{
	uint64_t addr = (uint64_t)cmd->load.hi << 32 | cmd->load.lo;
	uint32_t *slot = find_ta(&psp->tee, 0);
	uint8_t last;

	cmd->load.origin = TEE_ORIGIN_TEE;
	if (!cmd->load.size || cmd->load.size > TEE_MAX_TA_SIZE ||
	    psp_dma_read(psp, addr + cmd->load.size - 1, &last, 1))
		return TEE_BAD_PARAMETERS;
	if (!slot)
		return TEE_OUT_OF_MEMORY;
	*slot = TA_HANDLE_BASE + (uint32_t)(slot - psp->tee.ta);
	cmd->load.ta = *slot;
	return TEE_SUCCESS;
}

static uint32_t unload_ta(struct psp *psp, struct tee_cmd *cmd)
{
	uint32_t *slot = cmd->unload.ta ? find_ta(&psp->tee, cmd->unload.ta) : NULL;

	if (!slot)
		return TEE_ITEM_NOT_FOUND;
	for (unsigned int i = 0; i < TEE_MAX_SESSIONS; i++)
		if (psp->tee.session[i].ta == *slot)
			psp->tee.session[i].ta = 0;
	*slot = 0;
	return TEE_SUCCESS;
}

static struct tee_session *find_session(struct tee *tee, uint32_t ta, uint32_t session)
{
	if (!ta || !session || session > TEE_MAX_SESSIONS || tee->session[session - 1].ta != ta)
		return NULL;
	return &tee->session[session - 1];
}

static uint32_t open_session(struct psp *psp, struct tee_cmd *cmd)
{
	cmd->open.origin = TEE_ORIGIN_TEE;
	if (!cmd->open.ta || !find_ta(&psp->tee, cmd->open.ta))
		return TEE_ITEM_NOT_FOUND;
	for (uint32_t i = 0; i < TEE_MAX_SESSIONS; i++) {
		if (!psp->tee.session[i].ta) {
			psp->tee.session[i].ta = cmd->open.ta;
			cmd->open.session = i + 1;
			cmd->open.origin = TEE_ORIGIN_TA;
			return TEE_SUCCESS;
		}
	}
	return TEE_OUT_OF_MEMORY;
}

static uint32_t close_session(struct psp *psp, struct tee_cmd *cmd)
{
	struct tee_session *s = find_session(&psp->tee, cmd->close.ta, cmd->close.session);

	if (!s)
		return TEE_ITEM_NOT_FOUND;
	s->ta = 0;
	return TEE_SUCCESS;
}

/* Copies between shared memory and a buffer; false when the reference leaves the memory. */
static bool shared_copy(struct psp *psp, const uint32_t *ref, uint8_t *in, const uint8_t *out,
			uint32_t len)
{
	uint32_t id = ref[0], off = ref[1];
	const struct tee_sg_list *list;

	if (!id || id > TEE_MAX_BUFFERS || !psp->tee.buffer[id - 1].used)
		return false;
	list = &psp->tee.buffer[id - 1].list;
	for (uint32_t i = 0; i < list->count && len; i++) {
		const struct tee_sg *sg = &list->sg[i];
		uint64_t addr = ((uint64_t)sg->hi << 32 | sg->lo) + off;
		uint32_t n;

		if (off >= sg->size) {
			off -= sg->size;
			continue;
		}
		n = sg->size - off < len ? sg->size - off : len;
		if (in ? psp_dma_read(psp, addr, in, n) : psp_dma_write(psp, addr, out, n))
			return false;
		in = in ? in + n : NULL;
		out = out ? out + n : NULL;
		len -= n;
		off = 0;
	}
	return !len;
}

static uint32_t echo_memory(struct psp *psp, uint32_t *from, uint32_t *to)
{
	static uint8_t data[ECHO_MAX];
	uint32_t len = from[2];

	if (len > sizeof(data))
		return TEE_OUT_OF_MEMORY;
	if (to[2] < len) {
		to[2] = len;
		return TEE_SHORT_BUFFER;
	}
	to[2] = len;
	if (!shared_copy(psp, from, data, NULL, len) || !shared_copy(psp, to, NULL, data, len))
		return TEE_BAD_PARAMETERS;
	return TEE_SUCCESS;
}

static uint32_t invoke(struct psp *psp, struct tee_cmd *cmd)
{
	struct tee_operation *op = &cmd->invoke.op;

	cmd->invoke.origin = TEE_ORIGIN_TEE;
	if (!find_session(&psp->tee, cmd->invoke.ta, cmd->invoke.session))
		return TEE_ITEM_NOT_FOUND;
	cmd->invoke.origin = TEE_ORIGIN_TA;
	for (unsigned int i = 0; i < TEE_PARAMS; i++) {
		uint32_t type = op->types >> (4 * i) & 0xf;
		uint32_t next = i + 1 < TEE_PARAMS ? op->types >> (4 * i + 4) & 0xf : 0;
		uint32_t *word = op->param[i].word;
		uint32_t ret = TEE_SUCCESS;

		if (type == PARAM_VALUE_INOUT) {
			uint32_t first = word[0];

			word[0] = word[1];
			word[1] = first;
		} else if (type == PARAM_MEMREF_INPUT && next == PARAM_MEMREF_OUTPUT) {
			ret = echo_memory(psp, word, op->param[i + 1].word);
		}
		if (ret)
			return ret;
	}
	return TEE_SUCCESS;
}

static uint32_t map_memory(struct psp *psp, struct tee_cmd *cmd)
{
	const struct tee_sg_list *list = &cmd->map.list;
	uint64_t total = 0;

	if (!list->count || list->count > TEE_MAX_SG)
		return TEE_BAD_PARAMETERS;
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->sg[i].lo % 4096 || list->sg[i].size % 4096 || !list->sg[i].size)
			return TEE_BAD_PARAMETERS;
		total += list->sg[i].size;
	}
	if (total != list->size)
		return TEE_BAD_PARAMETERS;
	for (uint32_t i = 0; i < TEE_MAX_BUFFERS; i++) {
		if (!psp->tee.buffer[i].used) {
			psp->tee.buffer[i].used = true;
			psp->tee.buffer[i].list = *list;
			cmd->map.buffer = i + 1;
			return TEE_SUCCESS;
		}
	}
	return TEE_OUT_OF_MEMORY;
}

static uint32_t unmap_memory(struct psp *psp, struct tee_cmd *cmd)
{
	uint32_t id = cmd->unmap.buffer;

	if (!id || id > TEE_MAX_BUFFERS || !psp->tee.buffer[id - 1].used)
		return TEE_ITEM_NOT_FOUND;
	psp->tee.buffer[id - 1].used = false;
	return TEE_SUCCESS;
}

/**
 * tee_execute() - carry out a command of the ring
 * @psp: device
 * @id: command
 * @cmd: its buffer, changed in place
 *
 * Return: result code for the entry's status.
 */
uint32_t tee_execute(struct psp *psp, uint32_t id, struct tee_cmd *cmd)
{
	static uint32_t (*const table[])(struct psp *psp, struct tee_cmd *cmd) = {
		[1] = load_ta, [2] = unload_ta, [3] = open_session, [4] = close_session,
		[5] = invoke, [6] = map_memory, [7] = unmap_memory,
	};

	if (id >= sizeof(table) / sizeof(table[0]) || !table[id])
		return TEE_NOT_IMPLEMENTED;
	return table[id](psp, cmd);
}
