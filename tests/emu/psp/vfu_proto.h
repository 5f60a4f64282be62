/* SPDX-License-Identifier: GPL-2.0-only */
/* Wire format of vfio-user, version 0.x, as far as the server uses it. Host byte order. */
#ifndef EMU_PSP_VFU_PROTO_H
#define EMU_PSP_VFU_PROTO_H

#include <assert.h>
#include <stdint.h>

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_GET_INFO = 4,
	VFU_DEVICE_GET_REGION_INFO = 5,
	VFU_DEVICE_GET_IRQ_INFO = 7,
	VFU_DEVICE_SET_IRQS = 8,
	VFU_REGION_READ = 9,
	VFU_REGION_WRITE = 10,
	VFU_DEVICE_RESET = 13,
};

#define VFU_TYPE_MASK		0x0fu
#define VFU_TYPE_COMMAND	0x00u
#define VFU_TYPE_REPLY		0x01u
#define VFU_FLAG_NO_REPLY	0x10u
#define VFU_FLAG_ERROR		0x20u

struct vfu_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;		/* header included */
	uint32_t flags;
	uint32_t error;
};

struct vfu_version {
	uint16_t major;
	uint16_t minor;
	/* JSON text with a terminating NUL follows */
};

struct vfu_dma_map {
	uint32_t argsz;
	uint32_t flags;		/* bit 0 readable, bit 1 writable */
	uint64_t offset;
	uint64_t addr;
	uint64_t size;
};

#define VFU_DMA_UNMAP_ALL	0x2u

struct vfu_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t addr;
	uint64_t size;
};

#define VFU_DEVICE_FLAG_RESET	0x1u
#define VFU_DEVICE_FLAG_PCI	0x2u

struct vfu_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

#define VFU_REGION_FLAG_READ	0x1u
#define VFU_REGION_FLAG_WRITE	0x2u

struct vfu_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
};

#define VFU_IRQ_FLAG_EVENTFD	0x1u
#define VFU_IRQ_FLAG_MASKABLE	0x2u
#define VFU_IRQ_FLAG_AUTOMASKED	0x4u
#define VFU_IRQ_FLAG_NORESIZE	0x8u

struct vfu_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

struct vfu_set_irqs {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

struct vfu_region_rw {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	/* data follows */
};

static_assert(sizeof(struct vfu_header) == 16, "vfio-user header");
static_assert(sizeof(struct vfu_version) == 4, "vfio-user version");
static_assert(sizeof(struct vfu_dma_map) == 32, "vfio-user DMA map");
static_assert(sizeof(struct vfu_dma_unmap) == 24, "vfio-user DMA unmap");
static_assert(sizeof(struct vfu_device_info) == 16, "vfio-user device info");
static_assert(sizeof(struct vfu_region_info) == 32, "vfio-user region info");
static_assert(sizeof(struct vfu_irq_info) == 16, "vfio-user interrupt info");
static_assert(sizeof(struct vfu_set_irqs) == 20, "vfio-user set interrupts");
static_assert(sizeof(struct vfu_region_rw) == 16, "vfio-user region access");

#endif
