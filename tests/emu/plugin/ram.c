// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the machine is a file. QEMU has mapped it, and all that CPUs and devices write
 * goes through that mapping; here it is mapped once more, for what the plugin itself writes. So the
 * right to write can be taken off a page for CPUs and devices alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ram.h"
#include "sevcpu.h"

#define PAGE		0x1000ull
#define HIGH		0x100000000ull	/* where memory goes on that has no place below */

static struct {
	struct stat file;
	uint8_t *ours, *qemus;
	uint64_t size;
	uint8_t *closed;		/* one byte per page of the file */
	pthread_mutex_t lock;		/* of @closed, and the rights that go with it */
} ram = { .lock = PTHREAD_MUTEX_INITIALIZER };

/**
 * ram_open() - map the machine's memory
 * @path: the file
 *
 * Return: false with errno set.
 */
bool ram_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd < 0)
		return false;
	if (!fstat(fd, &ram.file))
		map = mmap(NULL, (size_t)ram.file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	ram.ours = map;
	ram.size = (uint64_t)ram.file.st_size;
	ram.qemus = NULL;
	ram.closed = calloc(ram.size / PAGE, 1);
	return ram.closed;
}

/** ram_close() - give all rights back and unmap it, if it is mapped */
void ram_close(void)
{
	if (!ram.ours)
		return;
	if (ram.qemus)
		mprotect(ram.qemus, ram.size, PROT_READ | PROT_WRITE);
	munmap(ram.ours, ram.size);
	free(ram.closed);
	ram.ours = NULL;
	ram.qemus = NULL;
	ram.closed = NULL;
}

/**
 * ram_is_open() - is the memory mapped here?
 *
 * Return: false when nothing can be taken off anybody.
 */
bool ram_is_open(void)
{
	return ram.ours;
}

static bool is_this_file(unsigned int major_id, unsigned int minor_id, unsigned long inode)
{
	return inode == ram.file.st_ino && major_id == major(ram.file.st_dev) &&
	       minor_id == minor(ram.file.st_dev);
}

/* Adds up what else is mapped of the file, by its lowest address. */
static bool read_maps(FILE *maps, uint8_t **start, uint64_t *total)
{
	unsigned int major_id, minor_id;
	unsigned long inode;
	uintptr_t from, to;
	char line[512];

	*start = NULL;
	*total = 0;
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %x:%x %lu", &from, &to,
			   &major_id, &minor_id, &inode) != 5 ||
		    !is_this_file(major_id, minor_id, inode))
			continue;
		if ((uint8_t *)from >= ram.ours && (uint8_t *)from < ram.ours + ram.size)
			continue;
		if (!*start)
			*start = (uint8_t *)from;
		*total += to - from;
	}
	return *start;
}

/**
 * ram_find_qemu() - find QEMU's mapping
 *
 * Return: false when it has none or more than one; said on stderr.
 */
bool ram_find_qemu(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t total = 0;
	bool found;

	if (!maps)
		return false;
	found = read_maps(maps, &ram.qemus, &total);
	fclose(maps);
	/* By another mapping a store would go unseen. */
	if (found && total == ram.size)
		return true;
	fprintf(stderr, "sevcpu: QEMU maps %#" PRIx64 " bytes of its memory's %#" PRIx64 "\n",
		total, ram.size);
	ram.qemus = NULL;
	return false;
}

static uint64_t low_size(void)
{
	return sevcpu_config.top_mem2 ? sevcpu_config.top_mem : ram.size;
}

/* Where in the file an address of the machine is. */
static bool file_offset(uint64_t pa, size_t len, uint64_t *offset)
{
	uint64_t low = low_size(), end;

	if (pa >= HIGH) {
		*offset = low + (pa - HIGH);
		end = ram.size;
	} else {
		*offset = pa;
		end = low;
	}
	return *offset <= end && len <= end - *offset;
}

/**
 * ram_read() - read memory
 * @pa: physical address
 * @buf: destination
 * @len: bytes
 *
 * Return: 0, or -1 where no memory is.
 */
int ram_read(uint64_t pa, void *buf, size_t len)
{
	uint64_t offset;

	if (!ram.ours || !file_offset(pa, len, &offset))
		return -1;
	memcpy(buf, ram.ours + offset, len);
	return 0;
}

/**
 * ram_write() - write memory, whoever's it is
 * @pa: physical address
 * @buf: source
 * @len: bytes
 *
 * Return: 0, or -1 where no memory is.
 */
int ram_write(uint64_t pa, const void *buf, size_t len)
{
	uint64_t offset;

	if (!ram.ours || !file_offset(pa, len, &offset))
		return -1;
	memcpy(ram.ours + offset, buf, len);
	return 0;
}

/**
 * ram_address() - which memory is this of QEMU's?
 * @host: address in this process
 * @pa: set to the physical address
 *
 * Return: false when it isn't memory of the machine.
 */
bool ram_address(const void *host, uint64_t *pa)
{
	uint64_t offset = (uint64_t)((const uint8_t *)host - ram.qemus), low = low_size();

	if (!ram.qemus || (const uint8_t *)host < ram.qemus || offset >= ram.size)
		return false;
	*pa = offset < low ? offset : offset - low + HIGH;
	return true;
}

static void set_right(uint64_t first, uint64_t end, bool closed)
{
	int right = closed ? PROT_READ : PROT_READ | PROT_WRITE;

	if (!mprotect(ram.qemus + first * PAGE, (end - first) * PAGE, right))
		return;
	fprintf(stderr, "sevcpu: can't take the right to write off memory: %s\n", strerror(errno));
	_exit(1);
}

/* One call for neighbours that change alike. */
static void protect_part(uint64_t pa, uint64_t end, bool (*closed)(uint64_t pa))
{
	uint64_t offset, first = 0, next = 0;
	bool right = false;

	if (pa >= end || !file_offset(pa, end - pa, &offset))
		return;
	for (uint64_t page = offset / PAGE; pa < end; pa += PAGE, page++) {
		bool want = closed(pa);

		if (want == ram.closed[page])
			continue;
		if (page != next || want != right) {
			if (next > first)
				set_right(first, next, right);
			first = page;
			right = want;
		}
		ram.closed[page] = want;
		next = page + 1;
	}
	if (next > first)
		set_right(first, next, right);
}

/**
 * ram_protect() - let QEMU write to some pages, and not to others
 * @pa: start of the memory in question, on a page
 * @end: end of it, which may be behind the last of the machine's memory
 * @closed: tells of a page that it is not to be written to
 */
void ram_protect(uint64_t pa, uint64_t end, bool (*closed)(uint64_t pa))
{
	uint64_t low = low_size(), top = HIGH + ram.size - low;

	if (!ram.qemus)
		return;
	pthread_mutex_lock(&ram.lock);
	protect_part(pa, end < low ? end : low, closed);
	protect_part(pa > HIGH ? pa : HIGH, end < top ? end : top, closed);
	pthread_mutex_unlock(&ram.lock);
}
