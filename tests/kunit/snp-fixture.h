/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP comes up and goes, on a machine of fake-rmp.h: what several suites need.
 *
 *	struct fake_snp *snp = snp_fixture_up(test);
 */
#ifndef KUNIT_SNP_FIXTURE_H
#define KUNIT_SNP_FIXTURE_H

#include "sev-fixture.h"
#include "fake-rmp.h"

#define SNP_FIXTURE_TMR_PAGES	(SEV_TMR_LEN_SNP >> PAGE_SHIFT)

static inline int snp_fixture_init(struct fake_snp *snp, u32 *error)
{
	int ret;

	mutex_lock(&snp->fixture->sev.lock);
	ret = sev_platform_init_locked(&snp->fixture->sev, error);
	mutex_unlock(&snp->fixture->sev.lock);
	return ret;
}

static inline int snp_fixture_stop(struct fake_snp *snp)
{
	int ret;

	mutex_lock(&snp->fixture->sev.lock);
	ret = sev_platform_stop_locked(&snp->fixture->sev);
	mutex_unlock(&snp->fixture->sev.lock);
	return ret;
}

static inline struct fake_snp *snp_fixture_up(struct kunit *test)
{
	struct fake_snp *snp = fake_snp_new(test);
	u32 error;

	KUNIT_ASSERT_EQ(test, snp_fixture_init(snp, &error), 0);
	KUNIT_ASSERT_TRUE(test, snp->fixture->sev.snp.up);
	snp->count = 0;
	return snp;
}

/* SNP never was: nothing of it is left anywhere. */
static inline void snp_fixture_expect_down(struct fake_snp *snp)
{
	struct sev_device *sev = &snp->fixture->sev;

	KUNIT_EXPECT_FALSE(snp->test, sev->snp.up);
	KUNIT_EXPECT_FALSE(snp->test, sev->snp.prepared);
	KUNIT_EXPECT_EQ(snp->test, snp->prepared, 0);
	KUNIT_EXPECT_EQ(snp->test, snp->snp_state, (u8)SNP_PSTATE_UNINIT);
	KUNIT_EXPECT_EQ(snp->test, fake_rmp_count(snp), 0u);
	KUNIT_EXPECT_TRUE(snp->test, xa_empty(&snp->allocated));
	KUNIT_EXPECT_NULL(snp->test, sev->snp.panic.notifier_call);
	KUNIT_EXPECT_EQ(snp->test, sev->leaked_pages, 0ul);
	KUNIT_EXPECT_EQ(snp->test, sev->command_buffer_busy, 0ul);
}

#endif /* KUNIT_SNP_FIXTURE_H */
