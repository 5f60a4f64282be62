// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that calls point to. Each pointer has an area of its own, at an address that is the
 * same on every machine: writable pages with nothing behind them, and pages that are only
 * readable. What the kernel changes in them is found by comparing with what we had put there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "step.h"

#define BASE		0x20000000ul
#define STRIDE		0x200000ul
#define SIZE		0x20000ul
#define READ_ONLY	0x100000ul
#define PATTERN		0xa5

#define UNALIGNED	0x1003ul
#define EDGE		(SIZE - 16)

static uint8_t before[AREA_COUNT][SIZE];
static bool used[AREA_COUNT];

static uint8_t *area_at(enum area area)
{
	return (uint8_t *)(BASE + area * STRIDE);
}

static void map(uint64_t at, size_t len, int prot)
{
	void *p = mmap((void *)at, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	memset(p, PATTERN, len);
	mprotect(p, len, prot);
}

/** memory_init() - map all areas */
void memory_init(void)
{
	memset(before, PATTERN, sizeof(before));
	for (enum area area = 0; area < AREA_COUNT; area++) {
		map(BASE + area * STRIDE, SIZE, PROT_READ | PROT_WRITE);
		map(BASE + area * STRIDE + READ_ONLY, SIZE, PROT_READ);
	}
}

/** memory_fresh() - put the pattern back */
void memory_fresh(void)
{
	for (enum area area = 0; area < AREA_COUNT; area++) {
		if (!used[area])
			continue;
		memset(area_at(area), PATTERN, SIZE);
		memset(before[area], PATTERN, SIZE);
		used[area] = false;
	}
}

/**
 * memory_address() - an address by its name
 * @area: whose pointer it is
 * @where: name; NULL: a good one
 *
 * Return: the address.
 */
uint64_t memory_address(enum area area, const char *where)
{
	static const struct {
		const char *name;
		uint64_t offset;
	} inside[] = {
		{ "ok", 0 }, { "unaligned", UNALIGNED }, { "edge", EDGE }, { "ro", READ_ONLY },
		{ "beyond", SIZE },
	};

	used[area] = true;
	if (!where)
		where = "ok";
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (!strcmp(where, inside[i].name))
			return BASE + area * STRIDE + inside[i].offset;
	if (!strcmp(where, "null"))
		return 0;
	if (!strcmp(where, "low"))
		return 0x1000;
	if (!strcmp(where, "kernel"))
		return 0xffff888000001000u;
	if (!strcmp(where, "top"))
		return 0xfffffffffffff000u;
	if (!strcmp(where, "hole"))
		return 0x8000000000000000u;
	return strtoull(where, NULL, 0);
}

/**
 * memory_put() - what the kernel shall find
 * @area: in which area
 * @at: address, perhaps none of the area's
 * @data: bytes
 * @len: how many; those outside of the area are left out
 */
void memory_put(enum area area, uint64_t at, const void *data, size_t len)
{
	uint64_t start = BASE + area * STRIDE;

	if (at < start || at >= start + SIZE)
		return;
	if (len > start + SIZE - at)
		len = start + SIZE - at;
	memcpy((void *)at, data, len);
	memcpy(before[area] + (at - start), data, len);
}

/**
 * memory_get() - what is there now
 * @area: in which area
 * @at: address
 * @data: filled in
 * @len: how many
 *
 * Return: false if that isn't inside of the area.
 */
bool memory_get(enum area area, uint64_t at, void *data, size_t len)
{
	uint64_t start = BASE + area * STRIDE;

	if (at < start || at > start + SIZE - len)
		return false;
	memcpy(data, (const void *)at, len);
	return true;
}

/**
 * memory_changes() - tell what the kernel has written into an area
 * @name: name of the answer
 * @area: which area
 * @content: what it is
 */
void memory_changes(const char *name, enum area area, enum content content)
{
	const uint8_t *now = area_at(area);
	size_t first = 0, end = SIZE;
	char full[64];

	if (!memcmp(now, before[area], SIZE))
		return;
	while (first < SIZE && now[first] == before[area][first])
		first++;
	while (end > first && now[end - 1] == before[area][end - 1])
		end--;
	snprintf(full, sizeof(full), "%s.at", name);
	/* Random bytes can be those that were there. */
	if (content == CONTENT_PLAIN)
		say(full, "%zx-%zx", first, end);
	else
		say(full, "%zx-%zx", first & ~3ul, (end + 3) & ~3ul);
	if (content == CONTENT_CERTS)
		say_certs(name, now + first, end - first);
	else if (content == CONTENT_RANDOM)
		say_random(name, now + first, end - first);
	else
		say_hex(name, now + first, end - first);
}
