// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the machine's memory.
 *
 * The C-bit of an address says how a memory controller treats the data; there is none here, so it
 * is cut off. What the firmware holds on to (TMR, NV area) is out of bounds for every other buffer.
 */
#include "internal.h"

#define CBIT_17H	47
#define CBIT		51

/**
 * fw_address() - Physical address without the C-bit
 * @fw: instance
 * @pa: as the driver wrote it
 *
 * Return: the address of the memory.
 */
uint64_t fw_address(const struct fw *fw, uint64_t pa)
{
	return pa & ~(1ULL << (fw->cfg.family == 0x17 ? CBIT_17H : CBIT));
}

/**
 * fw_overlap() - Whether two regions share a byte
 * @a: start of one
 * @a_len: its length
 * @b: start of the other
 * @b_len: its length
 *
 * Return: true if they do; regions that wrap around count as reaching to the end.
 */
bool fw_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	if (!a_len || !b_len)
		return false;
	return a <= b ? b - a < a_len : a - b < b_len;
}

static bool in_list(const struct fw_region *list, unsigned int count, uint64_t pa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (fw_overlap(pa, len, list[i].pa, list[i].len))
			return true;
	return false;
}

/**
 * fw_taken() - What the firmware holds on to
 * @fw: instance
 * @pa: address without C-bit
 * @len: number of bytes
 *
 * Return: name of what it holds there, NULL if nothing.
 */
const char *fw_taken(const struct fw *fw, uint64_t pa, uint64_t len)
{
	if (fw_overlap(pa, len, fw->tmr.pa, fw->tmr.len))
		return "trusted memory region";
	if (fw_overlap(pa, len, fw->nv.pa, fw->nv.len))
		return "non-volatile area";
	if (in_list(fw->snp.table, fw->snp.table_count, pa, len))
		return "reverse map table";
	if (in_list(fw->snp.iommu, fw->snp.iommu_count, pa, len))
		return "buffers of the IOMMUs";
	return NULL;
}

static uint32_t check_bounds(const struct fw *fw, const char *what, uint64_t pa, size_t len)
{
	if (pa + len < pa)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "%s at %#llx wraps around", what,
				 (unsigned long long)pa);
	if (fw_taken(fw, pa, len))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "%s at %#llx lies in the %s, which the firmware holds", what,
				 (unsigned long long)pa, fw_taken(fw, pa, len));
	return 0;
}

/**
 * fw_read() - Read memory for a command
 * @fw: instance
 * @what: name of the buffer, for the log
 * @pa: address, with or without C-bit
 * @buf: filled
 * @len: number of bytes
 *
 * Return: 0, or INVALID_ADDRESS (said in the log).
 */
uint32_t fw_read(const struct fw *fw, const char *what, uint64_t pa, void *buf, size_t len)
{
	uint32_t status;

	pa = fw_address(fw, pa);
	status = check_bounds(fw, what, pa, len);
	if (status)
		return status;
	if (fw->ops.mem_read(fw->ctx, pa, buf, len))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "%s at %#llx (%zu bytes) is not RAM",
				 what, (unsigned long long)pa, len);
	return 0;
}

/**
 * fw_write() - Write memory for a command
 * @fw: instance
 * @what: name of the buffer, for the log
 * @pa: address, with or without C-bit
 * @buf: what to write
 * @len: number of bytes
 *
 * Return: 0, INVALID_ADDRESS, or a status about the state of a page (said in the log).
 */
uint32_t fw_write(const struct fw *fw, const char *what, uint64_t pa, const void *buf, size_t len)
{
	uint32_t status = fw_pages_writable(fw, what, pa, len);

	return status ? status : fw_write_guest(fw, what, pa, buf, len);
}

/**
 * fw_write_guest() - Write memory whose page state the caller has checked
 * @fw: instance
 * @what: name of the memory, for the log
 * @pa: address, with or without C-bit
 * @buf: what to write
 * @len: number of bytes
 *
 * Return: 0, or INVALID_ADDRESS (said in the log).
 */
uint32_t fw_write_guest(const struct fw *fw, const char *what, uint64_t pa, const void *buf,
			size_t len)
{
	uint32_t status;

	pa = fw_address(fw, pa);
	status = check_bounds(fw, what, pa, len);
	if (status)
		return status;
	if (fw->ops.mem_write(fw->ctx, pa, buf, len))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS, "%s at %#llx (%zu bytes) is not RAM",
				 what, (unsigned long long)pa, len);
	return 0;
}

/**
 * fw_is_ram() - Look whether a region can be accessed, before anything is changed
 * @fw: instance
 * @pa: address, with or without C-bit
 * @len: number of bytes
 *
 * Return: false if any byte is not RAM or belongs to the firmware; nothing is logged.
 */
bool fw_is_ram(const struct fw *fw, uint64_t pa, uint64_t len)
{
	uint8_t chunk[FW_CHUNK];

	pa = fw_address(fw, pa);
	if (pa + len < pa || fw_taken(fw, pa, len))
		return false;
	while (len) {
		size_t part = len < sizeof(chunk) ? (size_t)len : sizeof(chunk);

		if (fw->ops.mem_read(fw->ctx, pa, chunk, part))
			return false;
		pa += part;
		len -= part;
	}
	return true;
}

/**
 * fw_check_guest_data() - The rules for guest memory
 * @fw: instance
 * @pa: address
 * @len: number of bytes
 *
 * Return: 0, INVALID_ADDRESS or INVALID_LEN (said in the log).
 */
uint32_t fw_check_guest_data(const struct fw *fw, uint64_t pa, uint32_t len)
{
	if (pa % FW_ALIGN)
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "guest memory at %#llx is not 16-byte aligned",
				 (unsigned long long)pa);
	if (!len || len % FW_ALIGN)
		return fw_refuse(fw, SEV_RET_INVALID_LEN,
				 "%u bytes of guest memory are not a multiple of 16", len);
	if (!fw_is_ram(fw, pa, len))
		return fw_refuse(fw, SEV_RET_INVALID_ADDRESS,
				 "guest memory at %#llx (%u bytes) is not free RAM",
				 (unsigned long long)pa, len);
	return 0;
}
