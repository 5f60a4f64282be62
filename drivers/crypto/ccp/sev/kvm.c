// SPDX-License-Identifier: GPL-2.0-only
/*
 * The API that the kernel's own kvm_amd imports.
 *
 * This file, and the one beside it for sev_issue_cmd_external_user(), are the only
 * ones that see the running kernel's <linux/psp-sev.h>; the prototypes, and with
 * them the symbol versions, are the kernel's.  Functions that the running kernel
 * does not know yet are exported all the same; nobody imports them there.
 *
 * The callers own their memory and may be in the middle of dying, so none of these
 * waits is killable.
 */
#include <linux/fs.h>
#include <linux/psp-sev.h>

#include <linux/crash_dump.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <compat/psp-sev-api.h>

#include "sev.h"

/* Policy bits that every firmware with SNP knows: 0 to 20. */
#define SNP_POLICY_BASE		GENMASK_ULL(20, 0)

static int kvm_execute(u32 id, void *data, int *error)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u32 status = SEV_RET_NO_FW_CALL;
	int ret = sev ? sev_execute(sev, id, data, &status) : -ENODEV;

	if (error)
		*error = status;
	return ret;
}

static int kvm_platform_init(bool probe, int *error)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u32 status = SEV_RET_NO_FW_CALL;
	int ret = -ENODEV;

	/* KVM's own start only announces guests; the first one can do it as well. */
	if (probe && !sev_init_on_probe())
		return 0;

	if (sev) {
		guard(mutex)(&sev->lock);
		ret = sev_platform_init_locked(sev, &status);
	}
	if (error)
		*error = status;
	return ret;
}

/**
 * sev_platform_init() - KVM wants to run guests: initialise the platform
 * @args: where the firmware's status goes; newer kernels: also what is wanted
 *
 * Return: 0 or a negative errno
 */
int sev_platform_init(compat_sev_init_args *args)
{
	return kvm_platform_init(compat_sev_init_probe(args), compat_sev_init_error(args));
}
EXPORT_SYMBOL_GPL(sev_platform_init);

/**
 * sev_platform_shutdown() - KVM is unloaded: no guest is left
 */
void sev_platform_shutdown(void)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u32 error;

	if (!sev || is_kdump_kernel())
		return;

	guard(mutex)(&sev->lock);
	if (!sev->gone && !sev->mbox.dead)
		sev_platform_shutdown_locked(sev, &error);
}
EXPORT_SYMBOL_GPL(sev_platform_shutdown);

/**
 * sev_platform_status() - version, state and number of guests
 * @data: the answer
 * @error: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_platform_status(struct sev_user_data_status *data, int *error)
{
	static_assert(sizeof(*data) == sizeof(struct sev_cmd_platform_status));

	return kvm_execute(SEV_OP_PLATFORM_STATUS, data, error);
}
EXPORT_SYMBOL_GPL(sev_platform_status);

/**
 * sev_do_cmd() - any firmware command
 * @cmd: command id
 * @data: its struct, or NULL
 * @psp_ret: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_do_cmd(int cmd, void *data, int *psp_ret)
{
	return kvm_execute(cmd, data, psp_ret);
}
EXPORT_SYMBOL_GPL(sev_do_cmd);

/**
 * sev_guest_activate() - tie a guest to an ASID
 * @data: handle and ASID
 * @error: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_guest_activate(struct sev_data_activate *data, int *error)
{
	return kvm_execute(SEV_OP_ACTIVATE, data, error);
}
EXPORT_SYMBOL_GPL(sev_guest_activate);

/**
 * sev_guest_deactivate() - untie a guest from its ASID
 * @data: handle
 * @error: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_guest_deactivate(struct sev_data_deactivate *data, int *error)
{
	return kvm_execute(SEV_OP_DEACTIVATE, data, error);
}
EXPORT_SYMBOL_GPL(sev_guest_deactivate);

/**
 * sev_guest_decommission() - forget a guest
 * @data: handle
 * @error: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_guest_decommission(struct sev_data_decommission *data, int *error)
{
	return kvm_execute(SEV_OP_DECOMMISSION, data, error);
}
EXPORT_SYMBOL_GPL(sev_guest_decommission);

/**
 * sev_guest_df_flush() - flush the data fabric before ASIDs are used again
 * @error: firmware status; may be NULL
 *
 * Return: 0 or a negative errno
 */
int sev_guest_df_flush(int *error)
{
	return kvm_execute(SEV_OP_DF_FLUSH, NULL, error);
}
EXPORT_SYMBOL_GPL(sev_guest_df_flush);

/**
 * psp_copy_user_blob() - copy user memory to where the firmware can read it
 * @uaddr: user address
 * @len: bytes, at most 16 KiB
 *
 * Return: memory for kfree(), or ERR_PTR(): -EINVAL, -EFAULT, -ENOMEM
 */
void *psp_copy_user_blob(u64 uaddr, u32 len)
{
	if (!uaddr || !len || len > SEV_FW_BLOB_MAX_SIZE)
		return ERR_PTR(-EINVAL);

	/* The firmware wants it contiguous, which memdup_user() gives. */
	return memdup_user(u64_to_user_ptr(uaddr), len);
}
EXPORT_SYMBOL_GPL(psp_copy_user_blob);

/**
 * snp_alloc_firmware_page() - a page that the firmware may write to
 * @mask: allocation flags
 *
 * Return: the page's address, or NULL
 */
void *snp_alloc_firmware_page(gfp_t mask)
{
	return (void *)__get_free_page(mask);
}
EXPORT_SYMBOL_GPL(snp_alloc_firmware_page);

/**
 * snp_free_firmware_page() - give it back
 * @addr: from snp_alloc_firmware_page(), or NULL
 */
void snp_free_firmware_page(void *addr)
{
	free_page((unsigned long)addr);
}
EXPORT_SYMBOL_GPL(snp_free_firmware_page);

/**
 * snp_reclaim_pages() - take pages back from the firmware
 * @paddr: physical address of the first
 * @npages: how many
 * @locked: the caller holds the firmware lock
 *
 * Without SNP no page is ever given away.
 *
 * Return: 0
 */
int snp_reclaim_pages(unsigned long paddr, unsigned int npages, bool locked)
{
	return 0;
}
EXPORT_SYMBOL_GPL(snp_reclaim_pages);

/**
 * sev_is_snp_ciphertext_hiding_supported() - can ciphertext be hidden from the host?
 *
 * Return: false, a feature of SNP platforms
 */
bool sev_is_snp_ciphertext_hiding_supported(void)
{
	return false;
}
EXPORT_SYMBOL_GPL(sev_is_snp_ciphertext_hiding_supported);

/**
 * sev_get_snp_policy_bits() - what may be set in the policy of an SNP guest
 *
 * Return: mask of policy bits
 */
u64 sev_get_snp_policy_bits(void)
{
	return SNP_POLICY_BASE;
}
EXPORT_SYMBOL_GPL(sev_get_snp_policy_bits);

/**
 * sev_firmware_supported_vm_types() - kinds of guest that the platform can run
 *
 * Return: mask of bits numbered by KVM_X86_*_VM
 */
int sev_firmware_supported_vm_types(void)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	return sev ? BIT(KVM_X86_SEV_VM) | BIT(KVM_X86_SEV_ES_VM) : 0;
}
EXPORT_SYMBOL_FOR_MODULES(sev_firmware_supported_vm_types, "kvm-amd");
