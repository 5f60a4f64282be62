/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own support for SNP hosts, as far as modules may use it.
 *
 * Kernels without it answer -EOPNOTSUPP; rmp/core.c asks compat_rmp_in_kernel() first.
 */
#ifndef COMPAT_RMP_H
#define COMPAT_RMP_H

#include <linux/errno.h>
#include <linux/types.h>

#if defined(HAVE_CC_ATTR_HOST_SEV_SNP) && defined(HAVE_RMP_MAKE_PRIVATE) && \
	defined(HAVE_RMP_MAKE_SHARED) && defined(HAVE_SNP_LOOKUP_RMPENTRY) && \
	defined(HAVE_SNP_LEAK_PAGES)
#define COMPAT_SNP_HOST
#endif

#ifdef COMPAT_SNP_HOST
#include <linux/cc_platform.h>
#include <asm/pgtable_types.h>
#include <asm/sev.h>
#endif
#ifdef HAVE_AMD_IOMMU_SNP_DISABLE
#include <linux/amd-iommu.h>
#endif

#if defined(HAVE_SNP_PREPARE) || defined(HAVE_SNP_PREPARE_VOID)
#define COMPAT_SNP_RESTARTS
#endif

/**
 * compat_rmp_in_kernel() - does this kernel know the reverse map table?
 *
 * Return: true from 6.9 on, if it is built with KVM_AMD_SEV
 */
static inline bool compat_rmp_in_kernel(void)
{
#ifdef COMPAT_SNP_HOST
	return true;
#else
	return false;
#endif
}

/**
 * compat_rmp_is_taken() - has this kernel a part of what makes it an SNP host?
 *
 * Then the table is its own, and neither can it be used nor may anybody else touch it.
 * Kernels with patches from before 6.9 are like that.
 *
 * Return: true if it has a part and not all
 */
static inline bool compat_rmp_is_taken(void)
{
#if defined(HAVE_SNP_HOST_PART) && !defined(COMPAT_SNP_HOST)
	return true;
#else
	return false;
#endif
}

/**
 * compat_rmp_usable() - has the kernel found the machine fit for SNP when it booted?
 *
 * Return: true if table, processors and IOMMU can do it
 */
static inline bool compat_rmp_usable(void)
{
#ifdef COMPAT_SNP_HOST
	return cc_platform_has(CC_ATTR_HOST_SEV_SNP);
#else
	return false;
#endif
}

/**
 * compat_rmp_make_firmware() - hypervisor state to firmware state
 * @pfn: the page
 *
 * Return: 0 or a negative errno
 */
static inline int compat_rmp_make_firmware(u64 pfn)
{
#ifdef COMPAT_SNP_HOST
	return rmp_make_private(pfn, 0, PG_LEVEL_4K, 0, true);
#else
	return -EOPNOTSUPP;
#endif
}

/**
 * compat_rmp_make_shared() - any state that is not immutable to hypervisor state
 * @pfn: the page
 *
 * Return: 0 or a negative errno
 */
static inline int compat_rmp_make_shared(u64 pfn)
{
#ifdef COMPAT_SNP_HOST
	return rmp_make_shared(pfn, PG_LEVEL_4K);
#else
	return -EOPNOTSUPP;
#endif
}

/**
 * compat_rmp_assigned() - does the page belong to somebody else than the kernel?
 * @pfn: the page
 *
 * Return: false also for a page that the table does not cover
 */
static inline bool compat_rmp_assigned(u64 pfn)
{
#ifdef COMPAT_SNP_HOST
	bool assigned;
	int level;

	return !snp_lookup_rmpentry(pfn, &assigned, &level) && assigned;
#else
	return false;
#endif
}

/**
 * compat_rmp_leak() - let the kernel keep a record of pages that are lost to it
 * @pfn: the first
 * @npages: how many
 */
static inline void compat_rmp_leak(u64 pfn, unsigned int npages)
{
#ifdef COMPAT_SNP_HOST
	snp_leak_pages(pfn, npages);
#endif
}

/**
 * compat_snp_can_restart() - can SNP be turned on again after it was taken off the CPUs?
 *
 * Return: true from 7.1 on; older kernels turn it on when they boot, and only then
 */
static inline bool compat_snp_can_restart(void)
{
#ifdef COMPAT_SNP_RESTARTS
	return true;
#else
	return false;
#endif
}

/**
 * compat_snp_prepare() - turn SNP on everywhere, with an empty table
 *
 * Context: may sleep.
 * Return: 0 where it is on already, or a negative errno
 */
static inline int compat_snp_prepare(void)
{
#if defined(HAVE_SNP_PREPARE)
	return snp_prepare();
#elif defined(HAVE_SNP_PREPARE_VOID)
	/* Whether that worked everywhere is for the firmware to say. */
	snp_prepare();
	return 0;
#else
	return 0;
#endif
}

/**
 * compat_snp_shutdown() - tidy up after the firmware has taken SNP off the CPUs
 *
 * Context: may sleep.
 */
static inline void compat_snp_shutdown(void)
{
#ifdef COMPAT_SNP_RESTARTS
	snp_shutdown();
#endif
}

/**
 * compat_snp_optimise() - have the CPUs skip the check of memory without guests (RMPOPT)
 *
 * SNP_INIT has turned that off.
 *
 * Context: may sleep.
 */
static inline void compat_snp_optimise(void)
{
#ifdef HAVE_SNP_SETUP_RMPOPT
	snp_setup_rmpopt();
#endif
}

/**
 * compat_iommu_snp_disable() - take back the memory that the firmware kept for the IOMMUs
 *
 * Return: 0 or a negative errno
 */
static inline int compat_iommu_snp_disable(void)
{
#ifdef HAVE_AMD_IOMMU_SNP_DISABLE
	return amd_iommu_snp_disable();
#else
	return -EOPNOTSUPP;
#endif
}

#endif /* COMPAT_RMP_H */
