/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for psp.c: one PSP whose registers and PSP mailbox are the test's.
 * For suites of the parts of a PSP (tee.c, dbc.c, ...), included once per suite.
 *
 *	static u32 my_read(struct fake_psp *fake, u32 reg) { ... }
 *
 *	struct fake_psp *fake = fake_psp_new(test);
 *
 *	fake->read = my_read;
 *	tee_create(&fake->psp);
 *
 * The registry hands the PSP out as long as fake->bound is set.
 */
#ifndef KUNIT_FAKE_PSP_H
#define KUNIT_FAKE_PSP_H

#include <linux/io.h>
#include <linux/mm.h>
#include <kunit/device.h>
#include <kunit/test.h>

#include "psp.h"

/**
 * struct fake_psp - the PSP and the firmware behind it
 * @test: the running test
 * @psp: the PSP, as the part under test sees it
 * @hw: its register map, for the test to fill
 * @ccp: its CCP engine, for the test to fill and to set
 * @bound: the registry hands it out
 * @refs: references that the registry has handed out and not got back
 * @read: reads a register; all ones if not set
 * @write: writes a register; nowhere if not set
 * @ext: answers a command of the PSP mailbox: 0 with a status, or the errno of
 *	psp_ext_command(); @buf is what the address points to, NULL if none
 * @priv: the test's
 */
struct fake_psp {
	struct kunit *test;
	struct psp_device psp;
	struct psp_hw hw;
	struct ccp_hw ccp;
	bool bound;
	atomic_t refs;
	u32 (*read)(struct fake_psp *fake, u32 reg);
	void (*write)(struct fake_psp *fake, u32 reg, u32 val);
	int (*ext)(struct fake_psp *fake, u32 cmd, void *buf, u32 *status);
	void *priv;
};

static struct fake_psp *fake_psp_current;

static struct fake_psp *to_fake(struct psp_device *psp)
{
	return container_of(psp, struct fake_psp, psp);
}

u32 psp_read(struct psp_device *psp, u32 reg)
{
	struct fake_psp *fake = to_fake(psp);

	return fake->read ? fake->read(fake, reg) : ~0u;
}

void psp_write(struct psp_device *psp, u32 reg, u32 val)
{
	struct fake_psp *fake = to_fake(psp);

	if (fake->write)
		fake->write(fake, reg, val);
}

int psp_ext_command(struct psp_device *psp, const char *name, u32 cmd, u64 addr, u32 *status)
{
	struct fake_psp *fake = to_fake(psp);

	if (!fake->ext) {
		KUNIT_FAIL(fake->test, "command %s came to the PSP mailbox", name);
		return -ENODEV;
	}
	return fake->ext(fake, cmd, addr ? phys_to_virt(addr & ~sme_me_mask) : NULL, status);
}

struct psp_device *psp_get_master(enum psp_role role)
{
	struct fake_psp *fake = fake_psp_current;

	if (!fake || !fake->bound)
		return NULL;
	atomic_inc(&fake->refs);
	return &fake->psp;
}

/* Not in use in most suites. */
struct psp_device *psp_get_bound(struct device *dev)
{
	struct psp_device *psp = dev_get_drvdata(dev);

	if (psp)
		atomic_inc(&to_fake(psp)->refs);
	return psp;
}

void psp_put(struct psp_device *psp)
{
	atomic_dec(&to_fake(psp)->refs);
}

/* A part that has nothing to keep is not asked again, see psp_registry_add() and psp_stop(). */
static inline void part_publish(struct psp_device *psp, const struct psp_part_ops *part)
{
	if (psp->part[part->role])
		part->publish(psp);
}

static inline void part_destroy(struct psp_device *psp, const struct psp_part_ops *part)
{
	if (psp->part[part->role])
		part->destroy(psp);
}

static void fake_psp_free(void *ctx)
{
	struct fake_psp *fake = ctx;
	enum psp_role role;

	KUNIT_EXPECT_EQ_MSG(fake->test, atomic_read(&fake->refs), 0, "references left");
	fake_psp_current = NULL;
	/* As the last psp_put() does. */
	for (role = 0; role < PSP_ROLE_COUNT; role++)
		kfree(fake->psp.part[role]);
}

/**
 * fake_psp_new() - make a PSP without any part
 * @test: the running test
 *
 * Return: never NULL; the test ends when there is no memory
 */
static struct fake_psp *fake_psp_new(struct kunit *test)
{
	struct fake_psp *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, "psp");

	KUNIT_ASSERT_NOT_NULL(test, fake);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	fake->test = test;
	mutex_init(&fake->psp.ext_lock);
	fake->psp.dev = dev;
	fake->psp.hw = &fake->hw;
	fake->bound = true;
	dev_set_drvdata(dev, &fake->psp);
	fake_psp_current = fake;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_psp_free, fake), 0);
	return fake;
}

/*
 * Was a page of a part given back to the kernel, or left with the firmware?  Take
 * a reference with fake_page_watch() while the part has it, and ask afterwards.
 */
static inline struct page *fake_page_watch(void *addr)
{
	struct page *page = virt_to_page(addr);

	get_page(page);
	return page;
}

static inline bool fake_page_was_freed(struct page *page)
{
	bool freed = page_count(page) == 1;

	put_page(page);
	return freed;
}

/* The part has left it with the firmware; here nobody has it any more. */
static inline void fake_page_expect_kept(struct kunit *test, struct page *page,
					 unsigned int order)
{
	bool freed = fake_page_was_freed(page);

	KUNIT_EXPECT_FALSE(test, freed);
	if (!freed)
		__free_pages(page, order);
}

#endif /* KUNIT_FAKE_PSP_H */
