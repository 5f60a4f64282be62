/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels' <linux/psp-sev.h> does not declare of the API for kvm_amd,
 * and the one function in it whose argument has changed over time.
 *
 * Include after <linux/psp-sev.h>.
 */
#ifndef COMPAT_PSP_SEV_API_H
#define COMPAT_PSP_SEV_API_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <asm/kvm.h>

#ifdef HAVE_SEV_PLATFORM_INIT_ARGS
#define compat_sev_init_args struct sev_platform_init_args

static inline bool compat_sev_init_probe(const compat_sev_init_args *args)
{
	return args->probe;
}

static inline unsigned int compat_sev_init_max_snp_asid(const compat_sev_init_args *args)
{
#ifdef HAVE_SEV_PLATFORM_INIT_MAX_ASID
	return args->max_snp_asid;
#else
	return 0;
#endif
}

/* Shall power reporting be off, and is it?  NULL where KVM has no say in it. */
static inline bool *compat_sev_init_rapl(compat_sev_init_args *args)
{
#ifdef HAVE_SEV_PLATFORM_INIT_RAPL
	return &args->rapl_disable;
#else
	return NULL;
#endif
}

static inline int *compat_sev_init_error(compat_sev_init_args *args)
{
	return &args->error;
}
#else
#define compat_sev_init_args int

/* The only caller is the creation of a guest. */
static inline bool compat_sev_init_probe(const compat_sev_init_args *args)
{
	return false;
}

static inline unsigned int compat_sev_init_max_snp_asid(const compat_sev_init_args *args)
{
	return 0;
}

static inline bool *compat_sev_init_rapl(compat_sev_init_args *args)
{
	return NULL;
}

static inline int *compat_sev_init_error(compat_sev_init_args *args)
{
	return args;
}
#endif

#ifndef KVM_X86_SEV_VM
#define KVM_X86_SEV_VM		2
#define KVM_X86_SEV_ES_VM	3
#endif
#ifndef KVM_X86_SNP_VM
#define KVM_X86_SNP_VM		4
#endif
#ifndef SEV_FW_BLOB_MAX_SIZE
#define SEV_FW_BLOB_MAX_SIZE	0x4000
#endif

/* The same as the kernel's own where it has them. */
int sev_do_cmd(int cmd, void *data, int *psp_ret);
void sev_platform_shutdown(void);
void *snp_alloc_firmware_page(gfp_t mask);
void snp_free_firmware_page(void *addr);
int snp_reclaim_pages(unsigned long paddr, unsigned int npages, bool locked);
bool sev_is_snp_ciphertext_hiding_supported(void);
u64 sev_get_snp_policy_bits(void);
int sev_firmware_supported_vm_types(void);

#endif /* COMPAT_PSP_SEV_API_H */
