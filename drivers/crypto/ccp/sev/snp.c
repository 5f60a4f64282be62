// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP: initialised before the legacy platform, shut down after it.
 *
 * Whatever step fails, everything before it is undone, so the platform is either
 * initialised or as it was.  The exception is firmware that does not answer any more:
 * then what it was given stays with it.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <asm/smp.h>

#include "../hv-fixed.h"
#include "sev.h"

/* Firmware with SNP_INIT_EX. */
#define SNP_INIT_EX_MINOR	52

static bool rapl_disable;
module_param(rapl_disable, bool, 0444);
MODULE_PARM_DESC(rapl_disable,
		 " SEV-SNP: turn the processors' power reporting (RAPL) off, which can tell about secrets; guests may demand it");

static void snp_command_buffers_free(struct sev_device *sev)
{
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS; i++)
		sev_memory_free(sev, &sev->snp.command_buffer[i]);
	sev_memory_free(sev, &sev->snp.panic_page);
}

static int snp_command_buffers_alloc(struct sev_device *sev)
{
	int ret = sev_memory_alloc(sev, &sev->snp.panic_page, PAGE_SIZE);
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS && !ret; i++)
		ret = sev_memory_alloc(sev, &sev->snp.command_buffer[i], PAGE_SIZE);
	if (ret)
		snp_command_buffers_free(sev);
	return ret;
}

/* The reverse of snp_prepare_locked(). */
static void snp_unprepare(struct sev_device *sev)
{
	snp_command_buffers_free(sev);
	sev->snp.prepared = false;
	sev->snp.rmp->shutdown(sev->dev, false);
}

/* From here on memory comes from the provider of the RMP table. */
static int snp_prepare_locked(struct sev_device *sev)
{
	int ret;

	ret = sev->snp.rmp->prepare(sev->dev);
	if (ret) {
		snp_reason_set(sev, "the processors could not be made ready (%d)", ret);
		return ret;
	}

	sev->snp.prepared = true;
	ret = snp_command_buffers_alloc(sev);
	if (!ret)
		return 0;

	snp_reason_set(sev, "there was not enough memory");
	snp_unprepare(sev);
	return ret;
}

static u32 snp_init_flags(struct sev_device *sev)
{
	u32 flags = SNP_INIT_RMP | SNP_INIT_LIST;

	if (rapl_disable || sev->snp.rapl_wanted) {
		if (sev->snp.features.ecx & SNP_FEAT_ECX_RAPL_DIS)
			flags |= SNP_INIT_RAPL_DIS;
		else
			dev_warn(sev->dev,
				 "SEV-SNP: rapl_disable has no effect, firmware %u.%u.%u can't turn power reporting off\n",
				 sev->version.major, sev->version.minor, sev->version.build);
	}
	if (sev->snp.max_asid)
		flags |= SNP_INIT_CIPHERTEXT_HIDING;
	return flags;
}

static int snp_send_init(struct sev_device *sev, u32 *error)
{
	struct sev_blob *list __free(sev_blob) = sev_blob_alloc(PAGE_SIZE);
	struct snp_cmd_init_ex data = { .max_snp_asid = sev->snp.max_asid };
	struct sev_call call = {
		.id = SNP_OP_INIT_EX,
		.data = &data,
		.blob = { list },
		.quiet = true,
		.uninterruptible = true,
	};
	const char *name = "SNP_INIT_EX";
	int ret;

	if (!list)
		return -ENOMEM;
	if (sev_version_at_least(sev, SNP_MAJOR, SNP_INIT_EX_MINOR)) {
		ret = snp_ranges_fill(sev->dev, list->data);
		if (ret)
			return ret;
		data.flags = snp_init_flags(sev);
		data.list_paddr = sev_phys(list->data);
	} else {
		call.id = SNP_OP_INIT;
		call.data = NULL;
		name = "SNP_INIT";
	}

	/* The firmware looks at memory behind the caches, before and after. */
	wbinvd_on_all_cpus();
	ret = sev_call_locked(sev, &call);
	*error = call.error;
	if (!ret) {
		wbinvd_on_all_cpus();
		sev->snp.rapl_off = data.flags & SNP_INIT_RAPL_DIS;
		if (call.data)
			hv_fixed_table_is_new();
		return 0;
	}

	dev_err(sev->dev, "SEV-SNP: %s failed rc %d, error %#x\n", name, ret, call.error);
	if (ret == -EIO)
		sev_report(sev, call.id, call.error);
	snp_reason_set(sev, "%s has failed: rc %d, %s (%#x)%s%s", name, ret,
		       sev_status_find(call.error)->name, call.error,
		       *sev->snp.advice ? "; a likely reason: " : "", sev->snp.advice);
	if (*sev->snp.advice)
		dev_err(sev->dev, "SEV-SNP: a likely reason: %s\n", sev->snp.advice);
	return ret;
}

static int snp_flush(struct sev_device *sev, u32 *error)
{
	struct sev_call call = { .id = SNP_OP_DF_FLUSH, .quiet = true, .uninterruptible = true };
	int ret = sev_call_locked(sev, &call);

	*error = call.error;
	return ret;
}

/* Does the firmware turn SNP off on the processors, too? */
static bool snp_ends_on_cpus(struct sev_device *sev)
{
	return sev->snp.features.ecx & SNP_FEAT_ECX_X86_SHUTDOWN && rmp_can_restart(sev->snp.rmp);
}

static int snp_send_shutdown(struct sev_device *sev, u32 *error)
{
	struct snp_cmd_shutdown_ex data = {
		.length = sizeof(data),
		.flags = SNP_SHUTDOWN_IOMMU,
	};
	struct sev_call call = {
		.id = SNP_OP_SHUTDOWN_EX,
		.data = &data,
		.quiet = true,
		.uninterruptible = true,
	};
	int ret;

	if (snp_ends_on_cpus(sev))
		data.flags |= SNP_SHUTDOWN_X86;
	ret = sev_call_locked(sev, &call);
	*error = call.error;
	return ret;
}

/**
 * snp_shutdown_locked() - make sure that SNP is not initialised
 * @sev: the SEV part, locked; the legacy platform is shut down
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * Guests are lost; it is the caller who knows that there are none.
 *
 * Return: 0, or see sev_call_locked(); then SNP stays up
 */
int snp_shutdown_locked(struct sev_device *sev, u32 *error)
{
	int ret;

	*error = SEV_RET_SUCCESS;
	sev->snp.failed = false;
	if (!sev->snp.up)
		return 0;
	if (sev->snp.pages_out)
		dev_warn(sev->dev, "SEV-SNP: shut down although kvm_amd still has pages of the firmware (%lu)\n",
			 sev->snp.pages_out);

	wbinvd_on_all_cpus();
	ret = snp_send_shutdown(sev, error);
	if (ret == -EIO && *error == SEV_RET_DFFLUSH_REQUIRED) {
		ret = snp_flush(sev, error);
		if (ret)
			dev_err(sev->dev, "SEV-SNP DF_FLUSH failed, ret = %d, error = %#x\n", ret,
				*error);
		else
			ret = snp_send_shutdown(sev, error);
	}
	if (ret) {
		dev_err(sev->dev, "SEV-SNP firmware shutdown failed, rc %d, error %#x\n", ret,
			*error);
		if (ret == -EIO)
			sev_report(sev, SNP_OP_SHUTDOWN_EX, *error);
		return ret;
	}

	WRITE_ONCE(sev->snp.up, false);
	WRITE_ONCE(sev->snp.committed_known, false);
	sev->snp.mitigations_known = false;
	snp_reason_set(sev,
		       "it was shut down when kvm_amd was unloaded or the machine went to sleep");
	snp_panic_unregister(sev);
	snp_unprepare(sev);
	hv_fixed_close(false);
	if (snp_ends_on_cpus(sev))
		hv_fixed_table_is_off();
	return 0;
}

/**
 * snp_abandon_locked() - the driver goes, and SNP stays
 * @sev: the SEV part, locked; SNP is prepared, and all memory has been freed or is counted
 *	as lost
 * @guests: how many guests are the reason; 0 if it could not be shut down
 *
 * The processors and the firmware go on without a driver.  One that comes later finds SNP
 * initialised and tries again, see snp_take_over_locked().
 */
void snp_abandon_locked(struct sev_device *sev, unsigned int guests)
{
	sev->snp.rmp->abandon(sev->dev);
	sev->snp.prepared = false;
	WRITE_ONCE(sev->snp.up, false);
	if (guests) {
		dev_err(sev->dev,
			"SEV-SNP: left initialised, because there still are guests (%u): the processors keep SNP on, the guests can't be shut down in the firmware any more, and their memory is lost; restart the machine to use SNP again\n",
			guests);
		return;
	}
	dev_err(sev->dev,
		"SEV-SNP: left initialised, because it could not be shut down: the processors keep SNP on, and the firmware keeps memory (pages: %lu) and that of the IOMMUs; bind the PSP or load the module again for another try, or restart the machine\n",
		sev->leaked_pages);
}

/**
 * snp_is_left_over() - has a kernel before this one left SNP initialised?
 * @error: how the firmware has refused PLATFORM_STATUS
 *
 * A kernel that was replaced by kexec without having shut SNP down, or a driver whose
 * shutdown was refused, leaves firmware that does not answer: it finds the page of the
 * command in the wrong state.
 *
 * Return: true if that is so
 */
bool snp_is_left_over(u32 error)
{
	return (error & ~SEV_STATUS_BUFFER) == SEV_RET_INVALID_PAGE_STATE;
}

/**
 * snp_take_over_locked() - end what a kernel before this one has begun
 * @sev: the SEV part, locked
 *
 * The commands that shut it down need no page in a certain state.
 *
 * Return: 0 if the firmware can be asked again; else see sev_call_locked(), and the log
 * says why not
 */
int snp_take_over_locked(struct sev_device *sev)
{
	struct sev_call shutdown = { .id = SEV_OP_SHUTDOWN, .quiet = true };
	struct snp_cmd_shutdown_ex data = {
		.length = sizeof(data),
		.flags = SNP_SHUTDOWN_IOMMU,
	};
	struct sev_call call = { .id = SNP_OP_SHUTDOWN_EX, .data = &data, .quiet = true };
	int ret;

	if (snp_firmware_pages_out()) {
		dev_err(sev->dev,
			"SEV-SNP: it is still up, with guests that KVM had before the PSP was bound; end them and bind the PSP again, and restart the machine if that does not help\n");
		return -EBUSY;
	}
	dev_notice(sev->dev,
		   "SEV-SNP: an earlier kernel or driver has left it initialised; shutting it down\n");
	wbinvd_on_all_cpus();
	ret = sev_call_locked(sev, &shutdown) ?: sev_call_locked(sev, &call);
	if (ret == -EIO && call.error == SEV_RET_DFFLUSH_REQUIRED) {
		u32 ignored;

		ret = snp_flush(sev, &ignored) ?: sev_call_locked(sev, &call);
	}
	if (!ret) {
		/* It may have been this module that initialised it, before an unbind. */
		hv_fixed_close(false);
		return 0;
	}
	dev_err(sev->dev,
		"SEV-SNP: it can't be shut down: rc %d, %s (%#x); restart the machine to use SEV\n",
		ret, sev_status_find(call.error ?: shutdown.error)->name,
		call.error ?: shutdown.error);
	return ret;
}

/* Is there anything that stands against it?  Says and remembers what. */
static int snp_check(struct sev_device *sev)
{
	if (!sev_version_at_least(sev, SNP_MAJOR, SNP_MINOR)) {
		snp_reason_set(sev,
			       "firmware %u.%u.%u is too old; update linux-firmware or the BIOS",
			       sev->version.major, sev->version.minor, sev->version.build);
		dev_err(sev->dev, "SEV-SNP support requires firmware version >= %d:%d\n", SNP_MAJOR,
			SNP_MINOR);
		dev_err(sev->dev, "SEV-SNP: off: %s\n", sev->snp.reason);
		return -EOPNOTSUPP;
	}
	if (sev->state != SEV_PSTATE_UNINIT) {
		snp_reason_set(sev,
			       "legacy SEV was initialised before it; unload and load kvm_amd");
		dev_notice(sev->dev, "SEV-SNP: off: %s\n", sev->snp.reason);
		return -EBUSY;
	}

	return sev_preflight_check(sev);
}

/* SNP is up, but not as it must be. */
static void snp_unwind(struct sev_device *sev)
{
	char reason[SNP_REASON_LEN];
	u32 error;

	snp_reason_read(sev, reason);
	if (!snp_shutdown_locked(sev, &error))
		snp_reason_set(sev, "%s", reason);
}

static int snp_bring_up(struct sev_device *sev, u32 *error)
{
	int ret = snp_prepare_locked(sev);

	if (ret)
		return ret;

	/* What comes after the list was made would not be in it. */
	hv_fixed_close(true);
	ret = snp_send_init(sev, error);
	if (ret) {
		hv_fixed_close(false);
		/* Nobody knows what firmware that does not answer has done. */
		if (!sev->mbox.dead)
			snp_unprepare(sev);
		return ret;
	}

	WRITE_ONCE(sev->snp.up, true);
	sev->snp.mitigations_known = false;
	snp_panic_register(sev);
	ret = snp_flush(sev, error);
	if (ret) {
		dev_err(sev->dev, "SEV-SNP: SNP_DF_FLUSH failed rc %d, error %#x\n", ret, *error);
		snp_reason_set(sev, "SNP_DF_FLUSH has failed: rc %d, %s (%#x)", ret,
			       sev_status_find(*error)->name, *error);
		snp_unwind(sev);
		return ret;
	}
	if (sev->snp.rmp->ready)
		sev->snp.rmp->ready();
	return 0;
}

/**
 * snp_init_locked() - make sure that SNP is initialised, where there can be SNP
 * @sev: the SEV part, locked; the legacy platform is not initialised
 * @error: the firmware's status, or SEV_RET_NO_FW_CALL
 *
 * After a failure it is not tried again before snp_shutdown_locked().
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if there can't be any, or it has failed before; else why it failed
 * now, see also sev_call_locked()
 */
int snp_init_locked(struct sev_device *sev, u32 *error)
{
	u32 ignored;
	int ret;

	*error = SEV_RET_NO_FW_CALL;
	if (!sev->snp.rmp || sev->snp.failed)
		return -ENODEV;
	if (sev->snp.up)
		return 0;

	ret = sev_platform_learn_locked(sev, error);
	if (ret)
		return ret;

	*error = SEV_RET_NO_FW_CALL;
	ret = snp_check(sev) ?: snp_bring_up(sev, error);
	if (ret) {
		sev->snp.failed = true;
		return ret;
	}

	sev->snp.es_told = false;
	if (!snp_status_locked(sev, &ignored))
		snp_tell_es(sev);
	dev_info(sev->dev, "SEV-SNP API:%d.%d build:%d\n", sev->version.major, sev->version.minor,
		 sev->version.build);
	return 0;
}
