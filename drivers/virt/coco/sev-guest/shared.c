// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that guest and host can both see.
 *
 * A page that the host can still see must never be used for anything else: whoever
 * gets it next would write private data into it. So pages are given up rather than
 * given back whenever it is not certain that they are private again.
 */
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/set_memory.h>

#include "guest.h"

static void shared_lost(struct device *dev, unsigned int pages, const char *what, int ret)
{
	dev_err(dev, "cannot make %u pages %s (%d): they are given up, as the host may see them\n",
		pages, what, ret);
}

/**
 * snp_shared_alloc() - get pages that the host can see
 * @dev: device for log lines
 * @pages: how many
 *
 * Context: process context, may sleep
 * Return: zeroed pages next to each other, for snp_shared_free(), or NULL
 */
void *snp_shared_alloc(struct device *dev, unsigned int pages)
{
	unsigned long memory;
	int ret;

	memory = __get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, get_order(pages * PAGE_SIZE));
	if (!memory)
		return NULL;
	ret = set_memory_decrypted(memory, pages);
	if (ret) {
		/* Some of them may be shared by now. */
		shared_lost(dev, pages, "shared", ret);
		return NULL;
	}
	return (void *)memory;
}

/**
 * snp_shared_free() - make shared pages private and give them back
 * @dev: device for log lines
 * @memory: from snp_shared_alloc(), or NULL
 * @pages: how many
 *
 * Context: process context, may sleep
 */
void snp_shared_free(struct device *dev, void *memory, unsigned int pages)
{
	int ret;

	if (!memory)
		return;
	ret = set_memory_encrypted((unsigned long)memory, pages);
	if (ret) {
		shared_lost(dev, pages, "private", ret);
		return;
	}
	free_pages((unsigned long)memory, get_order(pages * PAGE_SIZE));
}
