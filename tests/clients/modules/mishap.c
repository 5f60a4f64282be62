// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can go wrong for a driver in the kernel, on demand:
 *
 *	insmod mishap.ko share=1	set_memory_decrypted() shares its pages and then says
 *					that it has failed, as it may after a part of them
 *	insmod mishap.ko name=NAME	a misc device of that name is there already
 *
 * /sys/module/mishap/parameters/ has "shared", areas that were shared in that way, and
 * "freed", how many of them have found their way back to the page allocator.
 */
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/page_ref.h>
#include <linux/set_memory.h>

#define MAX_AREAS	16

/* What the driver made of an area; we hold its first page. */
struct area {
	struct page *page;
	int pages;
};

static struct area areas[MAX_AREAS];
static int num_areas;

static bool share;
module_param(share, bool, 0444);
MODULE_PARM_DESC(share, "let set_memory_decrypted() fail after it has done its work");

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "of a misc device that is to be in the way");

static int shared_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%d\n", num_areas);
}

static const struct kernel_param_ops shared_ops = { .get = shared_get };
module_param_cb(shared, &shared_ops, NULL, 0444);

static bool is_freed(const struct area *area)
{
	return page_ref_count(area->page) == 1;
}

static int freed_get(char *buf, const struct kernel_param *param)
{
	int i, freed = 0;

	for (i = 0; i < num_areas; i++)
		freed += is_freed(&areas[i]);
	return sysfs_emit(buf, "%d\n", freed);
}

static const struct kernel_param_ops freed_ops = { .get = freed_get };
module_param_cb(freed, &freed_ops, NULL, 0444);

static int decrypted_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct area *area = (void *)instance->data;

	area->page = virt_to_page((void *)regs->di);
	area->pages = (int)regs->si;
	return 0;
}
NOKPROBE_SYMBOL(decrypted_entry);

static int decrypted_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct area *area = (void *)instance->data;

	if (regs_return_value(regs) || num_areas == MAX_AREAS)
		return 0;
	/* Not to be given to anybody else as long as the host can see it. */
	page_ref_inc(area->page);
	areas[num_areas++] = *area;
	regs_set_return_value(regs, -ENOMEM);
	return 0;
}
NOKPROBE_SYMBOL(decrypted_return);

static struct kretprobe decrypted_probe = {
	.kp.symbol_name = "set_memory_decrypted",
	.entry_handler = decrypted_entry,
	.handler = decrypted_return,
	.data_size = sizeof(struct area),
};

static const struct file_operations no_operations = { .owner = THIS_MODULE };

static struct miscdevice in_the_way = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &no_operations,
};

static int __init mishap_init(void)
{
	int ret = 0;

	if (name) {
		in_the_way.name = name;
		ret = misc_register(&in_the_way);
	}
	if (!ret && share) {
		ret = register_kretprobe(&decrypted_probe);
		if (ret && name)
			misc_deregister(&in_the_way);
	}
	return ret;
}
module_init(mishap_init);

static void __exit mishap_exit(void)
{
	int i;

	if (share)
		unregister_kretprobe(&decrypted_probe);
	if (name)
		misc_deregister(&in_the_way);
	for (i = 0; i < num_areas; i++) {
		if (is_freed(&areas[i]) &&
		    set_memory_encrypted((unsigned long)page_address(areas[i].page), 1))
			continue;
		put_page(areas[i].page);
	}
}
module_exit(mishap_exit);

MODULE_DESCRIPTION("Mishaps for tests of drivers");
MODULE_LICENSE("GPL");
