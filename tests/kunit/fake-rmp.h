/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A provider of the RMP table whose table is the test's, and the firmware beside it.
 *
 *	struct fake_snp *snp = fake_snp_new(test);
 *
 *	... &snp->fixture->sev is a SEV part on which there can be SNP ...
 *
 * Both are strict: a page that changes hands from a state in which it can't, or is
 * freed in another state than the hypervisor's, or that the firmware is to write to
 * while it is not the firmware's, fails the test.  The memory that is handed out is not
 * at its place in the direct map, so code that takes __pa() of it shows.
 *
 * Include after sev-fixture.h.
 */
#ifndef KUNIT_FAKE_RMP_H
#define KUNIT_FAKE_RMP_H

#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <sev/snp-guest.h>

/**
 * enum fake_rmp_state - whose page it is
 * @FAKE_RMP_HYPERVISOR: the kernel's
 * @FAKE_RMP_FIRMWARE: the firmware's
 * @FAKE_RMP_RECLAIM: let go by the firmware, not yet the kernel's
 */
enum fake_rmp_state {
	FAKE_RMP_HYPERVISOR,
	FAKE_RMP_FIRMWARE,
	FAKE_RMP_RECLAIM,
};

/**
 * struct fake_snp - the machine
 * @test: the running test
 * @fixture: the SEV part and its mailbox
 * @state: &enum fake_rmp_state by frame number, those other than the hypervisor's
 * @allocated: where it is mapped, by frame number of the first page, of what was handed
 *	out
 * @order: its size, by the same number
 * @sev_state: legacy platform
 * @snp_state: SNP platform
 * @prepared: calls of prepare() less those of shutdown() and abandon()
 * @ready: calls of ready()
 * @abandoned: calls of abandon()
 * @prepare_ret: what prepare() returns
 * @give_fails_at: this page, counted from 1, can't be given to the firmware
 * @alloc_fails_at: this allocation, counted from 1, fails
 * @fail_op: command that fails
 * @fail_nth: which of its kind, counted from 1; 0 for all
 * @fail_status: with which status, 0 for no answer at all
 * @keep: this page is never let go by the firmware
 * @act: called for each command before the answer
 * @status: answer to SNP_PLATFORM_STATUS
 * @features: answer to FEATURE_INFO
 * @committed: the committed TCB version
 * @kvm: KVM uses the processors, so the firmware refuses to initialise SNP
 * @leaked: pages that leak() was told of
 * @given: pages that were given to the firmware so far
 * @allocs: allocations so far
 * @gfp: flags of the last one
 * @ops: commands that have come, in order
 * @count: how many
 * @same: how many of @fail_op
 * @pages: how many of them were PAGE_RECLAIM, which is not in @ops
 * @over: the test is over, nothing is checked any more
 */
struct fake_snp {
	struct kunit *test;
	struct sev_fixture *fixture;
	struct xarray state;
	struct xarray allocated;
	struct xarray order;
	u8 sev_state;
	u8 snp_state;
	int prepared;
	int ready;
	int abandoned;
	int prepare_ret;
	unsigned int give_fails_at;
	unsigned int alloc_fails_at;
	u32 fail_op;
	unsigned int fail_nth;
	u32 fail_status;
	u64 keep;
	void (*act)(struct fake_snp *snp, const struct sev_command *cmd, void *buffer);
	struct snp_platform_status status;
	struct snp_feature_leaf features;
	u64 committed;
	bool kvm;
	unsigned int leaked;
	unsigned int given;
	unsigned int allocs;
	gfp_t gfp;
	u32 ops[64];
	unsigned int count;
	unsigned int same;
	unsigned int pages;
	bool over;
};

static struct fake_snp *fake_snp_now;

static enum fake_rmp_state fake_rmp_get(struct fake_snp *snp, u64 pa)
{
	void *entry = xa_load(&snp->state, PHYS_PFN(pa));

	return entry ? xa_to_value(entry) : FAKE_RMP_HYPERVISOR;
}

static void fake_rmp_set(struct fake_snp *snp, u64 pa, enum fake_rmp_state state)
{
	if (state == FAKE_RMP_HYPERVISOR)
		xa_erase(&snp->state, PHYS_PFN(pa));
	else
		xa_store(&snp->state, PHYS_PFN(pa), xa_mk_value(state), GFP_KERNEL);
}

/* How many pages are not the kernel's. */
static unsigned int fake_rmp_count(struct fake_snp *snp)
{
	unsigned int count = 0;
	unsigned long pfn;
	void *entry;

	xa_for_each(&snp->state, pfn, entry)
		count++;
	return count;
}

/* The processors don't look at the table any more, which makes all memory ordinary. */
static void fake_rmp_off(struct fake_snp *snp)
{
	unsigned long pfn;
	void *entry;

	sev_fixture_snp_on = false;
	xa_for_each(&snp->state, pfn, entry)
		xa_erase(&snp->state, pfn);
}

static int fake_rmp_prepare(struct device *dev)
{
	if (!fake_snp_now->prepare_ret) {
		fake_snp_now->prepared++;
		sev_fixture_snp_on = true;
	}
	return fake_snp_now->prepare_ret;
}

static void fake_rmp_shutdown(struct device *dev, bool panic)
{
	unsigned long left = fake_snp_now->leaked;

	fake_snp_now->prepared--;
	if (panic)
		return;
	KUNIT_EXPECT_EQ(fake_snp_now->test, fake_snp_now->snp_state, (u8)SNP_PSTATE_UNINIT);
	/* What KVM has is its to give back, which is too late while the CPUs keep SNP on. */
	if (sev_fixture_snp_on)
		left += fake_snp_now->fixture->sev.snp.pages_out;
	KUNIT_EXPECT_EQ(fake_snp_now->test, fake_rmp_count(fake_snp_now), left);
}

/* Too early and SNP_INIT would undo it. */
static void fake_rmp_ready(void)
{
	fake_snp_now->ready++;
	KUNIT_EXPECT_EQ(fake_snp_now->test, fake_snp_now->snp_state, (u8)SNP_PSTATE_INIT);
}

static void fake_rmp_abandon(struct device *dev)
{
	fake_snp_now->prepared--;
	fake_snp_now->abandoned++;
}

static int fake_rmp_make_firmware(u64 pa, unsigned int npages, unsigned int *done)
{
	struct fake_snp *snp = fake_snp_now;

	KUNIT_EXPECT_TRUE(snp->test, sev_fixture_snp_on);
	KUNIT_EXPECT_TRUE(snp->test, PAGE_ALIGNED(pa));
	KUNIT_EXPECT_GT(snp->test, npages, 0u);
	for (*done = 0; *done < npages; ++*done, pa += PAGE_SIZE) {
		if (++snp->given == snp->give_fails_at)
			return -EFAULT;
		KUNIT_EXPECT_EQ_MSG(snp->test, fake_rmp_get(snp, pa), FAKE_RMP_HYPERVISOR,
				    "page %#llx given away twice", pa);
		fake_rmp_set(snp, pa, FAKE_RMP_FIRMWARE);
	}
	return 0;
}

static int fake_rmp_make_shared(u64 pa, unsigned int npages)
{
	struct fake_snp *snp = fake_snp_now;

	KUNIT_EXPECT_TRUE(snp->test, sev_fixture_snp_on);
	KUNIT_EXPECT_TRUE(snp->test, PAGE_ALIGNED(pa));
	for (; npages; npages--, pa += PAGE_SIZE) {
		if (fake_rmp_get(snp, pa) == FAKE_RMP_FIRMWARE)
			return -EFAULT;
		fake_rmp_set(snp, pa, FAKE_RMP_HYPERVISOR);
	}
	return 0;
}

static void fake_rmp_leak(u64 pa, unsigned int npages)
{
	unsigned int i;

	/* Those before the one that the firmware keeps are the kernel's again. */
	for (i = 0; i < npages; i++)
		if (fake_rmp_get(fake_snp_now, pa + i * PAGE_SIZE) != FAKE_RMP_HYPERVISOR)
			fake_snp_now->leaked++;
}

static int fake_rmp_alloc(struct rmp_memory *mem, unsigned int npages, gfp_t gfp)
{
	struct fake_snp *snp = fake_snp_now;
	unsigned int order = get_order((size_t)npages << PAGE_SHIFT);
	struct page **list;
	struct page *pages;
	unsigned int i;

	snp->gfp = gfp;
	if (++snp->allocs == snp->alloc_fails_at)
		return -ENOMEM;
	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	list = kcalloc(1 << order, sizeof(*list), GFP_KERNEL);
	for (i = 0; pages && list && i < 1 << order; i++)
		list[i] = pages + i;
	mem->va = pages && list ? vmap(list, 1 << order, VM_MAP, PAGE_KERNEL) : NULL;
	kfree(list);
	if (!mem->va) {
		if (pages)
			__free_pages(pages, order);
		return -ENOMEM;
	}
	mem->pa = page_to_phys(pages);
	mem->npages = npages;
	xa_store(&snp->allocated, page_to_pfn(pages), mem->va, GFP_KERNEL);
	xa_store(&snp->order, page_to_pfn(pages), xa_mk_value(order), GFP_KERNEL);
	return 0;
}

static void fake_rmp_free_pages(struct fake_snp *snp, u64 pa)
{
	void *va = xa_erase(&snp->allocated, PHYS_PFN(pa));
	unsigned int order;

	KUNIT_EXPECT_NOT_NULL_MSG(snp->test, va, "%#llx was not handed out", pa);
	if (!va)
		return;
	order = xa_to_value(xa_erase(&snp->order, PHYS_PFN(pa)));
	vunmap(va);
	__free_pages(pfn_to_page(PHYS_PFN(pa)), order);
}

static void fake_rmp_free(struct rmp_memory *mem)
{
	struct fake_snp *snp = fake_snp_now;
	unsigned int i;

	if (!mem->va)
		return;
	for (i = 0; i < mem->npages && !snp->over; i++)
		KUNIT_EXPECT_EQ_MSG(snp->test, fake_rmp_get(snp, mem->pa + i * PAGE_SIZE),
				    FAKE_RMP_HYPERVISOR, "freed while not the kernel's");
	/* The region for SEV-ES is encrypted. */
	if (mem->npages == SEV_TMR_LEN_SNP >> PAGE_SHIFT && !snp->over)
		KUNIT_EXPECT_FALSE(snp->test, sev_fixture_dirty);
	fake_rmp_free_pages(snp, mem->pa);
	*mem = (struct rmp_memory){ };
}

static const struct rmp_ops fake_rmp_ops = {
	.name = "fake",
	.prepare = fake_rmp_prepare,
	.shutdown = fake_rmp_shutdown,
	.ready = fake_rmp_ready,
	.abandon = fake_rmp_abandon,
	.make_firmware = fake_rmp_make_firmware,
	.make_shared = fake_rmp_make_shared,
	.leak = fake_rmp_leak,
	.alloc = fake_rmp_alloc,
	.free = fake_rmp_free,
};

static u64 fake_snp_field(const void *data, u16 offset, size_t size)
{
	u64 value = 0;

	memcpy(&value, data + offset, size);
	return value;
}

/* What the firmware writes to must be its own. */
static void fake_snp_check_pages(struct fake_snp *snp, const struct sev_command *cmd,
				 const void *data)
{
	int i;

	for (i = 0; i < SEV_COMMAND_BUFS && cmd->buf[i].dir != SEV_BUF_NONE; i++) {
		const struct sev_command_buffer *buf = &cmd->buf[i];
		u64 addr = __sme_clr(fake_snp_field(data, buf->addr_offset, sizeof(u64)));
		u64 len = buf->len_offset == SEV_NO_OFFSET ? buf->fixed_len :
			  fake_snp_field(data, buf->len_offset, sizeof(u32));
		u64 pa;

		if (buf->dir != SEV_BUF_WRITE || !addr || !len || buf->page == SEV_PAGE_ANY ||
		    buf->page > SEV_PAGE_FIRMWARE)
			continue;
		for (pa = round_down(addr, PAGE_SIZE); pa < addr + len; pa += PAGE_SIZE)
			KUNIT_EXPECT_EQ_MSG(snp->test, fake_rmp_get(snp, pa), FAKE_RMP_FIRMWARE,
					    "%s buffer %d: page %#llx", cmd->name, i, pa);
	}
}

static u32 fake_snp_reclaim(struct fake_snp *snp, u64 pa)
{
	snp->pages++;
	if (snp->snp_state != SNP_PSTATE_INIT)
		return SEV_RET_INVALID_PLATFORM_STATE;
	if (pa == snp->keep)
		return SEV_RET_INVALID_PAGE_STATE;
	if (fake_rmp_get(snp, pa) == FAKE_RMP_FIRMWARE)
		fake_rmp_set(snp, pa, FAKE_RMP_RECLAIM);
	return 0;
}

static void fake_snp_answer(struct fake_snp *snp, u64 paddr, const void *answer, size_t size)
{
	memcpy(phys_to_virt(__sme_clr(paddr)), answer, size);
}

static u32 fake_snp_run(struct fake_snp *snp, u32 op, void *data)
{
	struct snp_cmd_config *config = data;

	switch (op) {
	case SEV_OP_PLATFORM_STATUS:
		sev_fixture_say(data, snp->sev_state);
		return 0;
	case SEV_OP_INIT:
	case SEV_OP_INIT_EX:
		snp->sev_state = SEV_PSTATE_INIT;
		return 0;
	case SEV_OP_SHUTDOWN:
		snp->sev_state = SEV_PSTATE_UNINIT;
		sev_fixture_dirty = true;
		return 0;
	case SNP_OP_INIT:
	case SNP_OP_INIT_EX:
		if (snp->snp_state || snp->sev_state)
			return SEV_RET_INVALID_PLATFORM_STATE;
		if (snp->kvm && !sev_fixture_parked)
			return SEV_RET_INVALID_CONFIG;
		snp->snp_state = SNP_PSTATE_INIT;
		return 0;
	case SNP_OP_SHUTDOWN_EX:
		if (snp->sev_state)
			return SEV_RET_INVALID_PLATFORM_STATE;
		snp->snp_state = SNP_PSTATE_UNINIT;
		if (((struct snp_cmd_shutdown_ex *)data)->flags & SNP_SHUTDOWN_X86)
			fake_rmp_off(snp);
		return 0;
	case SNP_OP_PLATFORM_STATUS:
		snp->status.state = snp->snp_state;
		fake_snp_answer(snp, ((struct snp_cmd_platform_status *)data)->status_paddr,
				&snp->status, sizeof(snp->status));
		return 0;
	case SNP_OP_FEATURE_INFO:
		fake_snp_answer(snp, ((struct snp_cmd_feature_info *)data)->leaf_paddr,
				&snp->features, sizeof(snp->features));
		return 0;
	case SNP_OP_CONFIG:
		snp->status.reported_tcb = config->reported_tcb ?: snp->committed;
		return 0;
	case SNP_OP_COMMIT:
		snp->committed = snp->status.current_tcb;
		return 0;
	default:
		return 0;
	}
}

static u32 fake_snp_serve(struct fake_mailbox *fake, u32 op, void *data)
{
	const struct sev_command *cmd = sev_command_find(op);
	struct fake_snp *snp = fake_snp_now;
	u64 addr = (u64)fake->addr_hi << 32 | fake->addr_lo;
	bool writes = cmd->flags & SEV_CMD_WRITES_BUFFER;
	u32 status = 0;

	if (data)
		data = phys_to_virt(__sme_clr(addr));
	if (op == SNP_OP_PAGE_RECLAIM) {
		if (snp->fail_op == op)
			fake->now.hang = true;
		return fake_snp_reclaim(snp, ((struct snp_cmd_page *)data)->page_paddr);
	}

	if (snp->count < ARRAY_SIZE(snp->ops))
		snp->ops[snp->count++] = op;
	if (snp->snp_state == SNP_PSTATE_INIT && data)
		fake_snp_check_pages(snp, cmd, data);
	if (snp->snp_state == SNP_PSTATE_INIT && writes)
		KUNIT_EXPECT_EQ_MSG(snp->test, fake_rmp_get(snp, __sme_clr(addr)),
				    FAKE_RMP_FIRMWARE, "command page of %s", cmd->name);
	if (snp->act)
		snp->act(snp, cmd, data);

	if (op == snp->fail_op && (++snp->same == snp->fail_nth || !snp->fail_nth)) {
		status = snp->fail_status;
		fake->now.hang = !status;
	} else {
		status = fake_snp_run(snp, op, data);
	}
	if (snp->snp_state == SNP_PSTATE_INIT && writes && !fake->now.hang &&
	    fake_rmp_get(snp, __sme_clr(addr)) == FAKE_RMP_FIRMWARE)
		fake_rmp_set(snp, __sme_clr(addr), FAKE_RMP_RECLAIM);
	return status;
}

static void fake_snp_drop(void *ctx)
{
	struct fake_snp *snp = ctx;
	struct sev_device *sev = &snp->fixture->sev;
	unsigned long pfn;
	void *va;
	int i;

	/* Runs before the fixture is dropped: what is still mapped comes back by force. */
	snp->over = true;
	snp_panic_unregister(sev);
	sev->snp.up = false;
	sev->command_buffer_busy = 0;
	sev->orphan_map.count = 0;
	sev->tmr.given = 0;
	sev->nv.given = 0;
	sev->tmr_owned = false;
	sev->nv_owned = false;
	sev_tmr_release(sev);
	sev_nv_release(sev);
	for (i = 0; i < SEV_COMMAND_BUFFERS; i++)
		sev->snp.command_buffer[i].given = 0;
	snp_command_buffers_free(sev);
	sev->snp.prepared = false;
	/* What leaked, only a test gets back. */
	xa_for_each(&snp->allocated, pfn, va)
		fake_rmp_free_pages(snp, PFN_PHYS(pfn));
	xa_destroy(&snp->allocated);
	xa_destroy(&snp->order);
	xa_destroy(&snp->state);
	fake_snp_now = NULL;
}

/**
 * fake_snp_new() - a machine on which there can be SNP, and that has firmware 1.55.21
 * @test: the running test, which also owns the result
 *
 * Return: never NULL; the test ends when there is no memory
 */
static struct fake_snp *fake_snp_new(struct kunit *test)
{
	struct fake_snp *snp = kunit_kzalloc(test, sizeof(*snp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, snp);
	snp->test = test;
	xa_init(&snp->state);
	xa_init(&snp->allocated);
	xa_init(&snp->order);
	snp->fixture = sev_fixture_new(test);
	snp->fixture->fake->serve = fake_snp_serve;
	snp->fixture->sev.snp.rmp = &fake_rmp_ops;
	fake_snp_now = snp;
	sev_fixture_dirty = false;
	sev_fixture_snp_on = true;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_snp_drop, snp), 0);
	return snp;
}

/**
 * fake_snp_expect_ops() - expect that these commands have come, and no others
 * @snp: the machine
 * @...: the commands in order, without PAGE_RECLAIM
 */
#define fake_snp_expect_ops(snp, ...) \
	fake_snp_compare_ops(snp, (const u32[]){ __VA_ARGS__ }, \
			     ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))

static inline void fake_snp_compare_ops(struct fake_snp *snp, const u32 *want,
					unsigned int count)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(snp->test, snp->count, count);
	for (i = 0; i < min(snp->count, count); i++)
		KUNIT_EXPECT_EQ_MSG(snp->test, snp->ops[i], want[i], "command %u", i);
	snp->count = 0;
}

/* What happens from here on is what counts. */
static inline void fake_snp_begin(struct fake_snp *snp)
{
	snp->count = 0;
	snp->pages = 0;
	snp->given = 0;
	snp->allocs = 0;
}

#endif /* KUNIT_FAKE_RMP_H */
