// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps and unmaps the buffers that the firmware writes to in a command, as the command
 * table says.
 *
 * Host memory is never given away itself: the firmware gets pages of ours in its place.
 * With that a buffer may share its page with anything, and its owner may free it when the
 * firmware does not answer.  Guest memory has to stay where it is, because its encryption
 * depends on the address; then its pages are never freed.
 *
 * While SNP is up all of it is put into firmware state before the command and reclaimed
 * after it.
 */
#include <linux/mem_encrypt.h>
#include <linux/mm.h>

#include "../rmp/msr.h"
#include "sev.h"

/*
 * KVM marks addresses of guest memory with the C-bit that the processor has.  __sme_clr()
 * knows that bit only if the kernel encrypts its own memory, which most hosts don't do.
 */
static u64 cmd_buf_phys(const struct sev_cmd_buf *buf)
{
	u32 bit = rmp_cpuid(RMP_CPUID_SEV).ebx & RMP_CPUID_SEV_C_BIT;

	return __sme_clr(buf->addr) & ~(bit ? BIT_ULL(bit) : 0);
}

/* Where a buffer begins, and how many pages it touches. */
static u64 cmd_buf_base(const struct sev_cmd_buf *buf)
{
	return round_down(cmd_buf_phys(buf), PAGE_SIZE);
}

static unsigned int cmd_buf_pages(const struct sev_cmd_buf *buf)
{
	u64 first = cmd_buf_phys(buf);

	return (round_up(first + buf->len, PAGE_SIZE) - cmd_buf_base(buf)) >> PAGE_SHIFT;
}

static bool cmd_buf_is_memory(const struct sev_cmd_buf *buf)
{
	u64 first = PHYS_PFN(cmd_buf_phys(buf));
	u64 last = PHYS_PFN(cmd_buf_phys(buf) + buf->len - 1);

	return first <= last && pfn_valid(first) && pfn_valid(last);
}

static u8 cmd_buf_rule(const struct sev_command_buffer *desc, const struct sev_call *call)
{
	if (call->own && desc->page == SEV_PAGE_FIRMWARE && desc->dir == SEV_BUF_WRITE)
		return SEV_PAGE_BOUNCE;
	return desc->page;
}

static int cmd_buf_bounce(struct sev_device *sev, struct sev_cmd_buf *buf, void *data)
{
	u64 addr;
	int ret;

	ret = sev_memory_alloc(sev, &buf->bounce, buf->len);
	if (ret)
		return ret;

	/* What the firmware does not write must stay as it was. */
	memcpy(buf->bounce.mem.va, phys_to_virt(cmd_buf_phys(buf)), buf->len);
	ret = sev_memory_give(sev, &buf->bounce);
	if (ret)
		return ret;

	addr = sev_memory_phys(&buf->bounce);
	memcpy(data + buf->addr_offset, &addr, sizeof(addr));
	return 0;
}

static int cmd_buf_guest(struct sev_device *sev, struct sev_cmd_buf *buf)
{
	int ret;

	buf->mapped = cmd_buf_pages(buf);
	if (!sev->snp.up)
		return 0;

	ret = sev->snp.rmp->make_firmware(cmd_buf_base(buf), cmd_buf_pages(buf), &buf->given);
	if (ret)
		dev_err_ratelimited(sev->dev,
				    "SEV-SNP: guest memory at %#llx, %u pages, can't be given to the firmware (%d)\n",
				    cmd_buf_base(buf), cmd_buf_pages(buf), ret);
	return ret;
}

/* Pages of a guest that the firmware keeps must never be freed, whoever has them. */
static void cmd_buf_pin(struct sev_cmd_buf *buf, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		get_page(pfn_to_page(PHYS_PFN(cmd_buf_base(buf)) + from));
}

static void cmd_buf_unpin(struct sev_cmd_buf *buf, unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		put_page(pfn_to_page(PHYS_PFN(cmd_buf_base(buf)) + i));
}

static int cmd_buf_guest_take(struct sev_device *sev, struct sev_cmd_buf *buf)
{
	unsigned int back;

	if (!buf->given)
		return 0;

	back = snp_reclaim_locked(sev, cmd_buf_base(buf), buf->given);
	if (back < buf->given) {
		cmd_buf_pin(buf, back, buf->given);
		sev->leaked_pages += buf->given - back;
		return -EFAULT;
	}
	buf->given = 0;
	return 0;
}

static int cmd_map_end(struct sev_device *sev, struct sev_cmd_map *map)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < map->count; i++) {
		sev_memory_free(sev, &map->buf[i].bounce);
		ret = cmd_buf_guest_take(sev, &map->buf[i]) ?: ret;
	}
	map->count = 0;
	return ret;
}

static int cmd_buf_map(struct sev_device *sev, const struct sev_command *cmd,
		       const struct sev_command_buffer *desc, u8 rule, void *data,
		       struct sev_cmd_map *map)
{
	struct sev_cmd_buf buf = {
		.addr_offset = desc->addr_offset,
		.len = desc->fixed_len,
	};
	int ret;

	memcpy(&buf.addr, data + desc->addr_offset, sizeof(buf.addr));
	if (desc->len_offset != SEV_NO_OFFSET)
		memcpy(&buf.len, data + desc->len_offset, sizeof(buf.len));
	/* A query for the length, or left out. */
	if (!cmd_buf_phys(&buf) || !buf.len)
		return 0;
	if (!cmd_buf_is_memory(&buf)) {
		/* The firmware refuses that by itself. */
		if (!sev->snp.up)
			return 0;
		dev_err_ratelimited(sev->dev, "SEV: %s: %#llx, %u bytes, is no memory; not sent\n",
				    cmd->name, buf.addr, buf.len);
		return -EFAULT;
	}

	ret = rule == SEV_PAGE_BOUNCE ? cmd_buf_bounce(sev, &buf, data) : cmd_buf_guest(sev, &buf);
	/* If memory is short the firmware gets the buffer itself, while that is allowed. */
	if (ret == -ENOMEM && !sev->snp.up)
		return 0;
	map->buf[map->count++] = buf;
	return ret;
}

/**
 * sev_cmd_map() - map the buffers that a command writes to
 * @sev: the SEV part, locked
 * @cmd: the command
 * @data: its struct, which gets the addresses of what is mapped
 * @call: how it was called
 * @map: out: what is mapped, empty before
 *
 * While SNP is down the firmware may write to &sev_call.blob itself: blobs outlive a command
 * that did not complete.
 *
 * Return: 0; or -EFAULT, -ENOMEM, what the provider of the RMP table returned, and nothing
 * is mapped
 */
int sev_cmd_map(struct sev_device *sev, const struct sev_command *cmd, void *data,
		const struct sev_call *call, struct sev_cmd_map *map)
{
	int ret = 0;
	int i;

	if (!sev->snp.up && call->blob[0])
		return 0;

	for (i = 0; i < SEV_COMMAND_BUFS && cmd->buf[i].dir != SEV_BUF_NONE && !ret; i++) {
		u8 rule = cmd_buf_rule(&cmd->buf[i], call);

		if (rule == SEV_PAGE_BOUNCE || rule == SEV_PAGE_GUEST)
			ret = cmd_buf_map(sev, cmd, &cmd->buf[i], rule, data, map);
	}
	if (ret)
		cmd_map_end(sev, map);
	return ret;
}

/**
 * sev_cmd_unmap() - unmap the buffers of a command that the firmware has answered
 * @sev: the SEV part, locked
 * @map: from sev_cmd_map()
 * @data: the caller's copy of the command struct, as the firmware returned it; gets the
 *	caller's addresses back.  NULL if the firmware was not asked
 *
 * Return: 0, or -EFAULT if the firmware keeps pages of a guest
 */
int sev_cmd_unmap(struct sev_device *sev, struct sev_cmd_map *map, void *data)
{
	unsigned int i;

	for (i = 0; i < map->count && data; i++) {
		struct sev_cmd_buf *buf = &map->buf[i];

		memcpy(data + buf->addr_offset, &buf->addr, sizeof(buf->addr));
		if (buf->bounce.mem.va)
			memcpy(phys_to_virt(cmd_buf_phys(buf)), buf->bounce.mem.va, buf->len);
	}
	return cmd_map_end(sev, map);
}

/**
 * sev_cmd_map_hold() - the end of the command was not seen
 * @sev: the SEV part, locked
 * @map: from sev_cmd_map(); empty afterwards
 */
void sev_cmd_map_hold(struct sev_device *sev, struct sev_cmd_map *map)
{
	unsigned int i;

	for (i = 0; i < map->count; i++)
		cmd_buf_pin(&map->buf[i], 0, map->buf[i].mapped);
	sev->orphan_map = *map;
	map->count = 0;
}

/**
 * sev_cmd_map_release_held() - the firmware has finished with what was held
 * @sev: the SEV part, locked
 */
void sev_cmd_map_release_held(struct sev_device *sev)
{
	struct sev_cmd_map map = sev->orphan_map;
	unsigned int i;

	sev->orphan_map.count = 0;
	for (i = 0; i < map.count; i++) {
		struct sev_cmd_buf *buf = &map.buf[i];

		/* This pins once more what the firmware keeps. */
		cmd_buf_guest_take(sev, buf);
		cmd_buf_unpin(buf, buf->mapped);
		buf->given = 0;
	}
	cmd_map_end(sev, &map);
}

/**
 * sev_cmd_map_lose_held() - the firmware never finished with what was held
 * @sev: the SEV part, locked
 */
void sev_cmd_map_lose_held(struct sev_device *sev)
{
	struct sev_cmd_map *map = &sev->orphan_map;
	unsigned int i;

	for (i = 0; i < map->count; i++) {
		sev->leaked_pages += map->buf[i].mapped;
		sev_memory_lose(sev, &map->buf[i].bounce);
	}
	map->count = 0;
}
