// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions of guest memory. The worker thread reads and writes them while the main thread may be
 * told to unmap one, so the lock is held for the length of each copy.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"

#define DMA_MAX_REGIONS	256

/* A region without memory (base == NULL) is a ROM: it exists, but we can't reach it. */
struct dma_region {
	uint64_t addr, size;
	unsigned int prot;
	void *base;
	size_t map_len;
	uint8_t *data;
};

struct dma {
	pthread_mutex_t lock;
	struct dma_region region[DMA_MAX_REGIONS];
	unsigned int count;
};

/**
 * dma_new() - make an empty table of regions
 *
 * Return: the table, or NULL when memory is short.
 */
struct dma *dma_new(void)
{
	struct dma *dma = calloc(1, sizeof(*dma));

	if (dma)
		pthread_mutex_init(&dma->lock, NULL);
	return dma;
}

/**
 * dma_free() - unmap everything and free the table
 * @dma: the table
 */
void dma_free(struct dma *dma)
{
	dma_unmap_all(dma);
	pthread_mutex_destroy(&dma->lock);
	free(dma);
}

static bool dma_overlaps(const struct dma_region *r, uint64_t addr, uint64_t size)
{
	return addr < r->addr + r->size && r->addr < addr + size;
}

static int dma_map_file(struct dma_region *r, uint64_t offset, int fd)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t lead = offset % page;
	int prot = 0;
	struct stat st;

	/* Beyond the end of the file a copy would be answered by SIGBUS. */
	if (fstat(fd, &st) || offset + r->size < offset ||
	    offset + r->size > (uint64_t)st.st_size)
		return EINVAL;
	if (r->prot & DMA_PROT_READ)
		prot |= PROT_READ;
	if (r->prot & DMA_PROT_WRITE)
		prot |= PROT_WRITE;
	r->map_len = r->size + lead;
	r->base = mmap(NULL, r->map_len, prot, MAP_SHARED, fd, (off_t)(offset - lead));
	if (r->base == MAP_FAILED) {
		r->base = NULL;
		return errno;
	}
	r->data = (uint8_t *)r->base + lead;
	return 0;
}

/**
 * dma_map() - add a region
 * @dma: the table
 * @addr: guest-physical address
 * @size: length in bytes
 * @offset: where the region starts in the file
 * @prot: DMA_PROT_READ, DMA_PROT_WRITE
 * @fd: file that is the memory, -1 for a region that can't be reached; not kept
 *
 * Return: 0 or a positive errno: EINVAL, EEXIST when it overlaps another region, ENOSPC.
 */
int dma_map(struct dma *dma, uint64_t addr, uint64_t size, uint64_t offset, unsigned int prot,
	    int fd)
{
	struct dma_region r = { .addr = addr, .size = size, .prot = prot };
	int ret = 0;

	if (!size || addr + size < addr)
		return EINVAL;
	pthread_mutex_lock(&dma->lock);
	for (unsigned int i = 0; i < dma->count && !ret; i++)
		if (dma_overlaps(&dma->region[i], addr, size))
			ret = EEXIST;
	if (!ret && dma->count == DMA_MAX_REGIONS)
		ret = ENOSPC;
	if (!ret && fd >= 0)
		ret = dma_map_file(&r, offset, fd);
	if (!ret)
		dma->region[dma->count++] = r;
	pthread_mutex_unlock(&dma->lock);
	return ret;
}

static void dma_drop(struct dma *dma, unsigned int i)
{
	if (dma->region[i].base)
		munmap(dma->region[i].base, dma->region[i].map_len);
	dma->region[i] = dma->region[--dma->count];
}

/**
 * dma_unmap() - remove the regions that lie in a range
 * @dma: the table
 * @addr: start of the range
 * @size: length of the range
 *
 * Return: 0, ENOENT when nothing is there, EINVAL when the range would cut a region.
 */
int dma_unmap(struct dma *dma, uint64_t addr, uint64_t size)
{
	unsigned int found = 0;
	int ret = 0;

	pthread_mutex_lock(&dma->lock);
	for (unsigned int i = 0; i < dma->count; i++) {
		const struct dma_region *r = &dma->region[i];

		if (!dma_overlaps(r, addr, size))
			continue;
		found++;
		if (r->addr < addr || r->addr + r->size > addr + size)
			ret = EINVAL;
	}
	if (!found)
		ret = ENOENT;
	for (unsigned int i = 0; i < dma->count && !ret;) {
		if (dma_overlaps(&dma->region[i], addr, size))
			dma_drop(dma, i);
		else
			i++;
	}
	pthread_mutex_unlock(&dma->lock);
	return ret;
}

/**
 * dma_unmap_all() - remove every region
 * @dma: the table
 */
void dma_unmap_all(struct dma *dma)
{
	pthread_mutex_lock(&dma->lock);
	while (dma->count)
		dma_drop(dma, 0);
	pthread_mutex_unlock(&dma->lock);
}

/**
 * dma_count() - how many regions are there?
 * @dma: the table
 *
 * Return: the number.
 */
unsigned int dma_count(struct dma *dma)
{
	unsigned int n;

	pthread_mutex_lock(&dma->lock);
	n = dma->count;
	pthread_mutex_unlock(&dma->lock);
	return n;
}

static struct dma_region *dma_find(struct dma *dma, uint64_t addr)
{
	for (unsigned int i = 0; i < dma->count; i++)
		if (addr - dma->region[i].addr < dma->region[i].size)
			return &dma->region[i];
	return NULL;
}

/* First all of it is checked, then copied: an access that is refused changes nothing. */
static int dma_check(struct dma *dma, uint64_t addr, size_t len, unsigned int prot)
{
	if (addr + len < addr)
		return -EFAULT;
	while (len) {
		const struct dma_region *r = dma_find(dma, addr);
		uint64_t n;

		if (!r || !r->data)
			return -EFAULT;
		if ((r->prot & prot) != prot)
			return -EACCES;
		n = r->addr + r->size - addr;
		if (n > len)
			n = len;
		addr += n;
		len -= n;
	}
	return 0;
}

static int dma_copy(struct dma *dma, uint64_t addr, void *in, const void *out, size_t len)
{
	int ret;

	pthread_mutex_lock(&dma->lock);
	ret = dma_check(dma, addr, len, in ? DMA_PROT_READ : DMA_PROT_WRITE);
	for (size_t done = 0; !ret && done < len;) {
		struct dma_region *r = dma_find(dma, addr + done);
		uint64_t skip = addr + done - r->addr;
		size_t n = len - done;

		if (n > r->size - skip)
			n = r->size - skip;
		if (in)
			memcpy((uint8_t *)in + done, r->data + skip, n);
		else
			memcpy(r->data + skip, (const uint8_t *)out + done, n);
		done += n;
	}
	pthread_mutex_unlock(&dma->lock);
	return ret;
}

/**
 * dma_read() - copy from guest memory
 * @dma: the table
 * @addr: guest-physical address
 * @buf: destination
 * @len: bytes
 *
 * Return: 0, -EFAULT where no memory is mapped, -EACCES where it isn't readable.
 */
int dma_read(struct dma *dma, uint64_t addr, void *buf, size_t len)
{
	return dma_copy(dma, addr, buf, NULL, len);
}

/**
 * dma_write() - copy to guest memory, all or nothing
 * @dma: the table
 * @addr: guest-physical address
 * @buf: source
 * @len: bytes
 *
 * Return: 0, -EFAULT where no memory is mapped, -EACCES where it isn't writable.
 */
int dma_write(struct dma *dma, uint64_t addr, const void *buf, size_t len)
{
	return dma_copy(dma, addr, NULL, buf, len);
}
