// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which provider is used, and the one on the running kernel's own RMP support.
 */
#include <linux/cpufeature.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <compat/rmp.h>

#include "msr.h"
#include "rmp.h"

enum snp_mode {
	SNP_AUTO,
	SNP_OFF,
	SNP_BRINGUP,
	SNP_FORCE,
};

static const char * const snp_mode_names[] = {
	[SNP_AUTO] = "auto",
	[SNP_OFF] = "off",
	[SNP_BRINGUP] = "bringup",
	[SNP_FORCE] = "force",
};

static int snp_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(snp_mode_names, val);

	if (mode < 0) {
		pr_err("ccp: snp=%s is not known; use snp=auto, snp=off, snp=bringup or snp=force\n",
		       val);
		return mode;
	}
	*(int *)kp->arg = mode;
	return 0;
}

static int snp_mode_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%s\n", snp_mode_names[*(int *)kp->arg]);
}

static const struct kernel_param_ops snp_mode_ops = {
	.set = snp_mode_set,
	.get = snp_mode_get,
};

static int snp_mode = SNP_AUTO;
module_param_cb(snp, &snp_mode_ops, &snp_mode, 0444);
MODULE_PARM_DESC(snp,
		 " SEV-SNP: auto (default) where the kernel supports it; off; bringup: on kernels without support for SNP hosts this driver sets up the table itself, for firmware work only; force: as auto, and the firmware is asked even if it is certain to refuse");

/**
 * rmp_cpu_has_snp() - is SEV-SNP there at all?
 *
 * Return: true if the processor has it, whatever BIOS and kernel made of it; false in
 * a virtual machine, which can be a guest but not a host
 */
bool rmp_cpu_has_snp(void)
{
	return !boot_cpu_has(X86_FEATURE_HYPERVISOR) &&
	       rmp_cpuid(RMP_CPUID_SEV).eax & RMP_CPUID_SEV_SNP;
}

/**
 * rmp_enabled_here() - does this CPU check the owners of pages?
 *
 * Return: true if SNP is on
 */
bool rmp_enabled_here(void)
{
	u64 syscfg;

	return !rmp_msr_read(RMP_MSR_SYSCFG, &syscfg) && syscfg & RMP_SYSCFG_SNP_EN;
}

static void save_area_release(void *data)
{
	atomic_t *in_use = data;
	u64 efer, hsave;

	if (rmp_msr_read(RMP_MSR_VM_HSAVE_PA, &hsave) || !hsave)
		return;
	if (!rmp_msr_read(RMP_MSR_EFER, &efer) && efer & RMP_EFER_SVME)
		atomic_inc(in_use);
	else
		rmp_msr_write(RMP_MSR_VM_HSAVE_PA, 0);
}

/**
 * rmp_release_save_areas() - take host save areas that nobody uses off the CPUs
 * @dev: for the log line
 *
 * The firmware insists on it.  A kernel before a kexec, or a KVM before it was
 * unloaded, may have left some.
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY where KVM uses its own
 */
int rmp_release_save_areas(struct device *dev)
{
	atomic_t in_use = ATOMIC_INIT(0);

	on_each_cpu(save_area_release, &in_use, 1);
	if (!atomic_read(&in_use))
		return 0;
	dev_err(dev,
		"SEV-SNP: KVM already uses the processors (CPUs: %d), and the firmware wants VM_HSAVE_PA (MSR %#x) to be 0: unload kvm_amd first\n",
		atomic_read(&in_use), RMP_MSR_VM_HSAVE_PA);
	return -EBUSY;
}

static void save_area_park(void *data)
{
	u64 *areas = data;
	u64 *mine = &areas[smp_processor_id()];

	if (!rmp_msr_read(RMP_MSR_VM_HSAVE_PA, mine) && *mine)
		rmp_msr_write(RMP_MSR_VM_HSAVE_PA, 0);
}

static void save_area_unpark(void *data)
{
	const u64 *areas = data;
	u64 mine = areas[smp_processor_id()];

	if (mine)
		rmp_msr_write(RMP_MSR_VM_HSAVE_PA, mine);
}

/**
 * rmp_park_save_areas() - take the host save areas off the CPUs, also those that KVM uses
 *
 * Only while nothing can enter a guest: all processes are frozen.
 *
 * Context: may sleep; no CPU may come or go before rmp_unpark_save_areas().
 * Return: what that one wants, or NULL when memory is short
 */
u64 *rmp_park_save_areas(void)
{
	u64 *areas = kvcalloc(nr_cpu_ids, sizeof(*areas), GFP_KERNEL);

	if (areas)
		on_each_cpu(save_area_park, areas, 1);
	return areas;
}

/**
 * rmp_unpark_save_areas() - give the CPUs their host save areas back
 * @areas: from rmp_park_save_areas()
 *
 * Context: may sleep.
 */
void rmp_unpark_save_areas(u64 *areas)
{
	on_each_cpu(save_area_unpark, areas, 1);
	kvfree(areas);
}

static int kernel_probe(struct device *dev)
{
	return compat_rmp_usable() ? 0 : -ENODEV;
}

static int kernel_prepare(struct device *dev)
{
	int ret = rmp_release_save_areas(dev);

	if (ret)
		return ret;
	ret = compat_snp_prepare();
	if (ret)
		dev_err(dev, "SEV-SNP: the kernel can't turn SNP on in all CPUs (%d)%s\n", ret,
			ret == -EOPNOTSUPP ? ": bring all CPUs online first" : "");
	return ret;
}

static void kernel_shutdown(struct device *dev, bool panic)
{
	int ret;

	if (!rmp_enabled_here()) {
		/* This waits for the other CPUs, which have stopped. */
		if (!panic)
			compat_snp_shutdown();
		return;
	}

	ret = compat_iommu_snp_disable();
	if (ret)
		dev_err(dev,
			"SEV-SNP: the kernel could not take back the memory of the IOMMUs (%d); unless firmware before API 1.53 has given it back itself, a kernel started by kexec may crash\n",
			ret);
}

/* All that was turned on is the kernel's, which looks after it. */
static void kernel_abandon(struct device *dev)
{
}

static int kernel_make_firmware(u64 pa, unsigned int npages, unsigned int *done)
{
	int ret = 0;

	for (*done = 0; *done < npages && !ret; *done += !ret)
		ret = compat_rmp_make_firmware(PHYS_PFN(pa) + *done);
	return ret;
}

static int kernel_make_shared(u64 pa, unsigned int npages)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < npages && !ret; i++)
		ret = compat_rmp_make_shared(PHYS_PFN(pa) + i);
	return ret;
}

/* The kernel reads the entries to print them, and without SNP there is no RMPREAD. */
static void kernel_leak(u64 pa, unsigned int npages)
{
	if (rmp_enabled_here())
		compat_rmp_leak(PHYS_PFN(pa), npages);
	else
		pr_warn("SEV-SNP: Leaking PFN range 0x%llx-0x%llx\n", pa >> PAGE_SHIFT,
			(pa >> PAGE_SHIFT) + npages);
}

static int kernel_alloc(struct rmp_memory *mem, unsigned int npages, gfp_t gfp)
{
	struct page *pages;

	if (!npages)
		return -EINVAL;
	pages = alloc_pages(gfp | __GFP_ZERO | __GFP_NOWARN,
			    get_order((size_t)npages << PAGE_SHIFT));
	if (!pages)
		return -ENOMEM;
	mem->va = page_address(pages);
	mem->pa = page_to_phys(pages);
	mem->npages = npages;
	return 0;
}

static bool kernel_lacks_some(const struct rmp_memory *mem)
{
	unsigned int i;

	for (i = 0; i < mem->npages; i++)
		if (compat_rmp_assigned(PHYS_PFN(mem->pa) + i))
			return true;
	return false;
}

static void kernel_free(struct rmp_memory *mem)
{
	if (!mem->va)
		return;

	/*
	 * The next owner would crash on the first write.  Without SNP nothing is checked,
	 * and the instruction that reads an entry is undefined.
	 */
	if (rmp_enabled_here() && WARN_ON_ONCE(kernel_lacks_some(mem)))
		kernel_leak(mem->pa, mem->npages);
	else
		free_pages((unsigned long)mem->va,
			   get_order((size_t)mem->npages << PAGE_SHIFT));
	*mem = (struct rmp_memory) { };
}

static const struct rmp_ops rmp_kernel_ops = {
	.name = "kernel",
	.probe = kernel_probe,
	.prepare = kernel_prepare,
	.shutdown = kernel_shutdown,
	.ready = compat_snp_optimise,
	.abandon = kernel_abandon,
	.make_firmware = kernel_make_firmware,
	.make_shared = kernel_make_shared,
	.leak = kernel_leak,
	.alloc = kernel_alloc,
	.free = kernel_free,
};

/**
 * rmp_can_restart() - can SNP be turned on again after it was taken off the CPUs?
 * @ops: the provider
 *
 * Where it can't, SNP_SHUTDOWN_EX must leave the CPUs alone (x86_snp_shutdown = 0).
 *
 * Return: true if &rmp_ops.prepare works after &rmp_ops.shutdown in any case
 */
bool rmp_can_restart(const struct rmp_ops *ops)
{
	return ops != &rmp_kernel_ops || compat_snp_can_restart();
}

/**
 * rmp_refused() - does the user, or the kernel, rule SNP out?
 *
 * Return: why, to be put after a colon, or NULL if not
 */
const char *rmp_refused(void)
{
	if (snp_mode == SNP_OFF)
		return "the module parameter snp=off was given";
	if (compat_rmp_is_taken())
		return "this kernel has SNP host support of a kind that this driver doesn't know";
	if (!compat_rmp_in_kernel() && snp_mode != SNP_BRINGUP)
		return "this kernel, older than 6.9, has no SNP host support (see snp=bringup)";
	return NULL;
}

/**
 * rmp_forced() - does the user want the firmware asked whatever the machine looks like?
 *
 * Return: true with snp=force
 */
bool rmp_forced(void)
{
	return snp_mode == SNP_FORCE;
}

/**
 * rmp_select() - who sets up and changes the RMP on this machine
 * @dev: for log lines
 *
 * Follows the parameter snp=.  Has no side effects but log lines.  Where the machine
 * or the kernel is not fit for it sev_preflight_check() knows the reason.
 *
 * Context: may sleep.
 * Return: a provider that can do it, or NULL
 */
const struct rmp_ops *rmp_select(struct device *dev)
{
	const struct rmp_ops *ops = compat_rmp_in_kernel() ? &rmp_kernel_ops : &rmp_own_ops;

	if (rmp_refused() || !rmp_cpu_has_snp())
		return NULL;
	if (snp_mode == SNP_BRINGUP && ops == &rmp_kernel_ops)
		dev_notice(dev,
			   "SEV-SNP: this kernel has its own support for SNP hosts, so snp=bringup is not needed\n");
	return ops->probe(dev) ? NULL : ops;
}
