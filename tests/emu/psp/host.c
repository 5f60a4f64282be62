// SPDX-License-Identifier: GPL-2.0-only
/* The firmware model asks, and guest memory, shared state and log answer. */
#include <errno.h>

#include "device.h"
#include "host.h"
#include "log.h"
#include "machine/caches.h"
#include "machine/pages.h"

static int host_mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	struct psp *psp = ctx;

	return dma_read(psp->dma, pa, buf, len);
}

static int host_mem_write(void *ctx, uint64_t pa, const void *buf, size_t len)
{
	struct psp *psp = ctx;

	return dma_write(psp->dma, pa, buf, len);
}

static void host_log(void *ctx, int level, const char *text)
{
	(void)ctx;
	switch (level) {
	case FW_LOG_ERROR:
		log_error("firmware: %s", text);
		break;
	case FW_LOG_REFUSED:
		log_warn("firmware: %s", text);
		break;
	case FW_LOG_INFO:
		log_info("firmware: %s", text);
		break;
	default:
		log_trace("firmware: %s", text);
		break;
	}
}

static int host_msr_read(void *ctx, unsigned int cpu, uint32_t msr, uint64_t *value)
{
	struct psp *psp = ctx;

	return machine_msr_read(psp->host.machine, cpu, msr, value);
}

static int host_msr_write(void *ctx, unsigned int cpu, uint32_t msr, uint64_t value)
{
	struct machine *machine = ((struct psp *)ctx)->host.machine;
	int ret = machine_msr_write(machine, cpu, msr, value);

	if (ret || msr != MSR_SYSCFG)
		return ret;
	/* With SNP off the table counts no more. */
	machine_lock(machine);
	machine_note_all(machine);
	machine_unlock(machine);
	return 0;
}

static void find_rmp(struct psp *psp, struct rmp *rmp)
{
	const struct rmp_memory mem = { host_mem_read, host_mem_write, psp };

	rmp_of_machine(rmp, psp->host.machine, 0, &mem);
}

static int host_rmp_read(void *ctx, uint64_t pa, struct fw_rmp_entry *entry)
{
	struct psp *psp = ctx;
	struct rmp rmp;
	int ret;

	find_rmp(psp, &rmp);
	machine_lock(psp->host.machine);
	ret = rmp_get(&rmp, pa, entry);
	machine_unlock(psp->host.machine);
	return ret;
}

static int host_rmp_write(void *ctx, uint64_t pa, const struct fw_rmp_entry *entry)
{
	struct psp *psp = ctx;
	struct machine *machine = psp->host.machine;
	struct fw_rmp_entry before;
	struct rmp rmp;
	int ret;

	find_rmp(psp, &rmp);
	machine_lock(machine);
	ret = rmp_get(&rmp, pa, &before);
	if (!ret)
		ret = rmp_put(&rmp, pa, entry);
	if (!ret) {
		uint64_t len = before.huge || entry->huge ? RMP_LARGE : MACHINE_PAGE;

		machine_note_pages(machine, &rmp, pa & -len, len, MACHINE_BY_FIRMWARE,
				   psp->host.command);
	}
	machine_unlock(machine);
	if (ret == -EINVAL)
		log_error("RMP entry of %#llx: 2 MiB and 4 KiB don't mix", (unsigned long long)pa);
	return ret;
}

static int host_iommu_range(void *ctx, unsigned int index, uint64_t *pa, uint64_t *len)
{
	struct psp *psp = ctx;
	struct machine_range range;
	int ret = machine_get_range(psp->host.machine, index, &range);

	if (!ret) {
		*pa = range.pa;
		*len = range.len;
	}
	return ret;
}

static void host_keeps(void *ctx, uint64_t pa, uint64_t len, bool tmr, bool now)
{
	struct machine *machine = ((struct psp *)ctx)->host.machine;

	machine_lock(machine);
	if (now)
		machine_undirty(machine, pa, len);
	else
		machine_dirty(machine, pa, len, tmr ? MACHINE_WROTE_TMR : MACHINE_WROTE_NV);
	machine_unlock(machine);
}

/**
 * host_ops() - operations for the firmware model; their context is the struct psp
 * @host: the machine's CPUs
 *
 * Return: the operations, fewer when nothing is known of the CPUs.
 */
const struct fw_host_ops *host_ops(const struct host *host)
{
	static const struct fw_host_ops alone = {
		.mem_read = host_mem_read, .mem_write = host_mem_write, .log = host_log,
	};
	static const struct fw_host_ops with_cpus = {
		.mem_read = host_mem_read, .mem_write = host_mem_write, .log = host_log,
		.msr_read = host_msr_read, .msr_write = host_msr_write,
		.rmp_read = host_rmp_read, .rmp_write = host_rmp_write,
		.iommu_range = host_iommu_range, .keeps = host_keeps,
	};
	static const struct fw_host_ops with_caches = {
		.mem_read = host_mem_read, .mem_write = host_mem_write, .log = host_log,
		.keeps = host_keeps,
	};

	if (!host->machine)
		return &alone;
	return host->caches_only ? &with_caches : &with_cpus;
}

/**
 * host_begin() - a command begins
 * @psp: device
 * @command: id of the command
 *
 * The firmware learns which CPUs wrote back their caches: they do so before they give the command
 * that relies on it. One that is off has nothing in them.
 */
void host_begin(struct psp *psp, uint32_t command)
{
	struct host *host = &psp->host;

	if (!host->machine)
		return;
	host->command = command;
	for (unsigned int cpu = 0; cpu < MACHINE_MAX_CPUS; cpu++) {
		unsigned int n = machine_wbinvds(host->machine, cpu);

		if (n == host->wbinvds[cpu] && !machine_cpu_is_off(host->machine, cpu))
			continue;
		host->wbinvds[cpu] = n;
		if (cpu < psp->cfg.fw.cores)
			fw_note_wbinvd(psp->fw, cpu);
	}
}

/**
 * host_end() - a command is at its end, but nobody knows yet
 * @psp: device
 *
 * From now on the CPUs stop whoever writes to a page that the command has taken.
 */
void host_end(struct psp *psp)
{
	if (psp->host.machine)
		machine_settle(psp->host.machine);
}
