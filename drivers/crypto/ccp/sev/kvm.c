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
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <compat/psp-sev-api.h>

#include "sev.h"

/*
 * KVM, of which there is one, has been told that there is SNP, and believes in it until it
 * is unloaded.  Not in &struct sev_device: it has to outlive an unbinding.
 */
static bool kvm_counts_on_snp;

static int kvm_execute(u32 id, void *data, int *error)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u32 status = SEV_RET_NO_FW_CALL;
	int ret = sev ? sev_execute(sev, id, data, &status) : -ENODEV;

	if (error)
		*error = status;
	return ret;
}

static u16 kvm_max_snp_asid(struct sev_device *sev, unsigned int wanted)
{
	if (!wanted || (snp_can_hide_ciphertext(sev) && wanted <= U16_MAX))
		return wanted;
	dev_warn(sev->dev,
		 "SEV-SNP: ciphertext of guests is not hidden: firmware %u.%u.%u can't, or ASID %u is too high\n",
		 sev->version.major, sev->version.minor, sev->version.build, wanted);
	return 0;
}

/* KVM has come, and no guest is there yet. */
static int kvm_arrives(struct sev_device *sev, unsigned int max_snp_asid, bool rapl_disable,
		       u32 *error)
{
	int ret = 0;

	sev->snp.failed = false;
	if (!sev->snp.up) {
		WRITE_ONCE(sev->snp.max_asid, kvm_max_snp_asid(sev, max_snp_asid));
		sev->snp.rapl_wanted = rapl_disable;
	}
	/*
	 * The first guest can have the legacy platform initialised.  For SNP it is too
	 * late then, because KVM has taken the processors.
	 */
	if (sev_init_on_probe())
		ret = sev_platform_init_locked(sev, error);
	else if (!is_kdump_kernel())
		snp_init_locked(sev, error);
	kvm_counts_on_snp = sev->snp.up;
	return ret;
}

/*
 * A guest is about to be made, of which kind is not known.
 *
 * Where SNP has gone under KVM, by an unbinding or by a sleep that it has not survived, it
 * can't come back under it: CPUs enter guests, and the firmware wants their host save areas
 * off meanwhile.  Guests without SNP don't need it.  Those with SNP get as far as their first
 * command of SNP, which the firmware refuses.
 */
static int kvm_makes_guest(struct sev_device *sev, u32 *error)
{
	char reason[SNP_REASON_LEN];

	if (kvm_counts_on_snp && !sev->snp.up) {
		if (!sev->snp.failed)
			snp_reason_set(sev,
				       "the PSP was unbound under kvm_amd; unload and load kvm_amd");
		sev->snp.failed = true;
		snp_reason_read(sev, reason);
		dev_notice_ratelimited(sev->dev,
				       "SEV-SNP: SNP has gone under kvm_amd, so only guests without SNP can be started: %s\n",
				       reason);
	}
	return sev_platform_init_locked(sev, error);
}

/* A wish that has come to nothing must not look as if it had been granted. */
static void kvm_answer_rapl(const struct sev_device *sev, bool *rapl)
{
	if (rapl)
		*rapl = *rapl && sev->snp.up && sev->snp.rapl_off;
}

/**
 * sev_platform_init() - KVM wants to run guests: initialise the platform
 * @args: where the firmware's status goes; newer kernels: also what is wanted
 *
 * Return: 0 or a negative errno
 */
int sev_platform_init(compat_sev_init_args *args)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	bool *rapl = compat_sev_init_rapl(args);
	int *error = compat_sev_init_error(args);
	u32 status = SEV_RET_NO_FW_CALL;
	int ret = compat_sev_init_probe(args) && !sev_init_on_probe() ? 0 : -ENODEV;

	if (sev) {
		guard(mutex)(&sev->lock);
		if (compat_sev_init_probe(args))
			ret = kvm_arrives(sev, compat_sev_init_max_snp_asid(args), rapl && *rapl,
					  &status);
		else
			ret = kvm_makes_guest(sev, &status);
		kvm_answer_rapl(sev, rapl);
	}
	if (error)
		*error = status;
	return ret;
}
EXPORT_SYMBOL_GPL(sev_platform_init);

/**
 * sev_platform_shutdown() - KVM is unloaded: no guest is left
 */
void sev_platform_shutdown(void)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	kvm_counts_on_snp = false;
	if (!sev || is_kdump_kernel())
		return;

	guard(mutex)(&sev->lock);
	if (!sev->gone && !sev->mbox.dead)
		sev_platform_stop_locked(sev);
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
 * Return: the page's address, or NULL.  While SNP is up only the firmware may write to it.
 */
void *snp_alloc_firmware_page(gfp_t mask)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	return sev ? snp_firmware_page_alloc(sev, mask) : NULL;
}
EXPORT_SYMBOL_GPL(snp_alloc_firmware_page);

/**
 * snp_free_firmware_page() - give it back
 * @addr: from snp_alloc_firmware_page(), or NULL
 */
void snp_free_firmware_page(void *addr)
{
	if (addr)
		snp_firmware_page_free(addr);
}
EXPORT_SYMBOL_GPL(snp_free_firmware_page);

/**
 * snp_reclaim_pages() - take pages back from the firmware
 * @paddr: physical address of the first, with or without the C-bit
 * @npages: how many
 * @locked: the caller holds the firmware lock
 *
 * Return: 0, also while SNP is down, because no page is given away then; -ENODEV;
 * -EFAULT if the firmware keeps one: it and those after it must never be freed
 */
int snp_reclaim_pages(unsigned long paddr, unsigned int npages, bool locked)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();
	u64 pa = round_down(__sme_clr(paddr), PAGE_SIZE);
	unsigned int back;

	if (!sev)
		return -ENODEV;
	if (!locked)
		mutex_lock(&sev->lock);
	back = sev->snp.up ? snp_reclaim_locked(sev, pa, npages) : npages;
	if (back < npages) {
		sev->leaked_pages += npages - back;
		sev->snp.rmp->leak(pa + (u64)back * PAGE_SIZE, npages - back);
	}
	if (!locked)
		mutex_unlock(&sev->lock);
	return back < npages ? -EFAULT : 0;
}
EXPORT_SYMBOL_GPL(snp_reclaim_pages);

/**
 * sev_is_snp_ciphertext_hiding_supported() - can ciphertext be hidden from the host?
 *
 * Return: true if firmware and processor can
 */
bool sev_is_snp_ciphertext_hiding_supported(void)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	return sev && snp_can_hide_ciphertext(sev);
}
EXPORT_SYMBOL_GPL(sev_is_snp_ciphertext_hiding_supported);

/**
 * sev_get_snp_policy_bits() - what may be set in the policy of an SNP guest
 *
 * Return: mask of policy bits, 0 without a PSP
 */
u64 sev_get_snp_policy_bits(void)
{
	struct sev_device *sev __free(sev_put) = sev_get_master();

	return sev ? snp_policy_bits(sev) : 0;
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
	int types = BIT(KVM_X86_SEV_VM) | BIT(KVM_X86_SEV_ES_VM);
	u32 ignored;

	if (!sev)
		return 0;
	guard(mutex)(&sev->lock);
	if (!sev->snp.up)
		return types;
	/* An update may have changed it since. */
	snp_status_locked(sev, &ignored);
	snp_tell_es(sev);
	if (!snp_allows_es(sev))
		types &= ~BIT(KVM_X86_SEV_ES_VM);
	return types | BIT(KVM_X86_SNP_VM);
}
EXPORT_SYMBOL_FOR_MODULES(sev_firmware_supported_vm_types, "kvm-amd");
