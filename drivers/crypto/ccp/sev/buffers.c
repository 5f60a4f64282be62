// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the firmware reads and writes.
 *
 * Whoever takes a buffer gives it back at the end of the scope, on every path.
 * The exception is memory of a command whose end nobody has seen: the firmware
 * may still write to it, so it is held until the mailbox has settled, and leaked,
 * with a count, when it never does.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "sev.h"

/**
 * sev_phys() - address of kernel memory as the PSP wants it
 * @addr: memory from the page allocator or kmalloc()
 *
 * Return: the physical address, with the C-bit set where the kernel encrypts its
 * own memory.
 */
u64 sev_phys(const void *addr)
{
	return __sme_pa(addr);
}

/**
 * sev_buffers_init() - allocate the command buffers
 * @sev: the SEV part
 *
 * A command buffer is one page: the firmware does not accept one that crosses a
 * page boundary once SNP is up.
 *
 * Return: 0 or -ENOMEM
 */
int sev_buffers_init(struct sev_device *sev)
{
	int i;

	INIT_LIST_HEAD(&sev->held);
	for (i = 0; i < SEV_COMMAND_BUFFERS; i++) {
		if (sev_memory_alloc(sev, &sev->command_buffer[i], PAGE_SIZE)) {
			sev_buffers_free(sev);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * sev_buffers_free() - give back everything that the firmware can't touch any more
 * @sev: the SEV part
 *
 * Memory of a command whose end nobody saw stays with the firmware and is counted in
 * &sev_device.leaked_pages.
 */
void sev_buffers_free(struct sev_device *sev)
{
	struct sev_blob *blob, *next;
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS; i++) {
		struct sev_memory *used = sev->snp.prepared ? sev->snp.command_buffer :
							      sev->command_buffer;

		if (test_bit(i, &sev->command_buffer_busy))
			sev_memory_lose(sev, &used[i]);
		sev_memory_free(sev, &sev->snp.command_buffer[i]);
		sev_memory_free(sev, &sev->command_buffer[i]);
	}
	sev->command_buffer_busy = 0;
	sev_memory_free(sev, &sev->snp.panic_page);
	sev_cmd_map_lose_held(sev);

	list_for_each_entry_safe(blob, next, &sev->held, node) {
		sev->leaked_pages += PAGE_ALIGN(blob->size) >> PAGE_SHIFT;
		list_del_init(&blob->node);
	}
}

/**
 * sev_command_buffer_get() - take a command buffer
 * @sev: the SEV part, locked
 *
 * Return: a page, or NULL when all are in use
 */
struct sev_memory *sev_command_buffer_get(struct sev_device *sev)
{
	struct sev_memory *set = sev->snp.prepared ? sev->snp.command_buffer : sev->command_buffer;
	int i;

	for (i = 0; i < SEV_COMMAND_BUFFERS; i++)
		if (set[i].mem.va && !__test_and_set_bit(i, &sev->command_buffer_busy))
			return &set[i];
	return NULL;
}

/**
 * sev_command_buffer_put() - give a command buffer back
 * @sev: the SEV part, locked
 * @buffer: from sev_command_buffer_get(); NULL does nothing
 */
void sev_command_buffer_put(struct sev_device *sev, struct sev_memory *buffer)
{
	int i;

	for (i = 0; buffer && i < SEV_COMMAND_BUFFERS; i++)
		if (buffer == &sev->command_buffer[i] || buffer == &sev->snp.command_buffer[i])
			__clear_bit(i, &sev->command_buffer_busy);
}

/**
 * sev_blob_alloc() - allocate memory for the firmware
 * @size: bytes, not 0
 *
 * Context: may sleep.
 * Return: the blob, or NULL when memory is short
 */
struct sev_blob *sev_blob_alloc(size_t size)
{
	struct sev_blob *blob = kzalloc(sizeof(*blob), GFP_KERNEL);

	if (!blob)
		return NULL;
	blob->data = alloc_pages_exact(PAGE_ALIGN(size), GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!blob->data) {
		kfree(blob);
		return NULL;
	}
	blob->size = size;
	refcount_set(&blob->users, 1);
	INIT_LIST_HEAD(&blob->node);
	return blob;
}

/**
 * sev_blob_from_user() - copy user memory to where the firmware can read it
 * @uaddr: user address
 * @len: bytes
 *
 * Context: may sleep and fault; no lock that others wait for may be held.
 * Return: the blob, or ERR_PTR(): -EINVAL for a NULL address, a length of 0 or
 * one above SEV_USER_BLOB_MAX, -EFAULT, -ENOMEM
 */
struct sev_blob *sev_blob_from_user(u64 uaddr, u32 len)
{
	struct sev_blob *blob __free(sev_blob) = NULL;

	if (!uaddr || !len || len > SEV_USER_BLOB_MAX)
		return ERR_PTR(-EINVAL);

	blob = sev_blob_alloc(len);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(blob->data, u64_to_user_ptr(uaddr), len))
		return ERR_PTR(-EFAULT);
	return no_free_ptr(blob);
}

/**
 * sev_blob_put() - the owner no longer needs the memory
 * @blob: the blob; freed here unless the firmware may still use it
 */
void sev_blob_put(struct sev_blob *blob)
{
	if (!refcount_dec_and_test(&blob->users))
		return;
	free_pages_exact(blob->data, PAGE_ALIGN(blob->size));
	kfree(blob);
}

/**
 * sev_blob_hold() - the firmware may go on using this blob
 * @sev: the SEV part, locked
 * @blob: the blob, or NULL
 *
 * From here on the memory outlives its owner, until sev_blob_release_held().
 */
void sev_blob_hold(struct sev_device *sev, struct sev_blob *blob)
{
	if (!blob || !list_empty(&blob->node))
		return;
	refcount_inc(&blob->users);
	list_add(&blob->node, &sev->held);
}

/**
 * sev_blob_release_held() - the firmware has finished with what was held
 * @sev: the SEV part, locked
 */
void sev_blob_release_held(struct sev_device *sev)
{
	struct sev_blob *blob, *next;

	list_for_each_entry_safe(blob, next, &sev->held, node) {
		list_del_init(&blob->node);
		sev_blob_put(blob);
	}
}
