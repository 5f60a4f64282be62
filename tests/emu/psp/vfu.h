/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-user server side: one PCI device on a UNIX socket, one client after another.
 *
 * This layer frames and checks messages and hands requests to a backend. It knows nothing about
 * PSPs. What breaks the framing ends the connection; a request that is merely wrong is answered
 * with an errno.
 */
#ifndef EMU_PSP_VFU_H
#define EMU_PSP_VFU_H

#include <stddef.h>
#include <stdint.h>

#define VFU_REGION_BAR2		2u
#define VFU_REGION_BAR5		5u
#define VFU_REGION_CONFIG	7u
#define VFU_NUM_REGIONS		9u

#define VFU_IRQ_INTX		0u
#define VFU_IRQ_MSI		1u
#define VFU_IRQ_MSIX		2u
#define VFU_NUM_IRQS		5u

#define VFU_IRQ_DATA_NONE	0x01u
#define VFU_IRQ_DATA_BOOL	0x02u
#define VFU_IRQ_DATA_EVENTFD	0x04u
#define VFU_IRQ_ACTION_MASK	0x08u
#define VFU_IRQ_ACTION_UNMASK	0x10u
#define VFU_IRQ_ACTION_TRIGGER	0x20u

#define VFU_MAX_FDS		8u

/**
 * struct vfu_irq_set - what a client wants of some interrupt vectors
 * @index: VFU_IRQ_INTX, VFU_IRQ_MSI or VFU_IRQ_MSIX
 * @flags: one VFU_IRQ_DATA_ and one VFU_IRQ_ACTION_ flag
 * @start: first vector
 * @count: number of vectors
 * @fds: event descriptors; one that the backend keeps is replaced by -1
 * @num_fds: number of descriptors, 0 takes the vectors' descriptors away
 */
struct vfu_irq_set {
	uint32_t index, flags, start, count;
	int *fds;
	unsigned int num_fds;
};

/**
 * struct vfu_backend - the device behind the socket
 * @region_size: size of a region, 0 for one that does not exist
 * @irq_count: number of vectors of an interrupt index
 * @region_read: read @len bytes; the range is inside the region; 0 or a positive errno
 * @region_write: the same for writes
 * @set_irqs: count and index are checked; 0 or a positive errno
 * @dma_map: new region of guest memory, @fd is -1 or closed by the caller; 0 or a positive errno
 * @dma_unmap: remove guest memory; 0 or a positive errno
 * @dma_unmap_all: remove all guest memory
 * @reset: device reset
 * @closed: the client is gone, the next may come
 */
struct vfu_backend {
	uint64_t (*region_size)(void *dev, uint32_t index);
	uint32_t (*irq_count)(void *dev, uint32_t index);
	int (*region_read)(void *dev, uint32_t index, uint64_t off, void *buf, uint32_t len);
	int (*region_write)(void *dev, uint32_t index, uint64_t off, const void *buf,
			    uint32_t len);
	int (*set_irqs)(void *dev, struct vfu_irq_set *set);
	int (*dma_map)(void *dev, uint64_t addr, uint64_t size, uint64_t offset, uint32_t prot,
		       int fd);
	int (*dma_unmap)(void *dev, uint64_t addr, uint64_t size);
	void (*dma_unmap_all)(void *dev);
	void (*reset)(void *dev);
	void (*closed)(void *dev);
};

struct loop;
struct vfu;

struct vfu *vfu_new(struct loop *loop, const char *path, const struct vfu_backend *be, void *dev);
void vfu_free(struct vfu *vfu);

#endif
