// SPDX-License-Identifier: GPL-2.0-only
/*
 * This module turns SNP on and off on all CPUs, with an empty reverse map table.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/smp.h>

#include "clear.h"
#include "msr.h"
#include "own.h"
#include "rmp.h"

#define SYSCFG_OF_SNP	(RMP_SYSCFG_MFDM | RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN)

/* The lines of a kernel that does this itself; guides tell people to look for them. */
static void announce(const struct rmp_table *table)
{
	unsigned int i;

	if (!table->segmented) {
		pr_info("SEV-SNP: RMP table physical range [0x%016llx - 0x%016llx]\n",
			table->base, table->base + table->size - 1);
		return;
	}
	pr_info("SEV-SNP: Segmented RMP base table physical range [0x%016llx - 0x%016llx]\n",
		table->base, table->base + table->size - 1);
	pr_info("SEV-SNP: Segmented RMP using %lluGB segments\n",
		BIT_ULL(table->shift) / SZ_1G);
	for (i = 0; i < table->count; i++)
		if (table->segment[i].covered)
			pr_info("SEV-SNP: RMP segment %u physical address [0x%llx - 0x%llx] covering [0x%llx - 0x%llx]\n",
				i, table->segment[i].pa,
				table->segment[i].pa + table->segment[i].covered / SZ_4K *
				RMP_ENTRY_SIZE - 1,
				(u64)i << table->shift,
				((u64)i << table->shift) + table->segment[i].covered - 1);
}

static void clear_memory(void *va, size_t size)
{
	memset(va, 0, size);
}

static int syscfg_change(u64 set, u64 clear)
{
	u64 old, new;

	if (rmp_msr_read(RMP_MSR_SYSCFG, &old))
		return -EIO;
	new = (old | set) & ~clear;
	if (new != old && rmp_msr_write(RMP_MSR_SYSCFG, new))
		return -EIO;
	/* Some bits are locked where the BIOS does not want them changed. */
	return rmp_msr_read(RMP_MSR_SYSCFG, &old) || old != new ? -EIO : 0;
}

struct syscfg_bits {
	u64 set;
	u64 clear;
	atomic_t failed;
};

static void syscfg_on_this_cpu(void *data)
{
	struct syscfg_bits *bits = data;

	if (syscfg_change(bits->set, bits->clear))
		atomic_inc(&bits->failed);
}

static int syscfg_everywhere(struct device *dev, u64 set, u64 clear)
{
	struct syscfg_bits bits = { .set = set, .clear = clear };

	on_each_cpu(syscfg_on_this_cpu, &bits, 1);
	if (!atomic_read(&bits.failed))
		return 0;
	dev_err(dev,
		"SEV-SNP: not all CPUs accept the bits %#llx in SYSCFG (MSR %#x): look for SEV-SNP in the BIOS set-up\n",
		set | clear, RMP_MSR_SYSCFG);
	return -EIO;
}

/*
 * A CPU without SNP would write to memory that is not the hypervisor's any more.  And
 * while it starts, kernels that don't know SNP find MtrrFixDramModEn set on another CPU
 * and take it for a mistake of the BIOS.
 */
static int cpu_comes(unsigned int cpu)
{
	struct syscfg_bits bits = { .set = RMP_SYSCFG_MFDM };
	int ret = syscfg_change(SYSCFG_OF_SNP, 0);

	if (!ret) {
		on_each_cpu(syscfg_on_this_cpu, &bits, 1);
		ret = atomic_read(&bits.failed) ? -EIO : 0;
	}
	if (ret)
		pr_err("SEV-SNP: CPU %u stays offline: SNP can't be turned on there\n", cpu);
	return ret;
}

static int enable_everywhere(struct device *dev, const struct rmp_table *table)
{
	int ret;

	if (num_online_cpus() != num_present_cpus()) {
		dev_err(dev,
			"SEV-SNP: SNP init failed: not all CPUs online. %u of %u are; see /sys/devices/system/cpu/offline\n",
			num_online_cpus(), num_present_cpus());
		return -EOPNOTSUPP;
	}
	ret = rmp_release_save_areas(dev);
	if (ret)
		return ret;
	announce(table);

	/* After a kexec: the table is the processors' already and can't be written to. */
	if (rmp_enabled_here()) {
		dev_info(dev, "SEV-SNP: the processors have it on already, from an earlier kernel\n");
		return syscfg_everywhere(dev, SYSCFG_OF_SNP, 0);
	}

	ret = rmp_clear_table(table, clear_memory);
	if (ret)
		return ret;
	wbinvd_on_all_cpus();
	ret = syscfg_everywhere(dev, RMP_SYSCFG_MFDM, 0);
	if (!ret)
		ret = syscfg_everywhere(dev, RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN, 0);
	if (ret)
		syscfg_everywhere(dev, 0, RMP_SYSCFG_MFDM);
	return ret;
}

/**
 * rmp_cpus_enable_snp() - empty the table and turn SNP on, also on CPUs that come later
 * @dev: for log lines
 * @table: the table
 *
 * Where SNP is on already the table is left as it is.
 *
 * Context: may sleep; takes cpus_read_lock().
 * Return: what rmp_cpus_disable_snp() wants, or a negative errno; then nothing is changed
 * but what can't be undone before a reset
 */
int rmp_cpus_enable_snp(struct device *dev, const struct rmp_table *table)
{
	int ret;

	cpus_read_lock();
	ret = enable_everywhere(dev, table);
	if (!ret) {
		ret = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_AP_ONLINE_DYN,
							   "amd-sev/rmp:online", cpu_comes,
							   NULL);
		if (ret < 0)
			syscfg_everywhere(dev, 0, RMP_SYSCFG_MFDM);
	}
	cpus_read_unlock();
	return ret;
}

/**
 * rmp_cpus_abandon() - leave SNP on, but don't look after CPUs that come online any more
 * @hotplug: from rmp_cpus_enable_snp()
 *
 * A CPU that was off and comes back has kept its registers, and with them SNP.
 *
 * Context: may sleep; takes cpus_read_lock().
 */
void rmp_cpus_abandon(int hotplug)
{
	cpuhp_remove_state_nocalls(hotplug);
}

/**
 * rmp_cpus_prepare_kdump() - make this CPU ready for a crash kernel
 *
 * The firmware has shut SNP down.  If it could turn SNP off on the CPUs the table means
 * nothing any more.  Otherwise it goes on being checked until the next reset, and pages
 * that the firmware had must not be written to: its own, and those of the IOMMUs, which it
 * has released but only RMPUPDATE would make ordinary ones.  That takes going over the
 * whole table, minutes of one CPU on a large machine, and isn't needed: a crash kernel
 * lives in memory that was set aside when the machine was booted, of which no page was ever
 * given away, only reads what else there is, which is not checked, and gives the IOMMUs
 * buffers of its own.
 *
 * So what is left is MtrrFixDramModEn, which a kernel that starts takes for a mistake of
 * the BIOS.  The crash kernel starts on this CPU; the others can't be reached.
 *
 * Context: any; nothing is waited for.
 */
void rmp_cpus_prepare_kdump(void)
{
	syscfg_change(0, RMP_SYSCFG_MFDM);
}

/**
 * rmp_cpus_disable_snp() - the reverse, as far as it goes
 * @dev: for log lines
 * @table: the table
 * @hotplug: from rmp_cpus_enable_snp()
 *
 * Only the firmware can turn SNP itself off.  If it has not, the table stays.
 *
 * Context: may sleep; takes cpus_read_lock().
 */
void rmp_cpus_disable_snp(struct device *dev, const struct rmp_table *table, int hotplug)
{
	cpus_read_lock();
	cpuhp_remove_state_nocalls_cpuslocked(hotplug);
	if (!rmp_enabled_here()) {
		if (rmp_clear_table(table, clear_memory))
			dev_warn(dev, "SEV-SNP: the RMP table could not be cleared\n");
		wbinvd_on_all_cpus();
		syscfg_everywhere(dev, 0, RMP_SYSCFG_MFDM);
	}
	cpus_read_unlock();
}
