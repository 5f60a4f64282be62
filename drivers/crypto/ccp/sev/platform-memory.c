// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the firmware keeps while the platform is initialised: the trusted memory
 * region (TMR) for SEV-ES, and the non-volatile data of INIT_EX.
 *
 * It stays allocated until the firmware has given it up: memory that the firmware owns
 * must never get back to the page allocator.  Before it is freed, the caches of all CPUs
 * are written back: its lines are encrypted with another key, and written later they would
 * destroy the data of the next owner.
 */
#include <linux/mm.h>
#include <asm/cacheflush.h>
#include <asm/smp.h>

#include "sev.h"

static void platform_memory_free(struct sev_device *sev, struct sev_memory *memory)
{
	if (!memory->mem.va)
		return;
	wbinvd_on_all_cpus();
	sev_memory_free(sev, memory);
}

/**
 * sev_tmr_prepare() - have a region for INIT
 * @sev: the SEV part, locked
 *
 * Without one there is no SEV-ES, which is said but is no error.  Once SNP is up the
 * region is larger and must be in firmware state.
 *
 * Context: may sleep.
 */
void sev_tmr_prepare(struct sev_device *sev)
{
	size_t len = sev->snp.up ? SEV_TMR_LEN_SNP : SEV_TMR_LEN;

	if (sev->tmr.mem.va && sev->tmr.mem.npages != len >> PAGE_SHIFT)
		sev_tmr_release(sev);
	if (!sev->tmr.mem.va && sev_memory_alloc(sev, &sev->tmr, len)) {
		dev_warn(sev->dev, "SEV: TMR allocation failed, SEV-ES support unavailable\n");
		return;
	}

	/* The firmware takes it from DRAM, behind the caches. */
	clflush_cache_range(sev->tmr.mem.va, len);
	if (sev_memory_give(sev, &sev->tmr)) {
		dev_warn(sev->dev,
			 "SEV: the TMR could not be given to the firmware, SEV-ES support unavailable\n");
		sev_tmr_release(sev);
	}
}

/**
 * sev_tmr_release() - free the region, unless the firmware works on it
 * @sev: the SEV part, locked
 */
void sev_tmr_release(struct sev_device *sev)
{
	if (!sev->tmr_owned)
		platform_memory_free(sev, &sev->tmr);
}

/**
 * sev_nv_prepare() - have the non-volatile data for INIT_EX
 * @sev: the SEV part, locked
 *
 * Context: may sleep, reads the file of init_ex_path.
 * Return: 0, also without init_ex_path, or a negative errno
 */
int sev_nv_prepare(struct sev_device *sev)
{
	int ret = sev_nv_load(sev);

	return ret ?: sev_memory_give(sev, &sev->nv);
}

/**
 * sev_nv_release() - free the non-volatile data, unless the firmware works on it
 * @sev: the SEV part, locked
 */
void sev_nv_release(struct sev_device *sev)
{
	if (!sev->nv_owned)
		platform_memory_free(sev, &sev->nv);
}

/**
 * sev_platform_memory_release() - the platform is not initialised, the firmware works on nothing
 * @sev: the SEV part, locked
 *
 * Context: may sleep.  A platform that has lost its state without a SHUTDOWN has left its
 * keys in our memory.
 */
void sev_platform_memory_release(struct sev_device *sev)
{
	sev_nv_give_up(sev);
	sev->tmr_owned = false;
	sev->nv_owned = false;
	sev_tmr_release(sev);
	sev_nv_release(sev);
}
