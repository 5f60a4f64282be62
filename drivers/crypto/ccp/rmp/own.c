// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reverse map table on kernels that don't know it (snp=bringup): this module clears
 * it, turns SNP on everywhere and changes its entries.
 *
 * Such a kernel has no handler for faults that the table causes.  So nothing is begun
 * before all preconditions are checked, and the firmware gets memory from rmp_pool
 * only, where no such fault can happen.
 */
#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/smp.h>

#include <compat/iommu.h>

#include "insn.h"
#include "machine.h"
#include "msr.h"
#include "pool.h"
#include "rmp.h"
#include "sweep.h"

/* Entries of the same 2 MiB are locked for some microseconds at most. */
#define OVERLAP_RETRIES		1000

#define SYSCFG_OF_SNP	(RMP_SYSCFG_MFDM | RMP_SYSCFG_SNP_EN | RMP_SYSCFG_VMPL_EN)

/**
 * struct own_rmp - the table of this machine; there is but one
 * @lock: serialises turning on and off, protects all below
 * @table: where it is, NULL while SNP is off
 * @map: entries of each segment; not on processors that have RMPREAD
 * @hotplug: state that CPUs pass when they come online, 0 if there is none
 * @pool: memory for the firmware
 */
static struct own_rmp {
	struct mutex lock;	/* see above */
	struct rmp_table *table;
	void **map;
	int hotplug;
	struct rmp_pool pool;
} own = {
	.lock = __MUTEX_INITIALIZER(own.lock),
	.pool.lock = __MUTEX_INITIALIZER(own.pool.lock),
	.pool.chunks = LIST_HEAD_INIT(own.pool.chunks),
};

static int refuse_table(struct device *dev, const struct rmp_table *table)
{
	struct rmp_surroundings around;

	rmp_machine_surroundings(table, &around);
	if (around.gap.end) {
		dev_err(dev,
			"SEV-SNP: Memory reserved for the RMP table does not cover full system RAM (expected 0x%llx got 0x%llx), the highest left out is 0x%llx-0x%llx: raise \"SNP Memory (RMP Table) Coverage\" in the BIOS set-up\n",
			rmp_table_needed(around.ram_end),
			table->segmented ? rmp_table_covered(table) / SZ_4K * RMP_ENTRY_SIZE :
					   table->size,
			around.gap.start, around.gap.end - 1);
		return -ENOSPC;
	}
	if (around.neighbour.end) {
		dev_err(dev,
			"SEV-SNP: off: the kernel uses memory in the same 2 MiB as the RMP table (0x%llx-0x%llx): boot with memmap=%lluK$0x%llx\n",
			around.neighbour.start, around.neighbour.end - 1,
			(around.neighbour.end - around.neighbour.start) / SZ_1K,
			around.neighbour.start);
		return -EADDRINUSE;
	}
	return 0;
}

static int refuse_iommu(struct device *dev)
{
	struct rmp_iommus *iommus __free(kfree) = kzalloc(sizeof(*iommus), GFP_KERNEL);
	struct pci_dev *pdev = NULL;
	unsigned int i;

	if (!iommus)
		return -ENOMEM;
	rmp_machine_iommus(iommus);
	if (!iommus->count || !compat_iommu_in_use()) {
		dev_err(dev,
			"SEV-SNP: off: there is no IOMMU, or the kernel doesn't use it: look for IOMMU in the BIOS set-up and for amd_iommu=off on the kernel's command line\n");
		return -ENODEV;
	}
	for (i = 0; i < iommus->count; i++) {
		const struct rmp_iommu *iommu = &iommus->iommu[i];

		if (!iommu->efr_known || iommu->efr & RMP_IOMMU_EFR_SNP)
			continue;
		dev_err(dev,
			"SEV-SNP: off: the IOMMU at 0x%llx does not support SNP (EFR 0x%llx, bit 63 is clear): look for \"SEV-SNP Support\" under NBIO in the BIOS set-up\n",
			iommu->base, iommu->efr);
		return -EOPNOTSUPP;
	}

	/* With SNP on, an IOMMU can't let a device through untranslated. */
	for_each_pci_dev(pdev) {
		struct iommu_domain *domain = iommu_get_domain_for_dev(&pdev->dev);

		if (!domain || domain->type != IOMMU_DOMAIN_IDENTITY)
			continue;
		dev_err(dev,
			"SEV-SNP: off: the IOMMU is in passthrough mode for %s: remove iommu=pt from the kernel's command line\n",
			pci_name(pdev));
		pci_dev_put(pdev);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* The table of this machine, or ERR_PTR() after a line that says what is wrong. */
static struct rmp_table *find_table(struct device *dev)
{
	struct rmp_table *table __free(kfree) = kzalloc(sizeof(*table), GFP_KERNEL);
	const char *fault;
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	fault = rmp_machine_table(table);
	if (fault && !table->base) {
		dev_err(dev,
			"SEV-SNP: Memory for the RMP table has not been reserved by BIOS: look for \"SNP Memory (RMP Table) Coverage\" in its set-up\n");
		return ERR_PTR(-ENODEV);
	}
	if (fault) {
		dev_err(dev, "SEV-SNP: off: %s (at 0x%llx)\n", fault, table->base);
		return ERR_PTR(-EINVAL);
	}
	ret = refuse_table(dev, table);
	if (!ret)
		ret = refuse_iommu(dev);
	return ret ? ERR_PTR(ret) : no_free_ptr(table);
}

static int own_probe(struct device *dev)
{
	struct rmp_table *table __free(kfree) = find_table(dev);

	return PTR_ERR_OR_ZERO(table);
}

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

static void clear_slice(void *va, size_t size)
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
		"SEV-SNP: %d CPUs do not accept the bits %#llx in SYSCFG (MSR %#x): look for SEV-SNP in the BIOS set-up\n",
		atomic_read(&bits.failed), set | clear, RMP_MSR_SYSCFG);
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

/* Caller holds cpus_read_lock(). */
static int turn_on(struct device *dev, const struct rmp_table *table)
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
		dev_info(dev, "SEV-SNP: on since an earlier kernel\n");
		return syscfg_everywhere(dev, SYSCFG_OF_SNP, 0);
	}

	ret = rmp_sweep(table, clear_slice);
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

static bool has_rmpread(void)
{
	return rmp_cpuid(RMP_CPUID_SEV).eax & RMP_CPUID_SEV_RMPREAD;
}

static void unmap_entries(void **map, unsigned int count)
{
	unsigned int i;

	for (i = 0; map && i < count; i++)
		if (map[i])
			memunmap(map[i]);
	kfree(map);
}

static void **map_entries(const struct rmp_table *table)
{
	void **map = kcalloc(table->count, sizeof(*map), GFP_KERNEL);
	unsigned int i;

	for (i = 0; map && i < table->count; i++) {
		const struct rmp_segment *segment = &table->segment[i];

		if (!segment->covered)
			continue;
		map[i] = memremap(segment->pa, segment->covered / SZ_4K * RMP_ENTRY_SIZE,
				  MEMREMAP_WB);
		if (!map[i]) {
			unmap_entries(map, i);
			return NULL;
		}
	}
	return map;
}

static int own_prepare(struct device *dev)
{
	struct rmp_table *table __free(kfree) = NULL;
	void **map = NULL;
	int ret;

	guard(mutex)(&own.lock);
	if (own.table)
		return 0;
	table = find_table(dev);
	if (IS_ERR(table))
		return PTR_ERR(table);
	if (!has_rmpread()) {
		map = map_entries(table);
		if (!map)
			return -ENOMEM;
	}

	dev_warn(dev,
		 "SEV-SNP: bringup: this kernel does not know what SNP is; for firmware work only\n");
	cpus_read_lock();
	ret = turn_on(dev, table);
	if (!ret) {
		ret = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_AP_ONLINE_DYN,
							   "amd-sev/rmp:online", cpu_comes,
							   NULL);
		if (ret < 0)
			syscfg_everywhere(dev, 0, RMP_SYSCFG_MFDM);
	}
	cpus_read_unlock();
	if (ret < 0) {
		unmap_entries(map, table->count);
		return ret;
	}

	own.hotplug = ret;
	own.map = map;
	own.table = no_free_ptr(table);
	rmp_pool_keep(&own.pool, true);
	return 0;
}

static int read_entry(u64 pa, struct rmp_entry *entry)
{
	u8 answer[RMP_ENTRY_SIZE] __aligned(RMP_ENTRY_SIZE);
	u64 offset;

	if (!own.table || !rmp_table_entry(own.table, pa))
		return -ENXIO;
	if (!own.map) {
		if (rmpread(pa, answer))
			return -EIO;
		rmp_entry_from_rmpread(entry, answer);
		return 0;
	}
	/* The second half of an entry is the processor's own. */
	offset = rmp_table_entry(own.table, pa) -
		 own.table->segment[pa >> own.table->shift].pa;
	rmp_entry_from_table(entry, READ_ONCE(*(u64 *)(own.map[pa >> own.table->shift] + offset)));
	return 0;
}

static int change_entry(u64 pa, const struct rmp_state *state)
{
	struct rmp_entry entry = { };
	unsigned int tries = 0;
	int code;

	do {
		code = rmpupdate(pa, state);
		if (code == RMPUPDATE_OVERLAP)
			udelay(1);
	} while (code == RMPUPDATE_OVERLAP && ++tries < OVERLAP_RETRIES);
	if (!code)
		return 0;

	pr_err_ratelimited("SEV-SNP: RMPUPDATE failed for PFN %llx, pg_level: %d, ret: %d\n",
			   pa >> PAGE_SHIFT, 1, code);
	if (!read_entry(pa, &entry))
		pr_err_ratelimited("SEV-SNP: PFN 0x%llx: %s, %s, ASID %u, GPA 0x%llx%s%s%s\n",
				   pa >> PAGE_SHIFT, entry.assigned ? "assigned" : "hypervisor",
				   entry.huge ? "2 MiB" : "4 KiB", entry.asid, entry.gpa,
				   entry.immutable ? ", immutable" : "",
				   entry.validated ? ", validated" : "",
				   entry.vmsa ? ", VMSA" : "");
	return code == RMPUPDATE_OVERLAP ? -EBUSY : -EFAULT;
}

static int own_make_firmware(u64 pa, unsigned int npages, unsigned int *done)
{
	const struct rmp_state firmware = { .assigned = 1, .immutable = 1 };
	int ret = 0;

	*done = 0;
	if (!rmp_pool_owns(&own.pool, pa, npages)) {
		pr_err_ratelimited("SEV-SNP: page 0x%llx can't be given to the firmware: with snp=bringup only memory of this driver can, because the kernel maps the rest with large pages\n",
				   pa);
		return -EOPNOTSUPP;
	}
	for (; *done < npages && !ret; *done += !ret)
		ret = change_entry(pa + (u64)*done * PAGE_SIZE, &firmware);
	return ret;
}

static int own_make_shared(u64 pa, unsigned int npages)
{
	const struct rmp_state shared = { };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < npages && !ret; i++)
		ret = change_entry(pa + (u64)i * PAGE_SIZE, &shared);
	return ret;
}

static void own_leak(u64 pa, unsigned int npages)
{
	pr_warn("SEV-SNP: Leaking PFN range 0x%llx-0x%llx\n", pa >> PAGE_SHIFT,
		(pa >> PAGE_SHIFT) + npages);
	rmp_pool_leak(&own.pool, pa, npages);
}

static int own_alloc(struct rmp_memory *mem, unsigned int npages)
{
	return rmp_pool_alloc(&own.pool, mem, npages);
}

static void own_free(struct rmp_memory *mem)
{
	struct rmp_entry entry;
	unsigned int i;

	if (!mem->va)
		return;
	for (i = 0; i < mem->npages; i++) {
		u64 pa = mem->pa + (u64)i * PAGE_SIZE;

		if (rmp_enabled_here() && rmp_pool_owns(&own.pool, pa, 1) &&
		    !read_entry(pa, &entry) && WARN_ON_ONCE(entry.assigned))
			own_leak(pa, 1);
	}
	rmp_pool_free(&own.pool, mem);
}

/*
 * The firmware has released what it kept for the IOMMUs, but where that is only it and
 * the IOMMU driver know.  Released pages are those that nobody guards any more.
 */
static void take_released_back(struct device *dev)
{
	unsigned long count = 0;
	struct rmp_entry entry;
	unsigned int i;
	u64 pa;

	for (i = 0; i < own.table->count; i++) {
		u64 start = (u64)i << own.table->shift;
		u64 end = start + own.table->segment[i].covered;

		for (pa = start; pa < end; pa += PAGE_SIZE) {
			if (!pfn_valid(PHYS_PFN(pa)) || read_entry(pa, &entry))
				continue;
			if (entry.assigned && !entry.immutable && !entry.asid &&
			    !own_make_shared(pa, 1))
				count++;
			if (!(pa & (SZ_1G - 1)))
				cond_resched();
		}
	}
	dev_info(dev, "SEV-SNP: %lu pages that the firmware has released are the kernel's again\n",
		 count);
}

static void own_shutdown(struct device *dev, bool panic)
{
	/* The next kernel has memory of its own. Nothing here can be done by one CPU. */
	if (panic)
		return;

	guard(mutex)(&own.lock);
	if (!own.table)
		return;
	rmp_pool_keep(&own.pool, false);
	cpus_read_lock();
	cpuhp_remove_state_nocalls_cpuslocked(own.hotplug);
	if (rmp_enabled_here()) {
		take_released_back(dev);
	} else {
		if (rmp_sweep(own.table, clear_slice))
			dev_warn(dev, "SEV-SNP: the RMP table is not cleared\n");
		wbinvd_on_all_cpus();
		syscfg_everywhere(dev, 0, RMP_SYSCFG_MFDM);
	}
	cpus_read_unlock();
	unmap_entries(own.map, own.table->count);
	own.map = NULL;
	kfree(own.table);
	own.table = NULL;
}

const struct rmp_ops rmp_own_ops = {
	.name = "bringup",
	.probe = own_probe,
	.prepare = own_prepare,
	.shutdown = own_shutdown,
	.make_firmware = own_make_firmware,
	.make_shared = own_make_shared,
	.leak = own_leak,
	.alloc = own_alloc,
	.free = own_free,
};
