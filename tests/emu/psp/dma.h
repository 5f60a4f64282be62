/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory as the virtual machine has mapped it for us. */
#ifndef EMU_PSP_DMA_H
#define EMU_PSP_DMA_H

#include <stddef.h>
#include <stdint.h>

#define DMA_PROT_READ	1u
#define DMA_PROT_WRITE	2u

struct dma;

struct dma *dma_new(void);
void dma_free(struct dma *dma);
int dma_map(struct dma *dma, uint64_t addr, uint64_t size, uint64_t offset, unsigned int prot,
	    int fd);
int dma_unmap(struct dma *dma, uint64_t addr, uint64_t size);
void dma_unmap_all(struct dma *dma);
unsigned int dma_count(struct dma *dma);
int dma_read(struct dma *dma, uint64_t addr, void *buf, size_t len);
int dma_write(struct dma *dma, uint64_t addr, const void *buf, size_t len);

#endif
