// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does on an SNP host what no kernel may: gives a page away and writes to it, or writes to one that
 * is the firmware's.  Loading the module does it; if it loads, nobody has seen it.
 *
 * It needs no driver of ours, but most kinds of stores need a kernel that has SNP itself.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/string.h>

#define RMP_BASE_MSR	0xc0010132
#define RMP_ENTRIES	0x4000		/* behind the CPUs' own bookkeeping */

#define IOMMU_COMMANDS	0x8
#define IOMMU_EVENTS	0x10
#define IOMMU_TAIL	0x2008
#define IOMMU_BASE	GENMASK_ULL(51, 12)
#define IOMMU_SIZE	0x4000
#define COMMAND_SIZE	16
#define FILL_ORDER	8		/* of a trusted memory region without SNP */
#define WAIT_AND_STORE	(1ull << 60 | 1)

static char *what = "";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "which kind of store");

static unsigned long iommu;
module_param(iommu, ulong, 0444);
MODULE_PARM_DESC(iommu, "address of the IOMMU's registers");

/* What RMPUPDATE takes: assigned and immutable. */
struct rmp_operand {
	u64 gpa;
	u8 assigned;
	u8 pagesize;
	u8 immutable;
	u8 rsvd;
	u32 asid;
} __packed;

static int rmpupdate(phys_addr_t pa, const struct rmp_operand *operand)
{
	unsigned long ret = pa;

	asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfe" : "+a" (ret) : "c" (operand) : "memory", "cc");
	return ret ? -EIO : 0;
}

static const struct rmp_operand firmware = { .assigned = 1, .immutable = 1 };
static const struct rmp_operand guest = { .gpa = 0x7000, .assigned = 1, .asid = 5 };

/* Order 9, for a large page of its own; nobody gets it back. */
static void *grab(unsigned int order)
{
	return (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
}

/* From then on the kernel maps it alone. */
static void *grab_small(void)
{
	void *page = grab(0);

	if (page && (set_memory_uc((unsigned long)page, 1) ||
		     set_memory_wb((unsigned long)page, 1)))
		return NULL;
	return page;
}

static noinline int trespass_store(void *where)
{
	WRITE_ONCE(*(u64 *)(where + 0x18), 0x7e57);
	return 0;
}

static int give_and_store(const struct rmp_operand *to)
{
	void *page = grab_small();
	int ret = page ? rmpupdate(__pa(page), to) : -ENOMEM;

	return ret ?: trespass_store(page);
}

static int store_page(void)
{
	return give_and_store(&firmware);
}

static int store_guest(void)
{
	return give_and_store(&guest);
}

/* One in the middle of 2 MiB that have one entry. */
static int store_large(void)
{
	struct rmp_operand large = guest;
	void *page = grab(9);
	int ret;

	large.gpa = 0x200000;
	large.pagesize = 1;
	ret = page ? rmpupdate(__pa(page), &large) : -ENOMEM;
	return ret ?: trespass_store(page + 0x1f0000);
}

/* Given away and taken back: no trespass. */
static int store_own(void)
{
	static const struct rmp_operand mine;
	struct rmp_operand to = guest;
	void *page = grab_small();
	int ret = page ? rmpupdate(__pa(page), &to) : -ENOMEM;

	ret = ret ?: rmpupdate(__pa(page), &mine);
	return ret ?: trespass_store(page);
}

/* Its neighbours are still the kernel's, by the same mapping. */
static int give_under_large_mapping(void)
{
	void *page = grab(9);

	return page ? rmpupdate(__pa(page) + 0x5000, &firmware) : -ENOMEM;
}

static int store_table(void)
{
	void *entries;
	u32 low, high;
	u64 base;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (RMP_BASE_MSR));
	base = (u64)high << 32 | low;
	entries = memremap(base + RMP_ENTRIES, PAGE_SIZE, MEMREMAP_WB);
	return entries ? trespass_store(entries) : -ENOMEM;
}

static int store_iommu(void)
{
	void __iomem *regs = ioremap(iommu, IOMMU_SIZE);

	return regs ? trespass_store(phys_to_virt(readq(regs + IOMMU_EVENTS) & IOMMU_BASE)) :
		      -ENOMEM;
}

/* The IOMMU is told to say in such a page that it has come to a command. */
static int store_device(void)
{
	void __iomem *regs = ioremap(iommu, IOMMU_SIZE);
	void *page = grab_small();
	u64 tail, *command;
	int ret;

	ret = regs && page ? rmpupdate(__pa(page), &firmware) : -ENOMEM;
	if (ret)
		return ret;
	tail = readq(regs + IOMMU_TAIL);
	command = phys_to_virt((readq(regs + IOMMU_COMMANDS) & IOMMU_BASE) + tail);
	command[0] = WAIT_AND_STORE | (__pa(page) + 0x18);
	command[1] = 0x7e57;
	writel(tail + COMMAND_SIZE, regs + IOMMU_TAIL);
	return 0;
}

/* Writes to all free memory of which much is in one piece: no trespass by itself. */
static int store_everywhere(void)
{
	LIST_HEAD(pages);
	struct page *page, *next;
	unsigned int i;

	while ((page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, FILL_ORDER))) {
		for (i = 0; i < 1 << FILL_ORDER; i++)
			trespass_store(page_address(page + i));
		list_add(&page->lru, &pages);
	}
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_pages(page, FILL_ORDER);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} kinds[] = {
	{ "page", store_page },
	{ "guest", store_guest },
	{ "large", store_large },
	{ "own", store_own },
	{ "mapping", give_under_large_mapping },
	{ "table", store_table },
	{ "iommu", store_iommu },
	{ "device", store_device },
	{ "everywhere", store_everywhere },
};

static int __init trespass_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(what, kinds[i].name))
			return kinds[i].run();
	return -EINVAL;
}
module_init(trespass_init);

static void __exit trespass_exit(void)
{
}
module_exit(trespass_exit);

MODULE_DESCRIPTION("Stores that no kernel may do on an SNP host");
MODULE_LICENSE("GPL");
