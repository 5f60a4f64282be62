/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reverse map table: who owns a page of memory once SNP is up.
 *
 * Two providers stand behind these functions: the running kernel's own RMP support
 * (core.c), and one of this module for kernels without it (own.c, snp=bringup only).
 * Callers never know which one it is.
 */
#ifndef CCP_RMP_H
#define CCP_RMP_H

#include <linux/device.h>
#include <linux/types.h>

/**
 * struct rmp_memory - pages that may change hands between kernel and firmware
 * @va: where the kernel reads and writes them while it owns them; not
 *	necessarily in the direct map, so never feed it to __pa()
 * @pa: physical address, without the C-bit
 * @npages: number of 4 KiB pages, contiguous and aligned to their size rounded up to a
 *	power of two
 */
struct rmp_memory {
	void *va;
	u64 pa;
	unsigned int npages;
};

/**
 * struct rmp_ops - a provider
 * @name: for log lines, "kernel" or "bringup"
 * @probe: can this provider do it on this machine?  0 or a negative errno.  No side
 *	effects but a log line with the reason, if sev_preflight_check() can't know it
 * @prepare: make CPUs, table and IOMMU ready for SNP_INIT.  Undoes what it did when
 *	it fails
 * @shutdown: the reverse of @prepare, after SNP_SHUTDOWN_EX.  Finds out by itself
 *	whether the firmware has taken SNP off the CPUs, too.  @panic: one CPU is left
 *	and must not wait for anything, so only what the next kernel needs is done
 * @ready: SNP is initialised: turn on what SNP_INIT has turned off.  NULL if there is
 *	nothing
 * @abandon: instead of @shutdown where the firmware has not shut SNP down and the driver
 *	goes all the same: CPUs, table and the firmware's pages stay as they are, but
 *	no code of this module is called any more, and nothing is held that a later
 *	@prepare would want
 * @make_firmware: hypervisor state to firmware state.  What is changed when it fails
 *	only the firmware can change back, so @done says how many pages, from the
 *	first on, need SNP_PAGE_RECLAIM and @make_shared before they can be freed
 * @make_shared: back to hypervisor state; the firmware must have released the page
 *	before (SNP_PAGE_RECLAIM)
 * @leak: these pages can't be given back to the kernel any more
 * @alloc: zeroed pages, in hypervisor state; @gfp where they come from the page allocator
 * @free: gives pages in hypervisor state back
 *
 * All may sleep, but @shutdown in a panic.  Addresses are physical, without the C-bit,
 * and page-aligned.  Once the firmware has taken SNP off the CPUs no page is anybody's any
 * more, and the instructions on the table are undefined: @leak and @free cope with that,
 * @make_firmware and @make_shared must not be called.
 */
struct rmp_ops {
	const char *name;
	int (*probe)(struct device *dev);
	int (*prepare)(struct device *dev);
	void (*shutdown)(struct device *dev, bool panic);
	void (*ready)(void);
	void (*abandon)(struct device *dev);
	int (*make_firmware)(u64 pa, unsigned int npages, unsigned int *done);
	int (*make_shared)(u64 pa, unsigned int npages);
	void (*leak)(u64 pa, unsigned int npages);
	int (*alloc)(struct rmp_memory *mem, unsigned int npages, gfp_t gfp);
	void (*free)(struct rmp_memory *mem);
};

extern const struct rmp_ops rmp_own_ops;

const struct rmp_ops *rmp_select(struct device *dev);
bool rmp_can_restart(const struct rmp_ops *ops);
const char *rmp_refused(void);
bool rmp_forced(void);
bool rmp_cpu_has_snp(void);
bool rmp_enabled_here(void);
int rmp_release_save_areas(struct device *dev);
u64 *rmp_park_save_areas(void);
void rmp_unpark_save_areas(u64 *areas);

#endif /* CCP_RMP_H */
