// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that change hands between kernel and firmware once SNP is up.
 *
 * A page in firmware state is poison for the kernel: whoever writes to it crashes.
 * Only the firmware can let it go, and when it does not, the page is lost.  Lost pages
 * are counted in &sev_device.leaked_pages and never freed.
 */
#include <linux/gfp.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include <sev/snp-guest.h>

#include "sev.h"

static int memory_alloc(struct sev_device *sev, struct sev_memory *memory, size_t size, gfp_t gfp)
{
	unsigned int npages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct rmp_memory *mem = &memory->mem;

	*memory = (struct sev_memory){ .rmp = sev->snp.prepared ? sev->snp.rmp : NULL };
	if (memory->rmp)
		return memory->rmp->alloc(mem, npages, gfp);

	mem->va = (void *)__get_free_pages(gfp | __GFP_ZERO | __GFP_NOWARN, get_order(size));
	if (!mem->va)
		return -ENOMEM;
	mem->pa = __pa(mem->va);
	mem->npages = npages;
	return 0;
}

/**
 * sev_memory_alloc() - allocate memory that the firmware may get to own
 * @sev: the SEV part, locked
 * @memory: where to put it; nothing is in it yet
 * @size: bytes
 *
 * The memory is zeroed and aligned to its size rounded up to a power of two.  While SNP
 * is prepared it comes from the provider of the RMP table, which knows which pages can be
 * given away.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno
 */
int sev_memory_alloc(struct sev_device *sev, struct sev_memory *memory, size_t size)
{
	return memory_alloc(sev, memory, size, GFP_KERNEL);
}

static void memory_free(struct sev_memory *memory)
{
	if (memory->rmp)
		memory->rmp->free(&memory->mem);
	else
		free_pages((unsigned long)memory->mem.va,
			   get_order((size_t)memory->mem.npages << PAGE_SHIFT));
	*memory = (struct sev_memory){ };
}

/**
 * sev_memory_phys() - address of such memory as the PSP wants it
 * @memory: the memory
 *
 * Return: the physical address, with the C-bit set where the kernel encrypts its
 * own memory.
 */
u64 sev_memory_phys(const struct sev_memory *memory)
{
	return __sme_set(memory->mem.pa);
}

/**
 * snp_reclaim_locked() - take pages back from the firmware
 * @sev: the SEV part, locked
 * @pa: physical address of the first, without the C-bit
 * @npages: how many
 *
 * A page that is not immutable is no error, so it does not matter whether a command
 * has let it go already.
 *
 * Return: how many of them, from the first on, are ordinary memory again
 */
unsigned int snp_reclaim_locked(struct sev_device *sev, u64 pa, unsigned int npages)
{
	unsigned int n;
	u64 page = pa;
	u32 error;

	if (!sev->snp.up)
		return 0;

	for (n = 0; n < npages; n++, page += PAGE_SIZE) {
		int ret = sev->reclaim(sev, page, &error);

		if (ret) {
			dev_err_ratelimited(sev->dev,
					    "SEV-SNP: the firmware does not let go of page %#llx: rc %d, %s (%#x)\n",
					    page, ret, sev_status_find(error)->name, error);
			break;
		}
	}
	return n && sev->snp.rmp->make_shared(pa, n) ? 0 : n;
}

/**
 * sev_memory_lose() - the kernel does not get this memory back
 * @sev: the SEV part, locked
 * @memory: the memory, empty afterwards
 */
void sev_memory_lose(struct sev_device *sev, struct sev_memory *memory)
{
	sev->leaked_pages += memory->mem.npages;
	if (memory->rmp && memory->given)
		memory->rmp->leak(memory->mem.pa, memory->given);
	*memory = (struct sev_memory){ };
}

/**
 * sev_memory_take() - put memory back into the hands of the kernel
 * @sev: the SEV part, locked
 * @memory: the memory; if that fails it is lost, and this is empty
 *
 * Return: 0, also if the firmware did not have it; or -EFAULT
 */
int sev_memory_take(struct sev_device *sev, struct sev_memory *memory)
{
	unsigned int given = memory->given;
	unsigned int back;

	if (!given)
		return 0;

	/* With SNP off on the processors all memory is ordinary again. */
	if (!sev->snp.up && !rmp_enabled_here()) {
		memory->given = 0;
		return 0;
	}

	back = snp_reclaim_locked(sev, memory->mem.pa, given);
	if (back < given) {
		sev_memory_lose(sev, memory);
		return -EFAULT;
	}
	memory->given = 0;
	return 0;
}

/**
 * sev_memory_give() - put memory into firmware state
 * @sev: the SEV part, locked
 * @memory: the memory; if that fails it is as before, or lost and this is empty
 *
 * Does nothing while SNP is down: then the firmware may write everywhere.
 *
 * Return: 0 or a negative errno
 */
int sev_memory_give(struct sev_device *sev, struct sev_memory *memory)
{
	int ret;

	if (!memory->rmp || !sev->snp.up || memory->given)
		return 0;

	ret = memory->rmp->make_firmware(memory->mem.pa, memory->mem.npages, &memory->given);
	if (!ret)
		return 0;

	dev_err_ratelimited(sev->dev,
			    "SEV-SNP: page %#llx could not be given to the firmware (%d)\n",
			    memory->mem.pa + (u64)memory->given * PAGE_SIZE, ret);
	sev_memory_take(sev, memory);
	return ret;
}

/**
 * sev_memory_free() - give memory back to whoever it came from
 * @sev: the SEV part, locked
 * @memory: the memory, may be empty; empty afterwards
 *
 * What the firmware does not let go of is lost.
 */
void sev_memory_free(struct sev_device *sev, struct sev_memory *memory)
{
	if (memory->mem.va && !sev_memory_take(sev, memory))
		memory_free(memory);
}

/**
 * struct snp_firmware_page - a page that KVM has, in firmware state
 * @sev: whose; holds a reference
 * @memory: the page
 */
struct snp_firmware_page {
	struct sev_device *sev;
	struct sev_memory memory;
};

/*
 * The pages that KVM has, by frame number.  KVM gives back only the address, perhaps
 * after the PSP was unbound or SNP shut down.
 */
static DEFINE_XARRAY(snp_firmware_pages);

static int firmware_page_get(struct sev_device *sev, struct snp_firmware_page *page, gfp_t mask)
{
	int ret = memory_alloc(sev, &page->memory, PAGE_SIZE, mask);

	if (ret)
		return ret;
	ret = sev_memory_give(sev, &page->memory);
	if (!ret)
		ret = xa_err(xa_store(&snp_firmware_pages, PHYS_PFN(page->memory.mem.pa), page,
				      GFP_KERNEL));
	if (ret) {
		sev_memory_free(sev, &page->memory);
		return ret;
	}
	page->sev = sev;
	sev->snp.pages_out++;
	return 0;
}

/**
 * snp_firmware_page_alloc() - a page that the firmware may write to
 * @sev: the SEV part
 * @mask: allocation flags, by which it may be charged to the memory cgroup of the caller
 *
 * Context: takes &sev_device.lock.
 * Return: its address in the direct map, or NULL.  While SNP is up it must not be
 * written to.
 */
void *snp_firmware_page_alloc(struct sev_device *sev, gfp_t mask)
{
	struct snp_firmware_page *page;

	guard(mutex)(&sev->lock);
	if (!sev->snp.up)
		return (void *)__get_free_page(mask);

	page = kzalloc(sizeof(*page), GFP_KERNEL);
	if (!page)
		return NULL;
	if (firmware_page_get(sev, page, mask)) {
		kfree(page);
		return NULL;
	}
	psp_get(sev->psp);
	return phys_to_virt(page->memory.mem.pa);
}

static void firmware_page_drop(struct snp_firmware_page *page)
{
	sev_put(page->sev);
	kfree(page);
}

/**
 * snp_page_taken() - somebody else has had the firmware let go of a page
 * @cmd: the PAGE_RECLAIM
 *
 * If it is one that KVM has it is nothing but KVM's memory from now on, to be freed as
 * such: newer KVM does so with the page into which it has a guest's state decrypted.
 *
 * Context: takes &sev_device.lock.
 */
void snp_page_taken(const struct snp_cmd_page *cmd)
{
	u64 pa = __sme_clr(cmd->page_paddr);
	struct snp_firmware_page *page = xa_erase(&snp_firmware_pages, PHYS_PFN(pa));

	if (!page)
		return;
	scoped_guard(mutex, &page->sev->lock)
		page->sev->snp.pages_out--;
	firmware_page_drop(page);
}

/**
 * snp_firmware_pages_out() - does KVM have pages for the firmware?
 *
 * Return: true also if it got them from a driver that has been unbound since
 */
bool snp_firmware_pages_out(void)
{
	return !xa_empty(&snp_firmware_pages);
}

/**
 * snp_firmware_page_free() - the page is not needed any more
 * @addr: from snp_firmware_page_alloc()
 *
 * Context: takes &sev_device.lock.
 */
void snp_firmware_page_free(void *addr)
{
	struct snp_firmware_page *page = xa_erase(&snp_firmware_pages, PHYS_PFN(__pa(addr)));
	struct sev_device *sev;

	if (!page) {
		free_page((unsigned long)addr);
		return;
	}

	sev = page->sev;
	scoped_guard(mutex, &sev->lock) {
		sev_memory_free(sev, &page->memory);
		sev->snp.pages_out--;
	}
	firmware_page_drop(page);
}
